"""Timestamps and durations."""

from __future__ import annotations

import datetime

import pytest
from duckflux.cel import Duration, Failure, Timestamp
from duckflux.cel.chrono import SECOND
from hypothesis import given, settings
from hypothesis import strategies as st

EPOCH = datetime.datetime(1970, 1, 1)


@settings(max_examples=150, print_blob=True)
@given(st.datetimes())
def test_calendar_is_pythons(moment: datetime.datetime) -> None:
    timestamp = Timestamp((moment - EPOCH) // datetime.timedelta(microseconds=1) * 1_000)
    civil = timestamp.civil()
    assert (civil.year, civil.month, civil.day) == (moment.year, moment.month, moment.day)
    assert (civil.hour, civil.minute, civil.second) == (moment.hour, moment.minute, moment.second)
    assert civil.nanos == moment.microsecond * 1_000
    assert civil.weekday == moment.isoweekday() % 7
    assert civil.day_of_year == moment.timetuple().tm_yday - 1
    assert Timestamp.from_rfc3339(str(timestamp)) == timestamp


@settings(max_examples=150, print_blob=True)
@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_durations_read_back(nanos: int) -> None:
    duration = Duration.of(nanos=nanos)
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("0", 0),
        ("1h30m", 5400 * SECOND),
        ("1.5s", 1_500_000_000),
        ("-1.5h", -5400 * SECOND),
        ("250ms", 250_000_000),
        ("2d", 172_800 * SECOND),
        ("1us", 1_000),
        ("1ns", 1),
        (".5s", 500_000_000),
        ("1m1ms", 60_001_000_000),
        ("0.0000000001s", 0),
    ],
)
def test_duration_texts(text: str, nanos: int) -> None:
    assert Duration.parse(text).nanos == nanos


@pytest.mark.parametrize(
    "text", ["", "1", "h", "1 h", "1x", "--1s", "1s-1s", "300y", "1e3s", "999999999999999999999h", "٣s"]
)
def test_no_durations(text: str) -> None:
    with pytest.raises(Failure):
        Duration.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-02-30T00:00:00Z",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01T25:00:00Z",
        "2024-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00+25:00",
    ],
)
def test_no_timestamps(text: str) -> None:
    with pytest.raises(Failure):
        Timestamp.from_rfc3339(text)


def test_zones() -> None:
    time = Timestamp.from_rfc3339("2024-07-01T12:00:00Z")
    assert time.civil("Europe/Berlin").hour == 14
    assert time.civil("-02:30").hour == 9
    assert time.civil("America/New_York").hour == 8
    for zone in ("Mars/Olympus", "../etc/passwd", "+25:00", "UTC+1"):
        with pytest.raises(Failure):
            time.civil(zone)


def test_now_is_now() -> None:
    assert abs(Timestamp.now().nanos - int(datetime.datetime.now().timestamp() * 1e9)) < 5 * SECOND
    assert Timestamp.of(seconds=1) < Timestamp.of(seconds=1, nanos=1)
    assert Duration.of(seconds=90).seconds == 90.0
