"""`assay bench trips --data FOLDER`: forged journeys on real satellites and inertia, each way of forging by itself.

Learnt is from honest journeys of other vehicles: no forged journey of any kind is ever learnt from, and no vehicle stands on
both sides. Judged are single minutes, minutes within their journey of ten, and whole journeys of ten minutes. The peer is the
score that a first trial used (eight numbers of one minute in the recorder's raw axes; a forest that saw every other way of
forging), trained on the same vehicles.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import InvalidSetting
from assay.kinds.vehicles.mileage.bench import shaving, terms
from assay.kinds.vehicles.simulate.sensors import Recorder, drive
from assay.kinds.vehicles.trips import agreement
from assay.kinds.vehicles.trips.agreement import STRETCH, WINDOW, compare
from assay.kinds.vehicles.trips.drives import Drive, drives
from assay.kinds.vehicles.trips.judge import judge
from assay.kinds.vehicles.trips.motion import motion_of
from assay.kinds.vehicles.trips.peer import NUMBERS, peer_rows, trained
from assay.kinds.vehicles.trips.reasons import RESCALED
from assay.kinds.vehicles.trips.signature import LEAST_JOURNEYS, departures, learn, signature
from assay.kinds.vehicles.trips.spoof import FAMILY, KINDS, mileage
from assay.kinds.vehicles.trips.track import Track
from assay.kinds.vehicles.trips.train import at_most, learnt, levels_of, pieces
from assay.kinds.vehicles.trips.usual import Usual
from assay.kinds.vehicles.trips.worse import RECORDERS
from assay.learning.evaluate import auc, recall_at

JOURNEY = 600  # seconds
_RATE = 0.01
_SHARE = 0.5  # of the journey's score that counts for each of its minutes


def bench(data: Path | None = None, *, seed: int = 7, short: bool = False) -> dict[str, Any]:
    """Figures by way of forging. Without data, journeys are made up (`assay simulate fleet`), which says less. Raises
    `InvalidSetting` where the folder has not two vehicles with inertia."""
    began = time.process_time()
    found = [
        d
        for d in (_made(seed, short) if data is None else drives(data))
        if d.track.has("imu", "ax", "gx") and d.track.seconds >= STRETCH
    ]
    moving = [d for d in found if len(levels_of(d.track)[1])]
    vehicles = sorted({d.vehicle for d in moving})
    if len(vehicles) < 2:
        raise InvalidSetting("journeys of two vehicles with inertia are needed", where=str(data or ""))
    rows = {d.name: levels_of(d.track) for d in moving}
    honest, forged, accused = (
        _Scores(),
        {kind: _Scores() for kind in KINDS},
        {kind: [0, 0] for kind in ("honest", *KINDS)},
    )
    rival: dict[str, dict[str, list[np.ndarray]]] = {v: {k: [] for k in ("honest", *KINDS)} for v in vehicles}
    rng = np.random.default_rng(seed)
    for vehicle in vehicles:
        usual = learnt([rows[d.name] for d in moving if d.vehicle != vehicle])
        for own in (d for d in moving if d.vehicle == vehicle):
            for n, piece in enumerate(pieces(Track(own.track.gnss, own.track.imu), JOURNEY, STRETCH)):
                group = f"{own.name}/{n}"
                going = _moving(piece)
                told = _add(honest, piece, usual, group, going)
                if told is None:
                    continue
                _count(accused["honest"], told)
                rival[vehicle]["honest"].append(_rival_rows(piece, going))
                for kind, forge in KINDS.items():
                    made = forge(piece, rng)
                    _count(accused[kind], bool(_add(forged[kind], made, usual, group, going)))
                    rival[vehicle][kind].append(_rival_rows(made, going))
    return {
        "vehicles": {v: round(sum(d.track.seconds for d in moving if d.vehicle == v) / 60, 1) for v in vehicles},
        "split": "by vehicle; nothing forged is learnt from",
        "honest": {"minutes": len(honest.minute), "journeys of ten minutes": len(honest.journey)},
        "kinds": {
            kind: _figures(honest, forged[kind], seed)
            | {"peer, minute alone": _peer(rival, kind, seed)}
            | _of(accused[kind])
            for kind in KINDS
        },
        "honest journeys accused": _of(accused["honest"]) | {"at most, 95 %": at_most(*accused["honest"])},
        "by worse recorders": _worse(moving, rows, seed),
        "mileage within one journey": _scaled(moving, seed),
        "made-up honest journeys accused": _made_honest(learnt(list(rows.values())), seed, 10 if short else 100),
        "mileage over a year": shaving(seed=seed, cars=30 if short else 300),
        "policies by their journeys": {} if short else terms(seed=seed),
        "cpu seconds": round(time.process_time() - began, 1),
        "cpu ms a minute of 100 Hz inertia": _pace(moving, rows),
    }


def _worse(moving: list[Drive], rows: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same journeys as lesser recorders would have told them: accused of honest, told of forged ones."""
    rng = np.random.default_rng([seed, 17])
    out = {}
    for name, worsened in RECORDERS.items():
        honest, forged = [0, 0], [0, 0]
        for vehicle in sorted({d.vehicle for d in moving}):
            usual = learnt([rows[d.name] for d in moving if d.vehicle != vehicle])
            for own in (d for d in moving if d.vehicle == vehicle):
                for piece in pieces(Track(own.track.gnss, own.track.imu), JOURNEY, STRETCH):
                    _count(honest, bool(judge(worsened(piece), usual).said))
                    for kind in ("playback", "smoothing", "delay-10"):
                        _count(forged, bool(judge(worsened(KINDS[kind](piece, rng)), usual).said))
        out[name] = {"honest accused": honest[0], "of": honest[1], "forged told": forged[0], "of forged": forged[1]}
    return out


