"""What the model's numbers mean to a person: columns in groups, and for each group the few values its sentence needs.

A reason's code is `payments.model.<group>`; its weight is what the group's columns add to the log-odds (TreeSHAP values of
a group add up), and its sentence is in the word catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

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
    "unfamiliar": ("pair_", "customer_payee", "watched"),
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

_NOTHING: dict[str, tuple[str, float]] = {}


@cache
def group_of(column: str) -> str:
    """The group that a column of the matrix belongs to.

    >>> group_of("payer_ratio"), group_of("extra.distance"), group_of("card_valid")
    ('unusual-amount', 'extra', 'validity')
    """
    if column in _VALID:
        return "validity"
    return next((group for group, begins in GROUPS.items() if column.startswith(begins)), "extra")


class Teller:
    """Tells reasons of many payments at once. columns: those of the matrix, in order; usual: column -> p05, p50, p95 of
    genuine payments."""

    def __init__(self, columns: Sequence[str], usual: Mapping[str, tuple[float, float, float]]) -> None:
        members: dict[str, list[int]] = {}
        for at, column in enumerate(columns):
            members.setdefault(group_of(column), []).append(at)
        self._groups = list(members.items())
        self._order = np.array([at for own in members.values() for at in own], np.int64)
        self._starts = np.cumsum([0, *map(len, members.values())])[:-1]
        self._at = {column: at for at, column in enumerate(columns)}
        self._about: list[dict[str, Any]] = []
        for column in columns:
            points = [_round(v) for v in usual.get(column, ())]
            named = dict(zip(("p05", "p50", "p95"), points, strict=False))
            self._about.append({"feature": column, "value": None, **named})

    def tell(
        self, rows: np.ndarray, contributions: np.ndarray, texts: Mapping[str, Sequence[str | None]]
    ) -> list[tuple[Reason, ...]]:
        """For each payment the groups that raised its score most, heaviest first.

        rows: float64[n, k], values, not a number where missing; contributions: float64[n, k + 1], log-odds (the last, of
        an average payment, is passed over); texts: category's column -> its words. A reason carries what its sentence says
        and, of its heaviest column, name, value and usual range.
        """
        weights = np.add.reduceat(contributions[:, self._order], self._starts, axis=1)
        told = []
        for i, (weight, own) in enumerate(zip(weights.tolist(), contributions, strict=True)):
            ranked = sorted((g for g, w in enumerate(weight) if w >= LEAST), key=lambda g: -weight[g])[:MOST]
            values = rows[i].tolist()
            for name, words in texts.items():
                values[self._at[name]] = words[i]
            told.append(tuple(self._reason(g, weight[g], own, values) for g in ranked))
        return told

    def _reason(self, which: int, weight: float, contributions: np.ndarray, values: list[Any]) -> Reason:
        group, members = self._groups[which]
        heaviest = max(members, key=lambda at: abs(contributions[at])) if len(members) > 1 else members[0]
        told: dict[str, Any] = self._about[heaviest].copy()
        told["value"] = _round(values[heaviest])
        for name, (source, scale) in _SAID.get(group, _NOTHING).items():
            number = self._number(source, values)
            told[name] = 0 if number is None else _round(number / scale)
        if told["value"] is None:
            told["value"] = "–"
        if group == "unusual-amount" and any(
            self._number(name, values) is None for name in ("payer_ratio", "times_usual")
        ):
            group = NO_HISTORY
        return Reason(code=PREFIX + group, weight=round(weight, 4), values=told)

    def _number(self, name: str, values: list[Any]) -> float | None:
        value = values[self._at[name]] if name in self._at else None
        return value if isinstance(value, float) and value == value else None


def _round(value: float | str | None) -> float | int | str | None:
    """Three significant digits: what a sentence can bear; whole numbers stay whole, and not a number is None."""
    if value is None or isinstance(value, str):
        return value
    if value != value:
        return None
    short = float(f"{value:.3g}") if abs(value) < 1000 else float(round(value))
    return int(short) if short == int(short) else short
