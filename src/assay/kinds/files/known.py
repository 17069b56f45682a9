"""`files.known`: files by their digests, against the indicators of `assay intel` (known bad) and an operator's lists of what is
known good.

Known good is `allow/*.txt` in the room's folder of models: a SHA-256 a line, in whatever `sha256sum` writes; MD5 and SHA-1 are not
taken, since two files can be made to share one. Of such a file no other detector of the room says anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import ModelError
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import Note, finding_of

MOST = 20_000_000
_DIGEST = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
_SURE = 80  # confidence of an indicator from which it is more than a hint


class Allowed:
    """SHA-256 digests of files that are known good, as sorted rows of 32 bytes; none where there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @cached_property
    def rows(self) -> np.ndarray:
        """Raises `ModelError` where the lists hold more than 20 million."""
        found = bytearray()
        for path in sorted(self._folder.glob("*.txt")) if self._folder is not None and self._folder.is_dir() else ():
            with path.open("rb") as file:
                for line in iter(lambda: file.readline(65_536), b""):
                    if not line.startswith(b"#") and (match := _DIGEST.search(line)):
                        found += bytes.fromhex(match[0].decode())
            if len(found) > 32 * MOST:
                raise ModelError(f"more than {MOST} digests", where=str(path))
        return np.unique(np.frombuffer(bytes(found), "V32"))

    def __contains__(self, file: File) -> bool:
        if not len(self.rows) or not file.content or file.cut or file.digest is None:
            return False
        wanted = np.frombuffer(bytes.fromhex(file.digest), "V32")
        at = int(np.searchsorted(self.rows, wanted)[0])
        return at < len(self.rows) and bool(self.rows[at] == wanted[0])


class Known:
    """Bad: HIGH where the indicator is sure of itself and told by SHA-256, MEDIUM by the others. Good: genuine."""

    name = "files.known"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def __init__(self, intelligence: Path | None, allowed: Allowed) -> None:
        self._folder, self._allowed = intelligence, allowed
        listed = intelligence is not None and intelligence.is_dir()
        self.everything = listed and any(intelligence.glob("*/source.json"))  # type: ignore[union-attr]

    @cached_property
    def _intelligence(self) -> Any:
        from assay.intelligence import Intelligence

        return Intelligence(self._folder)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, [self._said(batch.item(i)) for i in range(len(batch))])

    def _said(self, file: File) -> Finding | None:
        notes = list(self._bad(file))
        if notes:
            return finding_of(self.name, self.version, notes)
        if file in self._allowed:
            reason = Reason("files.known-good", 0.1, {"digest": file.digest})
            return Finding(detector=self.name, version=self.version, verdict="genuine", reasons=(reason,))
        return None

    def _bad(self, file: File) -> Iterator[Note]:
        if self._folder is None or not self._folder.is_dir():
            return
        for kind, digest in digests(file):
            for hit in self._intelligence.look_up(kind, [digest]).values():
                sure = hit.confidence >= _SURE and kind == "sha256"
                values = {"threat": hit.threat or "–", "source": hit.source, "by": kind, "digest": digest}
                yield Note("files.known-bad", Severity.HIGH if sure else Severity.MEDIUM, values)
                return


def digests(file: File) -> Sequence[tuple[str, str]]:
    """(kind, hexadecimal digest) of a file, the strongest first; of one that is not here whole only what came with it."""
    if not file.content or file.cut:
        return [("sha256", file.digest)] if file.digest else []
    return [
        ("sha256", str(file.digest)),
        ("sha1", hashlib.sha1(file.content, usedforsecurity=False).hexdigest()),
        ("md5", hashlib.md5(file.content, usedforsecurity=False).hexdigest()),
    ]


class Unless:
    """A detector that is not asked of files that are known good."""

    def __init__(self, detector: Detector, allowed: Allowed) -> None:
        self._detector, self._allowed = detector, allowed
        self.name, self.version, self.reads = detector.name, detector.version, detector.reads
        self.everything = bool(getattr(detector, "everything", False))

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        trusted = np.array([batch.item(i) in self._allowed for i in range(len(batch))], bool)
        if not trusted.any():
            return self._detector.examine(batch, profile)
        rest = np.flatnonzero(~trusted)
        if not len(rest):
            return Findings.each(self.name, self.version, [None] * len(batch))
        found = self._detector.examine(batch.take(rest), Profile.empty(len(rest)))
        told = found.explain(np.flatnonzero(found.verdict))
        rows = rest[np.flatnonzero(found.verdict)]
        return Findings.of(self.name, self.version, len(batch), zip(rows.tolist(), told, strict=True))


__all__ = ["Allowed", "Known", "Unless", "digests"]
