"""Satellites are held against inertia: honest journeys pass, each way of forging is told, and what cannot be told is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.vehicles.simulate.sensors import Recorder, drive
from assay.kinds.vehicles.trips import agreement, reasons
from assay.kinds.vehicles.trips.agreement import compare
from assay.kinds.vehicles.trips.detector import Odometers, Trips
from assay.kinds.vehicles.trips.evidence import Trip
from assay.kinds.vehicles.trips.judge import judge
from assay.kinds.vehicles.trips.motion import motion_of
from assay.kinds.vehicles.trips.signature import departures, learn, signature, signature_of
from assay.kinds.vehicles.trips.spoof import KINDS, mileage
from assay.kinds.vehicles.trips.track import GNSS, IMU, SAID, Track, pack, unpack
from assay.kinds.vehicles.trips.usual import Usual
from assay.kinds.vehicles.trips.worse import RECORDERS
from tests.kinds.vehicles.journeys import honest, usual, without

TOLD = {
    "frozen": reasons.STANDS_MOVING, "cruise": reasons.TURNS, "smoothing": reasons.SMOOTHED, "playback": reasons.TURNS,
    "delay-10": reasons.DELAYED, "delay-30": reasons.DELAYED, "drift-places": reasons.STEPS, "mileage-0.7": reasons.SCALED,
    "synthetic": reasons.TURNS, "stretch": reasons.TURNS,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(1, 7))
def test_an_honest_journey_is_not_accused(seed: int) -> None:
    judged = judge(honest(seed), usual())
    assert not judged.said
    assert judged.score < 2
    assert judged.minutes > 8


@pytest.mark.parametrize("kind", TOLD)
def test_each_way_of_forging_is_told_by_the_reason_that_names_it(kind: str) -> None:
    forged = KINDS[kind](without(honest(), "said"), np.random.default_rng(2))
    codes = [said.code for said in judge(forged, usual()).said]
    assert TOLD[kind] in codes


@pytest.mark.parametrize("seconds", [10, 30])
def test_a_delay_is_measured_to_two_seconds(seconds: int) -> None:
    forged = KINDS[f"delay-{seconds}"](without(honest(2), "said"), np.random.default_rng(2))
    (said,) = [s for s in judge(forged, usual()).said if s.code == reasons.DELAYED]
    assert abs(said.values["seconds"] - seconds) <= 2


@pytest.mark.parametrize("recorder", RECORDERS)
def test_a_worse_recorder_accuses_nobody_and_still_sees(recorder: str) -> None:
    assert not judge(RECORDERS[recorder](honest()), usual()).said
    forged = KINDS["playback"](without(honest(), "said"), np.random.default_rng(2))
    assert judge(RECORDERS[recorder](forged), usual()).said


def test_how_the_recorder_is_mounted_changes_nothing() -> None:
    """The same drive felt through two mountings gives the same numbers, but for the rounding of instruments."""
    rows = []
    for mounting in (11, 12):
        recorder = Recorder.draw(np.random.default_rng(mounting))
        track = drive(np.random.default_rng(5), 400, Recorder(recorder.axes, np.zeros(3), 1.0))
        c = compare(motion_of(track))  # type: ignore[arg-type]
        rows.append(agreement.row(c, slice(0, 400)))
    assert np.nanmax(np.abs(np.array(rows[0]) - np.array(rows[1]))[[0, 1, 2, 3, 4, 9]]) < 0.15


def test_a_recorder_that_tells_gravity_s_pull_is_understood_and_one_without_gravity_compares_nothing() -> None:
    pull = {k: (-v if k in ("ax", "ay", "az") else v) for k, v in honest().imu.items()}
    assert not judge(Track(honest().gnss, pull), usual()).said
    forged = KINDS["delay-30"](Track(honest().gnss, pull), np.random.default_rng(1))
    assert reasons.DELAYED in [said.code for said in judge(forged, usual()).said]
    up = {k: float(np.median(honest().imu[k])) for k in ("ax", "ay", "az")}
    bare = {k: v - up.get(k, 0.0) for k, v in honest().imu.items()}
    assert not motion_of(Track(honest().gnss, bare)).inertial  # type: ignore[union-attr]


def test_the_speed_that_the_car_says_gives_shaved_mileage_away() -> None:
    shaved = KINDS["mileage-0.9"](honest(), np.random.default_rng(1))
    shaved = KINDS["mileage-0.7"](Track(shaved.gnss), np.random.default_rng(1))
    said = judge(Track(shaved.gnss, {}, honest().said), usual()).said
    assert [s.code for s in said] == [reasons.SAID]
    assert said[0].values["ratio"] == pytest.approx(1 / 0.63, rel=0.05)


def test_a_jump_no_vehicle_makes_is_exact() -> None:
    g = {k: v.copy() for k, v in honest().gnss.items()}
    g["latitude"][300:] += 0.3
    (finding,) = [f for f in told(trip(Track(g, honest().imu))) if f.severity == "high"]
    assert finding.reasons[0].code == reasons.JUMP
    assert finding.reasons[0].values["kilometres"] == pytest.approx(33.4, rel=0.02)


def trip(track: Track, **more: object) -> Trip:
    return Trip(id="t", time=moment(0), content=pack(track), vehicle="v", **more)  # type: ignore[arg-type]


def told(*trips: Trip) -> list[Finding]:
    return Trips().examine(Batch.of(trips), Profile.empty(len(trips))).explain(np.arange(len(trips)))


def test_without_inertia_and_without_the_car_s_speed_nothing_is_vouched_for() -> None:
    (finding,) = told(trip(without(honest(), "imu", "said")))
    assert (finding.verdict, finding.reasons[0].code) == ("inconclusive", reasons.NOT_COMPARED)
    (broken,) = told(Trip(id="t", time=moment(0), content=b"\0\1\2"))
    assert (broken.verdict, broken.reasons[0].code) == ("inconclusive", reasons.BROKEN)


def test_no_place_stands_in_a_finding_or_a_column() -> None:
    g = honest().gnss
    forged = trip(KINDS["delay-30"](honest(), np.random.default_rng(1)), distance=99.0)
    (finding,) = told(forged)
    text = repr(finding) + repr(Trip.to_columns([forged]))
    for place in (g["latitude"][0], g["longitude"][0]):
        assert f"{place:.2f}" not in text
    assert finding.where
    assert any(r.code == reasons.DISTANCE for r in finding.reasons)


def test_the_order_and_the_size_of_batches_change_nothing() -> None:
    trips = [trip(honest()), trip(KINDS["cruise"](honest(), np.random.default_rng(3)))]
    both = told(*trips)
    assert both == [*told(trips[0]), *told(trips[1])]


def test_an_odometer_that_ran_back_since_the_last_journey_is_told() -> None:
    from assay.engine import Engine

    engine = Engine()
    plain = Trip(id="a", time=moment(0), vehicle="v", odometer=1000.0)
    later = Trip(id="b", time=moment(86_400_000_000), vehicle="v", odometer=880.0)
    engine.examine(Batch.of([plain]))
    found = engine.examine(Batch.of([later])).findings[Odometers.name].explain(np.array([0]))
    assert found[0].reasons[0].values == {"kilometres": 120.0, "days": 1.0}
    assert found[0].severity == "high"


def test_a_recorder_in_another_car_is_told_by_several_marks_only() -> None:
    def signature(seed: int, recorder: Recorder) -> dict[str, float]:
        track = drive(np.random.default_rng(seed), 400, recorder)
        return signature_of(track, compare(motion_of(track)))  # type: ignore[arg-type]

    own = Recorder(Recorder.draw(np.random.default_rng(1)).axes, np.zeros(3), 1.0)
    past = learn([signature(seed, own) for seed in range(4)])
    assert not departures(signature(9, own), past)
    other = Recorder(Recorder.draw(np.random.default_rng(2)).axes, np.zeros(3), 2.2)
    assert {s.code for s in departures(signature(9, other), past)} == {reasons.MOUNTED, reasons.OTHER_CAR}
    assert not departures(signature(9, other), past | {"journeys": 2})


def test_a_way_scaled_by_a_twentieth_is_told_against_the_car_s_own_past() -> None:
    own = Recorder.draw(np.random.default_rng(1))
    past = learn([signature(drive(np.random.default_rng(seed), 400, own)) for seed in range(4)])
    journey = drive(np.random.default_rng(9), 400, own)
    assert not departures(signature(journey), past)
    shaved = Track(mileage(journey, np.random.default_rng(1), 0.95).gnss, journey.imu, journey.said)
    (told,) = departures(signature(shaved), past)
    assert told.code == reasons.RESCALED
    assert told.values["percent"] == pytest.approx(5, abs=1)


@pytest.mark.parametrize("step", [0.1, 1.0])
def test_an_odometer_tells_a_tenth_where_satellites_tell_their_own_speed(step: float) -> None:
    journey = drive(np.random.default_rng(3), 1800)
    gone = np.cumsum(journey.said["speed"] / 1.01 + 0.14) / 1000  # whole kilometres an hour are rounded down
    odometer = np.floor((5000 + gone) / step) * step

    def codes(track: Track, odometer: np.ndarray) -> list[str]:
        said = {"time": journey.said["time"], "odometer": odometer}
        return [s.code for s in judge(Track(track.gnss, {}, said), usual()).said]

    shaved = mileage(journey, np.random.default_rng(1), 0.9)
    assert codes(journey, odometer) == []
    assert codes(shaved, odometer) == [reasons.ODOMETER]
    places = Track({k: v for k, v in shaved.gnss.items() if k not in ("speed", "course")})
    assert codes(places, odometer) == [], "a way made of places is not so exact"


_ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_numbers_in_any_stream_are_survived(data: st.DataObject) -> None:
    """Values that no instrument gives, and gaps: a judgement or a refusal, never an accident."""
    streams = []
    for names, rows in ((GNSS, 90), (IMU, 400), (SAID, 60)):
        kept = data.draw(st.lists(st.sampled_from(names[1:]), unique=True, max_size=7))
        time = np.cumsum(
            np.array(
                data.draw(st.lists(st.sampled_from([0.01, 0.2, 1.0, 1.0, 400.0]), min_size=rows // 4, max_size=rows))
            )
        )
        bases = {
            name: getattr(honest(), "gnss" if names is GNSS else "imu" if names is IMU else "said").get(
                name, np.ones(1)
            )
            for name in kept
        }
        columns = {name: np.resize(base, len(time)).astype(float) for name, base in bases.items()}
        for _ in range(data.draw(st.integers(0, 5)) if kept else 0):
            columns[data.draw(st.sampled_from(kept))][data.draw(st.integers(0, len(time) - 1))] = data.draw(_ANY)
        streams.append(columns | {"time": time} if kept else {})
    with np.errstate(all="ignore"):
        judge(Track(*streams), usual())


def test_a_journey_of_days_is_judged_in_bounded_time() -> None:
    import time

    n = 86_400
    hours = {k: np.resize(v, n) for k, v in honest().gnss.items()} | {"time": np.arange(n, dtype=float)}
    shakes = {k: np.resize(v[::10], n) for k, v in honest().imu.items()} | {"time": np.arange(n, dtype=float)}
    began = time.process_time()
    judge(Track(hours, shakes), usual())
    assert time.process_time() - began < 10


def test_a_track_and_what_is_usual_go_round() -> None:
    again = unpack(pack(honest()))
    assert np.allclose(again.gnss["latitude"], honest().gnss["latitude"], atol=0)
    assert np.allclose(again.imu["ax"], honest().imu["ax"], atol=1e-3)
    assert Usual.of(usual().plain()).scores(np.zeros((1, len(agreement.NAMES))), "minute") == pytest.approx(
        usual().scores(np.zeros((1, len(agreement.NAMES))), "minute"), abs=1e-3
    )
    for damaged in ({}, {"names": ["x"]}, usual().plain() | {"middle": [[1.0]]}):
        with pytest.raises(ValueError, match="model"):
            Usual.of(damaged)


def test_the_trainer_counts_accusations_on_vehicles_left_out(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from assay.core.errors import InvalidSetting
    from assay.kinds.vehicles.trips.train import train, train_signature
    from assay.learning import TrainRequest

    for car in ("one", "two"):
        (tmp_path / car).mkdir()
        track = drive(np.random.default_rng(len(car)), 660, Recorder.draw(np.random.default_rng(ord(car[0]))))
        (tmp_path / car / "day.trip").write_bytes(pack(track))
    report = train(TrainRequest(tmp_path, None, tmp_path / "model", {"licence": "CC0"}))
    assert report.figures["vehicles"] == 2
    assert report.figures["stretches"] == 4
    assert report.figures["stretches accused"] == 0
    with pytest.raises(InvalidSetting, match="too few"):
        train_signature(TrainRequest(tmp_path, None, tmp_path / "models" / "v"))
    again = drive(np.random.default_rng(9), 400, Recorder.draw(np.random.default_rng(9)))
    (tmp_path / "one" / "later.trip").write_bytes(pack(again))
    train_signature(TrainRequest(tmp_path, None, tmp_path / "models" / "v"))
    detector = Trips(tmp_path / "models")
    assert detector.signatures["v"]["journeys"] == 3
    assert detector.usual.plain() == usual().plain()
