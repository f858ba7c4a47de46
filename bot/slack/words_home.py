"""What the Home tab says."""

from datetime import datetime

from bot.slack.text import Mrkdwn, inert, joined, moment, number

MINE, EVERYBODYS, OVERDUE = "Yours", "Everybody's", "Promised and overdue"
BUDGET, CONNECTIONS, RELEASES = "Budget", "Connections", "Last releases with errors"
NOTHING_MINE = Mrkdwn("You have nothing on your plate.")
NOTHING_OPEN = Mrkdwn("Nothing is open. Enjoy the quiet.")
NO_RELEASES = Mrkdwn("No error has named a release yet.")
NO_LIMIT = Mrkdwn("There is no limit: DAILY_BUDGET_USD sets one.")
NO_ANSWER = "no answer within 3 s"
COMMANDS = Mrkdwn("`/triage help` tells what else I can do.")


def as_of(now: datetime) -> Mrkdwn:
    """The page is a picture of one moment."""
    return Mrkdwn(f"As of {moment(now, '{time}')}")


def more(count: int) -> Mrkdwn:
    """In place of what does not fit."""
    return Mrkdwn(f"… and {number(count)} more: `/triage list`")


def connection(name: str, fine: bool | None, note: str) -> Mrkdwn:
    """One part, in words: the mark is never alone."""
    state = {True: "✓ works", False: "✗ does not work", None: "– off"}[fine]
    return joined((Mrkdwn(f"*{inert(name, 40)}* {state}"), inert(note, 200)))


def release(name: str, project: str, first: datetime, alerts: int) -> Mrkdwn:
    """A release, and how many alerts it has seen."""
    errors = f"{number(alerts)} alert{'' if alerts == 1 else 's'}"
    return joined((inert(name, 80), inert(project, 60), Mrkdwn(f"first error {moment(first)}"), Mrkdwn(errors)))


def spent(today: str, limit: str, month: str, month_limit: str) -> Mrkdwn:
    """What the models cost."""
    day = f"{today} of {limit} today" if limit else f"{today} today"
    whole = f"{month} of {month_limit} this month" if month_limit else f"{month} this month"
    return joined((Mrkdwn(day), Mrkdwn(whole)))


def left(amount: str) -> Mrkdwn:
    """What may still be spent today."""
    return Mrkdwn(f"{amount} left")
