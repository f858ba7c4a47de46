"""One change of an alert, inside a transaction that somebody else opened: the row, and its line in the audit log."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.alerts.alert import Action, Alert, Command, Transition, act, undo
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.store.dossiers import MAX_TRANSITIONS, load, locked
from bot.store.rows import transition_columns
from bot.store.tables import alerts, classifications, transitions

# Built once: building a statement costs more than running it.
_UPDATE = update(alerts).where(alerts.c.id == bindparam("this_alert"))
_LOG = insert(transitions).returning(transitions.c.id)
_JUDGED = select(classifications.c.severity, classifications.c.category).where(
    classifications.c.id == bindparam("in_force")
)
_KEEP = insert(classifications).returning(classifications.c.id)


def perform(conn: Connection, alert_id: int, command: Command, verdict: Classification | None = None) -> Transition:
    """Do `command` to the alert, with `verdict` put in force where it brings one.

    Raises:
        Refused: the alert's state does not allow it.
        UnknownAlert: there is none.
    """
    return _performed(conn, locked(conn, alert_id), command, verdict)


def acted(conn: Connection, known: Dossier, command: Command, verdict: Classification | None = None) -> Dossier:
    """Like `perform`, and everything about the alert as it is then; read anew only if more happened to it than this.

    Raises:
        Refused: as `perform`.
        UnknownAlert: as `perform`.
    """
    alert = locked(conn, known.alert.id)
    written = _performed(conn, alert, command, verdict)
    judged = verdict is not None or written.after.classification_id == alert.standing.classification_id
    if known.storm is not None or known.alert.version != alert.version or not judged:
        return load(conn, alert.id)
    return replace(
        known,
        alert=replace(alert, standing=written.after, version=alert.version + 1),
        classification=verdict or known.classification,
        transitions=(*known.transitions, written)[-MAX_TRANSITIONS:],
    )


def _performed(conn: Connection, alert: Alert, command: Command, verdict: Classification | None) -> Transition:
    if verdict is not None:
        command = replace(command, classification_id=_keep(conn, alert.id, verdict, command.at))
    if command.action is Action.UNDONE:
        last = load(conn, alert.id).last_move
        transition = undo(alert, last, command.actor, command.at)
    else:
        transition = act(alert, command)
    written = replace(transition, id=conn.scalar(_LOG, transition_columns(alert.id, transition)))
    conn.execute(_UPDATE, {"this_alert": alert.id, **_moved(conn, alert, written, verdict)})
    return written


def _keep(conn: Connection, alert_id: int, verdict: Classification, at: datetime) -> int:
    row = {
        "alert_id": alert_id,
        "body": verdict,
        "made_by": verdict.made_by,
        "severity": verdict.severity.value,
        "category": verdict.category.value,
        "created_at": at,
    }
    kept: int = conn.scalar(_KEEP, row)
    return kept


def _moved(conn: Connection, alert: Alert, transition: Transition, verdict: Classification | None) -> dict[str, Any]:
    """The columns that the transition changes; due now, so that it is shown."""
    after = transition.after
    columns: dict[str, Any] = {
        "state": after.state.value,
        "standing": after,
        "version": alert.version + 1,
        "due_at": transition.at,
    }
    if verdict is not None:
        columns |= {"severity": verdict.severity.value, "category": verdict.category.value}
    elif after.classification_id != alert.standing.classification_id:
        row = conn.execute(_JUDGED, {"in_force": after.classification_id}).one_or_none()
        columns["severity"], columns["category"] = row or (None, None)
    return columns
