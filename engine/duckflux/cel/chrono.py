"""Timestamps and durations with a resolution of nanoseconds (CEL spec, "Timestamp", "Duration").

Both hold one integer of nanoseconds, which datetime could not. A duration is limited to 64 bits of them (about
292 years), as in Go and C++.
"""

from __future__ import annotations

import re
import time
from typing import Final

import msgspec

from .errors import Failure

SECOND: Final = 1_000_000_000
_DAY: Final = 86_400
_TIMESTAMP_MIN: Final = -62_135_596_800 * SECOND
_TIMESTAMP_MAX: Final = 253_402_300_800 * SECOND - 1
_DURATION_MAX: Final = 2**63 - 1

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_OFFSET = re.compile(r"([+-]?)(\d\d):(\d\d)", re.ASCII)
_DURATION = re.compile(r"([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+|0)", re.ASCII)
_DURATION_PART = re.compile(r"(\d*)(?:\.(\d*))?([a-zµμ]+)", re.ASCII)
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3_600 * SECOND,
    "d": _DAY * SECOND,
}
_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Duration(msgspec.Struct, frozen=True, order=True):
    """A duration; ``nanos`` is all of it, in nanoseconds."""

    nanos: int

    @classmethod
    def of(cls, *, seconds: int = 0, nanos: int = 0) -> Duration:
        """Return the sum of these parts as a duration. Raise Failure out of range."""
        total = seconds * SECOND + nanos
        if not -_DURATION_MAX <= total <= _DURATION_MAX:
            raise Failure("duration out of range", "overflow")
        return cls(total)

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Return the duration of a text such as ``1h30m`` or ``1.5s``; units d, h, m, s, ms, us, ns.

        Raise Failure for another text, or out of range.
        """
        match = _DURATION.fullmatch(text)
        if match is None:
            raise Failure("not a duration such as 1h30m or 1.5s")
        total = sum(_part_nanos(*part) for part in _DURATION_PART.findall(match[2]))
        return cls.of(nanos=-total if match[1] == "-" else total)

    def __str__(self) -> str:
        """Return the seconds as protobuf's JSON writes them: ``1.5s``."""
        seconds, nanos = divmod(abs(self.nanos), SECOND)
        return f"{'-' if self.nanos < 0 else ''}{seconds}{_fraction(nanos)}s"

    def whole(self, unit: int) -> int:
        """Return how many times ``unit`` nanoseconds fit, truncated towards zero."""
        count = abs(self.nanos) // unit
        return -count if self.nanos < 0 else count

    @property
    def seconds(self) -> float:
        """Return the duration in seconds, for Python's clocks."""
        return self.nanos / SECOND


class Timestamp(msgspec.Struct, frozen=True, order=True):
    """A point in time; ``nanos`` counts nanoseconds since 1970-01-01T00:00:00Z."""

    nanos: int

    @classmethod
    def of(cls, *, seconds: int = 0, nanos: int = 0) -> Timestamp:
        """Return the timestamp this long after 1970. Raise Failure outside the years 1 to 9999."""
        total = seconds * SECOND + nanos
        if not _TIMESTAMP_MIN <= total <= _TIMESTAMP_MAX:
            raise Failure("timestamp out of range", "overflow")
        return cls(total)

    @classmethod
    def now(cls) -> Timestamp:
        """Return the current time."""
        return cls(time.time_ns())

    @classmethod
    def from_rfc3339(cls, text: str) -> Timestamp:
        """Return the timestamp of a text such as ``2024-02-29T12:00:00.5+01:00``. Raise Failure for others."""
        match = _RFC3339.fullmatch(text)
        if match is None:
            raise Failure("not a timestamp such as 2024-02-29T12:00:00Z")
        year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
        if not (
            1 <= month <= 12
            and 1 <= day <= _days_in_month(year, month)
            and hour < 24
            and minute < 60
            and second < 60
        ):
            raise Failure("no such date or time")
        offset = _offset_seconds(match[8], match[9], match[10]) if match[8] else 0
        seconds = _days_from_civil(year, month, day) * _DAY + hour * 3_600 + minute * 60 + second - offset
        return cls.of(seconds=seconds, nanos=int((match[7] or "0").ljust(9, "0")))

    def __str__(self) -> str:
        """Return RFC 3339 text in UTC: ``2024-02-29T12:00:00.5Z``."""
        civil = self.civil()
        date = f"{civil.year:04}-{civil.month:02}-{civil.day:02}"
        return f"{date}T{civil.hour:02}:{civil.minute:02}:{civil.second:02}{_fraction(civil.nanos)}Z"

    def civil(self, zone: str = "UTC") -> Civil:
        """Return the date and time of day in ``zone``: a name such as ``Europe/Berlin``, or ``+01:00``.

        Raise Failure for an unknown zone.
        """
        seconds, nanos = divmod(self.nanos, SECOND)
        days, rest = divmod(seconds + _zone_offset(zone, seconds), _DAY)
        year, month, day = _civil_from_days(days)
        hour, rest = divmod(rest, 3_600)
        minute, second = divmod(rest, 60)
        day_of_year = days - _days_from_civil(year, 1, 1)
        return Civil(year, month, day, hour, minute, second, nanos, (days + 4) % 7, day_of_year)


class Civil(msgspec.Struct, frozen=True):
    """A date and time of day. ``weekday`` is 0 on Sunday, ``day_of_year`` counts from 0."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nanos: int
    weekday: int
    day_of_year: int


def _part_nanos(whole: str, fraction: str, unit: str) -> int:
    if len(whole) > 20:
        raise Failure("duration out of range", "overflow")
    # Cut, not rounded, below a nanosecond; 20 digits are more than any unit resolves.
    fraction = fraction[:20]
    return _UNITS[unit] * int(whole + fraction) // int(10 ** len(fraction))


def _fraction(nanos: int) -> str:
    return f".{nanos:09}".rstrip("0") if nanos else ""


def check_zone(zone: str) -> None:
    """Raise Failure for a text that names no time zone."""
    _zone_offset(zone, 0)


def _zone_offset(zone: str, seconds: int) -> int:
    if zone in ("UTC", "Z", ""):
        return 0
    match = _OFFSET.fullmatch(zone)
    if match:
        return _offset_seconds(match[1], match[2], match[3])
    return _named_zone_offset(zone, seconds)


def _offset_seconds(sign: str, hours: str, minutes: str) -> int:
    if int(hours) > 23 or int(minutes) > 59:
        raise Failure("no such time zone offset")
    offset = int(hours) * 3_600 + int(minutes) * 60
    return -offset if sign == "-" else offset


def _named_zone_offset(zone: str, seconds: int) -> int:
    from datetime import datetime, timedelta, timezone
    from zoneinfo import ZoneInfo

    try:
        info = ZoneInfo(zone)
        moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)  # noqa: UP017
        offset = moment.astimezone(info).utcoffset() or timedelta()
    except (KeyError, ValueError, OSError, OverflowError):
        raise Failure("unknown time zone") from None
    return int(offset.total_seconds())


def _days_in_month(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTH_DAYS[month - 1] + leap


# Howard Hinnant's calendar algorithms: years start in March, eras are 400 years.
def _days_from_civil(year: int, month: int, day: int) -> int:
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def _civil_from_days(days: int) -> tuple[int, int, int]:
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1
