"""Implement the accessors of timestamps and durations (CEL spec, "Timestamps and durations")."""

from __future__ import annotations

from collections.abc import Callable

from ..chrono import SECOND, Civil, Duration, Timestamp

_CIVIL: dict[str, Callable[[Civil], int]] = {
    "getFullYear": lambda civil: civil.year,
    "getMonth": lambda civil: civil.month - 1,
    "getDate": lambda civil: civil.day,
    "getDayOfMonth": lambda civil: civil.day - 1,
    "getDayOfWeek": lambda civil: civil.weekday,
    "getDayOfYear": lambda civil: civil.day_of_year,
    "getHours": lambda civil: civil.hour,
    "getMinutes": lambda civil: civil.minute,
    "getSeconds": lambda civil: civil.second,
    "getMilliseconds": lambda civil: civil.nanos // 1_000_000,
}
_SPAN = {"getHours": 3_600 * SECOND, "getMinutes": 60 * SECOND, "getSeconds": SECOND}


def civil_part(name: str) -> Callable[[Timestamp], int]:
    """Return the accessor ``name`` of timestamps in UTC."""
    part = _CIVIL[name]
    return lambda time: part(time.civil())


def civil_part_in_zone(name: str) -> Callable[[Timestamp, str], int]:
    """Return the accessor ``name`` of timestamps with a zone as its argument."""
    part = _CIVIL[name]
    return lambda time, zone: part(time.civil(zone))


def duration_part(name: str) -> Callable[[Duration], int]:
    """Return the accessor ``name`` of durations.

    It counts all hours, minutes or seconds, but the milliseconds within the second.
    """
    if name == "getMilliseconds":
        return _milliseconds
    unit = _SPAN[name]
    return lambda duration: duration.whole(unit)


def _milliseconds(duration: Duration) -> int:
    rest = abs(duration.nanos) % SECOND // 1_000_000
    return -rest if duration.nanos < 0 else rest
