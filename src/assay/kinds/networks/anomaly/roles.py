"""Roles: what machines are like, found without being told. Machines whose hours are alike (what they send, how many they talk to, by
how many doors, how much of the day) are of one role; what is usual for one role may be unheard of for another.

A machine's role is that of its first hours of training, so that nobody drifts into another. Two are of one role where their medians
differ by less than the hours of one machine differ from one another (average linkage). Kept are keyed hashes and numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.core.keys import keys_of
from assay.kinds.networks.anomaly.arrays import pack, unpack

FILE = "roles.json"
MOST = 8
APART = 0.75  # deviations of one machine's hours, in the root mean square over the columns, from which two are of different roles
EARLY, LEAST = 1 / 3, 6  # share of a machine's hours that its role is told by, and how many it needs
_AMOUNTS = 9  # first columns of an hour: logarithms
_LEAST = 0.25  # deviation, in logarithms: what differs by less is alike


class Roles:
    """`machines` uint64[m] sorted keys, `roles` int64[m]; there are `count` of them."""

    def __init__(self, machines: np.ndarray, roles: np.ndarray) -> None:
        self.machines, self.roles = machines, roles
        self.count = int(roles.max(initial=0)) + 1

    @classmethod
    def learn(cls, rows: np.ndarray, time: np.ndarray, machines: np.ndarray) -> Roles:
        """`rows` float64[n, k] as `rows_of` makes them, `time` int64[n] in order, `machines` object[n]."""
        days = max(1.0, (int(time[-1]) - int(time[0])) / 86_400e6)
        names, profiles, spreads = [], [], []
        for name in sorted(set(machines.tolist())):
            theirs = rows[machines == name, :_AMOUNTS]
            if len(theirs) >= LEAST:
                early = theirs[: max(LEAST, int(EARLY * len(theirs)))]
                names.append(name)
                profiles.append(np.append(np.median(early, axis=0), np.log1p(len(theirs) / days)))
                spreads.append(np.append(early.std(axis=0), 0.0))
        keys = keys_of(names)
        order = np.argsort(keys)
        return cls(keys[order], _parted(np.array(profiles), np.array(spreads))[order])

    def of(self, machines: Sequence[str]) -> np.ndarray:
        """int64[n]: the role of each, -1 where it was not there."""
        keys = keys_of([name or None for name in machines])
        at = np.minimum(np.searchsorted(self.machines, keys), max(len(self.machines) - 1, 0))
        known = self.machines[at] == keys if len(self.machines) else np.zeros(len(keys), bool)
        return np.where(known, self.roles[at] if len(self.roles) else -1, -1)

    def plain(self) -> dict[str, Any]:
        return {"machines": pack(self.machines), "roles": pack(self.roles)}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> Roles:
        return cls(unpack(plain["machines"]), unpack(plain["roles"]))


def with_role(rows: np.ndarray, roles: np.ndarray | int) -> np.ndarray:
    """float64[n, k + 1]: the same hours, each with its machine's role."""
    return np.column_stack([rows, np.broadcast_to(np.asarray(roles, np.float64), len(rows))])


def _parted(profiles: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    """int64[m]: the role of each profile; `spreads` as many, how far each machine's hours lie from one another."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(profiles) < 2:
        return np.zeros(len(profiles), np.int64)
    placed = profiles / np.maximum(np.median(spreads, axis=0), _LEAST)
    tree = linkage(placed / np.sqrt(placed.shape[1]), "average")
    found = fcluster(tree, APART, "distance")
    if found.max() > MOST:
        found = fcluster(tree, MOST, "maxclust")
    return np.asarray(found - 1, np.int64)


__all__ = ["FILE", "Roles", "with_role"]
