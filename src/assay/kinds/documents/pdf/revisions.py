"""What each revision of a PDF changed on its pages: the file is cut at each revision's end, and the words painted before
and after are compared. This is the strongest evidence there is, and it recovers the original.

Only pages whose objects changed are painted. Coordinates are pixels at 150 dots an inch, as in `Page.pixels`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats import pdfium
from assay.formats.pdf_file import PageNode, PdfFile, Revision, Stream, View
from assay.formats.pdf_marks import Box, Printed, marks_of, words
from assay.formats.pdf_syntax import text_of
from assay.formats.pdf_weight import overweight, too_heavy

MAX_STEPS = 12  # newest revisions compared one by one; older ones together
MAX_CHANGED_PAGES = 12  # of one step
MAX_PAGES = 300
_MOVED = 3.0  # pixels a word may move and be the same word
_ROW = 6.0  # pixels between baselines of one row
_VISIBLE, _SHARE = 48.0, 0.001  # of 256 levels, and of a page's pixels
_SECONDS = 5.0  # to draw a page for that

_DIGIT = re.compile(r"\d")
_AMOUNT = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[.,'’\u00a0]\d{3})*[.,]\d{2}(?!\d)|[$€£¥₹]\s?\d|\d\s?(?:[€£¥₹]|USD|EUR|CNY|GBP|元)"
)


@dataclass(frozen=True)
class Replacement:
    """A word that stood in a place, and the one that stands there now."""

    before: Printed
    after: Printed

    @property
    def digits(self) -> bool:
        return bool(_DIGIT.search(self.before.text) and _DIGIT.search(self.after.text))


@dataclass
class PageChange:
    """One page between revisions `old` and `new` (numbers from 0). `kept` words stand as they stood."""

    page: int  # from 1, in the newer revision
    page_before: int
    old: int
    new: int
    kept: int = 0
    removed: list[Printed] = field(default_factory=list)
    added: list[Printed] = field(default_factory=list)
    standing: list[Printed] = field(default_factory=list)  # the kept words
    replaced: list[Replacement] = field(default_factory=list)
    pictures: int = 0  # images swapped for others that look different
    recognised: bool = False  # text that is not shown was added: the work of recognition on a scan
    height: float = 0.0  # of the page
    fonts: int = 0  # font programs swapped under the same text

    @property
    def text(self) -> bool:
        return bool(self.removed or self.added or self.replaced)

    @property
    def edited(self) -> bool:
        """Most of the page stands as it stood, and something on it was exchanged: an edit, not another page."""
        changed = len(self.replaced) + max(len(self.removed), len(self.added))
        return bool(self.replaced) and self.kept >= max(3, changed)

    @property
    def amounts_added(self) -> list[Printed]:
        return [word for word in self.added if _AMOUNT.search(word.text)]

    @property
    def within(self) -> bool:
        """Does an added amount stand in a row or column of what was there before?"""
        return any(
            abs(new.baseline - old.baseline) < _ROW or abs(new.box[2] - old.box[2]) < _MOVED
            for new in self.amounts_added
            for old in self.standing
        )

    @property
    def amounts_removed(self) -> list[Printed]:
        return [word for word in self.removed if _AMOUNT.search(word.text)]


def page_changes(content: bytes, file: PdfFile) -> list[PageChange]:
    """Every page that a later revision changed, oldest change first; empty for a file of one revision."""
    out: list[PageChange] = []
    for old, new in _steps(file):
        before, after = file.revisions[old], file.revisions[new]
        if before.end is None:
            continue
        heavy = too_heavy(content[: before.end]) if file.encrypted else overweight(file.at(old), MAX_PAGES)
        if heavy or (new < len(file.revisions) - 1 and not file.encrypted and overweight(file.at(new), MAX_PAGES)):
            continue  # an old revision may be a bomb though the newest is none
        touched = _touched(file, before, after)
        if touched:
            out += _compare(
                content, before, after, touched, _filled(file.at(before.number)) | _filled(file.at(after.number))
            )
    return out


def _steps(file: PdfFile) -> list[tuple[int, int]]:
    last = len(file.revisions) - 1
    first = max(0, last - MAX_STEPS)
    return ([(0, first)] if first else []) + [(k, k + 1) for k in range(first, last)]


@dataclass(frozen=True)
class _Touched:
    before: int  # positions from 0
    after: int
    pictures: int
    fonts: int


def _touched(file: PdfFile, before: Revision, after: Revision) -> list[_Touched]:
    """The pages in both revisions whose content, resources or inheritance changed."""
    old, new = file.at(before.number), file.at(after.number)
    if file.encrypted:
        return [_Touched(i, i, 0, 0) for i in range(MAX_CHANGED_PAGES)]
    numbers = {n for r in file.revisions[before.number + 1 : after.number + 1] for n in r.entries}
    changed = {n for n in numbers if not same(old, new, n)}
    if not changed:
        return []
    places = {page.number: i for i, page in enumerate(old.pages(MAX_PAGES))}
    out = []
    earlier = old.pages(MAX_PAGES)
    for i, page in enumerate(new.pages(MAX_PAGES)):
        position = places.get(page.number)
        if position is None:
            # the page was rewritten under another number: the one in its place is what a reader saw before
            if i >= len(earlier) or earlier[i].number in {p.number for p in new.pages(MAX_PAGES)}:
                continue
            position = i
        if _painted(earlier[position], old) != _painted(page, new) or new.reach(_roots(page)) & changed:
            out.append(_Touched(position, i, *_swapped(earlier[position], page, old, new)))
        if len(out) >= MAX_CHANGED_PAGES:
            break
    return out


def same(old: View, new: View, number: int) -> bool:
    """Does the object say the same in both views, byte for byte in a stream?"""
    return bool(_content(old, number) == _content(new, number))


def _content(view: View, number: int) -> Any:
    value = view.object(number)
    if isinstance(value, Stream):
        rest = {k: v for k, v in value.dictionary.items() if k != "Length"}
        return rest, view.file.content[value.start : value.end].strip()
    return value


_PAINTED = ("Contents", "Resources", "MediaBox", "CropBox", "Rotate", "UserUnit")


def _painted(page: PageNode, view: View) -> dict[str, Any]:
    return {k: page.dictionary.get(k) for k in _PAINTED}


def _roots(page: PageNode) -> list[Any]:
    return [page.dictionary.get("Contents"), page.dictionary.get("Resources")]


def _swapped(before: PageNode, after: PageNode, old: View, new: View) -> tuple[int, int]:
    """How many images and how many font programs the page lost for others."""
    found: list[tuple[Counter[str], Counter[str]]] = []
    for page, view in ((before, old), (after, new)):
        pictures: Counter[str] = Counter()
        fonts: Counter[str] = Counter()
        for number in view.reach(_roots(page), most=2_000):
            value = view.object(number)
            if isinstance(value, Stream) and value.dictionary.get("Subtype") == "Image":
                pictures[hashlib.sha256(view.raw(value)).hexdigest()] += 1
            elif isinstance(value, Stream) and "Length1" in value.dictionary:
                fonts[hashlib.sha256(view.raw(value)).hexdigest()] += 1
        found.append((pictures, fonts))
    (pictures_before, fonts_before), (pictures_after, fonts_after) = found
    return (
        min((pictures_before - pictures_after).total(), (pictures_after - pictures_before).total()),
        min((fonts_before - fonts_after).total(), (fonts_after - fonts_before).total()),
    )


def _compare(
    content: bytes, before: Revision, after: Revision, touched: list[_Touched], filled: set[str]
) -> list[PageChange]:
    """`filled`: words that the form's fields say; a flattened form paints them on the page."""
    later = content if after.end is None else content[: after.end]
    try:
        old_pages = marks_of(content[: before.end], [t.before for t in touched])
        new_pages = marks_of(later, [t.after for t in touched])
    except UnreadableInput:
        return []
    out = []
    for one, old, new in zip(touched, old_pages, new_pages, strict=True):
        if old is None or new is None:
            continue
        change = PageChange(one.after + 1, one.before + 1, before.number, after.number, height=new.height)
        _difference(words(old), words(new), change)
        change.added = [word for word in change.added if word.text not in filled]
        if one.pictures and _looks_different(content[: before.end], one.before, later, one.after):
            change.pictures = one.pictures
        change.recognised = sum(m.hidden for m in new.marks) > sum(m.hidden for m in old.marks)
        change.fonts = one.fonts
        if change.text or change.pictures or change.fonts:
            out.append(change)
    return out


