"""`app.py check`: tries every credential before the first alert does, and says what to do about what does not work."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Rejected, TriageError
from bot.settings import Settings
from bot.slack.gateway import SlackGateway
from bot.slack.scopes import all_scopes
from bot.status import parts

MARKS = {True: "ok  ", False: "FAIL", None: "off "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check. `ok` None: the part is off, which is no fault."""

    part: str
    ok: bool | None
    says: str

    def __str__(self) -> str:
        return f"{MARKS[self.ok]}  {self.part:<12} {self.says}"


Probe = Callable[[], Awaitable[object]]


async def check(settings: Settings, gateway: SlackGateway, database: Probe, wakeups: Probe) -> list[Finding]:
    """Try what is configured. Raises nothing: what goes wrong is a finding."""
    states = {part.name: part for part in parts(settings)}
    found = [
        await _tried("store", database, states["store"].why),
        await _tried("wake-ups", wakeups, states["wake-ups"].why),
        Finding("sentry in", states["sentry in"].on, states["sentry in"].why),
    ]
    if states["slack"].on:
        found += await _slack(gateway, settings.slack_channel or "")
    else:
        found.append(Finding("slack", False, states["slack"].why))
    if settings.slack_app_token:
        token = settings.slack_app_token.get_secret_value()
        found.append(await _socket(gateway, token, states["socket mode"].why))
    return found + [Finding(name, None, part.why) for name, part in states.items() if not part.on and name in _OPTIONAL]


_OPTIONAL = ("model", "pagerduty", "pagerduty in", "incidents", "sentry out", "socket mode", "digest", "dashboard")


async def _tried(part: str, probe: Probe, works: str) -> Finding:
    try:
        await probe()
    except (TriageError, SQLAlchemyError, OSError) as error:
        return Finding(part, False, str(error).splitlines()[0] if str(error) else type(error).__name__)
    return Finding(part, True, works)


async def _socket(gateway: SlackGateway, token: str, works: str) -> Finding:
    try:
        await gateway.socket_address(token)
    except Rejected as error:
        cure = "make an App-Level Token with connections:write under Basic Information, and switch Socket Mode on"
        return Finding("socket mode", False, f"{error}: {cure}")
    except TriageError as error:
        return Finding("socket mode", False, str(error))
    return Finding("socket mode", True, works)


async def _slack(gateway: SlackGateway, channel: str) -> Sequence[Finding]:
    try:
        identity = await gateway.identity()
    except Rejected as error:
        return [Finding("slack", False, f"{error}: copy the Bot User OAuth Token again into SLACK_BOT_TOKEN")]
    except TriageError as error:
        return [Finding("slack", False, f"{error}: can this machine reach it, or does it need a proxy (HTTPS_PROXY)?")]
    missing = all_scopes() - identity.scopes
    if missing:
        cure = "add them under OAuth & Permissions (or paste manifest.yml again), then reinstall the app"
        return [Finding("slack", False, f"{identity} lacks the scopes {', '.join(sorted(missing))}: {cure}")]
    try:
        member = await gateway.is_member(channel)
    except Rejected as error:
        return [Finding("slack", True, str(identity)), Finding("channel", False, str(error))]
    except TriageError as error:
        return [Finding("slack", False, str(error))]
    says = f"{channel}: cards will go here" if member else f"{channel}: write /invite @triage there"
    return [Finding("slack", True, str(identity)), Finding("channel", member, says)]
