"""Journeys below a folder, for trainers and benches: which vehicle drove each, so that no vehicle stands on both sides of a split,
and files of one recording put together again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.core.errors import AssayError
from assay.kinds.vehicles.trips.reader import TripLog, journeys, read_track
from assay.kinds.vehicles.trips.track import GNSS, IMU, MOST_FIXES, MOST_SAYS, MOST_SHAKES, SAID, Track, stream

_RECORDER = re.compile(r"LOG_([0-9A-F]{8})_")  # CSS Electronics put a recorder's number into the names of its files
_MOST_FILES = 10_000


@dataclass(frozen=True)
class Drive:
    """`vehicle`: the recorder that the file's name tells, else its folder."""

    name: str
    vehicle: str
    track: Track


def drives(path: Path) -> Iterator[Drive]:
    """In name order. Files of one folder whose times follow on within five minutes are one journey."""
    files = sorted(p for p in path.rglob("*") if p.is_file())[:_MOST_FILES] if path.is_dir() else [path]
    reader = TripLog()
    parts: dict[str, list[tuple[Track, int, str]]] = {}
    for file in files:
        try:
            with file.open("rb") as opened:
                head = opened.read(65_536)
            if reader.sniff(head, file) > 0:
                track, origin = read_track(file, lambda _error: None)
                found = _RECORDER.search(file.name)
                parts.setdefault(found[1] if found else str(file.parent), []).append((track, origin, file.name))
        except (AssayError, OSError):
            continue
    for vehicle, own in sorted(parts.items()):
        for number, track in enumerate(_joined(own), 1):
            yield Drive(f"{Path(vehicle).name}:{number}", Path(vehicle).name, track)


def _joined(own: list[tuple[Track, int, str]]) -> Iterator[Track]:
    own = sorted(own, key=lambda part: part[1])
    while own:
        whole, origin, _ = own.pop(0)
        while own and 0 <= own[0][1] - origin - whole.seconds * 1e6 < 300e6:
            whole = _added(whole, own[0][0], (own[0][1] - origin) / 1e6)
            own.pop(0)
        for piece, _ in journeys(whole, origin):
            yield piece


def _added(a: Track, b: Track, later: float) -> Track:
    out = []
    for name, names, most in (("gnss", GNSS, MOST_FIXES), ("imu", IMU, MOST_SHAKES), ("said", SAID, MOST_SAYS)):
        one, two = getattr(a, name), getattr(b, name)
        columns = {}
        for k in names:
            if k in one or k in two:
                first = one.get(k, np.full(len(one.get("time", ())), np.nan))
                second = two.get(k, np.full(len(two.get("time", ())), np.nan)) + (later if k == "time" else 0.0)
                columns[k] = np.concatenate([first, second])
        out.append(stream(columns, names, most))
    return Track(*out)


__all__ = ["Drive", "drives"]
