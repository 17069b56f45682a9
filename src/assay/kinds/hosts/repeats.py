"""A rule that holds again and again on one host: the first hit weighs most, and what only says the same once more is told
ever more rarely, so that no single noisy rule drowns the others. Nothing new is passed over.

A run is of one rule on one host and lasts a day from its first hit. The n-th hit of a run weighs 1/n, its severity is one step
lower at each doubling, and from the ninth on a value that the run has shown before is told only at the 16th, 32nd, 64th … hit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from assay.core.clock import DAY

ALWAYS_TOLD = 8  # hits of a run
MOST_RUNS = 200_000  # remembered; the one that has been silent for longest is forgotten first
MOST_VALUES = 256  # of a run, by which a hit is known to be nothing new


@dataclass
class _Run:
    began: int
    count: int = 0
    values: set[bytes] = field(default_factory=set)


class Repeats:
    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], _Run] = {}

    def forget(self) -> None:
        self._runs.clear()

    def __len__(self) -> int:
        return len(self._runs)

    def kept(self) -> list[tuple[str, str, int, int, list[bytes]]]:
        """All that is remembered, as plain values, for `bring_back`."""
        return [(host, rule, run.began, run.count, sorted(run.values)) for (host, rule), run in self._runs.items()]

    def bring_back(self, kept: list[tuple[str, str, int, int, list[bytes]]]) -> None:
        self._runs = {(host, rule): _Run(began, count, set(values)) for host, rule, began, count, values in kept}

    def hit(self, host: str, rule: str, time: int, shown: Callable[[], str]) -> int:
        """The number of this hit in its run, negative where it is not worth telling. `shown` is what a person would see of
        it, asked for only where it matters."""
        run = self._runs.pop((host, rule), None)
        if run is None or abs(time - run.began) >= DAY:
            run = _Run(time)
            if len(self._runs) >= MOST_RUNS:
                self._runs.pop(next(iter(self._runs)))
        self._runs[host, rule] = run
        run.count += 1
        if run.count == 1:
            return 1
        value = blake2b(shown().encode("utf-8", "replace"), digest_size=8).digest()
        new = value not in run.values
        if len(run.values) < MOST_VALUES:
            run.values.add(value)
        told = new or run.count <= ALWAYS_TOLD or run.count & (run.count - 1) == 0
        return run.count if told else -run.count


def lowered(severity: int, number: int) -> int:
    """The severity of the n-th hit of a run: one step lower at each doubling, never below the lowest."""
    return max(1, severity - (number.bit_length() - 1))


__all__ = ["ALWAYS_TOLD", "Repeats", "lowered"]
