"""The compressed pictures that a document is: the file itself, or the scans that are a PDF's pages. Editing leaves its traces
in these, and a page drawn anew has none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assay.core.errors import UnreadableInput
from assay.kinds.documents.media import PDF
from assay.kinds.documents.opened import Box, Opened

MOST_PAGES = 5
MAX_SIDE = 8192
MAX_SCAN = 32 << 20


@dataclass(frozen=True)
class Scan:
    """`pixels` uint8[height, width, 3] as stored: not turned, `exact` if not resized either. `turns`: quarter turns
    anticlockwise that make it upright. `page_size` (width, height) in pixels of the page it is."""

    page: int
    content: bytes
    pixels: np.ndarray
    exact: bool
    turns: int
    page_size: tuple[int, int]

    def on_page(self, box: Box) -> Box:
        """A box in pixels of the scan as a box in pixels of the page."""
        h, w = self.pixels.shape[:2]
        x0, y0, x1, y1 = box
        for _ in range(self.turns):
            x0, y0, x1, y1 = y0, w - x1, y1, w - x0
            h, w = w, h
        fx, fy = self.page_size[0] / w, self.page_size[1] / h
        return x0 * fx, y0 * fy, x1 * fx, y1 * fy


def scans(opened: Opened) -> Iterator[Scan]:
    """The scans of a document that opened; pages that are drawn have none."""
    if opened.media != PDF:
        if opened.pages:
            scan = _scan(opened, 1, opened.content)
            if scan is not None:
                yield scan
        return
    for page in opened.pages[:MOST_PAGES]:
        if not page.layer:
            content = _page_scan(opened.content, page.number)
            scan = _scan(opened, page.number, content) if content else None
            if scan is not None:
                yield scan


def _scan(opened: Opened, number: int, content: bytes) -> Scan | None:
    from assay.formats import picture

    try:
        read = picture.decode(content, max_side=MAX_SIDE)
    except UnreadableInput:
        return None
    turns = _turns(content) if opened.media != PDF else 0
    pixels = np.rot90(read.pixels, -turns) if turns else read.pixels
    page = opened.pages[number - 1].pixels
    return Scan(number, content, pixels, read.scale == 1.0, turns, (page.shape[1], page.shape[0]))


def _turns(content: bytes) -> int:
    """Quarter turns anticlockwise that EXIF asks for; mirrored pictures are taken as they are turned."""
    from PIL import Image

    from assay.formats.jpeg import read_jpeg

    exif = next(iter(read_jpeg(content).application(0xE1, b"Exif\0\0")), b"") if content[:2] == b"\xff\xd8" else b""
    read = Image.Exif()
    try:
        read.load(b"Exif\0\0" + exif)
        return {3: 2, 6: 3, 8: 1}.get(read.get(0x0112, 1), 0) if exif else 0
    except Exception:  # EXIF is broken in more ways than Pillow names
        return 0


def _page_scan(content: bytes, number: int) -> bytes:
    """The JPEG that is the only picture of a PDF's page, or b""."""
    import io

    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            pictures = list(pdf.pages[number - 1].images.values())
            if len(pictures) != 1:
                return b""
            stream = pictures[0]
            filters = stream.get("/Filter")
            names = [str(f) for f in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
            if names != ["/DCTDecode"] or int(stream.get("/Length", 0)) > MAX_SCAN:
                return b""
            return bytes(stream.read_raw_bytes())
    except Exception:  # a file that pdfium draws may still be beyond this reader
        return b""


__all__ = ["Scan", "scans"]
