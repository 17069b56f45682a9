"""What findings weigh: stated by severity, by probability where there is one, less where they repeat, are common, or are old."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.campaigns.weights import (
    A_DAY,
    BASE_RATE,
    LASTING,
    MOST,
    REPEATS,
    logit,
    posterior,
    rare,
    repeats,
    usual,
    weight_of,
)
from assay.core.clock import DAY, HOUR
from assay.core.finding import Finding


def finding(verdict: str = "suspicious", severity: str = "medium", probability: float | None = None) -> Finding:
    return Finding(detector="d.x", version="1", verdict=verdict, severity=severity, probability=probability)


@pytest.mark.parametrize("verdict", ["inconclusive", "genuine", "none"])
@pytest.mark.parametrize("probability", [None, 0.99])
def test_what_does_not_accuse_weighs_nothing(verdict: str, probability: float | None) -> None:
    assert weight_of(finding(verdict, "critical", probability)) == 0.0


def test_without_a_probability_the_graver_weighs_more() -> None:
    grades = ["informational", "low", "medium", "high", "critical"]
    found = [weight_of(finding(severity=grade)) for grade in grades]
    assert found == sorted(set(found))
    assert found[-1] == MOST


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_probability_speaks_for_itself_whatever_the_severity(p: float, q: float) -> None:
    low, high = sorted((p, q))
    assert 0 <= weight_of(finding(probability=low)) <= weight_of(finding(severity="low", probability=high)) <= MOST


def test_a_probability_at_the_base_rate_says_nothing_new() -> None:
    assert weight_of(finding(probability=BASE_RATE)) == 0.0
    assert weight_of(finding(probability=0.5)) == pytest.approx(-logit(BASE_RATE))


def test_repeats_add_ever_less_and_never_more_than_once_over() -> None:
    sums = [repeats(n) for n in range(1, 50)]
    assert sums[:3] == [1.0, 1.5, 1.5]
    steps = [b - a for a, b in pairwise(sums)]
    assert all(a >= b >= 0 for a, b in pairwise(steps))
    assert sums[-1] == REPEATS


@given(st.floats(0.01, MOST), st.integers(0, 10**6))
def test_the_commoner_a_rule_the_less_it_says_until_it_says_nothing(weight: float, others: int) -> None:
    assert 0.0 <= rare(weight, others + 1) <= rare(weight, others) <= weight
    assert rare(weight, 5000) == 0.0


@given(st.floats(1e-9, 1 - 1e-9))
def test_the_posterior_is_the_inverse_of_the_log_odds(p: float) -> None:
    assert posterior(logit(p)) == pytest.approx(p)


@given(st.integers(1, 10**6), st.floats(0, 1e3))
def test_what_goes_on_day_after_day_says_less_and_less(n: int, days: float) -> None:
    assert 0.0 < usual(n, int((days + 1) * DAY)) <= usual(n, int(days * DAY)) <= 1.0


def test_neither_many_hits_in_an_afternoon_nor_few_over_weeks_are_usual() -> None:
    assert usual(100_000, 8 * HOUR) == 1.0
    assert usual(int(LASTING * A_DAY), 60 * DAY) == 1.0
    assert usual(60, 14 * DAY) == pytest.approx(LASTING / 14)
