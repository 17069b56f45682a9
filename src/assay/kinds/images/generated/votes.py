"""Every picture's votes by voters that have not learned from its source: what the stack, its probability and every figure rest on.

A sample is one picture after one handling. Residual statistics and what the CLIP tower sees do not depend on what was learned and
are measured once; networks, trees and heads are those of the fold that left the sample's source out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.kinds.images.generated.handling import HANDLINGS, prepared
from assay.kinds.images.generated.heads import heads
from assay.kinds.images.generated.pictures import Picture
from assay.vision import clip_tower
from assay.vision.generated import MOST_PATCHES, TOWER_TOKENS, pooled, statistics_of, tower_tokens
from assay.vision.patches import spread

Network = Callable[[np.ndarray], np.ndarray]
"""uint8 patches (n, side, side, 3) -> log-odds float32[n]."""

MOST_OF_A_SOURCE = 60
TREES = {
    "objective": "binary", "learning_rate": 0.04, "num_leaves": 8, "min_data_in_leaf": 20, "feature_fraction": 0.4,
    "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5.0, "verbose": -1, "num_threads": 1, "deterministic": True,
}  # fmt: skip
ROUNDS = 200


_UNSEEN = (np.full(TOWER_TOKENS, np.nan, np.float32), np.full(clip_tower.EMBEDDING, np.nan, np.float32))


@dataclass(frozen=True)
class Samples:
    """n samples in columns; `pixels` are kept for the networks."""

    truth: np.ndarray
    source: np.ndarray
    generator: np.ndarray
    handling: np.ndarray
    faces: np.ndarray
    side: np.ndarray
    pixels: list[np.ndarray]
    statistics: np.ndarray  # float32 (n, numbers)
    tokens: np.ndarray  # float32 (n, TOWER_TOKENS); NaN where they were not asked for or the tower is not installed
    embedding: np.ndarray  # float32 (n, clip_tower.EMBEDDING), likewise

    def __len__(self) -> int:
        return len(self.truth)

    def of(self, rows: np.ndarray) -> Samples:
        """Some of them, by mask."""
        taken = {
            name: getattr(self, name)[rows]
            for name in (
                "truth",
                "source",
                "generator",
                "handling",
                "faces",
                "side",
                "statistics",
                "tokens",
                "embedding",
            )
        }
        chosen = [self.pixels[i] for i in np.flatnonzero(rows)]
        return replace(self, **taken, pixels=chosen)


def samples(
    pictures: Sequence[Picture],
    handlings: Sequence[str],
    *,
    seed: int,
    clip: Sequence[str] = ("clean", "whole", "worn"),
    least_side: int = 128,
    most: int = MOST_OF_A_SOURCE,
) -> Samples:
    """Each picture after each handling (at most `most` pictures of a source), by chances of its own name."""
    rows: list[tuple[Any, ...]] = []
    seen: dict[str, int] = {}
    for picture in pictures:
        seen[picture.source] = seen.get(picture.source, 0) + 1
        if seen[picture.source] > most or min(picture.pixels.shape[:2]) < least_side:
            continue
        rng = np.random.default_rng([seed, *picture.name.encode()])
        square = prepared(picture.pixels, rng)
        for handling in handlings:
            pixels = HANDLINGS[handling](picture.pixels if handling == "whole" else square, rng)
            shown = clip_tower.seen(pixels) if handling in clip else None
            tower = _UNSEEN if shown is None else (tower_tokens(shown), shown.embedding)
            told: tuple[Any, ...] = (
                picture.truth,
                picture.source,
                picture.generator,
                handling,
                picture.faces,
                min(square.shape[:2]),
            )
            rows.append((*told, pixels, statistics_of(spread(pixels, MOST_PATCHES)), *tower))
    columns = {
        name: np.array([row[i] for row in rows])
        for i, name in enumerate(("truth", "source", "generator", "handling", "faces", "side"))
    }
    numbers, tokens, embedding = (np.stack([row[i] for row in rows]) for i in (7, 8, 9))
    return Samples(**columns, pixels=[row[6] for row in rows], statistics=numbers, tokens=tokens, embedding=embedding)


def weights(truth: np.ndarray, source: np.ndarray) -> np.ndarray:
    """float64[n]: a source counts by the square root of its size, and both classes alike."""
    _, place, count = np.unique(source, return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(count)[place]
    for side in (0, 1):
        if (truth == side).any():
            weight[truth == side] *= len(truth) / 2 / weight[truth == side].sum()
    return np.asarray(weight)


def by_network(found: Samples, network: Network) -> np.ndarray:
    """float64[n] the network's vote on every sample."""
    return np.array([pooled(network(spread(pixels, MOST_PATCHES).pixels)) for pixels in found.pixels])


def seen(found: Samples) -> np.ndarray:
    """bool[n]: which samples the CLIP tower has seen."""
    return np.asarray(np.isfinite(found.tokens[:, 0]))


def learn_trees(found: Samples, *, seed: int = 1) -> Any:
    """Boosted trees on the residual statistics."""
    import lightgbm

    rows = lightgbm.Dataset(found.statistics, found.truth, weight=weights(found.truth, found.source))
    return lightgbm.train(TREES | {"seed": seed}, rows, ROUNDS)


def learn_head(found: Samples) -> tuple[np.ndarray, float]:
    """The tower's vote: weights[TOWER_TOKENS] and level, in log-odds."""
    found = found.of(seen(found))
    tokens = found.tokens.reshape(len(found), -1, clip_tower.WIDTH)
    return heads(tokens, found.truth, found.source, weights(found.truth, found.source))


def out_of_fold(
    learning: Samples, judged: Samples, folds: Sequence[frozenset[str]], networks: Sequence[Network], whole: Network,
    *, aside: Sequence[str] = (),
) -> dict[str, np.ndarray]:  # fmt: skip
    """Voter -> float64[n] votes on `judged`, each by voters of the fold that left its source out (NaN where the tower saw
    nothing); `whole` judges sources that are in no fold. Trees and heads learn from `learning`, heads not from the sources
    `aside`."""
    out = {"network": np.zeros(len(judged)), "statistics": np.zeros(len(judged))}
    if seen(judged).any() and seen(learning).any():
        out["clip"] = np.zeros(len(judged))
    rest = ~np.isin(judged.source, sorted(frozenset().union(*folds)))
    for left_out, network in [*zip(folds, networks, strict=True), (frozenset[str](), whole)]:
        rows = np.isin(judged.source, sorted(left_out)) if left_out else rest
        if not rows.any():
            continue
        known, asked = learning.of(~np.isin(learning.source, sorted(left_out))), judged.of(rows)
        out["network"][rows] = by_network(asked, network)
        trees = learn_trees(known)
        out["statistics"][rows] = np.asarray(trees.predict(asked.statistics, raw_score=True, num_threads=1))
        if "clip" in out:
            weight, level = learn_head(known.of(~np.isin(known.source, aside)))
            out["clip"][rows] = asked.tokens @ weight + level
    return out


__all__ = ["Network", "Samples", "by_network", "learn_head", "learn_trees", "out_of_fold", "samples", "seen", "weights"]