def _scaled(moving: list[Drive], seed: int) -> dict[str, Any]:
    """What limits it: by how much (natural logarithm) the size of felt pushes over claimed ones differs among honest stretches, beside
    the tenth that is looked for. And what does not: the car's own speed, held against other stretches of the same car, each left out
    in turn of what they taught."""
    rng = np.random.default_rng([seed, 23])
    sizes: list[float] = []
    tally = {name: [0, 0] for name in ("honest", "times .95", "times .9")}
    for own in moving:
        stretches = list(pieces(own.track, STRETCH, STRETCH))
        marks = [signature(piece) for piece in stretches]
        sizes += [float(np.log(size)) for piece in stretches if (size := _push_size(piece)) > 0]
        for k, piece in enumerate(stretches):
            past = learn([m for j, m in enumerate(marks) if j != k and "said" in m])
            if past["journeys"] < LEAST_JOURNEYS or "said" not in marks[k]:
                continue
            for name, share in (("honest", 1.0), ("times .95", 0.95), ("times .9", 0.9)):
                made = Track(mileage(piece, rng, share).gnss, piece.imu, piece.said)
                _count(tally[name], any(said.code == RESCALED for said in departures(signature(made), past)))
    spread = float(np.std(sizes)) if len(sizes) > 1 else np.nan
    return {
        "honest stretches": len(sizes), "spread of pushes' size": round(spread, 3), "a tenth, in spreads": round(-float(np.log(0.9)) / spread, 2),
        "told by the car's own speed against its past": {name: {"told": hit, "of": n} for name, (hit, n) in tally.items()},
    }  # fmt: skip


def _push_size(piece: Track) -> float:
    """Felt over claimed; 0 where that cannot be told to a tenth."""
    motion = motion_of(piece)
    if motion is None or not motion.inertial:
        return 0.0
    compared = compare(motion)
    size, error = agreement.scale_of(compared.claimed_push, compared.felt_push)
    return size if error < 0.1 * size else 0.0


def _made(seed: int, short: bool) -> list[Drive]:
    """Journeys of three made-up cars."""
    rng = np.random.default_rng([seed, 11])
    cars = [Recorder.draw(rng) for _ in range(2 if short else 3)]
    return [Drive(f"made-{i}", f"made-{i}", drive(rng, 630 if short else 1500, car)) for i, car in enumerate(cars)]


def _made_honest(usual: Usual, seed: int, journeys: int) -> dict[str, Any]:
    """Honest journeys of as many made-up cars, judged by what the real ones taught: another world's false accusations."""
    tally = [0, 0]
    for i in range(journeys):
        rng = np.random.default_rng([seed, 13, i])
        _count(tally, bool(judge(drive(rng, JOURNEY), usual).said))
    return {**_of(tally), "at most, 95 %": at_most(*tally)}


class _Scores:
    """Scores of one kind; `groups` the journey of each minute."""

    def __init__(self) -> None:
        self.minute: list[float] = []
        self.within: list[float] = []
        self.groups: list[str] = []
        self.journey: list[float] = []
        self.journeys: list[str] = []


