"""Check digits: what they promise, whatever the number."""

from hypothesis import given
from hypothesis import strategies as st

from assay.core.checkdigits import iban_check, luhn_digit, luhn_holds, mod97, mod97_holds

digits = st.text("0123456789", min_size=1, max_size=30)
bbans = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=11, max_size=30)


def by_the_book(number: str) -> bool:
    """Luhn as ISO/IEC 7812-1 tells it."""
    total = 0
    for i, digit in enumerate(reversed(number)):
        twice = int(digit) * (1 + i % 2)
        total += twice - 9 if twice > 9 else twice
    return total % 10 == 0


@given(digits)
def test_luhn_is_the_standards(number):
    assert luhn_holds(number) == by_the_book(number)


@given(digits)
def test_just_one_digit_completes_a_number(body):
    assert [d for d in "0123456789" if luhn_holds(body + d)] == [luhn_digit(body)]


@given(st.sampled_from(["DE", "GB", "FR"]), bbans)
def test_check_digits_that_were_made_hold_in_either_case(country, bban):
    iban = country + iban_check(country, bban) + bban
    assert mod97_holds(iban)
    assert mod97_holds(iban.lower())


@given(bbans)
def test_the_remainder_is_that_of_the_number_spelt(text):
    assert mod97(text) == int("".join(str(int(c, 36)) for c in text)) % 97


def test_what_is_no_number_does_not_hold():
    assert not mod97_holds("")
    assert not mod97_holds("GB82 WEST 1234 5698 7654 32")
    assert not mod97_holds("٤٤٤٤٤٤٤٤")
