"""JSON of a journey: an object with `gnss`, `imu` and `said` (or `obd`), each a list of objects or an object of lists; or one list of
objects with a time and a place."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from assay.core.clock import micros
from assay.core.kind import RowError
from assay.kinds.vehicles.trips.reading.columns import is_journey, match, track_of
from assay.kinds.vehicles.trips.track import Track

_STREAMS = {
    "gnss": ("gnss", "gps", "positions", "locations", "points", "samples", "track"),
    "imu": ("imu", "motion", "inertial", "sensors"),
    "said": ("said", "obd", "can", "vehicle_data"),
}
_MOST = 4_000_000  # values in all
_TOLD = (b'"latitude"', b'"lat"', b'"gnss"', b'"gps"')


def told(head: bytes) -> bool:
    begins = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if begins not in (b"{", b"["):
        return False
    motion = (b'"speed', b'"course"', b'"heading"', b'"bearing"', b'"imu"', b'"ax"', b'"gnss"')
    return b'"kind"' not in head[:4096] and any(m in head for m in _TOLD) and any(m in head for m in motion)


def read(content: bytes, reject) -> tuple[Track, int]:  # type: ignore[no-untyped-def]
    """Raises `ValueError` where it is no JSON, or holds no places."""
    try:
        plain = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from None
    found = _streams(plain)
    if "gnss" not in found:
        raise ValueError("it holds no places with a time")
    parts: dict[str, tuple[dict[str, np.ndarray], dict[str, str], np.ndarray]] = {}
    for name, values in found.items():
        columns = _columns(values, reject)
        theirs = match(list(columns))
        if "time" not in theirs:
            continue
        time = np.array([_moment(v) for v in columns[theirs["time"]]], np.float64)
        ours = {k: _numbers(columns[v]) for k, v in theirs.items() if k != "time"}
        if name == "said" and "speed" in ours:
            ours["said.speed"], theirs["said.speed"] = ours.pop("speed"), theirs["speed"]
        parts[name] = (ours, theirs, time)
    if "gnss" not in parts or not np.isfinite(parts["gnss"][2]).any():
        raise ValueError("it holds no places with a time")
    origin = min(float(np.nanmin(t)) for _, _, t in parts.values() if np.isfinite(t).any())
    tracks = {name: track_of(ours, theirs, (t - origin) / 1e6) for name, (ours, theirs, t) in parts.items()}
    whole = tracks["gnss"]
    return (
        Track(
            whole.gnss,
            whole.imu or (tracks["imu"].imu if "imu" in tracks else {}),
            whole.said or (tracks["said"].said if "said" in tracks else {}),
        ),
        round(origin),
    )


def _streams(plain: Any) -> dict[str, Any]:
    if isinstance(plain, list):
        return {"gnss": plain}
    if not isinstance(plain, dict):
        raise ValueError("neither an object nor a list")
    found = {}
    for name, known in _STREAMS.items():
        value = next((plain[k] for k in known if isinstance(plain.get(k), (list, dict))), None)
        if value is not None:
            found[name] = value
    if "gnss" not in found and is_journey([str(k) for k in plain]):
        found["gnss"] = plain
    return found


def _columns(values: Any, reject) -> dict[str, list[Any]]:  # type: ignore[no-untyped-def]
    """A list of objects, or an object of lists, as lists of one length."""
    if isinstance(values, dict):
        lists = {str(k)[:64]: v for k, v in list(values.items())[:64] if isinstance(v, list)}
        if len({len(v) for v in lists.values()}) > 1 or sum(map(len, lists.values())) > _MOST:
            raise ValueError("its lists differ in length, or are too long")
        return lists
    rows = []
    for number, row in enumerate(values, 1):
        if isinstance(row, dict):
            rows.append(row)
        else:
            reject(RowError(number, "no object"))
    names = list(dict.fromkeys(str(k)[:64] for row in rows[:100] for k in row))[:64]
    if len(rows) * max(1, len(names)) > 8 * _MOST:
        raise ValueError("it holds too many values")
    return {name: [row.get(name) for row in rows] for name in names}


def _moment(value: Any) -> float:
    """Microseconds: of a date, or of a number of seconds, milliseconds or microseconds."""
    if isinstance(value, bool):
        return np.nan
    if isinstance(value, (int, float)):
        size = abs(float(value)) if abs(value) < 1e300 else np.inf
        return float(value) * (1.0 if size > 1e14 else 1e3 if size > 1e11 else 1e6) if size < 1e17 else np.nan
    if isinstance(value, str) and len(value) <= 40:
        try:
            from datetime import datetime

            return float(micros(datetime.fromisoformat(value.replace("Z", "+00:00"))))
        except (ValueError, OverflowError):
            return np.nan
    return np.nan


def _numbers(values: list[Any]) -> np.ndarray:
    return np.array(
        [
            float(v) if isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < 1e15 else np.nan
            for v in values
        ]
    )


__all__ = ["read", "told"]
