"""What `/triage` answers, as messages; each can be shown to the whole channel by the command that made it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.alerts.alert import Actor
from bot.alerts.incident import OnCall
from bot.alerts.listing import Listed, Preview
from bot.alerts.mutes import Mute, Pattern
from bot.classify.proposals import InForce, Offer
from bot.slack import words
from bot.slack import words_commands as said
from bot.slack.blocks import Block, button, line, marked, named, packed, paragraph, plain, rich, small, span
from bot.slack.brief import Entry, brief, card_link, sentences
from bot.slack.cards import Message, card
from bot.slack.ids import ReplyAction
from bot.slack.offers import offer_blocks, rule_blocks, summary
from bot.slack.text import Mrkdwn, inert, joined, moment, one_line

PLACE_LIMIT = 180
"""Characters of a command that a block's id can carry."""
_ONLY_IN_MESSAGES = ("context_actions", "markdown")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer for one person. `command`: what makes it again, for everybody; empty: it is of no use to others."""

    message: Message
    command: str = ""


def perhaps(problem: Mrkdwn, nearest: str) -> Reply:
    """What was wrong, and a button for what was probably meant."""
    text = said.did_you_mean(problem, nearest)
    return Reply(Message(text, named("perhaps", _perhaps(problem, nearest))))


def _perhaps(problem: Mrkdwn, nearest: str) -> dict[str, Block | None]:
    run = _run(nearest, said.usage(nearest)) if nearest and len(nearest) <= PLACE_LIMIT else None
    return {"problem": paragraph(said.did_you_mean(problem, nearest)), "nearest": run}


def help_with(problem: Mrkdwn | None = None, nearest: str = "") -> Reply:
    """All commands; with `problem`, what was wrong with the one that was typed, and what was probably meant."""
    if problem and nearest:
        return perhaps(problem, nearest)
    parts = _perhaps(problem, nearest) if problem else {}
    lines = [Mrkdwn(f"`{said.usage(inert(text, 60))}`  {inert(use, 120)}") for text, use in said.HELP]
    parts |= {f"help-{i}": block for i, block in enumerate(packed(lines))}
    examples = joined([Mrkdwn(f"`{inert(each, 100)}`") for each in said.MUTE_EXAMPLES])
    parts["examples"] = small(marked(examples))
    text = said.did_you_mean(problem, nearest) if problem else said.usage("help")
    return Reply(Message(text, named("help", parts)))


def told(text: Mrkdwn, command: str = "") -> Reply:
    """One sentence."""
    return Reply(Message(text, [{**paragraph(text), "block_id": "told"}]), command)


def alert(entry: Entry, now: datetime, command: str, *, lead: Mrkdwn | None = None) -> Reply:
    """An alert's card as it stands, and the way to where everybody sees it."""
    whole = card(entry.dossier, now, escalates=entry.escalates)
    blocks = [{**block, "block_id": f"{block['block_id']}|{command[:PLACE_LIMIT]}"} for block in whole.blocks]
    where = joined((lead, card_link(entry) or (None if lead else said.PRIVATE)))
    return Reply(Message(whole.text, [*blocks, {**small(marked(where)), "block_id": "where"}]), command)


def listing(found: Listed, entries: Sequence[Entry], what: str, now: datetime, command: str) -> Reply:
    """Alerts in a row, worst first."""
    if not entries:
        return told(said.NOTHING_OPEN, command)
    head = said.list_of(what, found.total, len(entries))
    counts = said.severities(dict(found.by_severity))
    return _row(head, counts, entries, now, command)


def review(
    entries: Sequence[Entry],
    now: datetime,
    command: str,
    offers: Sequence[Offer] = (),
    rules: Sequence[InForce] = (),
) -> Reply:
    """What could do with a person's word; above it the rules that earlier words suggest, and those they have made."""
    reply = _row(said.review_of(len(entries)), None, entries, now, command) if entries else None
    known = (reply or told(said.NOTHING_TO_REVIEW)).message
    learned = [*offer_blocks(offers, command), *rule_blocks(rules, command)]
    text = joined((summary(offers), inert(known.text, 500)))
    return Reply(Message(text, [*learned, *known.blocks][:50]), command)


def _row(head: Mrkdwn, more: Mrkdwn | None, entries: Sequence[Entry], now: datetime, command: str) -> Reply:
    blocks = [{**paragraph(joined((head, more))), "block_id": "head"}]
    for entry in entries:
        blocks += [{"type": "divider", "block_id": f"line-{entry.dossier.alert.id}"}]
        blocks += brief(entry, now, command[:PLACE_LIMIT])
    return Reply(Message(f"{head}. {sentences(entries, now)}", blocks), command)


