"""What a PDF page paints, in the order it paints it: runs of text with their glyphs, filled shapes, images.

Unlike a picture of the page this keeps what lies under something else. One run is what one text-showing operator paints.
Annotations are not the page's own marks and are left out. Coordinates are pixels of the page drawn at `scale`, origin top
left. Counts are bounded; what lies beyond them is left out and `Marks.cut` says so.
"""

from __future__ import annotations

import ctypes
import itertools
import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats import pdfium as _engine

MAX_MARKS = 8_000
MAX_GLYPHS = 30_000
MAX_TOGETHER = 10_000  # marks of all pages read together: dozens of pages of statements
MAX_FORMS = 4  # depth of form XObjects
_INVISIBLE = (3, 7)

Box = tuple[float, float, float, float]
Corners = tuple[float, float, float, float]  # left, top, right, bottom in the page's own coordinates (y upwards)
Matrix = tuple[float, float, float, float, float, float]  # a b c d e f of ISO 32000-2, 8.3.3
_NO_BOXES = np.zeros((0, 4), np.float32)
_PLAIN: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class Mark:
    """One painted thing. `colour` is RGBA 0..255 of its fill. A run of text has `text`, one box a glyph in `boxes`
    (float32[n, 4]), `font` (its name as the file gives it), `face` (a number, the same for the same font object),
    whether its program is `embedded`, `size` in pixels, `baseline` (its height on the page); a shape says whether it is a plain `rectangle`. `filled`: it hides what
    lies under its box."""

    kind: Literal["text", "shape", "image", "other"]
    box: Box
    colour: tuple[int, int, int, int] = (0, 0, 0, 255)
    text: str = ""
    boxes: np.ndarray = field(default_factory=lambda: _NO_BOXES)
    font: str = ""
    face: int = 0
    embedded: bool = True
    size: float = 0.0
    baseline: float = 0.0
    hidden: bool = False  # a render mode that paints nothing
    filled: bool = False
    rectangle: bool = False
    pixels: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Marks:
    """`width` and `height` of the page in pixels, its marks in painting order, and `to_pixels` float64[2, 3] from the page's
    own coordinates to pixels."""

    width: float
    height: float
    marks: list[Mark]
    to_pixels: np.ndarray
    cut: bool = False

    def box(self, rectangle: tuple[float, float, float, float]) -> Box:
        """A rectangle in the page's own coordinates (x0, y0, x1, y1) in pixels."""
        x0, y0, x1, y1 = rectangle
        found = _engine._boxes(np.array([[x0, y1, x1, y0]], np.float64), self.to_pixels)[0].tolist()
        return (found[0], found[1], found[2], found[3])


def marks(content: bytes, number: int, scale: float = 150 / 72) -> Marks:
    """The marks of page `number` (from 0). Raises `UnreadableInput` for a page that does not load."""
    api = _engine._pdfium()
    with _engine._LOCK, _engine._document(content) as document:
        return _Page(api, document, number, scale).read()


def marks_of(content: bytes, numbers: list[int], scale: float = 150 / 72) -> list[Marks | None]:
    """The same for several pages, opening the file once; None for a page that does not load, and for those that come when
    `MAX_TOGETHER` marks have been read."""
    api = _engine._pdfium()
    out: list[Marks | None] = []
    left = MAX_TOGETHER
    with _engine._LOCK, _engine._document(content) as document:
        for number in numbers:
            page = None
            if left > 0:
                try:
                    page = _Page(api, document, number, scale).read()
                    left -= len(page.marks)
                except UnreadableInput:
                    pass
            out.append(page)
    return out


