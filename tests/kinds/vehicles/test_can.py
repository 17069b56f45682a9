"""The watch over a bus: silent on clean driving, and an event for each way of attack; broken input is never an exception."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting, ModelError
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.vehicles import KIND, reasons
from assay.kinds.vehicles.bench import bench
from assay.kinds.vehicles.detector import CanIntrusion
from assay.kinds.vehicles.events import Event, events
from assay.kinds.vehicles.evidence import CanTrace
from assay.kinds.vehicles.forge import forge
from assay.kinds.vehicles.frames import FRAME
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.reader import trace_of
from assay.kinds.vehicles.train import train
from assay.kinds.vehicles.watch import watch
from assay.learning import TrainRequest
from tests.kinds.vehicles.bus import IDS, LIVELY, TWINS, candump, drive, insert

NORMAL = Normal.learn(drive(90, seed=1))
SLOW = next(s.field for i, c in zip(NORMAL.ids, NORMAL.contents, strict=True) if i == LIVELY for s in c.signals)


def found(frames: np.ndarray) -> list[Event]:
    return events(watch(frames, NORMAL))


def kinds(frames: np.ndarray) -> set[str]:
    return {reasons.EVENTS[e.kind] for e in found(frames)}


@pytest.mark.parametrize("seed", range(2, 7))
def test_clean_driving_is_silent(seed: int) -> None:
    assert found(drive(60, seed)) == []


@pytest.mark.parametrize("id_", IDS)
def test_one_inserted_frame_of_any_id_is_told(id_: int) -> None:
    told = found(insert(drive(10, 2), id_, np.array([5_003_000])))
    assert {e.ids for e in told} == {(id_,)}
    assert reasons.INJECTION in {reasons.EVENTS[e.kind] for e in told} <= {reasons.INJECTION, reasons.COUNTER}


def test_a_replay_is_one_event_and_not_one_a_frame() -> None:
    told = found(insert(drive(20, 2), LIVELY, np.arange(5_000_000, 15_000_000, 333_000)))
    (event,) = [e for e in told if e.kind == 0]
    assert len(told) <= 4
    assert event.alarms > 20
    assert event.start - drive(20, 2)["time"][0] < 6_000_000


def test_other_ways() -> None:
    clean = drive(20, 2)
    twice = np.array([5_000_000, 6_000_000])
    anything = np.random.default_rng(1).integers(0, 1 << 62, 2)
    assert kinds(insert(clean, 0x7FF, twice, anything)) == {reasons.UNKNOWN_ID}
    assert kinds(insert(clean, 0x7FF, twice, 0x55)) == set()  # a rare message of the car says much the same again
    assert kinds(insert(insert(clean, 0x7FF, twice[:1]), 0x7FE, twice[1:])) == {reasons.UNKNOWN_ID}
    assert kinds(insert(clean, 0x7FF, twice[:1])) == set()
    assert reasons.FLOOD in kinds(insert(clean, 0x000, np.arange(5_000_000, 8_000_000, 500)))
    rng = np.random.default_rng(1)
    start = int(clean["time"][0]) + 8_000_000
    for kind, code in (
        ("suppression", reasons.SUPPRESSION),
        ("plateau", reasons.LEAP),
        ("continuous", reasons.LEAP),
        ("offset", reasons.LEAP),
        ("playback", reasons.DISAGREEMENT),
        ("replayed", reasons.LEAP),
        ("random", reasons.PAYLOAD),
    ):
        assert code in kinds(forge(clean, kind, (LIVELY, SLOW), start, rng).frames), kind


@pytest.mark.parametrize("kind", ["playback", "continuous"])
def test_a_lie_in_time_is_told_by_the_twin_that_tells_the_truth(kind: str) -> None:
    assert set(TWINS) <= {f.target.id for f in NORMAL.forecasts}
    clean = drive(20, 2)
    lie = forge(clean, kind, (LIVELY, SLOW), int(clean["time"][0]) + 8_000_000, np.random.default_rng(1))
    (event,) = [e for e in found(lie.frames) if reasons.EVENTS[e.kind] == reasons.DISAGREEMENT]
    assert lie.start < event.start <= event.end <= lie.end + 2_000_000
    assert LIVELY in event.ids


def test_a_recording_that_pauses_is_no_suppression() -> None:
    clean = drive(20, 2)
    late = clean.copy()
    late["time"][len(late) // 2 :] += 60_000_000
    assert kinds(late) == set()
    for back in (3_600_000_000, 400_000):  # the clock is set back
        late["time"][len(late) // 2 :] -= back
        assert kinds(late) == set()


def test_what_is_new_and_quiet_is_learnt_and_a_flood_is_not() -> None:
    clean = drive(30, 2)
    clean["data"][(clean["id"] == 0x340) & (clean["time"] > clean["time"][0] + 10_000_000)] ^= np.uint64(0x30 << 40)
    assert kinds(clean) == set()  # a new state of the car, once
    attacked = insert(clean, LIVELY, np.arange(2_000_000, 29_000_000, 50_000), data=(1 << 64) - 1)
    last = max(e.end for e in found(attacked) if e.kind == 0)
    assert last - attacked["time"][0] > 28_500_000


def test_the_order_of_magnitude_of_time_does_not_matter() -> None:
    event = found(insert(drive(10, 2, start=0), LIVELY, np.array([5_003_000])))[0]
    assert event.start / 1e6 == pytest.approx(5, abs=0.1)


def judged(detector: CanIntrusion, trace: CanTrace) -> Finding:
    batch = Batch.of([trace])
    findings = detector.examine(batch, Profile((), np.zeros((1, 0))))
    return findings.explain(np.array([0]))[0]


def test_from_log_to_finding(tmp_path: Path) -> None:
    log = tmp_path / "clean.log"
    log.write_text(candump(drive(40, 1)))
    report = train(TrainRequest(log, None, tmp_path / "model", {"licence": "ours"}))
    assert report.figures["ids"] == len(IDS)
    again = train(TrainRequest(log, None, tmp_path / "other", {"licence": "ours"}))
    assert again.version == report.version
    detector = CanIntrusion(tmp_path)
    clean, bad = drive(10, 2), insert(drive(10, 2), LIVELY, np.array([5_003_000, 9_000_000]))
    assert judged(detector, trace_of(clean, "a")).verdict == "none"
    told = judged(detector, trace_of(bad, "b", "car-1"))
    assert (told.verdict, told.severity) == ("suspicious", "high")
    assert told.reasons[0].code == reasons.INJECTION
    assert told.where[0].span == pytest.approx((5.0, 9.0), abs=0.1)
    assert told.where[0].rule == f"{reasons.INJECTION}#0"
    assert told.entities[0].id == "car-1"
    sentence = KIND.words and (KIND.words / "en.toml").read_text("utf-8")
    assert sentence
    assert all(f"{{{v}" in sentence for v in ("ids", "count", "alarms", "start", "seconds"))


def test_one_hint_is_inconclusive_and_two_are_suspicious() -> None:
    detector = CanIntrusion()
    detector._normals = [replace(NORMAL, forecasts=())]
    clean = drive(40, 2)
    start = int(clean["time"][0]) + 8_000_000
    lie = forge(clean, "offset", (LIVELY, SLOW), start, np.random.default_rng(1))
    whole = judged(detector, trace_of(lie.frames, "a"))
    assert (whole.verdict, whole.severity) == ("suspicious", "medium")  # it leaps in and out again
    begun = lie.frames[lie.frames["time"] < start + 400_000]
    part = judged(detector, trace_of(begun, "b"))
    assert {r.code for r in part.reasons} == {reasons.LEAP}
    assert (part.verdict, part.severity) == ("inconclusive", "low")


def test_without_a_normal_or_with_another_s_nothing_is_judged(tmp_path: Path) -> None:
    frames = drive(5, 2)
    assert judged(CanIntrusion(), trace_of(frames, "a")).reasons[0].code == reasons.NO_NORMAL
    log = tmp_path / "clean.log"
    log.write_text(candump(drive(40, 1)))
    train(TrainRequest(log, None, tmp_path / "model"))
    frames["id"] += 1
    assert judged(CanIntrusion(tmp_path), trace_of(frames, "a")).reasons[0].code == reasons.OTHER_VEHICLE


def test_each_bus_of_a_log_has_its_normal(tmp_path: Path) -> None:
    log = tmp_path / "clean.log"
    other = drive(40, 1)
    other["id"] += 1
    log.write_text(candump(drive(40, 1)) + candump(other).replace("can0", "can1"))
    report = train(TrainRequest(log, None, tmp_path / "model"))
    assert {"bus 0", "bus 1"} <= report.figures.keys()
    detector = CanIntrusion(tmp_path)
    second = insert(drive(10, 2), LIVELY, np.array([5_003_000]))
    assert judged(detector, trace_of(second, "a")).severity == "high"
    second["id"] += 1
    assert judged(detector, trace_of(second, "b")).severity == "high"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=240))
def test_any_content_is_judged_or_refused(content: bytes) -> None:
    detector = CanIntrusion()
    detector._normals = [NORMAL]
    trace = CanTrace(id="x", time=datetime(2024, 1, 1, tzinfo=UTC), content=content)
    assert judged(detector, trace).verdict in ("none", "inconclusive", "suspicious")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_any_frames_are_watched(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.frombuffer(rng.bytes(n * FRAME.itemsize), FRAME).copy()
    frames["time"] = np.abs(frames["time"] % 10**12)
    frames["id"][::2] = rng.choice(np.array(IDS, np.uint32), len(frames[::2]))
    alarms = watch(frames, NORMAL)
    assert np.isfinite(alarms.strength).all()
    assert (np.diff(alarms.time) >= 0).all()


def test_a_million_unknown_ids_take_no_memory() -> None:
    frames = np.zeros(1_000_000, FRAME)
    frames["time"], frames["id"] = np.arange(1_000_000) * 100, np.arange(1_000_000) + 5000
    assert len(watch(frames, NORMAL).kind) < 5000


def test_a_normal_goes_round_and_a_damaged_one_is_refused() -> None:
    told = json.loads(json.dumps(NORMAL.as_json()))
    again = Normal.from_json(told)
    bad = insert(drive(10, 2), LIVELY, np.array([5_003_000]))
    assert watch(bad, again).kind.tolist() == watch(bad, NORMAL).kind.tolist()
    broken: list[Any] = [
        None,
        {},
        told | {"ids": told["ids"][:-1]},
        told | {"load": -1},
        told | {"cost": [[1]]},
        told | {"forecasts": [[1]]},
        told | {"contents": told["contents"][:-1]},
        told | {"contents": [{}] * len(told["contents"])},
    ]
    for one in broken:
        with pytest.raises(ModelError):
            Normal.from_json(one)


def test_too_little_is_not_learnt_from() -> None:
    with pytest.raises(InvalidSetting):
        Normal.learn(drive(1)[:500])


def test_the_bench_runs_on_a_folder_of_logs(tmp_path: Path) -> None:
    import polars as pl

    (tmp_path / "clean").mkdir()
    (tmp_path / "replay").mkdir()
    clean = drive(90, 1)
    bad = insert(clean, LIVELY, np.arange(50_003_000, 80_000_000, 1_000_000))
    for name, frames in (("clean", clean), ("replay", bad)):
        pl.DataFrame(
            {
                "timestamp": frames["time"] / 1e6,
                "CAN_ID": [f"{i:X}" for i in frames["id"].tolist()],
                "PAYLOAD_HEX": [d.to_bytes(8, "little").hex() for d in frames["data"].tolist()],
                "ANOMALY": ~np.isin(frames["time"], clean["time"]),
            }
        ).write_parquet(tmp_path / name / "a.parquet")
    told = bench(tmp_path, short=True)
    assert told["attacks"]["replay/a"]["found"]
    assert told["attacks"]["replay/a"]["delay in seconds"] < 1
    assert told["unseen clean driving"]["all"]["events"] == 0
    assert told["masquerades of fields found by themselves"]["suppression"]["found"] == 1.0
    assert told["masquerades of signals of made-up cars"]["trials"] > 0
    assert {"learnt from 90 s", "learnt from 600 s"} == told["clean driving of made-up cars"].keys()
