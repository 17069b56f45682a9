"""Every reason code of the room, one tuple an area."""

COVERAGE = ("phones.unopened", "phones.gap", "phones.forged-id", "phones.deleted-process")
TRACES = ("phones.no-trace", "phones.no-indicators", "phones.trace", "phones.link", "phones.address", "phones.visited")
COINCIDENCE = ("phones.coincidence", "phones.too-little")
ATTACHMENTS = ("phones.type-lie",)
POSTURE = ("phones.exposed", "phones.airdrop-everyone")
REPORT = (
    "phones.report-high", "phones.report-suspicious", "phones.report-exposed", "phones.report-none", "phones.report-unknown",
    "phones.report-found",
)  # fmt: skip
REFUSED = (
    "phones.report-forged", "phones.report-other-device", "phones.report-other-customer", "phones.report-other-case",
    "phones.report-revoked", "phones.report-out-of-term", "phones.report-early", "phones.report-expired",
    "phones.report-unknown-signer", "phones.report-unbound", "phones.report-broken", "phones.report-replayed",
)  # fmt: skip
REASONS = COVERAGE + TRACES + COINCIDENCE + ATTACHMENTS + POSTURE + REPORT + REFUSED
UNEXAMINED = ("phones.unopened", "phones.report-broken")