class _Page:
    """One page being read. Boxes are gathered in the page's own coordinates and turned into pixels together at the end."""

    def __init__(self, api: Any, document: Any, number: int, scale: float) -> None:
        self.api, self.document, self.number, self.scale = api, document, number, scale
        self.found: list[Mark] = []
        self.corners: list[Corners] = []  # of each mark
        self.origins: list[tuple[float, float]] = []
        self.text: dict[int, int] = {}  # address of a text object -> its mark
        self.faces: dict[int, tuple[int, str, bool]] = {}
        self.cut = False
        self.edges = [ctypes.c_float() for _ in range(4)]
        self.numbers = [ctypes.c_uint() for _ in range(4)]
        self.point = (ctypes.c_float(), ctypes.c_float())

    def read(self) -> Marks:
        api = self.api
        page = api.FPDF_LoadPage(self.document, self.number)
        if not page:
            raise UnreadableInput(f"page {self.number + 1} cannot be loaded")
        try:
            to_pixels = _engine._to_pixels(api, page, self.scale)
            for i in range(min(int(api.FPDFPage_CountObjects(page)), MAX_MARKS)):
                self.object(api.FPDFPage_GetObject(page, i), _PLAIN, 0)
            self.glyphs(page, to_pixels)
            if self.found:
                boxes = _engine._boxes(np.array(self.corners, np.float64), to_pixels).tolist()
                heights = (np.array(self.origins) @ to_pixels[1, :2] + to_pixels[1, 2]).tolist()
                for mark, box, height in zip(self.found, boxes, heights, strict=True):
                    mark.box, mark.baseline = (box[0], box[1], box[2], box[3]), height
            width = float(api.FPDF_GetPageWidthF(page)) * self.scale
            height = float(api.FPDF_GetPageHeightF(page)) * self.scale
            return Marks(width, height, self.found, to_pixels, self.cut)
        finally:
            api.FPDF_ClosePage(page)

    def object(self, thing: Any, outer: Matrix, depth: int) -> None:
        api = self.api
        if not thing or len(self.found) >= MAX_MARKS:
            self.cut = True
            return
        kind = api.FPDFPageObj_GetType(thing)
        if kind == api.FPDF_PAGEOBJ_FORM:
            if depth < MAX_FORMS:
                inner = _product(outer, self.matrix(thing))
                for i in range(min(max(0, int(api.FPDFFormObj_CountObjects(thing))), MAX_MARKS)):
                    self.object(api.FPDFFormObj_GetObject(thing, i), inner, depth + 1)
            return
        left, bottom, right, top = self.edges
        if not api.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            return
        corners = _turned((left.value, top.value, right.value, bottom.value), outer)
        origin = (0.0, 0.0)
        mark = Mark("other", (0.0, 0.0, 0.0, 0.0), self.colour(thing))
        if kind == api.FPDF_PAGEOBJ_TEXT:
            mark.kind = "text"
            origin = self.type(thing, mark, outer)
            self.text[ctypes.addressof(thing.contents)] = len(self.found)
        elif kind == api.FPDF_PAGEOBJ_PATH:
            mark.kind = "shape"
            self.shape(thing, mark)
        elif kind == api.FPDF_PAGEOBJ_IMAGE:
            mark.kind, mark.filled = "image", True
            width, height = self.numbers[0], self.numbers[1]
            if api.FPDFImageObj_GetImagePixelSize(thing, width, height):
                mark.pixels = (width.value, height.value)
        if mark.filled and api.FPDFPageObj_HasTransparency(thing):
            mark.filled = False  # what lies under it shows through
        if mark.filled and (mark.rectangle or mark.kind == "image"):
            corners = self.clipped(thing, corners, outer)
        self.found.append(mark)
        self.corners.append(corners)
        self.origins.append(origin)

    def matrix(self, thing: Any) -> Matrix:
        found = self.api.FS_MATRIX()
        if not self.api.FPDFPageObj_GetMatrix(thing, found):
            return _PLAIN
        return (found.a, found.b, found.c, found.d, found.e, found.f)

    def colour(self, thing: Any) -> tuple[int, int, int, int]:
        r, g, b, a = self.numbers
        if not self.api.FPDFPageObj_GetFillColor(thing, r, g, b, a):
            return (0, 0, 0, 255)
        return (r.value, g.value, b.value, a.value)

    def type(self, thing: Any, mark: Mark, outer: Matrix) -> tuple[float, float]:
        """Font, size and render mode; where the run begins."""
        api = self.api
        size = self.edges[0]
        matrix = _product(outer, self.matrix(thing))
        if api.FPDFTextObj_GetFontSize(thing, size):
            mark.size = abs(size.value) * math.hypot(matrix[2], matrix[3]) * self.scale
        mark.hidden = int(api.FPDFTextObj_GetTextRenderMode(thing)) in _INVISIBLE
        font = api.FPDFTextObj_GetFont(thing)
        if font:
            address = ctypes.addressof(font.contents)
            if address not in self.faces:
                buffer = ctypes.create_string_buffer(128)
                api.FPDFFont_GetBaseFontName(font, buffer, 128)
                inside = int(api.FPDFFont_GetIsEmbedded(font)) == 1
                self.faces[address] = (len(self.faces), buffer.value.decode("utf-8", "replace"), inside)
            mark.face, mark.font, mark.embedded = self.faces[address]
        return matrix[4], matrix[5]

    def shape(self, thing: Any, mark: Mark) -> None:
        api = self.api
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        if api.FPDFPath_GetDrawMode(thing, mode, stroke):
            mark.filled = mode.value != 0
        count = int(api.FPDFPath_CountSegments(thing))
        if not mark.filled or not 4 <= count <= 6:
            return
        x, y = self.point
        points = []
        for i in range(count):
            segment = api.FPDFPath_GetPathSegment(thing, i)
            if api.FPDFPathSegment_GetType(segment) == api.FPDF_SEGMENT_BEZIERTO:
                return
            if api.FPDFPathSegment_GetPoint(segment, x, y):
                points.append((round(x.value, 3), round(y.value, 3)))
        mark.rectangle = len({p[0] for p in points}) == 2 and len({p[1] for p in points}) == 2

    def clipped(self, thing: Any, corners: Corners, outer: Matrix) -> Corners:
        """The part of a box that the clipping paths leave (each taken as the rectangle round it)."""
        api = self.api
        clip = api.FPDFPageObj_GetClipPath(thing)
        x, y = self.point
        for path in range(min(int(api.FPDFClipPath_CountPaths(clip)), 16) if clip else 0):
            points = []
            for i in range(min(int(api.FPDFClipPath_CountPathSegments(clip, path)), 400)):
                if api.FPDFPathSegment_GetPoint(api.FPDFClipPath_GetPathSegment(clip, path, i), x, y):
                    points.append((x.value, y.value))
            if points:
                across, up = [p[0] for p in points], [p[1] for p in points]
                left, high, right, low = _turned((min(across), max(up), max(across), min(up)), outer)
                corners = (
                    max(corners[0], left), min(corners[1], high), min(corners[2], right), max(corners[3], low),
                )  # fmt: skip
        return corners

    def glyphs(self, page: Any, to_pixels: np.ndarray) -> None:
        """The characters of each run, and the box they fill."""
        api = self.api
        text_page = api.FPDFText_LoadPage(page)
        if not text_page:
            return
        letters: list[str] = []
        owners: list[int] = []
        corners: list[Corners] = []
        try:
            count = max(0, int(api.FPDFText_CountChars(text_page)))
            self.cut |= count > MAX_GLYPHS
            rect = api.FS_RECTF()
            at = ctypes.byref(rect)
            owner_of, unicode_of, box_of = (
                api.FPDFText_GetTextObject,
                api.FPDFText_GetUnicode,
                api.FPDFText_GetLooseCharBox,
            )
            for i in range(min(count, MAX_GLYPHS)):
                owner = owner_of(text_page, i)
                mark = self.text.get(ctypes.addressof(owner.contents)) if owner else None
                if mark is None or not box_of(text_page, i, at):
                    continue
                code = unicode_of(text_page, i)
                letters.append(chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000 else "\ufffd")
                owners.append(mark)
                corners.append((rect.left, rect.top, rect.right, rect.bottom))
        finally:
            api.FPDFText_ClosePage(text_page)
        if not letters:
            return
        boxes = _engine._boxes(np.array(corners, np.float64), to_pixels)
        order = np.argsort(owners, kind="stable")
        marked = np.array(owners)[order]
        cuts = [0, *(np.flatnonzero(np.diff(marked)) + 1).tolist(), len(owners)]
        for start, end in itertools.pairwise(cuts):
            part = order[start:end].tolist()
            run = self.found[owners[part[0]]]
            run.text = "".join([letters[i] for i in part])
            run.boxes = boxes[part]
            inked = [corners[i] for i in part if not letters[i].isspace()]
            if inked:
                left, top, right, bottom = zip(*inked, strict=True)
                self.corners[owners[part[0]]] = (min(left), max(top), max(right), min(bottom))


