"""What we say of storms: what their issues share, how many there are, which of them have no card of their own."""

from collections.abc import Mapping
from datetime import timedelta

from bot.alerts.alert import Transition
from bot.alerts.standing import State
from bot.alerts.storms import Member, Membership, Storm
from bot.alerts.traits import Kind, Trait
from bot.slack.text import DOT, Mrkdwn, counted, inert, lasting, moment, number, one_line

VALUE_LIMIT = 90
_KINDS: Mapping[Kind, str] = {
    Kind.UPSTREAM: "upstream",
    Kind.FRAME: "code",
    Kind.COMMIT: "commit",
    Kind.RELEASE: "release",
    Kind.HOST: "host",
}
LISTED = "Issues of this storm, the loudest first"
HAS_CARD = "has its own card"
NOUN = "storm"


def trait(shared: Trait) -> str:
    """`release shop@4.3.0`. Plain text."""
    return f"{_KINDS[shared.kind]} {one_line(shared.value, VALUE_LIMIT)}"


def headline(storm: Storm) -> str:
    """What stands on a storm's card in bold. Plain text."""
    return f"Storm: {counted(storm.issues, 'issue')} share {trait(storm.anchor)}"


def shares(storm: Storm, *, everything: bool = False) -> str:
    """What most of them share, or several of them, and how many do. Plain text."""
    worth_it = [(each, times) for each, times in storm.shared if everything or times * 2 > storm.issues]
    told = (f"{trait(each)} ({number(times)} of {number(storm.issues)})" for each, times in worth_it)
    return f"They share {DOT.join(told)}"


def grounds(storm: Storm) -> str:
    """Why this was called a storm. Plain text."""
    seen = storm.grounds
    within = lasting(timedelta(seconds=seen.seconds))
    before = f"{counted(seen.earlier, 'issue')} did" if seen.earlier else "none did"
    return f"{counted(seen.issues, 'issue')} with {trait(storm.anchor)} within {within}; in the day before {before}."


def aside(member: Member) -> str:
    """Behind a member's title: which one it is, where, how it stands. Plain text."""
    state = "" if member.state is State.OPEN else member.state.value
    known = (one_line(member.short_id, 40), one_line(member.project, 40), state, HAS_CARD if member.posted else "")
    return DOT.join(filter(None, known))


def unlisted(count: int) -> str:
    """In place of the members that do not fit. Plain text."""
    return f"… and {counted(count, 'more issue')}: all of them are under Details"


def beyond(count: int) -> str:
    """The same where there is no further place to look. Plain text."""
    return f"… and {counted(count, 'quieter issue')}"


def kept_quiet(storm: Storm) -> Mrkdwn | None:
    """How many of them were not posted."""
    if not storm.unposted:
        return None
    return Mrkdwn(f"{counted(storm.unposted, 'issue')} of these got no card, page or model call of their own")


def over(storm: Storm) -> Mrkdwn:
    """How it ended, and what is left."""
    end = f"Blown over {moment(storm.ended_at)}" if storm.ended_at else "Over"
    left = f"{DOT}{counted(storm.unsettled, 'issue')} still open, listed under Details" if storm.unsettled else ""
    return Mrkdwn(f"{end}: {counted(storm.issues, 'issue')}{left}")


def part_of(member: Membership) -> Mrkdwn:
    """On the card of a member."""
    name = f"STORM-{member.storm_id}"
    if member.ended_at is not None:
        return Mrkdwn(f"Was part of {name}, which is over")
    return Mrkdwn(f"Part of {name} ({inert(trait(member.anchor), VALUE_LIMIT)}): its card speaks for this one")


def came(transition: Transition) -> Mrkdwn:
    """In a member's thread: it became part of a storm."""
    return Mrkdwn(f"Joined {_name(transition)}: it shares {_trait(transition)} with other issues of these minutes")


def went(transition: Transition) -> Mrkdwn:
    """In a member's thread: it is on its own again."""
    return Mrkdwn(f"Left {_name(transition)}: it happens without {_trait(transition)} too")


def _name(transition: Transition) -> str:
    return f"STORM-{transition.detail.get('storm', '?')}"


def _trait(transition: Transition) -> Mrkdwn:
    kind, value = str(transition.detail.get("kind", "")), str(transition.detail.get("value", ""))
    word = _KINDS[Kind(kind)] if kind in set(Kind) else kind
    return inert(f"{word} {value}", VALUE_LIMIT)
