"""Heads: what sets sources apart does not decide, what sets generated pictures apart does."""

from __future__ import annotations

import numpy as np

from assay.kinds.images.generated.heads import heads
from assay.learning.evaluate import auc

WIDTH = 24


def world(seed: int, sources: int, apart: float, each: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tokens (n, 2, WIDTH), truth and source: every source lies `apart` from the others in eight directions, and what is generated
    a little further along another."""
    rng = np.random.default_rng(seed)
    tokens, truth, source = [], [], []
    for number in range(sources):
        made = rng.normal(0, 1, (each, 2, WIDTH))
        made[:, :, :8] += rng.normal(0, apart, 8)
        made[:, :, 12] += 1.5 * (number % 2)
        tokens.append(made)
        truth += [number % 2] * each
        source += [f"source {seed} {number}"] * each
    return np.concatenate(tokens).astype(np.float32), np.array(truth), np.array(source)


def told(apart: float, seed: int) -> tuple[float, float]:
    """AUC on sources that were not learned from: by the heads, and by what lies between the middles of the classes."""
    tokens, truth, source = world(seed, 8, apart)
    line, level = heads(tokens, truth, source, np.ones(len(truth)))
    others, right, _ = world(seed + 100, 40, apart)
    flat, plain = others.reshape(len(others), -1), tokens.reshape(len(tokens), -1)
    between = plain[truth == 1].mean(0) - plain[truth == 0].mean(0)
    return auc(right, flat @ line + level), auc(right, flat @ between)


def test_where_sources_are_alike_generated_ones_are_told() -> None:
    assert told(0.0, 1)[0] > 0.85


def test_what_sets_sources_apart_weighs_less_than_between_the_middles_of_the_classes() -> None:
    ours, plain = np.array([told(3.0, seed) for seed in range(6)]).T
    assert ours.mean() > plain.mean() + 0.02
    assert (ours > plain - 0.01).all()


def test_one_source_a_class_and_classes_that_are_alike_are_learned_from() -> None:
    tokens, truth, source = world(1, 2, 3.0)
    assert np.isfinite(heads(tokens, truth, source, np.ones(len(truth)))[0]).all()
    same = np.repeat(tokens[:1], 20, axis=0)
    line, level = heads(same, np.arange(20) % 2, np.arange(20).astype(str), np.ones(20))
    assert np.isfinite([*line, level]).all()
