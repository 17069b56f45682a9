"""The simulated fleet: the same bytes for the same seed, labels that come late, and fraud that the room finds while honest days pass."""

from __future__ import annotations

import csv
import io
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assay.core.clock import parse_duration
from assay.core.errors import InvalidSetting
from assay.core.kind import sniff
from assay.engine import Engine
from assay.kinds.vehicles.cloud.reader import EventTable
from assay.kinds.vehicles.simulate import simulate
from assay.kinds.vehicles.trips.detector import SHIPPED
from assay.kinds.vehicles.trips.judge import judge
from assay.kinds.vehicles.trips.model import open_models
from assay.kinds.vehicles.trips.track import unpack


@cache
def fleet(seed: int = 3, days: int = 16, **more: Any) -> tuple[dict[str, Any], ...]:
    return tuple(simulate(seed, days=days, size=9, fraud_rate=0.3, journeys=0.05, minutes=6.0, **more))


def rows(kind: str) -> list[dict[str, str]]:
    found = []
    for file in fleet():
        if file["file"].startswith(kind):
            found += list(csv.DictReader(io.StringIO(file["content"].decode())))
    return found


def test_the_same_seed_gives_the_same_bytes_and_more_days_only_add() -> None:
    again = tuple(simulate(3, days=4, size=9, fraud_rate=0.3, journeys=0.05, minutes=6.0))
    assert again == fleet()[: len(again)]
    assert tuple(simulate(4, days=1, size=9)) != tuple(simulate(3, days=1, size=9))


def test_truth_becomes_known_weeks_later_and_time_goes_on() -> None:
    events = rows("events")
    assert all(a["time"] <= b["time"] for a, b in pairwise(events))
    assert len({row["id"] for row in events}) == len(events)
    from datetime import datetime

    waits = [datetime.fromisoformat(r["label_time"]) - datetime.fromisoformat(r["time"]) for r in events[:200]]
    assert min(waits).total_seconds() >= parse_duration("9d") / 1e6


def test_what_is_paid_is_paid_where_and_for_what_the_vehicle_was_billed() -> None:
    fuel = [r for r in rows("events") if r["action"] == "fuel" and r["label"] == "0"]
    paid = {(r["vehicle"], r["merchant"], r["time"][:10]): r for r in rows("payments")}
    for bill in fuel:
        assert (bill["vehicle"], bill["station"], bill["time"][:10]) in paid
    assert fuel


def test_the_room_finds_the_fraud_and_honest_days_pass(tmp_path: Path) -> None:
    engine = Engine()
    found: Counter[tuple[bool, bool]] = Counter()
    for file in fleet():
        if not file["file"].startswith("events"):
            continue
        path = tmp_path / file["file"]
        path.write_bytes(file["content"])
        kind, reader, _ = sniff(path)  # type: ignore[misc]
        assert (kind.name, reader.name) == ("vehicles", "vehicles.events")
        for batch in EventTable().read(path, reject=pytest.fail):
            findings = engine.examine(batch).findings["vehicles.cloud"]
            assert batch.truth is not None
            for truth, action, verdict in zip(batch.truth, batch.columns["action"], findings.verdict, strict=True):
                if action != "login":  # a login from a new device is no fraud yet
                    found[bool(truth), bool(verdict)] += 1
    # A can filled beside an almost full tank is billed less than a tank holds: nobody can tell that from a fill.
    assert found[True, True] >= 5 * max(1, found[True, False])
    assert found[False, True] == 0


def test_journeys_are_honest_or_forged_as_their_label_says() -> None:
    usual, _, _ = open_models(None, SHIPPED)
    for file in fleet():
        if file["file"].startswith("journey"):
            said = judge(unpack(file["content"]), usual).said
            if file["label"] == "genuine":
                assert not said
            elif file["label"] not in ("mileage-0.9", "drift"):
                assert said, file["label"]


def test_a_fleet_that_cannot_be_is_refused() -> None:
    for wrong in ({"size": 0}, {"fraud_rate": 2.0}, {"minutes": 0.0}, {"days": 0}):
        with pytest.raises(InvalidSetting):
            next(simulate(1, **wrong))  # type: ignore[arg-type]


def test_the_bench_counts_both_sides() -> None:
    from assay.kinds.vehicles.cloud.bench import bench

    figures = bench(short=True)
    assert figures["events"] > 1000
    assert figures.get("honest, told", 0) <= 2
    assert figures["journeys"]["honest, told"] == 0
