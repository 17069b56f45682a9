"""Files of journeys: CSV, parquet, JSON, NMEA 0183, GPX, and recorders' own CAN logs. One file holds one journey or several: where
nothing was told for five minutes another begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.enclosed import MAX_BYTES
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.vehicles.trips.evidence import Trip
from assay.kinds.vehicles.trips.track import Track, pack

PAUSE = 300.0  # seconds without a word, after which another journey begins
MOST_JOURNEYS = 1000
_MOST_LOG = 1 << 28  # bytes of a CAN log that is looked into
_LOGS = (b"MDF     4", b"UnFinMF 4", b"LOGG")
Reject = Callable[[RowError], None]


class TripLog:
    """Told by content: sentences of a receiver, the tags or the columns of a journey."""

    name = "vehicles.trip"
    maps = "trip"

    def sniff(self, head: bytes, path: Path) -> float:
        from assay.kinds.vehicles.trips.reading import form_of

        if head.startswith(_LOGS):
            return 0.99 if _recorder(path) is not None else 0.0
        form = form_of(head)
        if form == "parquet":
            from assay.kinds.vehicles.trips.reading.columns import is_journey

            return 0.96 if is_journey(_columns(path)) else 0.0
        return {"": 0.0, "packed": 1.0, "nmea": 0.98, "gpx": 0.98}.get(form, 0.96)

    def read(self, path: Path, *, mapping: Any = None, reject: Reject) -> Iterator[Batch[Any]]:
        name = plain_file_name(path, "trip")
        for number, (track, origin) in enumerate(journeys(*read_track(path, reject, mapping)), 1):
            when = moment(origin) if origin > 0 else datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield Batch.of([Trip(id=f"{name}:{number}", time=when, name=name, content=pack(track))])


def read_track(path: Path, reject: Reject, mapping: Any = None) -> tuple[Track, int]:
    """A file as one track, and the microsecond at which it begins. Raises `UnreadableInput`."""
    from assay.kinds.vehicles.trips.reading import read

    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(_LOGS):
        found = _recorder(path)
        if found is None:
            raise UnreadableInput("no recorder of satellites speaks on this bus", where=str(path))
        return found
    return read(read_whole(path, MAX_BYTES), reject, mapping)


def _recorder(path: Path) -> tuple[Track, int] | None:
    """The journey of a CAN log that is mostly what a recorder of satellites says; None for any other."""
    from assay.kinds.vehicles.frames import heads
    from assay.kinds.vehicles.reader import read_frames
    from assay.kinds.vehicles.trips.reading.bus import layout_in, track_of_frames

    try:
        if path.stat().st_size > _MOST_LOG:
            return None
        frames = heads(np.concatenate([*read_frames(path, lambda _error: None)]))
        for bus in np.unique(frames["bus"])[:16].tolist():
            own = frames[frames["bus"] == bus]
            if 2 * len(own) > len(frames) and layout_in(own) is not None:
                answers = (frames["id"] >= 0x7E8) & (frames["id"] <= 0x7EF)
                others = frames[(frames["bus"] != bus) & answers]
                return track_of_frames(np.concatenate([own, others]), layout_in(own))
    except (UnreadableInput, ValueError, OSError):
        pass
    return None


def _columns(path: Path) -> list[str]:
    import polars as pl

    try:
        return list(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return []


def journeys(track: Track, origin: int) -> Iterator[tuple[Track, int]]:
    """The track cut at pauses, each piece from second 0 of its own; the microsecond at which each begins (0: not known)."""
    times = [s["time"] for s in (track.gnss, track.imu, track.said) if len(s.get("time", ()))]
    if not times:
        return
    every = np.sort(np.concatenate(times))
    cuts = np.flatnonzero(np.diff(every) > PAUSE)[:MOST_JOURNEYS]
    edges = np.concatenate([[every[0]], every[cuts + 1], [every[-1] + 1.0]])
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        piece = Track(*(between(s, start, stop, start) for s in (track.gnss, track.imu, track.said)))
        yield piece, origin + round(start * 1e6) if origin else 0


def between(stream: dict[str, np.ndarray], start: float, stop: float, zero: float = 0.0) -> dict[str, np.ndarray]:
    """The rows of [start, stop), times counted from `zero`."""
    if not stream:
        return {}
    inside = (stream["time"] >= start) & (stream["time"] < stop)
    return {k: v[inside] - zero if k == "time" else v[inside] for k, v in stream.items()}


__all__ = ["PAUSE", "TripLog", "between", "journeys", "read_track"]
