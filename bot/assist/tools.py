"""What a model may look up about one alert: read-only, bounded, and each failing softly, with a sentence.

Nothing here can change anything, whatever arguments a hostile event talks a model into.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import structlog

from bot.alerts.alert import Transition
from bot.alerts.event import Breadcrumb, ErrorEvent
from bot.assist.casefile import CaseFile
from bot.assist.fence import fenced
from bot.assist.phrases import at, by, called, ended
from bot.assist.records import Past
from bot.assist.sentry import SentryLookups, spread, suspects
from bot.classify.extract import extract

RESULT_LIMIT = 8_000
"""Characters of one result: about 2,000 tokens."""
_EVENT_TOKENS, _CRUMBS, _MOVES, _LONGEST = 1_900, 50, 60, 14 * 24
TWICE = "You have already made exactly this call; its result is above. Use it, or ask for something else."
NO_SENTRY = "The bot has no access to Sentry's API, so this cannot be looked up."

Tool = Callable[..., Awaitable[str]]
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Toolbox:
    """The tools for one question about one alert; it remembers what was called."""

    case: CaseFile
    past: Past
    mark: str
    sentry: SentryLookups | None = None
    used: dict[str, None] = field(default_factory=dict)
    """What was looked at, in words for people."""
    _calls: set[str] = field(default_factory=set)

    def tools(self) -> Mapping[str, Tool]:
        """What can be called, by name; what needs Sentry only where there is a way to it."""
        own: dict[str, Tool] = {
            "event": self.event,
            "breadcrumbs": self.breadcrumbs,
            "history": self.history,
            "similar_alerts": self.similar_alerts,
            "counts_over_time": self.counts_over_time,
            "releases": self.releases,
        }
        theirs: dict[str, Tool] = {
            "other_event": self.other_event,
            "tag_distribution": self.tag_distribution,
            "suspect_commits": self.suspect_commits,
        }
        return own | theirs if self.sentry else own

    async def run(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The fenced result of a call whose arguments fit; an identical call is refused."""
        key = f"{name}:{json.dumps(arguments, sort_keys=True, default=str)}"
        tool = self.tools().get(name)
        if tool is None:
            return f"There is no tool {name[:60]!r}."
        if key in self._calls:
            return TWICE
        self._calls.add(key)
        try:
            found = await tool(**arguments)
        except Exception as error:  # noqa: BLE001  the edge of a tool: one lookup that fails must not cost the answer
            log.warning("lookup_failed", tool=name, error=type(error).__name__)
            return f"This could not be looked up ({type(error).__name__}). Go on without it."
        self.used[LABELS[name]] = None
        return fenced(name, found[:RESULT_LIMIT] or "nothing", self.mark)

    async def event(self) -> str:
        """This alert's newest event in full: stack trace with code, message, tags, request."""
        return _whole(self.case.dossier.event, self.case)

    async def breadcrumbs(self) -> str:
        """All breadcrumbs of this alert's newest event, oldest first, with their times."""
        return "\n".join(map(_crumb, self.case.dossier.event.breadcrumbs[-_CRUMBS:])) or "Sentry sent none."

    async def history(self) -> str:
        """Everything that happened to this alert, oldest first: who did what and when, comments, regressions."""
        moves = self.case.dossier.transitions[-_MOVES:]
        return "\n".join(map(_move, moves))

    async def similar_alerts(self) -> str:
        """Other alerts like this one, how each ended, and what people wrote about it."""
        found = [f"{called(other)} ({other.likeness.value}): {ended(other)}" for other in self.case.similar]
        return "\n".join(found) or "There is no other alert like this one on record."

    async def counts_over_time(self, hours: int = 24) -> str:
        """How many events reached the bot in each part of the last hours.

        Args:
            hours: How far to look back, from 1 to 336.
        """
        span = max(1, min(hours, _LONGEST))
        parts = min(span, 24)
        step = timedelta(hours=span) / parts
        edges = [self.case.now - step * (parts - index) for index in range(parts + 1)]
        counts = await self.past.counts(self.case.dossier.alert.id, edges)
        return "\n".join(f"from {at(edge)}: {count}" for edge, count in zip(edges[:-1], counts, strict=True))

    async def other_event(self, which: Literal["latest", "oldest", "recommended"] = "oldest") -> str:
        """Another event of the same issue, in full, as Sentry has it.

        Args:
            which: Which one of the issue's events.
        """
        if self.sentry is None or self._issue is None:
            return NO_SENTRY
        return _whole(await self.sentry.event(self._issue, which), self.case)

    async def tag_distribution(self, key: str = "") -> str:
        """How the issue's events spread over the values of a tag.

        Args:
            key: The tag, such as release, environment, browser or server_name; empty for all tags.
        """
        if self.sentry is None or self._issue is None:
            return NO_SENTRY
        if key and key.replace("_", "").replace(".", "").replace("-", "").isalnum():
            found = await self.sentry.tag(self._issue, key[:60])
            return spread(found) if found else "No event has this tag."
        return "\n".join(spread(tag) for tag in (await self.sentry.tags(self._issue))[:20])

    async def suspect_commits(self) -> str:
        """The commits that Sentry suspects of having caused this, and who made them."""
        event = self.case.dossier.event
        if self.sentry is None or not (event.project and event.event_id):
            return NO_SENTRY
        return suspects(await self.sentry.committers(event.project, event.event_id)) or "Sentry suspects no commit."

    async def releases(self) -> str:
        """The releases in which this happened, by Sentry's count and by the bot's own records."""
        own = [f"{r.release}: from {at(r.first)} to {at(r.last)}" for r in self.case.releases]
        theirs = await self.sentry.tag(self._issue, "release") if self.sentry and self._issue else None
        return "\n".join([*([spread(theirs)] if theirs else []), *own]) or "No release is known."

    @property
    def _issue(self) -> str | None:
        return self.case.dossier.event.issue_id


LABELS: Mapping[str, str] = {
    "event": "the whole event",
    "breadcrumbs": "breadcrumbs",
    "history": "the alert's history",
    "similar_alerts": "similar alerts",
    "counts_over_time": "counts over time",
    "other_event": "another event",
    "tag_distribution": "tags in Sentry",
    "suspect_commits": "suspect commits",
    "releases": "releases",
}
"""Tool → what people call what it looks at."""


def _whole(event: ErrorEvent, case: CaseFile) -> str:
    parts = extract(event, case.dossier.alert.counts, _EVENT_TOKENS).parts
    return "\n".join(f"[{part.ref}] {part.text}" for part in parts)


def _move(move: Transition) -> str:
    states = f"{move.before.state.value} → {move.after.state.value}"
    return f"{at(move.at)} {move.action.value}{by(move.actor)}: {states} {_detail(move.detail)}"


def _crumb(crumb: Breadcrumb) -> str:
    when = at(crumb.at) if crumb.at else ""
    return " ".join(filter(None, (when, crumb.level, crumb.category, (crumb.message or "")[:300])))


def _detail(detail: Mapping[str, str | int]) -> str:
    return ", ".join(f"{name}={str(value)[:300]}" for name, value in detail.items() if value != "")
