"""Reason codes of journeys, and which number of `agreement` speaks for which."""

DELAYED = "vehicles.trip-delayed"
TURNS = "vehicles.trip-turns-differ"
PUSHES = "vehicles.trip-pushes-differ"
SCALED = "vehicles.trip-scaled"
MOVES_STANDING = "vehicles.trip-moves-while-standing"
STANDS_MOVING = "vehicles.trip-stands-while-moving"
SMOOTHED = "vehicles.trip-smoothed"
STEPS = "vehicles.trip-places-and-speed-differ"
LED_AWAY = "vehicles.trip-led-away"
TOO_SMOOTH = "vehicles.trip-too-smooth"
CLOCK = "vehicles.trip-clock"
SAID = "vehicles.trip-speed-said"
ODOMETER = "vehicles.trip-odometer"
DISTANCE = "vehicles.trip-distance"
JUMP = "vehicles.trip-jump"
LOST = "vehicles.trip-signal-lost"
MOUNTED = "vehicles.trip-recorder-moved"
OTHER_CAR = "vehicles.trip-other-vehicle"
RESCALED = "vehicles.trip-rescaled"
ROLLBACK = "vehicles.odometer-rollback"

NOT_COMPARED = "vehicles.trip-not-compared"
BROKEN = "vehicles.trip-broken"

OF_NUMBER = {
    "lag": DELAYED, "turn": TURNS, "turn_share": TURNS, "push": PUSHES, "push_share": PUSHES, "side": PUSHES, "scale": SCALED,
    "still": MOVES_STANDING, "frozen": STANDS_MOVING, "brisk": SMOOTHED, "step": STEPS, "bend": LED_AWAY, "smooth": TOO_SMOOTH,
    "clock": CLOCK,
}  # fmt: skip
UNEXAMINED = (BROKEN,)
REASONS = (
    *dict.fromkeys(OF_NUMBER.values()), SAID, ODOMETER, DISTANCE, JUMP, LOST, MOUNTED, OTHER_CAR, RESCALED, ROLLBACK, NOT_COMPARED, BROKEN,
)  # fmt: skip
