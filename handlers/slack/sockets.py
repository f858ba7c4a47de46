"""Socket Mode's way into the bot: one delivery in, what to acknowledge it with out."""

import json

from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from handlers.slack.inbox import Inbox


async def answer(inbox: Inbox, request: SocketModeRequest) -> SocketModeResponse | None:
    """The acknowledgement, with what a person is to see at once; None: it was not taken, and Slack sends it again.

    Raises:
        SQLAlchemyError: as `Inbox.dispatch`.
    """
    headers = build_headers(request) if request.retry_attempt else None  # Slack's first try is number 0
    response = await inbox.dispatch(AsyncBoltRequest(body=request.payload, headers=headers, mode="socket_mode"))
    if response.status != 200:
        return None
    said = response.body or ""
    payload = json.loads(said) if said.startswith("{") else {"text": said} if said else None
    return SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
