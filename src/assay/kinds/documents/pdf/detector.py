"""The detector `documents.pdf`: every look at a PDF, and how their cues add up to one finding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.media import PDF, media_of
from assay.kinds.documents.pdf.cues import Cue, Force

ENOUGH = 1.0  # weak cues together
_MOST_REASONS = 24
_MOST_WHERE = 32


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


def judge(cues: list[Cue], detector: str = PdfDetector.name, version: str = PdfDetector.version) -> Finding:
    """One proof is enough for a forgery; a strong cue, or weak ones together, for suspicion; else what is not known.

    >>> judge([Cue("documents.pdf-offsets-miss", Force.WEAK, 0.3)]).verdict
    'none'
    """
    force = max((cue.force for cue in cues), default=Force.NOTE)
    weak = sum({cue.code: cue.weight for cue in cues if cue.force == Force.WEAK}.values())
    verdict, severity = Verdict.NONE, Severity.INFORMATIONAL
    if force == Force.PROOF:
        verdict, severity = Verdict.COUNTERFEIT, Severity.HIGH
    elif force == Force.STRONG:
        verdict, severity = Verdict.SUSPICIOUS, Severity.MEDIUM
    elif weak >= ENOUGH:
        verdict, severity = Verdict.SUSPICIOUS, Severity.LOW
    elif any(cue.force == Force.UNKNOWN for cue in cues):
        verdict = Verdict.INCONCLUSIVE
    elif any(cue.code == "documents.pdf-signature-trusted" for cue in cues):
        verdict = Verdict.GENUINE
    told = sorted(cues, key=lambda cue: (-cue.force, -cue.weight))[:_MOST_REASONS]
    return Finding(
        detector=detector,
        version=version,
        verdict=verdict.word,
        severity=severity.word,
        reasons=tuple(Reason(c.code, _weight(c), c.values) for c in told),
        where=_places(told),
    )


def _places(told: list[Cue]) -> tuple[Where, ...]:
    """The places of what speaks for forgery, each naming its reason."""
    found = (
        msgspec.structs.replace(where, rule=f"{cue.code}#{i}")
        for i, cue in enumerate(told)
        if cue.force >= Force.WEAK
        for where in cue.where
    )
    return tuple(islice(found, _MOST_WHERE))


def _weight(cue: Cue) -> float:
    if cue.force == Force.WEAK:
        return cue.weight / 2
    return {Force.PROOF: 1.0, Force.STRONG: 0.7}.get(cue.force, 0.0)
