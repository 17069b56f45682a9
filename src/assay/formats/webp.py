"""WebP files (RFC 9649) as their lossless streams: pictures, alpha planes and frames, each looked at by `vp8l`."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from assay.formats.vp8l import Streams, look

MAX_STREAMS = 2000


def is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def read_streams(content: bytes) -> Streams:
    """Every lossless stream of a WebP file, its alpha planes and frames included. Never raises."""
    found = Streams()
    if not is_webp(content):
        found.problem = "no WebP"
        return found
    for offset, length, size in _chunks(content):
        if found.streams >= MAX_STREAMS:
            found.problem = f"more than {MAX_STREAMS} streams"
            break
        look(content, offset, offset + length, size, found)
    return found


def _chunks(content: bytes) -> Iterator[tuple[int, int, tuple[int, int] | None]]:
    """(offset, length, size or None where the stream says it) of the lossless streams."""
    canvas: tuple[int, int] | None = None
    at, end, frames = 12, len(content), 0
    stack: list[tuple[int, int, tuple[int, int] | None]] = [(at, end, canvas)]
    while stack:
        at, end, canvas = stack.pop()
        while at + 8 <= end and frames < 4 * MAX_STREAMS:
            frames += 1
            name, length = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
            start, stop = at + 8, min(at + 8 + length, end)
            if name == b"VP8X" and length >= 10:
                canvas = _three(content, start + 4) + 1, _three(content, start + 7) + 1
            elif name == b"VP8L":
                yield start, stop - start, None
            elif name == b"ALPH" and stop > start and content[start] & 3 == 1 and canvas is not None:
                yield start + 1, stop - start - 1, canvas
            elif name == b"ANMF" and stop - start > 16:
                frame = _three(content, start + 6) + 1, _three(content, start + 9) + 1
                stack.append((stop + (length & 1), end, canvas))
                at, end, canvas = start + 16, stop, frame
                continue
            at = stop + (length & 1)


def _three(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 3], "little")


__all__ = ["Streams", "is_webp", "read_streams"]
