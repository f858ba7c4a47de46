"""A running bot whose Slack is the sandbox, and an HTTP client that speaks to it as Sentry and Slack do; databases."""

import pytest

from tests.contracts.conftest import clock, database_url, db, postgres
from tests.scenarios.conftest import Way, stage, staging

__all__ = ["clock", "database_url", "db", "postgres", "stage", "staging"]


@pytest.fixture
def way() -> Way:
    """These tests speak to the bot's address themselves."""
    return Way.HTTP
