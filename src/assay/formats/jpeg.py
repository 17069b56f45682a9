"""What a JPEG file says of how it was made, read from its markers without decoding a pixel: quantisation tables and the
quality they stand for, chroma sampling, who wrote it, what stands in its application segments, and what follows its end.

Layout from ITU-T T.81; the quality scale is the one of the Independent JPEG Group's library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

MAX_SEGMENTS = 4096  # a real file has some dozens; a 64 MB profile split over APP2 has 1,000

_LUMA = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
]).reshape(8, 8)  # fmt: skip
_ZIGZAG = np.array([
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
    62, 63,
])  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """An application or comment segment: `marker` such as 0xE1 (APP1), where its marker stands, and its payload."""

    marker: int
    offset: int
    payload: bytes


@dataclass
class Jpeg:
    """`frame` the offset of the frame header's marker, None where there is none; `tables` quantisation tables by number, int64[8, 8] in natural order; `sampling` (h, v) a component; `end` the
    offset behind the end-of-image marker, None where the file stops before it; `problem` why reading stopped, if it did."""

    width: int = 0
    height: int = 0
    components: int = 0
    progressive: bool = False
    tables: dict[int, np.ndarray] = field(default_factory=dict)
    sampling: tuple[tuple[int, int], ...] = ()
    segments: list[Segment] = field(default_factory=list)
    end: int | None = None
    problem: str = ""
    frame: int | None = None

    @property
    def luma(self) -> np.ndarray | None:
        """int64[8, 8]: the first component's table."""
        return self.tables.get(0)

    def application(self, marker: int, prefix: bytes) -> list[bytes]:
        """Payloads of the segments of this marker that begin so, without the prefix."""
        return [s.payload[len(prefix) :] for s in self.segments if s.marker == marker and s.payload.startswith(prefix)]


def read_jpeg(content: bytes) -> Jpeg:
    """Never raises: what was read before the first fault is kept, and `problem` says what the fault was."""
    jpeg = Jpeg()
    if content[:2] != b"\xff\xd8":
        jpeg.problem = "no start of image"
        return jpeg
    at = 2
    for _ in range(MAX_SEGMENTS):
        at = content.find(b"\xff", at)
        while 0 <= at < len(content) - 1 and content[at + 1] == 0xFF:
            at += 1  # fill bytes
        if at < 0 or at + 1 >= len(content):
            jpeg.problem = "it stops before the end of image"
            return jpeg
        marker, start = content[at + 1], at
        at += 2
        if marker == 0xD9:
            jpeg.end = at
            return jpeg
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            continue
        length = int.from_bytes(content[at : at + 2], "big")
        payload = content[at + 2 : at + length]
        if length < 2 or len(payload) != length - 2:
            jpeg.problem = f"segment {marker:02X} runs over the end"
            return jpeg
        try:
            _note(jpeg, marker, start, payload)
        except (IndexError, ValueError):
            jpeg.problem = f"segment {marker:02X} is malformed"
            return jpeg
        at += length
        if marker == 0xDA:  # entropy-coded data: skip to the next real marker
            at = _after_scan(content, at)
    jpeg.problem = f"more than {MAX_SEGMENTS} segments"
    return jpeg


def _note(jpeg: Jpeg, marker: int, start: int, payload: bytes) -> None:
    if 0xE0 <= marker <= 0xEF or marker == 0xFE:
        jpeg.segments.append(Segment(marker, start, payload))
    elif marker == 0xDB:
        at = 0
        while at < len(payload):
            wide, number = payload[at] >> 4, payload[at] & 15
            size = 128 if wide else 64
            values = np.frombuffer(payload[at + 1 : at + 1 + size], ">u2" if wide else "u1")
            if len(values) != 64:
                raise ValueError("short table")
            table = np.empty(64, np.int64)
            table[_ZIGZAG] = values
            jpeg.tables[number] = table.reshape(8, 8)
            at += 1 + size
    elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
        jpeg.progressive, jpeg.frame = marker == 0xC2, start
        jpeg.height, jpeg.width = int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big")
        jpeg.components = payload[5]
        jpeg.sampling = tuple((payload[7 + 3 * i] >> 4, payload[7 + 3 * i] & 15) for i in range(jpeg.components))


def _after_scan(content: bytes, at: int) -> int:
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            return len(content)
        if content[at + 1] != 0x00 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2


@cache
def standard_table(quality: int) -> np.ndarray:
    """int64[8, 8]: the luma table that the Independent JPEG Group's library makes for a quality of 1..100."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    return np.asarray(np.clip((_LUMA * int(scale) + 50) // 100, 1, 255))


def quality_of(table: np.ndarray) -> tuple[int, bool]:
    """The nearest quality on that scale, and whether the table is exactly it. Cameras and editors that bring tables of
    their own are nearest to one without being it."""
    distances = [int(np.abs(standard_table(q) - table).sum()) for q in range(1, 101)]
    best = int(np.argmin(distances))
    return best + 1, distances[best] == 0


__all__ = ["Jpeg", "Segment", "quality_of", "read_jpeg", "standard_table"]
