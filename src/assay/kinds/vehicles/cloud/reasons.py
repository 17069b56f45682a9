"""Reason codes of events in the cloud behind vehicles."""

MANY_VEHICLES = "vehicles.token-many-vehicles"
NEW_DEVICE = "vehicles.remote-after-new-device"
UNOWNED = "vehicles.paired-without-ownership"
BURST = "vehicles.command-burst"
DOWNGRADE = "vehicles.firmware-downgrade"
OUTSIDE = "vehicles.firmware-outside-targets"
EXPIRED = "vehicles.targets-expired"
TWO_PLACES = "vehicles.two-places"
APP_FAR = "vehicles.app-far-from-vehicle"
NOT_THERE = "vehicles.not-there"
OVER_TANK = "vehicles.more-than-tank"
OVER_BATTERY = "vehicles.energy-not-in-battery"
OVER_POWER = "vehicles.energy-above-power"
TWO_SESSIONS = "vehicles.token-two-sessions"
REPLAYED = "vehicles.session-replayed"
LIMIT = "vehicles.charging-limit"
METER = "vehicles.meter-falls"
FLOOD = "vehicles.message-flood"
TAGS = "vehicles.tags-tried"
TWO_POLICIES = "vehicles.two-policies"

REASONS = (
    MANY_VEHICLES, NEW_DEVICE, UNOWNED, BURST, DOWNGRADE, OUTSIDE, EXPIRED, TWO_PLACES, APP_FAR, NOT_THERE, OVER_TANK,
    OVER_BATTERY, OVER_POWER, TWO_SESSIONS, REPLAYED, LIMIT, METER, FLOOD, TAGS, TWO_POLICIES,
)  # fmt: skip
