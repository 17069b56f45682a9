"""Figures that do not belong to their row and column: another font, another size, off the baseline, off the column's edge.

A program sets a column the same way from top to bottom. One entry that differs from all others of its column *and* from the
rest of its own row was set by somebody else. Bold totals differ with their whole row, and bold or italic of one family is
never a difference.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from assay.core.cue import Cue, Force
from assay.core.finding import Where
from assay.formats.pdf_marks import Marks, Printed
from assay.kinds.documents.pdf.edited import shown

MIN_OTHERS = 3  # entries of a column beside the one looked at
_EDGE = 4.0  # pixels within which right edges are one column
_ROW = 6.0  # pixels within which baselines are one row
_FEW = 2  # words: a font that serves no more was brought for them
_RUN = 7  # words: an account number in groups of four
_PAGE = 30  # words: on a page of fewer nothing is the rule
_MANY = 3  # words of one page that differ: then differing is its way
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}年\d{1,2}月\d{1,2}日")
_FIGURE = re.compile(r"[-+(]?[$€£¥₹]?\d{1,3}(?:[.,'’]?\d{3}){0,4}[.,]\d{2}[)%-]?(?:€|CR|DR)?")
_COMPUTER_MODERN = re.compile(r"(?:cm|sf|ec|lm)[a-z]{1,8}\d{1,4}")
_STYLE = re.compile(
    r"(?:[-, _]?(?:bold|italic|oblique|regular|roman|normal|medium|semi|demi|extra|ultra|light|thin|black|heavy|book"
    r"|cond|condensed|narrow|bd|it|mt|ps|std|pro|lt))+$"
)


@dataclass(frozen=True)
class _Set:
    """How one word is set."""

    word: Printed
    family: str
    name: str
    face: int
    embedded: bool
    size: float

    @property
    def baseline(self) -> float:
        return self.word.baseline

    @property
    def right(self) -> float:
        return self.word.box[2]


@lru_cache(maxsize=1024)
def family_of(font: str) -> str:
    """A font's family without subset mark and style.

    >>> family_of("ABCDEF+Arial-BoldMT"), family_of("ArialMT"), family_of("Helvetica-Oblique"), family_of("CMBX12")
    ('arial', 'arial', 'helvetica', 'computer modern')
    """
    name = re.sub(r"^[A-Z]{6}\+", "", font).lower()
    if _COMPUTER_MODERN.fullmatch(name):
        return "computer modern"
    return re.sub(r"[-, _]", "", _STYLE.sub("", name)) or name


def type_cues(page: Marks, words: list[Printed], number: int) -> list[Cue]:
    """The cue of page `number` (from 1), with the entries that differ."""
    everything = [_set(page, word) for word in words]
    telling = [one for one in everything if _FIGURE.fullmatch(one.word.text) or _DATE.fullmatch(one.word.text)]
    if not telling:
        return []
    rows: dict[int, list[_Set]] = defaultdict(list)
    for one in everything:
        rows[round(one.baseline / _ROW)].append(one)
    uses = Counter(one.face for one in everything)
    found: list[tuple[float, _Set, list[str]]] = []
    for one, others in _in_columns(telling):
        weight, what = _differs(one, others, rows, uses, _shelf(one, everything, uses))
        if weight:
            found.append((weight, one, what))
    if not found:
        found = _alone(everything, rows, uses)
    if not found or len(found) > _MANY:
        return []
    weight, worst, what = max(found, key=lambda f: f[0])
    values = {"page": number, "text": shown(worst.word.text), "what": ", ".join(what), "count": len(found)}
    where = tuple(Where(page=number, box=one.word.box) for _, one, _ in found)
    return [Cue("documents.pdf-foreign-type", Force.WEAK, min(weight, 1.0), values, where)]


def _shelf(one: _Set, everything: list[_Set], uses: Counter[int]) -> bool:
    """Did every other font of the page come with the file and this one not, or the other way round?"""
    return all(o.embedded != one.embedded for o in everything if o.face != one.face and uses[o.face] > _FEW)


def _alone(
    everything: list[_Set], rows: dict[int, list[_Set]], uses: Counter[int]
) -> list[tuple[float, _Set, list[str]]]:
    """A few words within one line in a font that nothing else on the page is set in, where the page's own font has all
    their letters. Less than enough by itself: people who write letters do that, too."""
    if len(everything) < _PAGE:
        return []
    families = Counter(one.family for one in everything)
    common, count = families.most_common(1)[0]
    if count < 0.8 * len(everything):
        return []
    letters = {letter for one in everything if one.family == common for letter in one.word.text}
    for family, count in families.items():
        lone = [one for one in everything if one.family == family]
        row = [o for o in _row(lone[0], rows) if o.family == common and abs(o.size - lone[0].size) < 0.2]
        within = all(abs(one.baseline - lone[0].baseline) < _ROW / 2 for one in lone)
        if family == common or count > _RUN or not within or not row:
            continue
        text = "".join(one.word.text for one in lone)
        if any(letter.isdigit() for letter in text) and set(text) <= letters:
            weight = 0.9 if _shelf(lone[0], everything, uses) else 0.5
            return [(weight, lone[0], ["font"])]
    return []


def _set(page: Marks, word: Printed) -> _Set:
    mark = page.marks[word.marks[0]]
    name = re.sub(r"^[A-Z]{6}\+", "", mark.font)
    return _Set(word, family_of(mark.font), name, mark.face, mark.embedded, round(mark.size, 2))


def _in_columns(telling: list[_Set]) -> Iterator[tuple[_Set, list[_Set]]]:
    """Each figure or date with the others of its column: figures with its right edge, or those in whose band it stands."""
    for pattern in (_FIGURE, _DATE):
        yield from _of_columns([one for one in telling if pattern.fullmatch(one.word.text)])


def _of_columns(figures: list[_Set]) -> Iterator[tuple[_Set, list[_Set]]]:
    columns: list[list[_Set]] = []
    for one in sorted(figures, key=lambda f: f.right):
        if columns and one.right - columns[-1][-1].right <= _EDGE and one.right - columns[-1][0].right <= 3 * _EDGE:
            columns[-1].append(one)
        else:
            columns.append([one])
    long = [column for column in columns if len(column) > MIN_OTHERS]
    for column in columns:
        if len(column) > MIN_OTHERS:
            yield from ((one, [o for o in column if o is not one]) for one in column)
        elif len(column) <= _FEW:
            for one in column:
                band = max(long, key=lambda c: _within(one, c), default=None)
                if band is not None and _within(one, band) > 0.5:
                    yield one, band


def _within(one: _Set, column: list[_Set]) -> float:
    """The share of a word's width that lies in a column's band."""
    left, right = min(o.word.box[0] for o in column), max(o.right for o in column)
    width = one.right - one.word.box[0]
    return (min(one.right, right) - max(one.word.box[0], left)) / width if width > 0 else 0.0


def _differs(
    one: _Set, others: list[_Set], rows: dict[int, list[_Set]], uses: Counter[int], shelf: bool
) -> tuple[float, list[str]]:
    """How much one entry differs from its column and from its row, and in what."""
    row = _row(one, rows)
    if not row:
        return 0.0, []
    weight = _font(one, others, row, uses)
    what = ["font"] if weight else []
    if weight and shelf:
        weight += 0.4  # taken from the editor's shelf
    sizes = {o.size for o in others}
    if len(sizes) == 1 and abs(one.size - others[0].size) > 0.2 and all(abs(o.size - one.size) > 0.2 for o in row):
        weight, what = weight + 0.5, [*what, "size"]
    if _off(one, rows) > 0.3 and max(_off(o, rows) for o in others) < 0.05:
        weight, what = weight + 0.5, [*what, "baseline"]
    edges = [o.right for o in others]
    if weight and max(edges) - min(edges) < 0.5 and min(abs(one.right - edge) for edge in edges) > 0.8:
        weight, what = weight + 0.3, [*what, "edge"]
    return weight, what


def _row(one: _Set, rows: dict[int, list[_Set]]) -> list[_Set]:
    """The other words on its line."""
    key = round(one.baseline / _ROW)
    near = [o for k in (key - 1, key, key + 1) for o in rows[k]]
    return [o for o in near if o.word is not one.word and abs(o.baseline - one.baseline) < _ROW / 2]


def _off(one: _Set, rows: dict[int, list[_Set]]) -> float:
    """Pixels between its baseline and the nearest one of its line."""
    return min((abs(one.baseline - o.baseline) for o in _row(one, rows)), default=0.0)


def _font(one: _Set, others: list[_Set], row: list[_Set], uses: Counter[int]) -> float:
    """Is it set in a font that neither its column nor its row has, or in a second copy of theirs brought for it alone?"""
    families = Counter(o.family for o in others)
    common, count = families.most_common(1)[0]
    if one.family != common and count >= 0.8 * len(others) and families[one.family] == 0:
        return 0.6 if all(o.family != one.family for o in row) else 0.0
    faces = Counter(o.face for o in others)
    face, count = faces.most_common(1)[0]
    second = uses[one.face] <= _FEW and count == len(others) and one.face != face and one.name == others[0].name
    return 0.6 if second and any(o.face == face for o in row) else 0.0
