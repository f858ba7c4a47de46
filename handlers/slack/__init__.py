"""What comes from Slack: one route into Bolt, and a `register(app, …)` for each kind of thing that people do."""

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.assist.asking import Questions
from bot.errors import BadSignature, Malformed
from bot.metrics import Metrics
from bot.reception import Reception
from bot.slack.gateway import Identity, SlackGateway
from bot.work.desk import Desk
from handlers.slack import (
    actions,
    commands,
    failures,
    feedback,
    home,
    links,
    modals,
    shortcuts,
    teaching,
    threads,
)
from handlers.slack.copies import Copies
from handlers.slack.inbox import Deliveries, Inbox


class _SlackClock(Clock):
    """Our clock in the form that slack_sdk asks for."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now().timestamp()


class _OneWorkspace(AsyncAuthorize):
    """Tells Bolt who we are, asking Slack once; Bolt's own way would use a client that knows nothing of our proxy."""

    def __init__(self, gateway: SlackGateway) -> None:
        self._gateway = gateway
        self._known: Identity | None = None

    async def __call__(self, *, enterprise_id: str | None, team_id: str | None, **_more: object) -> AuthorizeResult:
        """Who handles this request: always the same bot."""
        self._known = known = self._known or await self._gateway.identity()
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id or known.team, bot_user_id=known.user, bot_id=known.bot
        )


def _bolt_log() -> logging.Logger:
    """A logger that tells of errors; by its own, which takes the root's level, Bolt explains our choices to us."""
    logger = logging.getLogger("slack_bolt.app")
    logger.setLevel(logging.ERROR)
    return logger


class SlackEvents:
    """`/slack/events`: events, interactions and commands, as Slack signs them."""

    def __init__(
        self,
        client: AsyncWebClient,
        gateway: SlackGateway,
        signing_secret: SecretStr | None,
        desk: Desk,
        questions: Questions,
        demand: actions.Demand | None,
        *,
        deliveries: Deliveries,
        metrics: Metrics,
        reception: Reception,
    ) -> None:
        secret = signing_secret.get_secret_value() if signing_secret else ""
        self._verifier = SignatureVerifier(secret, clock=_SlackClock(desk.now)) if secret else None
        # We verify: Bolt's own check has no clock to inject, and answers 500 to headers that are not Slack's.
        self.bolt = AsyncApp(
            name="triage",  # without one Bolt looks through all modules for the file that calls it: 0.1 s of a start
            client=client,
            authorize=_OneWorkspace(gateway),
            signing_secret=secret,
            request_verification_enabled=False,
            logger=_bolt_log(),
        )
        copies = Copies(reception)
        actions.register(self.bolt, desk, gateway, demand, copies)
        modals.register(self.bolt, desk, questions, copies)
        threads.register(self.bolt, questions, gateway)
        commands.register(self.bolt, copies, desk)
        home.register(self.bolt, copies)
        shortcuts.register(self.bolt, copies, desk)
        links.register(self.bolt, reception.enquiries, reception.links, reception.wake)
        feedback.register(self.bolt, reception.feedback, desk, gateway)
        teaching.register(self.bolt, reception.teacher, desk, gateway, copies)
        failures.register(self.bolt, gateway)
        self._take_the_rest()
        self.inbox = Inbox(self.bolt, deliveries, desk.now, metrics)

    def routes(self) -> list[web.RouteDef]:
        """Where it stands; nowhere without a signing secret, since nobody could tell Slack from others."""
        return [web.post("/slack/events", self.receive)] if self._verifier else []

    async def receive(self, request: web.Request) -> web.Response:
        """Verify the raw bytes, then let Bolt dispatch.

        Raises:
            BadSignature, Malformed: answered with 401 and 400.
        """
        raw = await request.read()
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        numeric = stamp.isascii() and stamp.isdecimal() and len(stamp) < 20
        verifier = self._verifier if numeric and signature.isascii() else None
        if verifier is None or not verifier.is_valid(raw, stamp, signature):
            raise BadSignature("the signature is missing, wrong or more than five minutes old")
        try:
            headers: Any = request.headers
            bolt_request = AsyncBoltRequest(body=raw.decode(), query=request.query_string, headers=headers)
        except (ValueError, TypeError, AttributeError):  # Bolt reads what it finds as if it were an object
            raise Malformed("the body is neither a JSON object nor a form in UTF-8") from None
        return await to_aiohttp_response(await self.inbox.dispatch(bolt_request))

    def _take_the_rest(self) -> None:
        """Take what we do not handle without a word."""

        @self.bolt.event(re.compile(".*"))
        async def ignore_event() -> None:
            return

        @self.bolt.action(re.compile(".*"))
        async def ignore_action(ack: Any) -> None:
            await ack()
