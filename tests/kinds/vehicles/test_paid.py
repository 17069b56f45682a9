"""Where vehicles meet payments: what was found of a vehicle, its tag or its holder is felt by the payment that follows, through the
default policies, on one engine with its ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.entity import Entity
from assay.engine import Engine
from assay.kinds.payments.evidence import Payment
from assay.kinds.vehicles.cloud.evidence import VehicleEvent
from assay.kinds.vehicles.trips.evidence import Trip
from assay.kinds.vehicles.trips.spoof import KINDS
from assay.kinds.vehicles.trips.track import Track, pack
from assay.ledger.sqlite import SqliteLedger
from tests.kinds.vehicles.journeys import honest

T0 = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    from assay.core.kind import evidence_types

    ledger = SqliteLedger(tmp_path, types=evidence_types())
    yield Engine(ledger=ledger)
    ledger.close()


def event(hours: float, action: str, **fields: Any) -> VehicleEvent:
    return VehicleEvent(
        id=f"{action}-{hours}", time=T0 + timedelta(hours=hours), action=action, vehicle="v", customer="c", **fields
    )  # type: ignore[arg-type]


def payment(hours: float, id_: str, **fields: Any) -> Payment:
    return Payment(
        id=id_, time=T0 + timedelta(hours=hours), amount=Decimal("64.00"), currency="EUR", merchant="pump-1", **fields
    )


def test_a_fill_where_the_vehicle_was_not_is_felt_by_the_payment_for_it(engine: Engine) -> None:
    before = engine.assess(payment(0.1, "p0", card="card-1", vehicle="v"))
    engine.assess(event(0.2, "position", latitude=50.0, longitude=8.0))
    fill = engine.assess(event(0.7, "fuel", card="card-1", latitude=52.0, longitude=9.0, litres=30.0, tank=50.0))
    assert (fill.outcome, fill.reasons[1].code) == ("challenge", "vehicles.not-there")
    by_card = engine.assess(payment(0.8, "p1", card="card-1"))
    by_vehicle = engine.assess(payment(1.0, "p2", vehicle="v"))
    another = engine.assess(payment(1.0, "p3", card="card-2", vehicle="w"))
    later = engine.assess(payment(24 * 5, "p4", card="card-1"))
    assert [d.outcome for d in (before, by_card, by_vehicle, another, later)] == [
        "allow",
        "challenge",
        "challenge",
        "allow",
        "allow",
    ]
    assert by_card.reasons[0].code == "policy.open-finding"


def test_a_charge_on_a_cloned_tag_is_felt_by_its_card(engine: Engine) -> None:
    engine.assess(event(0, "charge-start", token="t", station="a", session="1", card="card-1"))
    second = engine.assess(event(0.2, "charge-start", token="t", station="b", session="2", card="card-1"))
    assert second.outcome == "challenge"
    assert engine.assess(payment(0.9, "p1", card="card-1")).outcome == "challenge"


def test_a_journey_that_cannot_be_true_is_felt_and_an_honest_one_is_not(engine: Engine) -> None:
    def trip(hours: float, track: Track, **more: Any) -> Trip:
        return Trip(
            id=f"t{hours}",
            time=T0 + timedelta(hours=hours),
            vehicle="v",
            customer="c",
            policy="pol",
            content=pack(track),
            **more,
        )

    assert engine.assess(trip(0, honest(), odometer=1000.0)).outcome == "allow"
    assert engine.assess(payment(1, "p1", customer="c")).outcome == "allow"
    forged = engine.assess(trip(2, KINDS["cruise"](honest(), np.random.default_rng(1))))
    assert forged.outcome == "review"
    assert (
        engine.assess(payment(3, "p2", customer="c")).outcome == "allow"
    )  # a doubt about a journey follows nobody to the shop
    assert engine.assess(trip(4, honest(2), odometer=700.0)).outcome == "review"
    assert engine.assess(payment(5, "p3", customer="c", vehicle="v")).outcome == "challenge"


def test_the_vehicle_links_its_journeys_its_payments_and_its_policies(engine: Engine) -> None:
    engine.assess(event(0, "insure", policy="pol-1"))
    engine.assess(event(24, "insure", policy="pol-2"))
    engine.assess(payment(30, "p1", vehicle="v", card="card-1"))
    engine.commit()
    assert engine.ledger is not None
    met = {entity for edge in engine.ledger.links(Entity("vehicle", "v"), hops=1).edges for entity in (edge.a, edge.b)}
    assert {
        Entity("policy", "pol-1"),
        Entity("policy", "pol-2"),
        Entity("card", "card-1"),
        Entity("customer", "c"),
    } <= met
    assert engine.ledger.entity(Entity("vehicle", "v"), limit=10).total == 3


def test_no_place_of_a_vehicle_reaches_the_ledger_s_files(engine: Engine, tmp_path: Path) -> None:
    engine.assess(event(0, "position", latitude=50.123457, longitude=8.987654))
    engine.assess(Trip(id="t", time=T0, vehicle="v", content=pack(honest())))
    engine.commit()
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"50.12345" not in written
    assert honest().gnss["latitude"][:4].tobytes() not in written
