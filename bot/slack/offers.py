"""Rules that people's corrections suggest, and those that were made of them: blocks for `/triage review`. Pure.

The block of each button ends with the command that made the answer, so that a click makes it anew.
"""

from collections.abc import Sequence

from bot.classify.lessons import named as names
from bot.classify.proposals import InForce, Offer
from bot.slack import words_learning as said
from bot.slack.blocks import Block, button, line, marked, paragraph, rich, small, span
from bot.slack.ids import RuleAction
from bot.slack.text import Mrkdwn, joined, one_line

SHOWN, NAMED, KEPT = 3, 5, 5
"""Offers in one answer; alerts named in a preview; rules in force, the newest."""


def rule_blocks(rules: Sequence[InForce], command: str) -> list[Block]:
    """Nothing where no rule was made."""
    if not rules:
        return []
    blocks = [{**paragraph(said.counting(len(rules))), "block_id": "in-force"}]
    for rule in rules[:KEPT]:
        text = joined((said.rule(rule.category.value, rule.phrase, rule.kind), said.made_by(rule.by, rule.at)), "\n")
        spoken = f"Take back the rule for {rule.category.value}"
        back = button(said.RETIRE, RuleAction.RETIRE, rule.key, spoken=spoken)
        blocks.append({**paragraph(text), "accessory": back, "block_id": f"kept-{rule.key}|{command}"})
    return blocks


def offer_blocks(offers: Sequence[Offer], command: str) -> list[Block]:
    """Nothing where nothing is proposed."""
    if not offers:
        return []
    blocks = [{**paragraph(said.proposed(len(offers))), "block_id": "rules"}]
    for offer in offers[:SHOWN]:
        blocks += _offer(offer, command)
    return blocks


def _offer(offer: Offer, command: str) -> list[Block]:
    rule, seen = offer.proposal, offer.preview
    text = said.rule(rule.category.value, rule.phrase, rule.kind)
    changes = said.would_change(len(seen.changes), seen.looked_at, seen.mended, seen.spoiled)
    people = list({lesson.by.id: lesson for lesson in reversed(rule.lessons)}.values())
    titles = [
        line(span(f"• {one_line(change.title, 120)}: {change.before.value} → {change.after.value}\n"))
        for change in seen.changes[:NAMED]
    ]
    spoken = f"a rule for {rule.category.value}"
    accept = button(said.ACCEPT, RuleAction.ACCEPT, rule.key, spoken=f"Accept {spoken}", primary=not seen.spoiled)
    reject = button(said.REJECT, RuleAction.REJECT, rule.key, spoken=f"Reject {spoken}")
    return [
        {**paragraph(text), "block_id": f"rule-{rule.key}"},
        {**small(marked(joined((said.behind(names(people)), changes), "\n"))), "block_id": f"why-{rule.key}"},
        *([{**rich(*titles), "block_id": f"changes-{rule.key}"}] if titles else []),
        {"type": "actions", "block_id": f"decide-{rule.key}|{command}", "elements": [accept, reject]},
    ]


def summary(offers: Sequence[Offer]) -> Mrkdwn:
    """The same in one sentence, for notifications; empty where there is none."""
    return said.proposed(len(offers)) if offers else Mrkdwn("")
