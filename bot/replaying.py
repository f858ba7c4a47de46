"""`app.py replay`: puts the past, other rules and other routes together. Reads the database, and opens nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.classify.build import configured
from bot.classify.classifier import Classifier, Knowledge
from bot.classify.fingerprint import fingerprint
from bot.classify.lessons import Lessons
from bot.classify.llm import usual_cost
from bot.classify.models import choose
from bot.classify.prices import Prices
from bot.classify.prompt import build
from bot.classify.rulebook import Taught
from bot.classify.rules import Rules
from bot.insights.records import Period
from bot.insights.replay import Price, Replay, replay
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.lessons import Decision, LessonStore
from bot.store.replays import ReplayStore
from bot.triage_file import TriageFile, read_triage_file
from bot.work.guide import Guide


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """What is to be different. Nothing: what would be done today."""

    config: Path | None = None
    """Another triage.yml."""
    rules: Path | None = None
    """Rules that are added to those in force."""
    model: str | None = None
    """The only model that is asked."""


async def replayed(settings: Settings, since: timedelta, other: Other, clock: Callable[[], datetime]) -> Replay:
    """The last `since`, lived through again.

    Raises:
        BadSettings: a mistake in one of the files, or a database that cannot be read.
    """
    config = other.config or settings.triage_config
    triage = read_triage_file(config, settings.pagerduty_services)
    db = Database.connect(settings.database_url.get_secret_value())
    try:
        now = clock()
        knowledge = await _knowledge(LessonStore(db), now, [*([config] if triage.rules else []), other.rules])
        pasts = await ReplayStore(db).pasts(Period(now - since, now))
    finally:
        await db.close()
    classifier = Classifier(knowledge.rules)
    classifier.knowledge = knowledge
    guide = Guide(lambda: triage, settings.pagerduty_services, sentry=settings.asks_sentry)
    price = _price(settings, triage, other.model)
    return replay(pasts, Period(now - since, now), classifier.classify, guide, price)


async def _knowledge(store: LessonStore, now: datetime, own: list[Path | None]) -> Knowledge:
    accepted = [one for one in await store.decided() if one.decision is Decision.ACCEPTED]
    taught = [Taught(f"taught rule {one.key}", one.text) for one in accepted]
    rules = Rules.load(None, *taught, *filter(None, own))
    return Knowledge(rules=rules, lessons=Lessons(await store.lessons(now, rules.classify)))


def _price(settings: Settings, triage: TriageFile, model: str | None) -> Price:
    """About what the first question about each alert costs; of several about the same error one is paid for."""
    models, prices = triage.models, Prices(triage.models.prices)
    asks = model is not None or configured(settings)
    answered: set[str] = set()

    def price(dossier: Dossier, verdict: Classification) -> float:
        event, counts = dossier.event, dossier.alert.counts
        routes = () if model else models.routes
        choice = choose(routes, model or settings.llm_model, event, counts, verdict) if asks else None
        key = fingerprint(event)
        if choice is None or key in answered:
            return 0.0
        answered.add(key)
        return usual_cost(prices, build(event, counts, verdict), choice.model)

    return price
