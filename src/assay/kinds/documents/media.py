"""What kind of file this is, by its first bytes; a name proves nothing."""

from __future__ import annotations

PDF = "application/pdf"


def media_of(content: bytes) -> str:
    """The media type of a file the room reads; "" for any other."""
    head = content[:1024]
    if b"%PDF-" in head:
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] in (b"II*\x00", b"MM\x00*"):
        return "image/tiff"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/bmp" if head.startswith(b"BM") and len(content) > 54 else ""
