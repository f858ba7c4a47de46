"""What Slack shows of an alert: its card, and the thread under it. Each brings one of them in line, idempotently.

The order that makes a crash harmless: write down that a send begins, send, write down what came of it. Whoever finds
a send that was begun and never finished looks in Slack, by the message's metadata, before sending again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.alerts.alert import Action, Source, Transition
from bot.alerts.dossier import CARD, Dossier, Shown
from bot.alerts.routing import Decision, FollowUps
from bot.alerts.timing import Planned
from bot.errors import Gone
from bot.slack import words_plan
from bot.slack.cards import Message, card
from bot.slack.gateway import Posted, SlackGateway
from bot.slack.ids import CARD_EVENT, THREAD_EVENT
from bot.slack.text import Mrkdwn
from bot.slack.thread import lines, opening

THREAD = "slack_thread"
CALM = timedelta(seconds=2)
"""A card changes at most this often by itself; a person's click shows at once."""
HUSHED = timedelta(seconds=60)
"""The same for a card whose alert is part of a storm."""
SETTLE = timedelta(seconds=3)
"""How long a request of a process that died may still be on its way."""

_PEOPLE = (Source.USER, Source.PAGERDUTY)

Save = Callable[[Shown], Awaitable[None]]


class Guide(Protocol):
    """The team's rules about an alert: `bot.work.guide.Guide`."""

    def decide(self, dossier: Dossier) -> Decision: ...  # noqa: D102
    def upcoming(self, dossier: Dossier, now: datetime) -> Planned | None: ...  # noqa: D102


class Names(Protocol):
    """What to call people: `bot.slack.people.Directory`."""

    async def label(self, name: str) -> str: ...  # noqa: D102


