"""AVI: what such a file says of itself (Microsoft's RIFF multimedia format): frame rate, counts, codecs, and the program that
wrote it. Only the lists of headers are read, within bounds; nothing is raised for what the bytes hold.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

MAX_CHUNKS = 5000
MAX_HEADERS = 4 << 20


class Stream(NamedTuple):
    """`kind` is "vids" or "auds"; `rate` frames (or samples) a second, `length` how many of them."""

    kind: str
    codec: str
    rate: float
    length: int


@dataclass
class Avi:
    width: int = 0
    height: int = 0
    rate: float = 0.0  # frames a second, of the main header
    frames: int = 0
    streams: list[Stream] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    problems: list[str] = field(default_factory=list)


def is_avi(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"AVI "


def read_avi(file: BinaryIO) -> Avi:
    """What the file says. Raises `OSError` where it cannot be read at all."""
    found = Avi()
    end = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    found.missing = max(0, int.from_bytes(head[4:8], "little") + 8 - end)
    at = 12
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(12)
        if len(head) < 8:
            break
        size = int.from_bytes(head[4:8], "little")
        if head[:4] == b"LIST" and head[8:12] in (b"hdrl", b"INFO"):
            _read_list(found, file.read(min(max(0, size - 4), MAX_HEADERS)))
        at += 8 + size + (size & 1)
    if not found.streams:
        found.problems.append("no stream is described")
    return found


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            return
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + (size & 1)


def _read_list(found: Avi, data: bytes, depth: int = 0) -> None:
    for kind, body in _chunks(data):
        if kind == b"LIST" and depth < 3:
            _read_list(found, body[4:], depth + 1)
        elif kind == b"avih" and len(body) >= 40:
            micros, frames = struct.unpack_from("<I12xI", body)
            found.width, found.height = struct.unpack_from("<II", body, 32)
            found.rate, found.frames = (1e6 / micros if micros else 0.0), frames
        elif kind == b"strh" and len(body) >= 36 and len(found.streams) < 64:
            scale, rate, _, length = struct.unpack_from("<IIII", body, 20)
            codec = body[4:8].decode("latin-1").strip("\0 ")
            each = rate / scale if scale else 0.0
            found.streams.append(Stream(body[:4].decode("latin-1"), codec, each, length))
        elif kind[:1] == b"I" and kind.isalnum() and len(found.notes) < 100:
            text = body[:2000].split(b"\0", 1)[0].decode("utf-8", "replace")
            found.notes.setdefault(kind.decode("latin-1"), "".join(c for c in text if c.isprintable()).strip())


__all__ = ["Avi", "Stream", "is_avi", "read_avi"]
