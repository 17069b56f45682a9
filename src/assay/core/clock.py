"""Time. Inside Assay a moment is an `int`: microseconds since 1970-01-01 UTC; a duration is an `int` of microseconds.

Event time (when a thing happened) and arrival time (when we learned of it) are both such moments and never mixed.
"""

from __future__ import annotations

import re
import time as _time
from datetime import UTC, datetime, timedelta

from assay.core.errors import InvalidSetting

SECOND = 1_000_000
MINUTE, HOUR, DAY, WEEK = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND, 7 * 86_400 * SECOND

_UNITS = {"us": 1, "ms": 1000, "s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|m|h|d|w)\s*")


def now() -> int:
    """This moment by the system clock."""
    return _time.time_ns() // 1000


def micros(moment: datetime) -> int:
    """A moment as microseconds; a naive `datetime` is taken as UTC. Exact, unlike `timestamp()`."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """Microseconds as an aware UTC `datetime`.

    >>> moment(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=int(us))


def iso(us: int) -> str:
    """RFC 3339 text, always UTC with a `Z`.

    >>> iso(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return moment(us).isoformat().replace("+00:00", "Z")


def parse_duration(text: str) -> int:
    """'7d', '90m', '1.5h', '30s' as microseconds.

    >>> parse_duration("90m") == 90 * MINUTE
    True
    """
    match = _DURATION.fullmatch(text)
    if not match:
        raise InvalidSetting(f"{text!r} is not a duration", hint="write a number and s, m, h, d or w, such as 7d")
    return round(float(match[1]) * _UNITS[match[2]])


def duration_text(us: int) -> str:
    """The shortest exact text for a duration: '7d', '90m', '1h'.

    >>> duration_text(7 * DAY), duration_text(90 * MINUTE)
    ('7d', '90m')
    """
    for unit in ("d", "h", "m", "s", "ms"):
        if us % _UNITS[unit] == 0:
            return f"{us // _UNITS[unit]}{unit}"
    return f"{us}us"
