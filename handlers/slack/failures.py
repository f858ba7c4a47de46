"""What a person hears who may not do what they tried; and when something of ours broke, with a reference to the log."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.alerts.permissions import Forbidden
from bot.slack import words, words_plan
from bot.slack.gateway import SlackGateway
from handlers.slack.person import tell

_SEEN = 0.05
"""Seconds; Bolt looks every 0.01 whether a listener has acknowledged (`slack_bolt/listener/asyncio_runner.py`)."""

log = structlog.get_logger(__name__)


def register(app: AsyncApp, gateway: SlackGateway) -> None:
    """Listen to the failures of all listeners."""

    @app.error
    async def apologise(error: Exception, body: dict[str, Any], response: BoltResponse | None) -> BoltResponse | None:
        why = _words_for(error, body)
        if response is None:  # acknowledged already, which Bolt forgets when we return: first it must have seen that
            await asyncio.sleep(_SEEN)
        field = _first_input(body.get("view") or {})
        if response is not None and body.get("type") == "view_submission" and field:
            said = {"response_action": "errors", "errors": {field: why}}
            return BoltResponse(status=200, body=json.dumps(said), headers={"content-type": "application/json"})
        await tell(gateway, body, why)
        return None


def _words_for(error: Exception, body: Mapping[str, Any]) -> str:
    """What is no failure of ours is told as it is; the rest stands in the log."""
    if isinstance(error, Forbidden):
        return words_plan.forbidden(error)
    reference = secrets.token_hex(4)
    log.error("listener_failed", reference=reference, kind=body.get("type"), exc_info=error)
    return words.failed(reference)


def _first_input(view: Mapping[str, Any]) -> str:
    """Where a modal can show a word beside a field; empty where it has none."""
    blocks = (block for block in view.get("blocks") or () if block.get("type") == "input")
    return str(next((block.get("block_id") for block in blocks), "") or "")
