"""`assay bench roads --data FOLDER`: recall of each lie at one false alarm in a hundred genuine messages, rules beside model beside
both, on vehicles that nothing was learnt from. Also what was left out of learning, what began before anybody listened, how often
an alarm is right where liars are few, delays by signed time, and speed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import concat
from assay.core.errors import NotFound
from assay.core.profile import Profile
from assay.kinds.roads import reasons
from assay.kinds.roads.model import READ, columns, model_of
from assay.kinds.roads.motion.layout import AT, DOUBT, MESSAGE, E, H, T, V, X, Y
from assay.kinds.roads.motion.watch import Watch
from assay.kinds.roads.recordings import GENUINE, Recording, recordings, simulated
from assay.kinds.roads.rows import keys, rows_of
from assay.kinds.roads.rules import LATE
from assay.kinds.roads.rules import score as rule_score
from assay.kinds.roads.train import EXACT, ROUNDS, TOWNS, Table, grow, share_of
from assay.learning import EvaluateRequest
from assay.learning.calibrate import calibrate
from assay.learning.evaluate import auc, recall_at, threshold_at
from assay.learning.trees import Trees

_RATES = (0.01, 0.05, 0.1, 0.3)
_WITH_RATE = (*READ, DOUBT["rate"])
TESTED = 0.4
_TOWNS: dict[str, dict[str, Any]] = {
    "mixed rates": {"vehicles": 120, "seconds": 300.0, "liars": 0.25},
    "mixed rates again": {"vehicles": 120, "seconds": 300.0, "liars": 0.25},
    "once a second": {"vehicles": 150, "seconds": 300.0, "liars": 0.25, "rate": 1.0},
    "ten times a second": {"vehicles": 100, "seconds": 300.0, "liars": 0.25, "rate": 10.0},
    "twice the noise": {"vehicles": 100, "seconds": 300.0, "liars": 0.25, "noise": 2.0},
    "half the noise, once a second": {"vehicles": 200, "seconds": 300.0, "liars": 0.25, "noise": 0.5, "rate": 1.0},
}


class _Judged:
    """One recording seen once: rules' score, rows of columns, the truth."""

    def __init__(self, recording: Recording, read: tuple[int, ...] = READ) -> None:
        recording = recording.take(~np.isin(recording.kind.astype(str), EXACT))
        seen = recording.seen()
        self.recording, self.seen = recording, seen
        self.rules = np.log(rule_score(seen) + 1e-3)
        self.columns = columns(seen, read)
        self.lie, self.kind = recording.lie, recording.kind.astype(str)
        self.sender = np.array([f"{recording.name}/{who}" for who in recording.sender])

    def table(self, rows: np.ndarray) -> Table:
        return Table(self.columns[rows], self.lie[rows], self.kind[rows], self.sender[rows])


class _Learnt:
    """Trees from some vehicles, and calibrations of trees and rules from others."""

    def __init__(
        self, parts: list[_Judged], learn: Callable[[_Judged], np.ndarray], seed: int, rounds: int = ROUNDS
    ) -> None:
        kept = [(part, learn(part)) for part in parts]
        apart = [rows & share_of(part.sender, 0.2, seed + 7) for part, rows in kept]
        tables = [part.table(rows & ~own) for (part, rows), own in zip(kept, apart, strict=True)]
        self.trees = Trees([grow(Table(*map(np.concatenate, zip(*tables, strict=True))), rounds=rounds, seed=seed)])
        held = [part.table(own) for (part, _), own in zip(kept, apart, strict=True)]
        lie = np.concatenate([t.lie for t in held])
        self.model = calibrate(np.concatenate([self.trees.score(t.columns) for t in held]), lie, seed=seed)
        rules = np.concatenate([part.rules[own] for (part, _), own in zip(kept, apart, strict=True)])
        self.rules = calibrate(rules, lie, seed=seed)

    def scores(self, part: _Judged) -> dict[str, np.ndarray]:
        model, rules = self.model(self.trees.score(part.columns)), self.rules(part.rules)
        return {"rules": part.rules, "model": model, "both": np.maximum(model, rules)}


