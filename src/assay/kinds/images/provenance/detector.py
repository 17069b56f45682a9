"""`images.provenance`: what the file says of its making. Exact about what stands in it; where nothing does, that proves nothing,
and is said so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.cue import Cue, Force, judge
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings
from assay.core.profile import Profile
from assay.formats.c2pa import Provenance, read_provenance
from assay.formats.c2pa_signer import Trust, read_trust
from assay.kinds.images.evidence import Image
from assay.kinds.images.opened import Opened, open_image
from assay.kinds.images.provenance.contradictions import contradictions
from assay.kinds.images.provenance.statements import statements


class ProvenanceOfImages:
    """`roots`: a folder of certificates (PEM, DER) that signers of provenance may stand on and of revocation lists, the
    operator's own choice."""

    name = "images.provenance"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Image,)

    def __init__(self, roots: Path | None = None) -> None:
        self._folder = roots

    @cached_property
    def _trust(self) -> Trust:
        return read_trust(self._folder) if self._folder is not None and self._folder.is_dir() else Trust()

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(self.name, self.version, len(batch), self._findings(batch))

    def _findings(self, batch: Batch[Any]) -> Iterator[tuple[int, Finding]]:
        for i in range(len(batch)):
            image = batch.item(i)
            opened = open_image(image.content)
            if opened.media:
                yield i, judge(self._cues(image, opened), self.name, self.version)

    def _cues(self, image: Image, opened: Opened) -> list[Cue]:
        signed = self._signed(opened, image.time)
        cues = [*statements(opened, signed), *contradictions(opened.origin, image.time)]
        if signed is None and not opened.origin.camera and not any(cue.force > Force.NOTE for cue in cues):
            cues.append(Cue("images.no-provenance", Force.NOTE))
        return cues

    def _signed(self, opened: Opened, at: datetime) -> Provenance | None:
        signed = opened.origin.signed
        if signed is None or not self._trust.roots:
            return signed
        return read_provenance(opened.content, self._trust, at)


__all__ = ["ProvenanceOfImages"]
