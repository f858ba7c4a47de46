"""What different issues can have in common: the evidence of which storms are made. Pure.

Only what an event says in a place where it can be relied on: a host in a URL or behind `host=`, not any word with a
dot, which may be a file. A trait's value is the event's own words, and as little to be trusted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from bot.alerts.event import ErrorEvent

MOST_UPSTREAMS = 4
"""Upstreams taken of one event; more than that is a list, not a cause."""
_VALUE_LIMIT, _TEXT_LIMIT = 160, 4000

_UPSTREAM_TAGS = ("upstream", "peer.service", "peer.hostname", "server.address", "net.peer.name", "db.host")
_COMMIT_TAGS = ("commit", "git.commit", "git.sha", "git_sha", "revision")
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_HOST = rf"{_NAME}(?:\.{_NAME}){{0,8}}"
_UPSTREAM = re.compile(
    rf"[a-z][a-z0-9+.-]{{1,20}}://(?:[^\s/@'\"]{{0,80}}@)?(?P<url>{_HOST})"
    rf"|\bhost(?:name)?\s?[=:]\s?['\"(]{{0,2}}(?P<host>{_HOST})"
    rf"|\b(?:(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|getaddrinfo|upstream|server at|connect(?:ion)? to)\s){{1,3}}"
    rf"['\"(]{{0,2}}(?=[\w-]*[.\d-])(?P<said>{_HOST})(?=[\s:'\"),]|$)",
    re.IGNORECASE,
)
_COMMIT = re.compile(r"(?<![0-9a-z])(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{12,40}(?![0-9a-z])")
_HERE = frozenset({"localhost", "server", "database", "host"})


class Kind(StrEnum):
    """What sort of thing is shared, the most telling first."""

    UPSTREAM = "upstream"
    FRAME = "frame"
    COMMIT = "commit"
    RELEASE = "release"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that an issue may share with others."""

    kind: Kind
    value: str

    @property
    def key(self) -> str:
        """`release:shop@4.3.0`: how it is written down."""
        return f"{self.kind.value}:{self.value}"

    @classmethod
    def read(cls, key: str) -> Self:
        """The trait that was written down as `key`."""
        kind, _, value = key.partition(":")
        return cls(Kind(kind), value)


def traits(event: ErrorEvent, *, known_before: bool = False) -> frozenset[Trait]:
    """Everything that the event may share with others.

    `known_before`: the issue is older than the moment in question, so no release or commit can have brought it.
    """
    found = {*_upstreams(event), *_frame(event), *_host(event)}
    if not known_before:
        found |= {*_commit(event), *_release(event)}
    return frozenset(found)


def _trait(kind: Kind, value: str | None) -> Iterator[Trait]:
    clean = " ".join((value or "").split())[:_VALUE_LIMIT]
    if clean:
        yield Trait(kind, clean)


def _upstreams(event: ErrorEvent) -> Iterator[Trait]:
    """The hosts that it speaks of as being elsewhere; not its own address."""
    own = urlsplit(event.request.url or "").hostname if event.request else None
    texts = (event.message, *(exception.value for exception in event.exceptions))
    tagged = [value for name in _UPSTREAM_TAGS if (value := event.tag(name))]
    said = [
        match["url"] or match["host"] or match["said"]
        for text in texts
        for match in _UPSTREAM.finditer((text or "")[:_TEXT_LIMIT])
    ]
    hosts = dict.fromkeys(host.lower().rstrip(".") for host in (*tagged, *said))
    for host in [host for host in hosts if host not in _HERE and host != own][:MOST_UPSTREAMS]:
        yield from _trait(Kind.UPSTREAM, host)


def _frame(event: ErrorEvent) -> Iterator[Trait]:
    frame = event.crash_frame
    if frame and frame.in_app and frame.function and (frame.filename or frame.module):
        place = "/".join((frame.filename or frame.module or "").replace("\\", "/").split("/")[-3:])
        yield from _trait(Kind.FRAME, f"{place} in {frame.function}")


def _host(event: ErrorEvent) -> Iterator[Trait]:
    yield from _trait(Kind.HOST, event.server_name or event.tag("server_name"))


def _commit(event: ErrorEvent) -> Iterator[Trait]:
    """A commit that several projects may have been deployed from."""
    tagged = next((value for name in _COMMIT_TAGS if (value := event.tag(name))), "")
    found = _COMMIT.search(tagged.lower()) or _COMMIT.search((event.release or "").lower())
    if found:
        yield from _trait(Kind.COMMIT, found[0][:12])


def _release(event: ErrorEvent) -> Iterator[Trait]:
    """A release; a bare `1.0` is another one in every project."""
    release = event.release
    if release and "@" not in release and not _COMMIT.search(release.lower()):
        release = f"{event.project or ''} {release}".strip()
    yield from _trait(Kind.RELEASE, release)
