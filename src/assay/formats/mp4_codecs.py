"""How the samples of an MP4 track are coded: the entries of its sample description (ISO/IEC 14496-12, 8.5.2), with the decoder's
configuration of H.264, HEVC, AV1, VP9, AAC, Opus and FLAC."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from assay.formats.mp4_boxes import Boxes


@dataclass
class Codec:
    """One sample entry: how (some) samples of a track are coded. `config` is the decoder's configuration, `digest` tells two
    entries apart; `profile` is the hexadecimal of RFC 6381 where there is one."""

    format: str
    digest: str
    profile: str = ""
    compressor: str = ""
    width: int = 0
    height: int = 0
    channels: int = 0
    rate: int = 0
    config: bytes = b""


def read_codecs(data: bytes, at: int, end: int, handler: str, boxes: Boxes) -> list[Codec]:
    """The entries of an `stsd` between two places of `data`, of a track of that handler; at most a hundred."""
    found: list[Codec] = []
    for box in boxes.within(data, at + 8, end):
        if len(found) >= 100 or len(box.kind) != 4:
            break
        body = data[box.start : box.end]
        codec = Codec(box.kind.decode("latin-1"), hashlib.sha256(box.kind + body[:65_536]).hexdigest()[:16])
        inner = len(body)
        if handler == "vide" and len(body) >= 78:
            codec.width, codec.height = struct.unpack_from(">HH", body, 24)
            codec.compressor = body[43 : 43 + min(body[42], 31)].decode("latin-1", "replace").strip("\0 ")
            inner = 78
        elif handler == "soun" and len(body) >= 28:
            version, codec.channels, _, rate = struct.unpack_from(">H6xHH4xI", body, 8)
            codec.rate = rate >> 16
            inner = 28 + {1: 16, 2: 36}.get(version, 0)
        for one in boxes.within(body, inner, len(body)):
            _configure(codec, one.kind, body[one.start : one.end], boxes)
        found.append(codec)
    return found


def _configure(codec: Codec, kind: bytes, body: bytes, boxes: Boxes) -> None:
    if kind == b"avcC":
        codec.profile, codec.config = body[1:4].hex(), body
    elif kind in (b"hvcC", b"av1C", b"vpcC", b"dOps", b"dfLa"):
        codec.profile, codec.config = body[1:5].hex() if kind != b"dOps" else "", body
    elif kind == b"esds":
        codec.config = _specific(body[4:])
    elif kind == b"wave":  # QuickTime puts the audio's `esds` inside
        for one in boxes.within(body, 0, len(body)):
            if one.kind == b"esds":
                codec.config = _specific(body[one.start + 4 : one.end])


def _specific(body: bytes) -> bytes:
    """DecoderSpecificInfo (tag 5) out of an ES descriptor, ISO/IEC 14496-1."""
    at = 0
    for _ in range(16):
        if at + 2 > len(body):
            return b""
        tag, size = body[at], 0
        at += 1
        for _ in range(4):
            byte = body[at] if at < len(body) else 0
            at += 1
            size = size << 7 | byte & 127
            if not byte & 128:
                break
        if tag == 5:
            return body[at : at + min(size, 256)]
        if tag == 3:
            flags = body[at + 2] if at + 2 < len(body) else 0
            at += 3 + (2 if flags & 128 else 0) + (2 if flags & 32 else 0)
            at += 1 + body[at] if flags & 64 and at < len(body) else 0
        elif tag == 4:
            at += 13
        else:
            at += size
    return b""


__all__ = ["Codec", "read_codecs"]
