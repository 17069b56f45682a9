"""The headers of Unix programs (System V ABI, chapter 4), read within bounds. What counts are the segments, which the system
loads; sections are for people and may be left out."""

from __future__ import annotations

import struct

from assay.formats.program import MAX_IMPORTS, MAX_SECTIONS, Malformed, Program, Section

_KINDS = {1: "object", 2: "executable", 3: "library", 4: "core"}
_MACHINES = {
    3: "x86",
    62: "x86-64",
    40: "arm",
    183: "arm64",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    243: "riscv",
    22: "s390",
}
_LOAD, _DYNAMIC, _INTERPRETER, _STACK = 1, 2, 3, 0x6474E551
_MAX_SYMBOLS = 200_000


def read_elf(content: bytes, program: Program) -> None:
    """Fills `program`. Raises `Malformed`, `struct.error`."""
    wide, order = content[4] == 2, ">" if content[5] == 2 else "<"
    kind, machine = struct.unpack_from(order + "HH", content, 16)
    program.kind, program.machine = _KINDS.get(kind, "other"), _MACHINES.get(machine, str(machine))
    entry, segments, sections = struct.unpack_from(order + ("QQQ" if wide else "III"), content, 24)
    at = 54 if wide else 42
    psize, pcount, ssize, scount = struct.unpack_from(order + "HHHH", content, at)
    loaded = False
    table: tuple[int, int] | None = None
    for i in range(min(pcount, MAX_SECTIONS)):
        one = segments + i * psize
        if wide:
            type_, flags, offset, address, _, size, span = struct.unpack_from(order + "IIQQQQQ", content, one)
        else:
            type_, offset, address, _, size, span, flags = struct.unpack_from(order + "IIIIIII", content, one)
        if type_ == _LOAD:
            loaded = True
            program.sections.append(Section("LOAD", offset, size, address, span, bool(flags & 2), bool(flags & 1)))
            program.missing = max(program.missing, offset + size - len(content))
        elif type_ == _DYNAMIC:
            table = (offset, size)
        elif type_ == _INTERPRETER and program.kind == "library":
            program.kind = "executable"  # one that may lie anywhere
    program.entry = entry if entry and loaded else None
    program.without_sections = not sections or not scount
    end = max((s.offset + s.size for s in program.sections), default=0)
    if sections and scount:
        end = max(end, sections + ssize * scount, _named(content, program, order, wide, (sections, ssize, scount)))
    if loaded and 0 < end < len(content):
        program.overlay = (end, len(content) - end)
    if table is not None:
        _libraries(content, program, order, wide, table)


def _named(content: bytes, program: Program, order: str, wide: bool, told: tuple[int, int, int]) -> int:
    """Checks the sections' table; returns where the last of them ends. Dynamic symbols without a place are imports."""
    at, size, count = told
    form = order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII")
    rows = [
        struct.unpack_from(form, content, at + i * size)
        for i in range(min(count, 65_536))
        if at + i * size < len(content)
    ]
    if not rows:
        program.without_sections = True
        return 0
    end = max((row[4] + row[5] for row in rows if row[1] != 8), default=0)  # 8: has no bytes in the file
    for row in rows:
        if row[1] == 11 and row[6] < len(rows):  # dynamic symbols
            strings = rows[row[6]]
            program.imports.setdefault("", [])
            _symbols(content, program, order, wide, (row[4], row[5]), (strings[4], strings[5]))
    return min(end, len(content))


def _symbols(
    content: bytes, program: Program, order: str, wide: bool, symbols: tuple[int, int], strings: tuple[int, int]
) -> None:
    each = 24 if wide else 16
    for i in range(1, min(symbols[1] // each, _MAX_SYMBOLS)):
        at = symbols[0] + i * each
        name = struct.unpack_from(order + "I", content, at)[0]
        section = struct.unpack_from(order + "H", content, at + (6 if wide else 14))[0]
        if section == 0 and name < strings[1]:
            end = content.find(b"\0", strings[0] + name, strings[0] + name + 512)
            program.imports[""].append(content[strings[0] + name : max(end, 0)].decode("latin-1"))
            if len(program.imports[""]) >= MAX_IMPORTS:
                return


def _libraries(content: bytes, program: Program, order: str, wide: bool, table: tuple[int, int]) -> None:
    """The libraries that it wants loaded."""
    each, form = (16, "QQ") if wide else (8, "II")
    wanted, strings = [], 0
    for i in range(min(table[1] // each, 4096)):
        tag, value = struct.unpack_from(order + form, content, table[0] + i * each)
        if tag == 0:
            break
        if tag == 1:
            wanted.append(value)
        elif tag == 5:
            strings = value
    place = next((s.offset + strings - s.address for s in program.sections if s.holds(strings)), None)
    if wanted and place is None:
        raise Malformed("its names lie in no segment")
    for name in wanted[:1024]:
        assert place is not None
        end = content.find(b"\0", place + name, place + name + 512)
        if end > 0:
            program.imports.setdefault(content[place + name : end].decode("latin-1"), [])


__all__ = ["read_elf"]
