"""Reading one alert whole, inside a transaction that somebody else opened.

Written for SQLAlchemy's `run_sync`: each way in and out of its asyncio layer costs more than one of these statements.
"""

from dataclasses import replace

from sqlalchemy import BindParameter, Connection, bindparam, select

from bot.alerts.alert import Alert
from bot.alerts.dossier import Dossier
from bot.alerts.storms import PREFIX
from bot.errors import UnknownAlert
from bot.store.mutes import known_mutes
from bot.store.rows import ALERT, SHOWN, alert_from, shown_from, transition_from
from bot.store.storm_reading import membership, storm_of
from bot.store.tables import (
    alerts,
    classifications,
    descriptions,
    incidents,
    marks,
    refinements,
    targets,
    transitions,
)

SENTRY_CHECKED = "sentry_catch_up"
"""The mark of the last time that Sentry was asked for what was missed."""
MAX_TRANSITIONS = 200
"""The newest lines of the audit log that a dossier holds."""
# Built once: building a statement costs more than running it.
_THIS: BindParameter[int] = bindparam("this_alert")
_LOCK = select(*ALERT).where(alerts.c.id == _THIS).with_for_update(key_share=True)
_CHECKED = select(marks.c.at).where(marks.c.name == SENTRY_CHECKED).scalar_subquery()
_ALERT = (
    select(
        *(*ALERT, descriptions.c.event, incidents.c.body.label("incident")),
        *(refinements.c.asked, _CHECKED.label("checked_at")),
    )
    .join_from(alerts, descriptions)
    .join(incidents, incidents.c.alert_id == alerts.c.id, isouter=True)
    .join(refinements, refinements.c.alert_id == alerts.c.id, isouter=True)
    .where(alerts.c.id == _THIS)
)
_VERDICT = select(classifications.c.body).where(classifications.c.id == bindparam("in_force"))
_LOG = (
    select(transitions).where(transitions.c.alert_id == _THIS).order_by(transitions.c.id.desc()).limit(MAX_TRANSITIONS)
)
_SHOWN = select(*SHOWN).where(targets.c.alert_id == _THIS)


def locked(conn: Connection, alert_id: int) -> Alert:
    """The alert, which nobody else can change until the transaction ends.

    Raises:
        UnknownAlert: there is none.
    """
    row = conn.execute(_LOCK, {"this_alert": alert_id}).mappings().one_or_none()
    if row is None:
        raise UnknownAlert(f"there is no alert {alert_id}")
    return alert_from(row)


def load(conn: Connection, alert_id: int) -> Dossier:
    """Everything about the alert.

    Raises:
        UnknownAlert: there is none.
    """
    this = {"this_alert": alert_id}
    row = conn.execute(_ALERT, this).mappings().one_or_none()
    if row is None:
        raise UnknownAlert(f"there is no alert {alert_id}")
    alert = alert_from(row)
    in_force = alert.standing.classification_id
    lines = conn.execute(_LOG, this).mappings().all()
    shown = conn.execute(_SHOWN, this).mappings()
    storm = storm_of(conn, alert_id) if alert.issue_key.startswith(PREFIX) else None
    event = row["event"]
    if storm:
        alert, event = replace(alert, **storm[1]), replace(event, project=storm[0].project)
    return Dossier(
        alert=alert,
        event=event,
        classification=conn.scalar(_VERDICT, {"in_force": in_force}) if in_force else None,
        transitions=tuple(transition_from(line) for line in reversed(lines)),
        targets={target["target"]: shown_from(target) for target in shown},
        asked=row["asked"],
        storm=storm[0] if storm else None,
        member=None if storm else membership(conn, alert_id),
        mutes=known_mutes(conn),
        incident=row["incident"],
        sentry_checked_at=row["checked_at"],
    )
