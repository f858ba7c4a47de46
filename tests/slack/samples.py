"""Made-up dossiers of every kind that the cards, threads and modals must look good for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.alerts.alert import Action, Actor, Alert, Counts, Snooze, Source, Standing, State, Transition
from bot.alerts.classification import Category, Classification, Evidence, FixTime, Severity
from bot.alerts.dossier import Dossier, Shown
from bot.alerts.event import Breadcrumb, ErrorEvent, ExceptionInfo, Frame, HttpRequest, Meaning

NOW = datetime(2025, 11, 3, 14, 9, 30, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=7)
ANA = Actor(source=Source.USER, id="U0ANA", name="Ana")
BEN = Actor(source=Source.SENTRY, name="Ben")
CREATED = Standing(since=BEGAN)

FRAMES = (
    Frame(filename="/srv/venv/flask/app.py", function="wsgi_app", lineno=1511, in_app=False),
    Frame(filename="shop/web.py", function="cart", lineno=88, in_app=True, context_line="    items = db.items(user)"),
    Frame(filename="shop/db.py", function="connect", lineno=42, in_app=True, context_line="    conn = pool.get()"),
    Frame(filename="/srv/venv/psycopg/connection.py", function="_connect", lineno=117, in_app=False),
)
DATABASE = ErrorEvent(
    resource="event_alert",
    action="triggered",
    meaning=Meaning.OCCURRENCE,
    title="OperationalError: FATAL: remaining connection slots are reserved",
    issue_id="4256774711",
    short_id="SHOP-API-1A2",
    event_id="bf5b6c7fd49f4f8da94085a43393051d",
    project="shop-api",
    level="error",
    platform="python",
    environment="production",
    release="shop@4.2.0",
    exceptions=(
        ExceptionInfo(type="ConnectionError", value="pool exhausted: 100 of 100 slots"),
        ExceptionInfo(
            type="OperationalError",
            value="FATAL: remaining connection slots are reserved",
            handled=False,
            frames=FRAMES,
        ),
    ),
    request=HttpRequest(method="POST", url="https://shop.example.com/cart"),
    tags=(("environment", "production"), ("server_name", "web-3"), ("customer", "acme"), ("release", "shop@4.2.0")),
    breadcrumbs=(
        Breadcrumb(at=BEGAN, category="query", message="SELECT 1"),
        Breadcrumb(at=BEGAN + timedelta(seconds=2), category="http", message="GET /health 200"),
    ),
    first_seen=BEGAN,
    web_url="https://acme.sentry.example.com/issues/4256774711/?project=2&referrer=triage",
)
RULES = Classification(
    severity=Severity.CRITICAL,
    category=Category.DATABASE,
    root_cause="The pool of db-1 is exhausted: 100 of 100 slots, since release shop@4.2.0.",
    suggested_action="Roll back shop@4.2.0 or raise `max_connections`; see `pool.get()` in shop/db.py:42.",
    estimated_fix_time=FixTime.HOUR,
    confidence=0.94,
    made_by="rules",
    evidence=(
        Evidence(source="message", text="remaining connection slots are reserved", speaks_for="database"),
        Evidence(source="frame", text="shop/db.py in connect", speaks_for="database"),
        Evidence(source="tag release", text="shop@4.2.0", speaks_for="critical"),
    ),
    severity_reason="Many users in production cannot use the service.",
)
ALERT = Alert(
    id=12,
    issue_key="sentry:4256774711",
    standing=replace(CREATED, classification_id=1),
    counts=Counts(events=1284, suppressed=1276, users=312),
    first_seen=BEGAN,
    last_seen=NOW - timedelta(seconds=30),
    created_at=BEGAN,
    version=34,
)


def moved(action: Action, actor: Actor, before: Standing, after: Standing, **detail: str | int) -> Transition:
    """A transition at the time at which `after` begins."""
    return Transition(action=action, actor=actor, at=after.since, before=before, after=after, detail=detail)


def standing(state: State, actor: Actor, since: datetime = NOW, snooze: Snooze | None = None) -> Standing:
    """An alert brought to `state` by `actor`."""
    owner = actor if state is State.ACKNOWLEDGED else None
    return Standing(state=state, since=since, by=actor, owner=owner, snooze=snooze, classification_id=1)


def dossier(
    now_stands: Standing | None = None,
    *,
    event: ErrorEvent = DATABASE,
    verdict: Classification | None = RULES,
    transitions: tuple[Transition, ...] = (),
    counts: Counts = ALERT.counts,
    targets: dict[str, Shown] | None = None,
) -> Dossier:
    """The database error, changed as a test needs it."""
    alert = replace(ALERT, standing=now_stands or ALERT.standing, counts=counts)
    return Dossier(alert=alert, event=event, classification=verdict, transitions=transitions, targets=targets or {})


def brought_to(state: State, actor: Actor, since: datetime = NOW, snooze: Snooze | None = None) -> Dossier:
    """The database error in `state`, with the transition that brought it there."""
    action = {State.OPEN: Action.REOPENED}.get(state) or Action(state.value)
    before = ALERT.standing
    if state is State.REGRESSED:
        before = standing(State.RESOLVED, ANA, since - timedelta(days=3))
    after = standing(state, actor, since, snooze)
    detail = {"release": "shop@4.3.0"} if state is State.REGRESSED else {}
    return dossier(after, transitions=(moved(action, actor, before, after, **detail),))


def bare(title: str, **known: object) -> ErrorEvent:
    """An event of which little more than its title is known."""
    return replace(ErrorEvent(resource="issue", action="created", meaning=Meaning.CHANGE, title=title), **known)  # type: ignore[arg-type]


MESSAGE = bare("Payment provider answered late", project="shop-api", level="warning", message="answered late")
CSP = bare("Blocked 'image' from 'blob:'", logger="csp", project="web", culprit="img-src", level="error")
METRIC = bare("Critical: apdex of shop-api below 0.5", resource="metric_alert", project="shop-api", rule="Apdex")
CRON = bare("Monitor failure: nightly-invoices (missed check-in)", project="billing", culprit="nightly-invoices")
SLOW = bare("N+1 Query", transaction="/api/cart/", project="shop-api", environment="production")
SILENT = bare("<unlabeled event>")
MINIFIED = bare(
    "TypeError: undefined is not an object (evaluating 'a.b')",
    project="web",
    release="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    exceptions=(
        ExceptionInfo(
            type="TypeError",
            value="undefined is not an object (evaluating 'a.b')",
            frames=(
                Frame(filename="https://cdn.example.com/static/js/app.min.js", function="t", lineno=1, colno=9999),
            ),
        ),
    ),
)
KINDS = {"message": MESSAGE, "csp": CSP, "metric": METRIC, "cron": CRON, "slow": SLOW, "silent": SILENT, "js": MINIFIED}
