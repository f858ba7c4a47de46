"""Long answers of the database, a page at a time, so that nobody else waits for the whole.

On SQLite statements run on the event loop itself: between two pages it is everybody's turn.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Column, RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

PAGE = 2_000


async def paged(
    conn: AsyncConnection, query: Select[Any], key: Column[int], size: int = PAGE
) -> AsyncIterator[RowMapping]:
    """The rows of `query` in the order of `key`, a unique column that is among those asked for."""
    page, last = query.order_by(key).limit(size), None
    while True:
        found = (await conn.execute(page if last is None else page.where(key > last))).mappings().all()
        for row in found:
            yield row
        if len(found) < size:
            return
        last = found[-1][key.name]
        await asyncio.sleep(0)
