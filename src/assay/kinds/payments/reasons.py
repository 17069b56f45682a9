"""What the model's numbers mean to a person: columns in groups, and for each group the few values its sentence needs.

A reason's code is `payments.model.<group>`; its weight is what the group's columns add to the log-odds (TreeSHAP values of
a group add up), and its sentence is in the word catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from assay.core.finding import Reason

PREFIX = "payments.model."
MOST = 5  # reasons given of one payment
LEAST = 0.05  # log-odds below which a group is not worth a sentence

# Group -> beginnings of the names of its columns; the first group that fits.
GROUPS: dict[str, tuple[str, ...]] = {
    "amount": ("amount",),
    "balance": ("share_of_balance", "balance"),
    "outflow": ("account_amount",),
    "unusual-amount": ("times_usual", "payer_ratio", "payer_zscore", "payer_usual", "payer_mean", "payer_max"),
    "large-streak": ("payer_large",),
    "payer-frauds": ("payer_frauds", "payer_since_fraud"),
    "new-payer": ("payer_age",),
    "pace": ("payer_count", "payer_time_since", "payer_distinct", "card_"),
    "counterparty-frauds": ("counterparty_fraud", "counterparty_since", "counterparty_clean"),
    "counterparty": ("counterparty", "merchant_count", "payee_"),
    "unfamiliar": ("pair_", "customer_payee"),
    "device": ("device", "customer_device", "ip_"),
    "when": ("hour", "weekday"),
    "validity": ("declined", "account_valid", "payee_valid"),
    "category": ("channel", "merchant_category", "country", "payee_country", "currency"),
    "extra": ("extra.",),
}
_VALID = ("card_valid",)  # begins like a pace column, but is not one
NO_HISTORY = "no-history"  # told instead of "unusual-amount" where the payer has no past to compare with
CODES = tuple(PREFIX + group for group in (*GROUPS, NO_HISTORY))

_DAY = 86_400.0
# Group -> name in the sentence -> column and what to divide it by.
_SAID: dict[str, dict[str, tuple[str, float]]] = {
    "amount": {"amount": ("amount", 1.0)},
    "balance": {"share": ("share_of_balance", 0.01)},
    "outflow": {"hour": ("account_amount_sum_1h", 1.0), "day": ("account_amount_sum_1d", 1.0)},
    "unusual-amount": {"times": ("times_usual", 1.0), "usual": ("payer_usual", 1.0)},
    "large-streak": {"count": ("payer_large_14d", 1.0)},
    "payer-frauds": {"frauds": ("payer_frauds_90d", 1.0), "days": ("payer_since_fraud", _DAY)},
    "new-payer": {"days": ("payer_age", _DAY)},
    "pace": {"hour": ("payer_count_1h", 1.0), "day": ("payer_count_1d", 1.0), "week": ("payer_count_7d", 1.0)},
    "counterparty-frauds": {
        "frauds": ("counterparty_frauds_30d", 1.0),
        "rate": ("counterparty_fraud_rate_30d", 0.01),
        "days": ("counterparty_since_fraud", _DAY),
    },
    "counterparty": {"hour": ("counterparty_count_1h", 1.0), "days": ("counterparty_age", _DAY)},
    "unfamiliar": {"times": ("pair_count_90d", 1.0)},
    "device": {"payers": ("device_payers_30d", 1.0), "day": ("device_count_1d", 1.0), "days": ("device_age", _DAY)},
    "when": {"hour": ("hour", 1.0)},
}


@cache
def group_of(column: str) -> str:
    """The group that a column of the matrix belongs to.

    >>> group_of("payer_ratio"), group_of("extra.distance"), group_of("card_valid")
    ('unusual-amount', 'extra', 'validity')
    """
    if column in _VALID:
        return "validity"
    return next((group for group, begins in GROUPS.items() if column.startswith(begins)), "extra")


def reasons(
    values: Mapping[str, float | str | None],
    contributions: Mapping[str, float],
    usual: Mapping[str, tuple[float, float, float]],
) -> tuple[Reason, ...]:
    """The groups that raised the score most, heaviest first.

    values: column -> its value, None where missing; contributions: column -> log-odds; usual: column -> p05, p50, p95 of
    genuine payments. A reason carries what its sentence says and, of its heaviest column, name, value and usual range.
    """
    weights: dict[str, float] = {}
    top: dict[str, str] = {}
    for column, weight in contributions.items():
        group = group_of(column)
        weights[group] = weights.get(group, 0.0) + weight
        if group not in top or abs(weight) > abs(contributions[top[group]]):
            top[group] = column
    ranked = sorted((g for g, w in weights.items() if w >= LEAST), key=lambda g: -weights[g])[:MOST]
    return tuple(_reason(group, weights[group], top[group], values, usual) for group in ranked)


def _reason(
    group: str,
    weight: float,
    column: str,
    values: Mapping[str, float | str | None],
    usual: Mapping[str, tuple[float, float, float]],
) -> Reason:
    told: dict[str, Any] = {"feature": column, "value": _round(values.get(column))}
    if column in usual:
        told |= zip(("p05", "p50", "p95"), (_round(v) for v in usual[column]), strict=True)
    for name, (source, scale) in _SAID.get(group, {}).items():
        number = values.get(source)
        told[name] = _round(number / scale) if isinstance(number, float) else 0
    if told["value"] is None:
        told["value"] = "–"
    if group == "unusual-amount" and (values.get("payer_ratio") is None or values.get("times_usual") is None):
        group = NO_HISTORY
    return Reason(code=PREFIX + group, weight=round(weight, 4), values=told)


def _round(value: float | str | None) -> float | int | str | None:
    """Three significant digits: what a sentence can bear; whole numbers stay whole."""
    if value is None or isinstance(value, str):
        return value
    short = float(f"{value:.3g}") if abs(value) < 1000 else float(round(value))
    return int(short) if short == int(short) else short
