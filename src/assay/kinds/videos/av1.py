"""Films in MP4 and QuickTime that are coded in AV1, which OpenCV's FFmpeg does not decode: their samples are laid, from one key
frame up to another, into image sequences, and Pillow's decoder (dav1d) shows those.

Bounded in bytes and frames of one sequence, and in pixels by the stream's own header before anything is decoded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats.av1 import frame_size, image_sequence
from assay.formats.mp4 import read_movie
from assay.formats.mp4_samples import Samples, samples

MAX_BYTES = 32 << 20  # of one sequence
MAX_FRAMES = 2000  # of one sequence, between key frames
_TOGETHER = 32  # frames: sequences of fewer are joined


class Av1(NamedTuple):
    """A film's video track. `turned` degrees clockwise by which it is to be shown."""

    path: Path
    samples: Samples
    config: bytes
    width: int
    height: int
    turned: int

    @property
    def seconds(self) -> float:
        return float(self.samples.lasting.sum())


def av1_in(path: Path) -> Av1 | None:
    """The first video track of an MP4, where it is coded in AV1 and has a table of its samples."""
    with path.open("rb") as file:
        movie = read_movie(file)
    track = next(iter(movie.of("vide")), None)
    codec = track.codecs[0] if track is not None and track.codecs else None
    if track is None or codec is None or codec.format != "av01" or not codec.config:
        return None
    found = samples(track)
    return Av1(path, found, codec.config, codec.width, codec.height, track.turned) if len(found) else None


def frames(film: Av1, start: float, most_pixels: int) -> Iterator[tuple[float, bool, np.ndarray]]:
    """Seconds, whether it is a key frame, and uint8 (h, w, 3) RGB pixels of each frame from the key frame at or before `start`
    on. Raises `UnreadableInput` for frames beyond the bounds, and whatever the decoder does for broken ones."""
    from PIL import AvifImagePlugin, Image  # noqa: F401  a decoder is known once it is imported

    found = film.samples
    with film.path.open("rb") as file:
        for first, last in _groups(found, start):
            coded = []
            for i in range(first, last):
                file.seek(int(found.offset[i]))
                coded.append(file.read(int(found.size[i])))
            width, height = frame_size(coded[0]) or frame_size(film.config[4:]) or (0, 0)
            if not 0 < width * height <= most_pixels:
                raise UnreadableInput(f"frames of {width} by {height} pixels")
            sequence = image_sequence(film.config, film.width, film.height, coded)
            with Image.open(io.BytesIO(sequence), formats=("AVIF",)) as image:
                for i in range(last - first):
                    image.seek(i)
                    yield float(found.shown[first + i]), bool(found.key[first + i]), _upright(image, film.turned)


def _groups(found: Samples, start: float) -> Iterator[tuple[int, int]]:
    """First and last sample (exclusive) of each sequence, from the one that shows `start`."""
    keys = np.flatnonzero(found.key)
    before = keys[found.shown[keys] <= start + 1e-6]
    first = int(before[-1]) if len(before) else int(keys[0]) if len(keys) else 0
    while first < len(found):
        later = keys[keys >= first + _TOGETHER] if found.key[first] else keys[keys > first]
        last = int(later[0]) if len(later) else len(found)
        if last - first > MAX_FRAMES or int(found.size[first:last].sum()) > MAX_BYTES:
            raise UnreadableInput("too much lies between two key frames")
        yield first, last
        first = last


def _upright(image: Any, turned: int) -> np.ndarray:
    pixels = np.asarray(image.convert("RGB"))
    return np.ascontiguousarray(np.rot90(pixels, -turned // 90)) if turned else pixels


__all__ = ["Av1", "av1_in", "frames"]
