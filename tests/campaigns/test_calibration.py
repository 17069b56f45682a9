"""The line from what a campaign weighs to a probability: sound, learned from labels, the same to the bit, never run away with."""

from __future__ import annotations

import math
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.campaigns import Campaigns
from assay.campaigns.calibration import ENOUGH, SHIPPED, Calibration, Judged, learned
from assay.campaigns.kept import Kept, bring_back, kept
from assay.campaigns.state import Weighed
from assay.campaigns.terms import Terms
from assay.campaigns.weights import logit, posterior, weight_of
from assay.campaigns.work import LABELLED, REOPENED, apply
from assay.core.finding import Finding

from .signs import sign


def drawn(seed: int, n: int, line: Calibration, least: float = 0.0) -> list[Judged]:
    """Cases of a house where this line holds; only those that the shipped one would have opened, if asked."""
    rng = random.Random(seed)
    out: list[Judged] = []
    while len(out) < n:
        heaviest = rng.expovariate(0.5)
        weighed = Weighed(rng.choice((0.0, 0.0, rng.uniform(0, 6))), heaviest, rng.choice((0.0, 0.6, 1.5)) * heaviest)
        if posterior(SHIPPED.odds(weighed)) >= least:
            out.append(Judged(weighed, rng.random() < posterior(line.odds(weighed)), len(out)))
    return out


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 50), st.floats(0, 10))
def test_the_more_is_found_the_likelier(heaviest: float, others: float, more: float, known: float) -> None:
    odds = SHIPPED.odds(Weighed(known, heaviest, others))
    assert odds <= SHIPPED.odds(Weighed(known, heaviest + more, others))
    assert odds <= SHIPPED.odds(Weighed(known, heaviest, others + more))
    assert odds <= SHIPPED.odds(Weighed(known + more, heaviest, others))


def test_one_rule_alone_says_less_than_the_same_weight_by_two() -> None:
    assert SHIPPED.odds(Weighed(0.0, 3.5, 0.0)) < SHIPPED.odds(Weighed(0.0, 1.75, 1.75))


def test_shipped_and_terms_say_the_same() -> None:
    assert Campaigns().strength.line == SHIPPED
    assert SHIPPED.prior == logit(Terms().prior)


def test_a_probability_that_a_detector_gives_is_a_case_s_own() -> None:
    """A finding of 90 % alone is a case of 90 %."""
    known = Weighed(
        weight_of(Finding(detector="d.x", version="1", verdict="suspicious", severity="low", probability=0.9)), 0.0, 0.0
    )
    assert posterior(SHIPPED.odds(known)) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("truth", [SHIPPED._replace(prior=logit(0.006)), Calibration(logit(0.1), 1.0, 2.0)])
def test_labels_bring_the_line_closer_to_the_house_though_only_cases_are_labelled(truth: Calibration) -> None:
    line = learned(drawn(1, 400, truth, least=0.5), SHIPPED)
    probe = [Weighed(0.0, s, share * s) for s in (2.0, 4.0, 8.0) for share in (0.6, 1.5)]

    def away(one: Calibration) -> float:
        return math.fsum(abs(posterior(one.odds(w)) - posterior(truth.odds(w))) for w in probe)

    assert away(line) < 0.7 * away(SHIPPED)


def test_from_few_labels_or_of_one_truth_alone_nothing_is_learned() -> None:
    weighed = Weighed(0.0, 5.0, 2.0)
    one, nothing = [Judged(weighed, True, day) for day in range(500)], Judged(weighed, False)
    assert learned(one, SHIPPED) == SHIPPED
    assert learned([*one, *[nothing] * (ENOUGH - 1)], SHIPPED) == SHIPPED
    assert learned([*[Judged(weighed, True, 7)] * 500, *[nothing] * 500], SHIPPED) == SHIPPED, "all of one day"


def test_an_attack_that_left_many_pieces_behind_counts_once() -> None:
    few = drawn(3, 200, SHIPPED._replace(prior=logit(0.01)))
    pieces = [Judged(Weighed(0.0, 0.1, 0.0), True, 1_000)] * 200
    once, often = (learned([*few, *pieces[:n]], SHIPPED) for n in (1, 200))
    assert often.prior == pytest.approx(once.prior, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0, 100)] + [st.floats(0, 1e6)] * 2, st.booleans()), min_size=25, max_size=60))
def test_whatever_the_labels_the_line_rises_and_is_finite(rows: list[tuple[float, float, float, bool]]) -> None:
    line = learned([Judged(Weighed(*weighs), truth, day) for day, (*weighs, truth) in enumerate(rows)], SHIPPED)
    assert math.isfinite(line.prior)
    assert 0 < line.alone < 100
    assert 0 < line.together < 100


def judged(labels: int) -> Campaigns:
    found = Campaigns()
    for i in range(2 * labels):
        for r in range(3):
            found.take(sign(f"e{i}-{r}", f"host:h{i}", f"r{i}-{r}", "high", hours=24 * i))
        (case,) = (c for c in found.all.values() if f"machine:h{i}" in c.nodes)
        apply(found, "anna", LABELLED, {"case": case.id, "truth": "fraud" if i % 4 == 0 else "genuine", "time": 1})
    return found


def test_what_analysts_say_moves_the_probability_of_others_and_survives_a_restart() -> None:
    found = judged(2 * ENOUGH)
    assert found.strength.line != SHIPPED
    assert found.strength.line.prior < SHIPPED.prior, "three in four were nothing"
    again = Campaigns()
    bring_back(again, msgspec.msgpack.decode(msgspec.msgpack.encode(kept(found)), type=Kept))
    assert again.strength.line == found.strength.line


def test_a_label_that_is_taken_back_teaches_nothing() -> None:
    found = Campaigns()
    for r in range(3):
        found.take(sign(f"e{r}", "host:h", f"r{r}", "high"))
    (case,) = found.cases.values()
    apply(found, "anna", LABELLED, {"case": case.id, "truth": "genuine", "time": 1})
    before = found.judged[case.id]
    apply(found, "anna", LABELLED, {"case": case.id, "truth": "fraud", "time": 2})
    assert found.judged[case.id] == before._replace(attack=True), "said again, it weighs what it weighed"
    apply(found, "anna", REOPENED, {"case": case.id, "time": 3})
    assert not found.judged
