"""Our TreeSHAP gives LightGBM's own values, and gives them to one row as to a million."""

from fractions import Fraction
from math import comb

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import ModelError
from assay.learning.trees import Growth, Trees, grow


def world(n, seed, levels=7, gaps=0.2):
    """Two numbers, one with many zeros, a category, and a truth that depends on all of them together."""
    rng = np.random.default_rng(seed)
    rows = np.round(rng.normal(size=(n, 4)), 2)
    rows[:, 2] = rng.integers(0, levels, n)
    rows[:, 3] = rng.poisson(0.5, n)
    risk = np.sin(3 * rows[:, 0]) + (rows[:, 2] % 3 == 1) * rows[:, 1] + (rows[:, 3] == 0)
    rows[rng.random((n, 4)) < gaps] = np.nan
    return rows, (rng.random(n) < 1 / (1 + np.exp(-risk))).astype(float)


def strangers(n, seed):
    """Rows unlike those of training: infinities, unseen and impossible categories, tiny numbers, gaps."""
    rng = np.random.default_rng(seed)
    odd = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, 1e-35, -1.0, -0.5, 1e9, 40.0, 2.5])
    return np.where(rng.random((n, 4)) < 0.5, rng.choice(odd, (n, 4)), world(n, seed)[0])


def booster(rows, truth, **parameters):
    """One booster of LightGBM as text."""
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 1, **parameters}
    data = lightgbm.Dataset(rows, truth, categorical_feature=[2], params=parameters)
    return lightgbm.train(parameters, data, parameters.pop("rounds", 5)).model_to_string()


def lightgbm_says(texts, rows):
    return np.mean([lightgbm.Booster(model_str=text).predict(rows, pred_contrib=True) for text in texts], axis=0)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    n=st.integers(30, 400),
    levels=st.integers(2, 70),
    leaves=st.integers(2, 40),
    missing=st.sampled_from([{}, {"use_missing": False}]),
    style=st.sampled_from([{}, {"extra_trees": True}, {"bagging_fraction": 0.5, "bagging_freq": 1}]),
)
def test_the_values_are_those_of_lightgbm(seed, n, levels, leaves, missing, style):
    rows, truth = world(n, seed, levels)
    texts = [
        booster(rows, truth, seed=s, num_leaves=leaves, min_data_per_group=1, cat_smooth=1.0, **missing, **style)
        for s in (seed, seed + 1)
    ]
    asked = np.concatenate([rows[:30], strangers(60, seed)])
    told = lightgbm_says(texts, asked)
    np.testing.assert_allclose(
        Trees(texts).contributions(asked), told, rtol=1e-9, atol=1e-12 * (1 + np.abs(told).max())
    )


