"""A document opened once and looked at by every detector: its pages as pictures, and what is written on them with places.

Opening is bounded in bytes, pages, pixels and time, and cached by content, so that the detectors of one assessment share
the work. Coordinates everywhere in the room are pixels of the page's picture, origin top left.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np

from assay.core.errors import UnreadableInput
from assay.core.progress import doing
from assay.formats.ocr import Char
from assay.kinds.documents.media import PDF, media_of

Box = tuple[float, float, float, float]  # x0, y0, x1, y1

DPI = 150.0
MAX_SIDE = 4096  # pixels of a page's longer side
MAX_PAGES = 50
SECONDS = 30.0  # for opening, drawing and reading the layers of all of one document's pages
RECOGNISING_SECONDS = 60.0  # for recognising the text of all its pages
_KEPT_BYTES = 160 << 20  # of files and their pictures, in the cache
_KEPT_DOCUMENTS = 8


@dataclass(frozen=True)
class Word:
    """A run of text: what it says, where, how sure the reading is (1.0 for a text layer); recognised, its characters with
    their runners-up."""

    text: str
    box: Box
    confidence: float = 1.0
    chars: tuple[Char, ...] = ()


@dataclass(frozen=True)
class Line:
    """Words on one height, left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Page:
    """One page: `pixels` uint8[height, width, 3] RGB, rendered at 150 dots an inch or as photographed (long side bounded);
    `lines` from the text layer where there is one (`layer`), else by recognition. Both are made when first asked for.

    A page that cannot be drawn is one white pixel, one that cannot be read has no lines; `Opened.cut` says so.
    """

    def __init__(self, opened: Opened, number: int) -> None:
        self._opened, self.number = opened, number

    @property
    def layer(self) -> bool:
        """Do the lines come from text in the file that is painted on the page (no scan with hidden text under it)?"""
        return self._layer is not None

    @property
    def pixels(self) -> np.ndarray:
        return self._opened._pixels(self.number)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return (self._layer or self._recognised)[0]

    @property
    def straight(self) -> tuple[Line, ...]:
        """The same lines and words as `lines`, placed as on a flat sheet: for telling rows and columns in photographs."""
        return (self._layer or self._recognised)[1]

    @cached_property
    def _layer(self) -> tuple[tuple[Line, ...], tuple[Line, ...]] | None:
        return self._opened._layer(self.number)

    @cached_property
    def _recognised(self) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        return self._opened._recognised(self.number)


