"""What lies under something else on a page: an amount under a white box with another amount written on it.

Scans with their recognised text beneath, stripes behind table rows and highlights are ordinary: a cover counts only where
it hides words that were painted before it, is opaque, and is no background of the page.
"""

from __future__ import annotations

import re

import numpy as np

from assay.core.cue import Cue, Force
from assay.core.finding import Where
from assay.formats.pdf_marks import Box, Mark, Marks, Printed
from assay.kinds.documents.pdf.edited import in_margin, places, shown
from assay.kinds.documents.pdf.revisions import shared

MAX_COVERS = 600
_LARGE = 0.5  # of the page: a background or a scan, no patch
_HIDES = 0.8  # of a word's width
_HIDES_HEIGHT = 0.6  # of its height, which has room for accents and descenders that figures do not use
_TIGHT = 12.0  # a patch's area against the words it hides
_FEW = 12  # words
_DIGIT = re.compile(r"\d")
_TELLING = re.compile(r"\d[.,:/-]\d|\d{4}")  # an amount, a date, a number of an account


def layer_cues(page: Marks, words: list[Printed], number: int) -> list[Cue]:
    """The cues of page `number` (from 1)."""
    if not words:
        return []
    boxes = np.array([word.box for word in words])
    last = np.array([max(word.marks) for word in words])
    out: list[Cue] = []
    covered: set[int] = set()
    for index, cover in _covers(page):
        hidden = _inside(boxes, cover.box, last, index) - covered
        if not hidden:
            continue
        covered |= hidden
        out += _patch(
            cover, [words[i] for i in sorted(hidden)], _above(words, boxes, last, index, cover.box), number, page.height
        )
    seen = [i for i in range(len(words)) if i not in covered]
    return out + _overprinted(page, [words[i] for i in seen], number)


def _covers(page: Marks) -> list[tuple[int, Mark]]:
    """Opaque rectangles and images that are large enough for a word and smaller than the page."""
    area = max(page.width * page.height, 1.0)
    found = []
    pictured = sum((m.box[2] - m.box[0]) * (m.box[3] - m.box[1]) for m in page.marks if m.kind == "image")
    for index, mark in enumerate(page.marks):
        if mark.kind == "image" and pictured > _LARGE * area:
            continue  # strips of a scan, with what was recognised beneath
        width, height = mark.box[2] - mark.box[0], mark.box[3] - mark.box[1]
        opaque = mark.filled and (
            mark.kind == "image" or (mark.kind == "shape" and mark.rectangle and mark.colour[3] == 255)
        )
        if opaque and width > 6 and height > 6 and width * height < _LARGE * area:
            found.append((index, mark))
    return found[-MAX_COVERS:]


def _inside(boxes: np.ndarray, cover: Box, last: np.ndarray, index: int) -> set[int]:
    width = np.minimum(boxes[:, 2], cover[2]) - np.maximum(boxes[:, 0], cover[0])
    height = np.minimum(boxes[:, 3], cover[3]) - np.maximum(boxes[:, 1], cover[1])
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    hidden = (last < index) & (wide > 0) & (high > 0) & (width >= _HIDES * wide) & (height >= _HIDES_HEIGHT * high)
    return set(np.flatnonzero(hidden).tolist())


def _above(words: list[Printed], boxes: np.ndarray, last: np.ndarray, index: int, cover: Box) -> list[Printed]:
    """The words painted after the cover, on it."""
    centre_x, centre_y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    on = (last > index) & (centre_x > cover[0]) & (centre_x < cover[2]) & (centre_y > cover[1]) & (centre_y < cover[3])
    return [words[i] for i in np.flatnonzero(on)]


def _patch(cover: Mark, hidden: list[Printed], above: list[Printed], number: int, height: float) -> list[Cue]:
    if sorted(w.text for w in hidden) == sorted(w.text for w in above):
        return []  # painted once more on a fresh background
    pairs = [(h, a) for h in hidden for a in above if h.text != a.text and shared(h.box, a.box) > 0.3]
    pairs = [(h, a) for h, a in pairs if _DIGIT.search(h.text) and _DIGIT.search(a.text)]
    pairs = [(h, a) for h, a in pairs if not in_margin(a, height)]  # pages are numbered anew when files are joined
    where = (Where(page=number, box=cover.box),)
    if pairs:
        before, after = pairs[0]
        values = {"page": number, "before": shown(before.text), "after": shown(after.text), "count": len(pairs)}
        return [Cue("documents.pdf-covered-text", Force.PROOF, values=values, where=(*where, *places(number, [after])))]
    figures = [w for w in hidden if _TELLING.search(w.text) and not in_margin(w, height)]
    if not figures or len(hidden) > min(_FEW, 3 * len(figures)):
        return []  # a layer of its own, no patch
    area = (cover.box[2] - cover.box[0]) * (cover.box[3] - cover.box[1])
    taken = sum((w.box[2] - w.box[0]) * (w.box[3] - w.box[1]) for w in hidden)
    if area < _TIGHT * taken and (cover.kind == "image" or min(cover.colour[:3]) > 200):
        values = {"page": number, "before": shown(figures[0].text), "count": len(figures)}
        return [Cue("documents.pdf-hidden-text", Force.WEAK, 1.0, values, where)]
    return []


def _overprinted(page: Marks, words: list[Printed], number: int) -> list[Cue]:
    """Two different figures in one place: the first made white, or the second simply written over it."""
    figures = [w for w in words if _DIGIT.search(w.text) and len(w.text) > 2][:2_000]
    if len(figures) < 2:
        return []
    boxes = np.array([w.box for w in figures])
    order = np.argsort(boxes[:, 1], kind="stable")
    out: list[Cue] = []
    for position, i in enumerate(order):
        for j in order[position + 1 : position + 60]:
            if boxes[j, 1] > boxes[i, 3]:
                break
            first, second = sorted((figures[i], figures[j]), key=lambda w: min(w.marks))
            if first.text == second.text or shared(first.box, second.box) < 0.5:
                continue
            if max(first.size, second.size) > 1.6 * min(first.size, second.size) or in_margin(second, page.height):
                continue  # a watermark, a raised note, a page number
            white = _white(page, first) != _white(page, second)
            values = {"page": number, "before": shown(first.text), "after": shown(second.text)}
            force = Force.STRONG if white else Force.WEAK
            out.append(Cue("documents.pdf-overprinted", force, 0.6, values, places(number, [second])))
            if len(out) >= 4:
                return out
    return out


def _white(page: Marks, word: Printed) -> bool:
    colour = page.marks[word.marks[0]].colour
    return min(colour[:3]) > 245 or colour[3] < 10
