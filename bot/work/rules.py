"""The rules of triage.yml while we run: read again when the file changes; a mistake leaves the old ones in force.

Polling by size and time of change needs no thread and no system call that is different everywhere, and sees a file
that an editor, a config map or a checkout has put in the place of the old one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

import structlog

from bot.errors import BadSettings
from bot.rounds import Rounds
from bot.triage_file import TriageFile, read_triage_file

PAUSE = 2.0
"""Seconds between two looks at the file."""
_LIVE = frozenset({"routes", "severities", "quiet_hours", "timers", "people", "permissions", "rules"})

log = structlog.get_logger(__name__)
_Stamp = tuple[int, int, int] | None


class LiveRules:
    """The rules in force: call it. `problem` says what is wrong with the file as it stands, if anything."""

    def __init__(
        self,
        path: Path,
        first: TriageFile,
        services: Collection[str],
        *,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        """Wire it.

        Args:
            path: the file.
            first: what it said at start.
            services: as `read_triage_file` takes them.
            changed: told after other rules have come into force.
        """
        self._path, self._rules, self._services = path, first, services
        self._changed = changed
        self._seen = _stamp(path)
        self._rounds = Rounds("triage.yml", self.look, PAUSE)
        self.problem = ""

    def __call__(self) -> TriageFile:
        """The rules in force."""
        return self._rules

    async def look(self) -> bool:
        """Read the file again if it has changed; whether other rules are in force now.

        A file that is gone changes nothing: an editor may be about to put the new one in its place.
        """
        stamp = _stamp(self._path)
        if stamp is None or stamp == self._seen:
            return False
        self._seen = stamp
        try:
            new = await asyncio.to_thread(read_triage_file, self._path, self._services)
        except BadSettings as mistake:
            self.problem = str(mistake)
            log.warning("triage_file_refused", says=self.problem, in_force="the rules from before")
            return False
        self.problem = ""
        old, self._rules = self._rules, self._rules.model_copy(update={name: getattr(new, name) for name in _LIVE})
        later = [name for name in TriageFile.model_fields if getattr(new, name) != getattr(self._rules, name)]
        if later:
            log.warning("triage_file_needs_a_restart", settings=later)
        if old == self._rules:
            return False
        log.info("triage_file_read", routes=len(new.routes))
        await self._changed()
        return True

    async def start(self) -> None:
        """Begin to watch the file."""
        self._rounds.start()

    async def stop(self) -> None:
        """Watch it no more."""
        await self._rounds.stop()


def _stamp(path: Path) -> _Stamp:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
