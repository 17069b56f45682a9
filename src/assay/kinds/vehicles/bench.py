"""`assay bench can --data FOLDER`: a normal learnt from the first part of a clean log, judged on what comes after it.

FOLDER (or `daga_v40` in it) holds clean tables in `clean` and attacked ones in folders named after the attack, with a column
ANOMALY. Attacked logs are copies of the clean drive, so all are cut at the same second; thresholds come from the clean log's
first part alone. Masquerades are made on its second part.
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import NotFound
from assay.core.profile import Profile
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.dbc import decode, parse_dbc
from assay.kinds.vehicles.detector import CanIntrusion
from assay.kinds.vehicles.events import APART, Event, events
from assay.kinds.vehicles.forge import KINDS, trials
from assay.kinds.vehicles.frames import id_text
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.reader import CanLog, read_frames
from assay.kinds.vehicles.watch import watch
from assay.learning import registry

TAUGHT = 0.55  # share of the clean log's time that is learnt from
_HINTS = {
    reasons.EVENTS.index(reasons.PAYLOAD),
    reasons.EVENTS.index(reasons.STUCK),
    reasons.EVENTS.index(reasons.DISAGREEMENT),
}


def bench(data: Path | None = None, *, seed: int = 1, **_options: Any) -> dict[str, Any]:
    """Figures; raises `NotFound` where there is no clean log."""
    if data is None:
        raise NotFound("this bench needs logs", hint="--data FOLDER with clean/ and folders of attacked logs")
    root = data / "daga_v40" if (data / "daga_v40").is_dir() else data
    clean_files = sorted(p for p in (root / "clean").glob("*") if p.suffix in (".parquet", ".csv", ".log"))
    if not clean_files:
        raise NotFound("there is no clean log", hint="put one into clean/")
    clean = _read(clean_files[0])
    cut = int(clean["time"][0] + TAUGHT * (clean["time"][-1] - clean["time"][0]))
    began = time.process_time()
    normal = Normal.learn(clean[clean["time"] < cut])
    learning = time.process_time() - began
    unseen = clean[clean["time"] >= cut]
    usual = events(watch(unseen, normal))
    hours = float(unseen["time"][-1] - unseen["time"][0]) / 3.6e9
    told: dict[str, Any] = {
        "learnt from": {
            "seconds": round((cut - int(clean["time"][0])) / 1e6, 1),
            "ids": len(normal.ids),
            "bonds": len(normal.bonds),
        },
        "unseen clean": {"seconds": round(hours * 3600, 1)}
        | {name: _rate(n, hours) for name, n in zip(("alerts", "hints"), _counts(usual), strict=True)},
        "attacks": {},
    }
    for path in sorted(p for p in root.rglob("*.parquet") if "clean" not in p.parts):
        told["attacks"][str(path.relative_to(root).with_suffix(""))] = _attacked(path, cut, normal)
    told["masquerades"] = _masquerades(unseen, normal, clean[clean["time"] < cut], seed)
    told["speed"] = _speed(clean, normal, learning, cut)
    return told


def _read(path: Path) -> np.ndarray:
    return np.concatenate(list(read_frames(path, lambda _: None)))


def _counts(found: list[Event]) -> tuple[int, int]:
    hints = sum(e.kind in _HINTS for e in found)
    return len(found) - hints, hints


def _rate(n: int, hours: float) -> dict[str, float]:
    """Events an hour, and the most that so short a time leaves possible (exact Poisson, 95 %)."""
    low, high = 0.0, 10.0 * (n + 2)
    while high - low > 1e-6:  # the mean of which n or fewer come in one case of twenty
        mean = (low + high) / 2
        if math.exp(-mean) * sum(mean**k / math.factorial(k) for k in range(min(n, 100) + 1)) > 0.05:
            low = mean
        else:
            high = mean
    most = high
    return {"events": n, "an hour": round(n / hours, 1), "an hour, at most": round(most / hours, 1)}


def _attacked(path: Path, cut: int, normal: Normal) -> dict[str, Any]:
    import polars as pl

    frames, truth = _read(path), pl.read_parquet(path, columns=["ANOMALY"])["ANOMALY"].to_numpy().astype(bool)
    kept = frames["time"] >= cut
    frames, truth = frames[kept], truth[kept]
    found = events(watch(frames, normal))
    alerts = [e for e in found if e.kind not in _HINTS]
    forged = frames["time"][truth]
    seconds = np.unique(forged // 1_000_000)
    told = np.zeros(len(seconds), bool)
    for e in alerts:
        told |= (seconds >= e.start // 1_000_000 - 1) & (seconds <= e.end // 1_000_000)
    alarm = min((e.start for e in alerts if e.end >= forged[0]), default=None)
    false = [e for e in found if not ((forged >= e.start - APART) & (forged <= e.end)).any()]
    hours = float(frames["time"][-1] - frames["time"][0]) / 3.6e9
    return {
        "attack frames": int(truth.sum()),
        "found": bool(told.any()),
        "seconds of attack told": round(float(told.mean()), 3),
        "delay in seconds": None if alarm is None else round((alarm - int(forged[0])) / 1e6, 3),
        "kinds": sorted({reasons.EVENTS[e.kind].partition(".")[2] for e in alerts}),
        "false alerts an hour": round(_counts(false)[0] / hours, 1),
        "false hints an hour": round(_counts(false)[1] / hours, 1),
    }


def _masquerades(unseen: np.ndarray, normal: Normal, taught: np.ndarray, seed: int) -> dict[str, Any]:
    """On the dozen periodic ids whose payloads are most varied. Found: an event of that id that the true log does not have."""
    lively = [
        (len(np.unique(taught["data"][taught["id"] == i])), int(i))
        for i, p in zip(normal.ids, normal.period, strict=True)
        if 0 < p <= 100_000
    ]
    ids = [i for _, i in sorted(lively, reverse=True)[:12]]
    paired = {i for bond in normal.bonds for i in (bond.id_a, bond.id_b)}
    bonded: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    hits: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    waits: dict[str, list[float]] = {kind: [] for kind in KINDS}
    usual = watch(unseen, normal)
    for trial in trials(unseen, ids, 4, seed):
        alarms = watch(trial.frames, normal)
        late = trial.end + 1_000_000
        mine = (alarms.id == trial.id) & (alarms.time >= trial.start) & (alarms.time <= late)
        before = (usual.id == trial.id) & (usual.time >= trial.start) & (usual.time <= late)
        found = bool(mine.any()) and not before.any()
        hits[trial.kind].append(found)
        bonded[trial.kind] += [found] if trial.id in paired else []
        if found:
            waits[trial.kind].append(float(alarms.time[mine][0] - trial.start) / 1e6)
    told: dict[str, Any] = {
        kind: {
            "trials": len(hits[kind]),
            "found": round(float(np.mean(hits[kind])), 3),
            "found, of ids with a bond": round(float(np.mean(bonded[kind])), 3) if bonded[kind] else None,
            "median delay": round(float(np.median(waits[kind])), 2) if waits[kind] else None,
        }
        for kind in KINDS
    }
    return told | {"all": round(float(np.mean([h for hit in hits.values() for h in hit])), 3)}


def _speed(frames: np.ndarray, normal: Normal, learning: float, cut: int) -> dict[str, Any]:
    """Frames a CPU second of one core, beside plain Python where there is one."""
    dbc = parse_dbc("\n".join(_four_signals(int(i)) for i in normal.ids).encode())
    lines = [
        f"({t / 1e6:.6f}) can0 {id_text(i)}#{d.to_bytes(8, 'little').hex()}"
        for t, i, d in zip(frames["time"].tolist(), frames["id"].tolist(), frames["data"].tolist(), strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path, models = Path(folder) / "drive.log", Path(folder) / "model"
        path.write_text("\n".join(lines) + "\n")
        registry.save(models, {"normal.json": registry.dumps(normal.as_json())}, {"detector": CanIntrusion.name})
        detector = CanIntrusion(models)

        def whole() -> None:
            for batch in CanLog().read(path, reject=lambda _: None):
                detector.examine(batch, Profile((), np.zeros((len(batch), 0))))

        whole()
        n = len(frames)
        return {
            "read candump": _pace(n, lambda: sum(map(len, read_frames(path, lambda _: None)))),
            "read candump in plain Python": _pace(n, lambda: _plainly(path)),
            "watch": _pace(n, lambda: watch(frames, normal)),
            "decode four signals an id": _pace(5 * n, lambda: [decode(frames, dbc) for _ in range(5)]),
            "decode four signals an id in plain Python": _pace(n, lambda: _decoded_plainly(frames)),
            "whole file to findings": _pace(n, whole),
            "learn": int((frames["time"] < cut).sum() / max(learning, 1e-9)),
        }


def _pace(n: int, work: Any) -> int:
    began = time.process_time()
    work()
    return int(n / max(time.process_time() - began, 1e-9))


def _four_signals(id_: int) -> str:
    return (
        f'BO_ {id_} M{id_}: 8 X\n SG_ A : 7|16@0+ (0.01,0) [0|0] "" X\n SG_ B : 16|12@1- (0.5,-10) [0|0] "" X\n'
        ' SG_ C : 39|8@0+ (1,0) [0|0] "" X\n SG_ D : 48|16@1+ (1,0) [0|0] "" X\n'
    )


def _decoded_plainly(frames: np.ndarray) -> None:
    found: dict[int, list[tuple[float, ...]]] = {}
    for id_, data in zip(frames["id"].tolist(), frames["data"].tolist(), strict=True):
        octets = data.to_bytes(8, "little")
        b = (data >> 16) & 0xFFF
        b = (b - 0x1000 if b & 0x800 else b) * 0.5 - 10
        a, c, d = (octets[0] << 8 | octets[1]) * 0.01, float(octets[4]), float(data >> 48)
        found.setdefault(id_, []).append((a, b, c, d))


def _plainly(path: Path) -> int:
    found = []
    with path.open() as file:
        for line in file:
            at, _, rest = line.split()
            id_, _, data = rest.partition("#")
            found.append((float(at[1:-1]), int(id_, 16), bytes.fromhex(data)))
    return len(found)


__all__ = ["bench"]