def preview(pattern: Pattern, lasting: timedelta, seen: Preview, now: datetime, typed: str) -> Reply:
    """What a mute would have hidden, and the button that begins it."""
    how_bad = said.severities(dict(seen.by_severity))
    head = said.would_hide(str(pattern), seen.alerts, how_bad, seen.events, (now - seen.since).days)
    warnings = [
        said.acted_on(seen.acted_on) if seen.acted_on else None,
        said.spared(seen.spared) if seen.spared else None,
        said.muting(lasting),
    ]
    titles = [line(span(f"• {one_line(f'{short} {title}', 150)}\n")) for short, title in seen.titles]
    mute = button(
        said.BUTTONS[ReplyAction.MUTE], ReplyAction.MUTE, typed, spoken=f"Mute {pattern}", primary=not seen.acted_on
    )
    parts: dict[str, Block | None] = {
        "head": paragraph(head),
        "titles": rich(*titles) if titles else None,
        "warnings": small(marked(joined(warnings, "\n"))),
        "mute": {"type": "actions", "elements": [mute]},
    }
    return Reply(Message(joined((head, *warnings), " "), named("preview", parts)), f"mute {typed}")


def mutes(held: Sequence[Mute], command: str) -> Reply:
    """The mutes that hold, each with an end to it."""
    if not held:
        return told(said.NO_MUTES, command)
    blocks: list[Block] = []
    for mute in held[:20]:
        text = said.mute_line(mute.id, str(mute.pattern), words.who(mute.by), mute.until)
        end = button(
            said.BUTTONS[ReplyAction.UNMUTE], ReplyAction.UNMUTE, str(mute.id), spoken=f"Unmute {mute.pattern}"
        )
        blocks.append({**paragraph(text), "accessory": end, "block_id": f"mute-{mute.id}|{command}"})
    text = joined([said.mute_line(m.id, str(m.pattern), words.who(m.by), m.until) for m in held[:3]], "; ")
    return Reply(Message(text, blocks), command)


def on_call(people: Sequence[OnCall], command: str) -> Reply:
    """Who is called first, and who next."""
    if not people:
        return told(said.NOBODY_ON_CALL, command)
    rows = []
    for each in people[:20]:
        until = Mrkdwn(f" until {moment(each.until)}") if each.until else Mrkdwn("")
        rows.append(Mrkdwn(f"{each.level}. {inert(each.name, 60)}{until}"))
    return Reply(Message(joined(rows, ", "), named("oncall", {"lines": packed(rows)[0]})), command)


def shared(reply: Reply, by: Actor) -> Message:
    """The answer for everybody: without buttons that only make sense to who asked, with a name above it."""
    lead = said.shared_by(words.who(by), reply.command)
    blocks = [{**small(marked(lead)), "block_id": "shared"}, *reply.message.blocks]
    return Message(f"{lead}: {reply.message.text}", blocks)


def offered(reply: Reply) -> Message:
    """The answer as its person sees it first: with a button to show it to everybody."""
    if not reply.command or len(reply.command) > PLACE_LIMIT:
        return reply.message
    label = said.BUTTONS[ReplyAction.SHARE]
    share = button(label, ReplyAction.SHARE, reply.command, spoken="Share this answer with the channel")
    blocks = [*reply.message.blocks, {"type": "actions", "block_id": "offer", "elements": [share]}]
    return replace(reply.message, blocks=blocks)


def as_modal(message: Message, private_metadata: str) -> Mapping[str, Any]:
    """The answer in a modal, for what took longer than a message may."""
    blocks = [block for block in message.blocks if block["type"] not in _ONLY_IN_MESSAGES]
    return _modal(said.ANSWER_TITLE, private_metadata, blocks)


def looking(private_metadata: str) -> Mapping[str, Any]:
    """What stands there until the answer comes."""
    blocks = [{"type": "section", "block_id": "looking", "text": plain(said.LOOKING)}]
    return _modal(said.LOOKING_TITLE, private_metadata, blocks)


def _modal(title: str, private_metadata: str, blocks: list[Block]) -> Mapping[str, Any]:
    return {
        "type": "modal",
        "title": plain(title),
        "close": plain(words.CLOSE),
        "private_metadata": private_metadata,
        "blocks": blocks[:100],
    }


def _run(command: str, label: str) -> Block:
    run = button(one_line(label, 75), ReplyAction.RUN, command, spoken=f"Run {label}", primary=True)
    return {"type": "actions", "elements": [run]}