def bench(data: Path | None = None, *, seed: int = 1, short: bool = False, **_options: Any) -> dict[str, Any]:
    """Figures; raises `NotFound` where there is no labelled table. Without data, on a made-up town."""
    found = [simulated(seed + 40, vehicles=120, seconds=300.0)] if data is None else recordings(data)
    told: dict[str, Any] = {
        r.name: {
            "messages": len(r.batch),
            "vehicles": len(np.unique(r.sender.astype(str))),
            "lies": round(float(r.lie.mean()), 3),
        }
        for r in found
    }
    for recording in found:
        if len(np.unique(recording.kind.astype(str))) < 2:
            raise NotFound("the recording holds no lie, or nothing else", where=recording.name)
    out: dict[str, Any] = {"recordings": told}
    out |= _compared([_Judged(r) for r in found], [_Judged(r.begun_late()) for r in found], seed, short)
    if not short:
        rated = [_Judged(r, _WITH_RATE) for r in found]
        learnt = _Learnt(rated, lambda part: ~_tested(part, seed), seed)
        out["with how often each speaks"] = _figures(rated, learnt, seed)
        out["one message in five lost"] = _thinned(found, seed)
        out["learnt from made-up towns alone"] = _from_towns([_Judged(r) for r in found], seed)
    out["as shipped"] = [judged(r, None) for r in found]
    out["in made-up towns"] = _in_towns(seed, short)
    out["signed time"] = _signed(seed)
    out["speed"] = _speed(found[0])
    out["a message each of senders nobody met"] = _invented(100_000 if short else 1_000_000)
    from assay.kinds.roads.bench_wire import wire

    out["wire"] = wire(short=short)
    return out


def _tested(part: _Judged, seed: int) -> np.ndarray:
    return share_of(part.sender, TESTED, seed)


def _compared(parts: list[_Judged], late: list[_Judged], seed: int, short: bool) -> dict[str, Any]:
    held = [_tested(part, seed) for part in parts]
    outside = {who for part, rows in zip(parts, held, strict=True) for who in part.sender[rows].tolist()}
    both = [*parts, *late]

    def learn(part: _Judged) -> np.ndarray:
        return ~np.isin(part.sender, list(outside))

    learnt = _Learnt(both, learn, seed)
    out = {"vehicles apart": _figures(parts, learnt, seed, held)}
    out["begun before anybody listened"] = _figures(late, learnt, seed, [~learn(part) for part in late])
    kinds = sorted({kind for part in parts for kind in part.kind.tolist()} - {GENUINE})
    without: dict[str, Any] = {}
    for kind in kinds[:2] if short else kinds:
        left = _Learnt(both, lambda part, kind=kind: learn(part) & (part.kind != kind), seed, 70)  # type: ignore[misc]
        found = _figures(parts, left, seed, held, (kind,))
        without[kind] = {name: found[name]["recall at 1 %"][kind] for name in ("rules", "model", "both")}
    return out | {"left out of learning, recall at 1 %": without}


