"""What a transaction promises: all or nothing, nobody in the way of anybody, and times that come back as they went."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot.alerts.alert import BOT, Action, Standing, Transition
from bot.store.rows import transition_columns
from bot.store.tables import deliveries, transitions
from tests.store.making import START


def row(key="d1", at=START):
    return {"id": key, "source": "sentry", "resource": "error", "action": "created", "received_at": at}


async def test_a_block_that_raises_writes_nothing(db):
    async def fail():
        async with db.write() as conn:
            await conn.execute(insert(deliveries).values(row()))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with db.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(deliveries)) == 0


async def test_many_writers_at_once_all_get_their_turn(db):
    async def write(number):
        async with db.write() as conn:
            await conn.execute(insert(deliveries).values(row(f"d{number}")))

    await asyncio.gather(*(write(number) for number in range(40)))
    async with db.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(deliveries)) == 40


async def test_a_writer_that_is_cancelled_leaves_the_next_one_free(db):
    async def hang(started):
        async with db.write() as conn:
            await conn.execute(insert(deliveries).values(row()))
            started.set()
            await asyncio.Event().wait()

    started = asyncio.Event()
    task = asyncio.create_task(hang(started))
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    async with db.write() as conn:
        await conn.execute(insert(deliveries).values(row()))


async def test_a_reader_sees_one_moment_while_others_write(db):
    async with db.read() as reader:
        before = await reader.scalar(select(func.count()).select_from(deliveries))
        async with db.write() as conn:
            await conn.execute(insert(deliveries).values(row()))
        assert await reader.scalar(select(func.count()).select_from(deliveries)) == before == 0


async def test_a_reader_cannot_write(db):
    async with db.read() as conn:
        with pytest.raises(DBAPIError):
            await conn.execute(insert(deliveries).values(row()))


async def test_a_row_about_an_alert_that_is_not_there_is_refused(db):
    standing = Standing(since=START)
    line = transition_columns(
        404, Transition(action=Action.OPENED, actor=BOT, at=START, before=standing, after=standing)
    )
    with pytest.raises(IntegrityError):
        async with db.write() as conn:
            await conn.execute(insert(transitions).values(line))


async def test_a_time_comes_back_in_utc_whatever_zone_it_went_in(db):
    local = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    async with db.write() as conn:
        await conn.execute(insert(deliveries).values(row(at=local)))
        found = await conn.scalar(select(deliveries.c.received_at).where(deliveries.c.received_at == local))
    assert (found, found.utcoffset()) == (START, timedelta(0))


async def test_a_time_without_a_zone_is_refused(db):
    with pytest.raises(StatementError, match="without a time zone"):
        async with db.write() as conn:
            await conn.execute(insert(deliveries).values(row(at=datetime(2026, 3, 1))))  # noqa: DTZ001


async def test_a_ping_is_answered(db):
    await db.ping()
