"""`files.structure`: bytes that no tool writes and that break the programs that read them.

Each rule is one limit that a known attack had to overstep; what every encoder keeps to is not judged. Where only the attack
oversteps it, the finding is grave; where damage does so too, it is a cue. A stream that cannot be followed to its end is open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.formats.breach import Breach
from assay.formats.dng import read_directories
from assay.formats.jbig2 import is_jbig2, read_segments
from assay.formats.passkit import is_pass, read_pass
from assay.formats.truetype import read_programs
from assay.formats.webp import read_streams
from assay.kinds.files.evidence import File


class Rule(NamedTuple):
    """How a breach is told. `exact`: nothing but the attack, or a file made to look like it, oversteps this limit."""

    known: str
    exact: bool
    severity: str


RULES = {
    "webp-table": Rule("CVE-2023-4863", True, "critical"),
    "webp-code": Rule("CVE-2023-4863", False, "medium"),
    "jbig2-overflow": Rule("CVE-2021-30860", True, "critical"),
    "jbig2-absurd": Rule("CVE-2021-30860", False, "high"),
    "jbig2-segments": Rule("CVE-2021-30860", False, "high"),
    "truetype-adjust": Rule("CVE-2023-41990", True, "critical"),
    "dng-samples": Rule("CVE-2025-43300", True, "critical"),
    "dng-opcodes": Rule("CVE-2025-21043", False, "high"),
    "dng-tiles": Rule("CVE-2025-43300", False, "medium"),
    "pass-picture": Rule("CVE-2023-41061", False, "medium"),
    "pass-manifest": Rule("CVE-2023-41061", False, "medium"),
    "pass-signature": Rule("CVE-2023-41061", False, "low"),
}
_ORDER = ("informational", "low", "medium", "high", "critical")
MOST_TOLD = 12


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
            reasons = tuple(
                Reason(
                    f"files.{b.rule}", 1.0 if RULES[b.rule].exact else 0.6,
                    {"what": b.told, "value": b.value, "limit": b.limit, "at": b.at, "known": RULES[b.rule].known},
                )
                for b in found
            )  # fmt: skip
            rules = [RULES[b.rule] for b in found]
            return Finding(
                detector=self.name, version=self.version, verdict="counterfeit" if any(r.exact for r in rules) else "suspicious",
                severity=max((r.severity for r in rules), key=_ORDER.index), reasons=reasons,
                where=tuple(Where(byte=b.at, rule=f"files.{b.rule}") for b in found), techniques=("T1203",),
            )  # fmt: skip
        if problem:
            reason = Reason("files.unread", 0.1, {"what": problem})
            return Finding(detector=self.name, version=self.version, verdict="inconclusive", reasons=(reason,))
        return None


def structure_of(head: bytes, tail: bytes = b"") -> str:
    """Which structure a file has, by its first 16 bytes; "" for one that is not looked at. A pass is told by the last of them
    too (`tail`, the end of its ZIP), and is otherwise any ZIP. This is the header stage: all that most files cost."""
    if head[:4] in _FIRST:
        name = _FIRST[head[:4]]
        if name == "webp":
            return name if head[8:12] == b"WEBP" else ""
        if name == "jbig2":
            return name if is_jbig2(head) else ""
        return "" if name == "pass" and tail and not is_pass(head[:4] + tail) else name
    return ""


_FIRST = {
    b"RIFF": "webp", b"\x97JB2": "jbig2", b"\0\x01\0\0": "truetype", b"true": "truetype", b"ttcf": "truetype", b"II*\0": "tiff",
    b"MM\0*": "tiff", b"PK\x03\x04": "pass",
}  # fmt: skip


def faults(content: bytes) -> tuple[list[Breach], str]:
    """Every limit overstepped, the first of each kind; and why the rest could not be followed."""
    if not content:
        return [], "there is nothing in it"
    kind = structure_of(content[:16], content[-66_000:] if content[:2] == b"PK" else b"")
    if not kind:
        return [], ""
    read = _READ[kind](content)
    first: dict[str, Breach] = {}
    for breach in read.breaches:
        first.setdefault(breach.rule, breach)
    return sorted(first.values(), key=lambda b: not RULES[b.rule].exact)[:MOST_TOLD], read.problem


class _Read(Protocol):
    """What every reader tells: the limits overstepped, and why it stopped early."""

    @property
    def breaches(self) -> list[Breach]: ...

    @property
    def problem(self) -> str: ...


_READ: dict[str, Callable[[bytes], _Read]] = {
    "webp": read_streams, "jbig2": read_segments, "truetype": read_programs, "tiff": read_directories, "pass": read_pass,
}  # fmt: skip


__all__ = ["RULES", "Structure", "faults", "structure_of"]
