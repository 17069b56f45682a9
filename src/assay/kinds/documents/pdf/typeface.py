"""Figures that do not belong to their row and column: another font, another size, off the baseline, off the column's edge.

A program sets a column the same way from top to bottom. One entry that differs from all others of its column *and* from the
rest of its own row was set by somebody else. Bold totals differ with their whole row, and bold or italic of one family is
never a difference.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from assay.core.finding import Where
from assay.formats.pdf_marks import Marks, Printed
from assay.kinds.documents.pdf.cues import Cue, Force
from assay.kinds.documents.pdf.edited import shown

MIN_COLUMN = 5
_EDGE = 4.0  # pixels within which right edges are one column
_SAME_ROW = 6.0
_FIGURE = re.compile(r"[-+(]?[$€£¥₹]?\d{1,3}(?:[.,'’]?\d{3}){0,4}[.,]\d{2}[)%-]?(?:€|CR|DR)?")


@dataclass(frozen=True)
class _Set:
    """How one word is set."""

    word: Printed
    family: str
    face: int
    size: float
    baseline: float
    right: float


def family_of(font: str) -> str:
    """A font's family without subset mark and style.

    >>> family_of("ABCDEF+Arial-BoldMT"), family_of("ArialMT"), family_of("Helvetica-Oblique")
    ('arial', 'arial', 'helvetica')
    """
    name = re.sub(r"^[A-Z]{6}\+", "", font)
    name = re.sub(r"(?i)(PSMT|PS|MT)$", "", name)
    name = re.sub(
        r"(?i)[-, ]?(bold|italic|oblique|regular|roman|medium|semi|demi|light|black|heavy|book|it|bd|mt|ps)+$", "", name
    )
    return re.sub(r"[-, ]", "", name).lower()


def type_cues(page: Marks, words: list[Printed], number: int) -> list[Cue]:
    """The cue of page `number` (from 1), with the entries that differ."""
    figures = [_set(page, w) for w in words if _FIGURE.fullmatch(w.text)]
    if len(figures) < MIN_COLUMN:
        return []
    rows: dict[int, list[_Set]] = defaultdict(list)
    for word in words:
        rows[round(word.baseline / _SAME_ROW)].append(_set(page, word))
    uses = Counter(page.marks[w.marks[0]].face for w in words)
    found: list[tuple[float, _Set, list[str]]] = []
    for column in _columns(figures):
        for one in column:
            weight, what = _differs(one, column, rows, uses)
            if weight > 0.25:
                found.append((weight, one, what))
    if not found or len(found) > 3:
        return []  # a page where much differs has no one way of being set
    weight, worst, what = max(found, key=lambda f: f[0])
    values = {"page": number, "text": shown(worst.word.text), "what": ", ".join(what), "count": len(found)}
    where = tuple(Where(page=number, box=one.word.box) for _, one, _ in found)
    return [Cue("documents.pdf-foreign-type", Force.WEAK, min(weight, 1.0), values, where)]


def _set(page: Marks, word: Printed) -> _Set:
    mark = page.marks[word.marks[0]]
    return _Set(word, family_of(mark.font), mark.face, round(mark.size, 2), word.baseline, word.box[2])


def _columns(figures: list[_Set]) -> list[list[_Set]]:
    """Figures with one right edge, top to bottom."""
    out: list[list[_Set]] = []
    for one in sorted(figures, key=lambda f: f.right):
        if out and one.right - out[-1][-1].right <= _EDGE and one.right - out[-1][0].right <= 2 * _EDGE:
            out[-1].append(one)
        else:
            out.append([one])
    return [column for column in out if len(column) >= MIN_COLUMN]


def _differs(one: _Set, column: list[_Set], rows: dict[int, list[_Set]], uses: Counter[int]) -> tuple[float, list[str]]:
    """How much one entry differs from its column and from its row, and in what."""
    others = [o for o in column if o is not one]
    key = round(one.baseline / _SAME_ROW)
    row = [o for k in (key - 1, key, key + 1) for o in rows[k]]
    row = [o for o in row if o.word is not one.word and abs(o.baseline - one.baseline) < _SAME_ROW / 2]
    if not row:
        return 0.0, []
    weight = 0.0
    what: list[str] = []
    families = Counter(o.family for o in others)
    if families[one.family] == 0 and all(o.family != one.family for o in row) and len(families) == 1:
        weight, what = weight + 0.7, [*what, "font"]
    elif _own_subset(one, others, row, uses):
        weight, what = weight + 0.6, [*what, "font"]
    sizes = {o.size for o in others}
    if len(sizes) == 1 and abs(one.size - others[0].size) > 0.2 and all(abs(o.size - one.size) > 0.2 for o in row):
        weight, what = weight + 0.5, [*what, "size"]
    steps = [min((abs(o.baseline - r.baseline) for r in rows[round(o.baseline / _SAME_ROW)] if r.word is not o.word),
                 default=0.0) for o in others]  # fmt: skip
    if max(steps) < 0.05 and min(abs(one.baseline - r.baseline) for r in row) > 0.3:
        weight, what = weight + 0.5, [*what, "baseline"]
    edges = [o.right for o in others]
    if max(edges) - min(edges) < 0.5 and min(abs(one.right - edge) for edge in edges) > 0.8:
        weight, what = weight + 0.3, [*what, "edge"]
    return weight, what


def _own_subset(one: _Set, others: list[_Set], row: list[_Set], uses: Counter[int]) -> bool:
    """Is it set in a copy of the column's font that serves for hardly anything else, where the row uses the column's own?"""
    faces = {o.face for o in others}
    if len(faces) != 1 or one.face in faces or uses[one.face] > 2 or one.family != others[0].family:
        return False
    return any(o.face in faces for o in row)
