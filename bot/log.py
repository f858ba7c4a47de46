"""Structured logs: JSON lines (or coloured text on a terminal), each with its request's id and never with a secret."""

import logging
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

_QUIET = {
    "slack_bolt": logging.ERROR,  # at INFO it logs whole bodies; at WARNING it explains our own settings to us
    "slack_sdk": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "httpx": logging.WARNING,
    "alembic": logging.WARNING,
    "taskiq": logging.WARNING,
}

about: ContextVar[Callable[[], Mapping[str, str]]] = ContextVar("about")
"""What every line says of the request that is being handled: asked only when there is a line."""


def configure(*, secrets: Iterable[str] = (), console: bool | None = None, level: int = logging.INFO) -> None:
    """Route structlog and the standard library's logging to stdout.

    `secrets` are masked wherever they turn up, an exception's text included. `console`: human-readable text;
    by default when stdout is a terminal.
    """
    console = sys.stdout.isatty() if console is None else console
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _about_request,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = (
        [_masker(secrets), structlog.dev.ConsoleRenderer()]
        if console
        else [structlog.processors.format_exc_info, _masker(secrets), structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def _about_request(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    said = about.get(None)
    return {**said(), **event} if said else event


def _masker(secrets: Iterable[str]) -> structlog.typing.Processor:
    words = sorted({word for word in secrets if len(word) >= 4}, key=len, reverse=True)

    def mask(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: mask(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [mask(inner) for inner in value]
        text = value if isinstance(value, str) else None
        for word in words if text is not None else ():
            text = text.replace(word, "[secret]") if text else text
        return value if text is None else text

    def processor(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: mask(value) for key, value in event.items()}

    return processor
