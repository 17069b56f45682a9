"""Every reason code of the room, by the detector that gives it. Spelt out here, so that finding the room imports no detector; a test
holds it to what the detectors say."""

from __future__ import annotations

STRUCTURE = (
    "files.webp-table", "files.webp-code", "files.jbig2-overflow", "files.jbig2-absurd", "files.jbig2-segments",
    "files.truetype-adjust", "files.dng-samples", "files.dng-opcodes", "files.dng-tiles", "files.pass-picture",
    "files.pass-manifest", "files.pass-signature", "files.unread",
)  # fmt: skip
CONTENT = (
    "files.disguised", "files.double-extension", "files.direction", "files.padded-name", "files.mailed-program", "files.cut",
    "files.unknown",
)  # fmt: skip
KNOWN = ("files.known-bad", "files.known-good")
RULES = ("files.rule", "files.rules-slow", "files.rules-failed")
ARCHIVE = (
    "files.archive-overlap", "files.archive-bomb", "files.archive-outside", "files.archive-through-link",
    "files.archive-two-names", "files.archive-encrypted", "files.archive-damaged", "files.archive-left", "files.archive-unread",
    "files.archive-second", "files.archive-same-name", "files.archive-unlocked", "files.carried-archive",
    "files.mailed-image",
)  # fmt: skip
PROGRAM = (
    "files.entry-outside", "files.entry-data", "files.packed", "files.writable-code", "files.carried-program", "files.cut-short",
    "files.program-unread",
)  # fmt: skip
OFFICE = (
    "files.remote-handler", "files.remote-template", "files.remote-object", "files.dde", "files.equation-overflow",
    "files.excel4-runs", "files.excel4-hidden", "files.macros-stomped", "files.macros-unseen", "files.rtf-strewn",
    "files.embedded-program", "files.office-encrypted", "files.office-unread",
)  # fmt: skip
SCRIPT = (
    "files.macro-fetches", "files.macro-runs", "files.macro-able", "files.macro-starts", "files.script-memory",
    "files.script-fetches", "files.script-covered", "files.script-encoded", "files.script-disarms", "files.script-stays",
    "files.script-carries", "files.page-smuggles", "files.shortcut-fetches", "files.shortcut-command", "files.shortcut-disguised",
    "files.shortcut-padded", "files.shortcut-carries", "files.shortcut-abroad", "files.shortcut-beside", "files.console-runs",
    "files.remote-desktop",
)  # fmt: skip
CLAMAV = ("files.clamav", "files.clamav-silent")

ALL = CONTENT + KNOWN + STRUCTURE + ARCHIVE + PROGRAM + OFFICE + SCRIPT + RULES + CLAMAV
UNEXAMINED = (
    "files.unread", "files.cut", "files.unknown", "files.rules-slow", "files.rules-failed", "files.archive-encrypted",
    "files.archive-damaged", "files.archive-left", "files.archive-unread", "files.program-unread", "files.cut-short",
    "files.office-encrypted", "files.office-unread", "files.clamav-silent",
)  # fmt: skip
