"""The detector `documents.pdf`: every look at a PDF, and how their cues add up to one finding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.cue import Cue, Force, judge
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings
from assay.core.profile import Profile
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.media import PDF, media_of


class PdfDetector:
    """Reads the PDFs among documents; says nothing of pictures. `roots` is a folder of certificates (PEM or DER) that the
    operator trusts to sign papers, or None."""

    name = "documents.pdf"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Document,)

    def __init__(self, roots: Path | None = None) -> None:
        self.roots = roots

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(self.name, self.version, len(batch), self._findings(batch))

    def _findings(self, batch: Batch[Any]) -> Iterator[tuple[int, Finding]]:
        for i in range(len(batch)):
            document = batch.item(i)
            if media_of(document.content) == PDF:
                yield i, self.finding(document)

    def finding(self, document: Document) -> Finding:
        """The statement about one document; never raises."""
        from assay.kinds.documents.pdf.looks import cues_of

        try:
            cues = cues_of(document, self.roots)
        except (Exception, RecursionError):  # hostile bytes in other people's parsers: nothing is known, and it says so
            cues = [Cue("documents.unreadable", Force.UNKNOWN)]
        return judge(cues, self.name, self.version)