def staircase(columns, repeats):
    """A chain of splits that asks every column `repeats` times in turn, and at each leaves one row in a hundred behind."""
    rng = np.random.default_rng(columns)
    depth = columns * repeats
    counts = [10**6 * 99**i // 100**i for i in range(depth + 1)]
    lines = {
        "split_feature": [i % columns for i in range(depth)],
        "threshold": [repeats - i // columns - 0.5 for i in range(depth)],
        "decision_type": rng.choice([2, 8, 10], depth),
        "left_child": [*range(1, depth), ~depth],
        "right_child": [~i for i in range(depth)],
        "leaf_value": rng.normal(size=depth + 1),
        "leaf_count": [a - b for a, b in zip(counts, [*counts[1:], 0], strict=True)],
    }
    return "tree\n\nTree=0\n" + "\n".join(f"{key}={' '.join(map(str, values))}" for key, values in lines.items())


def goes_left(x, kind, limit):
    if np.isnan(x):
        return {"2": limit >= 0, "8": False, "10": True}[kind]
    return x <= limit


def shapley(columns, repeats, row):
    """Shapley's definition on a staircase, in fractions: a leaf's share of column j is the leaf's value, times what
    knowing j changes in the chance to come there, averaged over what else is known."""
    lines = dict(line.split("=", 1) for line in staircase(columns, repeats).splitlines() if "=" in line)
    kinds, limits = (lines[key].split() for key in ("decision_type", "threshold"))
    counts = [int(count) for count in lines["leaf_count"].split()]
    told = [Fraction(0)] * columns
    known, unknown = [1] * columns, [Fraction(1)] * columns  # chance to follow the path, for each column's splits
    for leaf, value in enumerate(lines["leaf_value"].split()):
        last = leaf == columns * repeats
        before = known, unknown
        if not last:
            column, under = leaf % columns, sum(counts[leaf:])
            left = goes_left(row[column], kinds[leaf], float(limits[leaf]))
            known, unknown = [*known], [*unknown]
            known[column] *= not left
            unknown[column] *= Fraction(counts[leaf], under)
        asked = range(min(leaf + 1, columns))
        for j in asked:
            ways = [Fraction(1)]  # of s known columns besides j
            for k in asked:
                if k != j:
                    ways = [
                        unknown[k] * less + known[k] * more for less, more in zip([*ways, 0], [0, *ways], strict=True)
                    ]
            n = len(asked)
            mean = sum(way / (n * comb(n - 1, s)) for s, way in enumerate(ways))
            told[j] += Fraction(float(value)) * (known[j] - unknown[j]) * mean
        if not last:
            known, unknown = [*before[0]], [*before[1]]
            known[column] *= left
            unknown[column] *= Fraction(under - counts[leaf], under)
    return [float(x) for x in told]


@pytest.mark.parametrize(("columns", "repeats"), [(1, 1), (1, 40), (2, 20), (9, 3), (17, 2), (18, 1)])
def test_deep_trees_lose_no_digits(columns, repeats):
    trees = Trees([staircase(columns, repeats)])
    rng = np.random.default_rng(columns)
    rows = np.where(rng.random((3, columns)) < 0.1, rng.choice([np.nan, *range(repeats + 1)], (3, columns)), -1.0)
    exact = [shapley(columns, repeats, row) for row in rows]
    np.testing.assert_allclose(trees.contributions(rows)[:, :-1], exact, rtol=1e-9, atol=1e-14)


def test_very_deep_trees_still_add_up():
    trees = Trees([staircase(100, 3)])
    rows = np.random.default_rng(0).choice([np.nan, -1.0, 1.0, 2.0], (20, 100), p=[0.01, 0.97, 0.01, 0.01])
    np.testing.assert_allclose(trees.contributions(rows).sum(axis=1), trees.score(rows), atol=1e-12)


@pytest.fixture(scope="module")
def grown():
    rows, truth = world(2000, 0)
    return Trees(grow(rows, truth, [2], Growth(rounds=15, leaves=31, seeds=2)))


def test_contributions_add_up_to_the_score(grown):
    rows = strangers(300, 1)
    np.testing.assert_allclose(grown.contributions(rows).sum(axis=1), grown.score(rows), atol=1e-12)


def test_a_row_alone_is_explained_with_the_same_bits_as_in_a_batch(grown):
    rows = strangers(300, 2)
    whole = grown.contributions(rows)
    assert np.concatenate([grown.contributions(rows[i : i + 1]) for i in range(300)]).tobytes() == whole.tobytes()
    assert np.concatenate([grown.contributions(rows[:77]), grown.contributions(rows[77:])]).tobytes() == whole.tobytes()


def test_a_column_that_no_tree_asks_adds_nothing(grown):
    rows = np.column_stack([strangers(50, 3), np.arange(50.0)])
    told = grown.contributions(rows)
    assert told.shape == (50, 6)
    assert not told[:, 4].any()
    assert told[:, [0, 1, 2, 3, 5]].tobytes() == grown.contributions(rows[:, :4].copy()).tobytes()


def test_trees_that_learned_nothing_have_only_an_average():
    rows = np.zeros((100, 2))
    trees = Trees(grow(rows, (np.arange(100) < 25).astype(float), [], Growth(rounds=2, seeds=1, random_seeds=0)))
    np.testing.assert_allclose(trees.contributions(rows[:1]), [[0, 0, np.log(0.25 / 0.75)]], atol=1e-6)
    assert Trees([]).contributions(rows[:1]).tolist() == [[0, 0, 0]]
    assert trees.contributions(rows[:0]).shape == (0, 3)


def test_trees_that_cannot_be_explained_are_refused():
    text = staircase(3, 1)
    silent = "\n".join(line for line in text.splitlines() if not line.startswith("leaf_count"))
    upward = text.replace("left_child=1 2", "left_child=2 1")
    zeros = booster(*world(300, 0), zero_as_missing=True)
    for wrong in (silent, upward, zeros):
        with pytest.raises(ModelError):
            Trees([wrong]).contributions(np.zeros((1, 4)))
