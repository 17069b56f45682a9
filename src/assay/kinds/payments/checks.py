"""Checks that need no training: arithmetic on what the profile knows, each with one sentence an analyst can act on.

`Checks` reads a batch and its profile and says which of `CHECKS` hold, row by row. A number that is missing (no place, no
balance, no past) makes a check silent, never true. Limits are in `CheckLimits`, with where each comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.payments.evidence import Payment
from assay.kinds.payments.numbers import scheme_of
from assay.profiles.spec import Feature, Stat, windows

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Amounts from which payments must be reported or their payer identified, by currency, major units. 10,000 in US law (31
# CFR 1010.311) and Regulation (EU) 2024/1624; the others are their central banks' nearest counterparts.
_REPORTED_FROM: dict[str, float] = {
    "CNY": 50_000, "JPY": 2_000_000, "INR": 1_000_000, "CHF": 15_000, "HKD": 120_000, "SGD": 20_000, "KRW": 10_000_000,
}  # fmt: skip


class CheckLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every limit the checks use. Amounts are in the payment's currency, major units; times in seconds.

    Speeds and distances: an airliner cruises at 900 km/h, and below 100 km positions of terminals are too rough to tell.
    The others are judgement, chosen so that on a simulated bank each check speaks of fewer than one genuine payment in
    a thousand (`assay bench unlabelled` prints how many). Until a month of history has been seen every payee is new, and ages mean little.
    """

    testing_payments: int = 5  # by one card within 10 minutes,
    testing_declines: int = 3  # of them declined,
    testing_amount: float = 5.0  # or all together this small on average
    cards_per_device: int = 4  # within an hour
    cards_per_address: int = 6  # within an hour, carriers' shared addresses aside:
    address_declines: float = 0.3  # of that hour's payments declined
    merchant_declines: int = 6  # within 10 minutes,
    merchant_share: float = 0.3  # of its payments in them
    merchant_surge: float = 8.0  # or small payments this many times its usual pace,
    merchant_payments: int = 12  # and at least so many
    travel_speed: float = 900.0  # km/h
    travel_distance: float = 100.0  # km
    reported_from: float = 10_000.0
    reported_from_by_currency: dict[str, float] = msgspec.field(default_factory=_REPORTED_FROM.copy)
    structuring_band: float = 0.8  # "just below": from this share of the threshold
    structuring_payments: int = 3
    payee_times_usual: float = 8.0  # an amount to a payee never paid before, over the customer's mean
    payee_history: int = 8  # payments the customer must have made for "usual" to mean anything
    large_share: float = 0.4  # of the balance, where that is known
    drained_share: float = 0.75  # of the balance an hour ago
    settled_after: float = 7 * 86_400.0  # a customer known for so long has usual devices and payees
    new_for: float = 3_600.0  # a device or payee first seen so recently is new
    dormant_for: float = 60 * 86_400.0
    mule_payers: int = 3  # different payers in a day, before money goes on
    mule_passed: float = 0.5  # share of a day's receipts sent on
    gathering_payers: int = 8  # different payers in a day to one payee
    gathering_age: float = 14 * 86_400.0  # ... first seen so recently

    def reporting(self, currencies: np.ndarray | None, n: int) -> Numbers:
        """float64[n]: the reporting threshold in each row's currency."""
        out = np.full(n, self.reported_from)
        if currencies is not None:
            for code in set(currencies.tolist()) & self.reported_from_by_currency.keys():
                out[currencies == code] = self.reported_from_by_currency[code]
        return out


_PLACED: tuple[tuple[Stat, str], ...] = (
    ("previous", "latitude"),
    ("previous", "longitude"),
    ("time_since", "latitude"),
)

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


# The checks. Comparisons with NaN are false, so each speaks only where it knows. What holds almost nowhere is asked first:
# where it holds in no row, nothing more is asked.


def _nowhere(mask: Mask) -> bool:
    return not np.count_nonzero(mask)


def _card_testing(r: Reading, at: CheckLimits) -> Mask:
    many = r["card_count_10m"] >= at.testing_payments
    if _nowhere(many):
        return many
    return many & (
        (r["card_declined_count_10m"] >= at.testing_declines) | (r["card_amount_mean_10m"] <= at.testing_amount)
    )


def _cards_on_device(r: Reading, at: CheckLimits) -> Mask:
    return r["device_card_distinct_1h"] >= at.cards_per_device


def _cards_on_address(r: Reading, at: CheckLimits) -> Mask:
    many = r["ip_card_distinct_1h"] >= at.cards_per_address
    if _nowhere(many):
        return many
    return many & (r["ip_declined_count_1h"] >= at.address_declines * r["ip_count_1h"])


