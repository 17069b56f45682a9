"""An account of mileage adds up, or it is said where it does not: by the same hand, by workshops, by fuel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError, sniff
from assay.core.profile import Profile
from assay.kinds.vehicles.mileage import accounts
from assay.kinds.vehicles.mileage import reasons as codes
from assay.kinds.vehicles.mileage.bench import account, shaving, term
from assay.kinds.vehicles.mileage.detector import Mileage, total
from assay.kinds.vehicles.mileage.driven import chance
from assay.kinds.vehicles.mileage.evidence import MileageAccount, Reading
from assay.kinds.vehicles.mileage.folder import FILE, PolicyFolder
from assay.kinds.vehicles.mileage.reader import MileageTable
from assay.kinds.vehicles.simulate.sensors import drive
from assay.kinds.vehicles.trips.track import Track, pack
from assay.walk import files

DAY0 = datetime(2025, 1, 1, tzinfo=UTC)


def told(made: MileageAccount) -> tuple[str, ...]:
    found = Mileage().examine(Batch.of([made]), Profile.empty(1)).explain(np.arange(1))
    return tuple(reason.code for finding in found for reason in finding.reasons)


def reading(day: float, odometer: float, source: str = "claim", **more: float) -> Reading:
    return Reading(time=DAY0 + timedelta(days=day), source=source, odometer=odometer, **more)  # type: ignore[arg-type]


def of(*readings: Reading) -> MileageAccount:
    return MileageAccount(id="a", time=DAY0 + timedelta(days=400), vehicle="v", readings=readings)


@pytest.mark.parametrize("electric", [False, True])
def test_honest_years_pass_and_a_shaved_tenth_is_found_by_the_workshop(electric: bool) -> None:
    for seed in range(4):
        assert told(account(np.random.default_rng(seed), electric=electric)) == ()
        shaved = account(np.random.default_rng(seed), electric=electric, shaved=0.1)
        assert codes.WORKSHOPS in told(shaved)
        ratio = accounts.against_workshops(shaved.readings)
        assert ratio is not None
        assert ratio.log == pytest.approx(-np.log(0.9), abs=0.03)


def test_an_odometer_held_back_is_found_by_what_it_burns() -> None:
    shaved = account(np.random.default_rng(3), shaved=0.2, odometer_too=True)
    assert told(shaved) == (codes.CONSUMPTION,)


def test_how_many_are_found_and_accused_is_counted() -> None:
    figures = shaving(cars=24)
    assert figures["honest accounts accused"]["share"] == 0
    assert figures["claims shaved by a tenth, found"]["share"] == 1
    low, high = figures["honest accounts accused"]["95 %"]
    assert low <= 0 < high < 0.2


def test_a_fall_is_told_once_and_only_by_the_same_hand() -> None:
    fallen = of(reading(0, 1000), reading(30, 2000), reading(60, 1500), reading(90, 2500))
    (back,) = accounts.rollbacks(fallen.readings)
    assert back == (500.0, 30.0)
    assert codes.ROLLBACK in told(fallen)
    assert not accounts.rollbacks(of(reading(0, 2000, "service"), reading(30, 1900, "claim")).readings)
    assert not accounts.rollbacks(of(reading(0, 2000), reading(0.1, 1990)).readings)  # two papers of one day


@cache
def recorded() -> list[Track]:
    return [drive(np.random.default_rng(k), 300.0) for k in range(14)]


def test_journeys_of_a_policy_add_up() -> None:
    """Honest ones are not accused; a fifth shaved off from some day on is, though no single journey is."""
    assert told(term(np.random.default_rng(1), recorded(), journeys=14)) == ()
    shaved = total(term(np.random.default_rng(1), recorded(), journeys=14, shaved=0.2))
    assert shaved.since is not None
    assert shaved.since.log == pytest.approx(-np.log(0.8), abs=0.07)
    assert told(term(np.random.default_rng(1), recorded(), journeys=14, shaved=0.2)) == (codes.FELT_SINCE,)
    assert codes.JOURNEYS in told(term(np.random.default_rng(2), recorded(), journeys=14, replayed=1.0))


def test_so_many_of_so_many_may_be_accused() -> None:
    """Laplace's rule for one; the more honest ones were tried, the less likely."""
    assert chance(0, 10, 0, 14) == 1
    assert chance(1, 1, 0, 14) == pytest.approx(1 / 16)
    assert chance(1, 1, 0, 98) == pytest.approx(1 / 100)
    assert chance(2, 20, 0, 14) > chance(4, 20, 0, 14) > chance(12, 20, 0, 14)


