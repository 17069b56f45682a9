"""The headers of Apple's programs (Mach-O; `mach-o/loader.h`, `mach-o/fat.h`), read within bounds. Of a file for several machines the
first is read."""

from __future__ import annotations

import struct

from assay.formats.program import MAX_SECTIONS, Malformed, Program, Section

_KINDS = {1: "object", 2: "executable", 4: "core", 6: "library", 8: "library", 9: "library", 11: "driver"}
_MACHINES = {7: "x86", 0x01000007: "x86-64", 12: "arm", 0x0100000C: "arm64"}
_SEGMENT, _SEGMENT64, _SIGNATURE, _MAIN, _THREAD = 0x1, 0x19, 0x1D, 0x80000028, 0x5
_LIBRARIES = (0xC, 0x80000018, 0x8000001F, 0x20)


def read_macho(content: bytes, program: Program) -> None:
    """Fills `program`. Raises `Malformed`, `struct.error`."""
    begins = 0
    if content[:4] == b"\xca\xfe\xba\xbe":
        begins = struct.unpack_from(">I", content, 16)[0]
    magic = content[begins : begins + 4]
    order = {
        b"\xcf\xfa\xed\xfe": "<",
        b"\xce\xfa\xed\xfe": "<",
        b"\xfe\xed\xfa\xcf": ">",
        b"\xfe\xed\xfa\xce": ">",
    }.get(magic)
    if order is None:
        raise Malformed("no program stands where the header says")
    wide = magic in (b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf")
    machine, _, kind, count, _, _ = struct.unpack_from(order + "6I", content, begins + 4)
    program.kind, program.machine = _KINDS.get(kind, "other"), _MACHINES.get(machine, f"{machine:x}")
    at, base = begins + (32 if wide else 28), None
    main: int | None = None
    end = begins
    for _ in range(min(count, MAX_SECTIONS)):
        command, size = struct.unpack_from(order + "II", content, at)
        if size < 8 or at + size > len(content):
            raise Malformed("a load command leads out of the file")
        if command in (_SEGMENT, _SEGMENT64):
            name = content[at + 8 : at + 24].rstrip(b"\0").decode("latin-1")
            form = order + ("QQQQII" if command == _SEGMENT64 else "IIIIII")
            address, span, offset, length, _, allowed = struct.unpack_from(form, content, at + 24)
            base = address if name == "__TEXT" else base
            program.sections.append(
                Section(name, begins + offset, length, address, span, bool(allowed & 2), bool(allowed & 4))
            )
            end = max(end, begins + offset + length)
            program.missing = max(program.missing, begins + offset + length - len(content))
        elif command == _MAIN:
            main = struct.unpack_from(order + "Q", content, at + 8)[0]
        elif command == _SIGNATURE:
            program.signed = True
        elif command in _LIBRARIES:
            where = struct.unpack_from(order + "I", content, at + 8)[0]
            program.imports.setdefault(
                content[at + where : at + size].partition(b"\0")[0].decode("utf-8", "replace"), []
            )
        at += size
    if main is not None and base is not None:
        program.entry = base + main
    if not begins and 0 < end < len(content):
        program.overlay = (end, len(content) - end)


__all__ = ["read_macho"]