class Opened:
    """`problem` is the reason code why nothing can be said of it (`documents.unreadable` …), "" where it opened."""

    def __init__(self, content: bytes) -> None:
        self.content, self.media = content, media_of(content)
        self.cut = False  # some of it was left out: too many pages, too slow, or a page is broken
        self._spent = self._recognising = 0.0
        self._drawn: OrderedDict[int, np.ndarray] = OrderedDict()
        self._guard = Lock()

    @property
    def problem(self) -> str:
        return self._sizes[0]

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """At most 50 pages; empty where there is a problem."""
        return tuple(Page(self, number + 1) for number in range(len(self._sizes[1])))

    @property
    def scale(self) -> float:
        """Pixels per point (1/72 inch) of a PDF's pages; huge pages have less, see `page_scale`."""
        return DPI / 72.0

    def page_scale(self, number: int) -> float:
        """Pixels per point of page `number` (from 1) of a PDF."""
        width, height = self._sizes[1][number - 1]
        return min(DPI / 72.0, MAX_SIDE / max(width, height, 1.0))

    @cached_property
    def _sizes(self) -> tuple[str, list[tuple[float, float]]]:
        """The problem, or the sizes of the pages: points in a PDF, pixels (unknown yet, 0) in a picture."""
        from assay.formats import pdfium, picture
        from assay.formats.pdf_weight import too_heavy

        try:
            if self.media == PDF:
                if too_heavy(self.content):
                    return "documents.too-large", []
                count, sizes = pdfium.page_sizes(self.content, most=MAX_PAGES)
                self.cut = count > MAX_PAGES
                return "", sizes
            if self.media:
                first = picture.decode(self.content, max_side=MAX_SIDE)
                self._keep(1, first.pixels)
                return "", [(0.0, 0.0)] * (first.frames if self.media == "image/tiff" else 1)
        except UnreadableInput as error:
            return f"documents.{error.code}" if error.code in ("encrypted", "too-large") else "documents.unreadable", []
        return "documents.unreadable", []

    def _pixels(self, number: int) -> np.ndarray:
        with self._guard:
            kept = self._drawn.get(number)
            if kept is not None:
                self._drawn.move_to_end(number)
                return kept
        began = time.monotonic()
        try:
            drawn = self._draw(number)
        except UnreadableInput:
            self.cut = True
            drawn = np.full((1, 1, 3), 255, np.uint8)
        self._spent += time.monotonic() - began
        self._keep(number, drawn)
        return drawn

    def _draw(self, number: int) -> np.ndarray:
        from assay.formats import pdfium, picture

        if self._spent > SECONDS:
            raise UnreadableInput("the document takes too long to draw")
        if self.media != PDF:
            return picture.decode(self.content, frame=number - 1, max_side=MAX_SIDE).pixels
        width, height = self._sizes[1][number - 1]
        scale = self.page_scale(number)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return pdfium.draw(self.content, number - 1, size, seconds=SECONDS - self._spent)

    def _keep(self, number: int, pixels: np.ndarray) -> None:
        """The last pages drawn stay; earlier ones are drawn again when asked for."""
        pixels.flags.writeable = False
        with self._guard:
            self._drawn[number] = pixels
            while len(self._drawn) > 1 and sum(p.nbytes for p in self._drawn.values()) > _KEPT_BYTES // 4:
                self._drawn.popitem(last=False)

    def _layer(self, number: int) -> tuple[tuple[Line, ...], tuple[Line, ...]] | None:
        """Lines of the text layer, in pixels and straight; None where there is none worth the name."""
        if self.media != PDF:
            return None
        from assay.formats import pdfium
        from assay.kinds.documents.reading.layer import lines_of

        began = time.monotonic()
        try:
            if self._spent > SECONDS:
                raise UnreadableInput("the document takes too long to read")
            return lines_of(pdfium.glyphs(self.content, number - 1, self.page_scale(number)))
        except UnreadableInput:
            self.cut = True
            return None
        finally:
            self._spent += time.monotonic() - began

    def _recognised(self, number: int) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """Lines by recognition, on the picture and straightened."""
        from assay.kinds.documents.reading.recognise import recognise

        pixels = self._pixels(number)
        if self._recognising > RECOGNISING_SECONDS:
            self.cut = True
            return (), ()
        if min(pixels.shape[:2]) <= 1:
            return (), ()
        doing(f"documents.recognition, page {number}")
        began = time.monotonic()
        try:
            return recognise(pixels, seconds=RECOGNISING_SECONDS - self._recognising)
        finally:
            self._recognising += time.monotonic() - began

    @property
    def kept_bytes(self) -> int:
        """Memory that keeping this costs."""
        with self._guard:
            return len(self.content) + sum(p.nbytes for p in self._drawn.values())


_CACHE: OrderedDict[bytes, Opened] = OrderedDict()
_CACHE_LOCK = Lock()


def open_document(content: bytes) -> Opened:
    """The document of these bytes. Never raises: what is wrong is in `problem`. The last few stay open."""
    with _CACHE_LOCK:
        for key in reversed(_CACHE):  # the detectors of one assessment hand over the very same bytes
            if _CACHE[key].content is content:
                _CACHE.move_to_end(key)
                return _CACHE[key]
    digest = hashlib.sha256(content).digest()
    with _CACHE_LOCK:
        opened = _CACHE.get(digest)
        if opened is None:
            opened = _CACHE[digest] = Opened(content)
        _CACHE.move_to_end(digest)
        while len(_CACHE) > 1 and (
            len(_CACHE) > _KEPT_DOCUMENTS or sum(one.kept_bytes for one in _CACHE.values()) > _KEPT_BYTES
        ):
            _CACHE.popitem(last=False)
    return opened
