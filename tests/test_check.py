"""`app.py check`: each part that does not work is named with what to do about it."""

import pytest

from app import check
from bot.sandbox.demo import environment
from bot.sandbox.server import SandboxServer
from bot.settings import Settings
from bot.slack.scopes import all_scopes


@pytest.fixture
async def sandbox():
    async with SandboxServer() as running:
        yield running


async def test_a_good_set_up_passes(sandbox, tmp_path, capsys):
    assert await check(Settings.of(environment(sandbox, tmp_path))) == 0
    out = capsys.readouterr().out
    assert "triage in Example Shop" in out
    assert "#alerts: cards will go here" in out
    assert "calls people by 1 integration key" in out
    assert "the card shows incidents and who is on call" in out
    assert "issues of example-shop follow the card" in out
    assert "FAIL" not in out
    assert sandbox.pagerduty.incidents == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong-example"}, "copy the Bot User OAuth Token again"),
        ({"SLACK_CHANNEL": "#random"}, "write /invite @triage there"),
        ({"SLACK_CHANNEL": "#nowhere"}, "the bot sees no channel #nowhere"),
        ({"SLACK_CHANNEL": ""}, "set SLACK_CHANNEL"),
        ({"SENTRY_WEBHOOK_SECRET": ""}, "set SENTRY_WEBHOOK_SECRET"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "can this machine reach it"),
        ({"SLACK_APP_TOKEN": "xapp-wrong-example"}, "make an App-Level Token with connections:write"),
        ({"REDIS_URL": "redis://127.0.0.1:9/0"}, "FAIL  wake-ups"),
        ({"PAGERDUTY_ROUTING_KEY": "f" * 32}, "Invalid routing key: copy the Integration Key"),
        ({"PAGERDUTY_API_TOKEN": "example-wrong"}, "PAGERDUTY_API_TOKEN is not accepted"),
        ({"SENTRY_AUTH_TOKEN": "example-wrong"}, "SENTRY_AUTH_TOKEN is not accepted"),
        ({"SENTRY_ORG": "elsewhere"}, "give the token of SENTRY_AUTH_TOKEN event:read"),
        ({"SENTRY_URL": "http://127.0.0.1:9"}, "can this machine reach it"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else None,
)
async def test_what_does_not_work_is_named_with_its_cure(sandbox, tmp_path, capsys, changed, says):
    assert await check(Settings.of({**environment(sandbox, tmp_path), **changed})) == 1
    out = capsys.readouterr().out
    assert says in out
    assert "xoxb" not in out


@pytest.mark.parametrize("scope", ["event:read", "event:write", "org:read"])
async def test_a_missing_scope_of_sentrys_token_is_named(sandbox, tmp_path, capsys, scope):
    sandbox.sentry.scopes -= {scope}
    assert await check(Settings.of(environment(sandbox, tmp_path))) == 1
    assert f"FAIL  sentry out   SENTRY_AUTH_TOKEN lacks the scope {scope}" in capsys.readouterr().out


async def test_missing_scopes_are_named(sandbox, tmp_path, capsys):
    sandbox.standin.scopes = frozenset({"chat:write", "channels:read"})
    assert await check(Settings.of(environment(sandbox, tmp_path))) == 1
    named = ", ".join(sorted(all_scopes() - sandbox.standin.scopes))
    assert f"lacks the scopes {named}:" in capsys.readouterr().out
