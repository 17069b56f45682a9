"""Tables of road messages: csv, Parquet and JSON lines with a time, a sender and a place, by the names people give their columns.

Places are metres, or degrees that become metres; speeds m/s, or km/h where the column says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.delimited import column_names
from assay.formats.guess import plain_name
from assay.formats.whole import plain_file_name
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.reading.place import Plane

Reject = Callable[[RowError], None]
NAMES: dict[str, tuple[str, ...]] = {
    "time": ("time", "t", "timestamp", "rcvtime", "receivetime", "received", "generationtime", "sendtime", "utctime"),
    "pseudonym": (
        "pseudonym",
        "senderpseudo",
        "senderpseudonym",
        "stationid",
        "temporaryid",
        "tempid",
        "id",
        "sender",
        "vehicleid",
    ),
    "receiver": ("receiver", "receiverid", "receiverpseudo", "observer", "rsu"),
    "x": ("x", "posx", "xpos", "positionx", "east", "eastm"),
    "y": ("y", "posy", "ypos", "positiony", "north", "northm"),
    "latitude": ("latitude", "lat", "latdeg"),
    "longitude": ("longitude", "lon", "lng", "long", "londeg"),
    "speed": ("speed", "spd", "speedmps", "speedms", "velocity", "speedkmh", "speedkph"),
    "heading": ("heading", "headingdeg", "hed", "course", "bearing", "headingrad"),
    "acceleration": ("acceleration", "accel", "acl", "longitudinalacceleration", "accelerationmps2", "acc"),
    "accuracy": ("accuracy", "positionaccuracy", "posnoise", "positionconfidence"),
    "length": ("length", "vehiclelength"),
    "width": ("width", "vehiclewidth"),
    "reverse": ("reverse", "drivedirection"),
    "delay": ("delay", "latency", "lag"),
    "form": ("form", "messagetype", "msgtype"),
}
LABELS = ("attack", "label", "attackertype", "attacktype", "class", "misbehavior", "misbehaviour")
SENDERS = ("truesender", "senderid", "vehicle", "truevehicle")
_TEXT = ("pseudonym", "receiver", "form")
_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".jsonl", ".ndjson")
_OWN = {  # a name as it says its unit -> its factor
    "speedkmh": 1 / 3.6, "speedkph": 1 / 3.6, "headingrad": 57.29577951308232,
}  # fmt: skip


def found_columns(columns: list[str]) -> dict[str, str]:
    """Our field -> the table's column, for those that are there."""
    plain = {plain_name(c): c for c in reversed(columns)}
    taken: dict[str, str] = {}
    for ours, names in NAMES.items():
        for name in names:
            if name in plain and plain[name] not in taken.values():
                taken[ours] = plain[name]
                break
    return taken


def is_road_table(columns: list[str]) -> bool:
    """Is there a time, a sender, a place, and how it moves?"""
    has = found_columns(columns)
    placed = {"x", "y"} <= set(has) or {"latitude", "longitude"} <= set(has)
    return {"time", "pseudonym", "speed", "heading"} <= set(has) and placed


class RoadTable:
    """A table is ours where it names time, sender, place, speed and heading."""

    name = "roads.table"

    def sniff(self, head: bytes, path: Path) -> float:
        columns = _columns(head, path)
        return 0.9 if columns and is_road_table(columns) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Reject) -> Iterator[Batch[RoadMessage]]:
        from assay.formats.tabular import frames, read_table

        if mapping is not None:
            yield from read_table(path, mapping, RoadMessage, reject)
            return
        name, plane, clock = plain_file_name(path, "road"), Plane(), Clock()
        for first, frame in frames(path, 65_536, reject):
            if is_road_table(frame.columns):
                yield batch_of(frame, name, first, plane, clock, reject)[0]
                continue
            for row in range(min(len(frame), 1000)):  # objects need not all have the same names
                reject(RowError(first + row, "no time, sender, place, speed or heading"))


