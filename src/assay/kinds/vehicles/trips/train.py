"""`assay train trips --data FOLDER --out DIR`: what satellites and inertia usually differ by, from honest journeys alone.
`assay train signature --data FOLDER --out MODELS/ID`: what one vehicle feels like, from its own journeys; its id is the folder's name.

How often honest stretches are accused is counted on vehicles left out of learning, one after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assay import __version__
from assay.core.errors import InvalidSetting
from assay.kinds.vehicles.trips import agreement
from assay.kinds.vehicles.trips.agreement import STRETCH, WINDOW, compare
from assay.kinds.vehicles.trips.drives import Drive, drives
from assay.kinds.vehicles.trips.judge import judge
from assay.kinds.vehicles.trips.model import DETECTOR, SIGNATURE, USUAL
from assay.kinds.vehicles.trips.motion import motion_of
from assay.kinds.vehicles.trips.signature import LEAST_JOURNEYS, learn, signature
from assay.kinds.vehicles.trips.track import Track
from assay.kinds.vehicles.trips.usual import Usual
from assay.learning import TrainReport, TrainRequest, registry

FAILS = [
    "A forger who also forges inertia, at his desk or on a shaking table, is not seen.",
    "A steady drive straight on gives inertia nothing to say: ways led aside or made up are told by turns, stops and pushes only.",
    "Mileage cut by a tenth is hardly seen in one journey; accounts of fuel and service see it over a year.",
    "Learnt on few cars with good recorders; phones in loose holders differ more, and should be learnt from their own honest journeys.",
]


def train(request: TrainRequest) -> TrainReport:
    """Option: `licence` of the data. Raises `InvalidSetting` without a journey of five minutes that has inertia."""
    found = [d for d in drives(request.data) if d.track.has("imu", "ax", "gx")]
    rows = {d.name: levels_of(d.track) for d in found}
    if not any(len(r[1]) for r in rows.values()):
        raise InvalidSetting("no journey has inertia for five minutes", where=str(request.data))
    usual = learnt(list(rows.values()))
    accused, stretches = left_out(found, rows)
    figures: dict[str, Any] = {
        "vehicles": len({d.vehicle for d in found}), "journeys": len(found), "minutes": int(sum(len(r[0]) for r in rows.values()) / 2),
        "stretches": stretches, "stretches accused": accused, "at most, 95 %": at_most(accused, stretches),
    }  # fmt: skip
    card: dict[str, Any] = {
        "detector": DETECTOR, "assay": __version__, "figures": figures, "fails": FAILS,
        "about": "How satellites and inertia differ in honest journeys; learnt without any forged one.",
        "honest": f"{accused}/{stretches}", "rebuild": "assay train trips --data FOLDER --out DIR",
        "data": [{"name": request.data.name, "sha256": registry.file_hash(request.data), "licence": str(request.options.get("licence", "unknown"))}],
    }  # fmt: skip
    folder = registry.save(request.out, {USUAL: registry.dumps(usual.plain())}, card)
    return TrainReport(request.out, folder.version, figures)


def train_signature(request: TrainRequest) -> TrainReport:
    """Every journey below the data is one of the vehicle named as `out` is. Raises `InvalidSetting` for fewer than three."""
    found = [s for d in drives(request.data) if (s := signature(d.track))]
    if len(found) < LEAST_JOURNEYS:
        raise InvalidSetting(
            f"{len(found)} journeys with inertia are too few",
            where=str(request.data),
            hint=f"{LEAST_JOURNEYS} at least",
        )
    vehicle = request.out.resolve().name
    figures: dict[str, Any] = {
        "vehicle": vehicle,
        "journeys": len(found),
        "marks": sorted({name for f in found for name in f}),
    }
    card = {
        "detector": DETECTOR, "assay": __version__, "figures": figures, "vehicle": vehicle,
        "fails": ["Two vehicles of one model may shake alike; a load, tyres or a season change how one shakes."],
        "about": "How one vehicle's own journeys feel to its recorder; no places.", "rebuild": "assay train signature --data FOLDER --out MODELS/ID",
        "data": [{"name": request.data.name, "sha256": registry.file_hash(request.data), "licence": str(request.options.get("licence", "unknown"))}],
    }  # fmt: skip
    folder = registry.save(request.out, {SIGNATURE: registry.dumps(learn(found))}, card)
    return TrainReport(request.out, folder.version, figures)


Rows = tuple[np.ndarray, np.ndarray]


def levels_of(track: Track) -> Rows:
    """Rows of minutes, and of stretches of five, of a journey's moving parts."""
    motion = motion_of(track)
    nothing = np.zeros((0, len(agreement.NAMES)))
    if motion is None or not motion.inertial:
        return nothing, nothing
    c = compare(motion)
    minutes, stretches = agreement.windows(c, WINDOW, 30), agreement.windows(c, STRETCH, STRETCH // 2)
    return minutes.values[minutes.moving > 0.2], stretches.values[stretches.moving > 0.2]


def learnt(rows: list[Rows]) -> Usual:
    return Usual.learn([np.concatenate([r[level] for r in rows]) for level in (0, 1)])


def left_out(found: list[Drive], rows: dict[str, Rows]) -> tuple[int, int]:
    """(accused, all) stretches of five minutes, none sharing a second, each judged by what other vehicles taught."""
    accused = every = 0
    for vehicle in sorted({d.vehicle for d in found}):
        others = [rows[d.name] for d in found if d.vehicle != vehicle]
        if not any(len(r[1]) for r in others):
            continue
        usual = learnt(others)
        for d in (d for d in found if d.vehicle == vehicle):
            for piece in pieces(d.track, STRETCH):
                judged = judge(piece, usual)
                if not np.isnan(judged.score):
                    every += 1
                    accused += bool(judged.said)
    return accused, every


def pieces(track: Track, seconds: float, step: float = 0.0) -> Iterator[Track]:
    """The journey in pieces of this length, `step` seconds apart (0: one after another); a last one shorter than four fifths is left
    out."""
    from assay.kinds.vehicles.trips.reader import between

    t = track.gnss.get("time", np.zeros(0))
    if not len(t):
        return
    for start in np.arange(t[0], t[-1] - 0.8 * seconds, step or seconds).tolist():
        yield Track(*(between(s, start, start + seconds) for s in (track.gnss, track.imu, track.said)))


def at_most(hits: int, n: int) -> float | None:
    """The highest share that so few hits do not rule out (Clopper and Pearson, 95 %, one side); None of nothing."""
    if not n:
        return None
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if _at_most_hits(hits, n, middle) > 0.05:
            low = middle
        else:
            high = middle
    return round(high, 3)


def _at_most_hits(hits: int, n: int, p: float) -> float:
    total, term = 0.0, (1 - p) ** n
    for k in range(hits + 1):
        total += term
        term *= (n - k) / (k + 1) * p / max(1 - p, 1e-12)
    return total


__all__ = ["at_most", "learnt", "left_out", "levels_of", "pieces", "train", "train_signature"]
