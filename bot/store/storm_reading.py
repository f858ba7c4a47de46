"""Reading what makes an alert a storm, or part of one, inside a transaction that somebody else opened."""

from typing import Any

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, case, distinct, func, select

from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import CARD, PAGERDUTY
from bot.alerts.standing import Counts, State
from bot.alerts.storms import Called, Member, Membership, Storm
from bot.alerts.traits import Trait
from bot.store.codec import inside
from bot.store.storm_tables import sightings, storm_members, storms
from bot.store.tables import affected_users, alerts, descriptions, targets

LISTED = 400
"""Members that a storm's list holds; the others are counted."""
_SHARED = 8
_LOUD = (State.OPEN.value, State.REGRESSED.value, State.ACKNOWLEDGED.value, State.ESCALATED.value)

_THIS: BindParameter[int] = bindparam("this_alert")
# Built once: building a statement costs more than running it.
_HERE = (storm_members.c.storm_id == _THIS) & storm_members.c.left_at.is_(None)
_STORMS_PAGE = (targets.c.alert_id == storm_members.c.storm_id) & (targets.c.target == PAGERDUTY)
_MINE = (
    select(
        *(storm_members.c.storm_id, storm_members.c.joined_at, storms.c.anchor, storms.c.ended_at),
        targets.c.external_id.label("page"),
    )
    .join(storms, storms.c.alert_id == storm_members.c.storm_id)
    .join(targets, _STORMS_PAGE, isouter=True)
    .where(storm_members.c.alert_id == _THIS, storm_members.c.left_at.is_(None))
    .order_by(storm_members.c.storm_id.desc())
    .limit(1)
)
_STORM = select(storms).where(storms.c.alert_id == _THIS)
_TOTAL = case((alerts.c.sentry_events > alerts.c.events, alerts.c.sentry_events), else_=alerts.c.events)
_HAS_CARD = (targets.c.alert_id == alerts.c.id) & (targets.c.target == CARD) & (targets.c.external_id != "")
_JOINED = storm_members.join(alerts, alerts.c.id == storm_members.c.alert_id).join(targets, _HAS_CARD, isouter=True)
_SUMS = (
    select(
        func.count().label("issues"),
        func.coalesce(func.sum(_TOTAL), 0).label("events"),
        func.count(targets.c.alert_id).label("posted"),
        func.count().filter(alerts.c.state.in_(_LOUD)).label("unsettled"),
        func.min(alerts.c.first_seen).label("first_seen"),
        func.max(alerts.c.last_seen).label("last_seen"),
    )
    .select_from(_JOINED)
    .where(_HERE)
)
_USERS = (
    select(func.count(distinct(affected_users.c.user)))
    .join(storm_members, storm_members.c.alert_id == affected_users.c.alert_id)
    .where(_HERE)
)
_LIST = (
    select(
        *(alerts.c[name] for name in ("id", "title", "short_id", "project", "state", "severity", "category")),
        inside(descriptions.c.event, "web_url").as_string().label("url"),
        *(_TOTAL.label("events"), alerts.c.last_seen, storm_members.c.joined_at),
        targets.c.alert_id.is_not(None).label("posted"),
    )
    .select_from(_JOINED.join(descriptions, descriptions.c.alert_id == alerts.c.id))
    .where(_HERE)
    .order_by(_TOTAL.desc(), alerts.c.id)
    .limit(LISTED)
)
_OPEN_PAGE = (targets.c.target == PAGERDUTY) & (targets.c.external_id != "") & targets.c.digest.in_(("", "trigger"))
_CALLED = (
    select(targets.c.alert_id, targets.c.external_id.label("key"), targets.c.channel.label("service"))
    .join(storm_members, storm_members.c.alert_id == targets.c.alert_id)
    .where(_HERE, _OPEN_PAGE)
    .order_by(targets.c.alert_id)
)
_TRAITS = (
    select(sightings.c.trait, func.count().label("times"))
    .join(storm_members, storm_members.c.alert_id == sightings.c.alert_id)
    .where(_HERE)
    .group_by(sightings.c.trait)
    .having(func.count() > 1)
    .order_by(func.count().desc(), sightings.c.trait)
    .limit(_SHARED)
)


def membership(conn: Connection, alert_id: int) -> Membership | None:
    """The storm that the alert is part of."""
    row = conn.execute(_MINE, {"this_alert": alert_id}).one_or_none()
    if row is None:
        return None
    return Membership(
        storm_id=row.storm_id,
        anchor=Trait.read(row.anchor),
        joined_at=row.joined_at,
        ended_at=row.ended_at,
        page=row.page or "",
    )


def storm_of(conn: Connection, alert_id: int) -> tuple[Storm, dict[str, Any]] | None:
    """What makes the alert a storm, and what its row says of its members together; None: it is none."""
    this = {"this_alert": alert_id}
    row = conn.execute(_STORM, this).one_or_none()
    if row is None:
        return None
    sums = conn.execute(_SUMS, this).one()
    users = int(conn.scalar(_USERS, this) or 0)
    listed = conn.execute(_LIST, this).mappings().all()
    anchor = Trait.read(row.anchor)
    found = [(Trait.read(each.trait), int(each.times)) for each in conn.execute(_TRAITS, this)]
    shared = [(trait, times) for trait, times in found if trait != anchor]
    storm = Storm(
        anchor=anchor,
        grounds=row.grounds,
        started_at=row.started_at,
        ended_at=row.ended_at,
        members=tuple(_member(each) for each in listed),
        issues=sums.issues,
        events=int(sums.events),
        users=users,
        unposted=sums.issues - sums.posted,
        unsettled=sums.unsettled,
        shared=((anchor, sums.issues), *shared),
        called=tuple(Called(each.alert_id, each.key, each.service) for each in conn.execute(_CALLED, this)),
    )
    together: dict[str, Any] = {"counts": Counts(events=int(sums.events), users=users)}
    if sums.issues:
        together |= {"first_seen": sums.first_seen, "last_seen": sums.last_seen}
    return storm, together


def _member(row: RowMapping) -> Member:
    return Member(
        alert_id=row["id"],
        title=row["title"],
        short_id=row["short_id"],
        project=row["project"],
        url=row["url"],
        state=State(row["state"]),
        severity=Severity(row["severity"]) if row["severity"] else None,
        category=Category(row["category"]) if row["category"] else None,
        events=int(row["events"]),
        last_seen=row["last_seen"],
        joined_at=row["joined_at"],
        posted=bool(row["posted"]),
    )
