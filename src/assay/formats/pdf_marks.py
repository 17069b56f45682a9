"""What a PDF page paints, in the order it paints it: runs of text with their glyphs, filled shapes, images.

Unlike a picture of the page this keeps what lies under something else. One run is what one text-showing operator paints.
Annotations are not the page's own marks and are left out. Coordinates are pixels of the page drawn at `scale`, origin top
left. Counts are bounded; what lies beyond them is left out and `Marks.cut` says so.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats import pdfium as _engine

MAX_MARKS = 8_000
MAX_GLYPHS = 30_000
MAX_FORMS = 4  # depth of form XObjects
_INVISIBLE = (3, 7)

Box = tuple[float, float, float, float]


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
    boxes: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
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
    """The same for several pages, opening the file once; None for a page that does not load."""
    api = _engine._pdfium()
    out: list[Marks | None] = []
    with _engine._LOCK, _engine._document(content) as document:
        for number in numbers:
            try:
                out.append(_Page(api, document, number, scale).read())
            except UnreadableInput:
                out.append(None)
    return out


class _Page:
    def __init__(self, api: Any, document: Any, number: int, scale: float) -> None:
        self.api, self.document, self.number, self.scale = api, document, number, scale
        self.found: list[Mark] = []
        self.corners: list[np.ndarray] = []  # in the page's own coordinates: left, top, right, bottom
        self.text: dict[int, int] = {}  # address of a text object -> its mark
        self.faces: dict[int, tuple[int, str, bool]] = {}
        self.cut = False
        self.edges = [ctypes.c_float() for _ in range(4)]
        self.numbers = [ctypes.c_uint() for _ in range(4)]

    def read(self) -> Marks:
        api = self.api
        page = api.FPDF_LoadPage(self.document, self.number)
        if not page:
            raise UnreadableInput(f"page {self.number + 1} cannot be loaded")
        try:
            self.to_pixels = _engine._to_pixels(api, page, self.scale)
            for i in range(min(int(api.FPDFPage_CountObjects(page)), MAX_MARKS)):
                self.object(api.FPDFPage_GetObject(page, i), np.eye(3), 0)
            self.glyphs(page)
            width = float(api.FPDF_GetPageWidthF(page)) * self.scale
            height = float(api.FPDF_GetPageHeightF(page)) * self.scale
            return Marks(width, height, self.found, self.to_pixels, self.cut)
        finally:
            api.FPDF_ClosePage(page)

    def object(self, thing: Any, outer: np.ndarray, depth: int) -> None:
        api = self.api
        if not thing or len(self.found) >= MAX_MARKS:
            self.cut = True
            return
        kind = api.FPDFPageObj_GetType(thing)
        if kind == api.FPDF_PAGEOBJ_FORM:
            if depth < MAX_FORMS:
                inner = outer @ self.matrix(thing)
                for i in range(min(max(0, int(api.FPDFFormObj_CountObjects(thing))), MAX_MARKS)):
                    self.object(api.FPDFFormObj_GetObject(thing, i), inner, depth + 1)
            return
        left, bottom, right, top = self.edges
        if not api.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            return
        box = self.pixels(np.array([[left.value, top.value, right.value, bottom.value]]), outer)[0].tolist()
        mark = Mark("other", (box[0], box[1], box[2], box[3]), self.colour(thing))
        if kind == api.FPDF_PAGEOBJ_TEXT:
            mark.kind = "text"
            self.type(thing, mark, outer)
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
        if mark.filled:
            mark.box = self.clipped(thing, mark.box, outer)
        self.found.append(mark)

    def matrix(self, thing: Any) -> np.ndarray:
        found = self.api.FS_MATRIX()
        if not self.api.FPDFPageObj_GetMatrix(thing, found):
            return np.eye(3)
        return np.array([[found.a, found.c, found.e], [found.b, found.d, found.f], [0.0, 0.0, 1.0]])

    def colour(self, thing: Any) -> tuple[int, int, int, int]:
        r, g, b, a = self.numbers
        if not self.api.FPDFPageObj_GetFillColor(thing, r, g, b, a):
            return (0, 0, 0, 255)
        return (r.value, g.value, b.value, a.value)

    def type(self, thing: Any, mark: Mark, outer: np.ndarray) -> None:
        api = self.api
        size = self.edges[0]
        matrix = outer @ self.matrix(thing)
        if api.FPDFTextObj_GetFontSize(thing, size):
            mark.size = float(abs(size.value) * np.hypot(matrix[0, 1], matrix[1, 1]) * self.scale)
        origin = self.to_pixels @ np.array([matrix[0, 2], matrix[1, 2], 1.0])
        mark.baseline = float(origin[1])
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

    def shape(self, thing: Any, mark: Mark) -> None:
        api = self.api
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        if api.FPDFPath_GetDrawMode(thing, mode, stroke):
            mark.filled = mode.value != 0
        count = int(api.FPDFPath_CountSegments(thing))
        if not mark.filled or not 4 <= count <= 6:
            return
        x, y = ctypes.c_float(), ctypes.c_float()
        points = []
        for i in range(count):
            segment = api.FPDFPath_GetPathSegment(thing, i)
            if api.FPDFPathSegment_GetType(segment) == api.FPDF_SEGMENT_BEZIERTO:
                return
            if api.FPDFPathSegment_GetPoint(segment, x, y):
                points.append((round(x.value, 3), round(y.value, 3)))
        mark.rectangle = len({p[0] for p in points}) == 2 and len({p[1] for p in points}) == 2

    def clipped(self, thing: Any, box: Box, outer: np.ndarray) -> Box:
        """The part of a box that the clipping paths leave (each taken as the rectangle round it)."""
        api = self.api
        clip = api.FPDFPageObj_GetClipPath(thing)
        x, y = ctypes.c_float(), ctypes.c_float()
        for path in range(min(int(api.FPDFClipPath_CountPaths(clip)), 16) if clip else 0):
            points = []
            for i in range(min(int(api.FPDFClipPath_CountPathSegments(clip, path)), 400)):
                if api.FPDFPathSegment_GetPoint(api.FPDFClipPath_GetPathSegment(clip, path, i), x, y):
                    points.append((x.value, y.value))
            if points:
                edges = np.array(points)
                (left, low), (right, high) = edges.min(0), edges.max(0)
                x0, y0, x1, y1 = self.pixels(np.array([[left, high, right, low]]), outer)[0].tolist()
                box = (max(box[0], x0), max(box[1], y0), min(box[2], x1), min(box[3], y1))
        return box

    def glyphs(self, page: Any) -> None:
        """The characters of each run, and the box they fill."""
        api = self.api
        text_page = api.FPDFText_LoadPage(page)
        if not text_page:
            return
        try:
            count = max(0, int(api.FPDFText_CountChars(text_page)))
            self.cut |= count > MAX_GLYPHS
            rect = api.FS_RECTF()
            at = ctypes.byref(rect)
            letters: dict[int, list[str]] = {}
            corners: dict[int, list[tuple[float, float, float, float]]] = {}
            for i in range(min(count, MAX_GLYPHS)):
                owner = api.FPDFText_GetTextObject(text_page, i)
                if not owner:
                    continue
                mark = self.text.get(ctypes.addressof(owner.contents))
                code = api.FPDFText_GetUnicode(text_page, i)
                if mark is None or not api.FPDFText_GetLooseCharBox(text_page, i, at):
                    continue
                good = 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000
                letters.setdefault(mark, []).append(chr(code) if good else "\ufffd")
                corners.setdefault(mark, []).append((rect.left, rect.top, rect.right, rect.bottom))
        finally:
            api.FPDFText_ClosePage(text_page)
        for mark, found in letters.items():
            run = self.found[mark]
            run.text = "".join(found)
            run.boxes = _engine._boxes(np.array(corners[mark], np.float64), self.to_pixels)
            inked = run.boxes[[not c.isspace() for c in found]]
            if len(inked):
                x0, y0, x1, y1 = inked[:, 0].min(), inked[:, 1].min(), inked[:, 2].max(), inked[:, 3].max()
                run.box = (float(x0), float(y0), float(x1), float(y1))

    def pixels(self, corners: np.ndarray, outer: np.ndarray) -> np.ndarray:
        """left, top, right, bottom within `outer` as x0, y0, x1, y1 in pixels of the page."""
        both = self.to_pixels @ outer
        return _engine._boxes(corners, both)


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
    boxes: list[np.ndarray] = []
    owners: list[int] = []
    run: Mark | None = None

    def close() -> None:
        if text and run is not None:
            edges = np.array(boxes)
            x0, y0, x1, y1 = edges[:, 0].min(), edges[:, 1].min(), edges[:, 2].max(), edges[:, 3].max()
            box = (float(x0), float(y0), float(x1), float(y1))
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
        for letter, box in zip(mark.text, mark.boxes, strict=True):
            if letter.isspace():
                close()
                continue
            if boxes:
                gap = float(box[0] - boxes[-1][2])
                if not -0.5 * mark.size < gap < 0.25 * mark.size:
                    close()
            text.append(letter)
            boxes.append(box)
            owners.append(index)
    close()
    return out
