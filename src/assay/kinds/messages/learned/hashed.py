"""A linear score over hashed grams: counts damped by a logarithm, weighted by rarity (tf-idf), scaled to unit length.

`Hashed` is a table of weights, one for each bucket; `weigh` makes the same rows as a sparse matrix to learn them from.
Kept as companded bytes in base 85, since a model folder holds text only. A row's score never depends on its batch.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.kinds.messages.learned.grams import Grams

_STEPS = 127


@dataclass(frozen=True)
class Hashed:
    """`rarity` and `weight`: float32[2**bits]; a bucket never seen in training has rarity 0 and counts for nothing."""

    rarity: np.ndarray
    weight: np.ndarray

    def score(self, grams: Grams) -> float:
        """The row's dot product with the weights; 0.0 for a row without a known gram."""
        bucket, count = np.unique(_buckets(grams, len(self.weight)), return_counts=True)
        value = (1.0 + np.log(count)) * self.rarity[bucket]
        norm = float(np.sqrt((value * value).sum()))
        return float((value * self.weight[bucket]).sum()) / norm if norm > 0 else 0.0

    def places(self, grams: Grams, length: int) -> np.ndarray:
        """float64[length]: how much each character of the text adds to `score`; sums to it."""
        bucket, place, count = np.unique(_buckets(grams, len(self.weight)), return_inverse=True, return_counts=True)
        value = (1.0 + np.log(count)) * self.rarity[bucket]
        norm = float(np.sqrt((value * value).sum()))
        out = np.zeros(length + 1)
        if norm <= 0:
            return out[:length]
        width = np.maximum(grams.end - grams.start, 1)
        each = (value * self.weight[bucket] / norm / count)[place] / width
        np.add.at(out, np.minimum(grams.start, length), each)
        np.subtract.at(out, np.minimum(grams.start + width, length), each)
        return np.cumsum(out)[:length]

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"rarity": packed(self.rarity), "weight": packed(self.weight)}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Hashed:
        """From `plain`; `ValueError` where the two do not fit together."""
        rarity, weight = unpacked(plain["rarity"]), unpacked(plain["weight"])
        if len(rarity) != len(weight) or len(weight) & (len(weight) - 1) or not len(weight):
            raise ValueError("a table of weights needs 2**bits buckets")
        return cls(rarity, weight)


def counted(rows: Sequence[Grams], bits: int) -> Any:
    """scipy CSR float32[n, 2**bits]: damped counts."""
    from scipy.sparse import csr_matrix

    ends, buckets, values = [0], [], []
    for grams in rows:
        bucket, count = np.unique(_buckets(grams, 1 << bits), return_counts=True)
        buckets.append(bucket)
        values.append(1.0 + np.log(count))
        ends.append(ends[-1] + len(bucket))
    data = np.concatenate(values) if values else np.zeros(0)
    index = np.concatenate(buckets) if buckets else np.zeros(0, np.int64)
    return csr_matrix((data, index, ends), shape=(len(rows), 1 << bits))


def rarity(counts: Any, least: int) -> np.ndarray:
    """float32[2**bits]: smoothed inverse document frequency, as a byte would keep it; 0 for buckets in fewer than
    `least` rows."""
    rows = np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = np.where(rows >= least, np.log((1 + counts.shape[0]) / (1 + rows)) + 1, 0.0)
    return rounded(idf)


def weigh(counts: Any, idf: np.ndarray) -> Any:
    """CSR of unit rows, as `Hashed.score` sees them."""
    from scipy.sparse import diags

    rows = (counts @ diags(idf.astype(np.float64))).tocsr()
    norm = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (diags(1 / np.where(norm > 0, norm, 1.0)) @ rows).tocsr()


def _buckets(grams: Grams, buckets: int) -> np.ndarray:
    return (grams.code & np.uint64(buckets - 1)).astype(np.int64)


def packed(values: np.ndarray) -> dict[str, Any]:
    """An array of numbers as text: a signed byte each, by the square root of its share of the largest."""
    steps, most = _steps(values)
    text = base64.b85encode(zlib.compress(steps.tobytes(), 6)).decode()
    return {"most": most, "shape": list(values.shape), "bytes": text}


def rounded(values: np.ndarray) -> np.ndarray:
    """float32 array: what `packed` keeps of it. A model is rounded as it is learned, so that it scores alike when opened."""
    steps, most = _steps(values)
    return _values(steps, most).reshape(values.shape)


def _steps(values: np.ndarray) -> tuple[np.ndarray, float]:
    most = float(np.float32(np.abs(values).max())) if values.size else 0.0
    most = most or 1.0
    return np.rint(np.sign(values) * np.sqrt(np.abs(values) / most) * _STEPS).astype(np.int8), most


def _values(steps: np.ndarray, most: float) -> np.ndarray:
    share = steps.astype(np.float64) / _STEPS
    return np.asarray(np.sign(share) * share * share * most, np.float32)


def unpacked(plain: dict[str, Any]) -> np.ndarray:
    """float32 array of `packed`; `ValueError` where the bytes do not fill the shape."""
    shape = tuple(int(n) for n in plain["shape"])
    size = int(np.prod(shape))
    if not 0 < size <= 1 << 26 or min(shape) < 1:
        raise ValueError("an array of that shape is no model of ours")
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(base64.b85decode(plain["bytes"]), size + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(raw) != size:
        raise ValueError("the bytes do not fill the array")
    return _values(np.frombuffer(raw, np.int8), float(plain["most"])).reshape(shape)
