"""`Track`: what a trip's recorder said, as arrays: where the vehicle was by satellite, how it was pushed and turned, what it
said of itself. Packed into bytes for a `Trip` and out of them again, within bounds.

Times are seconds since the trip's beginning; a value that is not there is NaN. A stream that is not there has no rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import numpy as np

MAGIC = b"ATRK1\n"
MOST_FIXES, MOST_SHAKES, MOST_SAYS = (
    200_000,
    4_000_000,
    400_000,
)  # rows of the three streams: 55 h at 1 Hz, 11 h at 100 Hz
LONGEST = 7 * 86_400.0  # seconds of one trip
GNSS = ("time", "latitude", "longitude", "altitude", "speed", "course", "accuracy", "satellites")
IMU = ("time", "ax", "ay", "az", "gx", "gy", "gz")
SAID = ("time", "speed", "odometer", "rpm", "fuel", "charge")
_WIDE = ("time", "latitude", "longitude")  # these need double precision


@dataclass(frozen=True)
class Track:
    """float64 columns by name, all of one length in each stream, in order of time.

    gnss  degrees, metres, metres a second, degrees clockwise from north
    imu   specific force in m/s2 and turning in degrees a second, in the recorder's own axes
    said  what the vehicle says: speed m/s, odometer km, engine turns a minute, fuel and charge in per cent
    """

    gnss: dict[str, np.ndarray] = field(default_factory=dict)
    imu: dict[str, np.ndarray] = field(default_factory=dict)
    said: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """From the first to the last row of any stream."""
        times = [s["time"] for s in (self.gnss, self.imu, self.said) if len(s.get("time", ()))]
        return float(max(t[-1] for t in times) - min(t[0] for t in times)) if times else 0.0

    def has(self, stream: str, *names: str) -> bool:
        """Does the stream hold finite values of each of these?"""
        columns: dict[str, np.ndarray] = getattr(self, stream)
        return all(name in columns and bool(np.isfinite(columns[name]).any()) for name in ("time", *names))


def stream(columns: dict[str, np.ndarray], names: tuple[str, ...], most: int) -> dict[str, np.ndarray]:
    """The known columns in order of time, rows without a time left out, repeated times told once; at most `most` rows."""
    if "time" not in columns:
        return {}
    time = np.asarray(columns["time"], np.float64)
    kept = np.flatnonzero(np.isfinite(time))
    kept = kept[np.argsort(time[kept], kind="stable")]
    if len(kept):
        kept = kept[np.append(True, np.diff(time[kept]) > 0)][:most]
    return {name: np.asarray(columns[name], np.float64)[kept] for name in names if name in columns}


def pack(track: Track) -> bytes:
    """As a `Trip` carries it: single precision but for times and places."""
    plain = {
        name: {k: (v.astype("<f8" if k in _WIDE else "<f4")).tobytes() for k, v in getattr(track, name).items()}
        for name in ("gnss", "imu", "said")
    }
    return MAGIC + msgspec.msgpack.encode(plain)


def unpack(content: bytes) -> Track:
    """`ValueError` where the bytes are no packed track, its columns differ in length, or its times do not rise."""
    if not content.startswith(MAGIC):
        raise ValueError("these bytes are no packed track")
    try:
        plain = msgspec.msgpack.decode(content[len(MAGIC) :], type=dict[str, dict[str, bytes]])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"these bytes are no packed track: {error}") from None
    known = {"gnss": (GNSS, MOST_FIXES), "imu": (IMU, MOST_SHAKES), "said": (SAID, MOST_SAYS)}
    return Track(**{name: _columns(plain.get(name, {}), *known[name]) for name in known})


def _columns(plain: dict[str, bytes], names: tuple[str, ...], most: int) -> dict[str, np.ndarray]:
    found = {
        k: np.frombuffer(v, "<f8" if k in _WIDE else "<f4").astype(np.float64) for k, v in plain.items() if k in names
    }
    if not found:
        return {}
    sizes = {len(values) for values in found.values()}
    if "time" not in found or len(sizes) != 1 or sizes.pop() > most:
        raise ValueError("the columns of a stream differ in length, or are too long")
    time = found["time"]
    if len(time) and not (np.isfinite(time).all() and (np.diff(time) > 0).all() and time[-1] - time[0] <= LONGEST):
        raise ValueError("the times of a stream do not rise")
    return found


__all__ = ["GNSS", "IMU", "MAGIC", "SAID", "Track", "pack", "stream", "unpack"]
