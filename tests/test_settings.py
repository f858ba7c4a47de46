"""Settings: defaults, several secrets, and mistakes that are named with their line and cure."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import BadSettings
from bot.settings import Settings
from bot.triage_file import TriageFile, read_triage_file


def test_without_any_setting_the_defaults_hold():
    settings = Settings.of({})
    assert settings.port == 8080
    assert settings.sentry_secrets == ()
    assert settings.triage == TriageFile()


def test_several_webhook_secrets_stand_in_one_variable_while_one_is_rotated():
    secrets = Settings.of({"SENTRY_WEBHOOK_SECRET": "old-example, new-example,"}).sentry_secrets
    assert [secret.get_secret_value() for secret in secrets] == ["old-example", "new-example"]


def test_what_serve_lacks_is_named_as_in_the_environment():
    assert Settings.of({"SLACK_BOT_TOKEN": "xoxb-example"}).missing_to_serve() == [
        "SENTRY_WEBHOOK_SECRET",
        "SLACK_CHANNEL",
        "SLACK_SIGNING_SECRET",
    ]


def test_a_wrong_value_is_named_and_never_printed():
    with pytest.raises(BadSettings, match=r"PORT: .*integer") as caught:
        Settings.of({"PORT": "not-to-be-repeated"})
    assert "not-to-be-repeated" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_secrets_do_not_show_when_settings_are_printed():
    settings = Settings.of({"SLACK_BOT_TOKEN": "xoxb-example", "DATABASE_URL": "postgresql://t:hush@db.example.com/t"})
    assert "xoxb-example" not in repr(settings)
    assert "hush" not in repr(settings)


def test_the_log_is_told_every_secret_and_every_password_in_an_address():
    given = {
        "SENTRY_WEBHOOK_SECRET": "old-example,new-example",
        "DATABASE_URL": "postgresql://t:hush-db@db.example.com/t",
        "REDIS_URL": "redis://:hush-redis@redis.example.com/0",
    }
    secrets = Settings.of(given).secrets()
    assert {"old-example", "new-example", "hush-db", "hush-redis"} <= set(secrets)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("duplicat_window: 5\n", "line 1: `duplicat_window` is not a setting; did you mean `duplicate_window`"),
        ("# first\nretention_days: 0\n", "line 2: `retention_days`"),
        ("duplicate_window: soon\n", "line 1: `duplicate_window`"),
        ("retention_days: [1\n", "check the indentation"),
        ("- a list\n", "line 1: expected"),
    ],
)
def test_a_mistake_in_triage_yml_is_named_with_line_and_cure(tmp_path: Path, text, problem):
    path = tmp_path / "triage.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings) as caught:
        Settings.of({"TRIAGE_CONFIG": str(path)})
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


def test_triage_yml_may_be_missing_empty_or_partial(tmp_path: Path):
    assert read_triage_file(tmp_path / "none.yml") == TriageFile()
    path = tmp_path / "triage.yml"
    path.write_text("", encoding="utf-8")
    assert read_triage_file(path) == TriageFile()
    path.write_text("duplicate_window: 60\n", encoding="utf-8")
    assert read_triage_file(path).duplicate_window == timedelta(minutes=1)
