"""Runs of characters and of words as 64-bit codes, so that a model needs no vocabulary: a code's low bits are its bucket.

`characters` and `words` give each gram's code with the place it came from, in numpy, a text at a time. Weinberger et al.,
"Feature hashing for large scale multitask learning" (2009).
"""

from __future__ import annotations

import re
import zlib
from itertools import pairwise
from typing import NamedTuple

import numpy as np

_STEP, _MIX, _LAST = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53))
_FOLD, _HALF = np.uint64(29), np.uint64(32)
_BLANK = 32
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")  # written without blanks


class Grams(NamedTuple):
    """`code` uint64[m]; gram j stands at characters `start[j]` to `end[j]` of the text (int64[m] each)."""

    code: np.ndarray
    start: np.ndarray
    end: np.ndarray


def characters(text: str, least: int = 2, most: int = 5, *, salt: int = 0, inside_words: bool = True) -> Grams:
    """Every run of `least` to `most` characters. `inside_words`: a blank may only stand at a run's ends, as if each word
    stood alone between blanks. `salt` keeps the grams of one field apart from those of another."""
    points = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    n = len(points)
    mixed = points * _MIX
    blanks = np.concatenate([[0], np.cumsum(points == _BLANK)])
    rolled = mixed
    codes, starts, ends = [], [], []
    with np.errstate(over="ignore"):
        for size in range(1, most + 1):
            if n < size:
                break
            if size > 1:
                rolled = (rolled[: n - size + 1] * _STEP) ^ mixed[size - 1 :]
                rolled ^= rolled >> _FOLD
            if size < least:
                continue
            code = rolled * (_LAST + np.uint64(2 * size + 128 * salt))
            code ^= code >> _HALF
            at = np.arange(n - size + 1)
            if inside_words and size > 2:
                whole = blanks[size - 1 : n] == blanks[1 : n - size + 2]
                code, at = code[whole], at[whole]
            codes.append(code)
            starts.append(at)
            ends.append(at + size)
    if not codes:
        return Grams(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    length = n - 2
    start = np.clip(np.concatenate(starts) - 1, 0, length)
    end = np.clip(np.concatenate(ends) - 1, 0, length)
    return Grams(np.concatenate(codes), start, end)


def words(text: str) -> Grams:
    """Every word, number and sign, and every two that follow each other; a character each where words are not spaced."""
    found: list[tuple[str, int, int]] = []
    for match in _TOKEN.finditer(text):
        if _UNSPACED.search(match[0]):
            found += [(c, match.start() + i, match.start() + i + 1) for i, c in enumerate(match[0])]
        else:
            found.append((match[0], match.start(), match.end()))
    pairs = [(f"{a} {b}", start, end) for (a, start, _), (b, _, end) in pairwise(found)]
    return _named(found + pairs)


def named(names: list[str]) -> Grams:
    """Codes of names that stand nowhere in particular."""
    return _named([(name, 0, 0) for name in names])


def _named(found: list[tuple[str, int, int]]) -> Grams:
    code = np.array([zlib.crc32(name.encode("utf-8", "replace")) for name, _, _ in found], np.uint64)
    places = np.array([(start, end) for _, start, end in found], np.int64).reshape(-1, 2)
    return Grams(code, places[:, 0], places[:, 1])
