"""The kernel says what LightGBM says, and says it of one row as of a million."""

import lightgbm
import numpy as np
import pytest

from assay.core.errors import ModelError
from assay.learning.trees import Growth, Trees, grow

GROWTH = Growth(rounds=15, leaves=15, seeds=2, random_seeds=1)


def world(n=4000, seed=0):
    """Numbers with gaps, a category, and a truth that depends on all of them."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, 5))
    rows[:, 3] = rng.integers(0, 50, n)
    rows[:, 4] = rng.poisson(0.3, n)
    rows[rng.random((n, 5)) < 0.1] = np.nan
    risk = np.nan_to_num(rows[:, 0]) + (rows[:, 3] % 7 == 2) * 2 + np.isnan(rows[:, 1]) - 3
    return rows, (rng.random(n) < 1 / (1 + np.exp(-risk))).astype(float)


@pytest.fixture(scope="module")
def grown():
    rows, truth = world()
    return grow(rows, truth, [3], GROWTH)


def test_it_agrees_with_lightgbm_on_numbers_gaps_and_categories(grown):
    rows, _ = world(seed=1)
    rows[:50, 3] = 77  # never seen
    rows[50:60, 4] = 0.0
    theirs = np.mean([lightgbm.Booster(model_str=t).predict(rows, raw_score=True) for t in grown], axis=0)
    np.testing.assert_allclose(Trees(grown).score(rows), theirs, rtol=0, atol=1e-12)


def test_a_row_alone_scores_the_same_bits_as_in_a_batch(grown):
    rows, _ = world(n=700, seed=2)
    trees = Trees(grown)
    whole = trees.score(rows)
    alone = np.concatenate([trees.score(rows[i : i + 1]) for i in range(len(rows))])
    assert alone.tobytes() == whole.tobytes()
    thirds = np.concatenate([trees.score(rows[:300]), trees.score(rows[300:])])
    assert thirds.tobytes() == whole.tobytes()


def test_contributions_add_up_to_the_score(grown):
    rows, _ = world(n=50, seed=3)
    trees = Trees(grown)
    np.testing.assert_allclose(trees.contributions(rows).sum(axis=1), trees.score(rows), atol=1e-9)


def test_the_same_rows_and_seed_give_the_same_text_on_one_thread_or_two(grown):
    rows, truth = world()
    assert grow(rows, truth, [3], GROWTH, threads=2) == grown
    assert grow(rows, truth, [3], GROWTH, seed=2) != grown


def test_a_booster_that_learned_nothing_scores_its_average():
    rows = np.zeros((100, 2))
    trees = Trees(grow(rows, (np.arange(100) < 25).astype(float), [], Growth(rounds=2, seeds=1, random_seeds=0)))
    np.testing.assert_allclose(trees.score(np.ones((3, 2))), np.log(0.25 / 0.75), atol=1e-6)


@pytest.mark.parametrize("text", ["", "tree\nversion=v4\n", "tree\nTree=0\nnum_leaves=2\nleaf_value=a b\n"])
def test_text_that_is_no_booster_is_refused(text):
    with pytest.raises(ModelError):
        Trees([text])
