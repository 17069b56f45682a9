"""`files.program`: what the headers of an executable say of how it was made: packed, so that nothing can be read of it; beginning
to run outside of everything it loads; code that it may write to; headers that lead nowhere.

None of it is an attack by itself: installers are packed, and some honest linkers are odd. So most is of low severity, and only
what no linker writes is more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.formats.program import Program, Section, entropy
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import UNSURE, Note, noted

# Sections that packers and protectors name after themselves.
PACKERS = {
    "UPX": "UPX", ".MPRESS": "MPRESS", "ASPack": "ASPack", ".aspack": "ASPack", ".adata": "ASPack", "FSG!": "FSG", "MEW": "MEW",
    ".petite": "Petite", "PEC2": "PECompact", "PECompact": "PECompact", ".vmp": "VMProtect", ".themida": "Themida", "Themida": "Themida",
    ".winlice": "Themida", ".enigma": "Enigma", ".nsp": "NsPack", "nsp": "NsPack", ".yP": "Y0da", ".perplex": "Perplex",
    "kkrunchy": "kkrunchy", ".boom": "Boomerang", ".svkp": "SVKP", "RLPack": "RLPack", ".MaskPE": "MaskPE", "WinLicense": "Themida",
    ".shrink": "Shrinker", "PEBundle": "PEBundle", "_winzip_": "WinZip", ".taz": "PESpin", ".packed": "RLPack", "BitArts": "Crunch",
}  # fmt: skip
PACKED = ("T1027.002",)
_RANDOM = 7.2  # bits a byte from which machine code cannot be told from noise: x86 code stays below 6.8
_LEAST = 8192  # bytes from which an entropy means something
_FEW = 12  # imported functions


class Programs:
    """Looks at PE, ELF and Mach-O."""

    name = "files.program"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return noted(self, batch, _notes)


def _notes(file: File) -> Iterator[Note]:
    program = file.opened.program
    if program is None:
        return
    if program.problem and not file.cut:
        # A DOS program has no such headers at all; it is no Windows program then, and that is all.
        yield Note("files.program-unread", UNSURE, {"what": program.problem})
        return
    yield from _entry(program)
    yield from _packed(file.content, program)
    loose = [s.name for s in program.sections if s.writable and s.executable and max(s.size, s.span)]
    if loose and program.kind != "object":
        yield Note("files.writable-code", Severity.LOW, {"what": " ".join(loose[:5]) or "–"}, techniques=PACKED)
    if program.missing > 0 and not file.cut and program.form != "macho":
        yield Note("files.cut-short", UNSURE, {"missing": program.missing})
    yield from _carried(file.content, program)


def _entry(program: Program) -> Iterator[Note]:
    if program.entry is None or not program.sections or program.kind not in ("executable", "library", "driver"):
        return
    there = [s for s in program.sections if s.holds(program.entry)]
    if not there:
        yield Note("files.entry-outside", Severity.MEDIUM, {"entry": f"{program.entry:#x}"}, techniques=("T1027",))
    elif program.form != "macho" and not any(s.executable for s in there):
        yield Note("files.entry-data", Severity.LOW, {"entry": f"{program.entry:#x}", "section": there[0].name or "–"})


def _packed(content: bytes, program: Program) -> Iterator[Note]:
    """A packer's name, or code that is noise in a program that asks the system for next to nothing."""
    named = next((told for s in program.sections for sign, told in PACKERS.items() if s.name.startswith(sign)), "")
    if not named and program.form == "elf" and program.without_sections and b"UPX!" in content[:4096] + content[-4096:]:
        named = "UPX"
    noisy = [s for s in _code(program) if entropy(memoryview(content)[s.offset : s.offset + s.size]) >= _RANDOM]
    few = program.form == "pe" and not program.managed and program.functions < _FEW
    if named:
        yield Note("files.packed", Severity.LOW, {"what": named}, tuple((s.offset, s.size) for s in noisy[:3]), PACKED)
    elif noisy and (few or program.without_sections):
        yield Note("files.packed", Severity.LOW, {"what": "?"}, tuple((s.offset, s.size) for s in noisy[:3]), PACKED)


def _code(program: Program) -> list[Section]:
    return [s for s in program.sections if s.executable and s.size >= _LEAST and not program.managed]


def _carried(content: bytes, program: Program) -> Iterator[Note]:
    """A second program behind the end of the first."""
    at, length = program.overlay
    if length > 1024 and program.form == "pe":
        inner = content[at : at + 64]
        if inner[:2] == b"MZ" or inner[:4] == b"\x7fELF":
            yield Note("files.carried-program", Severity.LOW, {"byte": at, "size": length}, ((at, 4),), ("T1027.009",))


__all__ = ["PACKERS", "Programs"]
