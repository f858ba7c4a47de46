"""A model's verdict on an event, from choosing the model to what its word may change: the order, on one screen.

    choose a model ─▶ an answer to the same error? ─▶ does the budget allow a call? ─▶ ask ─▶ combine with the rules

Every way that this can end is an `Analysis`; nothing is raised. What an alert makes of it is `bot.work.refine`'s.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.alerts.alert import Counts
from bot.alerts.asking import AskState, ModelCall
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.classify.answer import ModelVerdict
from bot.classify.budget import Budget, Grant, luck_of
from bot.classify.failures import ModelError, ModelNonsense
from bot.classify.fingerprint import fingerprint
from bot.classify.guard import combine, suspicious
from bot.classify.llm import ModelClient
from bot.classify.models import Choice, Route, choose
from bot.classify.prompt import Prompt, build


class Answers(Protocol):
    """What models said before, by fingerprint and prompt version."""

    async def answer(self, fingerprint: str, prompt_version: str) -> ModelVerdict | None: ...  # noqa: D102
    async def remember(  # noqa: D102
        self, fingerprint: str, prompt_version: str, body: ModelVerdict, at: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What came of asking: the verdict that counts (the rules' where no model helped), and how it came about."""

    classification: Classification
    state: AskState
    problem: str = ""
    """Why no model helped, in words for the card."""
    call: ModelCall | None = None
    """The call that was made, if any; to be kept."""
    shared: bool = False
    """The answer was given to another event with the same fingerprint."""
    estimate_usd: float = 0.0
    """Where the budget said no: about what a call would cost."""
    retry_after: float | None = None
    retry: bool = True
    verdict: ModelVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Which models there are: triage.yml's routes, the default, and those whose severities are trusted."""

    routes: Sequence[Route] = ()
    default: str | None = None
    strong: Sequence[str] = ()


class Analyst:
    """Asks the right model about an event, within the budget, and weighs what it says."""

    def __init__(
        self,
        client: ModelClient,
        budget: Budget,
        panel: Panel,
        answers: Answers,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._client, self._budget, self._panel, self._answers, self._clock = client, budget, panel, answers, clock

    async def analyse(
        self, event: ErrorEvent, counts: Counts, rules: Classification, *, fresh: bool = False, anyway: bool = False
    ) -> Analysis:
        """The best verdict on an event. `fresh`: an old answer will not do, unless no new one can be had.

        `anyway`: a permitted person wants it, whatever the sampling and the budget say.
        """
        choice = choose(self._panel.routes, self._panel.default, event, counts, rules, strong=self._panel.strong)
        if choice is None:
            return Analysis(classification=rules, state=AskState.ANSWERED, problem="No model is set for such errors.")
        prompt, key = build(event, counts, rules), fingerprint(event)
        # What a hostile event made a model say must not come back on a harmless one, nor the other way round.
        hostile = bool(suspicious(event))
        known = None if hostile else await self._answers.answer(key, prompt.version)
        if known is not None and not fresh:
            return _weighed(event, rules, known, shared=True)
        price = self._client.at_most(prompt, choice)
        grant = await self._budget.reserve(rules.severity, price, luck=luck_of(key), anyway=anyway)
        if not isinstance(grant, Grant):
            about = self._client.about(prompt, choice)
            return Analysis(classification=rules, state=AskState.NO_BUDGET, problem=grant.sentence, estimate_usd=about)
        analysis = await self._asked(event, rules, prompt, choice, grant)
        if analysis.verdict is not None and not hostile:
            await self._answers.remember(key, prompt.version, analysis.verdict, self._clock())
        elif known is not None:  # an old answer is better than none, and is still asked for anew
            old = _weighed(event, rules, known, shared=True)
            return replace(analysis, classification=old.classification, shared=True)
        return analysis

    async def _asked(
        self, event: ErrorEvent, rules: Classification, prompt: Prompt, choice: Choice, grant: Grant
    ) -> Analysis:
        at = self._clock()
        try:
            # Whoever is cancelled in here leaves the reservation standing: the call may be billed all the same.
            verdict = await self._client.classify(prompt, choice)
        except ModelError as error:
            await self._budget.settle(grant, error.cost_usd)
            raw = error.raw if isinstance(error, ModelNonsense) else ""
            return Analysis(
                classification=rules,
                state=AskState.GIVEN_UP,
                problem=str(error),
                call=_call(prompt, choice, at, cost_usd=error.cost_usd, raw_reply=raw, outcome=error.reason),
                retry_after=error.retry_after,
                retry=error.retry,
            )
        await self._budget.settle(grant, verdict.cost_usd)
        call = _call(
            prompt,
            choice,
            at,
            raw_reply=verdict.raw_reply,
            parsing_method=verdict.parsing_method,
            tokens_in=verdict.tokens_in,
            tokens_out=verdict.tokens_out,
            cost_usd=verdict.cost_usd,
            seconds=verdict.latency_ms / 1000,
        )
        return replace(_weighed(event, rules, verdict), call=call)


def _weighed(event: ErrorEvent, rules: Classification, verdict: ModelVerdict, *, shared: bool = False) -> Analysis:
    """What counts of a model's verdict on this event; an obedient answer to a hostile event counts only upward."""
    hostile = bool(suspicious(event))
    combined = combine(
        rules,
        verdict.classification,
        suspicious=hostile,
        strong=verdict.strong,
        hypotheses=verdict.hypotheses,
    )
    explains = combined.classification.root_cause != rules.root_cause
    classification = replace(
        combined.classification,
        note=combined.sentence,
        suspicious=hostile,
        cost_usd=0.0 if shared else verdict.cost_usd,
        shared=shared,
        supposed=explains and "root_cause" in verdict.hypotheses,
        model=verdict.model,
        model_reason=verdict.model_selection_reason,
    )
    return Analysis(classification=classification, state=AskState.ANSWERED, shared=shared, verdict=verdict)


def _call(prompt: Prompt, choice: Choice, at: datetime, **said: object) -> ModelCall:
    plain = ModelCall(
        at=at,
        model=choice.model,
        why=choice.reason,
        prompt_version=prompt.version,
        system=prompt.system,
        user=prompt.user,
        redacted=prompt.redacted,
    )
    return replace(plain, **said)  # type: ignore[arg-type]
