"""What a recorder feels of one vehicle and no other: how it is mounted, how the road shakes it at speed, how it shakes at rest, and
at which pitch; and in which proportion to the satellites its own speed, and the pushes that are felt, stand. Learnt from a vehicle's
own past journeys; of two cars of one model the first four may well say nothing.

Numbers are not places: they may be kept with a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.kinds.vehicles.trips import agreement
from assay.kinds.vehicles.trips import reasons as codes
from assay.kinds.vehicles.trips.agreement import Compared, compare
from assay.kinds.vehicles.trips.judge import Said
from assay.kinds.vehicles.trips.motion import motion_of
from assay.kinds.vehicles.trips.track import Track

NAMES = ("up_x", "up_y", "up_z", "mounted", "driven", "idle", "pitch", "rate", "said", "felt")
LEAST = {"driven": 0.15, "idle": 0.25, "pitch": 0.12}  # spreads (natural logarithms) are never taken for less
PROPORTIONS = {
    "said": 0.012,
    "felt": 0.03,
}  # the same, of what stands in one proportion to the satellites from journey to journey
_TILTED, _TURNED = 12.0, 25.0  # degrees by which a recorder that was not moved may seem to lie otherwise
_SPREADS = 4.0
LEAST_JOURNEYS = 3


def signature(track: Track) -> dict[str, float]:
    """Of a journey; empty where it has no inertia."""
    motion = motion_of(track)
    return {} if motion is None or not motion.inertial else signature_of(track, compare(motion))


def signature_of(track: Track, c: Compared) -> dict[str, float]:
    """`NAMES` -> value; what cannot be told is left out. `driven` and `idle`: the log of the spread of specific force at 8 to 20
    m/s and at rest; `pitch`: the log of the strongest frequency at rest, Hz; `said` and `felt`: the log of the vehicle's own speed, and of
    pushes that are felt, over what satellites say of them."""
    imu, m = track.imu, c.motion
    f = np.stack([imu[k] for k in ("ax", "ay", "az")])
    middle = np.median(f, axis=1)
    up = middle / max(float(np.linalg.norm(middle)), 1e-9)
    found = {"up_x": float(up[0]), "up_y": float(up[1]), "up_z": float(up[2]), "mounted": c.mounted, "rate": m.rate}
    with np.errstate(invalid="ignore"):
        fast = m.shake[(m.speed > 8) & (m.speed < 20) & np.isfinite(m.shake)]
    if len(fast) >= 60:
        found["driven"] = float(np.log(np.median(fast) + 1e-3))
    still = agreement.standing(m) & np.isfinite(m.shake)
    if still.sum() >= 20:
        found["idle"] = float(np.log(np.median(m.shake[still]) + 1e-3))
        if m.rate >= 50 and (pitch := _pitch(imu["time"], np.linalg.norm(f, axis=0), m.time[still])) > 0:
            found["pitch"] = float(np.log(pitch))
    with np.errstate(invalid="ignore"):
        going = np.isfinite(m.said) & (m.speed > 5)
    if going.sum() >= 180:
        found["said"] = float(np.log(max(m.said[going].sum() / m.speed[going].sum(), 0.01)))
    scale, error = agreement.scale_of(c.claimed_push, c.felt_push) if m.reported[0] else (np.nan, np.nan)
    if scale > 0.1 and error / scale < PROPORTIONS["felt"]:
        found["felt"] = float(np.log(scale))
    return found


def _pitch(t: np.ndarray, size: np.ndarray, seconds: np.ndarray) -> float:
    """Hz: where most is shaken over quiet seconds, above 5 Hz; 0 where no frequency stands out."""
    total: np.ndarray | None = None
    for s in seconds[:120].tolist():
        piece = size[(t >= s - 0.5) & (t < s + 0.5)]
        if len(piece) >= 48:
            power = np.abs(np.fft.rfft((piece - piece.mean())[:48] * np.hanning(48))) ** 2
            total = power if total is None else total + power
    if total is None:
        return 0.0
    rate = 1.0 / max(float(np.median(np.diff(t))), 1e-4)
    at = np.arange(len(total)) * rate / 48
    high = at > 5
    best = int(np.argmax(np.where(high, total, 0)))
    return float(at[best]) if total[best] > 4 * np.median(total[high]) else 0.0


def learn(found: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Middle and spread of each number over a vehicle's own journeys."""
    out: dict[str, Any] = {"journeys": len(found)}
    for name in NAMES:
        values = np.array([f[name] for f in found if name in f])
        if len(values):
            middle = float(np.angle(np.mean(np.exp(1j * values)))) if name == "mounted" else float(np.median(values))
            spread = float(np.median(np.abs(values - middle)) * 1.4826)
            out[name] = [round(middle, 5), round(spread, 5)]
    return out


def departures(now: dict[str, float], past: dict[str, Any]) -> list[Said]:
    """Empty where this may well be the same recorder in the same vehicle, or the past is too short."""
    if past.get("journeys", 0) < LEAST_JOURNEYS or not all(
        k in past and k in now for k in ("up_x", "up_y", "up_z", "mounted")
    ):
        return []
    told = []
    same = float(np.clip(sum(now[k] * past[k][0] for k in ("up_x", "up_y", "up_z")), -1, 1))
    tilted = float(np.degrees(np.arccos(same)))
    turned = abs(float(np.degrees(np.angle(np.exp(1j * (now["mounted"] - past["mounted"][0]))))))
    moved = tilted > _TILTED or turned > _TURNED
    if moved:
        told.append(Said(codes.MOUNTED, 3.0, {"tilted": round(tilted), "turned": round(turned)}))
    off = {
        name: abs(now[name] - past[name][0]) / max(past[name][1], LEAST[name])
        for name in LEAST
        if name in now and name in past
    }
    far = {name: size for name, size in off.items() if size > _SPREADS}
    # One number alone is a load, a road or the season; two, or one and a recorder that was moved, are another vehicle.
    if len(far) >= 2 or (far and moved):
        told.append(Said(codes.OTHER_CAR, min(8.0, max(far.values())), {"marks": len(far) + moved, "of": len(off) + 1}))
    return told if moved else [*told, *_rescaled(now, past)]


def _rescaled(now: dict[str, float], past: dict[str, Any]) -> list[Said]:
    """A proportion that is another than in all earlier journeys."""
    told = []
    for name, least in PROPORTIONS.items():
        if name in now and name in past:
            apart = now[name] - past[name][0]
            size = abs(apart) / max(past[name][1], least)
            if size > _SPREADS:
                percent = round(100 * (1 - float(np.exp(-apart))))
                told.append(Said(codes.RESCALED, min(8.0, size), {"percent": percent, "journeys": past["journeys"]}))
    return told[:1]


__all__ = ["LEAST_JOURNEYS", "NAMES", "departures", "learn", "signature", "signature_of"]
