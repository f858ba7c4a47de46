"""What `/triage why` says: the trace of one alert, from the first delivery to whoever was told, or was not."""

from datetime import datetime, timedelta

from bot.slack.text import Mrkdwn, counted, inert, joined, lasting, moment, number

HEARD, RULES, MODEL, BUDGET = "What was heard", "What the rules say", "What a model says", "Money"
ROUTE, TOLD, NOBODY, HAPPENED = "Route", "Who was told", "Why there is no card", "What happened"
NOTHING_HEARD = Mrkdwn("Its deliveries are older than what I keep.")
NO_RULES = Mrkdwn("The rules gave no verdict yet.")
NO_MODEL = Mrkdwn("No model was asked.")
NO_MONEY = Mrkdwn("It cost nothing.")
NO_ROUTE = Mrkdwn("No routes are set: its card goes to the default channel.")
TOLD_NOBODY = Mrkdwn("Nobody was mentioned or paged.")
QUIET_AT_BIRTH = Mrkdwn("It was over in Sentry before I first heard of it.")
LOOKED_UP = Mrkdwn("Somebody looked it up, and nothing has happened to it since.")
NOT_BY_ROUTE = Mrkdwn("Its severity or route gets no card, unless somebody asks for it.")
WAITING = Mrkdwn("It is on its way.")


def heard(what: Mrkdwn, count: int, repeats: int, first: datetime, last: datetime) -> Mrkdwn:
    """`sentry error created: 12 deliveries 14:02 – 14:09, 3 came twice and counted once`."""
    when = moment(first) if first == last else Mrkdwn(f"{moment(first)} – {moment(last)}")
    more = Mrkdwn(f"{counted(repeats, 'duplicate')} not counted again") if repeats else None
    return joined((Mrkdwn(f"{what}: {count} {'delivery' if count == 1 else 'deliveries'} {when}"), more), ", ")


def counts(events: int, folded: int) -> Mrkdwn:
    """How many events were counted, and how many were worth no word."""
    return Mrkdwn(f"{counted(events, 'event')} counted, {number(folded)} of them folded silently")


def verdict(at: datetime, severity: str, kind: str, by: Mrkdwn, sureness: str, reason: Mrkdwn) -> Mrkdwn:
    """One verdict, with who gave it and why."""
    because = f": {reason}" if reason else ""
    return Mrkdwn(f"{moment(at)} {severity} · {kind} by {by}, {inert(sureness, 60)}{because}")


def asked(state: str, why: Mrkdwn, at: datetime, attempts: int, problem: Mrkdwn) -> Mrkdwn:
    """How asking a model stands."""
    tries = Mrkdwn(counted(attempts, "attempt")) if attempts else None
    head = Mrkdwn(f"{state.replace('_', ' ').capitalize()} {moment(at)}, because: {why}")
    return joined((head, tries, problem or None))


def call(at: datetime, model: Mrkdwn, outcome: str, cost: str, seconds: float) -> Mrkdwn:
    """One call of a model."""
    took = lasting(timedelta(seconds=seconds)) if seconds >= 1 else "under a second"
    return joined((moment(at), model, inert(outcome, 60), Mrkdwn(cost), Mrkdwn(took)))


def route(name: Mrkdwn, why: Mrkdwn, channel: Mrkdwn, page: str) -> Mrkdwn:
    """Which route was taken, and what it means."""
    where = f"to {channel}" if channel else "to the default channel"
    return joined((Mrkdwn(f"{name or 'No route'}: {why}"), Mrkdwn(where), Mrkdwn(f"pages: {page.replace('_', ' ')}")))


def mentions(count: int) -> Mrkdwn:
    """Whom the route names."""
    return Mrkdwn(f"names {counted(count, 'person').replace('persons', 'people')} to mention")


def muted(pattern: str, by: Mrkdwn, until: datetime) -> Mrkdwn:
    """Why there is no card: a mute."""
    return Mrkdwn(f"Muted by {by} until {moment(until)}: `{inert(pattern, 150)}`")


def thumbs(ups: int, downs: int) -> Mrkdwn:
    """What people thought of it."""
    return Mrkdwn(f"{number(ups)} found it good, {number(downs)} did not")
