"""Every sentence of a digest and of a handover note, in the voice of `bot.slack.words`.

Numbers and times come in ready to be said; what is untrusted comes in as `Mrkdwn`, or not at all.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.alerts.classification import Severity
from bot.insights.records import Tally
from bot.insights.scoreboard import Agreement, Scoreboard
from bot.insights.stats import Money, Speed, Timing
from bot.slack.text import DOT, Mrkdwn, counted, joined, lasting, number
from bot.slack.words import CIRCLES, QUIET_CIRCLE, cost

DAILY, WEEKLY, HANDOVER = "The last day in errors", "The last week in errors", "Handover"
OFFENDERS, UNVERIFIED, SLEEPERS = "Most events", "Resolved, not verified yet", "Snoozes that end soon"
STILL_OPEN, NOTHING_OPEN = "Still open", "Nothing is open."
NOTHING_HAPPENED = "Nothing new broke."
_CIRCLE = re.compile(f"[{''.join((*CIRCLES.values(), QUIET_CIRCLE))}] ")


def spoken(sentence: Mrkdwn) -> Mrkdwn:
    """A sentence as a notification reads it aloud: without stars and circles, and without a full stop of its own."""
    plain = _CIRCLE.sub("", sentence.replace("*", ""))
    return Mrkdwn(plain.replace("  ", ": ").replace(DOT, ", ").rstrip("."))


def title(length: timedelta) -> str:
    """The heading of a digest of so long a time."""
    return DAILY if length <= timedelta(days=1, hours=1) else WEEKLY


def asked_by(name: Mrkdwn) -> Mrkdwn:
    """Why it stands here out of turn; nothing where it does not."""
    return Mrkdwn(f"{name} wants you to see this" if name else "")


def severities(counts: Mapping[str, int]) -> str:
    """`🔴 2 critical · 🟠 5 high`: those that there are."""
    circles = {severity.value: circle for severity, circle in CIRCLES.items()}
    return DOT.join(f"{circles.get(name, QUIET_CIRCLE)} {number(n)} {name}" for name, n in counts.items() if n)


def opened(count: int, counts: Mapping[str, int]) -> Mrkdwn:
    """How many alerts were opened."""
    return Mrkdwn(f"*{counted(count, 'new alert')}*  {severities(counts)}" if count else NOTHING_HAPPENED)


def waiting(counts: Mapping[str, int]) -> Mrkdwn:
    """How many wait for somebody now."""
    total = sum(counts.values())
    verb = "waits" if total == 1 else "wait"
    return Mrkdwn(f"*{counted(total, 'alert')} {verb}* for somebody now  {severities(counts)}" if total else "")


def noise(events: int, folded: float) -> Mrkdwn:
    """What nobody had to see: the part of all events, 0 to 1."""
    if not events:
        return Mrkdwn("")
    share = f", {folded:.0%} of them folded without a word" if folded else ""
    return Mrkdwn(f"*{counted(events, 'event')}*{share}")


def speed(figures: Speed) -> Mrkdwn:
    """How fast people were."""
    parts = (_timed("taken", figures.acknowledge), _timed("resolved", figures.resolve))
    return Mrkdwn(f"On the median {' and '.join(part for part in parts if part)}" if any(parts) else "")


def _timed(what: str, timing: Timing) -> str:
    return f"{what} after *{lasting(timing.median)}* ({number(timing.count)})" if timing.median is not None else ""


def score(board: Scoreboard) -> Mrkdwn:
    """How good the verdicts were."""
    told = board.corrected + board.confirmed
    people = f"*{counted(told, 'verdict')}* judged by people, {number(board.corrected)} corrected" if told else ""
    disputed = f"{number(board.disputed)} called wrong by somebody" if board.disputed else ""
    silent = f"{number(board.accepted)} resolved without a word about it" if board.accepted else ""
    pairs = {"rules and people": "rules and people", "model and people": "models and people"}
    pairs |= {"rules and model": "rules and models"}
    agreed = [_agreed(f"{who} agree on", board.agreements[pair]) for pair, who in pairs.items()]
    return joined([Mrkdwn(part) for part in (people, disputed, silent, *agreed)], "; ")


def thumbs(given: Mapping[str, Tally]) -> Mrkdwn:
    """What people thought of verdicts and of answers; nothing where nobody said."""
    parts = [f"on {subject}s *{number(each.ups)} up*, {number(each.downs)} down" for subject, each in given.items()]
    return Mrkdwn(f"Thumbs {'; '.join(parts)}" if parts else "")


def _agreed(who: str, agreement: Agreement) -> str:
    share = agreement.category_share
    if share is None:
        return ""
    return f"{who} {share:.0%} of {number(agreement.count)} {'category' if agreement.count == 1 else 'categories'}"


def money(spent: Money) -> Mrkdwn:
    """What models cost."""
    if not spent.calls and not spent.shared:
        return Mrkdwn("")
    saved = f", *{cost(spent.saved_usd)}* saved by {counted(spent.shared, 'shared answer')}" if spent.shared else ""
    return Mrkdwn(f"*{cost(spent.spent_usd)}* for {counted(spent.calls, 'call')} of models{saved}")


def more(count: int) -> str:
    """In place of the lines that do not fit."""
    return f"… and {number(count)} more"


def on_call(now: Sequence[Mrkdwn], before: Sequence[Mrkdwn]) -> Mrkdwn:
    """Who is called first from now on."""
    verb = "is" if len(now) == 1 else "are"
    who = f"*{_listed(now)}* {verb} on call now"
    return Mrkdwn(f"{who}; before, it was {_listed(before)}" if before else who)


def _listed(names: Sequence[Mrkdwn]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def open_counts(unclaimed: int, taken: int) -> Mrkdwn:
    """What the next one on call finds."""
    alone = f"{counted(unclaimed, 'alert')} that nobody has" if unclaimed else ""
    held = f"{counted(taken, 'alert')} that somebody has" if taken else ""
    return Mrkdwn(" and ".join(part for part in (alone, held) if part))


def has_it(name: str) -> str:
    """Behind an alert that somebody took. Plain text."""
    return f"{name} has it"


def severity(value: Severity | None) -> str:
    """The circle and the word, before an alert in a list."""
    return f"{CIRCLES[value]} {value.value}" if value else f"{QUIET_CIRCLE} no verdict yet"
