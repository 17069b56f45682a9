"""The headers of Windows programs (Microsoft's PE/COFF specification, revision 12), read within bounds."""

from __future__ import annotations

import hashlib
import struct

from assay.formats.program import MAX_IMPORTS, MAX_SECTIONS, Malformed, Program, Section

_MACHINES = {0x14C: "x86", 0x8664: "x86-64", 0x1C0: "arm", 0x1C4: "arm", 0xAA64: "arm64", 0x200: "ia64", 0xEBC: "efi"}
_DLL, _WRITE, _EXECUTE = 0x2000, 0x80000000, 0x20000000
_NATIVE = 1  # subsystem of drivers
_MAX_LIBRARIES = 1024


def read_pe(content: bytes, program: Program) -> None:
    """Fills `program`. Raises `Malformed`, `struct.error`."""
    at = struct.unpack_from("<I", content, 60)[0] if len(content) >= 64 else 0
    if not at or content[at : at + 4] != b"PE\0\0":
        raise Malformed("it is a DOS program, or cut short")
    machine, count, stamp, _, _, optional, flags = struct.unpack_from("<HHIIIHH", content, at + 4)
    program.machine, program.stamp = _MACHINES.get(machine, f"{machine:04x}"), stamp
    top = at + 24
    magic = struct.unpack_from("<H", content, top)[0]
    if magic not in (0x10B, 0x20B):
        raise Malformed("its optional header is of no known kind")
    wide = magic == 0x20B
    entry = struct.unpack_from("<I", content, top + 16)[0]
    headers, subsystem = struct.unpack_from("<I", content, top + 60)[0], struct.unpack_from("<H", content, top + 68)[0]
    program.kind = "driver" if subsystem == _NATIVE else "library" if flags & _DLL else "executable"
    program.entry = entry or None
    listed = min(struct.unpack_from("<I", content, top + (108 if wide else 92))[0], 16)
    directory = [struct.unpack_from("<II", content, top + (112 if wide else 96) + 8 * i) for i in range(listed)]
    directory += [(0, 0)] * (16 - listed)
    _sections(content, program, top + optional, min(count, MAX_SECTIONS))
    certificate, length = directory[4]
    program.signed = bool(certificate and length >= 8 and certificate + 8 <= len(content))
    program.managed = bool(directory[14][0])
    _overlay(content, program, headers, certificate if program.signed else 0, length)
    if directory[1][0] and program.missing <= 0:
        _imports(content, program, directory[1][0], wide)


def _sections(content: bytes, program: Program, at: int, count: int) -> None:
    for i in range(count):
        raw = content[at + 40 * i : at + 40 * i + 8]
        span, address, size, offset = struct.unpack_from("<IIII", content, at + 40 * i + 8)
        flags = struct.unpack_from("<I", content, at + 40 * i + 36)[0]
        name = raw.rstrip(b"\0").decode("latin-1")
        program.sections.append(
            Section(name, offset, size, address, span, bool(flags & _WRITE), bool(flags & _EXECUTE))
        )
        if size:
            program.missing = max(program.missing, offset + size - len(content))


def _overlay(content: bytes, program: Program, headers: int, certificate: int, length: int) -> None:
    """What lies behind the last section, a certificate table left out."""
    end = max([headers, *(s.offset + s.size for s in program.sections if s.size)])
    stop = certificate if end <= certificate else len(content)
    if end < stop:
        program.overlay = (end, stop - end)
    elif certificate and certificate + length + 8 < len(content):
        program.overlay = (certificate + length, len(content) - certificate - length)


def _place(program: Program, address: int, size: int) -> int:
    """Where an address of memory lies in the file."""
    for section in program.sections:
        if section.address <= address < section.address + max(section.span, section.size):
            return section.offset + address - section.address
    if address < size:
        return address  # the headers lie where they are
    raise Malformed("an address leads out of every section")


def _imports(content: bytes, program: Program, address: int, wide: bool) -> None:
    at = _place(program, address, len(content))
    listed: list[str] = []
    for i in range(_MAX_LIBRARIES):
        lookup, _, _, name, bound = struct.unpack_from("<5I", content, at + 20 * i)
        if not name:
            break
        library = _text(content, _place(program, name, len(content))).lower()
        functions = program.imports.setdefault(library, [])
        stem = library.rpartition(".")[0] if library.endswith((".dll", ".ocx", ".sys")) else library
        for function in _thunks(content, program, lookup or bound, wide):
            if program.functions >= MAX_IMPORTS:
                program.problem = f"more than {MAX_IMPORTS} imports"
                return
            functions.append(function)
            listed.append(f"{stem}.{_hashed(stem, function)}")
    if listed:
        program.imphash = hashlib.md5(",".join(listed).encode(), usedforsecurity=False).hexdigest()


def _hashed(stem: str, function: str) -> str:
    """A function as the import hash writes it (Mandiant, 2014): one by number is "ord7". That hash also names what ws2_32 and
    oleaut32 number; we do not, so of programs that import by number from those it is another."""
    return f"ord{function[1:]}" if function.startswith("#") else function.lower()


def _thunks(content: bytes, program: Program, address: int, wide: bool) -> list[str]:
    at, size = _place(program, address, len(content)), 8 if wide else 4
    out: list[str] = []
    while len(out) < MAX_IMPORTS:
        value = int.from_bytes(content[at : at + size], "little")
        at += size
        if not value or at > len(content):
            return out
        if value >> (8 * size - 1):
            out.append(f"#{value & 0xFFFF}")
        else:
            out.append(_text(content, _place(program, value & 0x7FFFFFFF, len(content)) + 2))
    return out


def _text(content: bytes, at: int) -> str:
    end = content.find(b"\0", at, at + 512)
    if end < 0:
        raise Malformed("a name has no end")
    return content[at:end].decode("latin-1")


__all__ = ["read_pe"]
