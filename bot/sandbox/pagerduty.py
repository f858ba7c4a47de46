"""A stand-in for PagerDuty: takes events, holds incidents, lets people act on them, and sends the signed webhooks.

Strict where PagerDuty is strict. It has no schedules and calls nobody; who is on call changes when a test says so.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Sequence
from uuid import uuid4

from aiohttp import web

from bot.sandbox.courier import Courier, Receipt
from bot.sandbox.front import Front, Reply, Turned, read_json
from bot.sandbox.incidents import BY_EVENT, FIRST, POLICY, SECOND, Incident, agent, check_event, person, stamp
from bot.sandbox.payloads import Impossible
from bot.sandbox.shelf import compact
from bot.sandbox.values import Json

PATH = "/webhooks/pagerduty"
EXAMPLE_KEY = "0123456789abcdef0123456789abcdef"
EXAMPLE_TOKEN = "example-pagerduty-token"  # noqa: S105  # made up: the stand-in's own
EXAMPLE_SECRET = "example-pagerduty-secret"  # noqa: S105
INTEGRATION = agent(BY_EVENT)


class PagerDutyStandIn:
    """An account with one service. `secrets`: those of its webhook subscription, each of which signs every delivery."""

    def __init__(
        self,
        courier: Courier,
        *,
        routing_keys: Sequence[str] = (EXAMPLE_KEY,),
        token: str = EXAMPLE_TOKEN,
        secrets: Sequence[str] = (EXAMPLE_SECRET,),
    ) -> None:
        self.courier, self.front = courier, Front("pagerduty", courier)
        self.routing_keys, self.token, self.secrets = routing_keys, token, secrets
        self.on_call = [(1, FIRST), (2, SECOND)]
        """Who is called, by level."""
        self.incidents: list[Incident] = []
        self.webhooks: list[Json] = []
        """Bodies sent so far, oldest first: `send` one again for a duplicate."""
        self._tasks: set[asyncio.Task[Receipt]] = set()

    def routes(self, prefix: str = "") -> list[web.RouteDef]:
        """Both APIs, under `prefix`."""
        return [
            web.post(f"{prefix}/v2/enqueue", self._enqueue),
            web.get(f"{prefix}/incidents", self._incidents),
            web.get(f"{prefix}/oncalls", self._on_calls),
        ]

    async def _enqueue(self, request: web.Request) -> web.StreamResponse:
        body, size = await read_json(request), len(await request.read())
        return await self.front.serve(request, "enqueue", body, lambda: self._take(body, size))

    def _take(self, body: Json, size: int) -> Reply:
        check_event(body, size)
        if body["routing_key"] not in self.routing_keys:
            problem = {
                "status": "invalid event",
                "message": "Event object is invalid",
                "errors": ["Invalid routing key"],
            }
            raise Turned(400, problem)
        key = str(body.get("dedup_key") or uuid4().hex)
        self._apply(str(body["event_action"]), key, body)
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def _apply(self, action: str, key: str, body: Json) -> None:
        found, now = self._open(key), self.front.now()
        if action == "trigger" and found:
            found.triggers += 1
        elif action == "trigger":
            payload, number = body["payload"], len(self.incidents) + 1
            made = Incident(
                f"PEXINC{number}", number, key, payload["summary"], payload["severity"], now, payload=payload
            )
            made.changed_at = now
            self.incidents.append(made)
            self._announce(made, "triggered", body)
        elif found and action == "acknowledge" and found.status == "triggered":
            self._move(found, "acknowledged", INTEGRATION["summary"])
            self._announce(found, "acknowledged", body)
        elif found and action == "resolve":
            self._move(found, "resolved", INTEGRATION["summary"])
            self._announce(found, "resolved", body)

    def _move(self, incident: Incident, status: str, by: str) -> None:
        incident.status, incident.changed_at, incident.changed_by = status, self.front.now(), by
        incident.acknowledged_by = by if status == "acknowledged" else None

    def _announce(self, incident: Incident, what: str, event: Json) -> None:
        """Tell the bot what its own event did, after it has been answered, as PagerDuty does."""
        if not self.courier.bot_url:
            return
        client = {"name": event["client"], "url": event.get("client_url")} if event.get("client") else None
        body = self.webhook(what, incident, agent=INTEGRATION, client=client)
        task = asyncio.ensure_future(self.send(body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until all webhooks that events caused were delivered, or given up."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _incidents(self, request: web.Request) -> web.StreamResponse:
        key = request.query.get("incident_key")

        def perform() -> Reply:
            self._authorize(request)
            found = [incident.rest() for incident in reversed(self.incidents) if key in (None, incident.key)]
            return Reply(200, {"incidents": found, "limit": 25, "offset": 0, "total": None, "more": False})

        return await self.front.serve(request, "incidents", dict(request.query), perform)

    async def _on_calls(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.getall("escalation_policy_ids[]", [POLICY])

        def perform() -> Reply:
            self._authorize(request)
            people = self.on_call if POLICY in wanted else []
            found = [{"escalation_level": level, "user": person(name), "end": None} for level, name in people]
            return Reply(200, {"oncalls": found, "limit": 25, "offset": 0, "total": None, "more": False})

        return await self.front.serve(request, "oncalls", dict(request.query), perform)

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Token token={self.token}":
            raise Turned(401, {"error": {"message": "Invalid token", "code": 2006, "errors": ["Token not found"]}})

    def _open(self, key: str) -> Incident | None:
        return next((incident for incident in reversed(self.incidents) if incident.key == key and incident.open), None)

    def incident(self, key: str) -> Incident:
        """The newest incident of a dedup key.

        Raises:
            Impossible: there is none.
        """
        found = next((incident for incident in reversed(self.incidents) if incident.key == key), None)
        if found is None:
            raise Impossible(f"PagerDuty has no incident with the key {key!r}")
        return found

    async def acknowledge(self, key: str, *, by: str = FIRST) -> Receipt:
        """Somebody takes it."""
        return await self._do(key, "acknowledged", by, lambda found: self._move(found, "acknowledged", by))

    async def unacknowledge(self, key: str, *, by: str = FIRST) -> Receipt:
        """Nobody has it any more."""
        return await self._do(key, "unacknowledged", by, lambda found: self._move(found, "triggered", by))

    async def resolve(self, key: str, *, by: str = FIRST) -> Receipt:
        """Somebody says that it is over."""
        return await self._do(key, "resolved", by, lambda found: self._move(found, "resolved", by))

    async def reopen(self, key: str, *, by: str = FIRST) -> Receipt:
        """Somebody says that it is not over."""
        return await self._do(key, "reopened", by, lambda found: self._move(found, "triggered", by), opened=False)

    async def reassign(self, key: str, to: str, *, by: str = FIRST) -> Receipt:
        """It is somebody else's now."""
        return await self._do(key, "reassigned", by, lambda found: setattr(found, "assignees", [to]))

    async def escalate(self, key: str, *, by: str = FIRST) -> Receipt:
        """The next level is called."""
        return await self._do(key, "escalated", by, lambda found: setattr(found, "assignees", [SECOND]))

    async def set_priority(self, key: str, priority: str, *, by: str = FIRST) -> Receipt:
        """It matters more, or less."""
        return await self._do(key, "priority_updated", by, lambda found: setattr(found, "priority", priority))

    async def _do(
        self, key: str, what: str, by: str, change: Callable[[Incident], None], *, opened: bool = True
    ) -> Receipt:
        found = self.incident(key)
        if found.open is not opened:
            raise Impossible(f"incident #{found.number} is {found.status}: it cannot be {what}")
        change(found)
        self.courier.standin.changed()
        return await self.send(self.webhook(what, found, agent=person(by)))

    def webhook(self, what: str, incident: Incident, *, agent: Json | None, client: Json | None = None) -> Json:
        """The body of `incident.<what>` as it would be sent now."""
        event = {
            "id": uuid4().hex.upper()[:26],
            "event_type": f"incident.{what}",
            "resource_type": "incident",
            "occurred_at": stamp(self.front.now()),
            "agent": agent,
            "client": client,
            "data": incident.webhook(),
        }
        return {"event": event}

    async def send(self, body: Json) -> Receipt:
        """Sign and send a body: one made before is a duplicate, an older one comes out of order."""
        self.webhooks.append(body)
        return await self.send_raw(compact(body), kind=str(body.get("event", {}).get("event_type")), payload=body)

    async def send_raw(
        self, raw: bytes, *, kind: str = "raw", payload: Json | None = None, signature: str = ""
    ) -> Receipt:
        """Send these bytes, signed with every secret, or with a `signature` of your own, to see it refused."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-PagerDuty-Signature": signature or ",".join(_signature(raw, secret) for secret in self.secrets),
            "X-Webhook-Id": uuid4().hex,
        }
        return await self.courier.post(
            PATH, raw, headers, kind=f"pagerduty {kind}", payload=payload or {}, patience=self.courier.webhook_patience
        )


def _signature(raw: bytes, secret: str) -> str:
    return f"v1={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}"
