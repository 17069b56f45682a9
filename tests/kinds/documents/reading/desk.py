"""Papers written for tests: rows of cells laid out on a grid, as a `Paper` at once or as a PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence

from assay.kinds.documents.opened import Line, Word
from assay.kinds.documents.reading.paper import Paper
from assay.kinds.documents.reading.text import row_of

WIDE, HIGH = 6.0, 10.0
Cell = tuple[float, str]  # x of the right edge where negative, of the left edge otherwise; text


def paper(rows: Sequence[Sequence[Cell]], *, pages: int = 1, per_page: int = 1000) -> Paper:
    """Every row is one line, 15 apart; `per_page` of them make a page."""
    made = []
    for i, row in enumerate(rows):
        line = Line(tuple(word for cell in row for word in words(cell, 20 + 15 * (i % per_page))))
        made.append(row_of(line, line, 1 + i // per_page, i % per_page))
    return Paper(made, layer=True, pages=max(pages, 1 + (len(rows) - 1) // per_page))


def words(cell: Cell, y: float) -> list[Word]:
    x, text = cell
    at = x if x >= 0 else -x - WIDE * len(text)
    found = []
    for part in text.split(" "):
        if part:
            found.append(Word(part, (at, y, at + WIDE * len(part), y + HIGH)))
        at += WIDE * (len(part) + 0.5)
    return found


def pdf(pages: Sequence[Sequence[Sequence[Cell]]], *, font: str = "Helvetica", size: float = 9) -> bytes:
    """The same as a PDF; cells in points from the left of A4."""
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(595, 842))
    for page in pages:
        sheet.setFont(font, size)
        for i, row in enumerate(page):
            for x, text in row:
                (sheet.drawString if x >= 0 else sheet.drawRightString)(abs(x), 800 - 16 * i, text)
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def money(units: int, locale: str = "en") -> str:
    """Minor units as printed in a locale: en 1,234.56  de 1.234,56  fr 1 234,56  ch 1'234.56."""
    whole, part = divmod(abs(units), 100)
    group, mark = {"en": (",", "."), "de": (".", ","), "fr": (" ", ","), "ch": ("'", ".")}[locale]
    return f"{whole:,}".replace(",", group) + f"{mark}{part:02d}"
