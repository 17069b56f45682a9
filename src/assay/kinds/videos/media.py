"""What kind of film a file is, by its first bytes; a name proves nothing. A GIF or WebP is a film when it has two pictures."""

from __future__ import annotations

from assay.formats.avi import is_avi
from assay.formats.matroska import is_matroska
from assay.formats.mp4 import is_mp4

MP4, QUICKTIME, WEBM, MATROSKA, AVI, GIF, WEBP = (
    "video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "video/x-msvideo", "image/gif", "image/webp",
)  # fmt: skip
DRAWN = (GIF, WEBP)  # decoded as pictures are


def media_of(head: bytes) -> str:
    """The media type of a film that the room reads, from its first 64 KiB or more; "" for any other."""
    if is_mp4(head):
        return QUICKTIME if head[4:8] != b"ftyp" or head[8:12] == b"qt  " else MP4
    if is_matroska(head):
        return WEBM if b"webm" in head[:128] else MATROSKA
    if is_avi(head):
        return AVI
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF if _moves(head) else ""
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) > 20 and head[20] & 2:
        return WEBP
    return ""


def _moves(head: bytes) -> bool:
    """Does a GIF hold a second picture as far as these bytes go, or say that it repeats before they end?"""
    at = 13 + (3 << (head[10] & 7) + 1 if len(head) > 10 and head[10] & 128 else 0)
    pictures, repeats = 0, False
    for _ in range(10_000):
        if at + 10 > len(head):
            return repeats and at >= len(head)
        if head[at] == 0x21:
            if head[at + 1] == 0xFF and head[at + 3 : at + 14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0"):
                repeats = True
            at += 2
        elif head[at] == 0x2C:
            pictures += 1
            if pictures == 2:
                return True
            flags = head[at + 9]
            at += 11 + (3 << (flags & 7) + 1 if flags & 128 else 0)
        else:
            return False
        while at < len(head) and head[at]:
            at += 1 + head[at]
        at += 1
    return False


__all__ = ["AVI", "DRAWN", "GIF", "MATROSKA", "MP4", "QUICKTIME", "WEBM", "WEBP", "media_of"]
