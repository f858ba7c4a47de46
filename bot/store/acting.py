"""One change of an alert, inside a transaction that somebody else opened: the row, and its line in the audit log."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Action, Alert, Command, Transition, act, undo
from bot.alerts.classification import Classification
from bot.store.dossiers import load, locked
from bot.store.rows import transition_columns
from bot.store.tables import alerts, classifications, transitions

# Built once: building a statement costs more than running it.
_UPDATE = update(alerts).where(alerts.c.id == bindparam("this_alert"))
_LOG = insert(transitions).returning(transitions.c.id)
_KEEP = insert(classifications).returning(classifications.c.id)


async def perform(
    conn: AsyncConnection, alert_id: int, command: Command, verdict: Classification | None = None
) -> Transition:
    """Do `command` to the alert, with `verdict` put in force where it brings one.

    Raises:
        Refused: the alert's state does not allow it.
        UnknownAlert: there is none.
    """
    alert = await locked(conn, alert_id)
    if verdict is not None:
        command = replace(command, classification_id=await _keep(conn, alert_id, verdict, command.at))
    if command.action is Action.UNDONE:
        last = (await load(conn, alert_id)).last_move
        transition = undo(alert, last, command.actor, command.at)
    else:
        transition = act(alert, command)
    written = replace(transition, id=await conn.scalar(_LOG, transition_columns(alert_id, transition)))
    await conn.execute(_UPDATE, {"this_alert": alert_id, **await _moved(conn, alert, written)})
    return written


async def _keep(conn: AsyncConnection, alert_id: int, verdict: Classification, at: datetime) -> int:
    row = {
        "alert_id": alert_id,
        "body": verdict,
        "made_by": verdict.made_by,
        "severity": verdict.severity.value,
        "category": verdict.category.value,
        "created_at": at,
    }
    kept: int = await conn.scalar(_KEEP, row)
    return kept


async def _moved(conn: AsyncConnection, alert: Alert, transition: Transition) -> dict[str, Any]:
    """The columns that the transition changes; due now, so that it is shown."""
    after = transition.after
    columns: dict[str, Any] = {
        "state": after.state.value,
        "standing": after,
        "version": alert.version + 1,
        "due_at": transition.at,
    }
    if after.classification_id != alert.standing.classification_id:
        table = classifications.c
        query = select(table.severity, table.category).where(table.id == after.classification_id)
        row = (await conn.execute(query)).one_or_none()
        columns["severity"], columns["category"] = row or (None, None)
    return columns
