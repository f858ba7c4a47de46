"""How a question is answered, in order: a model that can look things up; where there is none, our own records."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.alerts.dossier import Dossier
from bot.alerts.question import Answer, Question
from bot.assist import evidence
from bot.assist.briefing import brief
from bot.assist.casefile import CaseFile, gather
from bot.assist.ports import Answerer, Sink, Unanswered
from bot.assist.records import Past
from bot.assist.sentry import SentryLookups
from bot.assist.tools import Toolbox
from bot.classify.prompt import new_fence
from bot.classify.suspicion import suspicious
from bot.slack.words import answer_cost

NO_MODEL = "No model is configured, so I looked for your question's words in my own records."
BEWARE = "The event's text contains instructions to a model: read this answer with care."
_ALWAYS = ("the alert and its event",)


class Models(Protocol):
    """Which model is asked about an alert, and how."""

    @property
    def answerer(self) -> Answerer:
        """Who asks it."""
        ...

    def model_for(self, dossier: Dossier) -> str | None:
        """Its name; None: no model for such an alert."""
        ...


class Answers:
    """Answers questions; shows and stores nothing."""

    def __init__(
        self,
        past: Past,
        *,
        clock: Callable[[], datetime],
        models: Models | None = None,
        sentry: SentryLookups | None = None,
        mark: Callable[[], str] = new_fence,
    ) -> None:
        self._past, self._clock, self._models, self._sentry, self._mark = past, clock, models, sentry, mark

    def model(self, dossier: Dossier) -> str | None:
        """The model that will be asked; None: the answer comes from our own records, and at once."""
        return self._models.model_for(dossier) if self._models else None

    async def answer(
        self, question: Question, dossier: Dossier, earlier: Sequence[Question], sink: Sink | None
    ) -> Answer:
        """The best answer that can be had; what is written on the way goes to `sink`."""
        case = await gather(dossier, self._past, self._clock(), earlier)
        model = self.model(dossier)
        if model is None or self._models is None or sink is None:
            return evidence.answer(question.asked.text, case, note=NO_MODEL)
        try:
            return await self._asked(question, case, model, self._models.answerer, sink)
        except Unanswered as error:
            cost = f" Trying cost {answer_cost(error.cost_usd)}." if error.cost_usd else ""
            note = f"{error} This is what my own records say.{cost}"
            return replace(evidence.answer(question.asked.text, case, note=note), cost_usd=error.cost_usd)

    async def _asked(self, question: Question, case: CaseFile, model: str, answerer: Answerer, sink: Sink) -> Answer:
        mark = self._mark()
        toolbox = Toolbox(case, self._past, mark, self._sentry)
        told = await answerer.answer(model, brief(question, case, mark), toolbox, sink)
        warning = BEWARE if suspicious(case.dossier.event) else ""
        return Answer(
            text=told.text,
            sources=(*_ALWAYS, *toolbox.used),
            model=model,
            cost_usd=told.cost_usd,
            note=" ".join(filter(None, (told.note, warning))),
        )
