"""A document opened once and looked at by every detector: its pages as pictures, and what is written on them with places.

Opening is bounded in bytes, pages and pixels, and cached by content, so that the detectors of one assessment share the
work. Coordinates everywhere in the room are pixels of the rendered page, origin top left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from assay.kinds.documents.media import media_of

Box = tuple[float, float, float, float]  # x0, y0, x1, y1


@dataclass(frozen=True)
class Word:
    """A run of text: what it says, where, how sure the reading is (1.0 for a text layer)."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True)
class Line:
    """Words on one height, left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Page:
    """One page: `pixels` uint8[height, width, 3] RGB, rendered at 150 dots an inch or as photographed (long side bounded);
    `lines` from the text layer where there is one (`layer`), else by recognition. Both are made when first asked for."""

    number: int  # from 1
    layer: bool

    @cached_property
    def pixels(self) -> np.ndarray:
        raise NotImplementedError

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        raise NotImplementedError


class Opened:
    """`problem` is the reason code why nothing can be said of it (`documents.unreadable` …), "" where it opened."""

    def __init__(self, content: bytes) -> None:
        self.content, self.media = content, media_of(content)

    @cached_property
    def problem(self) -> str:
        raise NotImplementedError

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """At most 50 pages; empty where there is a problem."""
        raise NotImplementedError


@lru_cache(maxsize=8)
def open_document(content: bytes) -> Opened:
    """The document of these bytes. Never raises: what is wrong is in `problem`."""
    return Opened(content)
