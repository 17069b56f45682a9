"""`assay bench can --data FOLDER`: normals learnt from the first part of clean logs, judged on what comes after it.

FOLDER (or `daga_v40` in it) holds clean logs in `clean`, and attacked ones with marked frames (see `labels`) anywhere else, in
any format that is read. The first clean log is learnt from, its first part if there is no other; attacked logs that are copies
of it are judged after that part only. Beside it are used, where they are there: `crysys_tools.tar.zst` (or a folder of that
name), two drives of another car and two masquerades; `*/other/*.MF4`, clean driving of further cars; `opendbc.tar.zst`, which
names the Volvo's signals. Thresholds come from the part that is learnt alone. Masquerades are made (see `forge`) on what comes
after it.
"""

from __future__ import annotations

import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import NotFound, UnreadableInput
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.bench_made import made_up, masqueraded
from assay.kinds.vehicles.bench_masquerades import LATE, masquerades
from assay.kinds.vehicles.bench_speed import speed
from assay.kinds.vehicles.confirm import APART
from assay.kinds.vehicles.dbc import last_bit, parse_dbc
from assay.kinds.vehicles.events import events, poisson_most
from assay.kinds.vehicles.fields import Field, values_of
from assay.kinds.vehicles.forge import Named
from assay.kinds.vehicles.labels import forged
from assay.kinds.vehicles.normal import LEAST_FRAMES, Normal
from assay.kinds.vehicles.reader import read_frames
from assay.kinds.vehicles.watch import watch

TAUGHT = 0.55  # share of a clean log's time that is learnt from
_LEAST_SECONDS = 30.0
_LEAST_OF_ID = 500  # frames
_LOGS = frozenset((".parquet", ".csv", ".log", ".txt", ".asc", ".blf", ".mf4", ".MF4"))


def bench(data: Path | None = None, *, seed: int = 1, short: bool = False, **_options: Any) -> dict[str, Any]:
    """Figures, `short` with few made-up cars; raises `NotFound` where there is no clean log."""
    if data is None:
        raise NotFound("this bench needs logs", hint="--data FOLDER with clean/ and folders of attacked logs")
    root = data / "daga_v40" if (data / "daga_v40").is_dir() else data
    logs = sorted(p for p in (root / "clean").glob("*") if p.suffix in (".parquet", ".csv", ".log"))
    if not logs:
        raise NotFound("there is no clean log", hint="put one into clean/")
    clean = _read(logs[0])
    cut = int(clean["time"][0] + TAUGHT * (clean["time"][-1] - clean["time"][0]))
    began = time.process_time()
    normal = Normal.learn(clean[clean["time"] < cut])
    learning = time.process_time() - began
    unseen = clean[clean["time"] >= cut]
    drives = {"the car of clean/": _driven(unseen, normal)}
    told: dict[str, Any] = {"learnt from": _learnt(normal), "attacks": {}}
    for path in sorted(p for p in root.rglob("*") if p.suffix in _LOGS and "clean" not in p.parts):
        judged = _attacked(path, cut, normal)
        if judged is not None:
            told["attacks"][str(path.relative_to(root).with_suffix(""))] = judged
    with _unpacked(data, "opendbc") as folder:
        named = [] if folder is None else _named(folder / "volvo_v40_2017_pt.dbc", clean[clean["time"] < cut])
    if named:
        told["masquerades of signals that a DBC names"] = masquerades(unseen, normal, named, seed)
    told["masquerades of fields found by themselves"] = masquerades(unseen, normal, _found(normal), seed)
    with _unpacked(data, "crysys_tools") as folder:
        if folder is not None:
            known, other = _read(folder / "48.csv"), _read(folder / "S-1-1-benign.log")
            theirs = Normal.learn(known)
            drives["another drive of the CrySyS car"] = _driven(other, theirs)
            told["masquerades, public logs of the CrySyS car"] = {
                p.stem.removeprefix("S-1-1-malicious-"): _masqueraded(p, other, theirs)
                for p in sorted(folder.glob("*malicious*.log"))
            }
    drives |= dict(_others(data))
    told["unseen clean driving"] = drives | {"all": _rate(list(drives.values()))}
    with _unpacked(data, "opendbc") as folder:
        told["clean driving of made-up cars"] = (
            made_up(folder, seed, cars=1, seconds=60.0) if short else made_up(folder, seed)
        )
    told["masquerades of signals of made-up cars"] = masqueraded(seed, cars=1 if short else 12)
    told["speed, frames a CPU second"] = speed(clean, normal, learning, cut)
    return told


def _read(path: Path) -> np.ndarray:
    """FRAME[n]; `UnreadableInput` where there are none."""
    blocks = list(read_frames(path, lambda _: None))
    if not blocks:
        raise UnreadableInput("no frames", where=str(path))
    return np.concatenate(blocks)


def _learnt(normal: Normal) -> dict[str, Any]:
    signals = [s for c in normal.contents for s in c.signals]
    return {
        "seconds": round(normal.seconds, 1),
        "ids": len(normal.ids),
        "counters": sum(c.counter is not None for c in normal.contents),
        "checksums": sum(c.checksum is not None for c in normal.contents),
        "signals": len(signals),
        "forecasts": len(normal.forecasts),
    }


def _driven(frames: np.ndarray, normal: Normal) -> dict[str, Any]:
    """Events of clean driving; everything told counts, hints too."""
    found = events(watch(frames, normal))
    return {
        "seconds": round(float(frames["time"].max() - frames["time"].min()) / 1e6, 1),
        "learnt from seconds": round(normal.seconds, 1),
        "events": len(found),
        "kinds": sorted({reasons.EVENTS[e.kind].partition(".")[2] for e in found}),
    }


