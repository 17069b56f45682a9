"""`Payment`: money asked to move. Card and account numbers are replaced by tokens at the door (`protect`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.evidence import EntityId, Evidence, Name, Seal, column, plain
from assay.kinds.payments import numbers

Amount = Annotated[Decimal, msgspec.Meta(description="in the currency's major unit; JSON number or string")]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", description="ISO 4217; XXX where unknown")]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]

# ISO 4217 minor units where they are not 2.
MINOR_DIGITS = dict.fromkeys(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ],
    0,
)
MINOR_DIGITS |= dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


class Payment(Evidence, frozen=True, kw_only=True, tag="payment"):
    """One payment. Which entities it names depends on the rail: a card payment has card, merchant and terminal, a
    transfer account and payee. Every one is optional but the amount."""

    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "card": "card", "device": "device", "ip": "ip",
        "merchant": "merchant", "terminal": "terminal", "payee": "payee", "vehicle": "vehicle",
    }  # fmt: skip

    LIMITS: ClassVar[dict[str, tuple[int, int]]] = {"amount": (0, 10**12), "balance": (-(10**12), 10**12)}

    amount: Amount
    currency: Currency = "XXX"
    customer: EntityId | None = None
    account: EntityId | None = None  # the payer's account: an IBAN becomes a token
    card: EntityId | None = None  # a card number becomes a token
    device: EntityId | None = None
    ip: EntityId | None = None
    merchant: EntityId | None = None
    terminal: EntityId | None = None
    payee: EntityId | None = None  # the receiving account: an IBAN becomes a token
    payee_name: Name | None = None
    vehicle: EntityId | None = None  # that paid, or for which: fuel, charging, tolls, parking
    channel: Name | None = None  # card-present, online, transfer, instant, direct-debit, cash, …
    merchant_category: Name | None = None  # ISO 18245 code or the operator's own
    country: Country | None = None  # where the payment happened or goes
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    declined: bool = False  # the issuer or the scheme had already refused it
    balance: Decimal | None = None  # of the account, before
    # Derived at the door from the plain number; an integrator who sends tokens may fill them in.
    card_bin: Annotated[str, msgspec.Meta(pattern="^[0-9]{6,8}$")] | None = None
    card_valid: bool | None = None  # Luhn digit and length
    account_valid: bool | None = None  # IBAN check digits and length
    payee_valid: bool | None = None
    payee_country: Country | None = None
    extra: dict[Name, float | str] = {}  # further numbers and categories, passed through to the model

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """As the base, with: `amount` float64 major units; `minor` int64 minor units (exact sums); booleans as 0/1;
        each key of `extra` as a column `extra.<key>`. Columns that no item fills are left out."""
        minor = np.array([to_minor(item.amount, item.currency) for item in items], dtype=np.int64)
        columns: dict[str, np.ndarray] = {"minor": minor, "amount": major(minor, [i.currency for i in items])}
        by_place = list(zip(*map(msgspec.structs.astuple, items), strict=True))
        for name, (place, numeric) in _PLAIN.items():
            if by_place[place].count(None) < len(items):
                columns[name] = column(by_place[place], numeric=numeric)
        for name in sorted({key for item in items for key in item.extra}):
            values = [item.extra.get(name) for item in items]
            # Numbers where all are; else as they came, so that what one payment says does not depend on its neighbours.
            numeric = all(v is None or isinstance(v, (int, float)) for v in values)
            columns[f"extra.{name}"] = column(values, numeric=numeric)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Payment:
        """One payment again; the amount from `minor`, so it is exact."""
        known = {k: plain(v) for k, v in row.items() if v is not None and v == v}
        fields = {k: v for k, v in known.items() if k in cls.__struct_fields__}
        fields["extra"] = {k[6:]: v for k, v in known.items() if k.startswith("extra.")}
        digits = MINOR_DIGITS.get(fields.get("currency", "XXX"), 2)
        fields["amount"] = Decimal(int(row["minor"])).scaleb(-digits)
        for name in _BOOLEANS & fields.keys():
            fields[name] = bool(fields[name])
        return msgspec.convert({"id": id_, "time": time, "kind": "payment", **fields}, cls, strict=False)

    @classmethod
    def from_table(cls, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Adds `minor`, rounds `amount` to it, and drops optional columns that are absent in every row."""
        amount = columns.pop("amount")
        currency = columns.get("currency")
        codes: list[str | None] = ["XXX"] if currency is None else currency.tolist()
        minor = minor_of(amount, codes)
        kept = {name: values for name, values in columns.items() if not _absent(values)}
        return {"minor": minor, "amount": major(minor, codes), **kept}

    @classmethod
    def protect(cls, columns: dict[str, np.ndarray], seal: Seal) -> dict[str, np.ndarray]:
        """Card numbers and IBANs become tokens wherever an entity id holds one, and what the plain number could tell
        (BIN, check digits, country) becomes columns. The last digits of a card are not kept: with the BIN they
        would narrow the search for the number behind a token."""
        out = dict(columns)
        for name in cls.ENTITIES.values():
            if name in out:
                _protect_column(out, name, seal)
        return out if any(out[k] is not columns.get(k) for k in out) else columns


