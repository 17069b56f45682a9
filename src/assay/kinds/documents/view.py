"""What the console shows of a document: its pages as pictures, with boxes where findings lie, and the pages that a revision of a
PDF changed, before and after. Files are opened anew, within the same bounds as when they were examined."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import NotFound
from assay.kinds.documents.media import PDF, media_of
from assay.kinds.documents.opened import open_document

if TYPE_CHECKING:
    from assay.formats.pdf_marks import Printed
    from assay.kinds.documents.pdf.before_after import Pair
    from assay.kinds.documents.pdf.revisions import PageChange

MOST_PAGES = 12  # those with marks first
LEAST_SIDE = 256  # pixels of a picture whose traces are shown
MOST_WORDS = 12  # of one changed page
_QUALITY = 88
_BEFORE, _AFTER = (37, 87, 145), (186, 38, 38)


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`kept`: is the file still there; `pages`: number, width and height in pixels, how many marks, `heat` whether it is a
    photograph or scan; `left_out`: pages not
    shown; `pairs`: pages a revision changed, with the words that were exchanged."""
    content = _content(exhibits)
    if content is None:
        return {"kept": False, "pages": [], "left_out": 0, "pairs": []}
    marked = _marked(decision)
    opened = open_document(content)
    wanted = sorted(opened.pages, key=lambda page: (-marked.get(page.number, 0), page.number))[:MOST_PAGES]
    pages = []
    for page in sorted(wanted, key=lambda page: page.number):
        height, width = page.pixels.shape[:2]
        if min(height, width) > 1:  # a page that cannot be drawn is one white dot
            marks = marked.get(page.number, 0)
            heat = not page.layer and min(height, width) >= LEAST_SIDE
            pages.append({"number": page.number, "width": width, "height": height, "marks": marks, "heat": heat})
    return {"kept": True, "pages": pages, "left_out": len(opened.pages) - len(pages), "pairs": _pairs_told(content)}


def picture(name: str, exhibits: Sequence[Enclosed]) -> bytes:
    """`page-N`, `heat-N` (traces of editing), `before-K` or `after-K` as a JPEG, drawn anew: no byte of the file itself leaves. Raises `NotFound`."""
    content = _content(exhibits)
    what, _, number = name.partition("-")
    if content is None or not number.isdigit():
        raise NotFound(f"no picture {name!r}")
    at = int(number)
    if what == "page":
        page = next((page for page in open_document(content).pages if page.number == at), None)
        if page is not None:
            return _jpeg(page.pixels)
    elif what == "heat":
        from assay.kinds.documents.pixels.heatmap import heatmap

        opened = open_document(content)
        shown = heatmap(opened, at) if 0 < at <= len(opened.pages) else None
        if shown is not None:
            return _jpeg(shown)
    elif what in ("before", "after"):
        pairs = _pairs(content)
        if at < len(pairs):
            pair = pairs[at]
            return _jpeg(
                _boxed(pair.before, [a.box for a, _ in _exchanged(pair.change) if a], _BEFORE)
                if what == "before"
                else _boxed(pair.after, [b.box for _, b in _exchanged(pair.change) if b], _AFTER)
            )
    raise NotFound(f"no picture {name!r}")


def _content(exhibits: Sequence[Enclosed]) -> bytes | None:
    return next((one.content for one in exhibits if one.content), None)


def _marked(decision: Decision) -> dict[int, int]:
    """Page -> places that findings name on it."""
    found: dict[int, int] = {}
    for finding in decision.findings:
        for where in finding.where:
            if where.box is not None and finding.verdict in ("counterfeit", "suspicious", "inconclusive"):
                found[where.page or 1] = found.get(where.page or 1, 0) + 1
    return found


def _pairs_told(content: bytes) -> list[dict[str, Any]]:
    told = []
    for number, pair in enumerate(_pairs(content)):
        change = pair.change
        words = [{"before": a.text if a else "", "after": b.text if b else ""} for a, b in _exchanged(change)]
        told.append(
            {
                "number": number,
                "page": change.page,
                "old": change.old + 1,
                "new": change.new + 1,
                "size_before": [pair.before.shape[1], pair.before.shape[0]],
                "size_after": [pair.after.shape[1], pair.after.shape[0]],
                "words": words[:MOST_WORDS],
                "more": max(0, len(words) - MOST_WORDS),
            }
        )
    return told


def _exchanged(change: PageChange) -> list[tuple[Printed | None, Printed | None]]:
    """Words that stood there beside those that stand there now. An edit that only paints over a word leaves it on the page:
    such a word is shown as what stood there."""
    told: list[tuple[Printed | None, Printed | None]] = [(r.before, r.after) for r in change.replaced]
    told += [(word, None) for word in change.removed]
    return told + [(next((old for old in change.standing if _under(old, new)), None), new) for new in change.added]


def _under(old: Printed, new: Printed) -> bool:
    """Is the middle of the new word over the old one, or the old one's under the new?"""
    return any(
        outer.box[0] <= (inner.box[0] + inner.box[2]) / 2 <= outer.box[2]
        and outer.box[1] <= (inner.box[1] + inner.box[3]) / 2 <= outer.box[3]
        for outer, inner in ((old, new), (new, old))
    )


@lru_cache(maxsize=1)
def _pairs(content: bytes) -> tuple[Pair, ...]:
    """The page and its pictures are asked for one after the other: drawn once for all."""
    if media_of(content) != PDF:
        return ()
    from assay.kinds.documents.pdf.before_after import before_after

    return tuple(before_after(content))


def _boxed(pixels: np.ndarray, boxes: Sequence[tuple[float, float, float, float]], colour: tuple[int, int, int]) -> np.ndarray:  # fmt: skip
    """A copy with a frame round each box."""
    drawn = np.array(pixels)
    height, width = drawn.shape[:2]
    for x0, y0, x1, y1 in boxes:
        left, right = (int(min(max(v, 0), width - 1)) for v in (x0 - 4, x1 + 4))
        top, bottom = (int(min(max(v, 0), height - 1)) for v in (y0 - 4, y1 + 4))
        drawn[top : bottom + 1, left : right + 1] = _framed(drawn[top : bottom + 1, left : right + 1], colour)
    return drawn


def _framed(patch: np.ndarray, colour: tuple[int, int, int], thick: int = 3) -> np.ndarray:
    framed = patch.copy()
    for side in (np.s_[:thick], np.s_[-thick:], np.s_[:, :thick], np.s_[:, -thick:]):
        framed[side] = colour
    return framed


def _jpeg(pixels: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
