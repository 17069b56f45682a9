"""Every reason code of the room, one tuple an area."""

COVERAGE = ("phones.unopened", "phones.gap", "phones.forged-id", "phones.deleted-process")
TRACES = ("phones.no-trace", "phones.no-indicators", "phones.trace", "phones.link", "phones.address", "phones.visited")
PROGRAMS = ("phones.odd-place", "phones.stays", "phones.posing", "phones.masquerade", "phones.rare-program")
INTEGRITY = ("phones.rows-missing", "phones.newest-missing", "phones.shutdown-log-empty", "phones.odd-look-up")
COINCIDENCE = ("phones.coincidence", "phones.too-little")
ATTACHMENTS = ("phones.type-lie",)
POSTURE = (
    "phones.exposed", "phones.exposed-android", "phones.old-patch", "phones.airdrop-everyone", "phones.rooted",
    "phones.boot-unlocked", "phones.debugging", "phones.verifier-off", "phones.unknown-sources", "phones.sideloaded",
    "phones.accessibility",
)  # fmt: skip
ADVICE = (
    "phones.version-unknown",
    "phones.lockdown-on",
    "phones.lockdown-off",
    "phones.airdrop-contacts",
    "phones.profiles",
)
ABUSE = ("phones.trojan-signs", "phones.posing-app")
REPORT = (
    "phones.report-high", "phones.report-suspicious", "phones.report-exposed", "phones.report-none", "phones.report-unknown",
    "phones.report-found",
)  # fmt: skip
REFUSED = (
    "phones.report-forged", "phones.report-page-altered", "phones.report-other-device", "phones.report-other-customer", "phones.report-other-case",
    "phones.report-revoked", "phones.report-out-of-term", "phones.report-early", "phones.report-expired",
    "phones.report-unknown-signer", "phones.report-unbound", "phones.report-broken", "phones.report-replayed",
    "phones.report-other-phone",
)  # fmt: skip
REASONS = (
    COVERAGE + TRACES + COINCIDENCE + PROGRAMS + INTEGRITY + ATTACHMENTS + POSTURE + ADVICE + ABUSE + REPORT + REFUSED
)
UNEXAMINED = ("phones.unopened", "phones.report-broken")
