"""Arrays and names as bytes and back: what detectors of this room keep between starts, and note in the journal."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

_MOST = 1 << 30  # bytes, unpacked
_Plain = tuple[dict[str, tuple[str, tuple[int, ...], bytes]], list[str]]


def packed(arrays: Mapping[str, np.ndarray], names: Sequence[str] = ()) -> bytes:
    """What `unpacked` takes."""
    plain = {name: (a.dtype.str, a.shape, np.ascontiguousarray(a).tobytes()) for name, a in arrays.items()}
    return zlib.compress(msgspec.msgpack.encode((plain, names)), 1)


def unpacked(kept: bytes) -> tuple[dict[str, np.ndarray], list[str]]:
    """Raises `ValueError` for anything that `packed` did not make."""
    try:
        plain, names = msgspec.msgpack.decode(zlib.decompressobj().decompress(kept, _MOST), type=_Plain)
        arrays = {n: np.frombuffer(data, np.dtype(kind)).reshape(shape) for n, (kind, shape, data) in plain.items()}
        return {
            n: array.copy() for n, array in arrays.items()
        }, names  # kernels are compiled for arrays that can be written
    except (msgspec.MsgspecError, zlib.error, TypeError) as error:
        raise ValueError(f"nothing that was kept: {error}") from None


__all__ = ["packed", "unpacked"]
