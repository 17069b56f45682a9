"""The room's reason codes."""

LONG, BEACON, SHORT, STROBE = (
    "networks.long-connection", "networks.beacon", "networks.beacon-short", "networks.strobe",
)  # fmt: skip
TUNNEL, BY_DESIGN = "networks.dns-tunnel", "networks.dns-data"
DGA, MISSING = "networks.generated-names", "networks.missing-names"
HOST_SCAN, PORT_SCAN, LOGINS, OUTSIDE_SCAN, RETRIES = (
    "networks.host-scan", "networks.port-scan", "networks.logins", "networks.scanned", "networks.retries",
)  # fmt: skip
EXFILTRATION, LATERAL = "networks.exfiltration", "networks.lateral"
SELF_SIGNED, FINGERPRINT = "networks.self-signed", "networks.new-fingerprint"
KNOWN_BAD = "networks.known-bad"
UNUSUAL = "networks.unusual-hour"
SENSOR = "networks.sensor"

ALL = (
    LONG, BEACON, SHORT, STROBE, TUNNEL, BY_DESIGN, DGA, MISSING, HOST_SCAN, PORT_SCAN, LOGINS, OUTSIDE_SCAN, RETRIES, EXFILTRATION,
    LATERAL, SELF_SIGNED, FINGERPRINT, KNOWN_BAD, UNUSUAL, SENSOR,
)  # fmt: skip
