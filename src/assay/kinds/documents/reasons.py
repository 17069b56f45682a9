"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

UNREADABLE = ("documents.unreadable", "documents.encrypted", "documents.too-large")
PDF: tuple[str, ...] = ()
READING: tuple[str, ...] = ()
IDENTITY: tuple[str, ...] = ()
PIXELS: tuple[str, ...] = ()
REUSE: tuple[str, ...] = ()

ALL = UNREADABLE + PDF + READING + IDENTITY + PIXELS + REUSE
