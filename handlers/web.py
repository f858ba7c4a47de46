"""What all routes share: a request id in every log line, and errors as one line of JSON, never a stack trace."""

import secrets
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import BadDelivery

BODY_LIMIT = 5 * 1024 * 1024
"""Bytes. Sentry sets no limit; its largest sample event is 0.5 MB."""

log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what goes wrong into an answer that the sender can read in its own log."""
    request_id = secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(
        request=request_id,
        path=request.match_info.route.resource.canonical if request.match_info.route.resource else "?",
    ):
        try:
            return await handler(request)
        except BadDelivery as error:
            log.info("delivery_refused", reason=error.reason, detail=str(error))
            return _answer(error.status, str(error))
        except web.HTTPRequestEntityTooLarge:
            return _answer(413, f"the body is larger than {BODY_LIMIT // 1024 // 1024} MB")
        except web.HTTPException as error:
            return _answer(error.status, error.reason) if error.status >= 400 else error
        except (SQLAlchemyError, TimeoutError) as error:
            log.exception("store_failed", error=type(error).__name__)
            return _answer(503, f"the store is not answering (reference {request_id})")
        except Exception:  # the edge of the server: the sender gets a reference, the log gets the rest
            log.exception("request_failed")
            return _answer(500, f"something broke on our side (reference {request_id})")


def _answer(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
