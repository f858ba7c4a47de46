"""What people ask with `/triage`, the shortcut and the Home tab: gathers what is known and has it said.

What a click does to an alert is the desk's.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.alerts.alert import Actor, Counts
from bot.alerts.asking import ModelCall
from bot.alerts.classification import Classification, Severity
from bot.alerts.dossier import CARD, Dossier
from bot.alerts.event import ErrorEvent
from bot.alerts.incident import OnCall
from bot.alerts.listing import Filter
from bot.alerts.routing import Decision
from bot.classify.proposals import InForce, Offer
from bot.errors import Rejected, TargetError, UnknownAlert
from bot.insights.records import Period, Remembers
from bot.insights.stats import figures
from bot.sentry.references import Reference
from bot.slack import digest, home, replies
from bot.slack import words_commands as said
from bot.slack.brief import Entry
from bot.slack.commands import Command, Verb, Which
from bot.slack.gateway import Posted
from bot.slack.home import Spend
from bot.slack.replies import Reply
from bot.slack.text import Mrkdwn, inert, joined
from bot.slack.why import Grounds, why
from bot.store.listing import ListStore
from bot.store.mutes import MuteStore
from bot.traces.reading import Trace
from bot.work.lookup import Lookup, NotConnected
from bot.work.muting import Muting

LISTED, REVIEWED, CALLS = 10, 10, 5
STATS = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the answers come from. What is None is not set up."""

    look: Callable[[int], Awaitable[Dossier]]
    calls: Callable[[int], Awaitable[list[ModelCall]]]
    lists: ListStore
    mutes: MuteStore
    lookup: Lookup
    unanswered: Callable[[int], Awaitable[list[int]]]
    permalink: Callable[[Posted], Awaitable[str | None]]
    judge: Callable[[ErrorEvent, Counts], Classification]
    """The rules: what came in a moment ago has no verdict in the records yet."""
    spend: Callable[[], Awaitable[Spend | None]]
    history: Remembers
    decide: Callable[[Dossier], Decision] | None = None
    escalates: Callable[[Dossier], bool] = lambda _: False
    on_call: Callable[[], Awaitable[Sequence[OnCall]]] | None = None
    offers: Callable[[], Awaitable[Sequence[Offer]]] | None = None
    """The rules that corrections suggest."""
    rules: Callable[[], Awaitable[Sequence[InForce]]] | None = None
    """Those that were made of them, and count."""


