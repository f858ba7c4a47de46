"""PagerDuty and Sentry as the page shows them, and what people do there."""

from collections.abc import Awaitable, Callable, Sequence

from bot.sandbox.courier import Receipt
from bot.sandbox.incidents import FIRST, SECOND
from bot.sandbox.pagerduty import PagerDutyStandIn
from bot.sandbox.sentry_api import SentryStandIn
from bot.sandbox.sentry_issues import MEMBERS
from bot.sandbox.values import Json

NEWEST = 8
Deed = Callable[[SentryStandIn, PagerDutyStandIn, str, str], Awaitable[Sequence[Receipt]]]


async def _reassign(_sentry: SentryStandIn, pagerduty: PagerDutyStandIn, key: str, _words: str) -> Sequence[Receipt]:
    other = FIRST if pagerduty.incident(key).assignees == [SECOND] else SECOND
    return [await pagerduty.reassign(key, other)]


async def _take(_sentry: SentryStandIn, pagerduty: PagerDutyStandIn, key: str, _words: str) -> Sequence[Receipt]:
    return [await pagerduty.acknowledge(key, by=pagerduty.incident(key).assignees[0])]


async def _end(_sentry: SentryStandIn, pagerduty: PagerDutyStandIn, key: str, _words: str) -> Sequence[Receipt]:
    return [await pagerduty.resolve(key, by=pagerduty.incident(key).assignees[0])]


async def _resolve(sentry: SentryStandIn, _pagerduty: PagerDutyStandIn, issue: str, _words: str) -> Sequence[Receipt]:
    return await sentry.resolve(issue)


async def _comment(sentry: SentryStandIn, _pagerduty: PagerDutyStandIn, issue: str, words: str) -> Sequence[Receipt]:
    return [await sentry.comment(issue, words or "Looking into it.")]


async def _regress(sentry: SentryStandIn, _pagerduty: PagerDutyStandIn, issue: str, _words: str) -> Sequence[Receipt]:
    known = sentry.issues.get(issue)
    archived = known is not None and known.status == "ignored"
    return await (sentry.escalating(issue) if archived else sentry.regress(issue))


async def _archive(sentry: SentryStandIn, _pagerduty: PagerDutyStandIn, issue: str, _words: str) -> Sequence[Receipt]:
    return await sentry.archive(issue)


ELSEWHERE: dict[str, Deed] = {
    "pagerduty_acknowledge": _take,
    "pagerduty_reassign": _reassign,
    "pagerduty_resolve": _end,
    "sentry_resolve": _resolve,
    "sentry_comment": _comment,
    "sentry_regress": _regress,
    "sentry_archive": _archive,
}
"""What a person can do there; Ana does it in Sentry, whoever is called in PagerDuty."""


def elsewhere(sentry: SentryStandIn, pagerduty: PagerDutyStandIn) -> Json:
    """The newest incidents and issues, each with what can be done to it."""
    issues = sorted(sentry.issues.values(), key=lambda issue: -issue.last_seen)[:NEWEST]
    return {
        "incidents": [
            {
                "id": incident.key,
                "title": f"#{incident.number} {incident.title}",
                "state": incident.status,
                "who": ", ".join([incident.acknowledged_by] if incident.acknowledged_by else incident.assignees),
                "deeds": _incident_deeds(incident.status),
            }
            for incident in pagerduty.incidents[: -NEWEST - 1 : -1]
        ],
        "issues": [
            {
                "id": issue.id,
                "title": f"{issue.short_id} {issue.title}",
                "state": _state(issue.status, issue.substatus),
                "who": MEMBERS[issue.assignee] if issue.assignee else "",
                "notes": [
                    {"by": note.author or "triage", "text": note.text.partition("\n")[0]} for note in issue.notes[-3:]
                ],
                "deeds": _issue_deeds(issue.status),
            }
            for issue in issues
        ],
    }


def _incident_deeds(status: str) -> list[str]:
    open_ = ["pagerduty_reassign", "pagerduty_resolve"]
    return {"triggered": ["pagerduty_acknowledge", *open_], "acknowledged": open_}.get(status, [])


def _issue_deeds(status: str) -> list[str]:
    if status == "unresolved":
        return ["sentry_resolve", "sentry_archive", "sentry_comment"]
    return ["sentry_regress", "sentry_comment"]


def _state(status: str, substatus: str | None) -> str:
    if status == "ignored":
        return "archived"
    return substatus if status == "unresolved" and substatus in ("regressed", "escalating") else status
