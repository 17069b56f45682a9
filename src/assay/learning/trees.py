"""Gradient-boosted trees: grown by LightGBM, kept in its own text format, and scored by a kernel of ours.

The kernel adds up a row's leaves in the order of the trees, so a row's score has the same bits whether it comes alone or
among a million, and needs no LightGBM at hand. Several boosters that differ in their seed are averaged (bagging;
Breiman, 1996). Explanations are TreeSHAP values (`shap`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from assay.core.errors import ModelError
from assay.learning.forest import Forest
from assay.learning.shap import Explainer
from assay.learning.splits import CATEGORY, Packed


class Growth(NamedTuple):
    """How trees are grown. Few, small and strongly randomised, since frauds are few: `rounds` x `leaves` each for
    `seeds` boosters, and `random_seeds` more whose split points are drawn at random (Geurts et al., 2006)."""

    rounds: int = 45
    leaves: int = 31
    rate: float = 0.05
    seeds: int = 3
    random_seeds: int = 1
    least: int = 10  # rows of a leaf
    depth: int = 8  # a row is walked this far down every tree


def grow(
    rows: np.ndarray, truth: np.ndarray, categories: Sequence[int], growth: Growth, *, seed: int = 1, threads: int = 1
) -> list[str]:
    """Boosters as LightGBM text. rows float64[n, k] with NaN for missing; `categories`: which columns hold codes.

    The same rows and seed give the same text, whatever the number of threads.
    """
    import lightgbm

    shared = {
        "objective": "binary", "num_leaves": growth.leaves, "learning_rate": growth.rate, "min_data_in_leaf": growth.least,
        "max_depth": growth.depth,
        "min_sum_hessian_in_leaf": 0.1, "lambda_l2": 1.0, "bagging_fraction": 0.5, "bagging_freq": 1,
        "max_cat_threshold": 16, "min_data_per_group": 50, "cat_smooth": 20.0, "max_bin": 1023, "min_data_in_bin": 1,
        "deterministic": True, "force_row_wise": True, "num_threads": threads, "verbosity": -1,
    }  # fmt: skip
    boosters = []
    for i in range(growth.seeds + growth.random_seeds):
        drawn = i >= growth.seeds
        own = {"seed": seed * 1000 + i, "extra_trees": drawn, "feature_fraction_bynode": 0.6 if drawn else 0.3}
        data = lightgbm.Dataset(
            rows, truth, categorical_feature=list(categories), params={**shared, **own}, free_raw_data=False
        )
        boosters.append(lightgbm.train({**shared, **own}, data, growth.rounds).model_to_string(num_iteration=-1))
    return [_without_parameters(text) for text in boosters]


class Trees:
    """Boosters ready to score rows and to explain them.

    >>> Trees([]).score(np.zeros((2, 3))).tolist()
    [0.0, 0.0]
    """

    def __init__(self, boosters: Sequence[str]) -> None:
        self.boosters = tuple(boosters)
        trees = [tree for text in boosters for tree in _trees(text)]
        self._packed = _pack(trees, max(1, len(boosters)))
        self._forest = Forest.of(self._packed)
        self._counts = _joined([_numbers(tree, "leaf_count", float) for tree in trees], np.float64)
        self._explainer: Explainer | None = None

    def __len__(self) -> int:
        return len(self._packed.roots)

    def score(self, rows: np.ndarray) -> np.ndarray:
        """float64[n]: the mean log-odds of the boosters. rows float64[n, k], C order."""
        return self._forest.score(rows)

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """float64[n, k + 1]: how much each column adds to a row's score, and last the score of an average row."""
        if self._explainer is None:
            self._explainer = Explainer(self._packed, self._counts)
        return self._explainer.contributions(rows)


def _without_parameters(text: str) -> str:
    """The booster without the parameters it was grown with: they name threads, and so differ between machines."""
    head, _, _ = text.partition("\nparameters:")
    return head + "\n"


def _trees(text: str) -> list[dict[str, str]]:
    """Each tree of a booster as its `key=value` lines."""
    blocks = text.split("end of trees")[0].split("\nTree=")[1:]
    trees = [dict(line.split("=", 1) for line in block.splitlines()[1:] if "=" in line) for block in blocks]
    if not trees or any(tree.get("is_linear", "0") != "0" for tree in trees):
        raise ModelError("not boosted trees in LightGBM's text format")
    return trees


def _pack(trees: Sequence[dict[str, str]], share: int) -> Packed:
    roots: list[int] = []
    feature: list[np.ndarray] = []
    threshold: list[np.ndarray] = []
    kind: list[np.ndarray] = []
    children: list[np.ndarray] = []
    leaves: list[np.ndarray] = []
    bounds: list[np.ndarray] = []
    bits: list[np.ndarray] = []
    nodes = leaf = bound = bit = 0
    for tree in trees:
        try:
            values = _numbers(tree, "leaf_value", float)
            split = _numbers(tree, "split_feature", np.int32)
            limit = _numbers(tree, "threshold", float)
            how = _numbers(tree, "decision_type", np.int8)
            left, right = _numbers(tree, "left_child", np.int32), _numbers(tree, "right_child", np.int32)
        except (KeyError, ValueError) as error:
            raise ModelError(f"a tree is malformed: {error}") from None
        roots.append(nodes if len(split) else ~leaf)
        pair = np.stack([left, right], axis=1).astype(np.int32)
        children.append(np.where(pair >= 0, pair + nodes, pair - leaf))
        if int(tree.get("num_cat", "0")):
            starts, masks = _numbers(tree, "cat_boundaries", np.int64), _numbers(tree, "cat_threshold", np.uint32)
            limit = np.where(how & CATEGORY, limit + bound, limit)
            bounds.append(starts[:-1] + bit)
            bounds.append(starts[-1:] + bit)
            bits.append(masks)
            bound, bit = bound + len(starts), bit + len(masks)
        feature.append(split)
        threshold.append(limit)
        kind.append(how)
        leaves.append(values / share)
        nodes, leaf = nodes + len(split), leaf + len(values)
    return Packed(
        np.array(roots, np.int32),
        _joined(feature, np.int32),
        _joined(threshold, np.float64),
        _joined(kind, np.int8),
        np.concatenate([c.reshape(-1, 2) for c in children]) if children else np.empty((0, 2), np.int32),
        _joined(leaves, np.float64),
        _joined(bounds, np.int64),
        _joined(bits, np.uint32),
    )


def _numbers(tree: dict[str, str], name: str, type_: Any) -> np.ndarray:
    text = tree[name] if name == "leaf_value" else tree.get(name, "")
    return np.array(text.split(), dtype=np.float64).astype(type_)


def _joined(parts: Sequence[np.ndarray], type_: Any) -> np.ndarray:
    return np.concatenate(parts).astype(type_) if parts else np.empty(0, type_)
