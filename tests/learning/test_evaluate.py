"""The figures are those of the field: checked against scikit-learn, and by hand where it has none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from assay.learning.evaluate import (
    auc,
    average_precision,
    bootstrap,
    brier,
    calibration_curve,
    calibration_error,
    card_precision,
    figures,
    interval,
    over_weeks,
    precision_recall,
    recall_at,
    thinned,
    value_detected,
)

labelled = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=60).filter(
    lambda rows: len({truth for truth, _ in rows}) == 2
)


@settings(max_examples=200, deadline=None)
@given(labelled)
def test_auc_and_average_precision_agree_with_scikit_learn_whatever_the_ties(rows):
    truth, score = np.array(rows, float).T
    assert auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-12)
    assert average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(labelled)
def test_the_precision_recall_curve_agrees_with_scikit_learn(rows):
    truth, score = np.array(rows, float).T
    precision, recall, threshold = metrics.precision_recall_curve(truth, score)
    ours = precision_recall(truth, score)
    for mine, theirs in zip(ours, (precision[:-1], recall[:-1], threshold), strict=True):
        np.testing.assert_allclose(mine, theirs[::-1])


def test_a_fraud_at_the_threshold_is_not_caught():
    truth = np.array([0.0] * 100 + [1, 1])
    score = np.array([*range(100), 98.01, 99.5])
    # 1 % of a hundred genuine scores lie above 98.01, the 99 % quantile of 0..99; the fraud equal to it stays below.
    assert recall_at(truth, score, 0.01) == 0.5
    assert value_detected(truth, score, np.array([1.0] * 100 + [30, 10]), 0.01) == 0.25


def test_all_scores_equal_catch_nothing():
    truth = np.array([0.0, 0, 0, 1])
    assert recall_at(truth, np.ones(4), 0.5) == 0.0
    assert auc(truth, np.ones(4)) == 0.5


def test_a_card_counts_once_a_day_and_leaves_when_it_is_found():
    day = np.array([1, 1, 1, 2, 2, 2])
    card = np.array([7, 7, 8, 7, 8, 9])
    score = np.array([0.1, 0.9, 0.5, 0.9, 0.8, 0.7])
    truth = np.array([1.0, 0, 0, 1, 0, 1])
    # Day 1: card 7 leads (by its genuine row) and was compromised; day 2: it is gone, card 8 leads and is clean.
    assert card_precision(truth, score, day, card, k=1) == 0.5
    # With two a day: day 2 looks at 8 and 9, and 9 is compromised.
    assert card_precision(truth, score, day, card, k=2) == 0.5


def test_equal_scores_are_ordered_by_card():
    truth, card = np.array([1.0, 0.0]), np.array([5, 3])
    assert card_precision(truth, np.ones(2), np.ones(2), card, k=1) == 0.0


def test_calibration_error_is_none_when_rates_are_as_told_and_the_gap_when_they_are_not():
    probability = np.repeat([0.1, 0.5], 1000)
    truth = np.concatenate([np.arange(1000) % 10 == 0, np.arange(1000) % 2 == 0]).astype(float)
    assert calibration_error(truth, probability, bins=2) == pytest.approx(0.0, abs=1e-12)
    assert calibration_error(truth, probability + 0.2, bins=2) == pytest.approx(0.2)
    assert [b["count"] for b in calibration_curve(truth, probability, bins=2)] == [1000, 1000]
    assert brier(truth, probability) == pytest.approx(metrics.brier_score_loss(truth, probability))


def test_without_a_fraud_there_is_no_figure():
    told = figures(np.zeros(5), np.arange(5.0), np.full(5, 0.1), np.ones(5))
    assert np.isnan(told["auc"])
    assert np.isnan(told["average_precision"])
    assert np.isnan(told["recall_at_1%_fpr"])
    assert told["frauds"] == 0


def test_intervals_over_weeks_are_student_s():
    told = interval([1.0, 2.0, 3.0])
    assert told["mean"] == 2.0
    assert told["high"] - told["mean"] == pytest.approx(4.302653 / np.sqrt(3), abs=1e-5)
    assert np.isnan(interval([1.0])["low"])
    assert over_weeks([{"auc": 0.8, "week": "a"}, {"auc": 0.9, "week": "b"}])["auc"]["mean"] == pytest.approx(0.85)


def test_the_bootstrap_draws_whole_cards():
    rng = np.random.default_rng(0)
    truth = (rng.random(400) < 0.2).astype(float)
    score = truth + rng.normal(size=400)
    told = bootstrap(truth, score, np.arange(400) // 4, repeats=100)
    assert told["auc"]["low"] < auc(truth, score) < told["auc"]["high"]


def test_a_thinned_curve_keeps_its_ends():
    points = thinned([np.arange(1000.0), np.arange(1000.0) * 2], most=10)
    assert points[0] == [0, 0]
    assert points[-1] == [999, 1998]
    assert len(points) == 10
    assert thinned([np.empty(0)]) == []
