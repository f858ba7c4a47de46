"""Notes in the database: each key once, whoever writes it first; leased while one is sent. Decides nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from bot.insights.notes import Note, NoteKind
from bot.store.engine import Database
from bot.store.note_tables import notes


class NoteStore:
    """The notes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, key: str, note: Note, *, due_at: datetime | None) -> bool:
        """Write a note down, to be sent at `due_at` (None: never); False: there was one with this key already."""
        row = {"key": key, "kind": note.kind.value, "body": note, "created_at": note.until, "due_at": due_at}
        async with self._db.write() as conn:
            return (await conn.execute(self._db.insert_new(notes, "key"), row)).one_or_none() is not None

    async def newest(self, kind: NoteKind) -> tuple[str, Note] | None:
        """The last note of a kind that was written down, with its key."""
        query = select(notes.c.key, notes.c.body).where(notes.c.kind == kind.value).order_by(notes.c.id.desc())
        async with self._db.read() as conn:
            row = (await conn.execute(query.limit(1))).one_or_none()
        return (row.key, row.body) if row else None

    async def due(self, now: datetime) -> Sequence[str]:
        """The keys of the notes that are to be sent now and that nobody is sending, oldest first."""
        free = or_(notes.c.lease_until.is_(None), notes.c.lease_until <= now)
        query = select(notes.c.key).where(notes.c.due_at <= now, free).order_by(notes.c.id)
        async with self._db.read() as conn:
            return list(await conn.scalars(query))

    async def lease(self, key: str, owner: str, now: datetime, seconds: float) -> Note | None:
        """Keep others from sending it; None where somebody does, or it is over."""
        free = or_(notes.c.lease_until.is_(None), notes.c.lease_until <= now)
        taken = update(notes).where(notes.c.key == key, notes.c.due_at <= now, free)
        until = now + timedelta(seconds=seconds)
        async with self._db.write() as conn:
            found: Note | None = await conn.scalar(
                taken.values(lease_owner=owner, lease_until=until).returning(notes.c.body)
            )
        return found

    async def save(self, key: str, owner: str, note: Note) -> bool:
        """Keep how far it has come; False: the lease is somebody else's by now, so hands off."""
        return await self._update(key, owner, body=note)

    async def release(self, key: str, owner: str, note: Note, due_at: datetime | None) -> bool:
        """Give the lease back, to go on at `due_at`; None: it is over."""
        return await self._update(key, owner, body=note, due_at=due_at, lease_owner=None, lease_until=None)

    async def end_leases(self) -> None:
        """End every lease, when the only process there is starts: whoever held them is dead."""
        held = update(notes).where(notes.c.lease_owner.is_not(None))
        async with self._db.write() as conn:
            await conn.execute(held.values(lease_owner=None, lease_until=None))

    async def _update(self, key: str, owner: str, **columns: Note | datetime | str | None) -> bool:
        mine = update(notes).where(notes.c.key == key, notes.c.lease_owner == owner)
        async with self._db.write() as conn:
            return bool((await conn.execute(mine.values(columns))).rowcount)
