"""Reason codes of accounts of mileage, and of the journeys in them taken together."""

ROLLBACK = "vehicles.mileage-rollback"
WORKSHOPS = "vehicles.mileage-workshops"
CONSUMPTION = "vehicles.mileage-consumption"
FELT = "vehicles.mileage-felt"
FELT_SINCE = "vehicles.mileage-felt-since"
JOURNEYS = "vehicles.mileage-journeys"
SOME_JOURNEYS = "vehicles.mileage-some-journeys"
TOO_LITTLE = "vehicles.mileage-too-little"

REASONS = (ROLLBACK, WORKSHOPS, CONSUMPTION, FELT, FELT_SINCE, JOURNEYS, SOME_JOURNEYS, TOO_LITTLE)
