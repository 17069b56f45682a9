"""Folds of whole sources: what a fold is judged on, no part of it has learned from.

Generated sources are dealt to the folds by size, and those made by one family of decoders stay together, since a decoder seen
under another name is no unseen generator. Real sources are dealt likewise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assay.kinds.images.generated.pictures import Listed, Picture

FOLDS = 3
_MOST = 120  # a source counts for no more: folds shall differ in what they show, not only be of one size
_FAMILIES = {"latent diffusion, first": re.compile(r"sd-?(1|2)|sd ?15|stable-diffusion-(1|2)", re.I)}


def folds(pictures: Sequence[Picture | Listed], count: int = FOLDS) -> list[frozenset[str]]:
    """The sources left out in each fold; every source in one of them. Deterministic in the names and sizes."""
    told: list[frozenset[str]] = [frozenset()] * count
    for truth in (1, 0):
        size: Counter[str] = Counter()
        family: dict[str, Counter[str]] = {}
        for picture in pictures:
            if picture.truth == truth:
                size[picture.source] = min(size[picture.source] + 1, _MOST)
                family.setdefault(picture.source, Counter())[_family(picture.generator)] += 1
        groups: dict[str, list[str]] = {}
        for source, kinds in family.items():
            most, share = kinds.most_common(1)[0]
            groups.setdefault(most if most and share * 2 > sum(kinds.values()) else source, []).append(source)
        filled = [0] * count
        for _, sources in sorted(groups.items(), key=lambda g: (-sum(size[s] for s in g[1]), g[0])):
            least = filled.index(min(filled))
            filled[least] += sum(size[source] for source in sources)
            told[least] |= set(sources)
    return told


def _family(generator: str) -> str:
    return next((name for name, pattern in _FAMILIES.items() if pattern.search(generator)), "")


__all__ = ["FOLDS", "folds"]
