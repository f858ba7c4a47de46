"""Keeps what the classifier knows up to date: people's corrections, what fixes took, the rules that came of both.

A correction counts at once where it was made, and within seconds on every other replica. What it changes for other
alerts, reconcile finds out: they are only woken here.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from bot.alerts.alert import Actor
from bot.classify.classifier import Classifier, Knowledge
from bot.classify.fix_times import FixTimes
from bot.classify.lessons import Lessons
from bot.classify.proposals import InForce, Offer, Preview, Proposal, preview, proposals
from bot.classify.rulebook import Taught
from bot.classify.rules import Rules
from bot.errors import BadSettings, UnknownProposal
from bot.rounds import Rounds
from bot.store.lessons import Decided, Decision, LessonStore

PAUSE = 5.0
"""Seconds between two looks for what other replicas were taught."""
LOOKED_AT = 500
"""Alerts of the past in a preview."""
_FIXES_EVERY = 60
"""Looks between two readings of what fixes took: it changes slowly."""

log = structlog.get_logger(__name__)


Own = tuple[Path, str]
"""The file with the team's own rules, and what is different once they are."""


class Teacher:
    """Teaches a classifier."""

    def __init__(
        self,
        store: LessonStore,
        classifier: Classifier,
        wake: Callable[[int], None],
        *,
        clock: Callable[[], datetime],
        own: Callable[[], Own | None] = lambda: None,
    ) -> None:
        """Wire it.

        Args:
            store: what there is to learn.
            classifier: who learns.
            wake: has an alert looked at.
            clock: the time.
            own: the team's own rules; None: there are none.
        """
        self._store, self._classifier, self._wake, self._clock, self._own = store, classifier, wake, clock, own
        self._rounds, self._looks = Rounds("teacher", self._look, PAUSE), 0
        self._seen: object = None
        self._taught: tuple[Taught, ...] = ()
        self._in_force: object = ((), own())
        self._reading = asyncio.Lock()
        self.problem = ""
        """What is wrong with the team's own rules as they stand, so that those from before are in force."""

    async def start(self) -> None:
        """Learn what there is, then watch for more."""
        await self.learn()
        await self._learn_fixes()
        self._rounds.start()

    async def stop(self) -> None:
        """Watch no more."""
        await self._rounds.stop()

    def hurry(self) -> None:
        """Look at once: somebody corrected a verdict here, or took a correction back."""
        self._rounds.hurry()

    async def learn(self) -> None:
        """Learn what has changed, and have the alerts looked at that it may change."""
        async with self._reading:
            mark = (await self._store.mark(), self._own())
            if mark == self._seen:
                return
            known = self._classifier.knowledge
            rules = await self._rules()
            judge = (rules or known.rules).classify
            old, new = known.lessons, Lessons(await self._store.lessons(self._clock(), judge))
            self._classifier.knowledge = replace(known, rules=rules or known.rules, lessons=new)
            first, self._seen = self._seen is None, mark
        if not first:
            kinds = {one.traits.kind or one.title for one in set(old.all) ^ set(new.all)}
            about = None if rules else sorted(filter(None, kinds))
            for alert_id in await self._store.look_again(about, self._clock()):
                self._wake(alert_id)

    async def offers(self) -> list[Offer]:
        """The rules that corrections suggest and nobody has decided about, each with what it would change."""
        await self.learn()  # whoever asks has perhaps corrected a verdict a moment ago
        decided = {one.key for one in await self._store.decided()}
        known = self._classifier.knowledge
        open_ones = [one for one in proposals(known.lessons) if one.key not in decided]
        return [Offer(one, await self._preview(one, known)) for one in open_ones]

    async def accept(self, key: str, actor: Actor) -> Offer:
        """Put a proposed rule in force.

        Raises:
            UnknownProposal: there is none of that key any more: somebody decided, or a correction was taken back.
        """
        return await self._decide(key, actor, Decision.ACCEPTED)

    async def reject(self, key: str, actor: Actor) -> Offer:
        """Never propose it again.

        Raises:
            UnknownProposal: as `accept`.
        """
        return await self._decide(key, actor, Decision.REJECTED)

    async def in_force(self) -> list[InForce]:
        """The rules that were made of corrections and count now, newest first."""
        accepted = [one for one in await self._store.decided() if one.decision is Decision.ACCEPTED]
        rules = [InForce.read(one.key, one.text, one.by.name, one.at) for one in accepted]
        return sorted(rules, key=lambda rule: rule.at, reverse=True)

    async def retire(self, key: str, actor: Actor) -> None:
        """Take an accepted rule out of force.

        Raises:
            UnknownProposal: no rule of that key is in force.
        """
        one = next((d for d in await self._store.decided() if d.key == key and d.decision is Decision.ACCEPTED), None)
        if one is None:
            raise UnknownProposal(f"no rule {key} is in force")
        await self._store.decide(replace(one, decision=Decision.RETIRED, by=actor, at=self._clock()))
        log.info("rule_decided", rule=key, decision=Decision.RETIRED.value, by=actor.id)
        await self.learn()

    async def _decide(self, key: str, actor: Actor, decision: Decision) -> Offer:
        offer = next((one for one in await self.offers() if one.proposal.key == key), None)
        if offer is None:
            raise UnknownProposal(f"no rule {key} is proposed any more")
        await self._store.decide(Decided(key, decision, offer.proposal.text, actor, self._clock()))
        log.info("rule_decided", rule=key, decision=decision.value, by=actor.id)
        await self.learn()
        return offer

    async def _preview(self, proposal: Proposal, known: Knowledge) -> Preview:
        history = await self._store.history(LOOKED_AT)
        after = await asyncio.to_thread(self._load, (*self._taught, proposal.taught))
        return await asyncio.to_thread(preview, known.rules, after, history)

    async def _rules(self) -> Rules | None:
        """The rules with what was accepted, where that has changed."""
        accepted = [one for one in await self._store.decided() if one.decision is Decision.ACCEPTED]
        taught = tuple(Taught(f"taught rule {one.key}", one.text) for one in accepted)
        wanted = (taught, self._own())
        if wanted == self._in_force:
            return None
        self._in_force = wanted
        try:
            rules = await asyncio.to_thread(self._load, taught)
        except BadSettings as mistake:  # in the team's own rules, or in one that another version of ours wrote
            self.problem = str(mistake)
            log.warning("rules_refused", says=self.problem, in_force="the rules from before")
            return None
        self._taught, self.problem = taught, ""
        return rules

    def _load(self, taught: Iterable[Taught]) -> Rules:
        own = self._own()
        return Rules.load(None, *([own[0]] if own else []), *taught)

    async def _learn_fixes(self) -> None:
        fix_times = FixTimes(await self._store.fixes(self._clock()))
        self._classifier.knowledge = replace(self._classifier.knowledge, fix_times=fix_times)

    async def _look(self) -> None:
        self._looks += 1
        await self.learn()
        if self._looks % _FIXES_EVERY == 0:
            await self._learn_fixes()
