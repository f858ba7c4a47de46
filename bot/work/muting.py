"""Mutes, from what people type to what holds: shown first, then begun, listed, and ended."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.alerts.alert import Actor
from bot.alerts.mutes import BadPattern, Pattern, parse
from bot.sentry.references import reference
from bot.slack import replies
from bot.slack import words_commands as said
from bot.slack.commands import Command
from bot.slack.replies import Reply
from bot.slack.text import inert
from bot.store.mutes import MuteStore

PREVIEW = timedelta(days=30)


class Muting:
    """What `/triage mute` and `unmute` do."""

    def __init__(self, mutes: MuteStore, clock: Callable[[], datetime]) -> None:
        self._mutes, self._clock = mutes, clock

    async def preview(self, command: Command, _by: Actor) -> Reply:
        """What a mute would have hidden, with the button that begins it."""
        try:
            pattern, lasting = _read(command.rest)
        except BadPattern as wrong:
            return _mended(wrong)
        now = self._clock()
        seen = await self._mutes.preview(pattern, now - PREVIEW)
        typed = f"{pattern} for {max(1, int(lasting.total_seconds() // 60))}m"
        return replies.preview(pattern, lasting, seen, now, typed)

    async def begin(self, typed: str, by: Actor) -> Reply:
        """Begin the mute that was previewed."""
        try:
            pattern, lasting = _read(typed)
        except BadPattern as wrong:
            return _mended(wrong)
        now = self._clock()
        mute = await self._mutes.add(pattern, by, now, now + lasting)
        return replies.told(said.muted(str(mute.pattern), mute.until))

    async def listed(self, command: Command, _by: Actor) -> Reply:
        """The mutes that hold; with a number, the end of that one's button."""
        held = await self._mutes.current(self._clock())
        wanted = command.rest.lstrip("#")
        if not wanted:
            return replies.mutes(held, str(command))
        one = [mute for mute in held if str(mute.id) == wanted]
        return replies.mutes(one, str(command)) if one else replies.told(said.no_such_mute(wanted))

    async def end(self, number: str) -> Reply:
        """End a mute by its number."""
        known = number.isdecimal() and len(number) < 9
        mute = await self._mutes.end(int(number), self._clock()) if known else None
        return replies.told(said.unmuted(str(mute.pattern)) if mute else said.no_such_mute(number))


def _mended(wrong: BadPattern) -> Reply:
    return replies.perhaps(inert(str(wrong), 250), f"mute {wrong.better}" if wrong.better else "")


def _read(typed: str) -> tuple[Pattern, timedelta]:
    """A mute's words; an issue's name alone means that issue.

    Raises:
        BadPattern: they make none.
    """
    name, _, rest = typed.partition(" ")
    issue = reference(name) if ":" not in name or "/" in name else None
    return parse(f"issue:{issue.value} {rest}".strip() if issue else typed)
