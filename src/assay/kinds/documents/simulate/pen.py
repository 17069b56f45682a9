"""A pen that writes on a sheet in one font and one place's words; the layouts of every kind of paper hold one."""

from __future__ import annotations

from assay.kinds.documents.simulate.fonts import bold
from assay.kinds.documents.simulate.locales import Locale
from assay.kinds.documents.simulate.sheet import A4, BLACK, LETTER, Align, Area, Colour, Rule, Sheet, Text
from assay.kinds.documents.simulate.words import said

GREY: Colour = (0.45, 0.45, 0.45)
WHITE: Colour = (1.0, 1.0, 1.0)
TINT: Colour = (0.94, 0.95, 0.97)


class Pen:
    """Writes on the last page of `sheet`, with margins `left` and `right`."""

    def __init__(self, locale: Locale, font: str, size: float, page: tuple[float, float] | None = None) -> None:
        self.locale, self.font, self.size = locale, font, size
        self.page = page or (LETTER if locale.country == "US" else A4)
        self.sheet = Sheet(self.page)
        self.left, self.right = 48.0, self.page[0] - 48.0

    def say(self, key: str, **values: object) -> str:
        if self.locale.country == "US" and key == "tax":
            key = "sales_tax"
        return said(self.locale.language, key, **values)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        field: str = "",
        size: float = 0.0,
        heavy: bool = False,
        align: Align = "left",
        colour: Colour = BLACK,
        font: str = "",
    ) -> None:
        name = font or (bold(self.font) if heavy else self.font)
        self.sheet.add(Text(x, y, text, name, size or self.size, colour, align, field))

    def rule(self, y: float, width: float = 0.5, colour: Colour = BLACK) -> None:
        """A line from margin to margin."""
        self.sheet.add(Rule(self.left, y, self.right, y, width, colour))

    def band(self, y0: float, y1: float, fill: Colour | None = None, stroke: Colour | None = None) -> None:
        """A box from margin to margin."""
        self.sheet.add(Area(self.left, y0, self.right, y1, fill, stroke))

    def letterhead(self, style: str, name: str, accent: Colour) -> float:
        """The name of who issues the paper: left, right, centre or banner. Gives the height where the paper goes on."""
        if style == "banner":
            self.sheet.add(Area(0, 0, self.page[0], 52, accent))
            self.text(self.left, 33, name, size=17, heavy=True, colour=WHITE, field="issuer")
            return 74.0
        if style == "centre":
            self.text(self.page[0] / 2, 48, name, size=18, heavy=True, align="centre", colour=accent, field="issuer")
            self.rule(58, 1.2, accent)
            return 76.0
        if style == "right":
            self.text(self.right, 46, name, size=15, heavy=True, align="right", colour=accent, field="issuer")
            self.sheet.add(Area(self.right - 150, 52, self.right, 55, accent))
            return 62.0
        self.sheet.add(Area(self.left, 30, self.left + 18, 48, accent))
        self.text(self.left + 26, 46, name, size=16, heavy=True, colour=accent, field="issuer")
        return 62.0
