"""NMEA 0183 logs: RMC sentences give time, place, speed and course, GGA the altitude and satellites. Checksums are held to.

Source: NMEA 0183 as described by the makers of receivers (u-blox, SiRF); talkers GP, GN, GL, GA, GB, BD, QZ.
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import datetime

import numpy as np

from assay.core.kind import RowError
from assay.kinds.vehicles.trips.track import GNSS, MOST_FIXES, Track, stream

KNOT = 1852.0 / 3600.0
_TOLD = re.compile(rb"(?m)^[^\n$]{0,64}\$(?:GP|GN|GL|GA|GB|BD|QZ)(?:RMC|GGA),[\d.,ANSWEVM-]*\*?[0-9A-Fa-f]{0,2}")
_MOST_REFUSED = 1000
_LONGEST = 200  # characters of a line


def told(head: bytes) -> bool:
    """Does a line among the first look like a sentence of a receiver?"""
    return b"\0" not in head[:4096] and _TOLD.search(head[:8192]) is not None


def read(content: bytes, reject) -> tuple[Track, int]:  # type: ignore[no-untyped-def]
    """One fix for each valid RMC; raises `ValueError` where there is none."""
    rows: list[tuple[float, float, float, float, float]] = []
    heights: dict[float, tuple[float, float]] = {}
    refused = 0
    for number, raw in enumerate(content.split(b"\n"), 1):
        at = raw.find(b"$", 0, 80)
        if at < 0 or len(raw) > _LONGEST + at:
            continue
        line = raw[at:].strip()
        kind = line[3:6]
        if kind not in (b"RMC", b"GGA"):
            continue
        try:
            fields = _fields(line)
            if kind == b"RMC" and fields[2] == "A":
                rows.append(_fix(fields))
            elif kind == b"GGA" and fields[6] not in ("", "0"):
                heights[_clock(fields[1])] = (float(fields[9] or "nan"), float(fields[7] or "nan"))
        except (ValueError, IndexError) as error:
            refused += 1
            if refused <= _MOST_REFUSED:
                reject(RowError(number, f"no sentence of a receiver: {error}", line[:100].decode("ascii", "replace")))
        if len(rows) >= MOST_FIXES:
            break
    if not rows:
        raise ValueError("no valid RMC sentence")
    time, latitude, longitude, speed, course = (np.array(column) for column in zip(*rows, strict=True))
    known = [heights.get(round(t % 86_400.0, 3), (np.nan, np.nan)) for t in time]
    origin = float(time.min())
    columns = {
        "time": time - origin, "latitude": latitude, "longitude": longitude, "speed": speed, "course": course,
        "altitude": np.array([h for h, _ in known]), "satellites": np.array([n for _, n in known]),
    }  # fmt: skip
    return Track(stream(columns, GNSS, MOST_FIXES)), round(origin * 1e6)


def _fields(line: bytes) -> list[str]:
    body, star, told = line[1:].partition(b"*")
    if star:
        check = 0
        for byte in body:
            check ^= byte
        if int(told[:2], 16) != check:
            raise ValueError("the checksum is wrong")
    return body.decode("ascii").split(",")


def _clock(text: str) -> float:
    """Seconds of the day."""
    value = float(text)
    hours, rest = divmod(value, 10_000)
    minutes, seconds = divmod(rest, 100)
    if not (0 <= hours < 24 and minutes < 60 and seconds < 61):
        raise ValueError("no time of day")
    return round(hours * 3600 + minutes * 60 + seconds, 3)


def _angle(text: str, side: str, most: float) -> float:
    value = float(text)
    degrees, minutes = divmod(value, 100)
    angle = degrees + minutes / 60
    if side not in "NSEW" or not side or not 0 <= angle <= most:
        raise ValueError("no place on Earth")
    return -angle if side in "SW" else angle


def _fix(fields: list[str]) -> tuple[float, float, float, float, float]:
    day = datetime.strptime(fields[9], "%d%m%y")
    time = timegm(day.timetuple()) + _clock(fields[1])
    speed = float(fields[7]) * KNOT if fields[7] else np.nan
    course = float(fields[8]) if fields[8] else np.nan
    return time, _angle(fields[3], fields[4], 90), _angle(fields[5], fields[6], 180), speed, course


__all__ = ["read", "told"]
