"""Sends a note: first its words, then its chart, each step written down, so that a crash repeats none that was seen.

The chart goes into the message's thread, where it belongs to the channel, and from there into the message itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import Unavailable
from bot.insights.charts import Picture
from bot.insights.notes import Note
from bot.slack.cards import Message
from bot.slack.digest import illustrated
from bot.slack.gateway import Posted, SlackGateway
from bot.slack.ids import NOTE_EVENT
from bot.slack.uploads import Uploads

SETTLE = timedelta(seconds=3)
"""After a send that nobody knows the outcome of, the time that its request may still be on its way."""

Save = Callable[[Note], Awaitable[None]]


class NoteSender:
    """Brings one note into its channel."""

    def __init__(self, gateway: SlackGateway, uploads: Uploads, clock: Callable[[], datetime]) -> None:
        self._gateway, self._uploads, self._clock = gateway, uploads, clock

    async def post(self, key: str, note: Note, message: Message, save: Save) -> Note:
        """Post the words, unless they are there.

        Raises:
            TargetError: Slack did not take them; after `Unavailable` they may be there.
        """
        if note.message_ts:
            return note
        if note.sending_since:
            self._let_settle(note.sending_since)
            told = await self._gateway.marked(note.channel, note.sending_since, NOTE_EVENT)
            found = next((at for at, payload in told if payload.get("note") == key), None)
            if found:
                return await self._posted(note, found, save)
        await self._gateway.turn(note.channel)
        note = replace(note, sending_since=self._clock())
        await save(note)
        metadata = {"event_type": NOTE_EVENT, "event_payload": {"note": key}}
        return await self._posted(note, await self._gateway.post(note.channel, message, metadata), save)

    async def illustrate(self, key: str, note: Note, message: Message, picture: Picture, save: Save) -> Note:
        """Put the chart under the posted words, and then into them.

        Raises:
            TargetError: Slack did not take it, yet or at all.
        """
        at = Posted(note.channel, note.message_ts)
        if not note.file_id:
            note = replace(
                note, file_id=await self._uploads.upload(picture, f"{key.replace(':', '-')}.png"), attempts=0
            )
            await save(note)
        if not note.shared:
            note = await self._shared(note, picture, at, save)
        metadata = {"event_type": NOTE_EVENT, "event_payload": {"note": key}}
        await self._gateway.update(at, illustrated(message, picture, note.file_id), metadata)
        return note

    async def _shared(self, note: Note, picture: Picture, at: Posted, save: Save) -> Note:
        begun = note.sending_since
        if begun:
            self._let_settle(begun)
        if not begun or not await self._uploads.is_shared(note.file_id, at):
            note = replace(note, sending_since=self._clock())
            await save(note)
            await self._uploads.share(note.file_id, picture.title, at)
        note = replace(note, shared=True, sending_since=None, attempts=0)
        await save(note)
        return note

    async def _posted(self, note: Note, at: Posted, save: Save) -> Note:
        note = replace(note, channel=at.channel, message_ts=at.ts, sending_since=None, attempts=0)
        await save(note)
        return note

    def _let_settle(self, since: datetime) -> None:
        left = (since + SETTLE - self._clock()).total_seconds()
        if left > 0:
            raise Unavailable("a send is still on its way", retry_after=left)