def _merchant_probed(r: Reading, at: CheckLimits) -> Mask:
    # Other customers of the shop are not to blame: the payment itself must be small or declined.
    own: Mask = (r["amount"] <= at.testing_amount) | (r["declined"] > 0)
    if _nowhere(own):
        return own
    count, declined = r["merchant_count_10m"], r["merchant_declined_count_10m"]
    refused = (declined >= at.merchant_declines) & (declined >= at.merchant_share * count)
    surge = (count >= at.merchant_payments) & (count >= at.merchant_surge * r["usual_pace"])
    small = r["merchant_amount_mean_10m"] <= at.testing_amount
    hit: Mask = (refused | (surge & small)) & own
    return hit


def _impossible_travel(r: Reading, at: CheckLimits) -> Mask:
    far = r["distance"] > at.travel_distance
    return far if _nowhere(far) else far & (r["speed"] > at.travel_speed)


def _structuring(r: Reading, at: CheckLimits) -> Mask:
    limit = r["threshold"]
    just_below: Mask = (r["amount"] < limit) & (r["amount"] >= at.structuring_band * limit)
    if _nowhere(just_below):
        return just_below
    hit = np.zeros(len(limit), bool)
    for who in ("account", "payee"):
        enough = r[f"{who}_count_3d"] >= at.structuring_payments
        # Most of the money moved just below the line, and none of it over.
        hit |= enough & (r[f"{who}_amount_max_3d"] < limit) & (r[f"{who}_amount_mean_3d"] >= 0.6 * limit)
    return just_below & hit


def _new_payee_amount(r: Reading, at: CheckLimits) -> Mask:
    first: Mask = (r["customer_payee_age"] == 0) & (r["customer_count_90d"] > at.payee_history)
    if _nowhere(first):
        return first
    share = r["share_of_balance"]
    return np.asarray(first & (r["customer_amount_ratio_90d"] >= at.payee_times_usual) & ~(share < at.large_share))


def _new_device_and_payee(r: Reading, at: CheckLimits) -> Mask:
    new = (r["customer_device_age"] <= at.new_for) & (r["customer_payee_age"] <= at.new_for)
    return new if _nowhere(new) else new & (r["customer_age"] >= at.settled_after)


def _account_drained(r: Reading, at: CheckLimits) -> Mask:
    new = (r["customer_payee_age"] <= at.new_for) & (r["customer_age"] >= at.settled_after)
    if _nowhere(new):
        return new
    return new & (r["share_drained"] >= at.drained_share) & (r["customer_amount_ratio_90d"] >= at.payee_times_usual / 2)


def _dormant_awakened(r: Reading, at: CheckLimits) -> Mask:
    dormant = r["customer_time_since"] >= at.dormant_for
    return dormant if _nowhere(dormant) else dormant & ~(r["share_of_balance"] < at.large_share)


def _pass_through(r: Reading, at: CheckLimits) -> Mask:
    payers = r["payee_at_account_account_distinct_1d"] >= at.mule_payers
    return payers if _nowhere(payers) else payers & (r["share_passed"] >= at.mule_passed) & (r["share_passed"] <= 1.2)


def _fan_in(r: Reading, at: CheckLimits) -> Mask:
    return (r["payee_account_distinct_1d"] >= at.gathering_payers) & (r["payee_age"] <= at.gathering_age)


def _card_invalid(r: Reading, at: CheckLimits) -> Mask:
    return np.asarray(r["card_valid"] == 0)


def _iban_invalid(r: Reading, at: CheckLimits) -> Mask:
    return np.asarray((r["account_valid"] == 0) | (r["payee_valid"] == 0))


def _bin_unknown(r: Reading, at: CheckLimits) -> Mask:
    bins = r.text("card_bin")
    if bins is None:
        return np.zeros(len(r.batch), bool)
    plain = bins.tolist()
    unknown = {b for b in set(plain) if b is not None and scheme_of(b) is None}
    return np.array([b in unknown for b in plain], bool) if unknown else np.zeros(len(plain), bool)


class Check(NamedTuple):
    """One check: when it holds, how bad it is, the entities it is about, and the numbers its sentence shows.

    `shows`: placeholder of the sentence -> name of the number (see `Reading`), or text column. `technique`: of what it would be
    in an attack, by MITRE's Fight Fraud Framework, or ATT&CK.
    """

    code: str
    holds: Callable[[Reading, CheckLimits], Mask]
    severity: Severity
    about: tuple[str, ...]
    shows: Mapping[str, str]
    technique: str
    verdict: Verdict = Verdict.SUSPICIOUS
    field: str = ""


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_WHO = ("customer", "account", "card")
# What each would be a part of, by F3 1.2 (T: ATT&CK).
GENERATED, TESTING, TAKEN_OVER, STRUCTURING, TRANSFER, REACTIVATED, MULE = (
    "F1038", "F1012", "T1078", "F1045", "F1047", "F1042", "F1049",
)  # fmt: skip

