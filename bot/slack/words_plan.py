"""What we say of what happens by itself: who is called, what is planned next, promises, and fixes that held.

Whoever is to come is mentioned, once, in the thread; everywhere else names are plain text and notify nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.alerts.alert import Actor, Source, Transition
from bot.alerts.permissions import Forbidden, Right
from bot.alerts.timing import Planned, Step
from bot.slack.text import Mrkdwn, counted, inert, joined, lasting, mention, moment, number
from bot.slack.words import NAME_LIMIT, told_by, who

_TICKS = tuple(timedelta(minutes=each) for each in (60, 30, 15, 5, 2))
"""How close something is told to be. Few, because each is a change of the card."""
_MOST = 20
"""People whom one line mentions."""
_TRIED: Mapping[Right, str] = {
    Right.ESCALATE: "escalate it",
    Right.RESOLVE: "resolve it",
    Right.MUTE: "snooze it",
    Right.SPEND: "spend beyond the budget on it",
    Right.TEACH: "make a rule of it",
}
ASSIGN_HINT = "They are told in the alert's thread."
PROMISE_HINT = "The card counts down to it, and you are reminded then."
NOT_A_PERSON = "Please choose somebody."
NOT_A_TIME = "Please choose when you are back."
PROMISES: Mapping[str, tuple[str, timedelta]] = {
    "15min": ("In 15 minutes", timedelta(minutes=15)),
    "30min": ("In 30 minutes", timedelta(minutes=30)),
    "1h": ("In an hour", timedelta(hours=1)),
    "4h": ("In 4 hours", timedelta(hours=4)),
}
"""Value → label and length of each choice of the modal in which an owner says when they are back."""


def within(at: datetime, now: datetime) -> tuple[Mrkdwn, datetime | None]:
    """`within 5 min`, and when a closer word becomes true; what is further away is told as a time of day."""
    left = at - now
    closer = [tick for tick in _TICKS if tick < left]
    changes = at - max(closer) if closer else None
    if left > _TICKS[0]:
        return moment(at), changes
    bound = min(tick for tick in _TICKS if tick >= left)
    return Mrkdwn(f"within {lasting(bound)}"), changes


def ahead(planned: Planned, names: Sequence[str], now: datetime) -> tuple[Mrkdwn, datetime | None]:
    """What the card says is planned next, and when it must say something else."""
    when, changes = within(planned.at, now)
    if planned.step is Step.PAGE:
        return Mrkdwn(f"pages whoever is on call {when}"), changes
    if planned.step is Step.NEXT_PEOPLE:
        called = joined([inert(name, NAME_LIMIT) for name in names[:3]], ", ") or Mrkdwn("the next people")
        return Mrkdwn(f"calls {called} {when}"), changes
    if planned.step is Step.VERIFY:
        return Mrkdwn(f"watched until {moment(planned.at)}"), None
    if planned.step is Step.REOPEN:
        return Mrkdwn(f"open again {when}, unless somebody says more"), changes
    return Mrkdwn(f"reminder {when}"), changes


def promised(at: datetime, now: datetime) -> tuple[Mrkdwn, datetime | None]:
    """`back within 15 min`, or that the promised time has come; and when that changes."""
    if at <= now:
        return Mrkdwn(f"promised to be back {moment(at)}"), None
    when, changes = within(at, now)
    return Mrkdwn(f"back {when}"), changes or at


def acknowledged(transition: Transition) -> Mrkdwn:
    """`Acknowledged by Ana, back at 14:32`."""
    promise = transition.after.promise
    return Mrkdwn(f"Acknowledged{told_by(transition.actor)}{f', back {moment(promise)}' if promise else ''}")


def promise_made(transition: Transition) -> Mrkdwn:
    """`Ana will be back at 14:32`."""
    at = transition.after.promise
    return Mrkdwn(f"{who(transition.actor)} will be back{f' {moment(at)}' if at else ''}")


def notified(transition: Transition, *, notify: bool) -> Mrkdwn | None:
    """Who is called and why; None where nobody could be."""
    detail = transition.detail
    called = [
        (people, why)
        for key, why in (("people", ""), ("assignee", "assigned in Sentry"), ("suspect", "wrote the suspect commit"))
        if (people := _mentioned(str(detail.get(key, "")), notify=notify))
    ]
    if not called:
        return None if notify else Mrkdwn("Found nobody to mention")
    named = joined([Mrkdwn(f"{people}{f' ({why})' if why else ''}") for people, why in called], ", ")
    waited = transition.at - transition.before.since
    late, concerned = (detail.get("step") == step for step in (Step.NEXT_PEOPLE, Step.CONCERNED))
    if concerned:
        return joined((Mrkdwn("Sentry names"), named), " ")
    said = f"Nobody has taken it for {lasting(waited)}: {named}" if late else f"{named}: nobody has it yet"
    return joined((Mrkdwn(said), _then(transition)))


def reminded(transition: Transition, *, notify: bool) -> Mrkdwn:
    """A word to the owner: the promised time has come, or it still happens."""
    owner, detail = transition.before.owner, transition.detail
    name = _owner(owner, notify=notify)
    events = _whole(detail, "events")
    since = f"{counted(events, 'event')} since you took it" if events else "nothing new since you took it"
    if transition.before.promise:
        return Mrkdwn(f"{name}, the time that you promised has come; {since}")
    return Mrkdwn(f"{name}, it still happens: {since}")


def open_again(transition: Transition, *, notify: bool) -> Mrkdwn:
    """That an owner who was reminded said nothing, and it goes on."""
    name = _owner(transition.before.owner, notify=notify)
    return joined((Mrkdwn(f"Open again: it still happens, and {name} did not answer"), _then(transition)))


def verified(transition: Transition) -> Mrkdwn:
    """`No events for 24 h (was 130/h), in release shop@4.2.1`."""
    detail = transition.detail
    quiet, rate = timedelta(seconds=_whole(detail, "quiet_s")), _whole(detail, "per_hour")
    release = inert(str(detail.get("release", "")), NAME_LIMIT)
    was = f" (was {number(rate)}/h)" if rate else ""
    return Mrkdwn(f"No events for {lasting(quiet)}{was}{f', in release {release}' if release else ''}")


def assigned(transition: Transition, *, notify: bool) -> Mrkdwn:
    """Whom it was assigned to, who is told of it; and by whom."""
    before, after = transition.before.owner, transition.after.owner
    if transition.actor.source is not Source.USER or after is None:
        to = inert(str(transition.detail.get("assignee", "")), NAME_LIMIT)
        return Mrkdwn(f"Assigned{f' to {to}' if to else ''}{told_by(transition.actor)}")
    themselves = after.id == transition.actor.id
    name = who(after) if themselves else _owner(after, notify=notify)
    instead = f" instead of {who(before)}" if before and before.id != after.id else ""
    return Mrkdwn(f"Assigned to {name}{instead}{'' if themselves else told_by(transition.actor)}")


def refused_click(transition: Transition) -> Mrkdwn:
    """For the audit log: somebody tried what they may not do."""
    right = str(transition.detail.get("right", ""))
    tried = _TRIED[Right(right)] if right in set(Right) else "do something"
    return Mrkdwn(f"{who(transition.actor)} wanted to {tried} and may not")


def forbidden(error: Forbidden) -> Mrkdwn:
    """Why a click was refused, for the person who clicked alone; whoever may do it is named and not notified."""
    tried = _TRIED[error.right]
    if error.unsure:
        return Mrkdwn(f"You cannot {tried} now: Slack did not tell me who belongs to the groups that may. Try again.")
    named = joined([Mrkdwn(f"`{inert(holder, NAME_LIMIT)}`") for holder in error.holders[:5]], ", ")
    return Mrkdwn(
        f"You may not {tried}: triage.yml keeps that for {named}. Ask one of them, or whoever edits the file."
    )


def _then(transition: Transition) -> Mrkdwn | None:
    """`next: PagerDuty 14:17`."""
    what = {Step.PAGE.value: "PagerDuty", Step.NEXT_PEOPLE.value: "more people"}
    named, at = what.get(str(transition.detail.get("then", ""))), _whole(transition.detail, "then_at")
    return Mrkdwn(f"next: {named} {moment(datetime.fromtimestamp(at, UTC), '{time}')}") if named and at else None


def _mentioned(ids: str, *, notify: bool) -> Mrkdwn:
    people = ids.split()[:_MOST]
    if not notify:
        return Mrkdwn(counted(len(people), "mention")) if people else Mrkdwn("")
    return joined([mention(each) for each in people], " ")


def _owner(owner: Actor | None, *, notify: bool) -> Mrkdwn:
    """The owner, mentioned where Slack knows them."""
    if owner is None:
        return Mrkdwn("its owner")
    live = mention(owner.id) if notify and owner.source is Source.USER else None
    return live or who(owner)


def _whole(detail: Mapping[str, str | int], key: str) -> int:
    value = str(detail.get(key, ""))
    return int(value) if value.isdecimal() and len(value) < 12 else 0
