"""Every limit that the checks use, with where each comes from; an operator may set their own."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

# Amounts from which payments must be reported or their payer identified, by currency, major units. 10,000 in US law (31
# CFR 1010.311) and Regulation (EU) 2024/1624; the others are their central banks' nearest counterparts.
_REPORTED_FROM: dict[str, float] = {
    "CNY": 50_000, "JPY": 2_000_000, "INR": 1_000_000, "CHF": 15_000, "HKD": 120_000, "SGD": 20_000, "KRW": 10_000_000,
}  # fmt: skip


class CheckLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every limit the checks use. Amounts are in the payment's currency, major units; times in seconds.

    Speeds and distances: an airliner cruises at 900 km/h, and below 100 km positions of terminals are too rough to tell.
    The others are judgement, chosen so that on a simulated bank each check speaks of fewer than one genuine payment in
    a thousand (`assay bench unlabelled` prints how many).
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
    new_for: float = 3_600.0  # a device or payee first seen so recently is new,
    devices_watched: float = 21 * 86_400.0  # where payments had been watched for so long before it appeared:
    payees_watched: float = 35 * 86_400.0  # many are paid once a month, give or take a weekend
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


__all__ = ["CheckLimits", "Numbers"]
