"""What an MP4 file names in words: user data (QuickTime File Format), `meta` with keys of Apple and Android or items of iTunes, and
XMP. Each is handed on as key and text, keys as the file spells them."""

from __future__ import annotations

from collections.abc import Callable

from assay.formats.mp4_boxes import Box, Boxes

MAX_TEXT = 1 << 16  # bytes of one note
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
Note = Callable[[str, str], None]


def xmp_of(data: bytes, start: int, end: int) -> str:
    """The packet of XMP that lies there."""
    return data[start : min(end, start + MAX_TEXT)].decode("utf-8", "replace")


def read_user_data(note: Note, data: bytes, start: int, end: int, boxes: Boxes) -> None:
    """The notes of a `udta` between two places of `data`."""
    for box in boxes.within(data, start, end):
        name = box.kind.decode("latin-1")
        body = data[box.start : min(box.end, box.start + MAX_TEXT)]
        if box.kind == b"meta":
            read_meta(note, data, box.start, box.end, boxes)
        elif box.kind == b"XMP_":
            note("xmp", body.decode("utf-8", "replace"))
        elif name.startswith("©") and len(body) > 4:
            size = int.from_bytes(body[:2], "big")
            note(name, body[4 : 4 + size].decode("utf-8", "replace"))
        elif box.kind in (b"FIRM", b"LENS", b"CAME", b"manu", b"modl", b"CNFV", b"auth", b"AIGC"):
            note(name, body[:200].strip(b"\0\1").decode("utf-8", "replace"))


def read_meta(note: Note, data: bytes, start: int, end: int, boxes: Boxes) -> None:
    """`meta`, a full box in MP4 and a plain one in QuickTime: pairs of `keys` and `ilst`, or items with names of their own."""
    if data[start + 4 : start + 8] != b"hdlr":
        start += 4
    keys: list[str] = []
    for box in boxes.within(data, start, end):
        if box.kind == b"keys":
            for key in boxes.within(data, box.start + 8, box.end):
                keys.append(data[key.start : min(key.end, key.start + 100)].decode("utf-8", "replace"))
        elif box.kind == b"ilst":
            for item in boxes.within(data, box.start, box.end):
                number = int.from_bytes(item.kind[:4], "big")
                name = keys[number - 1] if 0 < number <= len(keys) else item.kind.decode("latin-1")
                _read_item(note, name, data, item, boxes)
        elif box.kind == XMP:
            note("xmp", xmp_of(data, box.start, box.end))


def _read_item(note: Note, name: str, data: bytes, item: Box, boxes: Boxes) -> None:
    for box in boxes.within(data, item.start, item.end):
        if box.kind == b"name" and name == "----":
            name = data[box.start + 4 : min(box.end, box.start + 100)].decode("utf-8", "replace")
        elif box.kind == b"data" and int.from_bytes(data[box.start : box.start + 4], "big") == 1:
            note(name, data[box.start + 8 : min(box.end, box.start + 8 + MAX_TEXT)].decode("utf-8", "replace"))


__all__ = ["XMP", "Note", "read_meta", "read_user_data", "xmp_of"]
