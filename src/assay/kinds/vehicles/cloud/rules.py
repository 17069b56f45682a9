"""Rules over one batch of events and its profile: each a mask, how grave it is, whom it is about, and what its sentence shows.

A number that is missing makes a rule silent, never true. Limits are here, with why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Severity
from assay.core.profile import Profile
from assay.kinds.vehicles.cloud import reasons as codes
from assay.kinds.vehicles.cloud.evidence import CELL, COMMANDS, PRESENT
from assay.kinds.vehicles.trips.reasons import ROLLBACK

DAY, HOUR = 86_400.0, 3_600.0
FASTEST = 200.0  # km/h of a vehicle by road, over minutes and more
SLACK = 2.5 * CELL * 111.3  # km: both places may lie anywhere in their cells, and stations have grounds of their own
FRESH = 6 * HOUR  # a position older than this tells little of where a vehicle is
FAR = 300.0  # km between a phone and the car it commands: holidays are nearer, or the phone is known
_EARTH = 6371.0


class Reading:
    """Columns and profile numbers by name, NaN where nobody tells them."""

    def __init__(self, batch: Batch[Any], profile: Profile) -> None:
        self.batch, self.profile, self.n = batch, profile, len(batch)
        action = batch.column("action")
        self.actions = [""] * self.n if action is None else action.tolist()

    def __getitem__(self, name: str) -> np.ndarray:
        if name in self.profile:
            return self.profile.column(name)
        values = self.batch.column(name)
        return np.full(self.n, np.nan) if values is None or values.dtype == object else values.astype(np.float64)

    def text(self, name: str) -> list[str]:
        values = self.batch.column(name)
        return [""] * self.n if values is None else [str(v or "") for v in values.tolist()]

    def does(self, *actions: str) -> np.ndarray:
        return np.array([a in actions for a in self.actions], bool)

    def distance(self) -> np.ndarray:
        """Kilometres from the vehicle's last own position to this event's place."""
        return kilometres(
            self["vehicle_own_latitude_previous"],
            self["vehicle_own_longitude_previous"],
            self["latitude"],
            self["longitude"],
        )


def kilometres(lat1: np.ndarray, lon1: np.ndarray, lat2: np.ndarray, lon2: np.ndarray) -> np.ndarray:
    """By the haversine formula; NaN where any is."""
    a, b = np.radians(lat1), np.radians(lat2)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return np.asarray(2 * _EARTH * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


Mask = Callable[[Reading], np.ndarray]


class Rule(NamedTuple):
    """`shows`: placeholder of the sentence -> function of the reading, float64[n]."""

    code: str
    holds: Mask
    severity: Severity
    about: tuple[str, ...]
    shows: Mapping[str, Mask]
    techniques: tuple[str, ...] = ()


def _named(r: Reading, kind: str) -> np.ndarray:
    return np.asarray(r.batch.keys(kind) != 0)


def _beyond(r: Reading) -> np.ndarray:
    """Kilometres that lie beyond what could have been driven since the vehicle said where it is."""
    return np.asarray(r.distance() - SLACK - FASTEST * r["vehicle_own_latitude_time_since"] / HOUR)


def _two_places(r: Reading) -> np.ndarray:
    return np.asarray(r.does("position") & (_beyond(r) > 5))


def _not_there(r: Reading) -> np.ndarray:
    return np.asarray(r.does(*PRESENT) & (_beyond(r) > 0) & (r["vehicle_own_latitude_time_since"] <= FRESH))


def _app_far(r: Reading) -> np.ndarray:
    near = r["vehicle_own_latitude_time_since"] <= FRESH
    return np.asarray(r.does(*COMMANDS) & near & (r.distance() > FAR) & (r["customer_device_age"] < 7 * DAY))


def _new_device(r: Reading) -> np.ndarray:
    return np.asarray(
        (r["command"] > 0)
        & r.does("unlock", "start")
        & (r["customer_device_age"] <= DAY)
        & (r["customer_age"] >= 7 * DAY)
    )


def _unowned(r: Reading) -> np.ndarray:
    # Only of vehicles whose ownership is told at all.
    told = np.isfinite(r["vehicle_owning_time_since"])
    return np.asarray(r.does("pair") & _named(r, "customer") & told & np.isnan(r["vehicle_customer_owning_time_since"]))


def _billed_over_battery(r: Reading) -> np.ndarray:
    gained = (r["charge"] - r["vehicle_charge_previous"]) / 100 * r["capacity"]
    # Chargers and batteries lose up to a fifth; the battery's own per cent are whole ones.
    most = np.maximum(gained, 0) * 1.3 + 0.02 * r["capacity"] + 2.0
    return np.asarray(r.does("charge-stop") & (r["kwh"] > most))


def _billed_over_power(r: Reading) -> np.ndarray:
    hours = r["charging_age"] / HOUR
    return np.asarray(r.does("charge-stop") & (hours > 0) & (r["kwh"] > r["rated"] * hours * 1.1 + 0.5))


def _two_sessions(r: Reading) -> np.ndarray:
    # Over eight hours: an end that a station never told must not follow the holder into the next day.
    token = (r["token_opens_sum_8h"] >= 2) & (r["token_station_distinct_8h"] >= 2)
    car = (r["vehicle_opens_sum_8h"] >= 2) & (r["vehicle_station_distinct_8h"] >= 2)
    return np.asarray(r.does("charge-start") & (r["refused"] == 0) & (token | car))


RULES: tuple[Rule, ...] = (
    Rule(codes.MANY_VEHICLES, lambda r: r["token_vehicle_distinct_1h"] >= 8, Severity.HIGH, ("token", "customer"),
         {"count": lambda r: r["token_vehicle_distinct_1h"]}, ("T1078",)),
    Rule(codes.NEW_DEVICE, _new_device, Severity.HIGH, ("device", "customer", "vehicle"),
         {"hours": lambda r: r["customer_device_age"] / HOUR}, ("T1078",)),
    Rule(codes.UNOWNED, _unowned, Severity.HIGH, ("customer", "device", "vehicle"),
         {"days": lambda r: r["vehicle_owning_time_since"] / DAY}),
    Rule(codes.BURST, lambda r: (r["command"] > 0) & (r["vehicle_command_count_1m"] >= 10), Severity.MEDIUM,
         ("vehicle", "token"), {"count": lambda r: r["vehicle_command_count_1m"]}),
    Rule(codes.DOWNGRADE, lambda r: r["installed"] < r["vehicle_installed_previous"], Severity.MEDIUM, ("vehicle",), {}, ("T1601.002",)),
    Rule(codes.TWO_PLACES, _two_places, Severity.MEDIUM, ("vehicle",),
         {"kilometres": Reading.distance, "minutes": lambda r: r["vehicle_own_latitude_time_since"] / 60}),
    Rule(codes.APP_FAR, _app_far, Severity.MEDIUM, ("device", "customer", "vehicle"), {"kilometres": Reading.distance}),
    Rule(codes.NOT_THERE, _not_there, Severity.HIGH, ("vehicle", "card", "token", "customer"),
         {"kilometres": Reading.distance, "minutes": lambda r: r["vehicle_own_latitude_time_since"] / 60}),
    Rule(codes.OVER_TANK, lambda r: r.does("fuel") & ((r["litres"] > 1.08 * r["tank"] + 1) | (r["vehicle_litres_sum_1d"] > 2.5 * r["tank"])),
         Severity.HIGH, ("vehicle", "card", "customer"),
         {"litres": lambda r: r["litres"], "tank": lambda r: r["tank"], "day": lambda r: r["vehicle_litres_sum_1d"]}),
    Rule(codes.OVER_BATTERY, _billed_over_battery, Severity.HIGH, ("vehicle", "station", "token", "card"),
         {"kwh": lambda r: r["kwh"], "gained": lambda r: np.maximum(r["charge"] - r["vehicle_charge_previous"], 0) / 100 * r["capacity"]}),
    Rule(codes.OVER_POWER, _billed_over_power, Severity.HIGH, ("station", "token", "card"),
         {"kwh": lambda r: r["kwh"], "rated": lambda r: r["rated"], "minutes": lambda r: r["charging_age"] / 60}),
    Rule(codes.TWO_SESSIONS, _two_sessions, Severity.HIGH, ("token", "card", "vehicle"),
         {"count": lambda r: np.fmax(r["token_opens_sum_8h"], r["vehicle_opens_sum_8h"])}),
    Rule(codes.REPLAYED, lambda r: r.does("charge-start") & (r["charging_starting_count_30d"] >= 2), Severity.HIGH,
         ("charging", "station", "token"), {"count": lambda r: r["charging_starting_count_30d"]}),
    Rule(codes.LIMIT, lambda r: r.does("charge-limit") & (r["limit"] > 4 * r["connector_limit_previous"]), Severity.MEDIUM, ("station",),
         {"limit": lambda r: r["limit"], "before": lambda r: r["connector_limit_previous"]}, ("T0836",)),
    Rule(codes.METER, lambda r: r["meter"] < r["connector_meter_previous"] - 1, Severity.HIGH, ("station",),
         {"meter": lambda r: r["meter"], "before": lambda r: r["connector_meter_previous"]}, ("T1565.001",)),
    Rule(codes.FLOOD, lambda r: (r["beat"] > 0) & (r["station_beat_count_1m"] >= 20), Severity.LOW, ("station",),
         {"count": lambda r: r["station_beat_count_1m"]}, ("T0814",)),
    Rule(codes.TAGS, lambda r: (r["refusal"] > 0) & (r["station_refusal_count_10m"] >= 6) & (r["station_token_distinct_10m"] >= 4),
         Severity.MEDIUM, ("station", "device"), {"count": lambda r: r["station_token_distinct_10m"]}, ("T1110",)),
    Rule(codes.TWO_POLICIES, lambda r: r.does("insure") & (r["vehicle_policy_distinct_365d"] >= 2), Severity.MEDIUM,
         ("vehicle", "policy", "customer"), {"count": lambda r: r["vehicle_policy_distinct_365d"]}),
    Rule(ROLLBACK, lambda r: r["odometer"] < r["vehicle_odometer_previous"] - 2, Severity.HIGH, ("vehicle",),
         {"kilometres": lambda r: r["vehicle_odometer_previous"] - r["odometer"], "days": lambda r: r["vehicle_odometer_time_since"] / DAY}),
)  # fmt: skip

__all__ = ["RULES", "Reading", "Rule", "kilometres"]
