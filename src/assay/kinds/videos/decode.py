"""Pictures out of a film, one after the other and never many at a time: OpenCV's FFmpeg for containers, Pillow for GIF, WebP and
AV1 in MP4.

Bounded before and while decoding: pixels of a frame, frames, and seconds by the clock. A film that cannot be opened raises
`UnreadableInput`, one that breaks on the way simply ends, and says so in `broken`. Demuxers other than those of the formats
that the room reads are switched off, and so is every protocol but the file's own.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.core.errors import UnreadableInput
from assay.kinds.videos.av1 import Av1, av1_in
from assay.kinds.videos.av1 import frames as av1_frames
from assay.kinds.videos.media import DRAWN, MP4, QUICKTIME

MAX_PIXELS = 40_000_000  # of one frame: 8K is 33 million
MAX_SIDE = 16_384
MAX_DRAWN = 4000  # pictures of a GIF or WebP
_THREADS = 2
_OPTIONS = "protocol_whitelist;file|format_whitelist;mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_STALLED = 10_000  # milliseconds for one read


class Frame(NamedTuple):
    """`at` seconds from the start, `kind` "I", "P", "B" or "" (unknown), `bgr` uint8[height, width, 3]."""

    at: float
    kind: str
    bgr: np.ndarray

    @property
    def rgb(self) -> np.ndarray:
        return np.ascontiguousarray(self.bgr[:, :, ::-1])


class Film:
    """An open film. `rate` frames a second (0: unknown), `count` frames and `seconds` as the container tells them."""

    def __init__(self, path: Path, media: str) -> None:
        self.media, self.broken = media, False
        self._path, self._ended = path, False
        self.width = self.height = self.count = 0
        self.rate = self.seconds = 0.0
        self._pictures: Any = None
        self._capture: Any = None
        self._av1: Av1 | None = av1_in(path) if media in (MP4, QUICKTIME) else None
        if media in DRAWN:
            self._open_pictures(path)
        elif self._av1 is not None:
            self._open_av1(self._av1)
        else:
            self._open_capture()

    def frames(self, start: float = 0.0, length: float = 1e9, *, ends: float = float("inf")) -> Iterator[Frame]:
        """Frames shown from `start` on, for `length` seconds, in order. `ends`: the clock (`time.monotonic`) to stop at."""
        if self._pictures is not None:
            source = self._drawn()
        elif self._av1 is not None:
            source = self._decoded(self._av1, start)
        else:
            source = self._captured(start)
        for frame in source:
            if frame.at >= start + length:
                return
            if frame.at >= start - 1e-6:
                yield frame
            if time.monotonic() > ends:
                return

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
        if self._pictures is not None:
            self._pictures.close()

    def __enter__(self) -> Film:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- containers ---------------------------------------------------------------------------------------------------

    def _open_capture(self) -> None:
        cv2 = _opencv()
        bounds = [
            cv2.CAP_PROP_N_THREADS, _THREADS, cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _STALLED,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC, _STALLED,
        ]  # fmt: skip
        try:
            capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG, bounds)
        except cv2.error as error:
            raise UnreadableInput(f"the film cannot be opened: {str(error)[:100]}") from None
        self._capture = capture
        if not capture.isOpened():
            raise UnreadableInput("the film cannot be opened")
        self.width, self.height = (
            int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )
        self._bound()
        rate, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.rate = float(rate) if 0.01 < rate < 1000 else 0.0
        self.count = int(count) if 0 < count < 1e9 else 0
        self.seconds = self.count / self.rate if self.rate else 0.0

    def _captured(self, start: float) -> Iterator[Frame]:
        cv2 = _opencv()
        if self._ended:  # a decoder that was wound to the end may stay there
            self._capture.release()
            self._open_capture()
            self._ended = False
        capture = self._capture
        if start > 0 or capture.get(cv2.CAP_PROP_POS_MSEC) > 0:
            capture.set(cv2.CAP_PROP_POS_MSEC, start * 1000)
        last = -1.0
        while True:
            try:
                there, bgr = capture.read()
            except cv2.error:
                there, bgr = False, None
            if not there or bgr is None:
                self._ended = True
                return
            if bgr.ndim != 3 or bgr.shape[2] != 3 or bgr.shape[0] * bgr.shape[1] > MAX_PIXELS:
                self.broken = True
                return
            at = float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
            if not np.isfinite(at) or at <= last:  # broken stamps: as if each frame lasted as long as the last
                at = last + (1 / self.rate if self.rate else 0.04) if last >= 0 else max(start, 0.0)
            last = at
            kind = int(capture.get(cv2.CAP_PROP_FRAME_TYPE))
            yield Frame(at, chr(kind) if kind in (73, 80, 66) else "", bgr)

    # -- AV1 ----------------------------------------------------------------------------------------------------------

    def _open_av1(self, film: Av1) -> None:
        sides = (film.width, film.height)
        self.width, self.height = sides if film.turned % 180 == 0 else sides[::-1]
        self._bound()
        self.count, self.seconds = len(film.samples), film.seconds
        self.rate = self.count / self.seconds if self.seconds > 0 else 0.0

    def _decoded(self, film: Av1, start: float) -> Iterator[Frame]:
        try:
            for at, key, rgb in av1_frames(film, start, MAX_PIXELS):
                yield Frame(at, "I" if key else "", np.ascontiguousarray(rgb[:, :, ::-1]))
        except Exception:  # as below
            self.broken = True

    # -- pictures that move -------------------------------------------------------------------------------------------

    def _open_pictures(self, path: Path) -> None:
        from PIL import GifImagePlugin, Image, WebPImagePlugin  # noqa: F401  a decoder is known once it is imported

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._pictures = Image.open(path, formats=("GIF", "WEBP"))
        except Exception as error:  # a decoder fed hostile bytes raises nearly anything
            raise UnreadableInput(f"the film cannot be opened: {type(error).__name__}") from None
        self.width, self.height = self._pictures.size
        self._bound()

    def _drawn(self) -> Iterator[Frame]:
        at, image = 0.0, self._pictures
        for number in range(MAX_DRAWN):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    image.seek(number)
                    if image.width * image.height > MAX_PIXELS:
                        raise UnreadableInput("a picture of it is too large")
                    pixels = np.asarray(_on_white(image))
                    lasting = float(image.info.get("duration") or 0) / 1000
            except EOFError:
                return
            except Exception:
                self.broken = True
                return
            yield Frame(at, "", np.ascontiguousarray(pixels[:, :, ::-1]))
            at += lasting if 0.011 < lasting < 3600 else 0.1  # what players make of a delay of nothing

    def _bound(self) -> None:
        if not (0 < self.width <= MAX_SIDE and 0 < self.height <= MAX_SIDE):
            raise UnreadableInput(f"frames of {self.width} by {self.height} pixels")
        if self.width * self.height > MAX_PIXELS:
            raise UnreadableInput(f"frames of {self.width} by {self.height} pixels", hint=f"at most {MAX_PIXELS}")


def _on_white(image: Any) -> Any:
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, (255, 255, 255, 255)), clear).convert("RGB")
    return image.convert("RGB")


def _opencv() -> Any:
    """OpenCV, quiet, and with only the formats of this room switched on."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = _OPTIONS
    import cv2

    return cv2


__all__ = ["MAX_PIXELS", "Film", "Frame"]
