"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no
detector; a test holds it to what the detectors say."""

from __future__ import annotations

LINKS: tuple[str, ...] = (
    "messages.link-homoglyph", "messages.link-look-alike", "messages.link-embeds-name", "messages.link-slip",
    "messages.link-borrows-name", "messages.link-mixed-script", "messages.link-userinfo",
    "messages.link-hidden-address", "messages.link-address", "messages.link-script", "messages.link-mismatch",
    "messages.link-elsewhere", "messages.form-password", "messages.attachment-disguised",
    "messages.attachment-program", "messages.links-unreadable",
)  # fmt: skip
SENDER: tuple[str, ...] = (
    "messages.sender-forged", "messages.sender-failed", "messages.sender-look-alike", "messages.sender-borrows-name",
    "messages.sender-name-address", "messages.sender-name-brand", "messages.sender-name-disguised",
    "messages.reply-elsewhere", "messages.sender-unverified", "messages.sender-unreadable",
)  # fmt: skip
INTENT: tuple[str, ...] = (
    "messages.intent-credential", "messages.intent-threat", "messages.intent-parcel", "messages.intent-fee",
    "messages.intent-payee-change", "messages.intent-new-number", "messages.intent-code-request",
    "messages.intent-gift-card", "messages.intent-investment", "messages.intent-job", "messages.intent-remote-access",
    "messages.intent-prize", "messages.intent-refund", "messages.intent-authority", "messages.intent-extortion",
    "messages.intent-loan", "messages.intent-charge", "messages.intent-errand", "messages.intent-channel-switch",
    "messages.intent-scan", "messages.intent-payment", "messages.intent-secrecy", "messages.intent-urgency", "messages.intent-call-back", "messages.intent-link",
    "messages.intent-first-contact", "messages.text-disguised", "messages.intent-diversion",
    "messages.intent-unreadable",
)  # fmt: skip
MODEL: tuple[str, ...] = (
    "messages.model.worded", "messages.model.means", "messages.model.unreadable", "messages.url-model.host",
    "messages.url-model.path", "messages.url-model.unreadable",
)  # fmt: skip

ALL = LINKS + SENDER + INTENT + MODEL
