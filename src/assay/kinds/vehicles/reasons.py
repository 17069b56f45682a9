"""Reason codes of the vehicles room: one for each way in which a bus departs from the car's normal."""

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

NO_NORMAL = "vehicles.no-normal"
OTHER_VEHICLE = "vehicles.other-vehicle"
BROKEN = "vehicles.broken"

UNEXAMINED = (NO_NORMAL, OTHER_VEHICLE, BROKEN)
REASONS = (*EVENTS, *UNEXAMINED)
