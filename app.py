"""Composition root and command line: `build(settings)` wires a bot, and each command runs or asks one.

Nobody imports this module but tests and the command line.
"""

import gc

gc.disable()  # what the imports build stays as long as the process: to look through it takes a fifth of a start

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import structlog
import uvloop

from bot import check as checking
from bot import log
from bot.alerts.durations import duration
from bot.errors import BadSettings, TriageError
from bot.insights import evaluation
from bot.insights.audit import AuditFormat
from bot.insights.audit import written as audit_log
from bot.insights.forms import Form, written
from bot.insights.judges import Who, judging
from bot.insights.overview import Overview
from bot.machinery import revealed
from bot.settings import Settings
from bot.slack.gateway import SlackGateway, web_client
from bot.slack.pacing import Pacer
from bot.status import parts
from bot.store.audit import AuditStore
from bot.store.engine import Database
from bot.store.insights import InsightStore
from bot.work.broker import Wakeups, broker_for
from handlers.server import App

gc.freeze()  # else the first collection looks through all of it
gc.enable()
PACE = 1.1
"""Slack wants a second between two messages in one channel; a tenth more, because the way there is never the same."""
DEMO_TOKEN = "example-admin-token"  # noqa: S105  made up: the demo's own, which is reached from this machine alone
WELCOME = """
  Open   {url}
  Press  "Break the database", then work on the card that appears.
  Then   {bot} shows how things went; its token is {token}

  Slack, Sentry and PagerDuty are made up, the bot between them is real. Nothing leaves this machine, nothing is kept.
  Ctrl-C ends it.
"""

logger = structlog.get_logger("app")


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


def build(settings: Settings, clock: Callable[[], datetime] = utc_now, *, pace: float = PACE) -> App:
    """Wire a bot; nothing runs until `start`. `pace`: seconds between two messages in one channel."""
    return App(settings, clock, pace)


