"""The checks: when each holds, how bad that is, and whom it is about. Comparisons with NaN are false, so each speaks only where
it knows. What holds almost nowhere is asked first: where it holds in no row, nothing more is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from assay.core.finding import Severity, Verdict
from assay.kinds.payments.checks.limits import CheckLimits
from assay.kinds.payments.checks.reading import PAST, Mask, Reading
from assay.kinds.payments.numbers import scheme_of


def nowhere(mask: Mask) -> bool:
    return not np.count_nonzero(mask)


def _card_testing(r: Reading, at: CheckLimits) -> Mask:
    many = r["card_count_10m"] >= at.testing_payments
    if nowhere(many):
        return many
    return many & (
        (r["card_declined_count_10m"] >= at.testing_declines) | (r["card_amount_mean_10m"] <= at.testing_amount)
    )


def _cards_on_device(r: Reading, at: CheckLimits) -> Mask:
    return r["device_card_distinct_1h"] >= at.cards_per_device


def _cards_on_address(r: Reading, at: CheckLimits) -> Mask:
    many = r["ip_card_distinct_1h"] >= at.cards_per_address
    if nowhere(many):
        return many
    return many & (r["ip_declined_count_1h"] >= at.address_declines * r["ip_count_1h"])


def _merchant_probed(r: Reading, at: CheckLimits) -> Mask:
    # Other customers of the shop are not to blame: the payment itself must be small or declined.
    own: Mask = (r["amount"] <= at.testing_amount) | (r["declined"] > 0)
    if nowhere(own):
        return own
    count, declined = r["merchant_count_10m"], r["merchant_declined_count_10m"]
    refused = (declined >= at.merchant_declines) & (declined >= at.merchant_share * count)
    surge = (count >= at.merchant_payments) & (count >= at.merchant_surge * r["usual_pace"])
    small = r["merchant_amount_mean_10m"] <= at.testing_amount
    hit: Mask = (refused | (surge & small)) & own
    return hit


def _impossible_travel(r: Reading, at: CheckLimits) -> Mask:
    far = r["distance"] > at.travel_distance
    return far if nowhere(far) else far & (r["speed"] > at.travel_speed)


def _structuring(r: Reading, at: CheckLimits) -> Mask:
    limit = r["threshold"]
    just_below: Mask = (r["amount"] < limit) & (r["amount"] >= at.structuring_band * limit)
    if nowhere(just_below):
        return just_below
    hit = np.zeros(len(limit), bool)
    for who in ("account", "payee"):
        enough = r[f"{who}_count_3d"] >= at.structuring_payments
        # Most of the money moved just below the line, and none of it over.
        hit |= enough & (r[f"{who}_amount_max_3d"] < limit) & (r[f"{who}_amount_mean_3d"] >= 0.6 * limit)
    return just_below & hit


def _appeared(r: Reading, age: str, watched: float) -> Mask:
    """It was first seen when payments had been watched for so long: it is new, and does not only look so."""
    return r[PAST] - r[age] >= watched


def _new_payee_amount(r: Reading, at: CheckLimits) -> Mask:
    first: Mask = (r["customer_payee_age"] == 0) & (r["customer_count_90d"] > at.payee_history)
    first &= _appeared(r, "customer_payee_age", at.payees_watched)
    if nowhere(first):
        return first
    share = r["share_of_balance"]
    return np.asarray(first & (r["customer_amount_ratio_90d"] >= at.payee_times_usual) & ~(share < at.large_share))


def _new_device_and_payee(r: Reading, at: CheckLimits) -> Mask:
    new = (r["customer_device_age"] <= at.new_for) & (r["customer_payee_age"] <= at.new_for)
    if nowhere(new):
        return new
    return new & (r["customer_age"] >= at.settled_after) & _appeared(r, "customer_device_age", at.devices_watched)


def _account_drained(r: Reading, at: CheckLimits) -> Mask:
    new = (r["customer_payee_age"] <= at.new_for) & (r["customer_age"] >= at.settled_after)
    if nowhere(new):
        return new
    return new & (r["share_drained"] >= at.drained_share) & (r["customer_amount_ratio_90d"] >= at.payee_times_usual / 2)


def _dormant_awakened(r: Reading, at: CheckLimits) -> Mask:
    dormant = r["customer_time_since"] >= at.dormant_for
    return dormant if nowhere(dormant) else dormant & ~(r["share_of_balance"] < at.large_share)


def _pass_through(r: Reading, at: CheckLimits) -> Mask:
    payers = r["payee_at_account_account_distinct_1d"] >= at.mule_payers
    return payers if nowhere(payers) else payers & (r["share_passed"] >= at.mule_passed) & (r["share_passed"] <= 1.2)


def _fan_in(r: Reading, at: CheckLimits) -> Mask:
    many = r["payee_account_distinct_1d"] >= at.gathering_payers
    if nowhere(many):
        return many
    return many & (r["payee_age"] <= at.gathering_age) & _appeared(r, "payee_age", at.payees_watched)


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


__all__ = ["CHECKS", "Check", "nowhere"]
