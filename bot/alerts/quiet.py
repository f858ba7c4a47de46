"""Quiet hours: when nobody is to be called for what can wait until the morning. Pure."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.alerts.classification import Severity


class Weekday(StrEnum):
    """The days of the week, in the order of `date.weekday`."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


def _clock_time(value: object) -> object:
    """Take `22:00` without quotes, too: YAML 1.1 reads it as a number of base 60."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    return value


def _plain(at: time) -> time:
    if at.tzinfo is not None:
        raise ValueError("write the time alone, such as `22:00`, and the zone as `zone`")
    return at


ClockTime = Annotated[time, BeforeValidator(_clock_time), AfterValidator(_plain)]


def _weekday(value: object) -> object:
    return value.strip().casefold()[:3] if isinstance(value, str) else value


DayOfWeek = Annotated[Weekday, BeforeValidator(_weekday)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name[:60]!r}; write one such as `Europe/Berlin`") from None
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


class QuietHours(BaseModel):
    """Hours, by the wall clock of a zone, in which nobody is mentioned or paged."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    start: ClockTime = Field(alias="from", description="When they begin, such as `22:00`.")
    end: ClockTime = Field(alias="to", description="When they end; not later than the beginning: on the next day.")
    zone: ZoneName = Field("UTC", description="Whose clock: a name such as `Europe/Berlin`.")
    days: tuple[DayOfWeek, ...] = Field(
        tuple(Weekday), description="The days on which they begin: `[sat, sun]`; left out: every day."
    )
    except_for: tuple[Severity, ...] = Field(
        (Severity.CRITICAL,), description="Severities that are worth waking somebody."
    )

    def spares(self, severity: Severity | None) -> bool:
        """Whether these hours hold for an alert of that severity; one without a verdict is not spared."""
        return severity is not None and severity not in self.except_for

    def ends(self, at: datetime) -> datetime | None:
        """When it will be over, `at` lying in quiet hours; None: `at` does not. Hours that touch count as one."""
        found, after = None, at
        for _ in range(9):  # a week of whole days, and one more that shows there is no end to it
            end = self._end_of_window(after)
            if end is None:
                break
            found = after = end
        return found

    def _end_of_window(self, at: datetime) -> datetime | None:
        local = at.astimezone(ZoneInfo(self.zone))
        for begins_on in (local.date() - timedelta(days=1), local.date()):
            if list(Weekday)[begins_on.weekday()] not in self.days:
                continue
            start, end = self._window(begins_on, local.tzinfo)
            if start <= at < end:
                return end.astimezone(at.tzinfo)
        return None

    def _window(self, day: date, zone: Any) -> tuple[datetime, datetime]:
        last = day if self.end > self.start else day + timedelta(days=1)
        return datetime.combine(day, self.start, zone), datetime.combine(last, self.end, zone)
