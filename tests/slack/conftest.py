"""A real Redis, for what replicas share."""

from tests.work.conftest import redis_url

__all__ = ["redis_url"]
