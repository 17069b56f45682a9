"""Reason codes of accounts of mileage."""

ROLLBACK = "vehicles.mileage-rollback"
WORKSHOPS = "vehicles.mileage-workshops"
CONSUMPTION = "vehicles.mileage-consumption"
TOO_LITTLE = "vehicles.mileage-too-little"

REASONS = (ROLLBACK, WORKSHOPS, CONSUMPTION, TOO_LITTLE)
