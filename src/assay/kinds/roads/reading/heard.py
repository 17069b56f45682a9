"""Messages as they were decoded, collected into batches: places to metres, marks of time to moments, delays where both are known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.formats.ieee1609_certificate import tai
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.reading.place import Plane
from assay.kinds.roads.wire.heard import Heard, moment

MANY = 8192  # messages of one batch
_SCHEMA_SPEED, _SCHEMA_PULL = 1000.0, 1000.0
_BEGIN = 1_577_836_800.0  # where a recording tells no date it begins on 2020-01-01
_CLOSE = 30.0  # seconds within which a mark without a date is taken to be near the reception


class Entry(NamedTuple):
    """`received`, `made` seconds since 1970, None where not known; `where` the line or byte it stands at."""

    heard: Heard
    where: int
    received: float | None = None
    made: float | None = None
    receiver: str = ""
    signed: str = ""
    faults: tuple[str, ...] = ()
    certificate: str = ""
    metres: tuple[float, float] | None = None


def batches(entries: Iterator[Entry], name: str) -> Iterator[Batch[RoadMessage]]:
    """In order, `MANY` at a time."""
    plane, kept, near = Plane(), [], _BEGIN + 30.0
    for entry in entries:
        if entry.received is None and entry.made is None and entry.heard.mark is not None:
            # Only the second within its minute is told: minutes are counted from message to message.
            entry = entry._replace(made=moment(entry.heard.mark, entry.heard.modulo, near))
        near = entry.made or entry.received or near
        kept.append(entry)
        if len(kept) == MANY:
            yield _batch(kept, name, plane)
            kept = []
    if kept:
        yield _batch(kept, name, plane)


def made_of(heard: Heard, received: float | None, header: float | None) -> float | None:
    """When a message says it was made: by what is signed, else by its own mark near its reception."""
    if header is not None:
        return header
    if heard.mark is None:
        return None
    if heard.modulo > 1 << 40:
        return heard.mark / 1000.0
    if received is None:
        return None
    near = tai(received) if heard.form == "cam" else received  # a CAM counts without leap seconds
    made = moment(heard.mark, heard.modulo, near) + (received - near)
    return made if abs(made - received) < _CLOSE else None


def _batch(entries: list[Entry], name: str, plane: Plane) -> Batch[RoadMessage]:
    heard = [e.heard for e in entries]

    def numbers(values: list[float | None], most: float = math.inf) -> np.ndarray:
        told = np.array([np.nan if v is None else v for v in values], np.float64)
        with np.errstate(invalid="ignore"):
            return np.where(np.abs(told) <= most, told, np.nan)

    x, y = plane.metres(numbers([h.latitude for h in heard]), numbers([h.longitude for h in heard]))
    for i, entry in enumerate(entries):
        if entry.metres is not None:
            x[i], y[i] = entry.metres
    received, made = numbers([e.received for e in entries]), numbers([e.made for e in entries])
    time = np.where(np.isfinite(received), received, made)
    time = np.where(np.isfinite(time) & (np.abs(time) < 9e11), time, 0.0)
    columns = {
        "pseudonym": column([h.name or None for h in heard], numeric=False),
        "receiver": column([e.receiver or None for e in entries], numeric=False),
        "form": column([h.form for h in heard], numeric=False),
        "x": x, "y": y,
        "speed": numbers([h.speed for h in heard], _SCHEMA_SPEED),
        "heading": numbers([h.heading for h in heard], 360.0),
        "acceleration": numbers([h.acceleration for h in heard], _SCHEMA_PULL),
        "accuracy": numbers([h.accuracy for h in heard], 1e5),
        "length": numbers([h.length for h in heard], 100.0), "width": numbers([h.width for h in heard], 100.0),
        "reverse": numbers([h.reverse for h in heard], 1.0), "number": numbers([h.number for h in heard], 65_535),
        "cause": numbers([h.cause for h in heard], 255), "delay": numbers(list(received - made), 1e9),
        "signed": column([e.signed for e in entries], numeric=False),
        "faults": column([" ".join(e.faults) for e in entries], numeric=False),
        "certificate": column([e.certificate or None for e in entries], numeric=False),
    }  # fmt: skip
    ids = [f"{name}:{e.where}" for e in entries]
    return Batch(RoadMessage, ids, np.round(time * 1e6).astype(np.int64), columns)


__all__ = ["MANY", "Entry", "batches", "made_of"]
