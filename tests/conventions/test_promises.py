"""What stands in two places says the same in both: settings and docs, names on the wire."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.alerts.permissions import Permissions
from bot.alerts.quiet import QuietHours
from bot.alerts.routing import Handling, Route, When
from bot.alerts.storms import StormRules
from bot.alerts.timing import Timers
from bot.classify.models import ladder
from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack.ids import CARD_EVENT, ActionId, CallbackId, Input
from bot.triage_file import ModelsFile, TriageFile, read_triage_file

ROOT = Path(__file__).parents[2]
ENVIRONMENT = [name for name in Settings.model_fields if name != "triage"]


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_every_setting_is_documented_with_its_help(name):
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    row = next((line for line in docs.splitlines() if line.startswith(f"| `{name.upper()}` |")), None)
    assert row is not None, f"docs/configuration.md has no row for {name.upper()}"
    assert str(Settings.model_fields[name].description) in row


@pytest.mark.parametrize("name", TriageFile.model_fields)
def test_every_line_of_triage_yml_is_documented_and_shipped_with_its_default(name):
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in docs
    assert getattr(read_triage_file(ROOT / "triage.yml"), name) == getattr(TriageFile(), name)


PARTS: dict[str, type[BaseModel]] = {
    "models": ModelsFile,
    "routes": Route,
    "routes.when": When,
    "severities": Handling,
    "quiet_hours": QuietHours,
    "timers": Timers,
    "storms": StormRules,
    "permissions": Permissions,
}


@pytest.mark.parametrize(
    ("name", "description"),
    [
        (f"{part}.{field.alias or name}", str(field.description))
        for part, model in PARTS.items()
        for name, field in model.model_fields.items()
    ],
)
def test_every_setting_inside_the_parts_of_triage_yml_is_documented(name, description):
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    row = next((line for line in docs.splitlines() if line.startswith(f"| `{name}` |")), None)
    assert row is not None, f"docs/configuration.md has no row for {name}"
    assert description in row


def test_the_ladder_that_triage_yml_shows_is_valid_once_it_is_not_a_comment(tmp_path):
    text = (ROOT / "triage.yml").read_text(encoding="utf-8")
    live = re.sub(r"^#(?=\w+:|  )", "", text, flags=re.MULTILINE)
    path = tmp_path / "triage.yml"
    path.write_text(live, encoding="utf-8")
    assert read_triage_file(path).models.routes == ladder(
        "claude-sonnet-4.5", "gpt-4.1", "gemini-2.5-flash", "deepseek-v3.2"
    )


def test_the_whole_triage_yml_in_the_documentation_is_read_without_a_mistake(tmp_path):
    text = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    path = tmp_path / "triage.yml"
    path.write_text(example, encoding="utf-8")
    read = read_triage_file(path, services={"payments"})
    assert [route.name for route in read.routes][:1] == ["payments"]
    assert read.model_fields_set == {"routes", "severities", "quiet_hours", "timers", "people", "permissions"}


def test_the_example_environment_names_only_settings():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = {match[1] for line in lines if (match := re.match(r"#?([A-Z_]+)=", line))}
    assert named <= {name.upper() for name in ENVIRONMENT}
    assert named >= set(Settings.of({}).missing_to_serve())


def test_the_names_on_the_wire_are_those_that_old_messages_carry():
    assert {a.value for a in ActionId} >= {
        f"alert_{name}"
        for name in (
            "acknowledge",
            "unacknowledge",
            "resolve",
            "reopen",
            "reclassify",
            "snooze",
            "undo",
            "details",
            "ask",
            "assign",
            "escalate",
        )
    }
    assert {c.value for c in CallbackId} == {"reclassify", "snooze", "ask", "escalate", "assign", "promise"}
    assert {i.value for i in Input} >= {"severity", "category", "reason", "until", "question", "note"}
    assert CARD_EVENT == "triage_alert"


def test_the_metrics_have_the_names_and_labels_that_dashboards_use():
    metrics = Metrics()
    metrics.classified.labels("high", "database", "rules").inc()
    metrics.deliveries.labels("sentry", "error", "accepted").inc()
    metrics.suppressed.labels("duplicate").inc()
    metrics.pending.labels("high").set(1)
    metrics.time_to_acknowledge.labels("high").observe(1)
    metrics.reconciled.labels("slack_card", "ok").inc()
    text = metrics.exposition().decode()
    for sample in (
        'error_classification_total{category="database",model="rules",severity="high"} 1.0',
        'error_classification_latency_seconds_bucket{le="0.25"}',
        'webhook_deliveries_total{outcome="accepted",resource="error",source="sentry"} 1.0',
        'alerts_suppressed_total{reason="duplicate"} 1.0',
        'pending_alerts_count{severity="high"} 1.0',
        "time_to_card_seconds_bucket",
        'time_to_acknowledge_seconds_bucket{le="30.0",severity="high"}',
        'reconcile_total{outcome="ok",target="slack_card"} 1.0',
    ):
        assert sample in text
