"""The bench's world is the same for the same seed, its truth is whole, and the reference does what is published."""

from __future__ import annotations

from assay.bench.campaigns.figures import ours, reference
from assay.bench.campaigns.reference import incidents
from assay.bench.campaigns.world import SHAPES, START, Made, world
from assay.core.clock import HOUR
from assay.core.entity import Entity
from assay.core.finding import Finding, Reason


def test_a_seed_makes_one_world_and_every_attack_has_its_findings() -> None:
    first, again = (world(3, hosts=60, days=6, a_day=80, shapes=tuple(SHAPES), attacks=len(SHAPES)) for _ in range(2))
    assert first == again
    assert [m.time for m in first.findings] == sorted(m.time for m in first.findings)
    assert len({m.id for m in first.findings}) == len(first.findings)
    for attack in first.attacks:
        mine = [m for m in first.findings if m.attack == attack.number]
        assert {m.stage for m in mine} == attack.stages
        assert (min(m.time for m in mine), max(m.time for m in mine)) == (attack.first, attack.last)


def made(i: int, severity: str, technique: str = "T1059", rule: str = "r", hours: float = 0) -> Made:
    said = Finding(
        detector="hosts.made", version="1", verdict="suspicious", severity=severity, techniques=(technique,),
        reasons=(Reason("made.rule", 0.5, {"rule": rule}),), entities=(Entity("host", "w"),),
    )  # fmt: skip
    return Made(START + int(hours * HOUR), f"e{i}", said)


def test_the_reference_sums_scores_of_a_day_and_counts_tactics_of_a_week() -> None:
    assert not incidents([made(0, "high"), made(1, "medium")])
    assert len(incidents([made(0, "high"), made(1, "high")])) == 1
    assert not incidents([made(0, "high"), made(1, "high", hours=25)])
    four = [made(i, "low", t, f"r{i}", 30 * i) for i, t in enumerate(("T1566", "T1059", "T1003", "T1003"))]
    assert len(incidents(four)) == 1
    assert not incidents(four[:3])
    assert len(incidents([made(i, "high", hours=i) for i in range(20)])) == 1, "silent for a day"


def test_on_a_small_world_cases_are_fewer_by_far_and_hold_the_attack() -> None:
    small = world(4, hosts=80, days=6, a_day=200, shapes=("phish",), attacks=2)
    told, others = ours(small), reference(small)
    assert told["reduction"] > 10
    assert told["attacks_found"] == 1
    assert told["stages_reachable"] > 0.6
    assert told["cases"] < others["cases"]
