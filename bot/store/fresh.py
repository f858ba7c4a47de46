"""A new database's schema, as the tables stand today: in one step, where Alembic would walk through all its past.

A contract test holds that both ways end alike.
"""

from importlib import import_module
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, insert

from bot.store.tables import Row

_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True, nullable=False))
"""Alembic's own: where it looks for the migration at which the schema stands."""


def create(conn: Connection, version: str) -> None:
    """Make all tables, in the transaction that is open; from here on it is at migration `version`."""
    for path in Path(__file__).parent.glob("*_tables.py"):
        import_module(f"{__package__}.{path.stem}")  # a table is known once its module is loaded
    Row.metadata.create_all(conn, checkfirst=False)
    _VERSION.create(conn)
    conn.execute(insert(_VERSION), {"version_num": version})
