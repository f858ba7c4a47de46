"""Storms in counts and lists: what is counted are the issues, what is listed is the storm that speaks for them."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import ColumnElement, FromClause, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.classification import Severity
from bot.alerts.standing import UNTAKEN, State
from bot.insights.stats import SEVERITIES, UNCLASSIFIED
from bot.store.codec import inside
from bot.store.storm_tables import storm_members, storms
from bot.store.tables import alerts, classifications

STORMS = select(storms.c.alert_id)
"""A storm is no alert more: what it speaks for is counted."""
AWAKE = tuple(state.value for state in State if not state.quiet)
"""The states that lists are of: somebody may need to look."""
WORST_FIRST = case(
    {severity.value: severity.rank for severity in Severity}, value=alerts.c.severity, else_=len(Severity)
)
IN_FORCE = classifications.c.id == inside(alerts.c.standing, "classification_id").as_integer()
"""Of an alert's verdicts the one that counts."""
_storm = alerts.alias("storm_alert")


async def waiting(conn: AsyncConnection) -> Mapping[str, int]:
    """How many issues wait for somebody, by severity; each severity is there, if only with 0."""
    which = (alerts.c.state.in_(UNTAKEN), alerts.c.id.not_in(STORMS))
    query = select(alerts.c.severity, func.count()).where(*which).group_by(alerts.c.severity)
    return dict.fromkeys(SEVERITIES, 0) | {name or UNCLASSIFIED: count for name, count in await conn.execute(query)}


def in_lists(
    wanted: Callable[[FromClause], Sequence[ColumnElement[bool]]] = lambda _of: (),
) -> list[ColumnElement[bool]]:
    """The conditions of a list of alerts not at rest, in which a storm stands for its members while it lasts.

    Args:
        wanted: further conditions, given the table of alerts or an alias of it. A storm that does not meet them stands
            for nobody: of a list by project its members are part, wherever the storm's others are.
    """
    its_storm = exists().where(
        storm_members.c.alert_id == alerts.c.id,
        storm_members.c.left_at.is_(None),
        storms.c.alert_id == storm_members.c.storm_id,
        storms.c.ended_at.is_(None),
        _storm.c.id == storms.c.alert_id,
        _storm.c.state.in_(AWAKE),
        *wanted(_storm),
    )
    return [alerts.c.state.in_(AWAKE), *wanted(alerts), ~its_storm]
