"""Arrays as text in a model's file: base64 of their bytes, packed, with type and shape. Nothing is ever unpickled."""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any

import numpy as np

MOST = 256 << 20  # bytes of one array
_TYPES = frozenset(("float64", "float32", "int64", "int32", "uint64"))


def pack(values: np.ndarray) -> dict[str, Any]:
    told = np.ascontiguousarray(values)
    data = base64.b64encode(zlib.compress(told.tobytes(), 6)).decode("ascii")
    return {"type": str(told.dtype), "shape": list(told.shape), "data": data}


def unpack(plain: dict[str, Any]) -> np.ndarray:
    """Raises `ValueError` where type, shape and content do not fit."""
    if plain["type"] not in _TYPES:
        raise ValueError(f"arrays of {plain['type']} are not kept")
    shape = tuple(int(n) for n in plain["shape"])
    size = math.prod(shape) * np.dtype(plain["type"]).itemsize
    if min(shape, default=0) < 0 or size > MOST:
        raise ValueError(f"an array of {size} bytes")
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(base64.b64decode(plain["data"], validate=True), size + 1)
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes where {size} were said")
    return np.frombuffer(data, plain["type"]).reshape(shape)


__all__ = ["pack", "unpack"]