def _difference(before: list[Printed], after: list[Printed], change: PageChange) -> None:
    """Words that stay where they were are kept, words that only moved are passed over, the rest is paired by place."""
    places: dict[str, list[Printed]] = defaultdict(list)
    for word in before:
        places[word.text].append(word)
    added = []
    for word in after:
        found = next((w for w in places[word.text] if _near(w.box, word.box)), None)
        if found is None:
            added.append(word)
        else:
            places[word.text].remove(found)
            change.kept += 1
            change.standing.append(word)
    removed = [word for left in places.values() for word in left]
    removed, added = _respaced(removed, added)
    moved = Counter(w.text for w in removed) & Counter(w.text for w in added)
    removed, added = _without(removed, moved), _without(added, moved)
    for word in added:
        under = max(removed, key=lambda r: _overlap(r, word), default=None)
        if under is not None and _overlap(under, word) > 0.3:
            removed.remove(under)
            change.replaced.append(Replacement(under, word))
        else:
            change.added.append(word)
    change.removed = removed


def _respaced(removed: list[Printed], added: list[Printed]) -> tuple[list[Printed], list[Printed]]:
    """Without the lines whose letters are the same and only stand closer or further apart."""

    def lines(words_: list[Printed]) -> dict[int, list[Printed]]:
        out: dict[int, list[Printed]] = defaultdict(list)
        for word in sorted(words_, key=lambda w: w.box[0]):
            out[round(word.baseline / _ROW)].append(word)
        return out

    was, now = lines(removed), lines(added)
    for key in was.keys() & now.keys():
        if "".join(w.text for w in was[key]) == "".join(w.text for w in now[key]):
            del was[key], now[key]
    return [w for line in was.values() for w in line], [w for line in now.values() for w in line]


