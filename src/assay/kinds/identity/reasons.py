"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

CHALLENGE = (
    "identity.challenge-forged", "identity.challenge-replayed", "identity.challenge-stale", "identity.challenge-early",
    "identity.challenge-elsewhere", "identity.challenge-unverified", "identity.challenge-missing", "identity.challenge-holds",
)  # fmt: skip
ANSWER = (
    "identity.step-done", "identity.step-missed", "identity.step-wrong", "identity.step-early", "identity.step-unseen",
    "identity.prompts-differ", "identity.relief", "identity.flat", "identity.relief-unclear", "identity.relief-unmeasured",
    "identity.flash-answered", "identity.flash-other", "identity.flash-even", "identity.flash-absent",
    "identity.flash-unmeasured", "identity.flash-declined", "identity.face-jumped", "identity.face-exchanged",
    "identity.face-lost", "identity.several-faces", "identity.no-face", "identity.too-dark", "identity.frames-few",
    "identity.frames-unreadable", "identity.faces-unavailable",
)  # fmt: skip
INJECTION = (
    "identity.virtual-camera", "identity.browser-headless", "identity.frames-older", "identity.frames-longer",
    "identity.frames-still", "identity.frames-looped", "identity.frames-repeated", "identity.timing-even",
    "identity.timing-odd", "identity.rate-differs", "identity.size-differs", "identity.encoders-mixed",
    "identity.frames-annotated", "identity.encoder-differs", "identity.device-differs", "identity.noise-missing",
)  # fmt: skip
MATCH = (
    "identity.face-differs-document", "identity.face-differs-portrait", "identity.face-differs-frames",
    "identity.face-unsure-document", "identity.face-unsure-portrait", "identity.face-matches-document",
    "identity.face-matches-portrait", "identity.face-missing-selfie", "identity.face-missing-document",
    "identity.face-missing-portrait", "identity.face-unfit-selfie", "identity.face-unfit-document",
    "identity.face-unfit-portrait", "identity.face-several", "identity.face-networks",
)  # fmt: skip
DUPLICATE = ("identity.same-face",)
PRESENTATION = (
    "identity.presentation-attack", "identity.presentation-open", "identity.presentation-none",
    "identity.presentation-unseen", "identity.presentation-networks", "identity.presentation-texture",
    "identity.presentation-spectrum", "identity.presentation-colour",
    "identity.presentation-light", "identity.presentation-surroundings",
)  # fmt: skip

ALL = CHALLENGE + ANSWER + INJECTION + MATCH + DUPLICATE + PRESENTATION
UNEXAMINED = ("identity.frames-unreadable", "identity.faces-unavailable")
