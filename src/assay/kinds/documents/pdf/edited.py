"""What the revisions of a PDF say of forgery: an amount that stood on the page and another that stands there now."""

from __future__ import annotations

import re
from typing import Any

from assay.core.cue import Cue, Force
from assay.core.finding import Where
from assay.formats.pdf_marks import Printed
from assay.kinds.documents.pdf.revisions import PageChange

_PLAIN_AMOUNT = re.compile(r"[-+(]?[$€£¥₹]?\d{1,3}(?:[.,'’]?\d{3}){0,4}(?:[.,]\d{1,2})?[)%-]?")
_MOST_WHERE = 8
_MARGIN = 0.08  # of the page's height


def edit_cues(changes: list[PageChange]) -> list[Cue]:
    """One cue for each page and kind of change; what a form, a stamp or a page number adds is none."""
    return [cue for change in changes for cue in _of(change)]


def shown(text: str) -> str:
    """A word as it may be recorded: amounts as they are, anything else with its middle hidden.

    >>> shown("1,200.00"), shown("DE89370400440532013000"), shown("Miller")
    ('1,200.00', 'D…0', 'M…r')
    """
    if _PLAIN_AMOUNT.fullmatch(text):
        return text
    return text if len(text) < 3 else f"{text[0]}…{text[-1]}"


def in_margin(word: Printed, height: float) -> bool:
    """Is it a page number or the like: no amount, at the very top or bottom?"""
    if "." in word.text.strip(".") or "," in word.text:
        return False
    return word.box[3] < _MARGIN * height or word.box[1] > (1 - _MARGIN) * height


def places(page: int, words: list[Printed]) -> tuple[Where, ...]:
    return tuple(Where(page=page, box=word.box) for word in words[:_MOST_WHERE])


def _of(change: PageChange) -> list[Cue]:
    out = []
    page: dict[str, Any] = {"page": change.page, "revision": change.new + 1}
    if change.replaced:
        inside = [r for r in change.replaced if not in_margin(r.after, change.height)]
        telling = [r for r in inside if r.digits] or inside or change.replaced
        first = telling[0]
        exact = change.edited and first.digits
        force = Force.PROOF if exact else Force.STRONG if change.edited or first.digits else Force.NOTE
        if not inside:
            force = Force.NOTE  # pages numbered anew
        values = page | {"before": shown(first.before.text), "after": shown(first.after.text), "count": len(telling)}
        where = places(change.page, [r.after for r in telling])
        out.append(Cue("documents.pdf-text-replaced", force, values=values, where=where))
    if change.amounts_removed:
        values = page | {"count": len(change.amounts_removed), "before": shown(change.amounts_removed[0].text)}
        where = places(change.page, change.amounts_removed)
        out.append(Cue("documents.pdf-text-removed", Force.STRONG, values=values, where=where))
    if change.amounts_added:
        values = page | {"count": len(change.amounts_added), "after": shown(change.amounts_added[0].text)}
        where = places(change.page, change.amounts_added)
        force = Force.STRONG if change.within else Force.WEAK
        out.append(Cue("documents.pdf-text-added", force, 0.6, values, where))
    if change.pictures:
        force = Force.WEAK if change.recognised else Force.STRONG
        values = page | {"count": change.pictures}
        out.append(Cue("documents.pdf-image-replaced", force, 0.5, values, (Where(page=change.page),)))
    if change.fonts and not change.text:
        out.append(Cue("documents.pdf-font-replaced", Force.WEAK, 0.6, page, (Where(page=change.page),)))
    return out
