"""Starting the processes that are measured, looking at what they use, and ending them: those, and no others."""

import asyncio
import json
import os
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.bodies import SECRET
from tests.bench.load import HOST, Order, Round

ROOT = Path(__file__).parents[2]
_EVERY_CARD = "storms: {enabled: false}\nseverities:\n  low: {card: true}\n"
PATIENCE = 30.0
"""Seconds for a start or an end."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    port: int
    process: Process
    started_in: float
    """Seconds from the start of the process to the first answer of /health."""

    @property
    def memory(self) -> float:
        """Resident memory now, in MB; NaN where the system does not say (not Linux)."""
        return _status(self.process.pid, "VmRSS:")

    @property
    def peak_memory(self) -> float:
        """The most it ever was."""
        return _status(self.process.pid, "VmHWM:")

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far, all threads; NaN where the system does not say."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


class Load:
    """The load generator's process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def round(self, order: Order) -> Round:
        """One round of requests."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        said = json.loads(await self._line(order.seconds + 2 * PATIENCE))
        return Round(**said | {"statuses": {int(status): number for status, number in said["statuses"].items()}})

    async def ready(self) -> None:
        """Wait until it has made its bodies."""
        await self._line(PATIENCE)

    async def _line(self, seconds: float) -> bytes:
        assert self._process.stdout is not None
        async with asyncio.timeout(seconds):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator broke off")
        return line


@asynccontextmanager
async def loading() -> AsyncIterator[Load]:
    """The load generator, ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    try:
        load = Load(process)
        await load.ready()
        yield load
    finally:
        await _end(process)


@asynccontextmanager
async def bare() -> AsyncIterator[Server]:
    """The handler that only checks the HMAC."""
    port = _free_port()
    async with _server(port, ["-m", "tests.bench.servers", "bare", str(port)], ROOT, {}) as server:
        yield server


@asynccontextmanager
async def bot(
    folder: Path, slack_port: int, *, paced: bool, extra: Mapping[str, str] | None = None, speed: float = 1.0
) -> AsyncIterator[Server]:
    """The bot: `app.py serve` as shipped, or the same without the pause between two messages in a channel.

    Every issue gets its card: the made-up ones are much alike, and would be one storm. `extra`: more environment.
    `speed`: how many times as fast the clock of a bot without pace runs.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread((folder / "triage.yml").write_text, _EVERY_CARD, encoding="utf-8")
    port = _free_port()
    environment = _environment(folder, port, slack_port) | dict(extra or {})
    if paced:
        command, where, given = [str(ROOT / "app.py"), "serve"], folder, environment
    else:
        command, where, given = ["-m", "tests.bench.servers", "bot", json.dumps(environment), str(speed)], ROOT, {}
    async with _server(port, command, where, given, folder / "bot.log") as server:
        yield server


def asking(port: int) -> dict[str, str]:
    """The environment of a bot that asks a model, whose endpoint is at `port`."""
    return {"LLM_BASE_URL": f"http://{HOST}:{port}/v1", "LLM_MODEL": "example-model", "LLM_API_KEY": "example"}


def _environment(folder: Path, port: int, slack_port: int) -> dict[str, str]:
    return {
        "HOST": HOST,
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'triage.db'}",
        "TRIAGE_CONFIG": str(folder / "triage.yml"),
        "SENTRY_WEBHOOK_SECRET": SECRET,
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": "bench-signing-secret",
        "SLACK_CHANNEL": "C0BENCH",
        "SLACK_API_URL": f"http://{HOST}:{slack_port}/api/",
    }


@asynccontextmanager
async def _server(
    port: int, command: Sequence[str], where: Path, environment: dict[str, str], log: Path | None = None
) -> AsyncIterator[Server]:
    began = time.monotonic()
    with (log or Path(os.devnull)).open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=where, env=environment, stdin=DEVNULL, stdout=out, stderr=STDOUT
        )
    try:
        await _healthy(port, process)
        yield Server(port, process, time.monotonic() - began)
    finally:
        await _end(process)


async def _healthy(port: int, process: Process) -> None:
    """Wait for a 200 from /health, asking every 2 ms."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"a server ended at its start with exit code {process.returncode}")
            try:
                reader, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.002)
                continue
            writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            if b" 200 " in answer.partition(b"\r\n")[0]:
                return


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
