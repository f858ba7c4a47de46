"""Wires what takes and answers questions, from the settings; loads nothing that a bot without a model need not."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.alerts.classification import Severity
from bot.alerts.dossier import Dossier
from bot.assist.answers import Answers
from bot.assist.asking import Questions
from bot.assist.ports import Answerer, Charge, Settle
from bot.assist.records import Past
from bot.assist.sentry import SentryLookups
from bot.assist.telling import Slack, Teller
from bot.assist.worker import QuestionWorker
from bot.classify.budget import Budget, Grant
from bot.classify.build import Models
from bot.classify.models import choose
from bot.classify.prices import Prices
from bot.settings import Settings
from bot.store.conversations import ConversationStore


@dataclass(frozen=True, slots=True)
class QuestionModels:
    """Which model answers about an alert: the same that would be asked to classify it."""

    answerer: Answerer
    settings: Settings

    def model_for(self, dossier: Dossier) -> str | None:
        """Its name; None: no model for such an alert."""
        verdict, default = dossier.classification, self.settings.llm_model
        if verdict is None:
            return default
        choice = choose(self.settings.triage.models.routes, default, dossier.event, dossier.alert.counts, verdict)
        return choice.model if choice else None


class Conversations:
    """Questions and answers of a running bot: `questions` for the edges; start it, stop it."""

    def __init__(
        self,
        settings: Settings,
        store: ConversationStore,
        past: Past,
        look: Callable[[int], Awaitable[Dossier]],
        slack: Slack,
        *,
        clock: Callable[[], datetime],
        owner: str,
        models: Models | None = None,
        sentry: SentryLookups | None = None,
        outcome: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._stack = AsyncExitStack()
        asked = self._open_models(settings, models) if models else None
        answers = Answers(past, clock=clock, models=asked, sentry=sentry)
        teller = Teller(slack, clock)
        self.worker = QuestionWorker(store, look, answers, teller, clock=clock, owner=owner, outcome=outcome)
        self.questions = Questions(store, look, self.worker.wake, clock)

    async def start(self) -> None:
        """Begin to answer."""
        await self.worker.start()

    async def stop(self) -> None:
        """Answer no more; what was begun goes on after the next start."""
        await self.worker.stop()
        await self._stack.aclose()

    def _open_models(self, settings: Settings, models: Models) -> QuestionModels:
        from bot.assist.agent import Limits, ModelAnswerer  # with pydantic-ai, which takes a second to load
        from bot.assist.chat import ChatModels

        seconds = settings.triage.models.question_timeout.total_seconds()
        chat = ChatModels(settings.llm_base_url or "", settings.llm_api_key, seconds=seconds)
        self._stack.push_async_callback(chat.aclose)
        answerer = ModelAnswerer(
            chat,
            Prices(settings.triage.models.prices),
            charging(models.budget),
            breaker=models.breaker,
            limits=Limits(seconds=seconds),
        )
        return QuestionModels(answerer, settings)


def charging(budget: Budget) -> Charge:
    """The budget of the classifications, for questions: a person waits, so none is left to chance by sampling."""

    async def charge(usd: float) -> Settle | None:
        grant = await budget.reserve(Severity.HIGH, usd, luck=0.0)
        return partial(budget.settle, grant) if isinstance(grant, Grant) else None

    return charge
