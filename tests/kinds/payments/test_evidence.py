"""A payment: money is exact, card numbers do not pass the door, unknown fields are refused."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.kinds.payments.evidence import Payment

CARD, IBAN = "4111 1111 1111 1111", "DE89370400440532013000"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def seal(kind: str, value: str) -> str:
    return f"{kind}_token"


def decode(**fields: object) -> Payment:
    return msgspec.json.decode(
        msgspec.json.encode({"kind": "payment", "id": "p", "time": "2026-01-01T00:00:00Z", **fields}), type=Payment
    )


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["EUR", "XXX"]))
def test_amounts_are_exact_to_the_minor_unit(amount: Decimal, currency: str) -> None:
    batch = Batch.of([Payment(id="p", time=WHEN, amount=amount, currency=currency)])
    assert batch.columns["minor"][0] == int(amount * 100)
    assert Batch(Payment, batch.ids, batch.time, batch.columns).item(0).amount == amount


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 1234), ("EUR", 123400), ("KWD", 1234000)])
def test_currencies_have_their_own_minor_units(currency: str, minor: int) -> None:
    batch = Batch.of([Payment(id="p", time=WHEN, amount=Decimal(1234), currency=currency)])
    assert batch.columns["minor"].tolist() == [minor]
    assert batch.columns["amount"].tolist() == [1234.0]


def test_card_numbers_and_ibans_become_tokens_and_leave_what_they_tell() -> None:
    batch = Batch.of([Payment(id="p", time=WHEN, amount=Decimal(1), card=CARD, payee=IBAN, customer="c-1")]).protected(
        seal
    )
    row = batch.row(0)
    assert row["card"] == "card_token"
    assert row["card_bin"] == "411111"
    assert row["card_valid"] == 1.0
    assert row["payee"] == "iban_token"
    assert row["payee_country"] == "DE"
    assert row["customer"] == "c-1"
    assert CARD.replace(" ", "") not in str(row)


def test_protecting_twice_changes_nothing_more() -> None:
    once = Batch.of([Payment(id="p", time=WHEN, amount=Decimal(1), card=CARD)]).protected(seal)
    assert once.protected(seal) is once


def test_a_mistyped_card_number_is_sealed_too_and_said_to_be_wrong() -> None:
    row = Batch.of([Payment(id="p", time=WHEN, amount=Decimal(1), card="4111111111111112")]).protected(seal).row(0)
    assert row["card"] == "card_token"
    assert row["card_valid"] == 0.0


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"amount": -1}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": 1e13}, "amount"),
        ({"amount": 1, "currency": "euro"}, "currency"),
        ({"amount": 1, "latitude": 91}, "latitude"),
        ({"amount": 1, "amuont": 2}, "amuont"),
        ({}, "amount"),
        ({"amount": 1, "card": "a\nb"}, "card"),
        ({"amount": 1, "id": ""}, "id"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, object], told: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=told):
        decode(**fields)


def test_extras_travel_as_columns_of_their_own() -> None:
    batch = Batch.of(
        [decode(amount=1, extra={"points": 3, "group": "a"}), decode(amount=1, id="q", extra={"points": 4.5})]
    )
    assert batch.columns["extra.points"].tolist() == [3.0, 4.5]
    assert batch.columns["extra.group"].tolist() == ["a", None]
    assert Batch(Payment, batch.ids, batch.time, batch.columns).item(0).extra == {"points": 3.0, "group": "a"}


def test_an_extra_means_the_same_whatever_its_neighbours_send() -> None:
    from assay.core.profile import Profile
    from assay.kinds.payments.derive import codes, number

    one, other = decode(amount=1, extra={"k": 5.0}), decode(amount=1, id="q", extra={"k": "x"})
    together, alone = Batch.of([one, other]), Batch.of([one])
    assert number("extra.k", together, Profile.empty(2))[0] == number("extra.k", alone, Profile.empty(1))[0] == 5.0
    assert (
        codes(together.column("extra.k"), ("x",), 2)[1]
        == codes(Batch.of([other]).column("extra.k"), ("x",), 1)[0]
        == 1.0
    )
