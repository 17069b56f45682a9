"""A recorder of satellites and inertia that speaks on a CAN bus, to a `Track`: by the names of signals in a DBC file, or by the
layout that CANmod.gps recorders come with. What the engine control unit answers by OBD-II (service 01, PID 0D) is the speed it
says.

Layout: CSS Electronics, CANmod.gps, nine messages that follow one another from 1, 17 or 101 on; SAE J1979 for the answers.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from assay.kinds.vehicles.dbc import Dbc, parse_dbc
from assay.kinds.vehicles.decode import decode
from assay.kinds.vehicles.frames import FRAME
from assay.kinds.vehicles.trips.track import GNSS, IMU, LONGEST, MOST_FIXES, MOST_SAYS, MOST_SHAKES, SAID, Track, stream

_LAYOUT = (  # message, its place after the first, signals as (name, first bit, bits, scale, offset)
    ("status", 0, 1, (("FixType", 0, 3, 1, 0), ("Satellites", 3, 5, 1, 0))),
    ("position", 2, 8, (("PositionValid", 0, 1, 1, 0), ("Latitude", 1, 28, 1e-6, -90), ("Longitude", 29, 29, 1e-6, -180),
                        ("PositionAccuracy", 58, 6, 1, 0))),
    ("altitude", 3, 4, (("AltitudeValid", 0, 1, 1, 0), ("Altitude", 1, 18, 0.1, -6000))),
    ("attitude", 4, 8, (("AttitudeValid", 0, 1, 1, 0), ("Heading", 43, 12, 0.1, 0))),
    ("speed", 6, 5, (("SpeedValid", 0, 1, 1, 0), ("Speed", 1, 20, 0.001, 0))),
    ("imu", 8, 8, (("ImuValid", 0, 1, 1, 0), ("AccelerationX", 1, 10, 0.125, -64), ("AccelerationY", 11, 10, 0.125, -64),
                   ("AccelerationZ", 21, 10, 0.125, -64), ("AngularRateX", 31, 11, 0.25, -256),
                   ("AngularRateY", 42, 11, 0.25, -256), ("AngularRateZ", 53, 11, 0.25, -256))),
)  # fmt: skip
_FIRST = (1, 17, 101)
_IMU_OF = {101: 111}  # recorders with their own inertial unit say it elsewhere
_OURS = {  # signal, in small letters -> stream and column
    "latitude": ("gnss", "latitude"), "longitude": ("gnss", "longitude"), "altitude": ("gnss", "altitude"),
    "speed": ("gnss", "speed"), "heading": ("gnss", "course"), "course": ("gnss", "course"), "satellites": ("gnss", "satellites"),
    "positionaccuracy": ("gnss", "accuracy"), "accelerationx": ("imu", "ax"), "accelerationy": ("imu", "ay"),
    "accelerationz": ("imu", "az"), "angularratex": ("imu", "gx"), "angularratey": ("imu", "gy"), "angularratez": ("imu", "gz"),
}  # fmt: skip
_ANSWERS = range(0x7E8, 0x7F0)


@cache
def layout(first: int) -> Dbc:
    """The recorder's messages, the first of them with this id."""
    lines = []
    for name, place, size, signals in _LAYOUT:
        id_ = _IMU_OF.get(first, first + place) if name == "imu" else first + place
        lines.append(f"BO_ {id_} {name}: {size} R")
        lines += [f' SG_ {n} : {at}|{bits}@1+ ({scale},{offset}) [0|0] "" R' for n, at, bits, scale, offset in signals]
    return parse_dbc("\n".join(lines).encode())


def layout_in(frames: np.ndarray) -> Dbc | None:
    """The layout whose places and speeds these frames hold, where they are most of what is said."""
    ids, counts = np.unique(frames["id"], return_counts=True)
    told = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    for first in _FIRST:
        known = layout(first)
        if {first + 2, first + 6} <= told.keys() and 2 * sum(told.get(i, 0) for i in known.messages) > len(frames):
            decoded = decode(frames[frames["id"] == first + 2], known)[first + 2].signals
            if float(np.mean((np.abs(decoded["Latitude"]) <= 90) & (np.abs(decoded["Longitude"]) <= 180))) > 0.9:
                return known
    return None


def track_of_frames(frames: np.ndarray, dbc: Dbc | None = None) -> tuple[Track, int]:
    """FRAME[n] of one recorder; raises `ValueError` where they say no places, or go on for more than a week."""
    dbc = layout_in(frames) if dbc is None else dbc
    if dbc is None or not len(frames):
        raise ValueError("no recorder of satellites speaks on this bus")
    order = np.argsort(frames["time"], kind="stable")
    frames = frames[order]
    origin = int(frames["time"][0])
    seconds = (frames["time"] - origin) / 1e6
    if seconds[-1] > LONGEST:
        raise ValueError("the journey is longer than a week")
    streams: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {"gnss": {}, "imu": {}}
    for decoded in decode(frames, dbc).values():
        valid = np.ones(len(decoded.rows), bool)
        for name, values in decoded.signals.items():
            if name.lower().endswith("valid"):
                valid &= values > 0
        for name, values in decoded.signals.items():
            place = _OURS.get(name.lower())
            if place is not None and valid.any():
                streams[place[0]].setdefault(place[1], (seconds[decoded.rows][valid], values[valid]))
    if not {"latitude", "longitude"} <= streams["gnss"].keys():
        raise ValueError("no recorder of satellites speaks on this bus")
    return Track(
        _together(streams["gnss"], "latitude", GNSS, MOST_FIXES),
        _together(streams["imu"], "ax", IMU, MOST_SHAKES),
        _said(frames, seconds),
    ), origin


def _together(
    found: dict[str, tuple[np.ndarray, np.ndarray]], lead: str, names: tuple[str, ...], most: int
) -> dict[str, np.ndarray]:
    """Columns at the times of one of them: messages of one fix follow each other within milliseconds."""
    if lead not in found:
        return {}
    t = found[lead][0]
    columns = {"time": t}
    for name, (when, values) in found.items():
        at = np.clip(np.searchsorted(when, t), 0, len(when) - 1)
        before = np.maximum(at - 1, 0)
        near = np.where(np.abs(when[at] - t) <= np.abs(when[before] - t), at, before)
        columns[name] = np.where(np.abs(when[near] - t) < 0.5, values[near], np.nan)
    if "accuracy" in columns:  # a fix good to no better than fifteen metres tells nothing of a second's motion
        good = ~(columns["accuracy"] > 15)
        columns = {k: v[good] for k, v in columns.items()}
    return stream(columns, names, most)


def _said(frames: np.ndarray, seconds: np.ndarray) -> dict[str, np.ndarray]:
    """Speed as engine control units answer it, in m/s."""
    answers = np.isin(frames["id"], list(_ANSWERS)) & (frames["data"] & 0xFFFF00 == 0x0D4100)
    if not answers.any():
        return {}
    speed = ((frames["data"][answers] >> np.uint64(24)) & np.uint64(255)).astype(np.float64) / 3.6
    return stream({"time": seconds[answers], "speed": speed}, SAID, MOST_SAYS)


__all__ = ["FRAME", "layout", "layout_in", "track_of_frames"]
