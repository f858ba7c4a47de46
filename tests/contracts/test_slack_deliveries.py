"""Slack's deliveries in both databases: of many replicas that take the same one, one gets it."""

import asyncio
from datetime import timedelta

from bot.store.engine import Database
from bot.store.slack_deliveries import LEASE, SlackDeliveryStore
from tests.store.making import START

BODY = {"type": "event_callback", "event": {"text": "hello\x00 \ud83d"}}


async def test_of_replicas_that_take_the_same_delivery_at_once_one_gets_it(database_url):
    databases = [Database.connect(database_url) for _ in range(3)]
    await databases[0].migrate()
    stores = [SlackDeliveryStore(db) for db in databases]
    taken = await asyncio.gather(*(store.take("event:Ev1", "event", START, BODY) for store in stores for _ in range(3)))
    assert taken.count(True) == 1
    for db in databases:
        await db.close()


async def test_what_was_left_over_is_taken_up_by_one_of_them(db):
    stores = [SlackDeliveryStore(db) for _ in range(3)]
    await stores[0].take("event:Ev1", "event", START, BODY)
    later = START + LEASE + timedelta(seconds=1)
    found = await asyncio.gather(*(store.left_over(later) for store in stores))
    [(key, attempts, received_at, body)] = [each for some in found for each in some]
    assert (key, attempts, received_at) == ("event:Ev1", 1, START)
    assert body["event"]["text"].startswith("hello"), "what no database can store is left out"


async def test_a_released_delivery_may_come_again_and_a_settled_one_may_not(db):
    store = SlackDeliveryStore(db)
    for name in ("event:Ev1", "view:" + "v" * 5000):
        assert await store.take(name, "event", START, BODY)
        await store.release(name)
        assert await store.take(name, "event", START, BODY)
        await store.settle(name)
        assert not await store.take(name, "event", START, BODY)
    assert await store.left_over(START + timedelta(days=1)) == []
