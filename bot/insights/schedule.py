"""When a digest is due and which time it tells of. Pure: by the wall clock of the team's zone, summer time included."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from bot.alerts.quiet import ClockTime, DayOfWeek, Weekday, ZoneName
from bot.insights.records import Period

LATE = 0.5
"""The part of a period after whose passing its digest is no news any more, and is left out."""


class Every(StrEnum):
    """How often a digest comes."""

    NEVER = "never"
    DAY = "day"
    WEEK = "week"


class Rhythm(BaseModel):
    """The part of triage.yml about digests and handover notes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Every = Field(Every.NEVER, description="How often a digest comes: `never`, `day` or `week`.")
    at: ClockTime = Field(time(9), description="The time of day at which it comes, and at which its period ends.")
    day: DayOfWeek = Field(Weekday.MONDAY, description="The day on which a weekly one comes.")
    zone: ZoneName = Field("UTC", description="Whose clock and whose days: a name such as `Europe/Berlin`.")
    channel: str | None = Field(None, description="Where it goes: a channel's id or `#name`; else SLACK_CHANNEL.")
    handover: bool = Field(True, description="Whether a note comes when somebody else is on call in PagerDuty.")
    escalation_policy: str | None = Field(None, description="The PagerDuty policy that counts for it, by id.")

    @property
    def clock(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.zone)

    def latest(self, now: datetime) -> Period | None:
        """The last period that is over, however long ago; None: there is never a digest."""
        if self.every is Every.NEVER:
            return None
        until = self._due_on_or_before(now)
        days = 1 if self.every is Every.DAY else 7
        return Period(self._moment(until - timedelta(days=days)), self._moment(until), self.clock)

    def key(self, period: Period) -> str:
        """The name of a period: the same for whoever asks, and for nothing else."""
        return f"{self.every.value}:{period.day(period.until).isoformat()}"

    def _due_on_or_before(self, now: datetime) -> datetime:
        """The naive local time at which the newest digest was due."""
        local = now.astimezone(self.clock)
        due = datetime.combine(local.date(), self.at)
        if self.every is Every.WEEK:
            due -= timedelta(days=(local.weekday() - list(Weekday).index(self.day)) % 7)
        if self._moment(due) > now:
            due -= timedelta(days=1 if self.every is Every.DAY else 7)
        return due

    def _moment(self, local: datetime) -> datetime:
        """A local time as a moment; one that summer time skips is an hour later, as clocks show it."""
        return local.replace(tzinfo=self.clock).astimezone(UTC)


def worth_telling(period: Period, now: datetime) -> bool:
    """Whether a period's digest is still news: it may come late, but not when the next one is nearer."""
    return now - period.until < period.length * LATE
