"""Carries deliveries to the bot: signs them, sends them, gives up when the bot is slow, writes down how it went."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.sandbox.journal import Sent
from bot.sandbox.standin import SlackStandIn
from bot.sandbox.values import Json

SLACK_PATH = "/slack/events"
SLACK_PATIENCE, WEBHOOK_PATIENCE = 3.0, 5.0
"""Seconds within which Slack wants an answer, and after which the sandbox gives up on a webhook.

Sentry itself gives up after one; the page marks what was slower than that.
"""
MISSING = "no bot address is set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How one delivery went."""

    status: int | None
    ms: float
    text: str = ""
    problem: str = ""
    """In a few words, what the person would see; empty when it worked."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """The bot took it."""
        return not self.problem

    @property
    def json(self) -> Json:
        """The answer's body as an object; empty when it is none.

        Raises:
            ValueError: there is a body and it is not JSON.
        """
        body = json.loads(self.text) if self.text.strip() else {}
        return body if isinstance(body, dict) else {}


def slack_signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature over the raw bytes."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


class Courier:
    """The way to the bot at `bot_url`, which may be set once the bot listens."""

    def __init__(self, standin: SlackStandIn, *, signing_secret: str, bot_url: str = "") -> None:
        self.standin, self.signing_secret, self.bot_url = standin, signing_secret, bot_url.rstrip("/")
        self.patience, self.webhook_patience = SLACK_PATIENCE, WEBHOOK_PATIENCE
        # Loopback only: a proxy from the environment would never reach the bot.
        self._http = httpx.AsyncClient(trust_env=False, timeout=None, follow_redirects=False)  # noqa: S113

    async def close(self) -> None:
        """Deliver nothing more, and give the connections back: who waits for a bot that has stopped waits no longer."""
        self.bot_url = ""
        await self._http.aclose()

    async def interaction(self, kind: str, payload: Json, about: str = "") -> Receipt:
        """A click, a submission or a closed modal: a form with one JSON field."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._slack(kind, body, "application/x-www-form-urlencoded", payload, about)

    async def command(self, form: Mapping[str, str], about: str = "") -> Receipt:
        """A slash command: a plain form."""
        return await self._slack("command", urlencode(form).encode(), "application/x-www-form-urlencoded", form, about)

    async def event(self, payload: Json, about: str = "", *, retry: int = 0, reason: str = "") -> Receipt:
        """An event of the Events API, or a repetition of one."""
        extra = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        body = json.dumps(payload).encode()
        return await self._slack(str(payload["event"]["type"]), body, "application/json", payload, about, extra)

    async def _slack(
        self,
        kind: str,
        body: bytes,
        content_type: str,
        payload: Mapping[str, Any],
        about: str,
        extra: Mapping[str, str] | None = None,
    ) -> Receipt:
        if self.standin.sockets.on:
            return await self._over_socket(kind, payload, about, extra or {})
        timestamp = str(int(self.standin.clock()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": slack_signature(self.signing_secret, timestamp, body),
            **(extra or {}),
        }
        return await self.post(SLACK_PATH, body, headers, kind=kind, payload=payload, about=about)

    async def _over_socket(
        self, kind: str, payload: Mapping[str, Any], about: str, extra: Mapping[str, str]
    ) -> Receipt:
        """The same in an envelope; an acknowledgement counts as a 200."""
        way = "slash_commands" if kind == "command" else "events_api" if "event" in payload else "interactive"
        start = time.perf_counter()
        retry, reason = int(extra.get("X-Slack-Retry-Num", 0)), extra.get("X-Slack-Retry-Reason", "")
        answer, problem = await self.standin.sockets.deliver(way, payload, self.patience, retry=retry, reason=reason)
        receipt = Receipt(
            status=None if problem else 200,
            ms=(time.perf_counter() - start) * 1000,
            text=json.dumps(answer) if answer else "",
            problem=problem,
        )
        self._write_down(receipt, kind, about, payload)
        return receipt

    async def post(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        kind: str,
        payload: Mapping[str, Any],
        about: str = "",
        patience: float | None = None,
    ) -> Receipt:
        """Send the bytes as they are, and write down what came of it."""
        start = time.perf_counter()
        status, text, problem, answered = None, "", "", httpx.Headers()
        try:
            if not self.bot_url:
                problem = MISSING
            else:
                async with asyncio.timeout(patience or self.patience):
                    response = await self._http.post(self.bot_url + path, content=body, headers=dict(headers))
                status, text, answered = response.status_code, response.text, response.headers
                problem = "" if response.is_success else f"status {status}"
        except TimeoutError:
            problem = "timeout"
        except httpx.HTTPError as error:
            problem = f"the bot does not answer ({type(error).__name__})"
        receipt = Receipt(
            status=status,
            ms=(time.perf_counter() - start) * 1000,
            text=text,
            problem=problem,
            headers=dict(answered),
        )
        self._write_down(receipt, kind, about or path, payload)
        return receipt

    def _write_down(self, receipt: Receipt, kind: str, about: str, payload: Mapping[str, Any]) -> None:
        entry = Sent(
            number=self.standin.journal.number(),
            at=self.standin.clock(),
            kind=kind,
            target=about,
            payload=payload,
            status=receipt.status,
            ms=receipt.ms,
            problem=receipt.problem,
            answer=receipt.text[:2000],
        )
        self.standin.journal.add(entry)
        self.standin.changed()
