"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no detector; a
test holds it to what the detectors say."""

from __future__ import annotations

UNREADABLE = ("images.unreadable", "images.too-large", "images.no-decoder")
PROVENANCE = (
    "images.generated-signed",
    "images.composite-signed",
    "images.signature-broken",
    "images.signature-unverified",
    "images.signer-unknown",
    "images.signer-lapsed",
    "images.signer-trusted",
    "images.capture-signed",
    "images.generated-label",
    "images.composite-label",
    "images.aigc-label",
    "images.aigc-suspected",
    "images.generator-parameters",
    "images.generator-named",
    "images.generator-hidden",
    "images.editor",
    "images.thumbnail-differs",
    "images.hidden-file",
    "images.trailing-data",
    "images.cropped",
    "images.resized",
    "images.no-exposure",
    "images.saved-again",
    "images.date-future",
    "images.date-order",
    "images.clock-and-place",
    "images.no-provenance",
)
GENERATED = (
    "images.pixels-generated",
    "images.pixels-parts",
    "images.pixels-unsure",
    "images.pixels-small",
    "images.pixels-coarse",
    "images.pixels-smooth",
    "images.pixels-unlike",
    "images.pixels-contradictory",
    "images.pixels-reduced",
    "images.pixels-no-model",
)
EDITED = ("images.recompressed-part", "images.copied-part")
QUALITY = ("images.too-small", "images.coarse", "images.blurred", "images.empty", "images.moving")
REUSE = ("images.same-file", "images.same-picture")

ALL = UNREADABLE + PROVENANCE + GENERATED + EDITED + QUALITY + REUSE
