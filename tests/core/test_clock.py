"""Moments and durations are exact integers of microseconds."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core import clock
from assay.core.errors import InvalidSetting


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_a_moment_survives_the_round_trip_to_the_microsecond(when: datetime) -> None:
    assert clock.moment(clock.micros(when)) == when


def test_iso_text_is_utc_with_a_z() -> None:
    assert clock.iso(1_700_000_000_123_456) == "2023-11-14T22:13:20.123456Z"


@given(st.integers(1, 10_000), st.sampled_from(["s", "m", "h", "d", "w"]))
def test_durations_read_back(number: int, unit: str) -> None:
    us = clock.parse_duration(f"{number}{unit}")
    assert clock.parse_duration(clock.duration_text(us)) == us


@pytest.mark.parametrize("text", ["", "7", "d7", "7 days", "-1d", "1e3s"])
def test_a_bad_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidSetting, match="duration"):
        clock.parse_duration(text)
