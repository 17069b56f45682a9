"""Every reason code of the room, one tuple an area."""

COVERAGE = ("phones.unopened", "phones.gap", "phones.forged-id", "phones.deleted-process")
TRACES = ("phones.no-trace", "phones.no-indicators", "phones.trace", "phones.link", "phones.address", "phones.visited")
COINCIDENCE = ("phones.coincidence", "phones.too-little")
ATTACHMENTS = ("phones.type-lie",)
POSTURE = ("phones.exposed", "phones.airdrop-everyone")
REASONS = COVERAGE + TRACES + COINCIDENCE + ATTACHMENTS + POSTURE
UNEXAMINED = ("phones.unopened",)