class Enquiries:
    """Answers commands."""

    def __init__(self, sources: Sources, clock: Callable[[], datetime]) -> None:
        self._from, self._clock = sources, clock
        self.muting = Muting(sources.mutes, clock)
        self._answers: Mapping[Verb, Callable[[Command, Actor], Awaitable[Reply]]] = {
            Verb.SHOW: self._show,
            Verb.LIST: self._list,
            Verb.REVIEW: self._review,
            Verb.WHY: self._why,
            Verb.MUTE: self.muting.preview,
            Verb.UNMUTE: self.muting.listed,
            Verb.STATS: self._stats,
            Verb.BUDGET: self._budget,
            Verb.ONCALL: self._on_call,
            Verb.HELP: self._help,
        }

    async def answer(self, command: Command, by: Actor) -> Reply:
        """The answer to a command; whatever is wrong with it is an answer, too."""
        return await self._answers[command.verb](command, by)

    def now(self) -> datetime:
        """The time of the answers."""
        return self._clock()

    async def known(self, issue: Reference) -> int | None:
        """The alert of an issue, if there is one."""
        return await self._from.lookup.known(issue)

    async def entry(self, alert_id: int) -> Entry:
        """An alert with the way to its card.

        Raises:
            UnknownAlert: there is none.
        """
        dossier = await self._from.look(alert_id)
        if dossier.classification is None:
            dossier = replace(dossier, classification=self._from.judge(dossier.event, dossier.alert.counts))
        shown = dossier.targets.get(CARD)
        stands = shown is not None and shown.external_id
        link = await self._from.permalink(Posted(shown.channel, shown.external_id)) if shown and stands else None
        return Entry(dossier=dossier, card=link or "", escalates=self._from.escalates(dossier))

    async def entries(self, ids: Sequence[int]) -> list[Entry]:
        """Several; one that was removed meanwhile is left out."""
        found = []
        for alert_id in ids:
            try:
                found.append(await self.entry(alert_id))
            except UnknownAlert:
                continue
        return found

    async def pasted(self, trace: Trace, by: Actor, source: str) -> tuple[int, Reply]:
        """The alert of a stack trace that stands in a message, made where there is none."""
        alert_id, known = await self._from.lookup.pasted(trace, by, source)
        return alert_id, await self._card(alert_id, said.opened_by_message(known))

    async def linked(self, issue: Reference, by: Actor) -> tuple[int | None, Reply]:
        """The alert of an issue that a message links to; None where nobody knows the issue."""
        try:
            known = await self._from.lookup.known(issue)
            alert_id = known if known is not None else await self._from.lookup.fetch(issue, by)
        except (NotConnected, TargetError) as problem:
            return None, await self._not_found(issue, "", problem)
        return alert_id, await self._card(alert_id, said.opened_by_message(known is not None))

    async def _show(self, command: Command, by: Actor) -> Reply:
        issue = command.issue
        if issue is None:
            return replies.help_with(_wrong(command), command.nearest)
        try:
            known = await self._from.lookup.known(issue)
            alert_id = known if known is not None else await self._from.lookup.fetch(issue, by)
        except (NotConnected, TargetError) as problem:
            return await self._not_found(issue, "", problem)
        return await self._card(alert_id, None, str(command))

    async def _card(self, alert_id: int, lead: Mrkdwn | None, command: str = "") -> Reply:
        entry = await self.entry(alert_id)
        name = entry.dossier.event.short_id or entry.dossier.alert.issue_key
        return replies.alert(entry, self._clock(), command or f"show {name}", lead=lead)

    async def _not_found(self, issue: Reference, verb: str, problem: Exception | None) -> Reply:
        near = await self._from.lists.near_issue(issue.value)
        if isinstance(problem, NotConnected):
            why = said.NOT_SET_UP
        elif problem is None or isinstance(problem, Rejected):
            why = said.unknown_issue(issue.value)
        else:
            why = said.sentry_failed(str(problem))
        return replies.perhaps(why, f"{verb} {near}".strip() if near else "")

    async def _list(self, command: Command, by: Actor) -> Reply:
        what = command.rest
        if what == Which.MINE:
            wanted = Filter(owner=by.id)
        elif what == Which.CRITICAL:
            wanted = Filter(severity=Severity.CRITICAL)
        elif what:
            project = await self._from.lists.project(what)
            if project is None:
                near = await self._from.lists.near_project(what)
                return replies.perhaps(said.unknown_project(what), f"list {near}".strip())
            wanted = Filter(project=project)
        else:
            wanted = Filter()
        found = await self._from.lists.listed(wanted, LISTED)
        return replies.listing(found, await self.entries(found.ids), what, self._clock(), str(command))

    async def _review(self, command: Command, _by: Actor) -> Reply:
        unsure = await self._from.lists.unsure(REVIEWED)
        ids = list(dict.fromkeys([*await self._from.unanswered(REVIEWED), *unsure]))
        entries = [e for e in await self.entries(ids) if not e.dossier.alert.standing.corrected]
        awake = [entry for entry in entries if not entry.dossier.alert.state.quiet]
        offers = await self._from.offers() if self._from.offers else ()
        rules = await self._from.rules() if self._from.rules else ()
        return replies.review(awake[:REVIEWED], self._clock(), str(command), offers, rules)

    async def _why(self, command: Command, _by: Actor) -> Reply:
        alert_id = await self._from.lookup.known(command.issue) if command.issue else None
        if alert_id is None:
            if command.issue is None:
                return replies.help_with(_wrong(command), command.nearest)
            return await self._not_found(command.issue, "why", None)
        entry = await self.entry(alert_id)
        grounds = Grounds(
            trail=await self._from.lists.trail(alert_id),
            calls=await self._from.calls(alert_id),
            decision=self._from.decide(entry.dossier) if self._from.decide else None,
        )
        return Reply(why(entry, grounds, self._clock()), str(command))

    async def _stats(self, command: Command, _by: Actor) -> Reply:
        now = self._clock()
        found = figures(await self._from.history.history(Period(now - STATS, now)))
        return Reply(digest.digest(found), str(command))

    async def _budget(self, command: Command, _by: Actor) -> Reply:
        return replies.told(joined(home.budget(await self._from.spend())), str(command))

    async def _on_call(self, command: Command, _by: Actor) -> Reply:
        if self._from.on_call is None:
            return replies.told(said.NO_ON_CALL)
        try:
            return replies.on_call(await self._from.on_call(), str(command))
        except TargetError as error:
            return replies.told(said.pagerduty_failed(str(error)))

    async def _help(self, command: Command, _by: Actor) -> Reply:
        return replies.help_with(_wrong(command), command.nearest)


def _wrong(command: Command) -> Mrkdwn | None:
    return inert(command.problem, 200) if command.problem else None
