"""Dossiers for tests of rules: an alert as it would stand, made without a database."""

from datetime import UTC, datetime

from bot.alerts.alert import Alert, Counts, Standing
from bot.alerts.classification import Category, Classification, FixTime, Severity
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent, Meaning

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday


def verdict(severity: Severity, category: Category = Category.DATABASE) -> Classification:
    return Classification(
        severity=severity,
        category=category,
        root_cause="the pool is exhausted",
        suggested_action="raise the limit",
        estimated_fix_time=FixTime.HOUR,
        confidence=0.9,
        made_by="rules",
    )


def dossier(
    *,
    severity: Severity | None = Severity.HIGH,
    category: Category = Category.DATABASE,
    standing: Standing | None = None,
    counts: Counts | None = None,
    last_seen: datetime = START,
    **event: object,
) -> Dossier:
    """An alert that was opened at START; `event` is what its deliveries said."""
    alert = Alert(
        id=1,
        issue_key="sentry:1",
        standing=standing or Standing(since=START),
        counts=counts or Counts(events=1, users=1),
        first_seen=START,
        last_seen=last_seen,
        created_at=START,
    )
    said = {"project": "shop", "title": "ValueError: no card", **event}
    told = ErrorEvent(resource="error", action="created", meaning=Meaning.OCCURRENCE, **said)  # type: ignore[arg-type]
    return Dossier(alert=alert, event=told, classification=verdict(severity, category) if severity else None)
