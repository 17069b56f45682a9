"""Annotations that lie on the page's own figures: a comment box or a form field that shows another amount in their place.

Links, highlights and comments beside the text are ordinary, and black boxes over one's own data are usual redaction.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from assay.core.cue import Cue, Force
from assay.core.finding import Where
from assay.formats.pdf_file import PageNode, View
from assay.formats.pdf_marks import Box, Marks, Printed
from assay.formats.pdf_syntax import text_of
from assay.kinds.documents.pdf.edited import places, shown

MAX_ANNOTATIONS = 500
_DIGIT = re.compile(r"\d")
_UNSEEN = 2 | 32  # /F: hidden, no view
_TIGHT = 6.0
_SHOWING = frozenset({"FreeText", "Widget", "Stamp", "Square", "Polygon", "Redact"})


def annotation_cues(view: View, node: PageNode, page: Marks, words: list[Printed], number: int) -> list[Cue]:
    """The cues of page `number` (from 1)."""
    figures = [w for w in words if _DIGIT.search(w.text)]
    if not figures:
        return []
    boxes = np.array([w.box for w in figures])
    out: list[Cue] = []
    for value in view.array(node.dictionary.get("Annots"))[:MAX_ANNOTATIONS]:
        note = view.dictionary(value)
        if note.get("Subtype") not in _SHOWING:
            continue
        flags = view.of(note.get("F"))
        rectangle = [view.of(v) for v in view.array(note.get("Rect"))]
        if (isinstance(flags, int) and flags & _UNSEEN) or len(rectangle) != 4:
            continue
        if not all(isinstance(v, (int, float)) for v in rectangle):
            continue
        x0, x1 = sorted((float(rectangle[0]), float(rectangle[2])))
        y0, y1 = sorted((float(rectangle[1]), float(rectangle[3])))
        box = page.box((x0, y0, x1, y1))
        under = _under(box, boxes)
        if len(under):
            out += _over(view, note, box, [figures[i] for i in under], number)
    return out


def _under(box: Box, boxes: np.ndarray) -> np.ndarray:
    width = np.minimum(boxes[:, 2], box[2]) - np.maximum(boxes[:, 0], box[0])
    height = np.minimum(boxes[:, 3], box[3]) - np.maximum(boxes[:, 1], box[1])
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return np.flatnonzero((width > 0) & (height > 0) & (width * height >= 0.6 * area) & (area > 0))


def _over(view: View, note: dict[str, Any], box: Box, under: list[Printed], number: int) -> list[Cue]:
    kind = str(note.get("Subtype", ""))
    text = text_of(view.of(note.get("Contents")))
    if kind == "Widget":
        text = text_of(view.of(note.get("V") or view.dictionary(note.get("Parent")).get("V")))
    area = (box[2] - box[0]) * (box[3] - box[1])
    tight = area < _TIGHT * sum((w.box[2] - w.box[0]) * (w.box[3] - w.box[1]) for w in under)
    where = (Where(page=number, box=box), *places(number, under[:2]))
    values = {"page": number, "kind": kind, "before": shown(under[0].text), "after": _figure(text)}
    code = "documents.pdf-annotation-covers"
    differs = bool(_DIGIT.search(text)) and under[0].text not in text
    if kind == "FreeText" and differs:
        return [Cue(code, Force.PROOF if tight else Force.STRONG, values=values, where=where)]
    if kind == "Widget" and differs and tight:
        return [Cue(code, Force.WEAK, 0.7, values, where)]  # a form may be printed with a nought under its field
    filled = [view.of(v) for v in view.array(note.get("IC"))]
    white = bool(filled) and all(isinstance(v, (int, float)) and v > 0.9 for v in filled)
    if tight and (kind == "Stamp" or (kind in ("Square", "Polygon", "FreeText", "Redact") and white)):
        return [Cue(code, Force.STRONG, values=values, where=where)]
    return []


def _figure(text: str) -> str:
    found = re.search(r"\S*\d\S*", text)
    return shown(found[0][:40]) if found else ""
