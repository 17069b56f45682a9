"""What a stream of frames says of where it came from: the same bytes again, pictures without noise, times no clock gives,
encoders that change, frames that are older than their challenge.

A sensor's noise never repeats, so two frames with the same bytes are one frame: next to each other a slow camera, apart and
with others between them a recording that runs again.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assay.kinds.identity.evidence import Frame

LEAST = 12  # frames from which a stream says anything
_PLAIN = 3.0  # grey levels of spread below which a picture is a covered lens, which repeats honestly
_PAIRS = 24  # neighbours compared for noise
_TOP = 4_000_000  # pixels of a frame looked at


class Repeats(NamedTuple):
    """`still`: every frame is the same; `looped`: frames that come again after others; `repeated`: share of frames equal to
    the one before; `first`: the place of the first that comes again, -1 none."""

    still: bool
    looped: int
    repeated: float
    first: int


class Times(NamedTuple):
    """`spread`: seconds of standard deviation between neighbours; `backwards`: frames before the one before them; `longest`:
    seconds between two; `rate`: frames a second."""

    spread: float
    backwards: int
    longest: float
    rate: float


class Made(NamedTuple):
    """How the frames were written: their media types, sizes, how many sets of JPEG tables, how many carry EXIF."""

    media: frozenset[str]
    sizes: frozenset[tuple[int, int]]
    tables: int
    exif: int
    unread: int


def repeats(frames: Sequence[Frame]) -> Repeats:
    """Of frames in their order; those of a covered lens are passed over."""
    digests = [hashlib.sha256(frame.image).digest() for frame in frames]
    if len(set(digests)) == 1:
        return Repeats(len(frames) >= LEAST and not _plain(frames[0].image), 0, 1.0, -1)
    last: dict[bytes, int] = {}
    again, near, first = 0, 0, -1
    for i, digest in enumerate(digests):
        before = last.get(digest)
        if before == i - 1:
            near += 1
        elif before is not None and len(frames[i].image) > 0 and not _plain(frames[i].image):
            again += 1
            first = i if first < 0 else first
        last[digest] = i
    return Repeats(False, again, near / max(1, len(frames) - 1), first)


def times(frames: Sequence[Frame]) -> Times:
    """Of the sender's own times."""
    at = np.array([frame.at for frame in frames], np.float64) / 1000
    gaps = np.diff(at)
    span = float(np.ptp(at)) if len(at) else 0.0
    return Times(
        float(gaps.std()) if len(gaps) else 0.0,
        int((gaps < 0).sum()),
        float(gaps.max(initial=0.0)),
        (len(at) - 1) / span if span > 0 else 0.0,
    )


def made(frames: Sequence[Frame]) -> Made:
    """By the heads of the files; nothing is unpacked."""
    from PIL import Image

    media, sizes, tables, exif, unread = set(), set(), set(), 0, 0
    for frame in frames:
        try:
            with Image.open(io.BytesIO(frame.image), formats=("JPEG", "WEBP", "PNG")) as image:
                media.add(Image.MIME.get(image.format or "", ""))
                sizes.add(image.size)
                tables.add(str(getattr(image, "quantization", None)))
                exif += "exif" in image.info
        except Exception:  # PIL raises many things on hostile heads
            unread += 1
    return Made(frozenset(media), frozenset(sizes), len(tables), exif, unread)


def noiseless(frames: Sequence[Frame]) -> float | None:
    """Share of 8x8 blocks that do not change at all between neighbours that differ, in the middle over pairs; None where too
    few can be compared. A sensor changes nearly all; a file that is played, or a drawn picture, few."""
    if len(frames) < LEAST:
        return None
    shares = []
    for i in np.unique(np.linspace(0, len(frames) - 2, _PAIRS).round().astype(int)).tolist():
        one, other = _grey(frames[i].image), _grey(frames[i + 1].image)
        if one is None or other is None or one.shape != other.shape or frames[i].image == frames[i + 1].image:
            continue
        height, width = (side // 8 * 8 for side in one.shape)
        apart = np.abs(one[:height, :width].astype(np.int16) - other[:height, :width]).reshape(
            height // 8, 8, width // 8, 8
        )
        textured = one[:height, :width].reshape(height // 8, 8, width // 8, 8).std((1, 3)) > 1.0
        if textured.sum() >= 50:
            shares.append(float((apart.max((1, 3)) == 0)[textured].mean()))
    return float(np.median(shares)) if len(shares) >= 5 else None


def _grey(content: bytes) -> np.ndarray | None:
    """uint8[height, width]; None where it is no picture of a bearable size."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "WEBP", "PNG")) as image:
            if image.size[0] * image.size[1] > _TOP or min(image.size) < 16:
                return None
            return np.asarray(image.convert("L"))
    except Exception:  # PIL raises many things on hostile files
        return None


def _plain(content: bytes) -> bool:
    grey = _grey(content)
    return grey is None or float(grey.std()) < _PLAIN
