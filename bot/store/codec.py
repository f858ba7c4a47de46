"""How values become columns and come back: UTC times, and the domain's dataclasses as JSON. Knows no table."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import JSON, DateTime, Dialect, type_coerce
from sqlalchemy.types import TypeDecorator, TypeEngine

T = TypeVar("T")
KEY_LIMIT = 250
"""Characters of a key; PostgreSQL indexes no more than 2,700 bytes."""
COUNT_LIMIT = 2**53
"""A count that a hostile body claims must fit a BIGINT, and JSON."""
_NUL = "\x00"
_UNZONED = len("2026-03-02 10:15:30.250000")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite, which has no time zones, keeps it naive. A naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """Python → database; SQLite's form is written here, since SQLAlchemy's own way takes ten times as long."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)
        return _written

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """Database → Python."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return _read

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Python → PostgreSQL."""
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """PostgreSQL → Python."""
        return None if value is None else value.astimezone(UTC)


# In a storm the same times are written and read again and again: an alert's first one with each of its events.
@lru_cache(8192)
def _written(value: datetime | None) -> str | None:
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:_UNZONED]


@lru_cache(8192)
def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a time without a time zone cannot be stored: {value.isoformat()}")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


class Stored(TypeDecorator[T], Generic[T]):
    """A value of type `kind` as JSON (JSONB on PostgreSQL).

    `sparse` leaves out what equals its default: for events, whose hundred fields are mostly unsaid.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, kind: Any, *, sparse: bool = False) -> None:
        super().__init__(none_as_null=True)
        self.kind, self.sparse = kind, sparse

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        """Built when it is first needed: all of them together are a tenth of the time to start."""
        return TypeAdapter(self.kind)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSONB where there is one."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB  # a start on SQLite has no time for it

        return dialect.type_descriptor(JSONB(none_as_null=True))

    def process_bind_param(self, value: T | None, dialect: Dialect) -> Any:  # noqa: ARG002 (SQLAlchemy's signature)
        """Python → database."""
        if value is None:
            return None
        return scrub(self._adapter.dump_python(value, mode="json", exclude_defaults=self.sparse))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None] | None:
        """Database → Python; SQLite gives text, and that becomes a value in one step."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)

        def read(text: str) -> T:
            return self._adapter.validate_json(text)

        if not self.sparse:  # an event is large and like no other; a standing or a list of names often comes again
            read = lru_cache(4096)(read)
        return lambda value: None if value is None else read(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """PostgreSQL → Python."""
        return None if value is None else self._adapter.validate_python(value)


def inside(column: Any, *path: str) -> Any:
    """A value inside a JSON column, by path; say with `as_string()` and the like what it is."""
    return type_coerce(column, JSON)[path if len(path) > 1 else path[0]]


def scrub(value: Any) -> Any:
    """Take out of a JSON value what PostgreSQL cannot store in text: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, dict):
        return {scrub_text(key): scrub(item) for key, item in value.items()}
    if isinstance(value, list):
        return [scrub(item) for item in value]
    return value


def scrub_text(value: str) -> str:
    """Take NUL and halves of surrogate pairs out of `value`; nearly every value comes back as it is."""
    if value.isascii():
        return value.replace(_NUL, "") if _NUL in value else value
    return value.replace(_NUL, "").encode("utf-8", "replace").decode("utf-8")


def key(value: str) -> str:
    """Make `value` fit to be a key: a longer one is replaced by its hash."""
    clean = scrub_text(value)
    return clean if len(clean) <= KEY_LIMIT else f"sha256:{sha256(clean.encode()).hexdigest()}"


def bounded_count(value: int) -> int:
    """Bring a claimed count into the range of its column."""
    return max(0, min(value, COUNT_LIMIT))
