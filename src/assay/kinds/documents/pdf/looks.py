"""Every look at one PDF, in order of what it costs and proves; what cannot be opened ends it early."""

from __future__ import annotations

from pathlib import Path

from assay.core.cue import Cue, Force
from assay.core.errors import UnreadableInput
from assay.formats.pdf_file import PageNode, PdfFile
from assay.formats.pdf_weight import WEIGHED, too_heavy, unlocked
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.pdf.active import active_cues
from assay.kinds.documents.pdf.annotations import annotation_cues
from assay.kinds.documents.pdf.edited import edit_cues
from assay.kinds.documents.pdf.layers import layer_cues
from assay.kinds.documents.pdf.origin import origin_cues
from assay.kinds.documents.pdf.revisions import page_changes
from assay.kinds.documents.pdf.signed import signature_cues
from assay.kinds.documents.pdf.structure import structure_cues
from assay.kinds.documents.pdf.typeface import type_cues

MAX_PAGES = 12  # looked at for layers and type: the first ones and, of a file of some fifty, the last two


def cues_of(document: Document, roots: Path | None = None) -> list[Cue]:
    """Everything that was found in the document's bytes."""
    from assay.formats import pdfium

    content = document.content
    file = PdfFile(content)
    if too_heavy(content):
        return [Cue("documents.too-large", Force.UNKNOWN)]
    cues, _ = signature_cues(content, file, roots)
    try:
        count, _ = pdfium.page_sizes(content, most=1)
        if file.encrypted:
            content = unlocked(content)
    except UnreadableInput as error:
        code = "documents.encrypted" if error.code == "encrypted" else "documents.unreadable"
        return [*cues, Cue(code, Force.UNKNOWN)]
    cues += structure_cues(document.content, file)
    cues += edit_cues(page_changes(document.content, file))
    if content is not document.content:
        file = PdfFile(content)
    view = file.at()
    cues += origin_cues(view, document.time, document.claimed)
    cues += active_cues(view)
    return cues + _pages(content, file, count)


def _pages(content: bytes, file: PdfFile, count: int) -> list[Cue]:
    from assay.formats.pdf_marks import marks_of, words

    numbers = list(range(min(count, MAX_PAGES - 2)))
    numbers += [n for n in (count - 2, count - 1) if len(numbers) <= n < WEIGHED]
    view = file.at()
    nodes: list[PageNode] = [] if file.encrypted else view.pages(MAX_PAGES + 1)
    cues: list[Cue] = []
    for number, page in zip(numbers, marks_of(content, numbers), strict=True):
        if page is None:
            continue
        printed = words(page)
        cues += layer_cues(page, printed, number + 1)
        cues += type_cues(page, printed, number + 1)
        if number < len(nodes) and (len(nodes) == count or len(nodes) > MAX_PAGES):
            cues += annotation_cues(view, nodes[number], page, printed, number + 1)
    return cues
