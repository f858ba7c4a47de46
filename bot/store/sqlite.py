"""SQLite for SQLAlchemy's asyncio: what is short runs where it is called, and only what may wait goes to a thread.

A driver that sends every step of every statement to a thread pays several hand-overs, each dearer than the statement:
with aiosqlite a batch of deliveries took a quarter more of the processor, and up to twice as long. What waits is the
disk (COMMIT), another process that holds the file, and a reader's statement, which may look at a whole table.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import Any, Self

from sqlalchemy import URL
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

BUSY_TIMEOUT_MS = 10_000
"""How long another process (a backup, a shell) may hold the file; our own writers queue on a lock instead."""
_BEGIN = "BEGIN IMMEDIATE"


class SqliteCursor(sqlite3.Cursor):
    """A cursor that takes all rows at once: one left halfway would hand its old snapshot to the next reader."""

    _rows: Iterator[Any] = iter(())

    def execute(self, statement: str, parameters: Any = ()) -> Self:
        """Run a statement and take what it returns."""
        super().execute(statement, parameters)
        self._rows = iter(super().fetchall())
        return self

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        return list(islice(self._rows, self.arraysize if size is None else size))

    def fetchall(self) -> list[Any]:
        """All further rows."""
        return list(self._rows)

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's word to a driver for asyncio to let go of the database; that is done."""


class SqliteConnection(sqlite3.Connection):
    """A connection with a thread of its own, used by the event loop only while that thread rests."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    def waiting(self, work: Callable[..., object], *arguments: object) -> None:
        """Do `work` in the thread while the event loop goes on."""
        await_only(_finished(self._thread.submit(work, *arguments)))

    def begin_writing(self) -> None:
        """Take the file's lock: here and now where it is free, which it nearly always is, else as soon as it is."""
        try:
            self.execute(_BEGIN)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            self.waiting(self._begin_patiently)

    def _begin_patiently(self) -> None:
        self.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        try:
            self.execute(_BEGIN)
        finally:
            self.execute("PRAGMA busy_timeout=0")

    def cursor(self, factory: Any = SqliteCursor) -> Any:
        """A cursor that SQLAlchemy's asyncio part takes for one of its own."""
        return super().cursor(factory)

    def close(self) -> None:
        """End the thread, too."""
        self._thread.shutdown(wait=False)
        super().close()


class SqliteDialect(SQLiteDialect_pysqlite):
    """`reads`: the engine is for reading, and its statements may take long; else for short writes."""

    driver = "triage"
    is_async = True
    supports_statement_cache = True

    def __init__(self, reads: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._reads = reads

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:  # noqa: ARG003 (SQLAlchemy's signature)
        """The pool for asyncio."""
        return AsyncAdaptedQueuePool

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin; a writer takes its lock at once, so that none finds it taken halfway."""
        connection = dbapi_connection.dbapi_connection
        if self._reads:
            connection.execute("BEGIN")
        else:
            connection.begin_writing()

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit: the disk decides how long that takes."""
        connection = dbapi_connection.dbapi_connection
        connection.waiting(connection.commit)

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:  # noqa: ARG002
        """Run a statement."""
        self._run(cursor.connection, cursor.execute, statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:  # noqa: ARG002
        """Run a statement for many rows."""
        self._run(cursor.connection, cursor.executemany, statement, parameters)

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:  # noqa: ARG002
        """Run a statement of the driver's own."""
        self._run(cursor.connection, cursor.execute, statement)

    def _run(self, connection: SqliteConnection, work: Callable[..., object], *arguments: object) -> None:
        if self._reads:
            connection.waiting(work, *arguments)
        else:
            await_only(_at_once(work, *arguments))


async def _at_once(work: Callable[..., object], *arguments: object) -> None:
    """Do `work` here and now: SQLAlchemy insists that a driver for asyncio awaits something."""
    work(*arguments)


async def _finished(work: Future[object]) -> None:
    """Wait for the thread, even when cancelled: nobody else may touch the connection before it rests."""
    done = asyncio.wrap_future(work)
    try:
        await asyncio.shield(done)
    except asyncio.CancelledError:
        while not done.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([done])
        raise
