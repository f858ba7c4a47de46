"""What PagerDuty shows of an alert: an incident that is triggered, acknowledged and resolved as the alert is.

Idempotent by PagerDuty's own doing: a `dedup_key` names one open incident, whoever opened it, so that an event whose
answer got lost may be sent again. Whether an alert is worth waking somebody is not decided here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from pydantic import SecretStr

from bot.alerts.alert import Source, State
from bot.alerts.dossier import PAGERDUTY, Dossier, Shown
from bot.alerts.storms import Membership
from bot.errors import Rejected
from bot.pagerduty.client import PagerDutyEvents
from bot.pagerduty.pages import EventAction, dedup_key, page

Save = Callable[[Shown], Awaitable[None]]

_FOLLOWS = {
    State.ACKNOWLEDGED: EventAction.ACKNOWLEDGE,
    State.SNOOZED: EventAction.ACKNOWLEDGE,  # somebody decided that it can wait: nobody else is called
    State.RESOLVED: EventAction.RESOLVE,
    State.VERIFIED: EventAction.RESOLVE,
}


async def _no_link(_: Dossier) -> str | None:
    return None


def escalated(dossier: Dossier) -> bool:
    """Whether somebody is to be called, as the alert's row says."""
    return dossier.alert.state is State.ESCALATED


