"""A normal learnt from minutes of a car that behaves like one: silent on driving of other sorts, and not to be taught by attacks."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.events import Event, events, poisson_most
from assay.kinds.vehicles.fields import Field
from assay.kinds.vehicles.forge import forge
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.watch import watch
from tests.kinds.vehicles.bus import insert
from tests.kinds.vehicles.car import BRAKE, ENGINE, SPEED, STEER, WHEELS, drive


@cache
def normal() -> Normal:
    return Normal.learn(drive(240, 1))


@cache
def unseen() -> np.ndarray:
    return drive(420, 2, start=1_800_000_000_000_000)


def told(frames: np.ndarray, by: Normal | None = None) -> list[tuple[str, tuple[int, ...]]]:
    found: list[Event] = events(watch(frames, by or normal()))
    return [(reasons.EVENTS[e.kind], e.ids) for e in found]


def test_what_frames_must_say_of_themselves_is_found() -> None:
    codes = {int(i): c for i, c in zip(normal().ids, normal().contents, strict=True)}
    assert {i for i, c in codes.items() if c.checksum} == {SPEED, ENGINE, STEER, BRAKE}
    names = {i: codes[i].checksum.name for i in (SPEED, ENGINE, BRAKE)}  # type: ignore[union-attr]
    assert names == {SPEED: "XOR of bytes", ENGINE: "CRC-8 0x1D", BRAKE: "sum of bytes"}
    assert codes[STEER].checksum.counter == (44, 4)  # type: ignore[union-attr]
    assert all(c.strict for i, c in codes.items() if i in (SPEED, STEER, BRAKE))


def test_other_driving_is_silent() -> None:
    assert told(unseen()) == []


def test_the_motorway_is_silent_to_a_normal_of_the_city() -> None:
    city = Normal.learn(drive(200, 3, fastest=14.0))
    assert told(unseen(), city) == []


SPEED_FIELD, WHEEL_FIELD = Field(48, 16, False, False), Field(32, 16, False, False)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("plateau", reasons.CHECKSUM),
        ("continuous", reasons.CHECKSUM),
        ("offset", reasons.LEAP),
        ("suppression", reasons.SUPPRESSION),
        ("replayed", reasons.REPLAY),
    ],
)
def test_a_lie_about_speed(kind: str, code: str) -> None:
    whole = unseen()
    start = int(whole["time"][0]) + 60_000_000
    part = whole[(whole["time"] > start - 30_000_000) & (whole["time"] < start + 15_000_000)]
    lie = forge(part, kind, (SPEED, SPEED_FIELD), start, np.random.default_rng(4))
    found = [e for e in events(watch(lie.frames, normal())) if SPEED in e.ids]
    assert code in {reasons.EVENTS[e.kind] for e in found}


def test_a_wheel_led_away_is_contradicted_by_the_others() -> None:
    whole = unseen()
    start = int(whole["time"][0]) + 60_000_000
    part = whole[(whole["time"] > start - 30_000_000) & (whole["time"] < start + 15_000_000)]
    lie = forge(part, "continuous", (WHEELS, WHEEL_FIELD), start, np.random.default_rng(4))
    assert {reasons.LEAP, reasons.DISAGREEMENT} & {code for code, ids in told(lie.frames) if WHEELS in ids}


def test_attacks_teach_nothing() -> None:
    before = told(unseen())
    part = unseen()[unseen()["time"] < unseen()["time"][0] + 60_000_000]
    flooded = insert(part, BRAKE, np.arange(5_000_000, 30_000_000, 1_000), data=0x1234)
    late = forge(flooded, "random", (SPEED, SPEED_FIELD), int(part["time"][0]) + 45_000_000, np.random.default_rng(1))
    assert {reasons.INJECTION, reasons.PAYLOAD} <= {code for code, _ in told(late.frames)}
    assert told(unseen()) == before


@pytest.mark.parametrize(("events_", "most"), [(0, 2.9957), (1, 4.7439), (10, 16.962)])
def test_how_many_so_little_driving_leaves_possible(events_: int, most: float) -> None:
    assert poisson_most(events_) == pytest.approx(most, abs=1e-3)


@pytest.mark.filterwarnings("error")
def test_a_signal_that_moves_only_while_others_are_not_heard_foretells_nothing() -> None:
    frames = drive(120, 5)
    quiet = frames["id"] == BRAKE
    frames["data"][quiet] = 0x40
    first = np.flatnonzero(quiet)[:20]
    frames["data"][first] = np.arange(len(first)).astype(np.uint64) * np.uint64(3)
    assert all(BRAKE not in {f.target.id, *(i.id for i in f.inputs)} for f in Normal.learn(frames).forecasts)
