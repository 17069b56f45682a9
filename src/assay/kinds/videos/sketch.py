"""A frame as a sketch of 32 by 32 colours, and a sum that tells two frames apart to the last bit: cheap enough for every frame
that is decoded, and enough to see cuts, repeats, loops and how straight a film runs.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

SIDE = 32
MAX_FRAMES = 16_000
_COARSE = 256  # pixels that the shorter side keeps, at least, before it is averaged


def sketch(bgr: np.ndarray) -> tuple[np.ndarray, int]:
    """uint8[32, 32, 3], and a checksum of the frame's pixels (of every s-th, where it is large)."""
    import cv2

    step = max(1, min(bgr.shape[:2]) // _COARSE)
    coarse = np.ascontiguousarray(bgr[::step, ::step])
    return cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_AREA), zlib.crc32(coarse.tobytes())


@dataclass
class Sketches:
    """n decoded frames in the film's order: `at` float64[n] seconds, `kind` uint8[n] (ord of I, P, B, or 0), `picture`
    uint8[n, 32, 32, 3], `sum` int64[n], `stretch` int32[n] the number of the decoded stretch that it lies in."""

    at: np.ndarray
    kind: np.ndarray
    picture: np.ndarray
    sum: np.ndarray
    stretch: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    @property
    def joined(self) -> np.ndarray:
        """bool[n]: does the frame follow the one before it in the same stretch?"""
        out = np.zeros(len(self), bool)
        out[1:] = self.stretch[1:] == self.stretch[:-1]
        return out

    @property
    def repeated(self) -> np.ndarray:
        """bool[n]: is it the same picture as the one before, to the last bit?"""
        out = self.joined
        out[1:] &= self.sum[1:] == self.sum[:-1]
        return out

    @property
    def motion(self) -> np.ndarray:
        """float32[n]: mean difference from the frame before, in levels of 255; 0 where none comes before."""
        out = np.zeros(len(self), np.float32)
        for start in range(1, len(self), 512):  # in pieces, for memory
            stop = min(start + 512, len(self))
            now, before = self.picture[start:stop].astype(np.int16), self.picture[start - 1 : stop - 1]
            out[start:stop] = np.abs(now - before).mean((1, 2, 3))
        return np.where(self.joined, out, 0).astype(np.float32)


class Gatherer:
    """Collects sketches while a film is decoded."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, int, np.ndarray, int, int]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, at: float, kind: str, bgr: np.ndarray, stretch: int) -> None:
        picture, checksum = sketch(bgr)
        self._rows.append((at, ord(kind or "\0"), picture, checksum, stretch))

    def sketches(self) -> Sketches:
        """In order of time; where two stretches meet, each frame once."""
        rows = sorted(self._rows, key=lambda row: (row[0], row[4]))
        rows = [row for i, row in enumerate(rows) if not i or row[0] > rows[i - 1][0] + 1e-6]
        return Sketches(
            np.array([row[0] for row in rows], np.float64),
            np.array([row[1] for row in rows], np.uint8),
            np.stack([row[2] for row in rows]) if rows else np.zeros((0, SIDE, SIDE, 3), np.uint8),
            np.array([row[3] for row in rows], np.int64),
            np.array([row[4] for row in rows], np.int32),
        )


__all__ = ["MAX_FRAMES", "SIDE", "Gatherer", "Sketches", "sketch"]
