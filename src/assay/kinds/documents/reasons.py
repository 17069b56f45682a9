"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

UNREADABLE = ("documents.unreadable", "documents.encrypted", "documents.too-large")
PDF: tuple[str, ...] = (
    "documents.pdf-signature-gap",
    "documents.pdf-signature-range",
    "documents.pdf-signature-digest",
    "documents.pdf-signature-false",
    "documents.pdf-signature-cut",
    "documents.pdf-signature-unfinished",
    "documents.pdf-signature-unreadable",
    "documents.pdf-signature-unreviewed",
    "documents.pdf-signature-intact",
    "documents.pdf-signature-trusted",
    "documents.pdf-signature-removed",
    "documents.pdf-changed-after-signing",
    "documents.pdf-annotated-after-signing",
    "documents.pdf-change-forbidden",
    "documents.pdf-objects-after-signed",
    "documents.pdf-objects-unlisted",
    "documents.pdf-text-replaced",
    "documents.pdf-text-removed",
    "documents.pdf-text-added",
    "documents.pdf-image-replaced",
    "documents.pdf-font-replaced",
    "documents.pdf-damaged",
    "documents.pdf-offsets-miss",
    "documents.pdf-bytes-after-end",
    "documents.pdf-linearised-length",
    "documents.pdf-covered-text",
    "documents.pdf-hidden-text",
    "documents.pdf-overprinted",
    "documents.pdf-annotation-covers",
    "documents.pdf-foreign-type",
    "documents.pdf-editor",
    "documents.pdf-edited-by",
    "documents.pdf-date-future",
    "documents.pdf-date-order",
    "documents.pdf-dates-disagree",
    "documents.pdf-javascript",
    "documents.pdf-launch",
    "documents.pdf-embedded-file",
    "documents.pdf-xfa",
)
READING = (
    "documents.running-balance",
    "documents.running-balance-changed",
    "documents.running-amount-changed",
    "documents.carry-forward",
    "documents.impossible-date",
    "documents.weekday",
    "documents.outside-period",
    "documents.date-order",
    "documents.future-date",
    "documents.due-before-issue",
    "documents.reading-unsure",
    "documents.reading-failed",
)
IDENTITY = (
    "documents.identity-check-digit",
    "documents.identity-unclear",
    "documents.identity-country",
    "documents.identity-date",
    "documents.identity-expired",
    "documents.identity-misplaced",
    "documents.identity-consistent",
    "documents.identity-unread",
)
PIXELS = (
    "documents.generated", "documents.provenance-broken", "documents.provenance-holds", "documents.picture-editor",
    "documents.thumbnail-differs", "documents.trailing-data", "documents.recompressed-part", "documents.other-quality",
    "documents.noise-break", "documents.resampled-part", "documents.grid-break", "documents.copied-part",
)  # fmt: skip
REUSE = (
    "documents.same-file", "documents.same-picture", "documents.same-rows", "documents.same-portrait",
    "documents.same-identity-number", "documents.same-template", "documents.same-account", "documents.same-signature",
)  # fmt: skip

ALL = UNREADABLE + PDF + READING + IDENTITY + PIXELS + REUSE
