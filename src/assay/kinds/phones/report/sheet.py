"""A4 sheets to draw on: wrapped text in Latin and Chinese, rules, boxes and marks, and a new page where one is full.

Latin letters are Helvetica, which every PDF reader has. Chinese ones are embedded where this machine has a TrueType font for them,
and otherwise the reader's own (STSong-Light). Lengths are points; y counts from the top of the page.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 48.0
INNER = WIDTH - 2 * MARGIN
FOOT = 54.0
Colour = tuple[float, float, float]
_CJK = (
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttf"),
)
_NO_BREAK_BEFORE = "，。；：！？、）》」』”’%.,;:!?)"


def rgb(code: str) -> Colour:
    """A colour of six hexadecimal digits.

    >>> rgb("ff0000")
    (1.0, 0.0, 0.0)
    """
    return int(code[:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:], 16) / 255


INK, SOFT, FAINT, RULE, PAPER = rgb("15191e"), rgb("47505a"), rgb("6b7580"), rgb("d5dade"), rgb("f4f5f6")


@cache
def _chinese() -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for path in _CJK:
        if path.exists():
            try:
                pdfmetrics.registerFont(TTFont("assay-cjk", str(path)))
                return "assay-cjk"
            except TTFError:
                continue
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def _latin(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return character.isprintable()


def runs(text: str, bold: bool) -> list[tuple[str, str]]:
    """A text as (piece, font) of one font each."""
    plain = "Helvetica-Bold" if bold else "Helvetica"
    out: list[tuple[str, str]] = []
    for character in text:
        font = plain if _latin(character) else _chinese()
        if out and out[-1][1] == font:
            out[-1] = (out[-1][0] + character, font)
        else:
            out.append((character, font))
    return out


def width(text: str, size: float, bold: bool = False) -> float:
    """Points that a text takes up in one line."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(sum(stringWidth(piece, font, size) for piece, font in runs(text, bold)))


def wrap(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """Lines that fit into `room`: broken at spaces, between Chinese characters, and inside what fits no line at all."""
    lines, line = [], ""
    for word in _words(text):
        if width(line + word.rstrip(), size, bold) <= room:
            line += word
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = word.lstrip()
        while width(line.rstrip(), size, bold) > room and len(line) > 1:
            cut = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or width(line[:n], size, bold) <= room)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


def _words(text: str) -> Iterable[str]:
    word = ""
    for character in text:
        if not _latin(character) and character not in _NO_BREAK_BEFORE:
            if word:
                yield word
            word = character
        elif character == " ":
            yield word + " "
            word = ""
        elif word and not _latin(word[-1]) and character not in _NO_BREAK_BEFORE:
            yield word
            word = character
        else:
            word += character
    if word:
        yield word


class Sheets:
    """Pages as they fill. `foot(sheets, page)` draws each page's foot; `y` is how far down the page it is."""

    def __init__(self, title: str, subject: str, foot: Callable[[Sheets, int], None]) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self._out = io.BytesIO()
        self._canvas: Any = Canvas(self._out, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setAuthor("Assay")
        self._foot, self._page, self.y = foot, 1, MARGIN

    def need(self, height: float) -> None:
        """A new page where less than this is left."""
        if self.y + height > HEIGHT - FOOT:
            self._foot(self, self._page)
            self._canvas.showPage()
            self._page += 1
            self.y = MARGIN

    def down(self, points: float) -> None:
        self.y += points

    def done(self) -> bytes:
        self._foot(self, self._page)
        self._canvas.save()
        return self._out.getvalue()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: Colour = INK,
        right: bool = False,
    ) -> None:
        """One line, its foot at `y`."""
        at = x - width(text, size, bold) if right else x
        for piece, font in runs(text, bold):
            self._canvas.saveState()
            self._canvas.setFillColorRGB(*colour)
            line = self._canvas.beginText(at, HEIGHT - y)
            line.setFont(font, size)
            if bold and not font.startswith("Helvetica"):  # such a font has no bold: its outline is drawn too
                self._canvas.setStrokeColorRGB(*colour)
                self._canvas.setLineWidth(size / 42)
                line.setTextRenderMode(2)
            line.textOut(piece)
            self._canvas.drawText(line)
            self._canvas.restoreState()
            at += width(piece, size, bold)

    def paragraph(
        self, text: str, size: float = 9.5, *, x: float = MARGIN, room: float = INNER, bold: bool = False, colour: Colour = INK,
        leading: float = 1.42,
    ) -> None:  # fmt: skip
        """Lines from here down, on as many pages as they need."""
        for line in wrap(text, size, room, bold):
            self.need(size * leading)
            self.y += size * leading
            self.text(x, self.y - size * (leading - 1) * 0.75, line, size, bold=bold, colour=colour)

    def box(self, x: float, y: float, wide: float, tall: float, colour: Colour, radius: float = 0.0) -> None:
        self._canvas.setFillColorRGB(*colour)
        self._canvas.roundRect(x, HEIGHT - y - tall, wide, tall, radius, stroke=0, fill=1)

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: Colour = RULE, thick: float = 0.6) -> None:
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(thick)
        self._canvas.line(x0, HEIGHT - y0, x1, HEIGHT - y1)

    def shape(
        self, points: Iterable[tuple[float, float]], colour: Colour, *, filled: bool = True, thick: float = 1.2
    ) -> None:
        """A closed shape."""
        path = self._canvas.beginPath()
        for number, (x, y) in enumerate(points):
            (path.lineTo if number else path.moveTo)(x, HEIGHT - y)
        path.close()
        self._canvas.setFillColorRGB(*colour)
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(thick)
        self._canvas.drawPath(path, stroke=0 if filled else 1, fill=1 if filled else 0)

    def ring(
        self, x: float, y: float, radius: float, colour: Colour, *, filled: bool = False, thick: float = 1.2
    ) -> None:
        self._canvas.setFillColorRGB(*colour)
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(thick)
        self._canvas.circle(x, HEIGHT - y, radius, stroke=0 if filled else 1, fill=1 if filled else 0)


__all__ = [
    "FAINT",
    "FOOT",
    "HEIGHT",
    "INK",
    "INNER",
    "MARGIN",
    "PAPER",
    "RULE",
    "SOFT",
    "WIDTH",
    "Colour",
    "Sheets",
    "rgb",
    "width",
    "wrap",
]
