"""`Past`: what training keeps of each machine and of what was met, as keys and numbers: no address or name stands in it.

An hourly log knows nothing of the days before it; with a past a machine is compared with them all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import ModelError
from assay.core.keys import keys_of
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.anomaly.arrays import pack, unpack

FILE = "past.json"


class Past:
    """`hosts` uint64[h] sorted keys; `usual`, `spread` float64[h] natural logarithms of bytes sent outside an hour, `hours`
    int64[h] how many hours stand behind them; `met` uint64[m] sorted keys of what was met."""

    def __init__(
        self, hosts: np.ndarray, usual: np.ndarray, spread: np.ndarray, hours: np.ndarray, met: np.ndarray
    ) -> None:
        self.hosts, self.usual, self.spread, self.hours, self.met = hosts, usual, spread, hours, met

    @classmethod
    def of_memory(cls, memory: Memory) -> Past:
        hosts = sorted((h for h, hours in memory.hours.items() if hours))
        logs = [np.array(memory.hours[h]) for h in hosts]
        keys = keys_of(hosts)
        order = np.argsort(keys)
        middle = np.array([np.median(hours) for hours in logs])
        spread = np.array([np.median(np.abs(hours - np.median(hours))) for hours in logs])
        met = {"\x1f".join(key) for key in memory.met} | {"\x1f".join(("pair", *pair)) for pair in memory.days}
        met |= {"\x1f".join(("admin", key[1])) for key in memory.met if key[0] == "admin"}
        count = np.array([len(hours) for hours in logs], np.int64)
        return cls(
            keys[order], middle[order], spread[order], count[order], np.sort(keys_of(sorted(_plain(m) for m in met)))
        )

    def of_hosts(self, hosts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(usual, spread, hours) of each, NaN and 0 where nothing is known. float64[n], float64[n], float64[n]."""
        n = len(hosts)
        if not len(self.hosts):
            return np.full(n, np.nan), np.full(n, np.nan), np.zeros(n)
        keys = keys_of([h or None for h in hosts])
        at = np.minimum(np.searchsorted(self.hosts, keys), len(self.hosts) - 1)
        known = self.hosts[at] == keys
        return (
            np.where(known, self.usual[at], np.nan), np.where(known, self.spread[at], np.nan),
            np.where(known, self.hours[at], 0).astype(np.float64),
        )  # fmt: skip

    def has_met(self, things: Sequence[tuple[str, ...]]) -> np.ndarray:
        """bool[n]: was it met in training?"""
        if not len(self.met) or not len(things):
            return np.zeros(len(things), bool)
        keys = keys_of([_plain("\x1f".join(thing)) for thing in things])
        at = np.minimum(np.searchsorted(self.met, keys), len(self.met) - 1)
        return np.asarray(self.met[at] == keys)

    def plain(self) -> dict[str, Any]:
        return {name: pack(getattr(self, name)) for name in ("hosts", "usual", "spread", "hours", "met")}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Past:
        return cls(*(unpack(plain[name]) for name in ("hosts", "usual", "spread", "hours", "met")))


def _plain(text: str) -> str:
    return text.replace("\n", " ")


@lru_cache(maxsize=4)
def past_of(models: Path | None) -> Past | None:
    """That of the first normal in the room's folder of models; None where there is none."""
    from assay.learning.registry import find, open_folder

    for path in find(models):
        folder = open_folder(path)
        if FILE in folder.files:
            try:
                return Past.of(folder.json(FILE))
            except (ValueError, KeyError, TypeError) as error:
                raise ModelError(f"the past cannot be read: {error}", where=str(path)) from None
    return None


__all__ = ["FILE", "Past", "past_of"]