def _product(a: Matrix, b: Matrix) -> Matrix:
    """The matrix that does `b` first and `a` after it."""
    if a is _PLAIN:
        return b
    return (
        a[0] * b[0] + a[2] * b[1], a[1] * b[0] + a[3] * b[1], a[0] * b[2] + a[2] * b[3], a[1] * b[2] + a[3] * b[3],
        a[0] * b[4] + a[2] * b[5] + a[4], a[1] * b[4] + a[3] * b[5] + a[5],
    )  # fmt: skip


def _turned(corners: Corners, by: Matrix) -> Corners:
    """The upright box round a box that a matrix moves."""
    if by is _PLAIN:
        return corners
    left, top, right, bottom = corners
    a, b, c, d, e, f = by
    x = [a * u + c * v + e for u in (left, right) for v in (top, bottom)]
    y = [b * u + d * v + f for u in (left, right) for v in (top, bottom)]
    return (min(x), max(y), max(x), min(y))


@dataclass(frozen=True, slots=True)
class Printed:
    """A word as painted: its text, box, baseline and size in pixels, and the marks (positions in `Marks.marks`) it came
    from."""

    text: str
    box: Box
    baseline: float
    size: float
    marks: tuple[int, ...]


def words(page: Marks) -> list[Printed]:
    """The words a page paints, in painting order; hidden text is left out. Glyphs join across runs on one baseline."""
    out: list[Printed] = []
    text: list[str] = []
    boxes: list[list[float]] = []
    owners: list[int] = []
    run: Mark | None = None

    def close() -> None:
        if text and run is not None:
            x0, y0, x1, y1 = zip(*boxes, strict=True)
            box = (min(x0), min(y0), max(x1), max(y1))
            out.append(Printed("".join(text), box, run.baseline, run.size, tuple(dict.fromkeys(owners))))
        text.clear()
        boxes.clear()
        owners.clear()

    for index, mark in enumerate(page.marks):
        if mark.kind != "text" or mark.hidden or not mark.text:
            continue
        if run is not None and abs(mark.baseline - run.baseline) > 0.2 * max(mark.size, run.size, 1.0):
            close()
        run = mark
        for letter, box in zip(mark.text, mark.boxes.tolist(), strict=True):
            if letter.isspace():
                close()
                continue
            if boxes and not -0.5 * mark.size < box[0] - boxes[-1][2] < 0.25 * mark.size:
                close()
            text.append(letter)
            boxes.append(box)
            owners.append(index)
    close()
    return out