class PagerDutyTarget:
    """The incident of an alert.

    Of its `Shown`, `external_id` is the dedup key (set as soon as a trigger may have arrived), `digest` the last event
    action that PagerDuty took or that comes to what people did there, `channel` a fingerprint of the integration key.
    """

    name = PAGERDUTY

    def __init__(
        self,
        events: PagerDutyEvents,
        *,
        wants_page: Callable[[Dossier], bool] = escalated,
        key_for: Callable[[Dossier], SecretStr | None],
        keys: Callable[[], Sequence[SecretStr]] = tuple,
        thread_url: Callable[[Dossier], Awaitable[str | None]] = _no_link,
        look: Callable[[int], Awaitable[Dossier]] | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        """Wire it.

        Args:
            events: the way there.
            wants_page: whether somebody must be called for the alert. Asked while nobody has it and it is not quiet.
            key_for: the integration key of the service to page, by the route in force; None: this route pages nobody.
            keys: all integration keys in use. An incident is closed on the service where it was opened, even when the
                alert's route has changed since.
            thread_url: the Slack thread's address, where it is known.
            look: how an alert stands now. While its card waited for its turn, a storm may have begun to speak for it.
            clock: the time.
        """
        self._events, self._wants_page, self._key_for, self._keys = events, wants_page, key_for, keys
        self._thread_url, self._look, self._clock = thread_url, look, clock

    async def show(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        """Send what PagerDuty does not know yet, if anything.

        Raises:
            TargetError: PagerDuty did not take it.
        """
        known = _known(dossier, shown)
        wanted = self._wanted(dossier, shown, known)
        if self._look and wanted == EventAction.TRIGGER != known:
            dossier = await self._look(dossier.alert.id)
            known = _known(dossier, shown)
            wanted = self._wanted(dossier, shown, known)
        storm = _caller(dossier)
        if storm and storm.page and storm.page == shown.external_id:  # the storm has taken it over
            return replace(_in_line(dossier, shown), external_id="", digest="", channel="")
        key = shown.external_id or (dedup_key(dossier) if known else "")
        if wanted == known:
            return replace(_in_line(dossier, shown), external_id=key, digest=known) if key else shown
        routing_key = self._routing_key(dossier, shown, known, wanted)
        if routing_key is None:
            return shown
        key = key or _taken_over(dossier, routing_key) or dedup_key(dossier)
        # Written down first: should we die after sending, a resolve must still find that there may be an incident.
        shown = replace(shown, external_id=key, channel=_fingerprint(routing_key), sending_since=self._clock())
        await save(shown)
        if wanted == EventAction.TRIGGER and known == EventAction.ACKNOWLEDGE and not _taken_there(dossier):
            # Whoever is called again needs a new incident: one that is acknowledged calls nobody.
            await self._send(EventAction.RESOLVE, routing_key, key, dossier)
            shown = replace(shown, digest=EventAction.RESOLVE.value)
            await save(shown)
        await self._send(EventAction(wanted), routing_key, key, dossier)
        return replace(_in_line(dossier, shown), digest=wanted, shown_at=self._clock())

    async def _send(self, action: EventAction, routing_key: SecretStr, key: str, dossier: Dossier) -> None:
        if action is EventAction.TRIGGER:
            await self._events.trigger(routing_key, key, page(dossier, thread_url=await self._thread_url(dossier)))
        elif action is EventAction.ACKNOWLEDGE:
            await self._events.acknowledge(routing_key, key)
        else:
            await self._events.resolve(routing_key, key)

    def _wanted(self, dossier: Dossier, shown: Shown, known: str) -> str:
        """The event action that PagerDuty should have heard last; `known`: it is in line."""
        follows, storm = _FOLLOWS.get(dossier.alert.state), _caller(dossier)
        may_be_open = known == EventAction.TRIGGER or (not known and shown.external_id)  # or died before the answer
        if storm and storm.page and may_be_open:
            return EventAction.RESOLVE  # whoever is called is called once, for all of it
        if follows is None and storm:
            return known
        if follows is None:
            return EventAction.TRIGGER if self._wants_page(dossier) else known
        if not known and not shown.external_id:
            return known  # nobody was ever paged
        if follows is EventAction.ACKNOWLEDGE and known == EventAction.RESOLVE:
            return known  # reopened and taken between two looks: there is no open incident, and nobody has to come
        return follows

    def _routing_key(self, dossier: Dossier, shown: Shown, known: str, wanted: str) -> SecretStr | None:
        """The key of the service with the open incident, else the route's.

        Raises:
            Rejected: somebody was paged with a key that is not configured any more.
        """
        route = self._key_for(dossier)
        opens = wanted == EventAction.TRIGGER and known in ("", EventAction.RESOLVE)
        if opens or not shown.channel:
            return route
        fitting = [key for key in (route, *self._keys()) if key is not None and _fingerprint(key) == shown.channel]
        if not fitting:
            raise Rejected("the integration key that opened the incident is not configured any more")
        return fitting[0]


def _known(dossier: Dossier, shown: Shown) -> str:
    """The event action after which PagerDuty would stand as it does: the last it took, unless people there went on."""
    known = shown.digest
    for made in dossier.transitions:
        moved = made.before.state is not made.after.state
        if (made.id or 0) > shown.cursor and made.actor.source is Source.PAGERDUTY and moved:
            known = _FOLLOWS.get(made.after.state, EventAction.TRIGGER)
    return known


def _caller(dossier: Dossier) -> Membership | None:
    """The storm that calls people in the alert's place; None also where a person called them for this alert."""
    standing = dossier.alert.standing
    on_purpose = standing.state is State.ESCALATED and standing.by.source is Source.USER
    return dossier.member if dossier.hushed and not on_purpose else None


def _taken_over(dossier: Dossier, routing_key: SecretStr) -> str:
    """The incident that a storm goes on with: one of its members' own, by which people of its service were called."""
    called = dossier.storm.called if dossier.storm else ()
    return next((each.key for each in called if each.service == _fingerprint(routing_key)), "")


def _taken_there(dossier: Dossier) -> bool:
    """Whether a person in PagerDuty had it when it was escalated: they are told more, and nobody is called anew."""
    calls = (made for made in reversed(dossier.transitions) if made.after.state is State.ESCALATED)
    before = next((made.before for made in calls if made.before.state is not State.ESCALATED), None)
    return before is not None and before.state is State.ACKNOWLEDGED and before.by.source is Source.PAGERDUTY


def _fingerprint(key: SecretStr) -> str:
    return sha256(key.get_secret_value().encode()).hexdigest()[:12]


def _in_line(dossier: Dossier, shown: Shown) -> Shown:
    return replace(
        shown.healthy(),
        version=dossier.alert.version,
        cursor=max((made.id or 0 for made in dossier.transitions), default=0),
    )
