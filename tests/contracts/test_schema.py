"""The migrations make what the models say, and running them again, or all at once, does no harm."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from bot.store.engine import Database
from bot.store.tables import Row


def difference(conn: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(conn), Row.metadata))


async def test_the_migrated_schema_is_the_models_schema(db):
    async with db.read() as conn:
        assert await conn.run_sync(difference) == []


async def test_migrating_twice_changes_nothing(db):
    await db.migrate()
    async with db.read() as conn:
        assert await conn.run_sync(difference) == []


async def test_replicas_that_start_together_migrate_once(database_url):
    replicas = [Database.connect(database_url) for _ in range(4)]
    await asyncio.gather(*(replica.migrate() for replica in replicas))
    async with replicas[0].read() as conn:
        assert await conn.run_sync(difference) == []
    for replica in replicas:
        await replica.close()