class CardTarget:
    """The one message of an alert in its channel."""

    name = CARD

    def __init__(
        self,
        gateway: SlackGateway,
        channel: str,
        clock: Callable[[], datetime],
        *,
        guide: Guide,
        names: Names,
        escalates: Callable[[Dossier], bool] = lambda _: False,
        muted: Callable[[int, int], None] = lambda _alert, _mute: None,
    ) -> None:
        """Wire it.

        Args:
            gateway: the way there.
            channel: where cards go that no route sends elsewhere.
            clock: the time.
            guide: the team's rules.
            names: what to call people who are to be called.
            escalates: whether somebody can be called for an alert, so that the card offers it.
            muted: hears of each alert (its id) that has no card only because of a mute (its number).
        """
        self._gateway, self._channel, self._clock, self._escalates = gateway, channel, clock, escalates
        self._guide, self._names, self._muted = guide, names, muted

    async def show(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        """Bring the card in line and return what it shows now; `next_try_at` says when it wants another look.

        Raises:
            TargetError: Slack did not take it.
        """
        now = self._clock()
        decision, begun = self._guide.decide(dossier), shown.external_id or shown.sending_since
        over = dossier.opened_quietly and dossier.alert.state.quiet and not dossier.alert.standing.wanted
        hidden = over or ((dossier.private or dossier.hushed or not decision.card) and dossier.storm is None)
        mute = dossier.muted(now) if dossier.storm is None else None
        if not begun and (hidden or mute):
            if mute and not hidden:
                self._muted(dossier.alert.id, mute.id)
            return shown  # over before we ever said a word about it, or not worth one unless somebody asks
        ahead, changes = await self._ahead(dossier, now)
        message = card(dossier, now, ahead=ahead, escalates=self._escalates(dossier))
        shown = await self._brought_in_line(dossier, shown, message, save)
        due = min(filter(None, (shown.next_try_at, changes)), default=None)
        return replace(shown, next_try_at=due)

    async def _ahead(self, dossier: Dossier, now: datetime) -> tuple[Mrkdwn, datetime | None]:
        """What is planned next, and when the card must say something else of it."""
        planned, promise = self._guide.upcoming(dossier, now), dossier.alert.standing.promise
        if promise is not None:
            return words_plan.promised(promise, now)
        if planned is None:
            return Mrkdwn(""), None
        names = [await self._names.label(name) for name in planned.people]
        return words_plan.ahead(planned, list(filter(None, names)), now)

    async def _brought_in_line(self, dossier: Dossier, shown: Shown, message: Message, save: Save) -> Shown:
        now = self._clock()
        if shown.external_id and shown.digest == message.digest:
            return self._done(shown, dossier, now, message, Posted(shown.channel, shown.external_id))
        if not shown.external_id:
            return await self._post(dossier, shown, message, save)
        calm = HUSHED if dossier.hushed else CALM
        if shown.shown_at and not _pressing(dossier, shown) and now < shown.shown_at + calm:
            return replace(shown, next_try_at=shown.shown_at + calm)
        at = Posted(shown.channel, shown.external_id)
        try:
            await self._gateway.update(at, message, _card_metadata(dossier))
        except Gone:  # somebody deleted it: the alert still needs its card
            return await self._post(dossier, Shown(target=CARD), message, save)
        return self._done(shown, dossier, now, message, at)

    async def _post(self, dossier: Dossier, shown: Shown, message: Message, save: Save) -> Shown:
        now = self._clock()
        channel = self._guide.decide(dossier).channel or self._channel
        if shown.sending_since:
            if now < shown.sending_since + SETTLE:
                return replace(shown, next_try_at=shown.sending_since + SETTLE)
            sent = await self._gateway.marked(shown.channel or channel, shown.sending_since, CARD_EVENT)
            mine = [at for at, payload in sent if payload.get("alert") == dossier.alert.id]
            if mine:  # it arrived; what it shows is brought up to date by the next round
                return replace(
                    shown, channel=mine[0].channel, external_id=mine[0].ts, sending_since=None, next_try_at=now
                )
        await self._gateway.turn(channel)
        shown = replace(shown, channel=channel, sending_since=self._clock())
        await save(shown)
        at = await self._gateway.post(channel, message, _card_metadata(dossier))
        return self._done(shown, dossier, self._clock(), message, at)

    def _done(self, shown: Shown, dossier: Dossier, now: datetime, message: Message, at: Posted) -> Shown:
        return replace(
            shown.healthy(),
            channel=at.channel,
            external_id=at.ts,
            version=dossier.alert.version,
            digest=message.digest,
            cursor=_newest(dossier),
            shown_at=shown.shown_at if shown.digest == message.digest else now,
        )


class ThreadTarget:
    """The thread under the card: first what is known of the error, then a line for each thing that happens.

    Its `external_id` is the card under which it was begun, its `cursor` the last transition that it told.
    """

    name = THREAD

    def __init__(self, gateway: SlackGateway, clock: Callable[[], datetime], *, guide: Guide) -> None:
        self._gateway, self._clock, self._guide = gateway, clock, guide

    async def show(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        """Tell what has not been told yet.

        Raises:
            TargetError: Slack did not take it.
        """
        card_shown = dossier.targets.get(CARD)
        if card_shown is None or not card_shown.external_id:
            return shown
        parent = Posted(card_shown.channel, card_shown.external_id)
        if shown.sending_since:
            if self._clock() < shown.sending_since + SETTLE:
                return replace(shown, next_try_at=shown.sending_since + SETTLE)
            shown = await self._recovered(dossier, shown, parent)
        if shown.external_id != parent.ts:
            shown = await self._tell(dossier, shown, parent, opening(dossier, self._clock()), shown.cursor, save)
        newest = _newest(dossier)
        news = [t for t in dossier.transitions if (t.id or 0) > shown.cursor and _worth_a_line(t, dossier)]
        untold = lines(news, dossier, self._clock())
        if untold:
            aloud = self._guide.decide(dossier).follow_ups is FollowUps.CHANNEL
            shown = await self._tell(dossier, shown, parent, untold, newest, save, broadcast=aloud)
        return replace(shown.healthy(), version=dossier.alert.version, cursor=newest)

    async def _recovered(self, dossier: Dossier, shown: Shown, parent: Posted) -> Shown:
        since = shown.sending_since or self._clock()
        told = await self._gateway.marked(parent.channel, since, THREAD_EVENT, thread_ts=parent.ts)
        cursors = [int(p.get("cursor", 0)) for _, p in told if p.get("alert") == dossier.alert.id]
        begun = parent.ts if cursors else shown.external_id
        return replace(shown, external_id=begun, cursor=max([shown.cursor, *cursors]), sending_since=None)

    async def _tell(
        self,
        dossier: Dossier,
        shown: Shown,
        parent: Posted,
        message: Message,
        cursor: int,
        save: Save,
        *,
        broadcast: bool = False,
    ) -> Shown:
        await self._gateway.turn(parent.channel)
        shown = replace(shown, channel=parent.channel, sending_since=self._clock())
        await save(shown)
        payload = {"alert": dossier.alert.id, "cursor": cursor}
        metadata = {"event_type": THREAD_EVENT, "event_payload": payload}
        await self._gateway.post(parent.channel, message, metadata, thread_ts=parent.ts, broadcast=broadcast)
        shown = replace(shown, external_id=parent.ts, cursor=cursor, sending_since=None, shown_at=self._clock())
        await save(shown)
        return shown


def _card_metadata(dossier: Dossier) -> dict[str, Any]:
    return {"event_type": CARD_EVENT, "event_payload": {"alert": dossier.alert.id}}


def _worth_a_line(transition: Transition, dossier: Dossier) -> bool:
    """While a storm speaks for it, only what people do, and its coming and going, is told."""
    moved = transition.action in (Action.JOINED, Action.LEFT)
    return not dossier.hushed or moved or transition.actor.source in _PEOPLE


def _newest(dossier: Dossier) -> int:
    return max((t.id or 0 for t in dossier.transitions), default=0)


def _pressing(dossier: Dossier, shown: Shown) -> bool:
    """Whether the card does not show yet what a person did, here or elsewhere, or that a storm speaks for it now."""
    untold = (t for t in dossier.transitions if (t.id or 0) > shown.cursor)
    return any(t.actor.source in _PEOPLE or t.action is Action.JOINED for t in untold)
