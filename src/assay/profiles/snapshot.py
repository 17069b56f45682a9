"""The bytes of a profiles snapshot: magic and version, a JSON header with the declared features, then little-endian int64
arrays, then the SHA-256 of all that. No pickle; a snapshot of other features is refused, not reinterpreted."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from assay.core.errors import InvalidSetting
from assay.profiles.spec import Feature

_MAGIC = b"ASSAYPRF"
VERSION = 1
_WORDS = np.dtype("<i8")


def pack(features: Sequence[Feature], head: dict[str, Any], arrays: Sequence[np.ndarray]) -> bytes:
    """`head` must be JSON; `arrays` are 64-bit integers."""
    text = msgspec.json.encode({"features": list(features), **head})
    parts: list[bytes | memoryview] = [_MAGIC, struct.pack("<II", VERSION, len(text)), text]
    parts += [
        np.ascontiguousarray(a).view(np.int64).astype(_WORDS, copy=False).data.cast("B") for a in arrays if a.size
    ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return b"".join([*parts, digest.digest()])


class Body:
    """The arrays of a snapshot, taken one after another."""

    def __init__(self, data: memoryview) -> None:
        self._words = np.frombuffer(data, _WORDS).astype(np.int64)
        self._at = 0

    def take(self, *shape: int) -> np.ndarray:
        size = int(np.prod(shape))
        if self._at + size > len(self._words):
            raise InvalidSetting("the snapshot is shorter than it says")
        words = self._words[self._at : self._at + size]
        self._at += size
        return words.reshape(shape)


def unpack(features: Sequence[Feature], data: bytes) -> tuple[dict[str, Any], Body]:
    """Raises InvalidSetting, saying why, for bytes that are not a snapshot of these features."""
    fixed = len(_MAGIC) + 8
    if len(data) < fixed + 32 or data[: len(_MAGIC)] != _MAGIC:
        raise InvalidSetting("not a profiles snapshot")
    version, length = struct.unpack_from("<II", data, len(_MAGIC))
    if version != VERSION:
        raise InvalidSetting(f"the snapshot has version {version}, this release reads {VERSION}", hint="replay instead")
    view = memoryview(data)
    if hashlib.sha256(view[:-32]).digest() != view[-32:]:
        raise InvalidSetting("the snapshot is damaged: its checksum is wrong", hint="replay instead")
    head = msgspec.json.decode(view[fixed : fixed + length])
    if head["features"] != msgspec.to_builtins(list(features)):
        raise InvalidSetting("the snapshot was taken under other features", hint="replay instead")
    return head, Body(view[fixed + length : -32])
