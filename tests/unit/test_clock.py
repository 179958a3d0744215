import time
from collections.abc import Iterator
from datetime import date

import pytest

from multichat.widgets.clock import day_title, hour_and_minute, local_time, short_day_title
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS


@pytest.fixture(params=["UTC", "Asia/Kolkata", "Pacific/Kiritimati", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_times_are_those_of_this_place(zone: str) -> None:
    expected = {"UTC": "09:00", "Asia/Kolkata": "14:30", "Pacific/Kiritimati": "23:00", "America/Los_Angeles": "01:00"}
    assert hour_and_minute(local_time(NINE_O_CLOCK_MS)) == expected[zone]


@pytest.mark.usefixtures("zone")
def test_no_time_is_too_early_or_too_late_to_be_shown() -> None:
    for timestamp_ms in (0, 253_402_300_799_999, 10**18):
        assert len(hour_and_minute(local_time(timestamp_ms))) == 5


def test_a_day_is_written_out() -> None:
    assert day_title(date(2026, 11, 4)) == "Wednesday, 4 November 2026"
    assert short_day_title(date(2026, 11, 4)) == "Wed 4 Nov 2026"
