"""Shortcuts: what they start is read wherever it stands, and damage is harmless."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats.lnk import read_shortcut
from assay.kinds.files.samples.scripts import shortcut

HEAD = struct.pack("<I16s", 0x4C, bytes.fromhex("0114020000000000c000000000000046"))


def listed(*items: bytes, arguments: str = "") -> bytes:
    """A shortcut whose target stands in its list of items alone."""
    flags = 1 | 0x20 | 0x80
    body = b"".join(struct.pack("<H", len(item) + 2) + item for item in items) + b"\0\0"
    out = HEAD + struct.pack("<I", flags) + bytes(52) + struct.pack("<H", len(body)) + body
    return out + struct.pack("<H", len(arguments)) + arguments.encode("utf-16-le") + bytes(4)


def entry(short: str, long: str) -> bytes:
    """A file as an item holds it: its short name, and its long one in an extension block."""
    wide = long.encode("utf-16-le") + b"\0\0"
    block = struct.pack("<HHI", 46 + len(wide), 9, 0xBEEF0004) + bytes(38) + wide
    return b"\x32\0" + bytes(10) + (short.encode() + b"\0").ljust(14, b"\0") + block


def test_arguments_icon_and_what_lies_behind() -> None:
    found = read_shortcut(shortcut("/c start", icon="a.ico", tail=b"x" * 99, show=7))
    assert (found.target, found.arguments, found.icon, found.show) == (
        "C:\\Windows\\System32\\cmd.exe",
        "/c start",
        "a.ico",
        7,
    )
    assert found.overlay[1] == 99
    assert found.problem == ""


def test_the_long_name_is_told_and_not_the_short_one() -> None:
    found = read_shortcut(
        listed(
            b"\x1f\x50" + bytes(16),
            b"\x2fC:\\" + bytes(19),
            entry("POWERS~1.EXE", "powershell.exe"),
            arguments="-w hidden",
        )
    )
    assert found.command == "C:\\powershell.exe -w hidden"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 400), st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=8))
def test_damage_is_never_an_exception(cut: int, changes: list[tuple[int, int]]) -> None:
    content = bytearray(listed(entry("POWERS~1.EXE", "powershell.exe"), arguments="x" * 40))
    for at, value in changes:
        if at < len(content):
            content[at] = value
    read_shortcut(bytes(content[:cut]))
