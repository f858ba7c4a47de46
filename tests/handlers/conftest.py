"""A running bot whose Slack is the sandbox, and an HTTP client that speaks to it as Sentry and Slack do."""

from tests.scenarios.conftest import stage, staging

__all__ = ["stage", "staging"]
