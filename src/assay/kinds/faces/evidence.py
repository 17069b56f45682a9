"""`Face`: a picture of one face, cut out of an image or a video or handed in by itself. The picture is never a column: what is
recorded is its name, size and digest. It is judged for how it was made; whose face it is nobody asks here."""

from __future__ import annotations

from assay.core.enclosed import Handed


class Face(Handed, frozen=True, kw_only=True, tag="face"):
    """One face with some margin, as PNG, JPEG or WebP."""

    @classmethod
    def media_of(cls, content: bytes) -> str:
        """The media type by the first bytes; "application/octet-stream" for what is no picture that is read."""
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return "image/png"
        if content.startswith(b"\xff\xd8\xff"):
            return "image/jpeg"
        return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else "application/octet-stream"
