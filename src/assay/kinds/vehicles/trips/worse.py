"""The same journey by a worse recorder: rarer or thinned inertia, rounded or missing speeds. What `assay bench trips` asks of honest
and forged journeys besides the recorders at hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.kinds.vehicles.trips.track import Track

Stream = dict[str, np.ndarray]


def thinned(stream: Stream, rate: float) -> Stream:
    """The sample nearest after each tick of `rate` a second."""
    ticks = np.arange(stream["time"][0], stream["time"][-1], 1 / rate)
    at = np.unique(np.clip(np.searchsorted(stream["time"], ticks), 0, len(stream["time"]) - 1))
    return {name: values[at] for name, values in stream.items()}


def averaged(stream: Stream, rate: float) -> Stream:
    """The mean of each 1 / `rate` seconds."""
    place = np.floor((stream["time"] - stream["time"][0]) * rate).astype(np.int64)
    count = np.bincount(place)
    return {name: (np.bincount(place, values) / np.maximum(count, 1))[count > 0] for name, values in stream.items()}


def _rounded(gnss: Stream) -> Stream:
    out = dict(gnss)
    if "speed" in out:
        out["speed"] = np.round(out["speed"] * 3.6) / 3.6
    if "course" in out:
        out["course"] = np.round(out["course"])
    return out


def _without(gnss: Stream, *names: str) -> Stream:
    return {name: values for name, values in gnss.items() if name not in names}


RECORDERS: dict[str, Callable[[Track], Track]] = {
    "inertia averaged over seconds": lambda t: Track(t.gnss, averaged(t.imu, 1)),
    "inertia once a second": lambda t: Track(t.gnss, thinned(t.imu, 1)),
    "speed in whole km/h, course in degrees": lambda t: Track(_rounded(t.gnss), t.imu),
    "no course": lambda t: Track(_without(t.gnss, "course"), t.imu),
    "places alone": lambda t: Track(_without(t.gnss, "course", "speed"), t.imu),
}

__all__ = ["RECORDERS", "averaged", "thinned"]
