"""The database's connections and transactions, alike on SQLite and PostgreSQL. Knows no table."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import URL, Connection, Executable, Table, event, inspect, make_url, text
from sqlalchemy.dialects import registry, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import BadSettings
from bot.store.sqlite import BUSY_TIMEOUT_MS, SqliteConnection, SqliteDialect
from bot.store.turns import Turns

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

CONNECT_TIMEOUT_S = 10
MIGRATION_LOCK = 7_316_020_011
"""The key of PostgreSQL's advisory lock: any number that nothing else in the database uses."""
NEWEST_SCHEMA = max(path.name[:4] for path in Path(__file__).parent.glob("migrations/versions/0*.py"))
"""The migration that Alembic would end with, read from the files' names."""
_FORMS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
_SQLITE = frozenset({"sqlite", "sqlite+aiosqlite"})
_POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})


class Database:
    """Where the state lives. Build it with `connect`, bring the schema up with `migrate`, end with `close`."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, turns: Turns | None = None) -> None:
        self._writer, self._reader, self._turns = writer, reader, turns
        self.dialect = writer.dialect.name
        self._inserts: dict[tuple[str, ...], Executable] = {}

    @classmethod
    def connect(cls, url: str) -> Self:
        """Prepare the connections to `url`; PostgreSQL is first reached by `migrate`, `ping` or a transaction.

        Raises:
            BadSettings: not a URL that we serve, or a SQLite file that cannot be written.
        """
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise BadSettings(f"DATABASE_URL is not a database's address; use {_FORMS}") from None
        if parsed.drivername in _SQLITE:
            return cls(*_sqlite_engines(parsed), Turns())
        if parsed.drivername in _POSTGRESQL:
            return cls(*_postgresql_engines(parsed))
        raise BadSettings(f"DATABASE_URL: {parsed.drivername!r} is not served; use {_FORMS}")

    @asynccontextmanager
    async def write(self, *, first: bool = False) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that commits at the end of the block, or rolls back when it raises.

        On SQLite writers queue here, so that none of them meets a locked file; see `Turns` for who is `first`.
        """
        async with self._turns.turn(first=first) if self._turns else nullcontext(), self._writer.begin() as conn:
            yield conn

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a snapshot: all its statements see one moment; a write in it is an error."""
        async with self._reader.connect() as conn:
            yield conn

    async def migrate(self) -> None:
        """Bring the schema to the newest version; replicas that start together take turns.

        Raises:
            BadSettings: the database cannot be reached.
        """
        try:
            await self.ping()
        except (SQLAlchemyError, OSError) as error:
            address = self._writer.url.render_as_string(hide_password=True)
            why = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise BadSettings(f"DATABASE_URL: cannot reach {address}: {why}") from None
        if await self._schema() == NEWEST_SCHEMA:
            return
        async with self.write() as conn:
            if self.dialect == "postgresql":
                await conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            await conn.run_sync(_bring_up)

    async def _schema(self) -> str | None:
        """The migration at which the schema stands; None for a new database."""
        try:
            async with self.read() as conn:
                found: str | None = await conn.scalar(text("SELECT version_num FROM alembic_version"))
        except DatabaseError:  # there is no such table
            return None
        return found

    async def ping(self) -> None:
        """Ask the database for nothing; raises what SQLAlchemy or the network raises when it does not answer."""
        async with self.read() as conn:
            await conn.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections; no transaction may be open."""
        await self._reader.dispose()
        await self._writer.dispose()

    def insert(self, table: Table) -> "postgresql.Insert | sqlite.Insert":
        """Begin an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
        if self.dialect != "postgresql":
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # a start on SQLite has no time for it

        return postgresql.insert(table)

    def insert_new(self, table: Table, *unique: str) -> Executable:
        """An INSERT that passes over rows whose key is there already, and returns the keys of the others.

        `unique` names the key's columns, the primary key's where there are none.
        """
        built = self._inserts.get((table.name, *unique))
        if built is None:
            keys = [table.c[name] for name in unique] or list(table.primary_key)
            built = self.insert(table).on_conflict_do_nothing(index_elements=keys).returning(*keys)
            self._inserts[table.name, *unique] = built
        return built


def _bring_up(conn: Connection) -> None:
    """Make the schema where there is none, else run what is missing. Both are imported where they have work."""
    if not inspect(conn).get_table_names():
        from bot.store.fresh import create

        create(conn, NEWEST_SCHEMA)
    else:
        from bot.store.schema import upgrade  # Alembic is a tenth of a start's time

        upgrade(conn)


def _sqlite_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    if url.database in (None, "", ":memory:"):
        raise BadSettings("DATABASE_URL: a SQLite database needs a file: sqlite:///FILE")
    _prepare_file(Path(str(url.database)))
    registry.register("sqlite.triage", SqliteDialect.__module__, SqliteDialect.__name__)
    url = url.set(drivername="sqlite+triage")
    # isolation_level None: sqlite3 begins no transactions of its own; the dialect says which kind.
    arguments = {"isolation_level": None, "check_same_thread": False, "factory": SqliteConnection}
    options: dict[str, Any] = {"connect_args": arguments, "max_overflow": 0, "pool_timeout": None}
    # `write` ends every transaction itself: the pool's own rollback would be one too many.
    writer = create_async_engine(url, pool_size=1, pool_reset_on_return=None, **options)
    reader = create_async_engine(url, pool_size=4, reads=True, **options)
    _configure_sqlite(writer, "PRAGMA busy_timeout=0")  # it waits in a thread; see SqliteConnection.begin_writing
    _configure_sqlite(reader, f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}", "PRAGMA query_only=ON")
    return writer, reader


def _prepare_file(path: Path) -> None:
    """Make the file and switch it to WAL, which stays with it; a file that cannot be written is found here."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        conn = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        try:
            conn.execute("PRAGMA journal_mode=WAL")
            conn.execute("BEGIN IMMEDIATE")
            conn.execute("ROLLBACK")
        finally:
            conn.close()
    except (OSError, sqlite3.Error) as error:
        raise BadSettings(f"DATABASE_URL: cannot write the SQLite file {path}: {error}") from error


def _configure_sqlite(engine: AsyncEngine, *pragmas: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", *pragmas):
            cursor.execute(pragma)
        cursor.close()


def _postgresql_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    # Hosting services hand out libpq's word; asyncpg calls the same thing ssl.
    query = {("ssl" if key == "sslmode" else key): value for key, value in url.query.items()}
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg", query=query),
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,  # a restart of PostgreSQL must not cost a delivery
        connect_args={"timeout": CONNECT_TIMEOUT_S, "prepared_statement_cache_size": 500},
    )
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine, reader
