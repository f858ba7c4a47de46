"""The stand-ins, running."""

from collections.abc import AsyncIterator

import pytest

from tests.loopback import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running
