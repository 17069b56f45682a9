"""How C2PA binds a manifest to an ISO base media file (MP4, MOV, HEIF, AVIF): a hash over every box that is not excluded, each of
the outermost ones preceded by where it begins (C2PA 2.1, "BMFF-based hash"; the first version had no places in it).

The file is read piece by piece. Trees of hashes, which long films and streams may carry instead, are not checked, and that is
said; what leaves the pictures or their index out binds nothing, and that is a fault.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from assay.formats.mp4_boxes import Box, box_at, outermost

_STEP = 4 << 20
_MAX_BOXES = 20_000
_ESSENTIAL = (b"mdat", b"moov", b"moof", b"meta")
_NAME = re.compile(r"([ -~©]{4})(?:\[(\d{1,6})\])?")
_FULL = frozenset((b"meta", b"stsd", b"dref"))  # boxes whose inner ones begin behind a version and flags


def check(algorithm: Any, binding: dict[Any, Any], version: int, file: BinaryIO) -> tuple[bool | None, str]:
    """(True, "") where it holds, (False, why) where not, (None, why) where it cannot be checked. `version` is that of the
    assertion's label; `algorithm` a constructor of `hashlib`."""
    if binding.get("merkle"):
        return None, "a tree of hashes is not checked"
    end = file.seek(0, 2)
    outer = [box for _, box in zip(range(_MAX_BOXES), outermost(file, end), strict=False)]
    if not outer or outer[-1].end != end:
        return False, "the file's boxes do not add up"
    gone: list[tuple[int, int]] = []
    stated = binding.get("exclusions")
    for exclusion in stated[:200] if isinstance(stated, list) else ():
        if not isinstance(exclusion, dict):
            return False, "an exclusion is malformed"
        for box in _found(file, end, str(exclusion.get("xpath", ""))):
            if _fits(file, box, exclusion):
                gone += _ranges(box, exclusion)
    gone = _merged(gone)
    for box in outer:
        if box.kind in _ESSENTIAL and any(start <= box.at and stop >= box.end for start, stop in gone):
            return False, "it leaves the pictures out"
    hashed = algorithm()
    for box in outer:
        if version > 1 and not any(start <= box.at and stop >= box.end for start, stop in gone):
            hashed.update(box.at.to_bytes(8, "big"))
        at = box.at
        for start, stop in [*gone, (end, end)]:
            if stop <= at:
                continue
            _update(hashed, file, at, min(max(start, at), box.end))
            at = max(at, stop)
            if at >= box.end:
                break
    same = isinstance(binding.get("hash"), bytes) and hmac.compare_digest(hashed.digest(), binding["hash"])
    return (True, "") if same else (False, "the file was changed after it was signed")


def _update(hashed: Any, file: BinaryIO, start: int, stop: int) -> None:
    file.seek(start)
    while start < stop:
        piece = file.read(min(_STEP, stop - start))
        if not piece:
            return
        hashed.update(piece)
        start += len(piece)


def _found(file: BinaryIO, end: int, path: str) -> list[Box]:
    """The boxes that a path such as "/moov/trak[2]/mdia" names; without a number all of that name."""
    found = [Box(b"", 0, 0, end)]
    left = _MAX_BOXES
    for step in path.strip("/").split("/"):
        named = _NAME.fullmatch(step)
        if named is None or path.count("/") > 10:
            return []
        inner: list[Box] = []
        for holder in found:
            kind = named[1].encode("latin-1")
            start = holder.start + (4 if holder.kind in _FULL else 0)
            same = [box for box in _within(file, start, holder.end, left) if _kind(file, box) == kind]
            left -= len(same) + 1
            inner += same[int(named[2]) - 1 : int(named[2])] if named[2] else same
        found = inner[: max(0, left)]
    return found


def _kind(file: BinaryIO, box: Box) -> bytes:
    return b"uuid" if len(box.kind) == 16 else box.kind


def _within(file: BinaryIO, start: int, end: int, most: int) -> Iterator[Box]:
    at = start
    for _ in range(max(0, most)):
        box = box_at(file, at, end)
        if box is None or box.end > end:
            return
        yield box
        at = box.end


def _fits(file: BinaryIO, box: Box, exclusion: dict[Any, Any]) -> bool:
    """Is the box of the length, version, flags and bytes that the exclusion asks for?"""
    length = exclusion.get("length")
    if isinstance(length, int) and length != box.end - box.at:
        return False
    file.seek(box.start)
    head = file.read(4)
    if isinstance(exclusion.get("version"), int) and head[:1] != bytes([exclusion["version"] & 255]):
        return False
    flags = exclusion.get("flags")
    if isinstance(flags, bytes) and len(flags) == 3 and len(head) == 4:
        exact = exclusion.get("exact") is not False
        held, wanted = int.from_bytes(head[1:], "big"), int.from_bytes(flags, "big")
        if (held != wanted) if exact else (held & wanted) != wanted:
            return False
    asked = exclusion.get("data")
    for one in asked[:20] if isinstance(asked, list) else ():
        offset, value = (one.get("offset"), one.get("value")) if isinstance(one, dict) else (None, None)
        if not isinstance(offset, int) or not isinstance(value, bytes) or not 0 <= offset < 1 << 40:
            return False
        file.seek(box.at + offset)
        if file.read(len(value)) != value:
            return False
    return True


def _ranges(box: Box, exclusion: dict[Any, Any]) -> list[tuple[int, int]]:
    """What of the box is left out: some parts of it, where the exclusion names such, else all."""
    parts = exclusion.get("subset")
    if not isinstance(parts, list) or not parts:
        return [(box.at, box.end)]
    found = []
    for one in parts[:100]:
        offset, length = (one.get("offset"), one.get("length")) if isinstance(one, dict) else (None, None)
        if isinstance(offset, int) and isinstance(length, int) and offset >= 0 and length >= 0:
            start = min(box.at + offset, box.end)
            found.append((start, min(start + length, box.end) if length else box.end))
    return found


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], stop))
        else:
            out.append((start, stop))
    return out


def version_of(label: str) -> int | None:
    """1 for "c2pa.hash.bmff", 2 for "c2pa.hash.bmff.v2" and so on; None for any other label."""
    found = re.fullmatch(r"c2pa\.hash\.bmff(?:\.v(\d))?(?:__\d+)?", label)
    return int(found[1] or 1) if found else None


HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}

__all__ = ["HASHES", "check", "version_of"]
