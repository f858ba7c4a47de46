"""Reading one alert whole, inside a transaction that somebody else opened."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Alert
from bot.alerts.dossier import Dossier
from bot.errors import UnknownAlert
from bot.store.rows import ALERT, SHOWN, alert_from, shown_from, transition_from
from bot.store.tables import alerts, classifications, refinements, targets, transitions

MAX_TRANSITIONS = 200
"""The newest lines of the audit log that a dossier holds."""


async def locked(conn: AsyncConnection, alert_id: int) -> Alert:
    """The alert, which nobody else can change until the transaction ends.

    Raises:
        UnknownAlert: there is none.
    """
    query = select(*ALERT).where(alerts.c.id == alert_id).with_for_update(key_share=True)
    row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise UnknownAlert(f"there is no alert {alert_id}")
    return alert_from(row)


async def load(conn: AsyncConnection, alert_id: int) -> Dossier:
    """Everything about the alert.

    Raises:
        UnknownAlert: there is none.
    """
    query = select(*ALERT, alerts.c.event).where(alerts.c.id == alert_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise UnknownAlert(f"there is no alert {alert_id}")
    alert = alert_from(row)
    in_force = classifications.c.id == alert.standing.classification_id
    log = select(transitions).where(transitions.c.alert_id == alert_id).order_by(transitions.c.id.desc())
    lines = (await conn.execute(log.limit(MAX_TRANSITIONS))).mappings()
    shown = (await conn.execute(select(*SHOWN).where(targets.c.alert_id == alert_id))).mappings()
    return Dossier(
        alert=alert,
        event=row["event"],
        classification=await conn.scalar(select(classifications.c.body).where(in_force)),
        transitions=tuple(transition_from(line) for line in reversed(lines.all())),
        targets={target["target"]: shown_from(target) for target in shown},
        asked=await conn.scalar(select(refinements.c.asked).where(refinements.c.alert_id == alert_id)),
    )
