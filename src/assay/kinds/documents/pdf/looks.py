"""Every look at one PDF, in order of what it costs and proves; what cannot be opened ends it early."""

from __future__ import annotations

from pathlib import Path

from assay.core.errors import UnreadableInput
from assay.formats.pdf_file import PdfFile
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.pdf.cues import Cue, Force
from assay.kinds.documents.pdf.edited import edit_cues
from assay.kinds.documents.pdf.revisions import page_changes
from assay.kinds.documents.pdf.signed import signature_cues
from assay.kinds.documents.pdf.structure import structure_cues


def cues_of(document: Document, roots: Path | None = None) -> list[Cue]:
    """Everything that was found in the document's bytes."""
    from assay.formats import pdfium

    content = document.content
    file = PdfFile(content)
    cues, _ = signature_cues(content, file, roots)
    try:
        pdfium.page_sizes(content, most=1)
    except UnreadableInput as error:
        code = "documents.encrypted" if error.code == "encrypted" else "documents.unreadable"
        return [*cues, Cue(code, Force.UNKNOWN)]
    cues += structure_cues(content, file)
    cues += edit_cues(page_changes(content, file))
    return cues
