"""Made-up cars whose computers send as real ones do: their clean driving is silent through every logger, and attacks on it are not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import InvalidSetting
from assay.core.kind import RowError
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.dbc import parse_dbc
from assay.kinds.vehicles.events import Event, events
from assay.kinds.vehicles.forge import KINDS
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.reader import read_frames
from assay.kinds.vehicles.simulate.bus import Platform, traffic
from assay.kinds.vehicles.simulate.logs import simulate
from assay.kinds.vehicles.simulate.recording import LOGGERS, Logger
from assay.kinds.vehicles.watch import Alarms, watch
from tests.kinds.vehicles.bus import insert

LATER = 1_800_000_000_000_000


@cache
def platform() -> Platform:
    return Platform.draw(np.random.default_rng(4))


@cache
def clean(seconds: float = 150, seed: int = 1, start: int = LATER) -> np.ndarray:
    return traffic(platform(), seconds, np.random.default_rng(seed), start)


@cache
def normal(name: str = "") -> Normal:
    return Normal.learn(LOGGERS[name].record(clean(150, 7), np.random.default_rng(1)) if name else clean(150, 7))


def told(frames: np.ndarray, by: Normal | None = None) -> list[Event]:
    return events(watch(frames, by or normal()))


def kinds(frames: np.ndarray) -> set[str]:
    return {reasons.EVENTS[e.kind] for e in told(frames)}


def test_the_same_seed_is_the_same_drive() -> None:
    again = traffic(Platform.draw(np.random.default_rng(4)), 20, np.random.default_rng(2))
    np.testing.assert_array_equal(again, traffic(platform(), 20, np.random.default_rng(2)))
    assert (np.diff(again["time"]) > 0).all(), "two cannot speak at once"


@pytest.mark.parametrize("name", LOGGERS)
def test_another_drive_is_silent_by_whatever_logger(name: str) -> None:
    watched = LOGGERS[name].record(clean(240, 2), np.random.default_rng(3))
    assert told(watched, normal(name)) == []


def test_a_logger_s_clock_does_not_matter_where_it_is_finer_than_a_tenth_of_a_period() -> None:
    assert told(Logger(tick=1000).record(clean(240, 2), np.random.default_rng(3))) == []


def fastest() -> int:
    ids, periods = normal().ids, normal().period
    return int(ids[np.argmin(np.where(periods > 0, periods, np.inf))])


def without(frames: np.ndarray, ids: set[int], start: float, seconds: float) -> np.ndarray:
    at = (frames["time"] - frames["time"][0]) / 1e6
    return frames[~(np.isin(frames["id"], list(ids)) & (at >= start) & (at < start + seconds))]


def test_a_computer_that_restarts_is_no_attack_and_one_that_stays_away_is() -> None:
    by = next(s.by for s in platform().sent if s.id == fastest())
    all_of_it = {s.id for s in platform().sent if s.by == by}
    assert len(all_of_it) > 1
    assert kinds(without(clean(60, 2), all_of_it, 20, 1.5)) == set()
    assert reasons.SUPPRESSION in kinds(without(clean(60, 2), all_of_it, 20, 6))
    assert kinds(without(clean(60, 2), {fastest()}, 20, 2.5)) == set(), "it may have one message alone"
    assert reasons.SUPPRESSION in kinds(without(clean(60, 2), {fastest()}, 20, 5))


def test_a_button_is_no_second_sender_and_a_second_sender_is() -> None:
    plain = next(s.id for s in platform().sent if s.counter is None and 0 < s.period <= 200_000 and not s.bursts)
    once = insert(clean(60, 2), plain, np.array([20_003_000]))
    assert reasons.INJECTION not in kinds(once)
    often = insert(clean(60, 2), fastest(), np.arange(20_003_000, 30_000_000, 37_000), 0x1122334455667788)
    assert reasons.INJECTION in kinds(often)


def test_a_car_learnt_while_it_stands_may_drive() -> None:
    """Many ids say what they never did: a state of the car, and no lie. What one of them says alone is told."""
    standing = clean(60, 7).copy()
    for id_ in np.unique(standing["id"]):  # as if nothing had moved
        mine = standing["id"] == id_
        standing["data"][mine] = standing["data"][mine][0]
    by = Normal.learn(standing)
    assert reasons.PAYLOAD not in {e.code for e in told(clean(60, 2), by) if e.alarms > 3}
    assert len(told(clean(60, 2), by)) <= 2


def test_what_comes_again_within_minutes_is_told_once_and_graver_things_anew() -> None:
    kind = [
        reasons.EVENTS.index(c)
        for c in (reasons.PAYLOAD, reasons.PAYLOAD, reasons.LEAP, reasons.PAYLOAD, reasons.INJECTION)
    ]
    at = np.array([0, 60, 65, 66, 300]) * 1_000_000
    found = events(Alarms(np.array(kind), np.full(5, 7, np.uint32), at, np.ones(5), (0.0, 0.0)))
    assert [e.code for e in found] == [reasons.PAYLOAD, reasons.PAYLOAD, reasons.LEAP, reasons.INJECTION]
    assert [e.severity.word for e in found] == [
        "low",
        "medium",
        "medium",
        "high",
    ]  # two kinds of hint of one id at one time
    again = events(Alarms(np.array(kind[:1] * 5), np.full(5, 7, np.uint32), at, np.ones(5), (0.0, 0.0)))
    assert [(e.code, e.alarms) for e in again] == [(reasons.PAYLOAD, 5)]


def test_a_message_never_met_is_none_twice_and_many_are_told() -> None:
    burst = insert(clean(60, 2), 0x7A1, 20_000_000 + 15_000 * np.arange(8), 1)
    assert kinds(burst) == set()
    assert reasons.UNKNOWN_ID in kinds(insert(clean(60, 2), 0x7A1, 20_000_000 + 400_000 * np.arange(8), 1))


def test_a_car_s_logs_are_labelled_and_read(tmp_path: Path) -> None:
    made = list(simulate(3, minutes=1))
    assert {m["label"] for m in made} == {"genuine", "flood", "fuzzing", "injection", *KINDS}
    (tmp_path / "a.log").write_bytes(made[0]["content"])
    refused: list[RowError] = []
    frames = np.concatenate(list(read_frames(tmp_path / "a.log", refused.append)))
    assert not refused
    assert len(frames) == made[0]["content"].count(b"\n")
    with pytest.raises(InvalidSetting):
        next(simulate(minutes=0))


def test_messages_of_a_dbc_carry_what_their_names_say() -> None:
    dbc = parse_dbc(
        b'BO_ 100 A: 8 X\n SG_ VEHICLE_SPEED : 7|16@0+ (0.01,0) [0|0] "" X\n SG_ COUNTER : 51|4@0+ (1,0) [0|0] "" X\n'
        b' SG_ STEER_ANGLE : 16|16@1- (0.1,0) [0|0] "" X\nBO_ 200 B: 4 X\n SG_ ENGINE_RPM : 0|16@1+ (1,0) [0|0] "" X\n'
    )
    made = Platform.of_dbc(dbc, np.random.default_rng(1))
    assert [s.id for s in made.sent] == [100, 200]
    assert [c.what for c in made.sent[0].carried] == ["speed", "steer"]
    assert made.sent[0].counter is not None
    assert {c.what for c in made.sent[1].carried} == {"rpm"}
    assert len(traffic(made, 5, np.random.default_rng(1)))
