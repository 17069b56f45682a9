"""Windows shortcuts ([MS-SHLLINK]): what they start, with which arguments, under which picture, and what lies behind their end."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

_LIST, _INFO, _NAME, _RELATIVE, _FOLDER, _ARGUMENTS, _ICON, _UNICODE = 1, 2, 4, 8, 16, 32, 64, 128
_EXPANDED, _ICON_BLOCK, _TRACKER = 0xA0000001, 0xA0000007, 0xA0000003
MAX_BLOCKS = 64
_LONG = b"\x04\x00\xef\xbe"
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){3,}")


@dataclass
class Shortcut:
    """`target`: the path or name that is started, as far as it is told; `show`: 7 opens it minimised; `overlay`: (byte, length)
    of what lies behind its end."""

    target: str = ""
    arguments: str = ""
    relative: str = ""
    folder: str = ""
    icon: str = ""
    described: str = ""
    show: int = 1
    overlay: tuple[int, int] = (0, 0)
    problem: str = ""

    @property
    def command(self) -> str:
        return f"{self.target or self.relative} {self.arguments}".strip()


def read_shortcut(content: bytes) -> Shortcut:
    """Never raises: what could not be followed is in `problem`."""
    found = Shortcut()
    try:
        _read(content, found)
    except (struct.error, IndexError, ValueError) as error:
        found.problem = f"it is damaged: {error}"[:120]
    return found


def _read(content: bytes, found: Shortcut) -> None:
    flags = struct.unpack_from("<I", content, 20)[0]
    found.show = struct.unpack_from("<I", content, 60)[0]
    at = 76
    if flags & _LIST:
        size = struct.unpack_from("<H", content, at)[0]
        found.target = _named(content[at + 2 : at + 2 + size])
        at += 2 + size
    if flags & _INFO:
        size, _, inner, _, base = struct.unpack_from("<5I", content, at)
        if inner & 1 and 28 <= base < size:
            found.target = _text(content, at + base, at + size) or found.target
        at += size
    for bit, name in (
        (_NAME, "described"),
        (_RELATIVE, "relative"),
        (_FOLDER, "folder"),
        (_ARGUMENTS, "arguments"),
        (_ICON, "icon"),
    ):
        if flags & bit:
            count = struct.unpack_from("<H", content, at)[0]
            size = count * (2 if flags & _UNICODE else 1)
            raw = content[at + 2 : at + 2 + size]
            setattr(found, name, raw.decode("utf-16-le" if flags & _UNICODE else "latin-1", "replace"))
            at += 2 + size
    for _ in range(MAX_BLOCKS):
        if at + 4 > len(content):
            break
        size = struct.unpack_from("<I", content, at)[0]
        if size < 4:
            at += 4
            break
        if size >= 788 and struct.unpack_from("<I", content, at + 4)[0] == _EXPANDED:  # a path with variables
            wide = content[at + 268 : at + 788].decode("utf-16-le", "replace").partition("\0")[0]
            found.target = found.target or wide or _text(content, at + 8, at + 268)
        at += size
    if at < len(content):
        found.overlay = (at, len(content) - at)


def _named(items: bytes) -> str:
    """The path in a list of shell items: of each the long name of its extension block (0xBEEF0004), else the short one."""
    at, names = 0, []
    for _ in range(64):
        if at + 2 > len(items):
            break
        size = struct.unpack_from("<H", items, at)[0]
        if size < 3:
            break
        names.append(_item(items[at : at + size]))
        at += size
    return "\\".join(name for name in names if name)


def _item(item: bytes) -> str:
    kind = item[2] & 0x70
    if kind == 0x20:
        return _text(item, 3, len(item)).rstrip("\\")
    if kind != 0x30 or len(item) <= 14:
        return ""
    block = item.find(_LONG)
    if block > 0 and (long := _WIDE.search(item, block)) is not None:
        return long[0].decode("utf-16-le")
    return item[14:].decode("utf-16-le", "replace").partition("\0")[0] if item[2] & 4 else _text(item, 14, len(item))


def _text(content: bytes, at: int, stop: int) -> str:
    end = content.find(b"\0", at, stop)
    return content[at : end if end >= 0 else stop].decode("latin-1")


__all__ = ["Shortcut", "read_shortcut"]
