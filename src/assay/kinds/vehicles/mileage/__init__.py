"""Mileage over months: odometer readings from several hands, held against each other and against what was burnt or charged."""
