"""Sentry's issues in memory: how they stand, what an update may say, how they are shown. No wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.front import Turned
from bot.sandbox.values import Json

ORG, PROJECT = "example-shop", "shop-api"
SUBSTATUSES = (
    "archived_until_escalating",
    "archived_until_condition_met",
    "archived_forever",
    "escalating",
    "ongoing",
    "regressed",
    "new",
)
STATUSES = ("resolved", "unresolved", "ignored", "resolvedInNextRelease", "muted")
PRIORITIES = ("low", "medium", "high")
MEMBERS = {"1": "Ana Example", "2": "Bo Example"}
"""Users by id; each has an address of the form `ana@example.com`."""


@dataclass(slots=True)
class Note:
    """A comment."""

    id: str
    text: str
    author: str | None
    """None: the integration itself."""
    at: float


@dataclass(slots=True)
class Issue:
    """One issue; `status` and `substatus` are Sentry's words."""

    id: str
    short_id: str
    title: str = "OperationalError: remaining connection slots are reserved"
    project: str = PROJECT
    status: str = "unresolved"
    substatus: str | None = "new"
    priority: str = "high"
    level: str = "error"
    count: int = 3
    users: int = 2
    first_seen: float = 0.0
    last_seen: float = 0.0
    assignee: str | None = None
    """A member's id."""
    notes: list[Note] = field(default_factory=list)
    event: Json = field(default_factory=dict)
    """The latest event, as the REST API shows it."""
    committers: list[Json] = field(default_factory=list)
    tags: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Tag → value → how often."""
    _met: set[str] = field(default_factory=set)

    def happen(self, at: float, user: str) -> None:
        """One more event, which `user` met (empty: nobody)."""
        self.last_seen, self.count = at, self.count + 1
        self.users += bool(user) and user not in self._met
        self._met.add(user)

    def rest(self) -> Json:
        """As the REST API shows it; a webhook's is the same."""
        kind, _, value = self.title.partition(": ")
        return {
            "id": self.id,
            "shareId": None,
            "shortId": self.short_id,
            "title": self.title,
            "culprit": "shop.db in connect",
            "permalink": f"https://{ORG}.sentry.example.com/issues/{self.id}/",
            "logger": None,
            "level": self.level,
            "status": self.status,
            "statusDetails": {},
            "substatus": self.substatus,
            "isPublic": False,
            "platform": "python",
            "project": {"id": "11", "name": self.project, "slug": self.project, "platform": "python"},
            "type": "error",
            "metadata": {"type": kind, "value": value},
            "numComments": len(self.notes),
            "assignedTo": member(self.assignee) if self.assignee else None,
            "isBookmarked": False,
            "isSubscribed": False,
            "subscriptionDetails": None,
            "hasSeen": False,
            "annotations": [],
            "issueType": "error",
            "issueCategory": "error",
            "priority": self.priority,
            "priorityLockedAt": None,
            "seerFixabilityScore": None,
            "seerAutofixLastTriggered": None,
            "seerExplorerAutofixLastTriggered": None,
            "isUnhandled": True,
            "count": str(self.count),
            "userCount": self.users,
            "firstSeen": stamp(self.first_seen),
            "lastSeen": stamp(self.last_seen),
        }

    def tag(self, key: str) -> Json:
        """How its events spread over a tag's values.

        Raises:
            Turned: 404, it has no such tag.
        """
        values = self.tags.get(key)
        if values is None:
            raise missing()
        at = stamp(self.last_seen)
        times = {"firstSeen": at, "lastSeen": at}
        ordered = sorted(values.items(), key=lambda pair: -pair[1])
        top = [{"key": value, "name": value, "value": value, "count": count, **times} for value, count in ordered]
        total = sum(values.values())
        return {"key": key, "name": key, "uniqueValues": len(values), "totalValues": total, "topValues": top}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a delivery tells of an issue."""

    id: str
    short_id: str
    title: str
    level: str
    again: bool
    """It happened, perhaps once more."""
    user: str = ""
    """Who met it."""
    status: str = ""
    """Empty: it says nothing of that."""
    substatus: str | None = None


def seen_in(resource: str, data: Mapping[str, Any]) -> Seen | None:
    """The issue in a webhook's `data`; None where it is about none."""
    event, issue = data.get("error") or data.get("event"), data.get("issue")
    said = issue if isinstance(issue, dict) else event if isinstance(event, dict) else {}
    found = said.get("id") if said is issue else said.get("issue_id")
    if resource not in ("error", "event_alert", "issue", "activity_alert") or not str(found or "").isdigit():
        return None
    told = said is issue and resource == "issue"
    return Seen(
        id=str(found),
        short_id=str(said.get("shortId") or f"SHOP-{str(found)[-4:]}"),
        title=str(said.get("title") or "Error"),
        level=str(said.get("level") or "error"),
        again=said is event,
        user=str(user.get("id") or "") if isinstance(user := said.get("user"), dict) else "",
        status=str(said.get("status") or "") if told else "",
        substatus=said.get("substatus") if told else None,
    )


def check_update(body: Mapping[str, Any]) -> None:
    """Refuse an update of an issue as Sentry does.

    Raises:
        Turned: 400, naming each field.
    """
    problems: dict[str, list[str]] = {}
    for name, known in (("status", STATUSES), ("substatus", SUBSTATUSES), ("priority", PRIORITIES)):
        if name in body and body[name] not in known:
            problems[name] = [f'"{body[name]}" is not a valid choice.']
    assigned = body.get("assignedTo")
    if assigned and (not isinstance(assigned, str) or member_id(assigned) is None):
        problems["assignedTo"] = ["Unknown actor input"]
    if body.get("substatus") and body.get("status", "ignored") != "ignored":
        problems["substatus"] = ["The substatus does not fit the status."]
    if problems:
        raise Turned(400, problems)


def member_id(word: str) -> str | None:
    """The member that `user:1`, `1`, a name or an address means."""
    bare = word.removeprefix("user:")
    return next((found for found, name in MEMBERS.items() if bare in (found, name, _address(name))), None)


def member(found: str) -> Json:
    """A member as an assignee."""
    return {"type": "user", "id": found, "name": MEMBERS[found], "email": _address(MEMBERS[found])}


def missing() -> Turned:
    """Sentry's 404."""
    return Turned(404, {"detail": "The requested resource does not exist"})


def note_json(note: Note) -> Json:
    """A comment as the API shows it."""
    return {
        "id": note.id,
        "user": {"id": "0", "name": note.author} if note.author else None,
        "sentry_app": None if note.author else {"id": "7", "name": "triage"},
        "type": "note",
        "data": {"text": note.text},
        "dateCreated": stamp(note.at),
    }


def stamp(seconds: float) -> str:
    """A time as Sentry writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _address(name: str) -> str:
    return f"{name.split()[0].lower()}@example.com"
