"""Which texts say nearly the same: groups that must not be torn apart between learning and test.

Two texts belong together where the Jaccard likeness of their runs of four words is at least 0.4, and so does whoever is
linked through others (union-find). Broder, "On the resemblance and containment of documents" (1997).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

RUN, LIKENESS = 4, 0.4
_WORD = re.compile(r"\w+")
_MOST_TEXTS = 400  # with one run in common: a phrase that common makes no two texts alike


def groups(texts: Sequence[str]) -> np.ndarray:
    """int64[n]: the group of each text, named by its first member's place."""
    runs = [_runs(text) for text in texts]
    having: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, mine in enumerate(runs):
        shared: Counter[int] = Counter()
        for run in mine:
            others = having[run]
            if len(others) <= _MOST_TEXTS:
                shared.update(others)
                others.append(i)
        for j, both in shared.items():
            if both >= LIKENESS * (len(mine) + len(runs[j]) - both):
                a, b = root(i), root(j)
                parent[max(a, b)] = min(a, b)
    return np.array([root(i) for i in range(len(texts))], np.int64)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """Its runs of four words; all its words where they are fewer. A letter counts as a word in an unspaced script."""
    words = [piece for word in _WORD.findall(text.lower()) for piece in (word if word > "\u3000" else (word,))]
    return frozenset(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)) or frozenset([tuple(words)])