def _rate(drives: list[dict[str, Any]]) -> dict[str, float]:
    """Events an hour, and the most that so little driving leaves possible (exact Poisson, 95 %)."""
    n, hours = sum(d["events"] for d in drives), sum(d["seconds"] for d in drives) / 3600
    most = poisson_most(n) / hours
    return {
        "hours": round(hours, 3), "events": n, "an hour": round(n / hours, 1), "an hour, at most": round(most, 1),
        "in 1,000 hours, at most": round(1000 * most),
    }  # fmt: skip


def _others(data: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logs of further cars, bus by bus: the first part teaches, the rest is unseen."""
    for path in sorted(data.glob("*/other/*.MF4")):
        frames = _read(path)
        for bus in np.unique(frames["bus"]).tolist():
            own = frames[frames["bus"] == bus]
            cut = own["time"][0] + int(TAUGHT * (own["time"][-1] - own["time"][0]))
            taught, unseen = own[own["time"] < cut], own[own["time"] >= cut]
            if len(taught) < LEAST_FRAMES or float(np.ptp(taught["time"])) < _LEAST_SECONDS * 1e6 or not len(unseen):
                continue
            yield f"{path.stem[-40:]} bus {bus}", _driven(unseen, Normal.learn(taught))


@contextmanager
def _unpacked(data: Path, name: str) -> Iterator[Path | None]:
    """The folder of that name, or what its `.tar.zst` holds; None where neither is there."""
    packed = data / f"{name}.tar.zst"
    if (data / name).is_dir():
        yield data / name
    elif packed.is_file():
        import pyarrow as pa

        with tempfile.TemporaryDirectory() as made:
            with (
                pa.input_stream(str(packed), compression="zstd") as stream,
                tarfile.open(fileobj=stream, mode="r|") as tar,
            ):
                tar.extractall(made, filter="data")
            yield Path(made) / name
    else:
        yield None


def _attacked(path: Path, cut: int, normal: Normal) -> dict[str, Any] | None:
    """What is told of a log with marked frames; None where it has none, or no attack after `cut`."""
    frames = _read(path)
    truth = forged(path, len(frames))
    if truth is None:
        return None
    if int(frames["time"][0]) <= cut <= int(frames["time"][-1]):  # a copy of the drive that was learnt from
        kept = frames["time"] >= cut
        frames, truth = frames[kept], truth[kept]
    if not truth.any():
        return None
    found = events(watch(frames, normal))
    lies = frames["time"][truth]
    seconds = np.unique(lies // 1_000_000)
    told = np.zeros(len(seconds), bool)
    for e in found:
        told |= (seconds >= e.start // 1_000_000 - 1) & (seconds <= e.end // 1_000_000)
    alarm = min((e.start for e in found if e.end >= lies[0]), default=None)
    false = [e for e in found if not ((lies >= e.start - APART) & (lies <= e.end)).any()]
    return {
        "attack frames": int(truth.sum()),
        "found": bool(told.any()),
        "seconds of attack told": round(float(told.mean()), 3),
        "delay in seconds": None if alarm is None else round((alarm - int(lies[0])) / 1e6, 3),
        "kinds": sorted({reasons.EVENTS[e.kind].partition(".")[2] for e in found}),
        "events": len(found),
        "events of nothing": len(false),
    }


def _masqueraded(path: Path, true: np.ndarray, normal: Normal) -> dict[str, Any]:
    """Of a log with marks of what was forged, or that differs from `true`, which it was made of."""
    frames = _read(path)
    lies = frames["data"] != true["data"] if len(frames) == len(true) else forged(path, len(frames))
    if lies is None or not lies.any():
        raise UnreadableInput("nothing in it is marked as forged", where=str(path))
    ids = np.unique(frames["id"][lies])
    start, end = int(frames["time"][lies].min()), int(frames["time"][lies].max())
    found = [e for e in events(watch(frames, normal)) if e.end >= start and e.start <= end + LATE]
    return {
        "forged ids": len(ids),
        "ids named": len(set(ids.tolist()) & {i for e in found for i in e.ids}),
        "kinds": sorted({reasons.EVENTS[e.kind].partition(".")[2] for e in found}),
        "delay in seconds": round((min(e.start for e in found) - start) / 1e6, 2) if found else None,
    }


def _found(normal: Normal) -> list[Named]:
    """Fields of ids sent ten times a second or more."""
    return [
        (int(i), s.field)
        for i, period, content in zip(normal.ids, normal.period, normal.contents, strict=True)
        for s in content.signals
        if 0 < period <= 100_000
    ]


def _named(path: Path, frames: np.ndarray) -> list[Named]:
    """Signals of a DBC that move smoothly in FRAME[n], whose payloads hold the last byte first (as DAGA wrote them)."""
    found: list[Named] = []
    for id_, message in parse_dbc(path.read_bytes()).messages.items():
        own = np.ascontiguousarray(frames["data"][frames["id"] == id_])
        for signal in message.signals if len(own) >= _LEAST_OF_ID else ():
            start = signal.start if signal.little else 64 - last_bit(signal)
            field = Field(start, signal.length, not signal.little, signal.signed)
            values = values_of(own, field) if 5 <= signal.length <= 20 else np.zeros(1)
            if len(np.unique(values)) >= 16 and np.abs(np.diff(values)).mean() < 0.2 * values.std():
                found.append((id_, field))
    return found


__all__ = ["bench"]
