"""Reason codes of the bus: one for each way in which it departs from the car's normal, and for what testers ask on the road."""

INJECTION = "vehicles.injection"
PAYLOAD = "vehicles.payload"
UNKNOWN_ID = "vehicles.unknown-id"
FLOOD = "vehicles.flood"
SUPPRESSION = "vehicles.suppression"
STUCK = "vehicles.stuck"
DISAGREEMENT = "vehicles.disagreement"
COUNTER = "vehicles.counter"
CHECKSUM = "vehicles.checksum"
LEAP = "vehicles.leap"
REPLAY = "vehicles.replay"
PACE = "vehicles.pace"
EVENTS = (
    INJECTION, PAYLOAD, UNKNOWN_ID, FLOOD, SUPPRESSION, STUCK, DISAGREEMENT, COUNTER, CHECKSUM, LEAP, REPLAY, PACE,
)  # fmt: skip
"""In the order of the numbers that `watch` gives them."""

SECURITY_ACCESS = "vehicles.security-access"
RESET = "vehicles.ecu-reset"
FLASHING = "vehicles.flashing"
SESSION = "vehicles.diagnostic-session"
CONTROL = "vehicles.diagnostic-control"
DIAGNOSTIC_FLOOD = "vehicles.diagnostic-flood"
DIAGNOSTIC_SCAN = "vehicles.diagnostic-scan"
DIAGNOSTICS = (SECURITY_ACCESS, RESET, FLASHING, SESSION, CONTROL, DIAGNOSTIC_FLOOD, DIAGNOSTIC_SCAN)

NO_NORMAL = "vehicles.no-normal"
OTHER_VEHICLE = "vehicles.other-vehicle"
BROKEN = "vehicles.broken"

UNEXAMINED = (NO_NORMAL, OTHER_VEHICLE, BROKEN)
REASONS = (*EVENTS, *DIAGNOSTICS, *UNEXAMINED)
