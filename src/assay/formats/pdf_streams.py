"""Streams inside a PDF that programs outside it will read: JBIG2 pictures and TrueType fonts, as files of their own, so that
their structure can be looked at."""

from __future__ import annotations

import io
from typing import Any

MAX_OBJECTS, MAX_STREAMS = 20_000, 200
MAX_STREAM, MAX_TOTAL = 16 << 20, 64 << 20
_JBIG2_FILE = b"\x97JB2\r\n\x1a\n\x03"  # segments one after the other, number of pages not told


def carried_streams(content: bytes) -> list[tuple[str, bytes]]:
    """(name, file) of every JBIG2 stream, with the segments it shares before it, and every TrueType program. Never raises:
    what cannot be read is left out."""
    if b"JBIG2Decode" not in content and b"FontFile2" not in content and b"ObjStm" not in content:
        return []
    import pikepdf

    found: list[tuple[str, bytes]] = []
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            fonts: set[tuple[int, int]] = set()
            total = 0
            for number, thing in enumerate(pdf.objects):
                if number >= MAX_OBJECTS or len(found) >= MAX_STREAMS or total > MAX_TOTAL:
                    break
                for name, data in _of(thing, fonts):
                    total += len(data)
                    found.append((name, data))
    except Exception:  # qpdf repairs much and names the rest in many ways; other detectors say that the file is broken
        return found
    return found


def _of(thing: Any, fonts: set[tuple[int, int]]) -> list[tuple[str, bytes]]:
    import pikepdf

    if isinstance(thing, pikepdf.Dictionary) and not isinstance(thing, pikepdf.Stream):
        program = thing.get("/FontFile2")
        if isinstance(program, pikepdf.Stream) and program.objgen not in fonts:
            fonts.add(program.objgen)
            if int(program.get("/Length1", 0)) <= MAX_STREAM and len(program.read_raw_bytes()) <= MAX_STREAM:
                return [(f"font {program.objgen[0]}", bytes(program.read_bytes()[:MAX_STREAM]))]
        return []
    if not isinstance(thing, pikepdf.Stream):
        return []
    filters = thing.get("/Filter")
    names = [str(f) for f in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if names[-1:] != ["/JBIG2Decode"] or len(names) > 1:
        return []
    parameters = thing.get("/DecodeParms")
    if isinstance(parameters, pikepdf.Array):
        parameters = parameters[0] if len(parameters) else None
    shared = parameters.get("/JBIG2Globals") if isinstance(parameters, pikepdf.Dictionary) else None
    before = bytes(shared.read_bytes()[:MAX_STREAM]) if isinstance(shared, pikepdf.Stream) else b""
    raw = bytes(thing.read_raw_bytes())
    return [(f"picture {thing.objgen[0]}", _JBIG2_FILE + before + raw)] if len(raw) <= MAX_STREAM else []


__all__ = ["carried_streams"]
