"""How facts are put into an answer's text: times, quotes and code that cannot break its simple markup. Plain text."""

from datetime import UTC, datetime

from bot.alerts.alert import Actor, Source, Transition
from bot.assist.records import Similar
from bot.slack.text import lasting, one_line

_PLAIN = str.maketrans({"`": "ˋ", "*": "∗"})


def at(time: datetime) -> str:
    """A time that is shown in each reader's own zone."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def said(text: str | None, limit: int) -> str:
    """Somebody else's words, in one line and without markup."""
    return one_line(text, limit).translate(_PLAIN)


def advice(text: str, limit: int) -> str:
    """A verdict's sentences, in which `code` stays code, as on the card."""
    return one_line(text, limit).replace("*", "∗")


def code(text: str | None, limit: int) -> str:
    """Somebody else's words, as code; empty where there are none."""
    line = said(text, limit)
    return f"`{line}`" if line else ""


def by(actor: Actor) -> str:
    """` by ana`, ` in Sentry by Bo`; nothing where it was the bot."""
    name = said(actor.name, 60)
    if actor.source is Source.USER:
        return f" by {name or 'somebody'}"
    if actor.source is Source.SENTRY:
        return f" in Sentry by {name}" if name not in ("", "Sentry") else " in Sentry"
    return ""


def resolved(transition: Transition) -> str:
    """`resolved by ana 2026-03-01T12:00Z after 2 h 10 min (in next release)`."""
    how = said(str(transition.detail.get("how", "")), 60).replace("_", " ")
    took = transition.at - transition.before.since
    after = f" after {lasting(took)}" if took.total_seconds() > 0 else ""
    return f"resolved{by(transition.actor)} {at(transition.at)}{after}{f' ({how})' if how and how != 'now' else ''}"


def called(other: Similar) -> str:
    """What people know another alert by."""
    return said(other.event.short_id or other.alert.issue_key, 60)


def ended(other: Similar) -> str:
    """How another alert ended, and what was said about it."""
    if other.ended is None:
        end = f"never resolved, {other.alert.state.value} since {at(other.alert.standing.since)}"
    elif other.came_back:
        end = f"{resolved(other.ended)}, but it came back and is {other.alert.state.value} now"
    else:
        end = f"{resolved(other.ended)}, and has stayed away"
    words = [f"“{said(each, 240)}”" for each in other.said[:2]]
    return f"{end}; people wrote: {' '.join(words)}" if words else end
