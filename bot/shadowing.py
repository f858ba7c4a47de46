"""Wires a shadow from triage.yml's `shadow`; imported only where there is one."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.classify.build import MemoryAnswers, configured, open_models
from bot.classify.classifier import Classifier
from bot.classify.rules import Rules
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.shadows import ShadowStore
from bot.store.spending import SpendingLedger
from bot.triage_file import ShadowFile, read_triage_file
from bot.work.guide import Guide
from bot.work.shadow import Shadow


def open_shadow(
    wanted: ShadowFile,
    settings: Settings,
    db: Database,
    clock: Callable[[], datetime],
    at_end: Callable[[Callable[[], Awaitable[None]]], object],
) -> Shadow:
    """The shadow that triage.yml wants; `at_end` takes what is to be closed.

    Raises:
        BadSettings: a mistake in one of its files.
    """
    config = wanted.config or settings.triage_config
    triage = read_triage_file(config, settings.pagerduty_services)
    layers = [*([config] if triage.rules else []), *([wanted.rules] if wanted.rules else [])]
    analyst = None
    if wanted.model and settings.llm_base_url:
        models = triage.models.model_copy(update={"routes": ()})
        other = settings.model_copy(
            update={"llm_model": wanted.model, "triage": triage.model_copy(update={"models": models})}
        )
        if configured(other):
            opened = open_models(other, SpendingLedger(db, clock), MemoryAnswers(), clock)
            at_end(opened.endpoint.aclose)
            analyst = opened.analyst
    guide = Guide(lambda: triage, settings.pagerduty_services, sentry=settings.asks_sentry)
    return Shadow(wanted.name, ShadowStore(db), Classifier(Rules.load(None, *layers)), guide, clock, analyst)
