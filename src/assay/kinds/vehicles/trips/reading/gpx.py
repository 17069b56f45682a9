"""GPX 1.0 and 1.1: track points with their time, and speed and course where they say them. Document types are refused, so no
entity is ever expanded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import numpy as np

from assay.core.clock import micros
from assay.core.kind import RowError
from assay.kinds.vehicles.trips.track import GNSS, MOST_FIXES, Track, stream

_NAMES = {"ele": "altitude", "speed": "speed", "course": "course", "sat": "satellites"}
_MOST_REFUSED = 1000


def told(head: bytes) -> bool:
    return b"<gpx" in head[:2048] and head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"


def read(content: bytes, reject) -> tuple[Track, int]:  # type: ignore[no-untyped-def]
    """Raises `ValueError` where no point has a time, or the document brings a type of its own."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("the document brings a type of its own")
    rows: list[dict[str, float]] = []
    refused = 0
    parser: Any = ElementTree.XMLPullParser(("end",))
    try:
        for start in range(0, len(content), 1 << 20):
            parser.feed(content[start : start + (1 << 20)])
            for _, element in parser.read_events():
                if _name(element.tag) == "trkpt":
                    try:
                        rows.append(_point(element))
                    except ValueError as error:
                        refused += 1
                        if refused <= _MOST_REFUSED:
                            reject(RowError(len(rows) + refused, f"no point of a track: {error}"))
                    element.clear()
                elif _name(element.tag) == "trkseg":
                    element.clear()
            if len(rows) >= MOST_FIXES:
                break
        else:
            parser.close()
    except ElementTree.ParseError as error:
        reject(RowError(len(rows) + refused + 1, f"the file is damaged from here on: {error}"))
    if not rows:
        raise ValueError("no point of a track has a time")
    columns = {name: np.array([row.get(name, np.nan) for row in rows]) for name in GNSS if any(name in r for r in rows)}
    origin = float(columns["time"].min())
    columns["time"] = (columns["time"] - origin) / 1e6
    return Track(stream(columns, GNSS, MOST_FIXES)), round(origin)


def _name(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _point(element: ElementTree.Element) -> dict[str, float]:
    row = {"latitude": float(element.get("lat", "")), "longitude": float(element.get("lon", ""))}
    if not (abs(row["latitude"]) <= 90 and abs(row["longitude"]) <= 180):
        raise ValueError("no place on Earth")
    for child in element.iter():
        name, text = _name(child.tag), (child.text or "").strip()[:64]
        if name == "time":
            row["time"] = float(micros(datetime.fromisoformat(text.replace("Z", "+00:00"))))
        elif name in _NAMES and text:
            row[_NAMES[name]] = float(text)
    if "time" not in row:
        raise ValueError("it has no time")
    return row


__all__ = ["read", "told"]
