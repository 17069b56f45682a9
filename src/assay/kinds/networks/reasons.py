"""The room's reason codes."""

LONG, BEACON, SHORT, SETTLED, STROBE = (
    "networks.long-connection", "networks.beacon", "networks.beacon-short", "networks.beacon-settled", "networks.strobe",
)  # fmt: skip
TUNNEL, BY_DESIGN = "networks.dns-tunnel", "networks.dns-data"
DGA, MISSING = "networks.generated-names", "networks.missing-names"
HOST_SCAN, PORT_SCAN, SLOW_SCAN, PEERS, LOGINS, OUTSIDE_SCAN, RETRIES = (
    "networks.host-scan", "networks.port-scan", "networks.slow-scan", "networks.peers", "networks.logins", "networks.scanned",
    "networks.retries",
)  # fmt: skip
EXFILTRATION, SLOW_EXFILTRATION, SHARED_UPLOAD, CALL, LATERAL = (
    "networks.exfiltration", "networks.exfiltration-slow", "networks.upload-shared", "networks.upload-call", "networks.lateral",
)  # fmt: skip
SELF_SIGNED, FINGERPRINT = "networks.self-signed", "networks.new-fingerprint"
KNOWN_BAD = "networks.known-bad"
UNUSUAL = "networks.unusual-hour"
SENSOR = "networks.sensor"

ALL = (
    LONG, BEACON, SHORT, SETTLED, STROBE, TUNNEL, BY_DESIGN, DGA, MISSING, HOST_SCAN, PORT_SCAN, SLOW_SCAN, PEERS, LOGINS,
    OUTSIDE_SCAN, RETRIES, EXFILTRATION, SLOW_EXFILTRATION, SHARED_UPLOAD, CALL, LATERAL, SELF_SIGNED, FINGERPRINT, KNOWN_BAD, UNUSUAL, SENSOR,
)  # fmt: skip
