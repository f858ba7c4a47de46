"""What Sentry itself can be asked about an issue: a narrow port, and its answers as lines of text. Reads only."""

from collections.abc import Sequence
from typing import Protocol

from bot.alerts.event import ErrorEvent


class Committer(Protocol):
    """Somebody whose commits Sentry suspects."""

    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def commits(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102


class Tag(Protocol):
    """How an issue's events spread over a tag's values."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def top(self) -> tuple[tuple[str, int], ...]: ...  # noqa: D102


class SentryLookups(Protocol):
    """The part of `bot.sentry.client` that questions may use: nothing that writes."""

    async def event(self, issue_id: str, which: str = "latest") -> ErrorEvent:
        """An event of the issue: `latest`, `oldest` or `recommended`."""
        ...

    async def tag(self, issue_id: str, key: str) -> Tag | None:
        """How the issue's events spread over one tag."""
        ...

    async def tags(self, issue_id: str) -> Sequence[Tag]:
        """The same for all its tags."""
        ...

    async def committers(self, project: str, event_id: str) -> Sequence[Committer]:
        """Whose commits Sentry suspects."""
        ...


def spread(tag: Tag) -> str:
    """`release: shop@4.2.0 × 930, shop@4.1.9 × 12 (942 events)`."""
    values = ", ".join(f"{value} × {count}" for value, count in tag.top[:10])
    return f"{tag.key}: {values} ({tag.total} events)"


def suspects(committers: Sequence[Committer]) -> str:
    """A line for each suspect commit."""
    commits = [(who.name or "somebody", *commit) for who in committers[:5] for commit in who.commits[:5]]
    return "\n".join(f"{name}: {commit[:12]} {line}" for name, commit, line in commits)
