"""The migrations make what the models say, and running them again, or all at once, does no harm."""

import asyncio
import importlib
import pkgutil
from datetime import UTC, datetime

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, MetaData, Table

import bot.store
from bot.store.dossiers import load
from bot.store.engine import NEWEST_SCHEMA, Database
from bot.store.schema import MIGRATIONS, upgrade
from bot.store.tables import Row

for module in pkgutil.iter_modules(bot.store.__path__, "bot.store."):
    importlib.import_module(module.name)  # a table is known once its module is loaded


def difference(conn: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(conn), Row.metadata))


def version(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


async def test_a_new_database_gets_the_models_schema_in_one_step(db):
    async with db.read() as conn:
        assert await conn.run_sync(difference) == []
        assert await conn.run_sync(version) == NEWEST_SCHEMA


async def test_all_migrations_one_after_the_other_lead_to_the_same_schema(database_url):
    database = Database.connect(database_url)
    async with database.write() as conn:
        await conn.run_sync(upgrade)
    async with database.read() as conn:
        assert await conn.run_sync(difference) == []
        assert await conn.run_sync(version) == NEWEST_SCHEMA
    await database.close()


async def test_what_was_known_of_an_alert_moves_with_the_schema(database_url):
    database = Database.connect(database_url)
    async with database.write() as conn:
        await conn.run_sync(upgrade, "0009")
        at = datetime(2026, 3, 2, tzinfo=UTC)
        event = {"resource": "error", "action": "created", "meaning": "occurrence", "title": "KeyError: 'cart'"}
        old = await conn.run_sync(lambda sync: Table("alerts", MetaData(), autoload_with=sync))
        row: dict[str, object] = {column.name: 0 for column in old.c if isinstance(column.type, BigInteger)}
        row |= {"id": 1, "issue_key": "sentry:1", "state": "open", "title": "KeyError", "event": event}
        row |= {"standing": {"since": at.isoformat()}, "resources": ["error"], "variants": []}
        row |= {"first_seen": at, "last_seen": at, "created_at": at}
        await conn.execute(old.insert(), row)
    await database.migrate()
    async with database.read() as conn:
        assert (await conn.run_sync(load, 1)).event.title == "KeyError: 'cart'"
    await database.close()


async def test_migrating_twice_changes_nothing(db):
    await db.migrate()
    async with db.read() as conn:
        assert await conn.run_sync(difference) == []


def test_the_newest_schema_is_known_without_asking_alembic():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST_SCHEMA]


async def test_replicas_that_start_together_migrate_once(database_url):
    replicas = [Database.connect(database_url) for _ in range(4)]
    await asyncio.gather(*(replica.migrate() for replica in replicas))
    async with replicas[0].read() as conn:
        assert await conn.run_sync(difference) == []
    for replica in replicas:
        await replica.close()
