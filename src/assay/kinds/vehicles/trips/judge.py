"""A journey judged: what of it is surprising, over which seconds, and in numbers a person can check. Pure; knows no findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.kinds.vehicles.trips import agreement
from assay.kinds.vehicles.trips import reasons as codes
from assay.kinds.vehicles.trips.agreement import NAMES, STRETCH, Compared
from assay.kinds.vehicles.trips.motion import Motion, metres, motion_of
from assay.kinds.vehicles.trips.track import Track
from assay.kinds.vehicles.trips.usual import JUDGED, Usual

SURPRISING = 3.0  # spreads above the ninth tenth of honest trips: no honest stretch of either car reached 1.6
_STRONGER = {"clock": 5.0, "bend": 4.0, "side": 4.0, "turn": 4.0, "push": 4.0}  # what roads and receivers also do
FASTEST = 120.0  # m/s; no road vehicle is
APART = 500.0  # metres that a jump must be of
SILENT = 60.0  # seconds without a fix, while the car drives on
RATIO = 1.12  # by which the speed or way that the vehicle says may differ from that of the satellites
TRUE = 1.07  # of an odometer: worn tyres take 2.5 % of a wheel's way, other tyres that fit some more, and nobody may round it up
_WHOLE = 0.98  # of its seconds must be known of a way that is held against it so closely
_TOLD = 30  # seconds of motion that a comparison of speeds needs


@dataclass(frozen=True)
class Said:
    """One reason: its code, how surprising (spreads), the numbers of its sentence, and the seconds it speaks of."""

    code: str
    surprise: float
    values: dict[str, Any]
    spans: tuple[tuple[float, float], ...] = ()
    exact: bool = False


@dataclass(frozen=True)
class Judged:
    """`score` the sum of surprises of the worst stretch; `minutes` how much could be compared; `said` strongest first."""

    motion: Motion | None
    compared: Compared | None
    said: tuple[Said, ...] = ()
    score: float = np.nan
    minutes: float = 0.0
    length: float = 0.0
    rows: dict[str, float] = field(default_factory=dict)


def judge(track: Track, usual: Usual) -> Judged:
    """Any track; one without fixes or inertia is judged by what there is."""
    motion = motion_of(track)
    if motion is None:
        return Judged(None, None)
    length = way(track)
    plain = [*_jumps(track), *_lost(track, motion), *_as_said(track, motion, length)]
    if not motion.inertial:
        return Judged(motion, None, _ordered(plain), length=length)
    compared = agreement.compare(motion)
    known = np.isfinite(motion.yaw) & np.isfinite(motion.speed)
    stretches = agreement.windows(compared, STRETCH, STRETCH // 2)
    going = stretches.moving > 0.2
    whole = np.array([agreement.row(compared, slice(0, len(motion.time)))])
    rows = np.concatenate([whole, stretches.values[going]])
    spans = [(0.0, float(len(motion.time))), *((s, s + STRETCH) for s in stretches.start[going].tolist())]
    surprises = usual.surprises(rows, "stretch")
    # What felt no motion at all tells nothing of a claim that there was none.
    if known.sum() < agreement.LEAST or not len(surprises):
        return Judged(motion, compared, _ordered(plain), length=length)
    told = [*plain, *_surprising(surprises, rows, spans)]
    score = float(np.max(np.nansum(surprises, axis=1)))
    numbers = {name: float(v) for name, v in zip(NAMES, whole[0].tolist(), strict=True) if v == v}
    return Judged(motion, compared, _ordered(told), score, float(known.sum()) / 60, length, numbers)


# What explains the others comes first: who tells a drive half a minute late also turns where nothing was felt.
_EXPLAINS = (codes.DELAYED, codes.STANDS_MOVING, codes.SCALED, codes.SAID, codes.MOVES_STANDING)


def _ordered(said: list[Said]) -> tuple[Said, ...]:
    first = {code: place for place, code in enumerate(_EXPLAINS)}
    return tuple(sorted(said, key=lambda s: (-s.exact, first.get(s.code, len(first)), -s.surprise, s.code)))


def _surprising(surprises: np.ndarray, rows: np.ndarray, spans: list[tuple[float, float]]) -> list[Said]:
    """One reason for each code, of its most surprising number and stretch."""
    best: dict[str, Said] = {}
    for j, name in enumerate(JUDGED):
        limit = _STRONGER.get(name, SURPRISING)
        hit = np.flatnonzero(np.nan_to_num(surprises[:, j], nan=-1.0) >= limit)
        if not len(hit):
            continue
        i = int(hit[np.argmax(surprises[hit, j])])
        code = codes.OF_NUMBER[name]
        values = _values(name, rows[i], float(surprises[i, j]))
        told = tuple(spans[k] for k in hit.tolist() if k) or (spans[0],)
        if code not in best or best[code].surprise < surprises[i, j]:
            best[code] = Said(code, float(surprises[i, j]), values, told[:20])
    return list(best.values())


def _values(name: str, row: np.ndarray, surprise: float) -> dict[str, Any]:
    """What the sentence of a reason shows."""
    number = dict(zip(NAMES, row.tolist(), strict=True))
    shown: dict[str, Any] = {"surprise": round(surprise, 1), "value": round(number[name], 2)}
    if name == "lag":
        shown["seconds"] = int(number["later"])
    elif name in ("turn_share", "push_share") or name in ("still", "frozen"):
        shown["value"] = round(100 * number[name])
    elif name in ("brisk", "smooth", "clock"):
        shown["value"] = round(100 * float(np.exp(-abs(number[name]))))
    elif name in ("turn", "push", "side", "bend"):
        shown["value"] = round(float(np.exp(number[name])), 1)
    return shown


def way(track: Track) -> float:
    """Kilometres between fixes, those of jumps and of standing left out."""
    g = track.gnss
    good = np.isfinite(g["latitude"]) & np.isfinite(g["longitude"])
    if good.sum() < 2:
        return 0.0
    x, y = metres(g["latitude"][good], g["longitude"][good])
    step, dt = np.hypot(np.diff(x), np.diff(y)), np.diff(g["time"][good])
    with np.errstate(divide="ignore", invalid="ignore"):
        driven = (step / dt < FASTEST) & ((step / dt > 0.5) | (dt > 5))
    return float(np.sum(step[driven])) / 1000


def _jumps(track: Track) -> list[Said]:
    g = track.gnss
    good = np.isfinite(g["latitude"]) & np.isfinite(g["longitude"])
    x, y = metres(g["latitude"][good], g["longitude"][good])
    t = g["time"][good]
    step, dt = np.hypot(np.diff(x), np.diff(y)), np.diff(t)
    far = np.flatnonzero((step > APART) & (step > FASTEST * dt))
    if not len(far):
        return []
    worst = int(far[np.argmax(step[far])])
    spans = tuple((float(t[i]), float(t[i + 1])) for i in far[:20])
    values = {
        "kilometres": round(float(step[worst]) / 1000, 1),
        "seconds": round(float(dt[worst]), 1),
        "count": len(far),
    }
    return [Said(codes.JUMP, 8.0, values, spans, exact=True)]


def _lost(track: Track, motion: Motion) -> list[Said]:
    """No fix for a minute while the car goes on: a tunnel, or a jammer."""
    g = track.gnss
    t = g["time"][np.isfinite(g["latitude"])]
    gaps = np.flatnonzero(np.diff(t) >= SILENT)
    told = []
    for i in gaps[:1000].tolist():
        inside = (motion.time > t[i]) & (motion.time < t[i + 1])
        drove = np.nanmean(motion.said[inside]) if np.isfinite(motion.said[inside]).any() else np.nan
        if drove > 3.0:
            told.append((float(t[i]), float(t[i + 1])))
    if not told:
        return []
    seconds = sum(stop - start for start, stop in told)
    return [Said(codes.LOST, 1.0, {"count": len(told), "seconds": round(seconds)}, tuple(told[:20]))]


def _as_said(track: Track, motion: Motion, length: float) -> list[Said]:
    """What the vehicle says of its speed and way, against the satellites."""
    told = []
    known = np.isfinite(motion.said) & np.isfinite(motion.speed)
    moves = known & (np.fmax(motion.said, motion.speed) > 3)
    if moves.sum() >= _TOLD:
        said, seen = motion.said[moves], motion.speed[moves]
        ratio = float(said.sum() / max(seen.sum(), 1e-9))
        apart = float(np.mean(np.abs(said - seen)) / np.mean(np.maximum(said, seen)))
        off = abs(np.log(max(ratio, 1e-3))) / np.log(RATIO)
        if off > 1 or apart > 0.25:
            values = {"ratio": round(ratio, 2), "apart": round(100 * apart), "seconds": int(moves.sum())}
            told.append(Said(codes.SAID, float(min(8.0, SURPRISING * max(off, apart / 0.25))), values))
    if track.has("said", "odometer"):
        told += _odometer(track, motion, length)
    return told


def _odometer(track: Track, motion: Motion, length: float) -> list[Said]:
    """An odometer that runs back, or goes on by another way than the satellites' `length`. A way made of places is shorter than the
    road's, and what lies in a gap is a guess: only the receiver's own speed, without gaps, is held against an odometer closely."""
    known = np.isfinite(track.said["odometer"])
    t, odometer = track.said["time"][known], track.said["odometer"][known]
    steps = np.diff(odometer)
    if (steps < -0.2).any():
        back = round(float(-steps[steps < -0.2].sum()), 1)
        return [Said(codes.ROLLBACK, 8.0, {"kilometres": back, "days": 0}, exact=True)]
    if not len(t):
        return []
    gone, driven, limit, coarse = float(odometer[-1] - odometer[0]), length, RATIO, 1.0  # told in whole kilometres
    ticks = np.flatnonzero(steps > 0) + 1
    if (
        motion.reported[0] and len(ticks) >= 2
    ):  # from where it goes on for the first time to the last, nothing is rounded
        first, last = int(ticks[0]), int(ticks[-1])
        speed = motion.speed[(motion.time >= t[first]) & (motion.time <= t[last])]
        if len(speed) >= _TOLD and np.isfinite(speed).mean() >= _WHOLE:
            driven = float(np.nanmean(speed) * (t[last] - t[first])) / 1000
            gone, limit, coarse = float(odometer[last] - odometer[first]), TRUE, 2 * driven / (last - first)
    if driven < 5 or abs(np.log(max(gone, 0.1) / driven)) <= np.log(limit) + coarse / driven:
        return []
    return [Said(codes.ODOMETER, SURPRISING, {"said": round(gone, 1), "driven": round(driven, 1)})]


__all__ = ["FASTEST", "RATIO", "SURPRISING", "Judged", "Said", "judge", "way"]
