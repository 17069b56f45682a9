"""Voters: each has its own idea of what is strange, learned from normal rows alone. `normal` makes one judgement of them."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np

from assay.kinds.networks.anomaly.seen import Seen


class Voter(Protocol):
    """`name` is how a model's file and figures call it."""

    name: str

    @classmethod
    def learn(cls, rows: Seen, held: Seen, seed: int) -> Self:
        """From normal rows; `held` are those of another time, for one that must know how its own parts vary."""
        ...

    def score(self, rows: Seen) -> np.ndarray:
        """float64[n]: the greater the stranger."""
        ...

    def plain(self) -> dict[str, Any]:
        """As a model's file keeps it; `of` is the inverse, and raises `ValueError` or `KeyError` for anything else."""
        ...

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self: ...


def voters() -> tuple[type[Voter], ...]:
    """Every one there is, in the order of a model's file."""
    from assay.kinds.networks.anomaly.voters.autoencode import Autoencoders
    from assay.kinds.networks.anomaly.voters.counts import Counts
    from assay.kinds.networks.anomaly.voters.foretell import Foretold
    from assay.kinds.networks.anomaly.voters.halfspace import HalfSpaces
    from assay.kinds.networks.anomaly.voters.isolate import Isolated
    from assay.kinds.networks.anomaly.voters.near import Near

    return Foretold, Near, Isolated, HalfSpaces, Autoencoders, Counts


__all__ = ["Voter", "voters"]
