"""The matrix the model reads: a pure function of a batch and its profile, one row a payment, one column a number.

Which columns there are is settled once, at training (`settle`), from what the data has: numbers worked out here, profile
features, the payment's own numbers and categories, and whatever was passed through as `extra`. A category is a code,
1..k for those known at training, 0 for any other, NaN where absent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY, HOUR, SECOND, WEEK
from assay.core.profile import Profile
from assay.kinds.payments.checks import PAST
from assay.kinds.payments.features import WARM_UP, model_features

Numbers = np.ndarray  # float64[n]

CALENDAR = ("hour", "weekday")
CALENDAR_FROM = 4 * WEEK  # of learning rows: in less, a weekday is but a date or two, and a model would learn those
CATEGORIES = ("channel", "merchant_category", "country", "payee_country", "currency")
OWN_NUMBERS = ("declined", "card_valid", "account_valid", "payee_valid", "balance")
MOST_CATEGORIES = 64  # of one column; rarer ones share code 0
_LEAST = 20  # rows that a category needs at training


class Layout(msgspec.Struct, frozen=True):
    """Columns of the matrix in order. `categories`: those that hold codes, with the values of codes 1, 2, …"""

    columns: tuple[str, ...]
    categories: dict[str, tuple[str, ...]] = {}

    @property
    def categorical(self) -> list[int]:
        """Places of the columns that hold codes."""
        return [i for i, name in enumerate(self.columns) if name in self.categories]


def _amount(batch: Batch[Any], _profile: Profile) -> Numbers:
    return np.asarray(batch.columns["amount"], dtype=np.float64)


def _hour(batch: Batch[Any], _profile: Profile) -> Numbers:
    return np.asarray(batch.time // HOUR % 24, dtype=np.float64)


def _weekday(batch: Batch[Any], _profile: Profile) -> Numbers:
    return np.asarray((batch.time // DAY + 3) % 7, dtype=np.float64)  # 1970-01-01 was a Thursday: Monday is 0


def _watched(_batch: Batch[Any], profile: Profile) -> Numbers:
    """For how many days payments have been watched, `WARM_UP` at most: until then much is new that is not."""
    return np.asarray(np.fmin(_feature(profile, PAST), WARM_UP / SECOND) / (DAY / SECOND), dtype=np.float64)


def _times_usual(batch: Batch[Any], profile: Profile) -> Numbers:
    return _share(_amount(batch, profile), _feature(profile, "payer_usual"))


def _share_of_balance(batch: Batch[Any], profile: Profile) -> Numbers:
    balance = batch.column("balance")
    return _share(_amount(batch, profile), np.full(len(batch), np.nan) if balance is None else balance)


# Worked out from the payment and its profile. Times are UTC: the payer's own zone is not known.
WORKED_OUT: dict[str, Callable[[Batch[Any], Profile], Numbers]] = {
    "amount": _amount,
    "hour": _hour,
    "weekday": _weekday,
    "times_usual": _times_usual,
    "watched": _watched,
    "share_of_balance": _share_of_balance,
}


def settle(batch: Batch[Any], profile: Profile) -> Layout:
    """The columns worth having for such payments: those that are not the same everywhere."""
    names = [name for name in WORKED_OUT if name not in CALENDAR or _spans(batch)]
    names += [*(f.key for f in model_features() if f.key != PAST), *OWN_NUMBERS]
    names += sorted(n for n, v in batch.columns.items() if n.startswith("extra.") and v.dtype != object)
    texts = [n for n in (*CATEGORIES, *sorted(batch.columns)) if _is_category(batch, n)]
    categories = {name: _common(batch.columns[name]) for name in dict.fromkeys(texts)}
    categories = {name: values for name, values in categories.items() if values}
    kept = [name for name in names if _varies(number(name, batch, profile))]
    return Layout((*kept, *categories), categories)


def matrix(layout: Layout, batch: Batch[Any], profile: Profile) -> np.ndarray:
    """float64[n, k], C order, NaN where a number is missing; what the batch or profile lack is missing throughout."""
    out = np.empty((len(batch), len(layout.columns)))
    for j in profile.spread(layout.columns, out):
        name = layout.columns[j]
        known = layout.categories.get(name)
        out[:, j] = number(name, batch, profile) if known is None else codes(batch.column(name), known, len(batch))
    return out


def number(name: str, batch: Batch[Any], profile: Profile) -> Numbers | float:
    """One column by name: worked out, from the profile, or the payment's own; NaN where nobody supplies it."""
    if name in WORKED_OUT:
        return WORKED_OUT[name](batch, profile)
    if name in profile:
        return profile.column(name)
    values = batch.column(name)
    if values is not None and values.dtype == object:  # texts among the numbers: somebody else's payment, or a mistake
        return np.array([v if isinstance(v, (int, float)) else np.nan for v in values.tolist()], np.float64)
    return np.nan if values is None else values


def codes(values: np.ndarray | None, known: tuple[str, ...], n: int) -> Numbers:
    """float64[n]: the code of each text, 0 for one not known, NaN where absent."""
    if values is None:
        return np.full(n, np.nan)
    code = _numbered(known)
    return np.array([np.nan if v is None or v != v else code.get(str(v), 0.0) for v in values.tolist()], np.float64)


@lru_cache(maxsize=256)
def _numbered(known: tuple[str, ...]) -> dict[str, float]:
    return {value: float(i + 1) for i, value in enumerate(known)}


def _spans(batch: Batch[Any]) -> bool:
    """Is the time long enough to learn hours and weekdays from?"""
    return len(batch) > 0 and int(batch.time.max() - batch.time.min()) >= CALENDAR_FROM


def _is_category(batch: Batch[Any], name: str) -> bool:
    values = batch.columns.get(name)
    return values is not None and values.dtype == object and (name in CATEGORIES or name.startswith("extra."))


def _common(values: np.ndarray) -> tuple[str, ...]:
    """The values common enough to have a code, most common first; none where there is nothing to tell apart."""
    texts, counts = np.unique([str(v) for v in values.tolist() if v is not None and v == v], return_counts=True)
    order = np.lexsort((texts, -counts))
    common = [str(texts[i]) for i in order if counts[i] >= _LEAST][:MOST_CATEGORIES]
    return tuple(common) if len(texts) > 1 else ()


def _varies(values: Numbers | float) -> bool:
    if isinstance(values, float):
        return False
    known = values[~np.isnan(values)]
    return len(known) > 0 and (len(known) < len(values) or bool(known.min() < known.max()))


def _feature(profile: Profile, name: str) -> Numbers:
    return profile.column(name) if name in profile else np.full(len(profile), np.nan)


def _share(part: Numbers, whole: Numbers) -> Numbers:
    """part / whole where whole is above zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), dtype=np.float64)