def _figures(
    parts: list[_Judged], learnt: _Learnt, seed: int, held: list[np.ndarray] | None = None, only: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Of each arm: AUC, recall at 1 % and 0.1 % of genuine messages, of each kind of lie, and precision where liars are few."""
    held = [_tested(part, seed) for part in parts] if held is None else held
    lie = np.concatenate([part.lie[rows] for part, rows in zip(parts, held, strict=True)])
    kind = np.concatenate([part.kind[rows] for part, rows in zip(parts, held, strict=True)])
    scores = [learnt.scores(part) for part in parts]
    out: dict[str, Any] = {"messages": len(lie)}
    for name in ("rules", "model", "both"):
        score = np.concatenate([s[name][rows] for s, rows in zip(scores, held, strict=True)])
        out[name] = _arm(lie, kind, score, only)
    return out


def _arm(lie: np.ndarray, kind: np.ndarray, score: np.ndarray, only: tuple[str, ...] = ()) -> dict[str, Any]:
    limit = threshold_at(lie, score, 0.01)
    kinds = [k for k in sorted(set(kind.tolist()) - {GENUINE}) if not only or k in only]
    found = recall_at(lie, score, 0.01)
    return {
        "auc": round(auc(lie, score), 4),
        "recall at 1 %, all": round(found, 4),
        "recall at 0.1 %, all": round(recall_at(lie, score, 0.001), 4),
        "recall at 1 %": {k: round(float(np.mean(score[kind == k] > limit)), 3) for k in kinds},
        "precision at 1 %, by share of lies": {
            f"{p:g}": round(found * p / (found * p + 0.01 * (1 - p)), 3) for p in _RATES
        },
    }


def _thinned(found: list[Recording], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    parts = [_Judged(r.take(rng.random(len(r.batch)) > 0.2)) for r in found]
    learnt = _Learnt(parts, lambda part: ~_tested(part, seed), seed)
    return {name: value for name, value in _figures(parts, learnt, seed)["both"].items() if name != "recall at 1 %"}


def _from_towns(parts: list[_Judged], seed: int) -> dict[str, Any]:
    """Of the recordings nothing was learnt: roads, sensors and traffic are other ones."""
    towns = [simulated(seed * 100 + i, **options) for i, options in enumerate(TOWNS)]
    both = [_Judged(t) for r in towns for t in (r, r.begun_late())]
    learnt = _Learnt(both, lambda part: np.ones(len(part.lie), np.bool_), seed)
    return _figures(parts, learnt, seed, [np.ones(len(part.lie), np.bool_) for part in parts])


def _in_towns(seed: int, short: bool) -> dict[str, Any]:
    """Who is told by the detector as it ships, in towns that nothing was learnt from."""
    out: dict[str, Any] = {}
    for name, options in list(_TOWNS.items())[: 2 if short else None]:
        told = judged(simulated(seed + 500 + len(out), **options), None)
        out[name] = {key: told[key] for key in ("liars", "liars told", "honest vehicles", "honest vehicles accused")}
        out[name]["auc, model"] = told.get("model", {}).get("auc")
    return out


def evaluate(request: EvaluateRequest) -> dict[str, Any]:
    """How well a model, or the one that ships, does on labelled recordings."""
    return {r.name: judged(r, request.model) for r in recordings(request.data)}


def judged(recording: Recording, models: Path | None) -> dict[str, Any]:
    """The whole detector with a model (None: the one that ships): scores, and who is accused. `learnt from it`: by the card."""
    from assay.kinds.roads.detector import Misbehaviour

    model = model_of(models)
    known = [] if model is None else [part["name"] for part in model.card["data"]]
    part = _Judged(recording)
    out: dict[str, Any] = {"recording": recording.name, "learnt from it": recording.name in known}
    out["rules"] = _arm(part.lie, part.kind, part.rules)
    if model is not None:
        out["model"] = _arm(part.lie, part.kind, model.trees.score(part.columns))
    detector, accused = Misbehaviour(models), np.zeros(len(recording.batch), bool)
    begun = 0
    for batch in recording.batch.split(16_384):
        found = detector.examine(batch, Profile.empty(len(batch)))
        accused[begun : begun + len(batch)] = found.verdict > 0
        begun += len(batch)
    sender, liar = recording.sender.astype(str), recording.lie > 0
    liars, honest = set(sender[liar]), set(sender) - set(sender[liar])
    blamed = accused & np.isin(sender, list(honest))
    hours = _hours(recording, np.isin(sender, list(honest)))
    return out | {
        "liars": len(liars), "liars told": len(set(sender[accused & liar]) & liars),
        "honest vehicles": len(honest), "honest vehicles accused": len(set(sender[blamed])),
        "false findings an hour of driving": round(float(blamed.sum()) / max(hours, 1e-9), 2),
        "hours of honest driving": round(hours, 1),
    }  # fmt: skip


def _hours(recording: Recording, rows: np.ndarray) -> float:
    time_, sender = recording.batch.time[rows], recording.sender[rows].astype(str)
    _, which = np.unique(sender, return_inverse=True)
    first, last = np.full(which.max(initial=-1) + 1, np.inf), np.full(which.max(initial=-1) + 1, -np.inf)
    np.minimum.at(first, which, time_)
    np.maximum.at(last, which, time_)
    return float((last - first).sum()) / 3.6e9


def _signed(seed: int) -> dict[str, Any]:
    """A made-up town on the air, signed, as a receiver wrote it down: messages that are true but come late, or are played again
    long after; and envelopes that are wrong, each in its way. Read, verified and examined as any recording is."""
    from assay.kinds.roads.detector import Misbehaviour
    from assay.kinds.roads.reading.lines import RoadLines
    from assay.kinds.roads.security import Security
    from assay.kinds.roads.simulate.radio import FAULTS, files
    from assay.kinds.roads.simulate.world import world

    said = world(seed + 70, vehicles=70, seconds=200.0, liars=0.35, rate=1.0, kinds=("late-sending", "echo"))
    with tempfile.TemporaryDirectory() as folder:
        for file in files(said, seed):
            (Path(folder) / file["file"]).write_bytes(file["content"])
        batch = concat(list(RoadLines().read(Path(folder) / "messages.jsonl", reject=lambda _: None)))
        truth = np.array([line.split(",")[2] for line in (Path(folder) / "truth.csv").read_text().splitlines()[1:]])
    sender = np.array([str(m.vehicle) for m in said])
    late = np.isin(truth, EXACT)
    lateness = Watch().observe(*keys(batch), rows_of(batch)).measures[:, AT["late"]] > LATE
    told = (
        Misbehaviour().examine(batch, Profile.empty(len(batch))).codes.get(reasons.DELAYED, np.zeros(len(batch), bool))
    )
    security = Security().examine(batch, Profile.empty(len(batch)))
    wrong: dict[str, Any] = {}
    for fault in FAULTS:
        hit = security.codes.get(f"roads.{fault}", np.zeros(len(batch), bool))
        wrong[fault] = {"senders": len(set(sender[truth == fault])), "told": len(set(sender[(truth == fault) & hit]))}
    faults = np.array([bool(f) for f in batch.columns["faults"]])
    return {
        "late messages": int(late.sum()), "of them late by signed time": int((lateness & late).sum()),
        "messages in time": int((~late).sum()), "of them called late": int((lateness & ~late).sum()),
        "late senders": len(set(sender[late])), "of them told": len(set(sender[told & late])),
        "wrong envelopes": wrong, "genuine envelopes": int((truth == GENUINE).sum()), "genuine envelopes called wrong": int((faults & (truth == GENUINE)).sum()),
    }  # fmt: skip


def _speed(recording: Recording) -> dict[str, int]:
    """Messages a CPU second of one core."""
    from assay.kinds.roads.detector import Misbehaviour

    batch = recording.batch.take(np.arange(min(len(recording.batch), 100_000)))
    name, receiver = keys(batch)
    rows, n = rows_of(batch), len(batch)
    Watch().observe(name[:50], receiver[:50], rows[:50])
    detector = Misbehaviour()
    detector.examine(batch.take(np.arange(50)), Profile.empty(50))
    detector.forget()

    def whole() -> None:
        for part in batch.split(16_384):
            detector.examine(part, Profile.empty(len(part)))

    return {"watch": _pace(n, lambda: Watch().observe(name, receiver, rows)), "batch to findings": _pace(n, whole)}


def _invented(n: int) -> dict[str, int]:
    """What a flood of made-up pseudonyms costs: messages a CPU second, senders remembered, bytes of all that is remembered."""
    rng, watch, size = np.random.default_rng(1), Watch(), 50_000
    begun = time.process_time()
    for k in range(n // size):
        rows = np.full((size, MESSAGE), np.nan)
        rows[:, T], rows[:, X], rows[:, Y] = k, *rng.uniform(-5000, 5000, (2, size))
        rows[:, V], rows[:, H], rows[:, E] = rng.uniform(0, 30, size), rng.uniform(0, 6, size), 1.0
        watch.observe(rng.integers(1, 1 << 62, size).astype(np.uint64), np.zeros(size, np.uint64), rows)
    took = time.process_time() - begun
    held = sum(value.nbytes for value in vars(watch).values() if isinstance(value, np.ndarray))
    return {
        "senders": n,
        "remembered": int(np.count_nonzero(watch.keys)),
        "bytes": held,
        "messages a CPU second": int(n / took),
    }


def _pace(n: int, work: Callable[[], Any]) -> int:
    began = time.process_time()
    work()
    return int(n / max(time.process_time() - began, 1e-9))


__all__ = ["bench", "evaluate"]
