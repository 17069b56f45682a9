"""Check digits, held to their standards: they catch every single wrong digit, and a valid number stays valid however it
is written."""

import doctest
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.core.checkdigits import IBAN_LENGTHS, iban_check, luhn_digit
from assay.kinds.payments import numbers
from assay.kinds.payments.numbers import (
    bin_of,
    country_of,
    iban_valid,
    looks_like_iban,
    looks_like_pan,
    luhn_valid,
    scheme_of,
)

bodies = st.text(string.digits, min_size=11, max_size=18)
pans = bodies.map(lambda body: body + luhn_digit(body))


@st.composite
def ibans(draw):
    country = draw(st.sampled_from(sorted(IBAN_LENGTHS)))
    length = IBAN_LENGTHS[country] - 4
    bban = draw(st.text(string.digits + string.ascii_uppercase, min_size=length, max_size=length))
    return country + iban_check(country, bban) + bban


def luhn_by_the_book(digits):
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def test_the_examples_in_the_module():
    assert doctest.testmod(numbers).failed == 0


@given(st.text(string.digits, min_size=12, max_size=19))
def test_luhn_is_the_textbook_sum(digits):
    assert luhn_valid(digits) == luhn_by_the_book(digits)


@given(pans, st.data())
def test_luhn_catches_every_single_wrong_digit(pan, data):
    place = data.draw(st.integers(0, len(pan) - 1))
    wrong = data.draw(st.sampled_from(string.digits.replace(pan[place], "")))
    assert luhn_valid(pan)
    assert not luhn_valid(pan[:place] + wrong + pan[place + 1 :])


@given(ibans(), st.data())
def test_mod97_catches_every_single_wrong_digit_and_every_swap(iban, data):
    assert iban_valid(iban)
    place = data.draw(st.integers(4, len(iban) - 1))
    alphabet = string.digits if iban[place].isdigit() else string.ascii_uppercase
    wrong = data.draw(st.sampled_from(alphabet.replace(iban[place], "")))
    assert not iban_valid(iban[:place] + wrong + iban[place + 1 :])
    swaps = [i for i in range(4, len(iban) - 1) if iban[i : i + 2].isdigit() and iban[i] != iban[i + 1]]
    assume(swaps)
    swap = data.draw(st.sampled_from(swaps))
    assert not iban_valid(iban[:swap] + iban[swap + 1] + iban[swap] + iban[swap + 2 :])


@given(ibans())
def test_an_iban_stays_valid_in_print_and_in_lower_case(iban):
    printed = " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
    assert iban_valid(printed)
    assert iban_valid(iban.lower())
    assert looks_like_iban(printed)
    assert country_of(printed) == iban[:2]


@given(pans)
def test_a_pan_stays_valid_with_separators(pan):
    for separator in " -":
        printed = separator.join(pan[i : i + 4] for i in range(0, len(pan), 4))
        assert luhn_valid(printed)
        assert looks_like_pan(printed)
        assert bin_of(printed) == pan[:6]


@given(st.text())
def test_any_text_is_answered_without_an_error(text):
    for function in (luhn_valid, iban_valid, looks_like_pan, looks_like_iban, bin_of, scheme_of, country_of):
        function(text)
    if luhn_valid(text):
        assert len(numbers.compact(text)) >= 12


@pytest.mark.parametrize("text", ["", "4111", "٤١١١١١١١١١١١١١١١", "tok_4111111111111111", "1" * 20])
def test_what_is_no_card_number(text):
    assert not looks_like_pan(text)


@pytest.mark.parametrize(
    "iban", ["XX82WEST12345698765432", "GB82WEST1234569876543", "DE00370400440532013000", "GB82WEST1234569876543²"]
)
def test_what_is_no_iban(iban):
    assert not iban_valid(iban)


# Published examples: the SWIFT registry's and the networks' own test numbers.
@pytest.mark.parametrize(
    "iban",
    [
        "DE89370400440532013000",
        "FR1420041010050500013M02606",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
        "CH9300762011623852957",
    ],
)
def test_ibans_of_the_registry(iban):
    assert iban_valid(iban)


@pytest.mark.parametrize(
    ("pan", "scheme"),
    [
        ("4242424242424242", "visa"),
        ("5555555555554444", "mastercard"),
        ("2223003122003222", "mastercard"),
        ("378282246310005", "amex"),
        ("6011111111111117", "discover"),
        ("3566002020360505", "jcb"),
        ("30569309025904", "diners"),
        ("6200000000000005", "unionpay"),
    ],
)
def test_test_cards_of_the_schemes(pan, scheme):
    assert luhn_valid(pan)
    assert scheme_of(pan) == scheme
    assert scheme_of(pan[:6]) == scheme
