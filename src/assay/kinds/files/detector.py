"""`files.structure`: bytes that no tool writes and that break the programs that read them.

Each rule is one limit that a known attack had to overstep; what every encoder keeps to is not judged. A match is the attack
or a file made to look like it, so it is grave; a stream that cannot be followed to its end is open, not clean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.formats.dng import is_tiff, read_directories
from assay.formats.jbig2 import is_jbig2, read_segments
from assay.formats.truetype import is_truetype, read_programs
from assay.formats.webp import is_webp, read_streams
from assay.kinds.files.evidence import File

_WHAT = {
    "files.webp-code": "CVE-2023-4863", "files.jbig2-overflow": "CVE-2021-30860", "files.jbig2-absurd": "CVE-2021-30860",
    "files.truetype-adjust": "CVE-2023-41990", "files.dng-samples": "CVE-2025-43300", "files.dng-opcodes": "CVE-2025-21043",
}  # fmt: skip


def detectors(models: Path | None) -> list[Detector]:
    """Nothing here learns."""
    return [Structure()]


class Structure:
    """Looks at a file by what it is, not by what it is called."""

    name = "files.structure"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i).content) for i in range(len(batch))))

    def _finding(self, content: bytes) -> Finding | None:
        found, problem = faults(content)
        if found:
            reasons = tuple(Reason(code, 1.0, {"what": told, "known": _WHAT[code]}) for code, _, told in found)
            where = tuple(Where(byte=at, rule=code) for code, at, _ in found)
            return Finding(
                detector=self.name, version=self.version, verdict="counterfeit", severity="critical", reasons=reasons,
                where=where, techniques=("T1203",),
            )  # fmt: skip
        if problem:
            reason = Reason("files.unread", 0.1, {"what": problem})
            return Finding(detector=self.name, version=self.version, verdict="inconclusive", reasons=(reason,))
        return None


def faults(content: bytes) -> tuple[list[tuple[str, int, str]], str]:
    """(reason, byte, what is there) of each limit overstepped, each kind once; and why the rest could not be followed."""
    if is_webp(content):
        streams = read_streams(content)
        return [("files.webp-code", at, told) for at, told in streams.faults[:1]], streams.problem
    if is_truetype(content):
        programs = read_programs(content)
        told = [("files.truetype-adjust", at, f"opcode {opcode:02X}") for at, opcode in programs.adjust[:1]]
        return told, programs.problem
    if is_tiff(content):
        directories = read_directories(content)
        found = [
            ("files.dng-samples", at, f"{samples} samples a pixel, {components} in the JPEG")
            for samples, components, at in directories.mismatch[:1]
        ]
        found += [("files.dng-opcodes", at, f"{number} corrections") for number, at in directories.opcodes[:1]]
        return found, directories.problem
    segments = read_segments(content) if is_jbig2(content) else None
    if segments is None:
        return [], "no structure that is known here"
    if segments.overflows:
        return [("files.jbig2-overflow", 0, f"{segments.referred} symbols for one region")], ""
    if segments.absurd:
        told_ = f"{segments.referred} symbols and {segments.refinements} refinements for {segments.area} pixels"
        return [("files.jbig2-absurd", 0, told_)], ""
    return [], segments.problem


__all__ = ["Structure", "detectors", "faults"]
