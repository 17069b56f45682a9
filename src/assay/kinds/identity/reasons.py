"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

CHALLENGE = (
    "identity.challenge-forged", "identity.challenge-replayed", "identity.challenge-stale", "identity.challenge-early",
    "identity.challenge-elsewhere", "identity.challenge-unverified", "identity.challenge-missing", "identity.challenge-holds",
)  # fmt: skip

ALL = CHALLENGE
UNEXAMINED: tuple[str, ...] = ()
