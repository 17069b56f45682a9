"""What the detector says of some bytes, in short."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from assay.core.finding import Finding
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.pdf.detector import PdfDetector


def look(content: bytes, roots: Path | None = None) -> Finding:
    return PdfDetector(roots).finding(Document(id="d", time=datetime.now(UTC), content=content))


def codes(finding: Finding) -> set[str]:
    return {reason.code.removeprefix("documents.pdf-") for reason in finding.reasons}
