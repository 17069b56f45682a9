"""Payment payloads: the published examples read, wrong ones told, anything at all survived."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.formats.payment_code import PROBLEMS, crc16, payment_code, purpose

EPC = "BCD\n002\n1\nSCT\nBPOTBEB1\nRed Cross\nBE72000000001616\nEUR12.3\nCHAR\n\nUrgency fund\nSample"
EMV = "00020101021126270012example.test01071234567520454115303702540599.505802SG5910Test Kopi 6009Singapore6304"
SWISS = "\n".join(
    [
        "SPC",
        "0200",
        "1",
        "CH4431999123000889012",
        "S",
        "Robert Schneider AG",
        "Rue du Lac",
        "1268",
        "2501",
        "Biel",
        "CH",
    ]
    + [""] * 7
    + ["1949.75", "CHF", "S", "Pia Rutschmann", "Marktgasse", "28", "9400", "Rorschach", "CH"]
    + ["QRR", "210000000003139471430009017", "Order of 15 June", "EPD"]
)


def sealed(text: str) -> str:
    return text + f"{crc16(text.encode()):04X}"


def test_a_credit_transfer() -> None:
    code = payment_code(EPC)
    assert code is not None
    assert (code.scheme, code.payee, code.account, code.amount) == (
        "epc",
        "Red Cross",
        "BE72000000001616",
        Decimal("12.3"),
    )
    assert (code.text, code.problems) == ("Urgency fund", ())


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("BE72", "BE73", "account"), ("EUR12.3", "EUR12,3", "amount"), ("EUR12.3", "USD12.3", "amount"),
        ("EUR12.3", "EUR0", "amount"), ("\n002\n", "\n007\n", "version"), ("Red Cross", "R" * 71, "payee"),
        ("SCT", "XXX", "identification"), ("BPOTBEB1", "NOBIC", "bic"), ("Urgency fund", "x" * 141, "text"),
        ("CHAR\n\n", "CHAR\nRF18539007547034\n", "reference"), ("Sample", "a\nb\nc", "too-long"),
    ],
)  # fmt: skip
def test_a_malformed_credit_transfer_says_where(before: str, after: str, problem: str) -> None:
    code = payment_code(EPC.replace(before, after, 1))
    assert code is not None
    assert problem in code.problems


def test_a_merchant_code_and_its_checksum() -> None:
    code = payment_code(sealed(EMV))
    assert code is not None
    assert (code.scheme, code.payee, code.city, code.country) == ("emv", "Test Kopi ", "Singapore", "SG")
    assert (code.amount, code.currency, code.dynamic, code.account) == (Decimal("99.50"), "SGD", False, "1234567")
    assert code.problems == ()
    edited = payment_code(sealed(EMV).replace("99.50", "98.50"))
    assert edited is not None
    assert edited.problems == ("crc",)


def test_a_swiss_bill() -> None:
    code = payment_code(SWISS)
    assert code is not None
    assert (code.scheme, code.amount, code.currency, code.problems) == ("swiss", Decimal("1949.75"), "CHF", ())


def test_a_upi_link() -> None:
    code = payment_code("upi://pay?pa=shop@bank&pn=Corner%20Shop&am=250.00&cu=INR")
    assert code is not None
    assert (code.payee, code.account, code.amount) == ("Corner Shop", "shop@bank", Decimal("250.00"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EPC, "payment"), (sealed(EMV), "payment"), (SWISS, "payment"), ("upi://pay?pa=a@b", "payment"),
        ("HTTPS://X.EXAMPLE/a", "link"), ("www.example.com/pay", "link"), ("WIFI:S:x;;", "wifi"), ("tel:+4912", "phone"),
        ("smsto:+49:hi", "sms"), ("otpauth://totp/x?secret=A", "otp"), ("MATMSG:TO:a@b;;", "mail"), ("bitcoin:1A", "coin"),
        ("BEGIN:VCARD\nEND:VCARD", "contact"), ("4006381333931", "number"), ("@\n\x1e\rANSI 636000", "licence"),
        ("hello there", "text"), ("", "text"), ("javascript:alert(1)", "script"),
    ],
)  # fmt: skip
def test_what_a_telephone_would_do(text: str, said: str) -> None:
    assert purpose(text) == said


payloads = st.one_of(
    st.text(max_size=400),
    st.tuples(st.sampled_from([EPC, sealed(EMV), SWISS]), st.integers(0, 400), st.text(max_size=8)).map(
        lambda t: t[0][: t[1]] + t[2] + t[0][t[1] + len(t[2]) :]
    ),
)


@given(payloads)
def test_anything_is_survived(text: str) -> None:
    purpose(text)
    code = payment_code(text)
    if code is not None:
        assert set(code.problems) <= set(PROBLEMS)


@given(st.integers(0, len(EMV) - 5), st.sampled_from("0123456789ABCXYZ "))
def test_no_single_change_of_a_merchant_code_goes_unseen(place: int, other: str) -> None:
    text = sealed(EMV)
    if text[place] != other:
        code = payment_code(text[:place] + other + text[place + 1 :])
        assert code is None or code.problems
