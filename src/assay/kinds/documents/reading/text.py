"""A line of words as one string for pattern matching, with the way back from characters to words and their places.

Forms that mean the same are made one, character by character (full width, Arabic digits, kinds of minus, of space and of
apostrophe), so that offsets stay true. A gap as wide as a letter becomes two spaces: inside a number only one may stand.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from assay.kinds.documents.opened import Box, Line, Word

_WIDE_GAP = 0.55  # of the text's height; a space is about a quarter, a column's gap more than one
_WIDE_CHARS = 1.3  # of a character's width, where all are as wide as the space
_SAME = {
    **dict.fromkeys("−–—‐‑‒﹣－➖", "-"),
    **dict.fromkeys("’‘ʼ´`＇′", "'"),
    **dict.fromkeys("\u00a0\u202f\u2007\u2009\u2002\u2003\u3000", " "),
    "．": ".", "，": ",", "、": ",", "：": ":", "％": "%", "（": "(", "）": ")", "￥": "¥", "٫": ".", "٬": ",",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A line as text. `starts[k]` is the offset of word k; `page` from 1 and `index` say which line of which page;
    `words` are straightened, `seen` the same as they stand on the page's picture."""

    text: str
    starts: tuple[int, ...]
    words: tuple[Word, ...]
    seen: tuple[Word, ...]
    page: int
    index: int

    @property
    def box(self) -> Box:
        return around([word.box for word in self.words])

    @property
    def height(self) -> float:
        """The usual height of its words, pixels."""
        heights = sorted(word.box[3] - word.box[1] for word in self.words)
        return heights[len(heights) // 2]

    def between(self, start: int, end: int) -> range:
        """The words that characters start..end touch."""
        touched = [k for k, at in enumerate(self.starts) if at < end and at + len(self.words[k].text) > start]
        return range(touched[0], touched[-1] + 1) if touched else range(0)

    def box_of(self, start: int, end: int, *, seen: bool = False) -> Box:
        """The place of characters start..end, a word's width shared evenly among its characters."""
        boxes = []
        for k in self.between(start, end):
            x0, y0, x1, y1 = (self.seen if seen else self.words)[k].box
            at, length = self.starts[k], max(1, len(self.words[k].text))
            first, last = max(start - at, 0) / length, min(end - at, length) / length
            boxes.append((x0 + first * (x1 - x0), y0, x0 + last * (x1 - x0), y1))
        return around(boxes) if boxes else self.box


def row_of(line: Line, seen: Line, page: int, index: int) -> Row:
    parts: list[str] = []
    starts: list[int] = []
    at = 0
    last: Word | None = None
    for word in line.words:
        if last is not None:
            gap = word.box[0] - last.box[2]
            height = min(word.box[3] - word.box[1], last.box[3] - last.box[1])
            char = min(_pitch(word), _pitch(last))
            space = "  " if gap > max(_WIDE_GAP * height, _WIDE_CHARS * char) else " "
            parts.append(space)
            at += len(space)
        starts.append(at)
        parts.append(plain(word.text))
        at += len(word.text)
        last = word
    return Row("".join(parts), tuple(starts), line.words, seen.words, page, index)


def _pitch(word: Word) -> float:
    """How wide its characters are."""
    return (word.box[2] - word.box[0]) / max(1, len(word.text))


def around(boxes: list[Box]) -> Box:
    """The smallest box that holds them all."""
    return (
        min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes),
    )  # fmt: skip


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The same length, with every character in its plainest form."""
    return text if text.isascii() else "".join(_plain_char(char) for char in text)


@lru_cache(maxsize=4096)
def _plain_char(char: str) -> str:
    known = _SAME.get(char)
    if known is not None:
        return known
    digit = unicodedata.digit(char, None)
    if digit is not None and char.isdecimal():
        return str(digit)
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Lower case without accents, for comparing labels; the length may change."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(bare.split())