def test_a_policy_s_folder_is_one_account(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("policy: pol-1\nvehicle: v\n")
    (tmp_path / "readings.csv").write_text(
        "date,odometer_km,source,vin\n2025-01-02,1000,service,v\n2025-06-02,5000,service,v\n2025-06-03,1,claim,other\n"
    )
    (tmp_path / "trips").mkdir()
    for k in range(3):
        (tmp_path / "trips" / f"{k}.trip").write_bytes(pack(recorded()[k]))
    (tmp_path / "notes.txt").write_text("nothing of ours")
    refused: list[RowError] = []
    assert list(files([tmp_path])) == [tmp_path / FILE], "it speaks for what lies below"
    kind_reader = sniff(tmp_path / FILE)
    assert kind_reader is not None
    (batch,) = kind_reader[1].read(tmp_path / FILE, reject=refused.append)
    made = batch.item(0)
    assert (made.policy, made.vehicle, len(made.journeys), len(made.readings)) == ("pol-1", "v", 3, 2)
    assert [("notes.txt" in r.reason) for r in refused] == [True]
    assert len(made.exhibits()) == 4
    for bad in ("", "policy: [1]", "policy: p\nmore: 1", "policy: p\n\t- x"):
        (tmp_path / FILE).write_text(bad)
        with pytest.raises(UnreadableInput):
            list(PolicyFolder().read(tmp_path / FILE, reject=refused.append))


def test_too_little_is_said() -> None:
    assert told(of(reading(0, 1000), reading(30, 2000))) == (codes.TOO_LITTLE,)


def test_the_order_of_readings_does_not_matter() -> None:
    made = account(np.random.default_rng(5), shaved=0.1)
    shuffled = list(made.readings)
    np.random.default_rng(1).shuffle(shuffled)  # type: ignore[arg-type]
    assert accounts.against_workshops(shuffled) == accounts.against_workshops(made.readings)
    assert accounts.consumption(shuffled) == accounts.consumption(made.readings)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(
    st.floats(0, 4000), st.floats(0, 1e7), st.sampled_from(["claim", "service", "fuel", "charge", "journey", "inspection"]),
    st.one_of(st.none(), st.floats(0, 1e5)), st.one_of(st.none(), st.floats(0, 1e5)), st.one_of(st.none(), st.floats(0, 1e5)),
), max_size=60))  # fmt: skip
def test_any_readings_are_survived(
    rows: list[tuple[float, float, str, float | None, float | None, float | None]],
) -> None:
    made = [
        Reading(time=DAY0 + timedelta(days=d), source=s, odometer=o, litres=li, kwh=k, km=km)  # type: ignore[arg-type]
        for d, o, s, li, k, km in rows
    ]
    told(of(*made))


def test_a_table_of_several_vehicles_becomes_their_accounts(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(
        "date,vin,odometer,source,litres\n2025-01-01,A,1000,claim,\n2025-02-01,A,900,claim,\n2025-01-05,B,5000,,40.5\n"
        "2025-13-01,B,1,claim,\n2025-02-05,B,x,service,\n"
    )
    kind, reader, _ = sniff(path)  # type: ignore[misc]
    assert (kind.name, reader.name) == ("vehicles", "vehicles.mileage")
    refused: list[RowError] = []
    first, second = (batch.item(0) for batch in MileageTable().read(path, reject=refused.append))
    assert (first.vehicle, len(first.readings), second.vehicle, second.readings[0].source) == ("A", 2, "B", "fuel")
    assert [r.row for r in refused] == [4, 5]
    assert codes.ROLLBACK in told(first)


def test_times_as_numbers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "epoch.csv"
    path.write_text("timestamp,odometer,source\n1735689600,10,claim\n1738368000,20,claim\n")
    (account_,) = (batch.item(0) for batch in MileageTable().read(path, reject=pytest.fail))
    assert account_.readings[0].time == DAY0
