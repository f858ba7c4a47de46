"""Outbreaks: many different issues within a moment, as a bad deploy or a dead upstream makes them. All made up."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bot.sandbox.courier import Receipt
from bot.sandbox.shelf import Shelf, compact
from bot.sandbox.values import Json

FILE = Path(__file__).with_suffix(".json")
AT_ONCE = 20
FIRST_ISSUE = 4_200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One issue of an outbreak, and how many events it has."""

    project: str
    kind: str
    says: str
    file: str
    function: str
    events: int = 1


def _cases(name: str, shared: str) -> tuple[tuple[Case, ...], str]:
    told = json.loads(FILE.read_text("utf-8"))[name]
    return tuple(Case(**case) for case in told["cases"]), told[shared]


DEPLOY, RELEASE = _cases("deploy", "release")
"""A release with another idea of money."""
UPSTREAM, HOST = _cases("upstream", "host")
"""Everybody's payment provider; each service runs another release on another machine."""


class Outbreaks:
    """Fires outbreaks at the bot, through the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    async def deploy(self) -> list[Receipt]:
        """All issues of a bad deploy, each with its events."""
        return await self.fire(list(self._bodies(DEPLOY, lambda case: (RELEASE, f"{case.project}-7d9f"))))

    async def upstream(self) -> list[Receipt]:
        """All issues of a dead upstream."""
        return await self.fire(list(self._bodies(UPSTREAM, lambda case: (f"{case.project}@1.7", f"{case.project}-1"))))

    async def fire(self, bodies: Sequence[Json]) -> list[Receipt]:
        """Send these bodies, some at once."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(body: Json) -> Receipt:
            async with turn:
                return await self.shelf.send("error", compact(body), about="outbreak")

        return await asyncio.gather(*(one(body) for body in bodies))

    def _bodies(self, cases: Sequence[Case], where: Callable[[Case], tuple[str, str]]) -> Iterator[Json]:
        for number, case in enumerate(cases, start=FIRST_ISSUE + 100 * (cases is UPSTREAM)):
            release, server = where(case)
            for _ in range(case.events):
                yield self.body(case, number, release=release, server=server)

    def body(self, case: Case, issue: int, *, release: str, server: str) -> Json:
        """One event of one issue."""
        body = deepcopy(self.shelf.body("error"))
        event_id = uuid4().hex
        frame = {"function": case.function, "filename": case.file, "lineno": 41, "in_app": True}
        raised = {"type": case.kind, "value": case.says, "stacktrace": {"frames": [frame]}}
        body["data"]["error"] |= {
            "event_id": event_id,
            "issue_id": str(issue),
            "level": "error",
            "title": f"{case.kind}: {case.says}",
            "culprit": f"{case.file} in {case.function}",
            "metadata": {"type": case.kind, "value": case.says, "filename": case.file, "function": case.function},
            "exception": {"values": [raised]},
            "release": release,
            "server_name": server,
            "transaction": f"/{case.project}/",
            "tags": [["environment", "production"], ["level", "error"], ["release", release], ["server_name", server]],
            "breadcrumbs": {"values": []},
            "request": None,
            "user": {"id": f"c-{uuid4().int % 1000}"},
            "extra": {"ai_metadata": {"service": case.project}},
            "url": f"https://sentry.io/api/0/projects/example-shop/{case.project}/events/{event_id}/",
            "web_url": f"https://example-shop.sentry.io/issues/{issue}/events/{event_id}/",
            "issue_url": f"https://sentry.io/api/0/organizations/example-shop/issues/{issue}/",
        }
        return body
