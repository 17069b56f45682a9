"""An executable file as far as its headers tell: where it begins to run, its sections with what they may do, what it imports,
whether it carries a signature, what stands behind its end. One shape for PE, ELF and Mach-O; nothing is run or disassembled.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MAX_SECTIONS, MAX_IMPORTS = 2048, 20_000
BLOCK = 4096


class Malformed(Exception):
    """The headers lead nowhere."""


@dataclass(frozen=True)
class Section:
    """`offset`, `size`: bytes in the file; `address`, `span`: in memory, from the image's base."""

    name: str
    offset: int
    size: int
    address: int
    span: int
    writable: bool = False
    executable: bool = False

    def holds(self, address: int) -> bool:
        return self.address <= address < self.address + max(self.span, self.size, 1)


@dataclass
class Program:
    """`form`: pe, elf or macho; `kind`: executable, library, driver or object; `entry`: where it begins, in memory from the
    image's base, None where it has no beginning. `imports`: library -> functions ("#7": by number). `signed`: it carries a
    signature, which nobody has verified here. `stamp`: seconds since 1970 that it says it was linked at. `overlay`: (byte,
    length) of what lies behind all that the headers speak of. `problem`: why the headers could not be followed to their end."""

    form: str
    kind: str = "executable"
    machine: str = ""
    entry: int | None = None
    sections: list[Section] = field(default_factory=list)
    imports: dict[str, list[str]] = field(default_factory=dict)
    imphash: str = ""
    signed: bool = False
    managed: bool = False
    stamp: int | None = None
    overlay: tuple[int, int] = (0, 0)
    missing: int = 0  # bytes that its sections promise and the file has not
    without_sections: bool = False
    problem: str = ""

    @property
    def functions(self) -> int:
        return sum(len(names) for names in self.imports.values())


def read_program(content: bytes) -> Program:
    """Never raises: what cannot be followed is in `problem`."""
    if content[:4] == b"\x7fELF":
        from assay.formats.elf import read_elf as read

        program = Program("elf")
    elif content[:2] == b"MZ":
        from assay.formats.pe import read_pe as read

        program = Program("pe")
    else:
        from assay.formats.macho import read_macho as read

        program = Program("macho")
    try:
        read(content, program)
    except Malformed as error:
        program.problem = str(error)
    except (IndexError, ValueError, OverflowError, UnicodeError) as error:  # struct.error is a ValueError
        program.problem = f"its headers are damaged: {error}"[:160]
    except Exception as error:
        if type(error).__name__ != "error":
            raise
        program.problem = "its headers are cut short"
    return program


def entropy(content: bytes | memoryview) -> float:
    """Shannon's, in bits a byte, 0..8; 0 for nothing."""
    if not len(content):
        return 0.0
    counts = np.bincount(np.frombuffer(content, np.uint8), minlength=256)
    shares = counts[counts > 0] / len(content)
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def entropies(content: bytes, block: int = BLOCK) -> np.ndarray:
    """float64[ceil(n / block)]: entropy of each block of a file."""
    return np.array([entropy(memoryview(content)[i : i + block]) for i in range(0, len(content), block)])


__all__ = ["MAX_IMPORTS", "MAX_SECTIONS", "Malformed", "Program", "Section", "entropies", "entropy", "read_program"]
