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
from assay.campaigns.weights import logit, posterior
from assay.campaigns.work import LABELLED, REOPENED, apply

from .signs import sign


def drawn(seed: int, n: int, line: Calibration, least: float = 0.0) -> list[Judged]:
    """Cases of a house where this line holds; only those that the shipped one would have opened, if asked."""
    rng = random.Random(seed)
    out: list[Judged] = []
    while len(out) < n:
        weighed = Weighed(rng.choice((0.0, 0.0, rng.uniform(0, 6))), rng.expovariate(0.3))
        if posterior(SHIPPED.odds(weighed)) >= least:
            out.append((weighed, rng.random() < posterior(line.odds(weighed))))
    return out


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 10))
def test_the_more_is_found_the_likelier(stated: float, more: float, known: float) -> None:
    assert SHIPPED.odds(Weighed(known, stated)) <= SHIPPED.odds(Weighed(known, stated + more))
    assert SHIPPED.odds(Weighed(known, stated)) <= SHIPPED.odds(Weighed(known + more, stated))


def test_shipped_and_terms_say_the_same() -> None:
    assert Campaigns().strength.line == SHIPPED
    assert SHIPPED.prior == logit(Terms().prior)


def test_a_probability_that_a_detector_gives_is_a_case_s_own() -> None:
    """At the base rate that detectors are calibrated at, a finding of 90 % alone is a case of about 90 %."""
    known = Weighed(logit(0.9) - logit(0.01), 0.0)
    assert posterior(SHIPPED.odds(known)) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("truth", [Calibration(logit(0.002), 2.9), Calibration(logit(0.05), 2.0)])
def test_labels_bring_the_line_closer_to_the_house_though_only_cases_are_labelled(truth: Calibration) -> None:
    line = learned(drawn(1, 400, truth, least=0.5), SHIPPED)
    probe = [Weighed(0.0, s) for s in (2.0, 4.0, 8.0, 16.0)]

    def away(one: Calibration) -> float:
        return math.fsum(abs(posterior(one.odds(w)) - posterior(truth.odds(w))) for w in probe)

    assert away(line) < 0.6 * away(SHIPPED)


def test_from_few_labels_or_of_one_truth_alone_nothing_is_learned() -> None:
    one = [(Weighed(0.0, 5.0), True)] * 500
    assert learned(one, SHIPPED) == SHIPPED
    assert learned([*one, *[(Weighed(0.0, 5.0), False)] * (ENOUGH - 1)], SHIPPED) == SHIPPED


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 100), st.booleans()), min_size=25, max_size=60))
def test_whatever_the_labels_the_line_rises_and_is_finite(rows: list[tuple[float, float, bool]]) -> None:
    line = learned([(Weighed(known, stated), truth) for stated, known, truth in rows], SHIPPED)
    assert math.isfinite(line.prior)
    assert 0 < line.slope < 100


def judged(labels: int) -> Campaigns:
    found = Campaigns()
    for i in range(2 * labels):
        for r in range(3):
            found.take(sign(f"e{i}-{r}", f"host:h{i}", f"r{i}-{r}", "high", hours=i))
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
    assert found.judged[case.id] == (before[0], True), "said again, it weighs what it weighed"
    apply(found, "anna", REOPENED, {"case": case.id, "time": 3})
    assert not found.judged
