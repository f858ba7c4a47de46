"""Both forms of the Slack app ask for what the code uses and no more, and are valid by Slack's own schema."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.slack.ids import COMMAND, SHORTCUT
from bot.slack.scopes import EVENTS, SCOPES, all_scopes

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared" / "schemas" / "slack-manifest.schema.2.0.0.json"
HTTP, SOCKET = "manifest.yml", "manifest.socket.yml"


def manifest(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return read


def without_addresses(value: Any) -> Any:
    """The manifest without what says how Slack reaches the bot."""
    if isinstance(value, dict):
        left = {k: v for k, v in value.items() if k not in ("url", "request_url", "socket_mode_enabled")}
        return {k: without_addresses(v) for k, v in left.items()}
    return [without_addresses(item) for item in value] if isinstance(value, list) else value


def test_the_methods_that_are_called_are_those_whose_scopes_are_named():
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "bot" / "slack").glob("*.py"))
    assert set(re.findall(r"client\.([a-z]+_\w+)\(", source)) == set(SCOPES)


@pytest.mark.parametrize("name", [HTTP, SOCKET])
def test_a_manifest_asks_for_exactly_what_the_code_uses(name):
    said = manifest(name)
    assert set(said["oauth_config"]["scopes"]["bot"]) == all_scopes()
    assert set(said["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert [command["command"] for command in said["features"]["slash_commands"]] == [COMMAND]
    assert [shortcut["callback_id"] for shortcut in said["features"]["shortcuts"]] == [SHORTCUT]
    assert said["features"]["app_home"]["home_tab_enabled"] is True


def test_every_event_that_is_subscribed_has_a_listener():
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "handlers" / "slack").glob("*.py"))
    assert set(re.findall(r'app\.event\("(\w+)"', source)) == set(EVENTS)


@pytest.mark.parametrize("name", [HTTP, SOCKET])
def test_a_manifest_is_valid_by_slacks_own_schema_where_it_is_at_hand(name):
    said = manifest(name)
    assert said["_metadata"]["major_version"] == 2
    if SCHEMA.exists():
        jsonschema.validate(said, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_the_two_forms_differ_only_in_how_slack_reaches_the_bot():
    http, socket = manifest(HTTP), manifest(SOCKET)
    assert without_addresses(http) == without_addresses(socket)
    assert (http["settings"]["socket_mode_enabled"], socket["settings"]["socket_mode_enabled"]) == (False, True)
    assert "HOST" not in (ROOT / SOCKET).read_text(encoding="utf-8")
