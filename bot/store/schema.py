"""Bringing the schema up with Alembic. Imported only where there is something to bring up: it takes its time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(conn: Connection, to: str = "head") -> None:
    """Run the migrations that are missing up to `to`, in the transaction that is open."""
    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, to)
