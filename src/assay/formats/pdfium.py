"""Pages of a PDF through pdfium: sizes, pictures and glyphs with their places.

pdfium is not thread-safe and keeps state, so that every call here opens the file, does one thing and closes it again
under one lock. Drawing is cut off at a deadline. Form fields and annotations are laid into the page first, since a reader
sees them. Coordinates are pixels of the page drawn at `scale` (pixels per point), origin top left, turned as shown.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput

MAX_GLYPHS = 60_000  # a page: a full page of small print has under 10 000
_LOCK = Lock()
_INVISIBLE = (3, 7)  # text render modes that paint nothing
_NEEDS_KEY = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_ORIGIN = 1 << 20  # grid on which corners of the page are located


class Encrypted(UnreadableInput):
    """A PDF that does not open without its password or key."""

    code = "encrypted"


class TooSlow(UnreadableInput):
    """A page that was not drawn by its deadline."""

    code = "too-large"


@dataclass(frozen=True)
class Glyphs:
    """The characters of a page in content order: `text` one character each ("\\ufffd" where the font does not say),
    `boxes` float32[n, 4] x0 y0 x1 y1, `shown` bool[n]: painted at all. `pictured` is the share of the page under images."""

    text: list[str]
    boxes: np.ndarray
    shown: np.ndarray
    pictured: float


def page_sizes(content: bytes, *, most: int) -> tuple[int, list[tuple[float, float]]]:
    """How many pages there are, and width and height in points of the first `most`.

    Raises `Encrypted` where a password is needed, `UnreadableInput` where pdfium finds no page.
    """
    pdfium = _pdfium()
    with _LOCK, _document(content) as document:
        count = int(pdfium.FPDF_GetPageCount(document))
        size = pdfium.FS_SIZEF()
        sizes = []
        for number in range(min(count, most)):
            found = pdfium.FPDF_GetPageSizeByIndexF(document, number, ctypes.byref(size))
            sizes.append((float(size.width), float(size.height)) if found else (0.0, 0.0))
    if not sizes:
        raise UnreadableInput("the PDF has no page that can be found")
    return count, sizes


def draw(content: bytes, number: int, size: tuple[int, int], *, seconds: float) -> np.ndarray:
    """Page `number` (from 0) as uint8[height, width, 3] RGB on white, `size` being width and height in pixels.

    Raises `UnreadableInput` for a page that does not load, `TooSlow` when drawing takes longer than `seconds`.
    """
    pdfium = _pdfium()
    width, height = size
    with _LOCK, _document(content) as document, _page(document, number) as page:
        bitmap = pdfium.FPDFBitmap_Create(width, height, 0)
        if not bitmap:
            raise UnreadableInput(f"page {number + 1} cannot be drawn")
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
            _draw_by(time.monotonic() + seconds, bitmap, page, size, number)
            stride = pdfium.FPDFBitmap_GetStride(bitmap)
            start = ctypes.cast(pdfium.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_uint8 * (stride * height)))
            rows = np.frombuffer(start.contents, np.uint8).reshape(height, stride)[:, : width * 4]
            return np.ascontiguousarray(rows.reshape(height, width, 4)[:, :, 2::-1])
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)


def glyphs(content: bytes, number: int, scale: float) -> Glyphs:
    """The characters of page `number` (from 0). Raises `UnreadableInput` for a page that does not load."""
    pdfium = _pdfium()
    with _LOCK, _document(content) as document, _page(document, number) as page:
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            raise UnreadableInput(f"the text of page {number + 1} cannot be read")
        try:
            return _glyphs(pdfium, page, text_page, scale)
        finally:
            pdfium.FPDFText_ClosePage(text_page)


def _glyphs(pdfium: Any, page: Any, text_page: Any, scale: float) -> Glyphs:
    count = min(max(0, int(pdfium.FPDFText_CountChars(text_page))), MAX_GLYPHS)
    text: list[str] = []
    corners = np.zeros((count, 4))
    shown = np.ones(count, bool)
    box = pdfium.FS_RECTF()
    at = ctypes.byref(box)
    modes: dict[int, int] = {}
    for i in range(count):
        code = pdfium.FPDFText_GetUnicode(text_page, i)
        text.append(chr(code) if 0 < code < 0xD800 or 0xE000 <= code < 0x110000 else "\ufffd")
        if pdfium.FPDFText_GetLooseCharBox(text_page, i, at):
            corners[i] = (box.left, box.top, box.right, box.bottom)
        painted = pdfium.FPDFText_GetTextObject(text_page, i)
        if painted:
            where = ctypes.addressof(painted.contents)
            mode = modes.get(where)
            if mode is None:
                mode = modes[where] = int(pdfium.FPDFTextObj_GetTextRenderMode(painted))
            shown[i] = mode not in _INVISIBLE
    to_pixels = _to_pixels(pdfium, page, scale)
    return Glyphs(text, _boxes(corners, to_pixels), shown, _pictured(pdfium, page, to_pixels, scale))


def _to_pixels(pdfium: Any, page: Any, scale: float) -> np.ndarray:
    """float64[2, 3]: from the page's own coordinates to pixels as shown (crop box and rotation are in it)."""
    width, height = pdfium.FPDF_GetPageWidthF(page) * scale, pdfium.FPDF_GetPageHeightF(page) * scale
    x, y = ctypes.c_double(), ctypes.c_double()

    def own(at: tuple[int, int]) -> tuple[float, float]:
        pdfium.FPDF_DeviceToPage(page, 0, 0, _ORIGIN, _ORIGIN, 0, *at, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value

    corners = np.array([[*own(at), 1.0] for at in ((0, 0), (_ORIGIN, 0), (0, _ORIGIN))])
    pixels = np.array([[0.0, 0.0], [width, 0.0], [0.0, height]])
    try:
        return np.ascontiguousarray(np.linalg.solve(corners, pixels).T)
    except np.linalg.LinAlgError:
        raise UnreadableInput("a page has no area") from None


def _boxes(corners: np.ndarray, to_pixels: np.ndarray) -> np.ndarray:
    """left, top, right, bottom in the page's own coordinates as x0, y0, x1, y1 in pixels."""
    x = corners[:, [0, 2]] @ np.diag([to_pixels[0, 0]] * 2) + corners[:, [1, 3]] * to_pixels[0, 1] + to_pixels[0, 2]
    y = corners[:, [0, 2]] * to_pixels[1, 0] + corners[:, [1, 3]] * to_pixels[1, 1] + to_pixels[1, 2]
    return np.stack([x.min(1), y.min(1), x.max(1), y.max(1)], 1).astype(np.float32)


def _pictured(pdfium: Any, page: Any, to_pixels: np.ndarray, scale: float) -> float:
    """The largest share of the page that one image covers."""
    area = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page) * scale * scale
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    most = 0.0
    for i in range(min(int(pdfium.FPDFPage_CountObjects(page)), 2000)):
        thing = pdfium.FPDFPage_GetObject(page, i)
        if pdfium.FPDFPageObj_GetType(thing) != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        if pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            corners = np.array([[left.value, top.value, right.value, bottom.value]])
            x0, y0, x1, y1 = _boxes(corners, to_pixels)[0].tolist()
            most = max(most, (x1 - x0) * (y1 - y0) / max(area, 1.0))
    return min(most, 1.0)


