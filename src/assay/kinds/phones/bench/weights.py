"""`assay bench phone-weights`: how many times more often a sign is told of compromised phones than of others, on phones made up for
this alone (`WEIGH`), and the band that `report/likelihood.py` takes from it.

At least as often on the compromised, at most as often on the others (Clopper-Pearson, 95 % each way), and of that ratio a ninth to a
third: phones, attacks and detectors have one author. A band ends where its severity does. What attacks leave how often was put in by
hand where nothing is published; the figure is then a bound on quiet phones, and no more.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.kinds.phones.bench.judge import codes_of
from assay.kinds.phones.bench.lives import World, backed_up, diagnosed, droid_of, made, shaped
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.simulate import Phone
from assay.kinds.phones.simulate.android import SORTS
from assay.kinds.phones.simulate.attacks import SHAPES
from assay.kinds.phones.simulate.settings import WEIGH
from assay.kinds.phones.simulate.upheavals import UPHEAVALS

WORLD = World(WEIGH, 211_000_000)
CODES = (
    "phones.odd-place",
    "phones.stays",
    "phones.posing",
    "phones.masquerade",
    "phones.odd-look-up",
    "phones.trojan-signs",
)
FEWEST = 10  # compromised phones that must show a sign before a band is taken from it
HARSH, MILD = 9.0, 3.0
LOOKED_UP = 0.25  # of those who came by a message; no publication says how often


def bench(data: Path | None = None, *, short: bool = False, **_options: Any) -> dict[str, Any]:
    """Phones of each form, clean and compromised, and for each sign how often it was told and its band."""
    n = 20 if short else 100
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        return {
            "settings": WEIGH.name,
            "sysdiagnose": _weighed(
                (diagnosed(p, folder) for p in _clean(n)), (diagnosed(p, folder) for p in _hurt(n))
            ),
            "backup": _weighed(map(backed_up, _clean(n // 2)), map(backed_up, _hurt(n))),
            "Android": _weighed(
                (droid_of(WORLD.seed + i, sort, folder) for sort in SORTS[:2] for i in range(2 * n)),
                (droid_of(WORLD.seed + i, sort, folder) for sort in SORTS[2:] for i in range(n)),
            ),
        }


def _clean(n: int) -> Iterator[Phone]:
    """2 n quiet lives, n / 2 of each upheaval."""
    yield from (made("quiet", i, world=WORLD) for i in range(2 * n))
    for name, change in UPHEAVALS.items():
        yield from (made(name, i, change, world=WORLD) for i in range(n // 2))


def _hurt(n: int) -> Iterator[Phone]:
    """n / 4 of each shape of compromise."""
    for name, shape in SHAPES.items():
        change = shaped(replace(shape, looked_up=LOOKED_UP))
        yield from (made(name, i, change, world=WORLD) for i in range(n // 4))


def _weighed(clean: Iterable[PhoneImage], hurt: Iterable[PhoneImage]) -> dict[str, Any]:
    (others, of_others), (compromised, of_compromised) = _counted(clean), _counted(hurt)
    told: dict[str, Any] = {"clean": of_others, "compromised": of_compromised}
    for code in CODES:
        if others[code] or compromised[code]:
            ratio = at_least(compromised[code], of_compromised, others[code], of_others)
            told[code] = {
                "clean": others[code], "compromised": compromised[code], "times more often, at least": round(ratio, 1),
                "band": band(ratio) if compromised[code] >= FEWEST else None,
            }  # fmt: skip
    return told


def _counted(images: Iterable[PhoneImage]) -> tuple[Counter[str], int]:
    """How many phones were accused by each sign, and how many there were. What stays after restarts lies in an odd place too."""
    counts, number = Counter[str](), 0
    for image in images:
        number += 1
        accused = {code for code, alarm in codes_of(image).items() if alarm}
        counts.update(accused | ({"phones.odd-place"} if "phones.stays" in accused else set()))
    return counts, number


def at_least(hits: int, of: int, false: int, of_clean: int) -> float:
    """The least that `hits` of `of` allow, over the most that `false` of `of_clean` do.

    >>> round(at_least(150, 200, 0, 300)), round(at_least(0, 200, 0, 300))
    (70, 0)
    """
    from scipy.stats import beta

    least = float(beta.ppf(0.05, hits, of - hits + 1)) if hits else 0.0
    return least / float(beta.ppf(0.95, false + 1, of_clean - false))


def band(ratio: float) -> tuple[float, float]:
    return round(max(1.0, ratio / HARSH), 1), round(max(1.0, ratio / MILD), 1)


__all__ = ["CODES", "WORLD", "at_least", "band", "bench"]