def calm_collector() -> None:
    """Let the garbage collector run less often, and never again over what is there now.

    A webhook's JSON is a thousand containers, all gone by themselves a moment later: with Python's defaults a storm
    has the whole heap searched several times a second, for nothing, while everybody waits.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    app = build(settings)
    await app.start()
    calm_collector()
    for part in parts(settings):
        logger.info("part", name=part.name, on=part.on, why=part.why)
    logger.info("listening", url=app.url)
    await _stopped()
    logger.info("stopping")
    await app.stop()


async def check(settings: Settings) -> int:
    """Try every credential; print a line for each part. Returns the exit code."""
    from bot.check_outside import check_outside  # `serve` has no time for its client

    db = Database.connect(settings.database_url.get_secret_value())
    wakeups = Wakeups(broker_for(revealed(settings.redis_url)), _nothing)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        client = web_client(revealed(settings.slack_bot_token) or "", settings.slack_api_url, session)
        gateway = SlackGateway(client, Pacer(asyncio.get_running_loop().time))
        findings = await checking.check(settings, gateway, db.ping, wakeups.ping)
        findings += await check_outside(settings, utc_now)
    await db.close()
    for finding in findings:
        print(finding)
    return 1 if any(finding.ok is False for finding in findings) else 0


async def _nothing(_alert_id: int) -> None:
    """No work: `check` wakes nobody."""


async def demo(port: int) -> None:
    """Run the bot on the sandbox: a local stand-in for Slack with a page; nothing is kept and no account is needed."""
    from bot.sandbox.demo import RULES, Demo  # the sandbox is no part of `serve`
    from bot.sandbox.server import SandboxServer

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "triage.yml").write_text(RULES, encoding="utf-8")
        extra = {**Settings.load().about_models(), "ADMIN_TOKEN": DEMO_TOKEN}
        running = Demo(build, SandboxServer(port=port), Path(folder), extra)
        try:
            await running.sandbox.start()
        except OSError as error:
            raise BadSettings(f"port {port}: {error.strerror or error}; try `app.py demo --port 0`") from None
        async with running:
            bot = running.bot.url if running.bot else ""
            print(WELCOME.format(url=running.page_url, bot=bot, token=DEMO_TOKEN), flush=True)
            await _stopped()


async def _stopped() -> None:
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await stopped.wait()


def evaluate(path: Path, who: Who, *, as_json: bool) -> None:
    """Print how good the verdicts on a labelled set are; on a terminal, a bar says how far it is."""
    from tqdm import tqdm  # no other command has time for it

    rows = tqdm(evaluation.load(path), unit="event", leave=False, disable=None)
    settings = Settings.of({}) if who is Who.RULES else Settings.load()
    with judging(who, settings) as judge:
        report = evaluation.evaluate(rows, judge, cost_usd=lambda: judge.cost_usd)
    print(json.dumps(report.as_json(), indent=2) if as_json else report.as_text())


async def report(settings: Settings, since: timedelta, form: Form) -> None:
    """Print a period that ends now, in figures."""
    db = Database.connect(settings.database_url.get_secret_value())
    await db.migrate()
    overview = Overview(InsightStore(db), utc_now, settings.triage.digest.clock)
    print(written(await overview.last(since), form))
    await db.close()


async def audit(settings: Settings, since: timedelta | None, form: AuditFormat) -> None:
    """Print the audit log, oldest line first; `since` None: all of it."""
    db = Database.connect(settings.database_url.get_secret_value())
    await db.migrate()
    start = utc_now() - since if since is not None else None
    async for part in audit_log(AuditStore(db).since(start), form):
        sys.stdout.write(part)
    await db.close()


async def replay(settings: Settings, chosen: argparse.Namespace) -> None:
    """Print what other rules, routes or models would have done with the past; nothing is sent."""
    from bot.replaying import Other, replayed  # no other command has time for it

    other = Other(config=chosen.config, rules=chosen.rules, model=chosen.model)
    done = await replayed(settings, chosen.since, other, utc_now)
    print(json.dumps(done.as_json(), indent=2) if chosen.json else done.as_text())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description="A bot between Sentry, Slack and PagerDuty.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the bot with the settings of the environment")
    commands.add_parser("check", help="try every credential and scope, and say what to do")
    demo_parser = commands.add_parser("demo", help="run the bot on a local stand-in for Slack; no account needed")
    demo_parser.add_argument("--port", type=int, default=8090, help="port of the page (default 8090; 0: a free one)")
    eval_parser = commands.add_parser("eval", help="measure the verdicts on labelled events")
    eval_parser.add_argument("file", type=Path, metavar="FILE.jsonl")
    eval_parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    eval_parser.add_argument("--model", choices=list(Who), default=Who.RULES, help="who gives the verdicts")
    report_parser = commands.add_parser("report", help="how things went: alerts, times, noise, money, verdicts")
    report_parser.add_argument("--since", type=duration, help="how far back: 7d (default), 12h, 4w; of --audit: all")
    report_parser.add_argument("--format", choices=list(Form), help="how it is written (default text; of --audit: csv)")
    report_parser.add_argument("--audit", action="store_true", help="every change of every alert, as csv or json")
    replay_parser = commands.add_parser("replay", help="what other rules would have done with the past; sends nothing")
    replay_parser.add_argument("--since", type=duration, default="7d", help="how far back: 7d (default), 12h, 4w")
    replay_parser.add_argument("--config", type=Path, metavar="FILE.yml", help="another triage.yml")
    replay_parser.add_argument("--rules", type=Path, metavar="FILE.yml", help="rules to add to those in force")
    replay_parser.add_argument("--model", metavar="MODEL", help="the only model that is asked")
    replay_parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    return parser


def _report(chosen: argparse.Namespace) -> None:
    settings = Settings.load()
    if not chosen.audit:
        uvloop.run(report(settings, chosen.since or duration("7d"), Form(chosen.format or Form.TEXT)))
    elif chosen.format in (Form.TEXT, Form.HTML):
        raise BadSettings("--audit is written as csv or json")
    else:
        uvloop.run(audit(settings, chosen.since, AuditFormat(chosen.format or AuditFormat.CSV)))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.command == "serve":
            settings = Settings.load()
            log.configure(secrets=settings.secrets())
            uvloop.run(serve(settings))
        elif chosen.command == "check":
            log.configure(level=40)
            return uvloop.run(check(Settings.load()))
        elif chosen.command == "demo":
            log.configure(console=True, level=30)
            uvloop.run(demo(chosen.port))
        elif chosen.command == "report":
            log.configure(level=40)
            _report(chosen)
        elif chosen.command == "replay":
            log.configure(level=40)
            uvloop.run(replay(Settings.load(), chosen))
        else:
            evaluate(chosen.file, Who(chosen.model), as_json=chosen.json)
    except TriageError as error:
        print(f"triage: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
