"""The numbers that checks read: what they ask profiles to keep, the payment's own columns, and the few worked out from both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.batch import EVERYTHING, Batch
from assay.core.profile import Profile
from assay.kinds.payments.checks.limits import CheckLimits, Numbers
from assay.profiles.spec import Feature, Stat, windows

Mask = npt.NDArray[np.bool_]

_PLACED: tuple[tuple[Stat, str], ...] = (
    ("previous", "latitude"),
    ("previous", "longitude"),
    ("time_since", "latitude"),
)

PAST = "past"  # how long payments have been watched at all, seconds: whatever is younger than that may only look new
# What the checks ask profiles to keep. The profile column is `Feature.key`, such as "card_count_10m".
CHECK_FEATURES: list[Feature] = [
    Feature(entity="card", stat="count", window="10m"),
    Feature(entity="card", stat="count", window="10m", where="declined"),
    Feature(entity="card", stat="mean", of="amount", window="10m"),
    Feature(entity="device", stat="distinct", of="card", window="1h"),
    Feature(entity="ip", stat="distinct", of="card", window="1h"),
    Feature(entity="ip", stat="count", window="1h"),
    Feature(entity="ip", stat="count", window="1h", where="declined"),
    Feature(entity="merchant", stat="count", window="10m"),
    Feature(entity="merchant", stat="count", window="10m", where="declined"),
    Feature(entity="merchant", stat="mean", of="amount", window="10m"),
    Feature(entity="merchant", stat="count", window="7d"),
    *(feature for entity in ("account", "payee") for feature in windows(entity, ("count", "mean", "max"), ("3d",), of="amount")),
    Feature(entity="customer", stat="count", window="90d"),
    Feature(entity="customer", stat="ratio", of="amount", window="90d"),
    Feature(entity="customer", stat="time_since"),
    Feature(entity="customer", stat="age"),
    Feature(entity="customer+payee", stat="age"),
    Feature(entity="customer+device", stat="age"),
    Feature(entity="account", stat="sum", of="amount", window="1h"),
    Feature(entity="account", stat="sum", of="amount", window="1d"),
    Feature(entity="payee", stat="distinct", of="account", window="1d"),
    Feature(entity="payee", stat="age"),
    Feature(entity="payee", stat="sum", of="amount", window="1d"),
    Feature(entity="payee", at="account", stat="sum", of="amount", window="1d"),
    Feature(entity="payee", at="account", stat="distinct", of="account", window="1d"),
    *(Feature(entity=entity, stat=stat, of=of) for entity in ("card", "customer") for stat, of in _PLACED),
    Feature(entity=EVERYTHING, stat="age", name=PAST),
]  # fmt: skip


class Reading:
    """Numbers of a batch by name: a payment column, a profile feature, or one of the few worked out here.

    A name that nobody supplies reads as all missing. Cached, since several checks read the same.
    """

    def __init__(self, batch: Batch[Any], profile: Profile, limits: CheckLimits) -> None:
        self.batch, self.profile, self.limits = batch, profile, limits
        self._read: dict[str, Numbers] = {}

    def __getitem__(self, name: str) -> Numbers:
        values = self._read.get(name)
        if values is None:
            values = self._read[name] = self._find(name)
        return values

    def _find(self, name: str) -> Numbers:
        worked_out = _WORKED_OUT.get(name)
        if worked_out is not None:
            return worked_out(self)
        if name in self.profile:
            values: Numbers = self.profile.column(name)
            return values
        column = self.batch.column(name)
        if column is not None and column.dtype != object:
            return column.astype(np.float64, copy=False)
        return np.full(len(self.batch), np.nan)

    def text(self, name: str) -> np.ndarray | None:
        return self.batch.column(name)

    def names(self, kind: str) -> Mask:
        """bool[n]: the payment names an entity of this kind."""
        return np.asarray(self.batch.keys(kind) != 0)


def _by_card_or_customer(read: Reading, name: str) -> Numbers:
    return np.where(read.names("card"), read[f"card_{name}"], read[f"customer_{name}"])


def _distance(read: Reading) -> Numbers:
    """Kilometres since the card (else the customer) was last placed; NaN where one of the places is unknown."""
    if np.isnan(read["latitude"]).all():
        return read["latitude"]
    lat1, lon1 = _by_card_or_customer(read, "latitude_previous"), _by_card_or_customer(read, "longitude_previous")
    return kilometres(lat1, lon1, read["latitude"], read["longitude"])


def _speed(read: Reading) -> Numbers:
    hours = _by_card_or_customer(read, "latitude_time_since") / 3600
    return read["distance"] / np.maximum(hours, 1 / 3600)


def _balance_an_hour_ago(read: Reading) -> Numbers:
    return read["balance"] + np.fmax(read["account_amount_sum_1h"] - read["amount"], 0.0)


def _usual_pace(read: Reading) -> Numbers:
    """The merchant's payments in ten minutes, on average over the week before them."""
    return (read["merchant_count_7d"] - read["merchant_count_10m"]) / (7 * 144 - 1)


_WORKED_OUT: dict[str, Callable[[Reading], Numbers]] = {
    "distance": _distance,
    "speed": _speed,
    "hours_since": lambda read: _by_card_or_customer(read, "latitude_time_since") / 3600,
    "balance_before": _balance_an_hour_ago,
    "share_of_balance": lambda read: read["amount"] / np.where(read["balance"] > 0, read["balance"], np.nan),
    "share_drained": lambda read: read["account_amount_sum_1h"] / np.where(read["balance_before"] > 0, read["balance_before"], np.nan),
    "usual_pace": _usual_pace,
    "threshold": lambda read: read.limits.reporting(read.text("currency"), len(read.batch)),
    "similar": lambda read: np.fmax(read["account_count_3d"], read["payee_count_3d"]),
    "dormant_days": lambda read: read["customer_time_since"] / 86_400,
    "times_usual": lambda read: read["customer_amount_ratio_90d"],
    "share_passed": lambda read: read["account_amount_sum_1d"] / read["payee_at_account_amount_sum_1d"],
    "device_minutes": lambda read: read["customer_device_age"] / 60,
    "payee_days": lambda read: read["payee_age"] / 86_400,
}  # fmt: skip


def kilometres(lat1: Numbers, lon1: Numbers, lat2: Numbers, lon2: Numbers) -> Numbers:
    """Great-circle distance by the haversine formula, on a sphere of 6,371 km. Degrees in, NaN where any is NaN."""
    a1, a2 = np.radians(lat1), np.radians(lat2)
    h = np.sin((a2 - a1) / 2) ** 2 + np.cos(a1) * np.cos(a2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    distance: Numbers = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0)))
    return distance


__all__ = ["CHECK_FEATURES", "PAST", "Mask", "Numbers", "Reading", "kilometres"]
