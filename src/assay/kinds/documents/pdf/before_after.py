"""A page before and after a revision changed it, as two pictures with boxes: what the console shows of an edit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats.pdf_file import PdfFile
from assay.formats.pdf_marks import Box
from assay.formats.pdf_weight import too_heavy
from assay.kinds.documents.pdf.revisions import PageChange, page_changes

DPI = 150.0
MAX_PAIRS = 4
_MAX_SIDE = 4096
_SECONDS = 10.0  # for each picture


@dataclass(frozen=True)
class Pair:
    """`before` and `after` are uint8[height, width, 3] RGB at 150 dots an inch; the boxes are pixels of theirs."""

    change: PageChange
    before: np.ndarray
    after: np.ndarray

    @property
    def boxes_before(self) -> list[Box]:
        return [r.before.box for r in self.change.replaced] + [w.box for w in self.change.removed]

    @property
    def boxes_after(self) -> list[Box]:
        return [r.after.box for r in self.change.replaced] + [w.box for w in self.change.added]


def before_after(content: bytes, most: int = MAX_PAIRS) -> list[Pair]:
    """The pages whose words, images or fonts a later revision changed, at most `most`, oldest change first. Never raises:
    a page that cannot be drawn is left out."""
    from assay.formats import pdfium

    file = PdfFile(content)
    if len(file.revisions) < 2 or too_heavy(content):
        return []
    out: list[Pair] = []
    for change in page_changes(content, file):
        if len(out) >= most:
            break
        ends = file.revisions[change.old].end, file.revisions[change.new].end
        pictures = []
        try:
            for end, number in zip(ends, (change.page_before, change.page), strict=True):
                cut = content[:end]
                _, sizes = pdfium.page_sizes(cut, most=number)
                width, height = sizes[number - 1]
                scale = min(DPI / 72, _MAX_SIDE / max(width, height, 1.0))
                size = (max(1, round(width * scale)), max(1, round(height * scale)))
                pictures.append(pdfium.draw(cut, number - 1, size, seconds=_SECONDS))
        except (UnreadableInput, IndexError):
            continue
        out.append(Pair(change, *pictures))
    return out
