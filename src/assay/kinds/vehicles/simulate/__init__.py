"""`assay simulate fleet`: several cars and drivers over days: journeys, positions, fuel, charging, tolls, what was paid for them, and
who tried to cheat."""

from assay.kinds.vehicles.simulate.fleet import SCENARIOS, simulate

__all__ = ["SCENARIOS", "simulate"]
