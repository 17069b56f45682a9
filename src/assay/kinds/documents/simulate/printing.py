"""Sheets printed as PDF with reportlab, deterministic: the dates and the identifier come from the paper, not from the clock."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import datetime
from typing import Any

import numpy as np

from assay.kinds.documents.simulate.fonts import font, runs, width
from assay.kinds.documents.simulate.sheet import Area, Item, Picture, Rule, Sheet, Text

_IDENTIFIER = re.compile(rb"\[<[0-9a-f]{32}><[0-9a-f]{32}>\]")


def print_pdf(sheet: Sheet, made: datetime, *, title: str = "", creator: str = "", producer: str = "", compress: bool = True) -> bytes:  # fmt: skip
    """The sheet as a PDF of one revision."""
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file, pagesize=sheet.size, invariant=1, pageCompression=int(compress))
    _stamp(canvas, made)
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setSubject("")
    canvas.setCreator(creator or "reports")
    canvas.setProducer(producer or "ReportLab PDF Library - www.reportlab.com")
    for page in sheet.items:
        for item in page:
            draw(canvas, item, sheet.size[1])
        canvas.showPage()
    canvas.save()
    return _identified(file.getvalue())


def _identified(pdf: bytes) -> bytes:
    """With an identifier of its own: reportlab gives every file that may not depend on the clock the same one."""
    digest = hashlib.sha256(pdf).hexdigest()[:32].encode()
    return _IDENTIFIER.sub(b"[<" + digest + b"><" + digest + b">]", pdf, count=1)


def _stamp(canvas: Any, made: datetime) -> None:
    """The time that reportlab writes as creation date."""
    stamp = canvas._doc._timeStamp
    stamp.t = made.timestamp()
    stamp.lt = made.timetuple()
    stamp.YMDhms = tuple(made.timetuple())[:6]


def draw(canvas: Any, item: Item, height: float) -> None:
    """One item on a reportlab canvas, whose origin is at the bottom."""
    if isinstance(item, Text):
        canvas.setFillColorRGB(*item.colour)
        x = item.box[0]
        for run, one in runs(item.text, item.font):
            canvas.setFont(font(one), item.size)
            canvas.drawString(x, height - item.y, run, charSpace=item.spacing or None)
            x += width(run, one, item.size)
    elif isinstance(item, Rule):
        canvas.setLineWidth(item.width)
        canvas.setStrokeColorRGB(*item.colour)
        canvas.line(item.x0, height - item.y0, item.x1, height - item.y1)
    elif isinstance(item, Area):
        if item.fill is not None:
            canvas.setFillColorRGB(*item.fill)
        if item.stroke is not None:
            canvas.setStrokeColorRGB(*item.stroke)
        canvas.rect(item.x0, height - item.y1, item.x1 - item.x0, item.y1 - item.y0, stroke=int(item.stroke is not None), fill=int(item.fill is not None))  # fmt: skip
    elif isinstance(item, Picture):
        _picture(canvas, item, height)


def _picture(canvas: Any, item: Picture, height: float) -> None:
    wide, high = item.x1 - item.x0, item.y1 - item.y0
    if item.crisp:
        modules = item.pixels[:, :, 0] < 128
        canvas.setFillColorRGB(0, 0, 0)
        mx, my = wide / modules.shape[1], high / modules.shape[0]
        for r in range(modules.shape[0]):
            for start, end in _runs(modules[r]):
                canvas.rect(item.x0 + start * mx, height - item.y0 - (r + 1) * my, (end - start) * mx, my, 0, 1)
        return
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    if item.file:
        canvas.drawImage(ImageReader(io.BytesIO(item.file)), item.x0, height - item.y1, wide, high)
        return
    mode = "RGBA" if item.pixels.shape[2] == 4 else "RGB"
    image = ImageReader(Image.fromarray(item.pixels, mode))
    canvas.drawImage(image, item.x0, height - item.y1, wide, high, mask="auto" if mode == "RGBA" else None)


def _runs(row: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return [(int(edges[i]), int(edges[i + 1])) for i in range(0, len(edges), 2)]


def rasterise(pdf: bytes, page: int = 0, dpi: float = 150.0) -> np.ndarray:
    """A page as uint8[height, width, 3] RGB."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        drawn = document[page].render(scale=dpi / 72, rev_byteorder=True).to_numpy()[:, :, :3]
        return np.ascontiguousarray(drawn)
    finally:
        document.close()


def pages(pdf: bytes) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()
