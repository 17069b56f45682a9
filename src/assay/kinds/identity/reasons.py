"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

CHALLENGE = (
    "identity.challenge-forged", "identity.challenge-replayed", "identity.challenge-stale", "identity.challenge-early",
    "identity.challenge-elsewhere", "identity.challenge-unverified", "identity.challenge-missing", "identity.challenge-holds",
)  # fmt: skip

MATCH = (
    "identity.face-differs-document", "identity.face-differs-portrait", "identity.face-differs-frames",
    "identity.face-unsure-document", "identity.face-unsure-portrait", "identity.face-matches-document",
    "identity.face-matches-portrait", "identity.face-missing-selfie", "identity.face-missing-document",
    "identity.face-missing-portrait", "identity.face-unfit-selfie", "identity.face-unfit-document",
    "identity.face-unfit-portrait", "identity.face-several", "identity.face-networks",
)  # fmt: skip
DUPLICATE = ("identity.same-face",)

ALL = CHALLENGE + MATCH + DUPLICATE
UNEXAMINED: tuple[str, ...] = ()