def _filled(view: View, most: int = 2_000) -> set[str]:
    """The words of the values that form fields hold."""
    out: set[str] = set()
    stack = list(view.array(view.dictionary(view.root.get("AcroForm")).get("Fields")))[:most]
    steps = 0
    while stack and steps < most:
        steps += 1
        node = view.dictionary(stack.pop())
        out.update(text_of(view.of(node.get("V"))).split())
        stack += view.array(node.get("Kids"))[:most]
    return out


def _looks_different(before: bytes, old: int, after: bytes, new: int) -> bool:
    """Do two pages differ where a reader sees it? A scan compressed anew does not."""
    size = (420, 594)
    try:
        was, now = (pdfium.draw(c, n, size, seconds=_SECONDS).mean(axis=2) for c, n in ((before, old), (after, new)))
    except UnreadableInput:
        return True
    return bool((np.abs(was - now) > _VISIBLE).mean() > _SHARE)


def _without(words_: list[Printed], moved: Counter[str]) -> list[Printed]:
    left = Counter(moved)
    out = []
    for word in words_:
        if left[word.text] > 0:
            left[word.text] -= 1
        else:
            out.append(word)
    return out


def _near(a: Box, b: Box) -> bool:
    return abs(a[0] - b[0]) <= _MOVED and abs(a[3] - b[3]) <= _MOVED


def _overlap(a: Printed, b: Printed) -> float:
    """The share of the smaller word's box that lies in the other's."""
    return shared(a.box, b.box)


def shared(a: Box, b: Box) -> float:
    """The area two boxes share as a part of the smaller one, 0..1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / smaller if smaller > 0 else 0.0
