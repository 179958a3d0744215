"""Times as people read them: the hour and the day, in the zone of this machine. Knows nothing of messages."""

from datetime import UTC, date, datetime
from typing import Final

# The last moment that is in year 9999 or before in every zone; no calendar goes further.
_LATEST_S: Final = 253_402_128_000


def local_time(timestamp_ms: int) -> datetime:
    """When `timestamp_ms` is here."""
    return datetime.fromtimestamp(min(timestamp_ms // 1000, _LATEST_S), UTC).astimezone()


def hour_and_minute(moment: datetime) -> str:
    """`moment` as 09:05."""
    return f"{moment.hour:02}:{moment.minute:02}"


def day_title(day: date) -> str:
    """`day` as Tuesday, 24 November 2026."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def short_day_title(day: date) -> str:
    """`day` as Tue 24 Nov 2026, for narrow screens."""
    return f"{day:%a} {day.day} {day:%b} {day.year}"
