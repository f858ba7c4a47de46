"""The audit log, over both databases: complete, in order, exported whole, and never changed by anybody."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.alerts.alert import TIMER, Action, Actor, Snooze, Source
from bot.insights.audit import COLUMNS, AuditFormat, written
from bot.store import audit as pages
from bot.store.audit import AuditStore
from bot.store.intake import Intake
from bot.store.rows import transition_columns
from bot.store.tables import transitions
from tests.store.making import ALICE, START, command, occurrence

BOT = Path(__file__).parents[2] / "bot"
MALLORY = Actor(source=Source.USER, id="U0EVIL", name='=HYPERLINK("http://evil.example.com")')


async def exported(db, form: AuditFormat, since=None) -> str:
    return "".join([part async for part in written(AuditStore(db).since(since), form)])


@pytest.fixture
async def lived(db, store, clock):
    """An alert that was opened, acknowledged, escalated by the clock, snoozed and resolved, a minute apart each."""
    intake = Intake(db, clock, lambda _alert: None)
    await intake.start()
    receipt = await intake.submit(occurrence())
    await intake.stop()
    steps = [
        command(Action.ACKNOWLEDGED, ALICE),
        command(Action.ESCALATED, TIMER, detail={"step": "page"}),
        command(Action.SNOOZED, MALLORY, snooze=Snooze(count_at_start=1)),
        command(Action.RESOLVED, MALLORY),
    ]
    for minute, step in enumerate(steps, 1):
        await store.act(receipt.alert, replace(step, at=START + timedelta(minutes=minute)))
    return receipt.alert


async def test_every_change_is_exported_with_who_whence_when_before_and_after(db, lived):
    rows = json.loads(await exported(db, AuditFormat.JSON))
    assert [row["action"] for row in rows] == ["opened", "acknowledged", "escalated", "snoozed", "resolved"]
    assert [(row["state_before"], row["state_after"]) for row in rows[1:]] == [
        ("open", "acknowledged"),
        ("acknowledged", "escalated"),
        ("escalated", "snoozed"),
        ("snoozed", "resolved"),
    ]
    taken = rows[1]
    assert (taken["source"], taken["actor_id"], taken["actor"]) == ("user", ALICE.id, ALICE.name)
    assert taken["at"] == (START + timedelta(minutes=1)).isoformat()
    assert (taken["alert"], taken["issue"], taken["project"]) == (lived, "SHOP-1", "shop")
    assert "owner" in taken["changed"]
    assert (taken["before"]["owner"], taken["after"]["owner"]["id"]) == (None, ALICE.id)
    assert rows[2]["detail"] == {"step": "page"}


async def test_as_csv_it_says_the_same_and_starts_no_formula(db, lived):
    rows = list(csv.DictReader(io.StringIO(await exported(db, AuditFormat.CSV))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["action"] for row in rows] == ["opened", "acknowledged", "escalated", "snoozed", "resolved"]
    assert rows[3]["actor"] == f"'{MALLORY.name}"
    assert json.loads(rows[1]["after"])["state"] == "acknowledged"


async def test_a_period_begins_where_it_is_asked_to_and_nothing_is_an_empty_list(db, lived):
    late = json.loads(await exported(db, AuditFormat.JSON, START + timedelta(minutes=3)))
    assert [row["action"] for row in late] == ["snoozed", "resolved"]
    assert json.loads(await exported(db, AuditFormat.JSON, START + timedelta(days=1))) == []
    assert (await exported(db, AuditFormat.CSV, START + timedelta(days=1))).strip() == ",".join(COLUMNS)


async def test_a_log_longer_than_a_page_is_exported_whole_and_once(db, store, lived):
    made = await store.act(lived, command(Action.REMARKED, ALICE))
    async with db.write() as conn:
        await conn.execute(insert(transitions), [transition_columns(lived, made) for _ in range(pages.PAGE)])
    rows = json.loads(await exported(db, AuditFormat.JSON))
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    assert len(rows) == pages.PAGE + 6


async def test_lines_stay_as_they_were_whatever_happens_later(db, store, lived):
    query = select(transitions).order_by(transitions.c.id)
    async with db.read() as conn:
        before = (await conn.execute(query)).all()
    await store.act(lived, command(Action.REOPENED, ALICE))
    await store.act(lived, command(Action.UNDONE, ALICE))
    await store.forget(START + timedelta(days=365))
    async with db.read() as conn:
        after = (await conn.execute(query)).all()
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2


def test_no_statement_of_ours_updates_or_deletes_a_line_of_it():
    written_to = re.compile(r"(?:update|delete)\(\s*transitions\b|(?:UPDATE|DELETE FROM)\s+transitions\b")
    assert written_to.search("update(transitions)"), "the pattern finds what it is for"
    guilty = [path.name for path in BOT.rglob("*.py") if written_to.search(path.read_text(encoding="utf-8"))]
    assert guilty == []
