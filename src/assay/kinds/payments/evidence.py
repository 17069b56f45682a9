"""`Payment`: money asked to move. Card and account numbers are replaced by tokens at the door (`protect`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.evidence import Evidence, Name, Seal, column

Amount = Annotated[Decimal, msgspec.Meta(ge=0, le=10**12, description="in the currency's major unit; JSON number or string")]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", description="ISO 4217; XXX where unknown")]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]

# ISO 4217 minor units where they are not 2.
MINOR_DIGITS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
MINOR_DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)


class Payment(Evidence, frozen=True, kw_only=True, tag="payment"):
    """One payment. Which entities it names depends on the rail: a card payment has card, merchant and terminal, a
    transfer account and payee. Every one is optional but the amount."""

    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "card": "card", "device": "device", "ip": "ip",
        "merchant": "merchant", "terminal": "terminal", "payee": "payee",
    }  # fmt: skip

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
    channel: Name | None = None  # card-present, online, transfer, instant, direct-debit, cash, …
    merchant_category: Name | None = None  # ISO 18245 code or the operator's own
    country: Country | None = None  # where the payment happened or goes
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    declined: bool = False  # the issuer or the scheme had already refused it
    balance: Annotated[Decimal, msgspec.Meta(ge=-(10**12), le=10**12)] | None = None  # of the account, before
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
        each key of `extra` as a column `extra.<key>`."""
        raise NotImplementedError

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Payment:
        raise NotImplementedError

    @classmethod
    def protect(cls, columns: dict[str, np.ndarray], seal: Seal) -> dict[str, np.ndarray]:
        raise NotImplementedError