def _draw_by(deadline: float, bitmap: Any, page: Any, size: tuple[int, int], number: int) -> None:
    pdfium = _pdfium()
    pause = pdfium.IFSDK_PAUSE(version=1)
    late = type(pause.NeedToPauseNow)(lambda _: int(time.monotonic() > deadline))
    pause.NeedToPauseNow = late
    status = pdfium.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, *size, 0, pdfium.FPDF_ANNOT, ctypes.byref(pause))
    pdfium.FPDF_RenderPage_Close(page)
    if status == pdfium.FPDF_RENDER_TOBECONTINUED:
        raise TooSlow(f"page {number + 1} takes too long to draw")
    if status != pdfium.FPDF_RENDER_DONE:
        raise UnreadableInput(f"page {number + 1} cannot be drawn")


@contextmanager
def _document(content: bytes) -> Iterator[Any]:
    pdfium = _pdfium()
    document = pdfium.FPDF_LoadMemDocument64(content, len(content), None)
    if not document:
        if pdfium.FPDF_GetLastError() in _NEEDS_KEY:
            raise Encrypted("the PDF needs a password or a key")
        raise UnreadableInput("the PDF cannot be opened")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


@contextmanager
def _page(document: Any, number: int) -> Iterator[Any]:
    pdfium = _pdfium()
    page = pdfium.FPDF_LoadPage(document, number)
    if page and pdfium.FPDFPage_GetAnnotCount(page) and pdfium.FPDFPage_Flatten(page, 0) == pdfium.FLATTEN_SUCCESS:
        pdfium.FPDF_ClosePage(page)
        page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        raise UnreadableInput(f"page {number + 1} cannot be loaded")
    try:
        yield page
    finally:
        pdfium.FPDF_ClosePage(page)


def _pdfium() -> Any:
    import pypdfium2.raw as pdfium

    return pdfium
