"""Programs of a few hundred bytes whose headers hold, and the same with one thing changed. They do nothing: the code is returns."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence

from assay.kinds.files.samples.sample import Sample

_ALIGN = 512
_RETURNS = b"\xc3" * 64
_FUNCTIONS = tuple(f"Function{n}" for n in range(20))
READ, WRITE, RUN = 0x40000000, 0x80000000, 0x20000000


def pe(
    sections: Sequence[tuple[str, bytes, int]] = ((".text", _RETURNS, READ | RUN), (".data", bytes(32), READ | WRITE)),
    *, entry: int = 0x1000, functions: Sequence[str] = _FUNCTIONS, tail: bytes = b"", library: bool = False,
) -> bytes:  # fmt: skip
    """A Windows program: sections of (name, bytes, rights), one library imported from a section of its own."""
    addresses = [0x1000]
    for _, content, _ in sections:
        addresses.append(addresses[-1] + max(0x1000, -(-len(content) // 0x1000) * 0x1000))
    listed = [*sections, (".idata", _imports(addresses[-1], functions), READ | WRITE)]
    head = b"MZ" + bytes(58) + struct.pack("<I", 64)
    flags = 0x0102 | (0x2000 if library else 0)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, len(listed), 0x5F000000, 0, 0, 224, flags)
    directory = [(0, 0)] * 16
    directory[1] = (addresses[-1], 40)
    optional = struct.pack("<HBBIIIIII", 0x10B, 14, 0, 512, 512, 0, entry, 0x1000, 0x2000)
    optional += struct.pack("<IIIHHHHHHIIIIHHIIIIII", 0x400000, 0x1000, _ALIGN, 6, 0, 0, 0, 6, 0, 0, addresses[-1] + 0x1000, 1024, 0, 3, 0, 1 << 20, 4096, 1 << 20, 4096, 0, 16)  # fmt: skip
    optional += b"".join(struct.pack("<II", *one) for one in directory)
    table, body, at = b"", b"", 1024
    for i, (name, content, rights) in enumerate(listed):
        size = -(-len(content) // _ALIGN) * _ALIGN
        table += name.encode().ljust(8, b"\0")[:8]
        table += struct.pack("<IIIIIIHHI", len(content), addresses[i], size, at, 0, 0, 0, 0, rights)
        body += content.ljust(size, b"\0")
        at += size
    return (head + coff + optional + table).ljust(1024, b"\0") + body + tail


def _imports(address: int, functions: Sequence[str]) -> bytes:
    """A directory of one library, KERNEL32.dll."""
    thunks = 40 + 16
    names = thunks + 4 * (len(functions) + 1)
    out, places = b"", []
    for name in functions:
        places.append(address + names + len(out))
        out += b"\0\0" + name.encode() + b"\0"
    table = b"".join(struct.pack("<I", place) for place in places) + bytes(4)
    entry = struct.pack("<5I", address + thunks, 0, 0, address + 40, address + thunks)
    return entry + bytes(20) + b"KERNEL32.dll\0\0\0\0" + table + out


def elf(
    code: bytes = _RETURNS, *, entry: int = 0x401000, rights: int = 5, sections: bool = True, tail: bytes = b""
) -> bytes:
    """A Linux program of one segment, with a table of one empty section where `sections`."""
    size = 0x1000 + len(code)
    table = size if sections else 0
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, entry, 64, table, 0, 64, 56, 1, 64, int(sections), 0)
    segment = struct.pack("<IIQQQQQQ", 1, rights, 0, 0x400000, 0x400000, size, size, 0x1000)
    return (head + segment).ljust(0x1000, b"\0") + code + (bytes(64) if sections else b"") + tail


def macho(*, rights: int = 5) -> bytes:
    """An Apple program of one segment."""
    segment = struct.pack("<II16sQQQQIIII", 0x19, 72, b"__TEXT", 0x100000000, 0x1000, 0, 0x1000, rights, rights, 0, 0)
    main = struct.pack("<IIQQ", 0x80000028, 24, 0x800, 0)
    head = struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 2, 2, len(segment) + len(main), 0, 0)
    return (head + segment + main).ljust(0x1000, b"\0")


def noise(size: int, seed: int = 7) -> bytes:
    """Bytes that no compressor makes shorter."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


def samples() -> Iterator[Sample]:
    yield Sample("", "tool.exe", pe())
    yield Sample("", "tool.dll", pe(library=True, entry=0))
    yield Sample("", "tool", elf())
    yield Sample("", "app", macho())
    yield Sample("entry outside of the program", "tool.exe", pe(entry=0x90000), "files.entry-outside")
    yield Sample("entry outside of the program", "tool", elf(entry=0x10), "files.entry-outside")
    yield Sample("entry in data", "tool.exe", pe(entry=0x2000), "files.entry-data")
    both = ((".text", _RETURNS, READ | RUN | WRITE), (".data", bytes(32), READ | WRITE))
    yield Sample("code that may be written to", "tool.exe", pe(both), "files.writable-code")
    yield Sample("code that may be written to", "tool", elf(rights=7), "files.writable-code")
    yield Sample("code that may be written to", "app", macho(rights=7), "files.writable-code")
    named = (("UPX0", b"", READ | RUN | WRITE), ("UPX1", noise(16_384), READ | RUN | WRITE))
    yield Sample("packed, by name", "tool.exe", pe(named, functions=("LoadLibraryA", "GetProcAddress")), "files.packed")
    unnamed = ((".text", noise(32_768), READ | RUN), (".data", bytes(32), READ | WRITE))
    yield Sample("packed, by what is left", "tool.exe", pe(unnamed, functions=("LoadLibraryA",)), "files.packed")
    yield Sample("packed, by what is left", "tool", elf(noise(32_768), sections=False), "files.packed")
    yield Sample("a program behind the program", "tool.exe", pe(tail=pe().ljust(4096, b"\0")), "files.carried-program")
    yield Sample("", "setup.exe", pe(tail=noise(4096)))
    yield Sample("cut short", "tool.exe", pe()[:1200], "files.cut-short")


__all__ = ["elf", "macho", "noise", "pe", "samples"]