_BOOLEANS = {"declined", "card_valid", "account_valid", "payee_valid"}
_PLAIN: dict[str, tuple[int, bool]] = {  # field -> its place among the fields, and is it a number?
    field: (place, field in _BOOLEANS or field in ("latitude", "longitude", "balance"))
    for place, field in enumerate(Payment.__struct_fields__)
    if field not in ("id", "time", "amount", "extra")
}


def _absent(values: np.ndarray) -> bool:
    return bool(np.isnan(values).all()) if values.dtype != object else all(v is None for v in values.tolist())


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in minor units (cents for EUR, yen for JPY), rounded half to even where it carries more digits.

    >>> to_minor(Decimal("12.34"), "EUR"), to_minor(Decimal("1200"), "JPY")
    (1234, 1200)
    """
    return int(amount.scaleb(MINOR_DIGITS.get(currency, 2)).to_integral_value(ROUND_HALF_EVEN))


def major(minor: np.ndarray, currency: Sequence[str | None]) -> np.ndarray:
    """float64 major units of int64 minor units."""
    odd = set(currency) & MINOR_DIGITS.keys()
    scale = 100.0 if not odd else np.array([10.0 ** MINOR_DIGITS.get(c or "", 2) for c in currency])
    return np.asarray(minor / scale, dtype=np.float64)


def minor_of(amount: np.ndarray, currency: Sequence[str | None]) -> np.ndarray:
    """int64 minor units of float64 major units (columns read from files), rounded half to even."""
    odd = set(currency) & MINOR_DIGITS.keys()
    scale = 100.0 if not odd else np.array([10.0 ** MINOR_DIGITS.get(c or "", 2) for c in currency])
    minor: np.ndarray = np.rint(amount * scale).astype(np.int64)
    return minor


def _protect_column(columns: dict[str, np.ndarray], name: str, seal: Seal) -> None:
    """Seal what looks like a card number or an IBAN in one entity column, and note what the plain number said."""
    known = _known(name, seal)
    values = columns[name].tolist()
    found = list(map(known.__getitem__, values))
    if found.count(None) == len(found):
        return
    columns[name] = column([v if s is None else s.token for s, v in zip(found, values, strict=True)], numeric=False)
    for what in ("bin", "valid", "country"):
        field = f"{name}_{what}"
        if field in Payment.__struct_fields__ and field not in columns:
            told = [None if s is None else getattr(s, what) for s in found]
            if any(v is not None for v in told):
                columns[field] = column(told, numeric=what == "valid")


@lru_cache(maxsize=64)
def _known(field: str, seal: Seal) -> _Memory:
    return _Memory(field, seal)


class _Memory(dict[str | None, "_Sealed | None"]):
    """Value -> what sealing it gave, for the values met lately: most come again and again."""

    MOST = 1 << 17

    def __init__(self, field: str, seal: Seal) -> None:
        self._field, self._seal = field, seal
        self[None] = None

    def __missing__(self, value: str) -> _Sealed | None:
        if len(self) >= self.MOST:
            self.clear()
            self[None] = None
        sealed = self[value] = _sealed(self._field, value, self._seal) if len(value) > 11 else None
        return sealed


class _Sealed(msgspec.Struct, frozen=True):
    """A token, and what the plain number told; None where it told nothing of the kind."""

    token: str
    valid: bool
    bin: str | None = None
    country: str | None = None


def _sealed(field: str, value: str, seal: Seal) -> _Sealed | None:
    """The token for a card number or IBAN and what it tells, or None where the id is neither. Outside the card field
    only a number with a right Luhn digit is taken for a card's."""
    if numbers.looks_like_pan(value):
        digits = numbers.compact(value)
        valid = numbers.luhn_valid(digits)
        if field == "card" or valid:
            return _Sealed(seal("card", digits), valid, bin=numbers.bin_of(digits))
    elif numbers.looks_like_iban(value):
        compact = numbers.compact(value).upper()
        return _Sealed(seal("iban", compact), numbers.iban_valid(compact), country=compact[:2])
    return None
