"""How a name's letters follow one another, against names that people chose: numbers for the model.

The chain is of the third order with back-off (each order smoothed by the one below it, after Jelinek and Mercer), learned from
people's names alone. Beside what it says on average and at its worst stand what no chain sees: length, digits, runs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-"
ORDER = 3
FEATURES = (
    "mean", "worst", "spread", "length", "digits", "digit_runs", "vowels", "consonant_run", "vowel_run", "distinct", "hex",
    "pairs", "hyphens", "rare",
)  # fmt: skip
_WEIGHT = 6.0  # how many sightings of a context it takes to trust it as much as the shorter one
_VOWELS = frozenset("aeiouy")


class Chain:
    """`counts[k]`: text of k + 1 characters -> how often; names begin with `^`."""

    def __init__(self, counts: Sequence[dict[str, int]]) -> None:
        self.counts = [dict(c) for c in counts]
        self.totals: list[Counter[str]] = []
        for order in self.counts:
            total: Counter[str] = Counter()
            for text, n in order.items():
                total[text[:-1]] += n
            self.totals.append(total)
        self._known: dict[str, float] = {}

    @classmethod
    def learn(cls, names: Iterable[str]) -> Chain:
        counts: list[Counter[str]] = [Counter() for _ in range(ORDER + 1)]
        for name in names:
            text = "^" * ORDER + name
            for i in range(ORDER, len(text)):
                for k in range(ORDER + 1):
                    counts[k][text[i - k : i + 1]] += 1
        # What was seen once is chance: it would only make the file longer.
        kept = [counts[0], counts[1], counts[2], Counter({t: n for t, n in counts[3].items() if n > 2})]
        return cls(kept)

    def chance(self, text: str) -> float:
        """log2 of the chance of the last character after those before it."""
        known = self._known.get(text)
        if known is None:
            p = 1 / len(ALPHABET)
            for k in range(len(text)):
                part = text[len(text) - 1 - k :]
                total = self.totals[k].get(part[:-1], 0)
                p = (self.counts[k].get(part, 0) + _WEIGHT * p) / (total + _WEIGHT)
            known = math.log2(p)
            if len(self._known) < 500_000:
                self._known[text] = known
        return known

    def steps(self, name: str) -> list[float]:
        text = "^" * ORDER + name
        return [self.chance(text[i - ORDER : i + 1]) for i in range(ORDER, len(text))]

    def plain(self) -> list[dict[str, int]]:
        return self.counts


def features(chain: Chain, name: str) -> list[float]:
    """In the order of `FEATURES`; `name` is a label in lower case, not empty."""
    steps = np.array(chain.steps(name))
    n = len(name)
    window = min(5, n)
    sums = np.convolve(steps, np.ones(window) / window, "valid")
    vowels = sum(c in _VOWELS for c in name)
    digits = sum(c.isdigit() for c in name)
    letters = max(n - digits, 1)
    return [
        float(steps.mean()), float(sums.min()), float(steps.std()), float(n), digits / n, float(_runs(name, str.isdigit)[1]),
        vowels / letters, float(_runs(name, lambda c: c.isalpha() and c not in _VOWELS)[0]),
        float(_runs(name, lambda c: c in _VOWELS)[0]), len(set(name)) / n, float(all(c in "0123456789abcdef" for c in name)),
        sum(a == b for a, b in pairwise(name)) / n, name.count("-") / n,
        sum(c in "jqxzvkw" for c in name) / n,
    ]  # fmt: skip


def _runs(name: str, of: object) -> tuple[int, int]:
    """The longest run, and how many there are."""
    longest = run = number = 0
    for c in name:
        if of(c):  # type: ignore[operator]
            number += run == 0
            run += 1
            longest = max(longest, run)
        else:
            run = 0
    return longest, number


__all__ = ["ALPHABET", "FEATURES", "Chain", "features"]
