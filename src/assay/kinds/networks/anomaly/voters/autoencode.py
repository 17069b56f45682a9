"""A small ensemble of autoencoders, after Kitsune (Mirsky, Doitshman, Elovici, Shabtai 2018): columns that go together by
correlation have a little autoencoder each. What they cannot say again is strange. Learned and asked with numpy alone."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.seen import Seen

WIDEST = 10  # columns of one autoencoder
NARROW = 0.5  # its inner layer, as a share of them
EPOCHS, BATCH, RATE = 30, 64, 0.005
_FADE = (0.9, 0.999)  # of Adam's two means (Kingma and Ba 2015)


class Autoencoder:
    """One inner layer (tanh) and a linear outer one: `weights` are float64 [m, h], [h], [h, m], [m]."""

    def __init__(self, weights: list[np.ndarray]) -> None:
        self.weights = weights

    @classmethod
    def learn(cls, rows: np.ndarray, rng: np.random.Generator) -> Autoencoder:
        """`rows` float64[n, m]; by Adam on the squared error."""
        m = rows.shape[1]
        h = max(1, int(np.ceil(NARROW * m)))
        weights = [rng.normal(0, m**-0.5, (m, h)), np.zeros(h), rng.normal(0, h**-0.5, (h, m)), np.zeros(m)]
        first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
        step = 0
        for _ in range(EPOCHS):
            order = rng.permutation(len(rows))
            for start in range(0, len(rows), BATCH):
                step += 1
                some = rows[order[start : start + BATCH]]
                inner = np.tanh(some @ weights[0] + weights[1])
                wrong = (inner @ weights[2] + weights[3] - some) / len(some)
                back = (wrong @ weights[2].T) * (1 - inner**2)
                slopes = (some.T @ back, back.sum(axis=0), inner.T @ wrong, wrong.sum(axis=0))
                for w, one, two, slope in zip(weights, first, second, slopes, strict=True):
                    one += (1 - _FADE[0]) * (slope - one)
                    two += (1 - _FADE[1]) * (slope**2 - two)
                    w -= RATE * (one / (1 - _FADE[0] ** step)) / (np.sqrt(two / (1 - _FADE[1] ** step)) + 1e-8)
        return cls(weights)

    def error(self, rows: np.ndarray) -> np.ndarray:
        """float64[n]: root of the mean square of what is said again wrongly."""
        into, bias, out, level = self.weights
        wrong = np.tanh(rows @ into + bias) @ out + level - rows
        return np.asarray(np.sqrt((wrong**2).mean(axis=1)))


class Autoencoders:
    """`groups` the columns of each."""

    name = "autoencoders"

    def __init__(self, groups: list[np.ndarray], little: list[Autoencoder]) -> None:
        self.groups, self.little = groups, little

    @classmethod
    def learn(cls, rows: Seen, held: Seen, seed: int) -> Self:
        rng, placed = np.random.default_rng(seed), rows.placed.astype(np.float64)
        groups = together(placed)
        return cls(groups, [Autoencoder.learn(placed[:, group], rng) for group in groups])

    def score(self, rows: Seen) -> np.ndarray:
        """The sum of the errors: all columns are in deviations."""
        placed = rows.placed.astype(np.float64)
        pairs = zip(self.groups, self.little, strict=True)
        return np.asarray(sum(one.error(placed[:, group]) for group, one in pairs))

    def plain(self) -> dict[str, Any]:
        return {
            "groups": [pack(group) for group in self.groups],
            "weights": [[pack(w) for w in one.weights] for one in self.little],
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        little = [Autoencoder([unpack(w) for w in one]) for one in plain["weights"]]
        return cls([unpack(group) for group in plain["groups"]], little)


def together(rows: np.ndarray) -> list[np.ndarray]:
    """Columns in groups of at most `WIDEST`, those that go together most; where hardly any changes, all in one."""
    from scipy.cluster.hierarchy import linkage, to_tree
    from scipy.spatial.distance import squareform

    alive = np.flatnonzero(rows.std(axis=0) > 0)
    if len(alive) < 3:
        return [np.arange(rows.shape[1], dtype=np.int64)]
    apart = 1 - np.abs(np.corrcoef(rows[:, alive].T))
    np.fill_diagonal(apart, 0)
    waiting, groups = [to_tree(linkage(squareform(apart, checks=False), "average"))], []
    while waiting:
        node = waiting.pop()
        if node.count <= WIDEST:
            groups.append(np.sort(alive[node.pre_order()]).astype(np.int64))
        else:
            waiting += [node.right, node.left]
    return groups


__all__ = ["Autoencoder", "Autoencoders", "together"]
