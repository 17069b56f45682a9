"""Calibration makes probabilities right and never changes a rank."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.learning.calibrate import Calibration, calibrate, identity, isotonic, platt
from assay.learning.evaluate import calibration_error


def scores(n=20_000, seed=0, bend=lambda z: z):
    """Log-odds z with truth drawn at their probability, and the score that a bent scale would show instead."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-3, 1.5, n)
    truth = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float)
    return bend(z), truth, 1 / (1 + np.exp(-z))


@pytest.mark.parametrize(
    "bend",
    [lambda z: z, lambda z: 2 * z + 1, lambda z: 0.5 * z - 2, lambda z: z + np.sin(z)],
    ids=["id", "wide", "narrow", "wavy"],
)
def test_a_bent_scale_is_made_straight(bend):
    score, truth, _ = scores(bend=bend)
    later, came_true, _ = scores(seed=1, bend=bend)
    made = calibrate(score, truth)
    assert calibration_error(came_true, made(later)) < 0.006
    assert abs(made(later).mean() - came_true.mean()) < 0.006


def test_a_straight_scale_is_left_alone_or_nearly_so():
    score, truth, probability = scores()
    np.testing.assert_allclose(calibrate(score, truth)(score), probability, atol=0.08)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([platt, isotonic]))
def test_ranks_survive_strictly(seed, method):
    rng = np.random.default_rng(seed)
    score = rng.normal(-4, 3, 500)
    truth = (rng.random(500) < rng.uniform(0.02, 0.9)).astype(float)
    made = method(score, truth)
    grid = np.linspace(-12, 8, 401)
    assert (np.diff(made(grid)) > 0).all()
    assert (made(grid) > 0).all()
    assert (made(grid) < 1).all()


def test_a_handful_of_frauds_changes_nothing():
    score = np.arange(100.0)
    truth = (score > 95).astype(float)
    assert calibrate(score, truth).method == "identity"
    np.testing.assert_allclose(identity()(np.array([0.0, np.log(3)])), [0.5, 0.75])


def test_it_comes_back_from_json_as_it_was():
    made = isotonic(*scores()[:2])
    again = Calibration.of(made.plain())
    grid = np.linspace(-9, 4, 50)
    assert again(grid).tobytes() == made(grid).tobytes()


@pytest.mark.parametrize("log_odds", [[0.0, 0.0], [1.0, 0.0], [1.0]])
def test_one_that_does_not_rise_is_refused(log_odds):
    with pytest.raises(ValueError):
        Calibration.of({"method": "x", "score": [0.0, 1.0], "log_odds": log_odds})
