"""What all routes share: a request id in every log line, and errors as one line of JSON, never a stack trace."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property

import structlog
from aiohttp import web
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import BadDelivery
from bot.log import about

BODY_LIMIT = 5 * 1024 * 1024
"""Bytes. Sentry sets no limit; its largest sample event is 0.5 MB."""

_JSON = {"Content-Type": "application/json"}

log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _About:
    """What the log says of a request; a storm's requests have nothing to log, so it is made up when it is asked."""

    def __init__(self, request: web.Request) -> None:
        self._request = request

    @cached_property
    def reference(self) -> str:
        """The request's id, in the log and in what its sender is told."""
        return secrets.token_hex(8)

    def __call__(self) -> Mapping[str, str]:
        resource = self._request.match_info.route.resource
        return {"request": self.reference, "path": resource.canonical if resource else "?"}


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what goes wrong into an answer that the sender can read in its own log."""
    this = _About(request)
    before = about.set(this)
    try:
        return await handler(request)
    except BadDelivery as error:
        log.info("delivery_refused", reason=error.reason, detail=str(error))
        return answer({"error": str(error)}, error.status)
    except web.HTTPRequestEntityTooLarge:
        return answer({"error": f"the body is larger than {BODY_LIMIT // 1024 // 1024} MB"}, 413)
    except web.HTTPException as error:
        return answer({"error": error.reason}, error.status) if error.status >= 400 else error
    except (SQLAlchemyError, TimeoutError) as error:
        log.exception("store_failed", error=type(error).__name__)
        return answer({"error": f"the store is not answering (reference {this.reference})"}, 503)
    except Exception:  # the edge of the server: the sender gets a reference, the log gets the rest
        log.exception("request_failed")
        return answer({"error": f"something broke on our side (reference {this.reference})"}, 500)
    finally:
        about.reset(before)


def answer(said: Mapping[str, object], status: int) -> web.Response:
    """`said` as JSON."""
    return web.Response(body=to_json(said), status=status, headers=_JSON)
