"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

UNREADABLE = ("documents.unreadable", "documents.encrypted", "documents.too-large")
PDF: tuple[str, ...] = ()
READING: tuple[str, ...] = ()
IDENTITY: tuple[str, ...] = ()
PIXELS = (
    "documents.generated", "documents.provenance-broken", "documents.provenance-holds", "documents.picture-editor",
    "documents.thumbnail-differs", "documents.trailing-data", "documents.recompressed-part", "documents.other-quality",
    "documents.noise-break", "documents.resampled-part", "documents.grid-break", "documents.copied-part",
)  # fmt: skip
REUSE: tuple[str, ...] = ()

ALL = UNREADABLE + PDF + READING + IDENTITY + PIXELS + REUSE
