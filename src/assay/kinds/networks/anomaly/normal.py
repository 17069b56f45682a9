"""`Normal`: what normal rows look like, and how rare a row would be among them. One judgement of several voters.

Each voter's score becomes a conformal p-value: the share of held-out normal rows that are at least as strange to it. The
p-values are put together as the sum of their logarithms (Fisher's method), and since voters are not independent the sum is ranked
among held-out rows once more: that rank is the p-value. Held-out rows are normal rows of another time, which no voter learned from.

Who has a vote is settled on held-out clean rows too. They are disturbed: some numbers of each are taken from another such row, so
that every number is common and the row is not. A voter that finds, beyond chance, less than a third of what the best one finds of
those is not heard; the others have one vote each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.ranks import Ranks
from assay.kinds.networks.anomaly.seen import Sight
from assay.kinds.networks.anomaly.voters import Voter, voters
from assay.kinds.networks.anomaly.voters.foretell import Foretold

LEVEL = 0.05  # p-value at which voters are compared
LEAST = 1 / 3  # of what the best voter finds, below which one is not heard
MIXED = 0.25  # share of a row's numbers that a disturbed one has from another


class Normal:
    """`columns` names of the numbers, in order; `weights` of the voters, in their order, 0 for one that is not heard; `ranks` of
    their scores, `sums` of all together, on held-out rows."""

    def __init__(
        self, columns: list[str], sight: Sight, all_: Sequence[Voter], ranks: Sequence[Ranks], weights: Sequence[float]
    ) -> None:
        self.columns, self.sight, self.voters, self.ranks = columns, sight, list(all_), list(ranks)
        self.weights = [float(weight) for weight in weights]
        self.sums = Ranks(np.zeros(0))

    @classmethod
    def learn(
        cls,
        rows: np.ndarray,
        held: np.ndarray,
        columns: list[str],
        categories: frozenset[int] = frozenset(),
        seed: int = 1,
    ) -> Normal:
        """`rows` float64[n, k] to learn from, `held` float64[m, k] of another time to rank against; all of them normal."""
        sight = Sight.learn(rows, categories)
        seen, clean = sight(rows), sight(held)
        all_ = [kind.learn(seen, clean, seed) for kind in voters()]
        ranks = [Ranks(voter.score(clean)) for voter in all_]
        mixed = sight(disturbed(held, np.random.default_rng(seed)))
        shares = [(rank(voter.score(mixed)) <= LEVEL).mean() for voter, rank in zip(all_, ranks, strict=True)]
        new = cls(columns, sight, all_, ranks, weigh(np.array(shares)))
        new.sums = Ranks(new.score(held))
        return new

    @property
    def held(self) -> int:
        return len(self.sums.values)

    def votes(self, rows: np.ndarray, *, all_: bool = False) -> dict[str, np.ndarray]:
        """Each heard voter's own p-values, float64[n]; or `all_` voters', as long as it is not read from a file."""
        seen = self.sight(rows)
        told = zip(self.voters, self.ranks, self.weights, strict=True)
        return {voter.name: rank(voter.score(seen)) for voter, rank, weight in told if weight or all_}

    def score(self, rows: np.ndarray) -> np.ndarray:
        """float64[n]: the greater the stranger."""
        votes = self.votes(rows)
        return np.asarray(sum(-self.weighs[name] * np.log(share) for name, share in votes.items()))

    @property
    def weighs(self) -> dict[str, float]:
        """Voter -> its weight."""
        return {voter.name: weight for voter, weight in zip(self.voters, self.weights, strict=True)}

    def rare(self, rows: np.ndarray) -> np.ndarray:
        """float64[n] in (0, 1]: the share of normal rows that are as strange, no less than 1 / (held + 1)."""
        return self.sums(self.score(rows))

    def told(self, row: np.ndarray, most: int = 3) -> list[str]:
        """The columns that surprise most, given the others."""
        voter = next((v for v in self.voters if isinstance(v, Foretold)), None)
        return [] if voter is None else [self.columns[j] for j in voter.surprising(self.sight(row[None, :]))[0, :most]]

    def plain(self) -> dict[str, Any]:
        """As a model's file keeps it: voters that are not heard are left out."""
        told = zip(self.voters, self.ranks, self.weights, strict=True)
        return {
            "columns": self.columns, "sight": self.sight.plain(), "sums": pack(self.sums.values),
            "voters": {
                voter.name: {"weight": weight, "ranks": pack(rank.values), **voter.plain()}
                for voter, rank, weight in told if weight
            },
        }  # fmt: skip

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Normal:
        """Raises `ValueError` or `KeyError` where it was not written by `plain`."""
        known, told = {kind.name: kind for kind in voters()}, plain["voters"]
        new = cls(
            list(plain["columns"]), Sight.of(plain["sight"]), [known[name].of(one) for name, one in told.items()],
            [Ranks(unpack(one["ranks"])) for one in told.values()], [one["weight"] for one in told.values()],
        )  # fmt: skip
        new.sums = Ranks(unpack(plain["sums"]))
        return new


def weigh(found: np.ndarray) -> list[float]:
    """One vote among those heard, of voters that find these shares of disturbed rows at `LEVEL`; all where none finds anything."""
    beyond = np.maximum(found - LEVEL, 0.0)
    heard = beyond >= LEAST * beyond.max()
    return [float(vote) for vote in heard / heard.sum()]


def disturbed(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same shape: some numbers of each row, two at least, are those of another row."""
    n, k = rows.shape
    other = rows[(np.arange(n) + rng.integers(1, max(n, 2), n)) % n]
    order = rng.random((n, k)).argsort(axis=1)
    return np.where(order < max(2, round(MIXED * k)), other, rows)


__all__ = ["LEVEL", "Normal", "disturbed", "weigh"]
