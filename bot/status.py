"""What is on, what is off and why: said at start and by `check`."""

from dataclasses import dataclass

from bot.classify.build import configured
from bot.insights.schedule import Every
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bot, and what it takes to have it."""

    name: str
    on: bool
    why: str


def parts(settings: Settings) -> list[Part]:
    """Every part in the order a person would ask for it."""
    kind = settings.database_url.get_secret_value().split(":", 1)[0].split("+", 1)[0]
    stored = "SQLite in a file; one process" if kind == "sqlite" else "PostgreSQL; as many replicas as you like"
    woken = "Redis Streams" if settings.redis_url else "in memory; set REDIS_URL to share work between replicas"
    secrets = len(settings.sentry_secrets)
    heard = f"signed webhooks, {secrets} secret{'s' if secrets > 1 else ''} in force"
    missing = settings.missing_to_serve()
    lacks_slack = [name for name in missing if name.startswith("SLACK")]
    slack = f"cards go to {settings.slack_channel}" if not lacks_slack else f"set {', '.join(lacks_slack)}"
    return [
        Part("store", True, stored),
        Part("wake-ups", True, woken),
        Part("sentry in", bool(secrets), heard if secrets else "set SENTRY_WEBHOOK_SECRET"),
        Part("slack", not lacks_slack, slack),
        Part("rules", True, "classify at once, with no model"),
        Part("model", configured(settings), _models(settings)),
        *_pagerduty(settings),
        Part("sentry out", settings.asks_sentry, _sentry_out(settings)),
        Part("socket mode", bool(settings.slack_app_token), _socket_mode(settings)),
        Part("digest", settings.triage.digest.every is not Every.NEVER, _digest(settings)),
        Part("dashboard", bool(settings.admin_token), _dashboard(settings)),
    ]


def _digest(settings: Settings) -> str:
    digest = settings.triage.digest
    if digest.every is Every.NEVER:
        return "set `digest` in triage.yml to hear each day or week how things went"
    return f"every {digest.every.value} at {digest.at:%H:%M} {digest.zone}"


def _dashboard(settings: Settings) -> str:
    if settings.admin_token:
        return "alerts and figures at / for whoever has the ADMIN_TOKEN"
    return "numbers only at /; set ADMIN_TOKEN to see the alerts there"


def _pagerduty(settings: Settings) -> list[Part]:
    services, secrets = len(settings.pagerduty_services), len(settings.pagerduty_secrets)
    pages = f"calls people by {services} integration key{'s' if services > 1 else ''}"
    heard = f"signed webhooks, {secrets} secret{'s' if secrets > 1 else ''} in force"
    return [
        Part("pagerduty", bool(services), pages if services else "set PAGERDUTY_ROUTING_KEY to have people called"),
        Part("pagerduty in", bool(secrets), heard if secrets else "set PAGERDUTY_WEBHOOK_SECRET to hear what they do"),
        Part(
            "incidents",
            bool(settings.pagerduty_api_token),
            "the card shows incidents and who is on call"
            if settings.pagerduty_api_token
            else "set PAGERDUTY_API_TOKEN to see incidents and who is on call",
        ),
    ]


def _sentry_out(settings: Settings) -> str:
    if settings.asks_sentry:
        return f"issues of {settings.sentry_org} follow the card, and what was missed is found"
    missing = [name for name in ("SENTRY_AUTH_TOKEN", "SENTRY_ORG") if not getattr(settings, name.lower())]
    return f"set {' and '.join(missing)} to have Sentry's issues follow the card"


def _socket_mode(settings: Settings) -> str:
    if not settings.slack_app_token:
        return "Slack calls /slack/events; set SLACK_APP_TOKEN to open a connection to it instead"
    return "Slack's deliveries come over a connection that the bot opens; no address of ours is needed"


def _models(settings: Settings) -> str:
    if not settings.llm_base_url:
        return "set LLM_BASE_URL and LLM_MODEL for any OpenAI-compatible endpoint"
    if not configured(settings):
        return "set LLM_MODEL, or routes in triage.yml"
    limit = "no limit" if settings.daily_budget_usd is None else f"at most ${settings.daily_budget_usd:g} a day"
    return f"{settings.llm_model or 'by routes'} at {settings.llm_base_url}; {limit}"