def _moving(piece: Track) -> np.ndarray:
    """Seconds at which the minutes begin in which the honest journey moves: the same are asked of every forged one."""
    motion = motion_of(piece)
    if motion is None or not motion.inertial:
        return np.zeros(0)
    minutes = agreement.windows(compare(motion), WINDOW, 30)
    return np.asarray(minutes.start[minutes.moving > 0.5])


def _add(scores: _Scores, piece: Track, usual: Usual, group: str, going: np.ndarray) -> bool | None:
    """Was the journey accused? None where nothing could be compared."""
    motion = motion_of(piece)
    if motion is None or not motion.inertial:
        return None
    judged = judge(piece, usual)
    if np.isnan(judged.score):
        return None
    minutes = agreement.windows(compare(motion), WINDOW, 30)
    own = usual.scores(minutes.values[np.isin(minutes.start, going)], "minute")
    scores.minute += own.tolist()
    scores.within += (own + _SHARE * max(0.0, judged.score)).tolist()
    scores.groups += [group] * len(own)
    scores.journey.append(judged.score)
    scores.journeys.append(group)
    return bool(judged.said)


def _rival_rows(piece: Track, going: np.ndarray) -> np.ndarray:
    rows = peer_rows(piece)
    return np.array([row for start, row in rows.items() if start in going]).reshape(-1, NUMBERS)


def _peer(rival: dict[str, dict[str, list[np.ndarray]]], kind: str, seed: int) -> dict[str, Any]:
    """The peer's AUC and recall on minutes of each vehicle, learnt from the others with every other way of forging."""
    family = FAMILY.get(kind, kind)
    truth, score = [], []
    for vehicle, own in rival.items():
        others = [rows for v, rows in rival.items() if v != vehicle]
        honest = np.concatenate([np.concatenate(o["honest"]) for o in others if o["honest"]])
        forged = np.concatenate([r for o in others for k in KINDS if FAMILY.get(k, k) != family for r in o[k]])
        if not own["honest"]:
            continue
        scorer = trained(honest, forged, seed)
        for rows, label in ((own["honest"], 0.0), (own[kind], 1.0)):
            values = np.concatenate(rows)
            score.append(scorer(values))
            truth.append(np.full(len(values), label))
    t, s = np.concatenate(truth), np.concatenate(score)
    return {"auc": round(auc(t, s), 3), "recall at 1 % accused": round(recall_at(t, s, _RATE), 3)}


def _count(tally: list[int], hit: bool) -> None:
    tally[0] += hit
    tally[1] += 1


def _of(tally: list[int]) -> dict[str, int]:
    return {"accused": tally[0], "of": tally[1]}


def _figures(honest: _Scores, forged: _Scores, seed: int) -> dict[str, Any]:
    return {
        "minute alone": _ranked(honest.minute, forged.minute, honest.groups, forged.groups, seed),
        "minute in its journey": _ranked(honest.within, forged.within, honest.groups, forged.groups, seed),
        "journey of ten minutes": _ranked(honest.journey, forged.journey, honest.journeys, forged.journeys, seed),
    }


def _ranked(honest: list[float], forged: list[float], by: list[str], of: list[str], seed: int) -> dict[str, Any]:
    """AUC and recall where one honest row in a hundred would be accused, each with the 95 % interval of whole journeys
    drawn anew."""
    truth = np.concatenate([np.zeros(len(honest)), np.ones(len(forged))])
    score = np.array([*honest, *forged])
    groups = np.array([*by, *of])
    names = np.unique(groups)
    members = [np.flatnonzero(groups == name) for name in names]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(200):
        at = np.concatenate([members[i] for i in rng.integers(0, len(names), len(names))])
        drawn.append((auc(truth[at], score[at]), recall_at(truth[at], score[at], _RATE)))
    low, high = np.nanpercentile(np.array(drawn), [2.5, 97.5], axis=0)
    return {
        "auc": round(auc(truth, score), 3), "auc 95 %": [round(float(low[0]), 3), round(float(high[0]), 3)],
        "recall at 1 % accused": round(recall_at(truth, score, _RATE), 3),
        "recall 95 %": [round(float(low[1]), 3), round(float(high[1]), 3)],
    }  # fmt: skip


def _pace(moving: list[Drive], rows: dict[str, Any]) -> float:
    dense = max(moving, key=lambda d: len(d.track.imu["time"]) / d.track.seconds)
    usual = learnt([rows[d.name] for d in moving])
    began = time.process_time()
    judge(dense.track, usual)
    return round((time.process_time() - began) / (dense.track.seconds / 60) * 1e3, 2)


__all__ = ["bench"]
