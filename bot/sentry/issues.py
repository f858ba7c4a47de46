"""Sentry's issues, comments, commits and tags as values, and how they are read from its REST API. No requests here.

An issue's words become an `ErrorEvent` on the same path as a webhook's: redacted, bounded, untrusted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.alerts.event import ErrorEvent, IssueStatus, Meaning
from bot.sentry.addresses import PayloadContext
from bot.sentry.envelope import Payload
from bot.sentry.reading import read_event
from bot.untrusted.body import Object, first, identifier, mapping, moment, sequence, string, whole
from bot.untrusted.text import NAME, PROSE, Pen

UNTIL_ESCALATING = "archived_until_escalating"


class Status(StrEnum):
    """What an issue's status can be set to."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    ARCHIVED = "ignored"
    """Until it escalates."""


class Priority(StrEnum):
    """Sentry's own three levels."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Assignee:
    """A user or a team; `id` is Sentry's."""

    kind: str
    id: str
    name: str | None = None
    email: str | None = field(default=None, repr=False)
    """To find the person in Slack; not to be kept or shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryIssue:
    """An issue as it stands in Sentry now."""

    id: str
    became: IssueStatus
    """Its status in the words of the webhooks; `created` while it is new."""
    event: ErrorEvent
    """What the issue says, without a crash: ids, title, counts, times, its page."""
    priority: str | None = None
    assignee: Assignee | None = None
    comments: int = 0

    @property
    def short_id(self) -> str | None:
        """`PROJECT-1A2`."""
        return self.event.short_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueUpdate:
    """What to change of an issue; what is None stays as it is."""

    status: Status | None = None
    assigned_to: str | None = None
    """`user:<id>`, `team:<id>`, a user name or an address; empty: nobody."""
    priority: Priority | None = None

    def body(self) -> Object:
        """As the API takes it."""
        body: Object = {"status": self.status, "assignedTo": self.assigned_to, "priority": self.priority}
        if self.status is Status.ARCHIVED:
            body["substatus"] = UNTIL_ESCALATING
        return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A note on an issue."""

    id: str
    text: str
    """As written (bounded, not redacted): to find our own again, not to show."""
    author: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committer:
    """Somebody whose commits Sentry suspects."""

    name: str | None
    email: str | None = field(default=None, repr=False)
    """To find the person in Slack; not to be kept or shown."""
    commits: tuple[tuple[str, str], ...] = ()
    """Id and first line of each, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """How an issue's events spread over a tag's values; `top` is value and count, most frequent first."""

    key: str
    total: int
    unique: int
    top: tuple[tuple[str, int], ...] = ()


_ACTIONS = {"resolved": "resolved", "ignored": "archived", "muted": "archived"}


def read_issue(value: object, context: PayloadContext) -> SentryIssue | None:
    """An issue; None where it is none."""
    body = mapping(value)
    found, status = identifier(body.get("id")), string(body.get("status"))
    if found is None or not status:
        return None
    is_new = status == "unresolved" and body.get("substatus") == "new"
    action = "created" if is_new else _ACTIONS.get(status, "unresolved")
    payload = Payload(resource="issue", action=action, data={"issue": body}, issue=body)
    event = read_event(payload, context, Meaning.CHANGE)
    return SentryIssue(
        id=found,
        became=event.change.status if event.change else IssueStatus.UNRESOLVED,
        event=event,
        priority=Pen().text(body.get("priority"), 20),
        assignee=_assignee(mapping(body.get("assignedTo"))),
        comments=whole(body.get("numComments")) or 0,
    )


def _assignee(body: Object) -> Assignee | None:
    found = identifier(body.get("id"))
    kind = "team" if body.get("type") == "team" else "user"
    email = string(body.get("email"))[:NAME] or None
    return Assignee(kind, found, Pen().text(body.get("name"), NAME), email) if found else None


def read_rest_event(value: object, context: PayloadContext) -> ErrorEvent | None:
    """One event of an issue; None where it is none."""
    body = mapping(value)
    if identifier(body.get("eventID")) is None:
        return None
    payload = Payload(resource="error", action="created", data={"error": body}, event=body)
    return read_event(payload, context, Meaning.OCCURRENCE)


def read_comment(value: object) -> Comment | None:
    """A comment; None for another entry of the list."""
    body = mapping(value)
    found, text = identifier(body.get("id")), string(mapping(body.get("data")).get("text"))
    if found is None or body.get("type") != "note":
        return None
    author = first(mapping(body.get("user")).get("name"), mapping(body.get("sentry_app")).get("name"))
    return Comment(id=found, text=text[: 2 * PROSE], author=Pen().text(author), at=moment(body.get("dateCreated")))


def read_committers(value: object) -> tuple[Committer, ...]:
    """The suspects, most suspected first."""
    found = []
    for entry in map(mapping, sequence(mapping(value).get("committers"))[:10]):
        author, pen = mapping(entry.get("author")), Pen()
        commits = [mapping(commit) for commit in sequence(entry.get("commits"))[:5]]
        made = [(identifier(c.get("id")) or "", pen.text(_headline(c), NAME) or "") for c in commits]
        email = string(author.get("email"))[:NAME] or None
        found.append(Committer(name=pen.text(author.get("name")), email=email, commits=tuple(made)))
    return tuple(found)


def _headline(commit: Mapping[str, object]) -> str:
    return string(commit.get("message")).partition("\n")[0]


def read_tag(value: object) -> Tag | None:
    """A tag of an issue; None where it is none. The list of all tags leaves the totals out."""
    body, pen = mapping(value), Pen()
    key = pen.text(body.get("key"), NAME)
    if not key:
        return None
    values = [mapping(entry) for entry in sequence(body.get("topValues"))[:20]]
    top = [(pen.pair(key, string(entry.get("value"))), whole(entry.get("count")) or 0) for entry in values]
    total, unique = whole(body.get("totalValues")) or 0, whole(body.get("uniqueValues")) or 0
    return Tag(key=key, total=total, unique=unique, top=tuple((said, count) for said, count in top if said))
