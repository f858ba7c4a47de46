"""A real Redis on a socket of its own."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

REASON = (
    "NO REDIS: install redis-server (Debian: apt-get install redis-server), or its half of the contract goes untested"
)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis that lives as long as the tests."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip(REASON)
    folder: Path = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    server = subprocess.Popen(  # noqa: S603  our own child, ended below
        [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE
    while not socket.exists():
        assert server.poll() is None, "redis-server ended at once"
        assert time.monotonic() < deadline, "redis-server did not open its socket"
    yield f"unix://{socket}"
    server.terminate()
    server.wait(PATIENCE)
