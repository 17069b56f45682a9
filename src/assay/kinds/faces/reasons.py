"""Every reason code of the room. Spelt out here, so that finding the room imports no detector."""

from __future__ import annotations

UNREADABLE = ("faces.unreadable", "faces.too-large", "faces.not-installed")
QUALITY = (
    "faces.none", "faces.small", "faces.blurred", "faces.turned", "faces.dark", "faces.bright", "faces.flat", "faces.cut",
)  # fmt: skip
FORGED = ("faces.blended", "faces.blended-part", "faces.unsure", "faces.no-blending", "faces.no-model")

ALL = UNREADABLE + QUALITY + FORGED
