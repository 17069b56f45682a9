"""Times as Android's dumps write them: local, without a zone, and spans such as `+1h26m18s315ms`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"^\+?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$")
_DASHED = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")


def zone_of(name: str) -> tzinfo:
    """The zone of that name; UTC where it is none."""
    try:
        return ZoneInfo(name) if re.fullmatch(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+){0,3}", name) else UTC
    except (KeyError, ValueError, OSError):
        return UTC


def local(text: str, zone: tzinfo) -> float:
    """Seconds since 1970 of `2022-03-29 18:37:30.315` or `2022-03-29-18-37-30`; 0 where it is none. A package that came with
    the system often bears a date before 2009, which is none."""
    text = _DASHED.sub(r"\1-\2-\3 \4:\5:\6", text.strip())
    try:
        found = datetime.fromisoformat(text)
        seconds = (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
    return seconds if seconds > 1_231_000_000 else 0.0


def span(text: str) -> float:
    """Seconds of `+1d2h3m4s5ms`; 0 where it is none."""
    found = _SPAN.match(text.strip())
    if found is None:
        return 0.0
    days, hours, minutes, seconds, millis = (int(g or 0) for g in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds + millis / 1000


__all__ = ["local", "span", "zone_of"]
