"""SQLite inside the event loop: whoever waits for the file lets the others go on, and leaves it as it was."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from bot.store.engine import Database


@pytest.fixture
async def db(tmp_path):
    database = Database.connect(f"sqlite:///{tmp_path / 'x.db'}")
    async with database.write() as conn:
        await conn.execute(text("CREATE TABLE t (x INTEGER)"))
    yield database
    await database.close()


@pytest.fixture
def other(tmp_path, db):
    """Another process's connection, as far as the file can tell."""
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        yield connection


async def add(db: Database, number: int) -> None:
    async with db.write() as conn:
        await conn.execute(text("INSERT INTO t VALUES (:x)"), {"x": number})


async def numbers(db: Database) -> list[int]:
    async with db.read() as conn:
        return list(await conn.scalars(text("SELECT x FROM t ORDER BY x")))


async def test_while_a_writer_waits_for_another_process_the_loop_goes_on(db, other):
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(add(db, 1))
    assert await numbers(db) == []
    assert not writing.done()
    other.execute("COMMIT")
    await writing
    assert await numbers(db) == [1]


async def test_a_writer_that_is_cancelled_while_it_waits_writes_nothing_and_blocks_nobody(db, other):
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(add(db, 1))
    assert await numbers(db) == []
    writing.cancel()
    other.execute("COMMIT")
    with pytest.raises(asyncio.CancelledError):
        await writing
    await add(db, 2)
    assert await numbers(db) == [2]


async def test_a_transaction_is_on_disk_when_its_block_ends(db, other):
    await add(db, 1)
    assert other.execute("SELECT x FROM t").fetchall() == [(1,)]


async def test_a_broken_statement_undoes_its_whole_transaction(db):
    async def broken():
        async with db.write() as conn:
            await conn.execute(text("INSERT INTO t VALUES (1)"))
            await conn.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(Exception, match="no such table"):
        await broken()
    await add(db, 2)
    assert await numbers(db) == [2]


async def test_rows_can_be_read_one_by_one_and_left_unread(db):
    for number in range(5):
        await add(db, number)
    async with db.read() as conn:
        rows = await conn.execute(text("SELECT x FROM t ORDER BY x"))
        assert rows.fetchone() == (0,)
    await add(db, 5)
    assert await numbers(db) == [0, 1, 2, 3, 4, 5]
