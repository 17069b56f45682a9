"""A sheet: what is drawn on each page, before it becomes a PDF or a picture. Places are points (1/72 inch), origin top left.

Every text that states a fact carries the name of that fact in `field`, so that two sheets of the same paper, one genuine
and one forged, tell where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as field_
from functools import cached_property
from typing import Literal

import numpy as np

Colour = tuple[float, float, float]
Align = Literal["left", "right", "centre"]
BLACK: Colour = (0.0, 0.0, 0.0)
A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)


@dataclass(frozen=True)
class Text:
    """A run of text: `x` is its left end, right end or middle by `align`, `y` its baseline."""

    x: float
    y: float
    text: str
    font: str = "Helvetica"
    size: float = 9.0
    colour: Colour = BLACK
    align: Align = "left"
    field: str = ""
    spacing: float = 0.0  # extra points between characters

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        from assay.kinds.documents.simulate.fonts import width

        wide = width(self.text, self.font, self.size) + self.spacing * max(0, len(self.text) - 1)
        left = self.x - (wide if self.align == "right" else wide / 2 if self.align == "centre" else 0.0)
        return left, self.y - 0.78 * self.size, left + wide, self.y + 0.24 * self.size


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float = 0.5
    colour: Colour = BLACK


@dataclass(frozen=True)
class Area:
    """A rectangle, filled or outlined or both."""

    x0: float
    y0: float
    x1: float
    y1: float
    fill: Colour | None = None
    stroke: Colour | None = None


@dataclass(frozen=True)
class Picture:
    """A picture stretched over a box: uint8[height, width, 3] RGB, or with a fourth channel of opacity. `crisp`: modules of
    a code, drawn without smoothing."""

    x0: float
    y0: float
    x1: float
    y1: float
    pixels: np.ndarray = field_(compare=False)
    field: str = ""
    crisp: bool = False
    key: str = ""  # what tells two pictures of one field apart
    file: bytes = field_(default=b"", compare=False)  # a JPEG file to take over as it is

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.x0, self.y0, self.x1, self.y1


Item = Text | Rule | Area | Picture


@dataclass
class Sheet:
    """Pages of one size; `items[i]` is drawn on page i in order."""

    size: tuple[float, float] = A4
    items: list[list[Item]] = field_(default_factory=lambda: [[]])

    def add(self, *items: Item) -> None:
        """Draw on the last page."""
        self.items[-1].extend(items)

    def turn(self) -> None:
        """Begin a page."""
        self.items.append([])

    def fields(self) -> Iterator[tuple[int, Text | Picture]]:
        """Page (from 0) and item of everything that states a fact."""
        for page, items in enumerate(self.items):
            for item in items:
                if isinstance(item, Text | Picture) and item.field:
                    yield page, item


@dataclass(frozen=True)
class Change:
    """An item of one sheet that reads otherwise in another: on which page, what stood there and what stands there now."""

    page: int
    before: Text | Picture | None
    after: Text | Picture | None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The place both take up."""
        boxes = [item.box for item in (self.before, self.after) if item is not None]
        return (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )


def changes(genuine: Sheet, forged: Sheet) -> list[Change]:
    """Where two sheets of one paper differ, in the order of the forged one."""
    before = {(page, item.field): item for page, item in genuine.fields()}
    after = {(page, item.field): item for page, item in forged.fields()}
    found = [Change(key[0], before.get(key), item) for key, item in after.items() if _differs(before.get(key), item)]
    return found + [Change(key[0], item, None) for key, item in before.items() if key not in after]


def _differs(a: Text | Picture | None, b: Text | Picture) -> bool:
    if a is None or type(a) is not type(b):
        return True
    if isinstance(a, Picture) and isinstance(b, Picture):
        return a.key != b.key or a.box != b.box
    return a != b


def restyled(item: Text | Picture, font: str) -> Text | Picture:
    """The same text in another font; a picture as it is."""
    return replace(item, font=font) if isinstance(item, Text) else item
