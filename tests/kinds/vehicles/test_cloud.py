"""What is asked of vehicles and billed for them, against what was known a moment before: one rule at a time, on the real engine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.errors import ModelError
from assay.engine import Engine
from assay.kinds.vehicles.cloud import reasons as codes
from assay.kinds.vehicles.cloud.detector import Cloud
from assay.kinds.vehicles.cloud.evidence import CELL, VehicleEvent, cell, version_number
from assay.kinds.vehicles.cloud.targets import canonical, find_targets
from assay.kinds.vehicles.trips.reasons import ROLLBACK

T0 = datetime(2026, 1, 5, tzinfo=UTC)


def event(hours: float, action: str, **fields: Any) -> VehicleEvent:
    fields.setdefault("vehicle", "v")
    return VehicleEvent(
        id=f"{action}-{hours}-{fields.get('token')}-{fields['vehicle']}",
        time=T0 + timedelta(hours=hours),
        action=action,
        **fields,
    )  # type: ignore[arg-type]


def told(*events: VehicleEvent, engine: Engine | None = None) -> list[tuple[str, ...]]:
    """The codes of each event, one after another through one engine."""
    engine = engine or Engine()
    out = []
    for one in sorted(events, key=lambda e: e.time):
        found = engine.examine(Batch.of([one])).findings[Cloud.name]
        out.append(tuple(code for code, hit in found.codes.items() if hit[0]))
    return out


HOME, FAR = {"latitude": 50.0, "longitude": 8.0}, {"latitude": 51.2, "longitude": 9.5}
CASES: dict[str, tuple[tuple[VehicleEvent, ...], str]] = {
    "paid where it was not": ((event(0, "position", **HOME), event(0.5, "fuel", litres=30.0, tank=50.0, **FAR)), codes.NOT_THERE),
    "a vehicle in two places": ((event(0, "position", **HOME), event(0.2, "position", **FAR)), codes.TWO_PLACES),
    "commanded from afar by a new phone": (
        (event(0, "position", customer="c", **HOME), event(1, "locate", customer="c", device="new", latitude=41.0, longitude=2.0)), codes.APP_FAR),
    "more than the tank": ((event(0, "fuel", litres=71.0, tank=50.0),), codes.OVER_TANK),
    "filled three times a day": (
        (event(0, "fuel", litres=45.0, tank=50.0), event(3, "fuel", litres=45.0, tank=50.0), event(6, "fuel", litres=45.0, tank=50.0)), codes.OVER_TANK),
    "energy that the battery did not gain": (
        (event(0, "charge-start", session="s", station="p", charge=50.0), event(1, "charge-stop", session="s", station="p", charge=60.0, capacity=60.0, kwh=30.0)),
        codes.OVER_BATTERY),
    "more than the connector gives": (
        (event(0, "charge-start", session="s", station="p"), event(0.5, "charge-stop", session="s", station="p", rated=11.0, kwh=9.0)), codes.OVER_POWER),
    "one tag in two charges": (
        (event(0, "charge-start", token="t", station="a"), event(0.2, "charge-start", token="t", station="b", vehicle="w")), codes.TWO_SESSIONS),
    "one charge told twice": (
        (event(0, "charge-start", session="s", station="a"), event(0.5, "charge-stop", session="s", station="a"),
         event(1, "charge-start", session="s", station="a")), codes.REPLAYED),
    "a limit raised": ((event(0, "charge-limit", station="a", limit=7.0), event(1, "charge-limit", station="a", limit=90.0)), codes.LIMIT),
    "a meter that falls": ((event(0, "charge-meter", station="a", meter=5000.0), event(1, "charge-meter", station="a", meter=4000.0)), codes.METER),
    "a token on many vehicles": (tuple(event(i / 60, "locate", token="api", vehicle=f"v{i}") for i in range(9)), codes.MANY_VEHICLES),
    "opened from a new phone": (
        (event(0, "login", customer="c", device="old"), event(24 * 10, "unlock", customer="c", device="new")), codes.NEW_DEVICE),
    "paired by somebody else": ((event(0, "own", customer="c"), event(5, "pair", customer="thief", device="d")), codes.UNOWNED),
    "a burst of commands": (tuple(event(i / 3600, "unlock") for i in range(11)), codes.BURST),
    "older firmware": ((event(0, "install", version="2.10.0"), event(5, "install", version="2.9.9")), codes.DOWNGRADE),
    "tags tried": (tuple(event(i / 60, "authorise", token=f"t{i}", station="a", vehicle=None, refused=True) for i in range(7)), codes.TAGS),
    "heartbeats": (tuple(event(i / 3600, "heartbeat", station="a", vehicle=None) for i in range(25)), codes.FLOOD),
    "two policies": ((event(0, "insure", policy="p1"), event(24 * 30, "insure", policy="p2")), codes.TWO_POLICIES),
    "the odometer falls": ((event(0, "fuel", odometer=1000.0), event(24, "fuel", odometer=900.0)), ROLLBACK),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_rule_speaks_at_the_last_event_and_not_before(case: str) -> None:
    events, code = CASES[case]
    found = told(*events)
    assert code in found[-1]
    assert not any(code in codes_ for codes_ in found[: 1 if len(found) > 2 else -1])


ORDINARY = (
    event(0, "own", customer="c"), event(0.1, "login", customer="c", device="d"), event(0.2, "pair", customer="c", device="d"),
    event(1, "position", odometer=100.0, **HOME), event(24 * 9, "unlock", customer="c", device="d", **HOME),
    event(24 * 9 + 0.5, "position", odometer=130.0, latitude=50.2, longitude=8.1), event(24 * 9 + 0.6, "fuel", litres=40.0, tank=50.0, latitude=50.2, longitude=8.1),
    event(24 * 9 + 1, "charge-start", token="t", station="a", session="1", charge=20.0), event(24 * 9 + 2, "charge-stop", token="t", station="a", session="1", charge=80.0, capacity=60.0, rated=50.0, kwh=39.0),
    event(24 * 9 + 3, "charge-start", token="t", station="b", session="2", charge=80.0), event(24 * 9 + 4, "install", version="1.2"), event(24 * 10, "install", version="1.10"),
    event(24 * 10 + 6, "toll", latitude=51.0, longitude=9.0),
)  # fmt: skip


def test_an_ordinary_week_says_nothing() -> None:
    assert set(told(*ORDINARY)) == {()}


def test_a_place_is_cut_to_its_cell_before_anything_is_kept() -> None:
    columns = VehicleEvent.to_columns([event(0, "position", latitude=50.123456, longitude=-8.987654)])
    assert (columns["latitude"][0], columns["longitude"][0]) == (50.13, -8.99)
    table = VehicleEvent.from_table(
        {
            "action": np.array(["position"], object),
            "latitude": np.array([50.123456]),
            "longitude": np.array([-8.987654]),
        }
    )
    assert table["own_latitude"][0] == columns["own_latitude"][0] == 50.13
    assert "50.12" not in repr(columns)


@given(st.floats(-180, 180))
def test_the_cell_of_a_cell_is_itself(degrees: float) -> None:
    once = cell(np.array([degrees]))
    assert abs(once[0] - degrees) <= CELL / 2 + 1e-6
    assert cell(once)[0] == once[0]


def test_versions_compare_by_their_numbers() -> None:
    ordered = ["0.9", "1", "1.0.1", "1.2", "1.10", "2.0.0.1", "10"]
    numbers = [version_number(v) for v in ordered]
    assert numbers == sorted(numbers)
    assert np.isnan([version_number(v) for v in ("", "x", "1.x", "1.99999")]).all()


def metadata(
    key: Ed25519PrivateKey, sign: Ed25519PrivateKey, expires: str = "2026-06-01T00:00:00Z"
) -> tuple[dict[str, Any], dict[str, Any]]:
    signed = {
        "_type": "targets",
        "version": 3,
        "expires": expires,
        "targets": {"ecu.bin": {"length": 9, "hashes": {"sha256": "ab" * 32}}},
    }
    root = {"signed": {"keys": {"k1": {"keytype": "ed25519", "keyval": {"public": key.public_key().public_bytes_raw().hex()}}},
                       "roles": {"targets": {"keyids": ["k1"], "threshold": 1}}}}  # fmt: skip
    return {"signed": signed, "signatures": [{"keyid": "k1", "sig": sign.sign(canonical(signed)).hex()}]}, root


def test_an_image_outside_the_signed_targets_is_told(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    targets, root = metadata(key, key)
    (tmp_path / "targets.json").write_text(json.dumps(targets))
    (tmp_path / "root.json").write_text(json.dumps(root))
    found = find_targets(tmp_path)
    assert found is not None
    assert found.trusted
    detector = Cloud(tmp_path)
    good, bad, late = (
        event(0, "install", image="AB" * 32),
        event(1, "install", image="cd" * 32),
        event(24 * 300, "offer", image="ab" * 32),
    )

    def codes_of(one: VehicleEvent) -> set[str]:
        batch = Batch.of([one])
        from assay.core.profile import Profile

        return {code for code, hit in detector.examine(batch, Profile.empty(1)).codes.items() if hit[0]}

    assert (codes_of(good), codes_of(bad), codes_of(late)) == (set(), {codes.OUTSIDE}, {codes.EXPIRED})
    stranger, _ = metadata(key, Ed25519PrivateKey.generate())
    (tmp_path / "targets.json").write_text(json.dumps(stranger))
    with pytest.raises(ModelError, match="not signed"):
        Cloud(tmp_path)
    (tmp_path / "targets.json").write_text('{"signed": 1}')
    with pytest.raises(ModelError, match="TUF"):
        Cloud(tmp_path)


def test_how_events_are_cut_into_batches_changes_nothing() -> None:
    events = sorted({e.id: e for e in ORDINARY + CASES["one tag in two charges"][0]}.values(), key=lambda e: e.time)
    whole = Engine().examine(Batch.of(events)).findings[Cloud.name]
    one_by_one = told(*events)
    assert [tuple(c for c, hit in whole.codes.items() if hit[i]) for i in range(len(events))] == one_by_one