CHECKS: tuple[Check, ...] = (
    Check("payments.card-invalid", _card_invalid, _HIGH, ("card", "device"), {}, GENERATED, Verdict.COUNTERFEIT, "card"),
    Check("payments.iban-invalid", _iban_invalid, _HIGH, ("payee",), {}, TRANSFER, Verdict.COUNTERFEIT, "payee"),
    Check("payments.bin-unknown", _bin_unknown, _LOW, ("card",), {"bin": "card_bin"}, GENERATED, field="card"),
    Check("payments.card-testing", _card_testing, _HIGH, ("card", "device"),
          {"count": "card_count_10m", "mean": "card_amount_mean_10m"}, TESTING),
    Check("payments.cards-on-device", _cards_on_device, _HIGH, ("device", "card"), {"cards": "device_card_distinct_1h"}, TESTING),
    Check("payments.cards-on-address", _cards_on_address, _MEDIUM, ("ip", "card"),
          {"cards": "ip_card_distinct_1h", "declined": "ip_declined_count_1h", "count": "ip_count_1h"}, TESTING),
    Check("payments.merchant-probed", _merchant_probed, _MEDIUM, ("card", "device"),
          {"count": "merchant_count_10m", "mean": "merchant_amount_mean_10m"}, TESTING),
    Check("payments.impossible-travel", _impossible_travel, _HIGH, ("card", "customer"),
          {"distance": "distance", "hours": "hours_since", "speed": "speed"}, TAKEN_OVER, field="latitude"),
    Check("payments.structuring", _structuring, _MEDIUM, ("account", "payee"),
          {"count": "similar", "threshold": "threshold"}, STRUCTURING, field="amount"),
    Check("payments.new-payee-amount", _new_payee_amount, _MEDIUM, ("payee", *_WHO), {"times": "times_usual"}, TRANSFER, field="amount"),
    Check("payments.new-device-and-payee", _new_device_and_payee, _HIGH, ("device", "payee", *_WHO),
          {"minutes": "device_minutes"}, TAKEN_OVER),
    Check("payments.account-drained", _account_drained, _HIGH, ("account", "payee"),
          {"sent": "account_amount_sum_1h", "share": "share_drained"}, TRANSFER, field="amount"),
    Check("payments.dormant-awakened", _dormant_awakened, _LOW, _WHO, {"days": "dormant_days"}, REACTIVATED),
    Check("payments.pass-through", _pass_through, _HIGH, ("account", "customer", "payee"),
          {"payers": "payee_at_account_account_distinct_1d", "received": "payee_at_account_amount_sum_1d",
           "share": "share_passed"}, MULE),
    Check("payments.fan-in", _fan_in, _MEDIUM, ("payee",),
          {"payers": "payee_account_distinct_1d", "received": "payee_amount_sum_1d", "days": "payee_days"}, MULE),
)  # fmt: skip

REASONS: tuple[str, ...] = tuple(check.code for check in CHECKS)


class Checks:
    """The detector `payments.checks`. Its version changes with its limits, so a record says which limits spoke."""

    name = "payments.checks"
    reads: tuple[type[Evidence], ...] = (Payment,)

    def __init__(self, limits: CheckLimits | None = None) -> None:
        self.limits = limits or CheckLimits()
        self.version = f"1-{sha256(msgspec.json.encode(self.limits)).hexdigest()[:8]}"

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        read = Reading(batch, profile, self.limits)
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        codes: dict[str, np.ndarray] = {}
        with np.errstate(all="ignore"):
            for check in CHECKS:
                hit = codes[check.code] = check.holds(read, self.limits)
                if not _nowhere(hit):
                    verdict[hit] = np.maximum(verdict[hit], int(check.verdict))
                    severity[hit] = np.maximum(severity[hit], int(check.severity))

        def explain(rows: np.ndarray) -> list[Finding]:
            return [self._finding(read, codes, int(i), int(verdict[i]), int(severity[i])) for i in rows]

        return Findings(self.name, self.version, verdict, severity=severity, codes=codes, explain=explain)

    def _finding(self, read: Reading, codes: dict[str, np.ndarray], i: int, verdict: int, severity: int) -> Finding:
        held = sorted((c for c in CHECKS if codes[c.code][i]), key=lambda c: -c.severity)
        about = dict.fromkeys(kind for check in held for kind in check.about)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=Verdict(verdict).word,
            severity=Severity(severity).word,
            reasons=tuple(Reason(check.code, check.severity / 5, _shown(read, check, i)) for check in held),
            where=tuple(Where(field=f) for f in dict.fromkeys(c.field for c in held if c.field)),
            techniques=tuple(check.technique for check in held[:1]),  # the gravest's: a payment is one stage
            entities=tuple(Entity(kind, id_) for kind in about if (id_ := read.batch.entity(kind)[i])),
        )


def _shown(read: Reading, check: Check, i: int) -> dict[str, Any]:
    """The values a check's sentence shows, for row i; a missing one is left out."""
    out: dict[str, Any] = {}
    for placeholder, name in check.shows.items():
        column = read.text(name)
        value = column[i] if column is not None and column.dtype == object else float(read[name][i])
        if value is not None and value == value:
            out[placeholder] = value
    return out


__all__ = [
    "CHECKS",
    "CHECK_FEATURES",
    "REASONS",
    "CheckLimits",
    "Checks",
    "kilometres",
]
