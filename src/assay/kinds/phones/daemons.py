"""Programs of iOS by name: which are known, and which names are made to look like one (`nehelprd` for `nehelper`)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

_LIST = Path(__file__).parent / "ios" / "daemons.txt"
SHORTEST = 6  # letters: shorter names are alike by chance
KERNEL = 16  # letters of a name that the kernel keeps
LONG = 8  # letters from which on two changes still say something
_ALIKE = str.maketrans({"0": "o", "1": "l", "I": "l", "5": "s", "3": "e"})


@cache
def known() -> frozenset[str]:
    """Names of programs that come with iOS, in small letters. The list is never whole: a name that lacks is only not known."""
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(word.lower() for line in lines if not line.startswith("#") for word in line.split())


@cache
def _cut() -> frozenset[str]:
    """Known names as the kernel keeps them: their first 16 letters."""
    return frozenset(name[:KERNEL] for name in known() if len(name) > KERNEL)


@cache
def _by_length() -> dict[int, tuple[str, ...]]:
    out: dict[int, list[str]] = {}
    for name in sorted(known()):
        out.setdefault(len(name), []).append(name)
    return {n: tuple(names) for n, names in out.items()}


def stands_for_itself(name: str) -> bool:
    """Whether the name is a known program's, or one of Apple's reversed domains."""
    plain = name.lower()
    return plain in known() or plain in _cut() or plain.startswith("com.apple.")


def known_share(names: Iterable[str]) -> float:
    """Share of these names that are known; 0 of none."""
    all_names = list(names)
    return sum(map(stands_for_itself, all_names)) / len(all_names) if all_names else 0.0


@cache
def looks_like(name: str) -> str:
    """The known program that an unknown name is made to look like; empty where there is none. One change (a letter put in,
    left out, swapped or replaced, a digit for a letter) in a name of six letters, two in one of eight."""
    plain = name.lower()
    if len(plain) < SHORTEST or plain in known() or plain in _cut():
        return ""
    if (same := plain.translate(_ALIKE)) != plain and same in known():
        return same
    most = 2 if len(plain) >= LONG else 1
    for length in range(len(plain) - most, len(plain) + most + 1):
        for other in _by_length().get(length, ()):
            family = plain.startswith(other) or other.startswith(plain)  # a daemon's own helper or screen is called so
            if len(other) >= SHORTEST and not family and distance(plain, other, most) <= most:
                return other
    return ""


def distance(a: str, b: str, most: int) -> int:
    """Damerau-Levenshtein distance (optimal string alignment), `most + 1` where it is more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before, row = list[int](), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


__all__ = ["distance", "known", "known_share", "looks_like", "stands_for_itself"]
