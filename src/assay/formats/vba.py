"""The source of VBA macros, as [MS-OVBA] keeps it: runs compressed by its own scheme (2.4.1), found by the records of the stream
`dir` (2.3.4.2). Bounded; a module that cannot be read leaves the others.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_SOURCE = 8 << 20  # of one stream
MAX_MODULES = 2000
_CHUNK = 4096
_MODULE, _STREAM, _OFFSET, _CODEPAGE, _VERSION, _END = 0x19, 0x1A, 0x31, 0x03, 0x09, 0x2B


@dataclass(frozen=True)
class Module:
    """`compiled`: bytes of p-code that stand before the source; `problem`: why there is no source."""

    name: str
    source: str
    compiled: int = 0
    problem: str = ""


@dataclass
class Project:
    modules: list[Module] = field(default_factory=list)
    problem: str = ""


def decompress(packed: bytes, most: int = MAX_SOURCE) -> bytes:
    """A compressed container. Raises `ValueError` where it is none or is damaged."""
    if packed[:1] != b"\x01":
        raise ValueError("no compressed container")
    out = bytearray()
    at = 1
    while at + 2 <= len(packed) and len(out) < most:
        header = packed[at] | packed[at + 1] << 8
        end = min(at + 3 + (header & 0xFFF), len(packed))
        if (header >> 12) & 7 != 3:
            raise ValueError("a chunk has no signature")
        at += 2
        if not header >> 15:
            out += packed[at : at + _CHUNK]
            at += _CHUNK
            continue
        _chunk(packed, at, end, out)
        at = end
    return bytes(out[:most])


def _chunk(packed: bytes, at: int, end: int, out: bytearray) -> None:
    """Tokens by eight: a byte as it is, or a copy of bytes before it in the chunk."""
    start = len(out)
    while at < end:
        flags = packed[at]
        at += 1
        for bit in range(8):
            if at >= end:
                return
            if not flags >> bit & 1:
                out.append(packed[at])
                at += 1
                continue
            if at + 2 > end:
                raise ValueError("a copy is cut short")
            token = packed[at] | packed[at + 1] << 8
            at += 2
            done = len(out) - start
            bits = max(4, (done - 1).bit_length()) if done > 1 else 4
            length = (token & (0xFFFF >> bits)) + 3
            back = (token >> (16 - bits)) + 1
            if back > done or done + length > _CHUNK:
                raise ValueError("a copy leads out of its chunk")
            for _ in range(length):
                out.append(out[-back])


def read_project(stream: Callable[[str], bytes | None]) -> Project:
    """The modules of a project; `stream` gives the bytes of a stream of its storage `VBA`. Never raises for what they hold."""
    project = Project()
    packed = stream("dir")
    if packed is None:
        project.problem = "there is no directory of modules"
        return project
    try:
        records = _records(decompress(packed))
    except ValueError as error:
        project.problem = f"the directory of modules: {error}"
        return project
    page, name, place = "cp1252", "", ""
    for id_, data in records:
        if id_ == _CODEPAGE and len(data) == 2:
            page = _codec(int.from_bytes(data, "little"))
        elif id_ == _MODULE:
            name = data.decode(page, "replace")
        elif id_ == _STREAM:
            place = data.decode(page, "replace")
        elif id_ == _OFFSET and len(data) == 4:
            project.modules.append(_module(stream, name or place, place, int.from_bytes(data, "little"), page))
            name = place = ""
            if len(project.modules) >= MAX_MODULES:
                project.problem = f"more than {MAX_MODULES} modules"
                break
    return project


def _module(stream: Callable[[str], bytes | None], name: str, place: str, offset: int, page: str) -> Module:
    content = stream(place or name)
    if content is None:
        return Module(name, "", 0, "its stream is not there")
    try:
        return Module(name, decompress(content[offset:]).decode(page, "replace"), offset)
    except ValueError as error:
        return Module(name, "", offset, str(error))


def _records(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 6 <= len(data):
        id_, size = struct.unpack_from("<HI", data, at)
        if id_ == _VERSION:  # whose size leaves two bytes out
            size = 6
        if size > len(data) - at - 6:
            break
        found.append((id_, data[at + 6 : at + 6 + size]))
        at += 6 + size
    return found


def _codec(page: int) -> str:
    import codecs

    name = {65001: "utf-8", 10000: "mac_roman"}.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


__all__ = ["Module", "Project", "decompress", "read_project"]