def batch_of(
    frame: Any, name: str, first: int, plane: Plane, clock: Clock, reject: Reject
) -> tuple[Batch[RoadMessage], np.ndarray]:
    """Rows of a polars frame as a batch, and which rows they are; a row without a time or a place is refused by its number."""
    has = found_columns(frame.columns)
    columns: dict[str, np.ndarray] = {}
    for ours, theirs in has.items():
        if ours in _TEXT:
            columns[ours] = _texts(frame[theirs])
        elif ours != "time":
            columns[ours] = _numbers(frame[theirs]) * _OWN.get(plain_name(theirs), 1.0)
    if "x" not in columns or "y" not in columns:
        columns["x"], columns["y"] = plane.metres(columns["latitude"], columns["longitude"])
    columns = {k: v for k, v in columns.items() if k not in ("latitude", "longitude")}
    time = clock.micros(frame[has["time"]])
    with np.errstate(invalid="ignore"):
        bad = ~(np.isfinite(columns["x"]) & np.isfinite(columns["y"])) | (time == _NO_TIME)
        bad |= (np.abs(columns["x"]) > 1e8) | (np.abs(columns["y"]) > 1e8)
        columns["speed"] = np.where(np.abs(columns["speed"]) <= 1000, columns["speed"], np.nan)
        columns["heading"] = columns["heading"] % 360.0
    for row in np.flatnonzero(bad)[:1000]:
        reject(RowError(first + int(row), "no time" if time[row] == _NO_TIME else "no place"))
    good = np.flatnonzero(~bad)
    batch = Batch(RoadMessage, _ids(frame, has, name, first), time, columns)
    return (batch if len(good) == len(frame) else batch.take(good)), good


def _ids(frame: Any, has: dict[str, str], name: str, first: int) -> list[str]:
    """The table's own ids where it has some that can be told apart, else the file's name and the number of the row."""
    if "id" in frame.columns and has["pseudonym"] != "id":
        own = _texts(frame["id"]).tolist()
        if all(own) and len(set(own)) == len(own):
            return [str(id_) for id_ in own]
    return [f"{name}:{first + i}" for i in range(len(frame))]


_NO_TIME = np.iinfo(np.int64).min
_BEGIN = 1_577_836_800_000_000  # where a recording counts from nothing it counts from 2020-01-01


class Clock:
    """How a recording tells time: decided by its first rows, and kept to."""

    def __init__(self) -> None:
        self._scale: float | None = None
        self._origin = 0

    def micros(self, values: Any) -> np.ndarray:
        """int64[n] microseconds, `_NO_TIME` where unreadable. values: a polars column of numbers, moments or texts."""
        import polars as pl

        if values.dtype in (pl.Datetime, pl.Date):
            return np.asarray(values.cast(pl.Datetime("us")).cast(pl.Int64).fill_null(_NO_TIME).to_numpy())
        numbers = values.cast(pl.Float64, strict=False)
        if values.dtype == pl.String and numbers.null_count() > len(values) // 2:
            from assay.formats.written import parse_times

            return np.asarray(parse_times(values, None).fill_null(_NO_TIME).to_numpy())
        seconds = numbers.fill_null(np.nan).to_numpy()
        if self._scale is None:
            most = float(np.nanmax(np.abs(seconds))) if np.isfinite(seconds).any() else 0.0
            self._scale = next(
                (scale for least, scale in ((1e17, 1e-3), (1e14, 1.0), (1e11, 1e3)) if most >= least), 1e6
            )
            self._origin = 0 if most >= 8e8 else _BEGIN
        told = seconds * self._scale
        with np.errstate(invalid="ignore"):
            known = np.abs(told) < 4e18 - _BEGIN
        return np.where(known, np.round(np.where(known, told, 0.0)).astype(np.int64) + self._origin, _NO_TIME)


def _columns(head: bytes, path: Path) -> list[str]:
    """Column names of a table, from its first bytes or, of Parquet, its end; none where it is no table."""
    if path.suffix.lower() not in _TABLES:
        return []
    if not head.startswith(b"{"):
        return column_names(head, path)[:500]
    import msgspec

    try:
        told = msgspec.json.decode(head.split(b"\n", 1)[0])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return []
    return list(told) if isinstance(told, dict) else []


def _numbers(values: Any) -> np.ndarray:
    import polars as pl

    return np.asarray(values.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy())


def _texts(values: Any) -> np.ndarray:
    import polars as pl

    out = np.empty(len(values), object)
    told = values.cast(pl.String, strict=False).to_list()
    out[:] = ["".join(c for c in t if c.isprintable())[:128] or None if t else None for t in told]
    return out


__all__ = ["LABELS", "NAMES", "SENDERS", "Clock", "RoadTable", "batch_of", "found_columns", "is_road_table"]
