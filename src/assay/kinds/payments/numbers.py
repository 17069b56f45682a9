"""The numbers on cards and accounts: check digits, lengths, issuer identification. Pure functions over text.

Luhn is ISO/IEC 7812-1 annex B; an IBAN is ISO 13616-1 with check digits by ISO 7064 MOD 97-10 and one length a country
(SWIFT IBAN registry). `looks_like_*` judge shape only and `*_valid` judge the digits: a mistyped card number still
looks like one, so it is still kept out of the records.
"""

from __future__ import annotations

import re

from assay.core.checkdigits import IBAN_LENGTHS, luhn_holds, mod97_holds

# First digits, lowest and highest, both with the same number of digits -> scheme. First match wins.
_SCHEMES = (
    ("34", "34", "amex"), ("37", "37", "amex"),
    ("51", "55", "mastercard"), ("2221", "2720", "mastercard"),
    ("3528", "3589", "jcb"),
    ("300", "305", "diners"), ("3095", "3095", "diners"), ("36", "36", "diners"), ("38", "39", "diners"),
    ("6011", "6011", "discover"), ("644", "649", "discover"), ("65", "65", "discover"),
    ("62", "62", "unionpay"), ("81", "81", "unionpay"),
    ("2200", "2204", "mir"),
    ("50", "50", "maestro"), ("56", "58", "maestro"), ("6304", "6304", "maestro"), ("6759", "6759", "maestro"),
    ("4", "4", "visa"),
)  # fmt: skip

_SEPARATORS = str.maketrans("", "", " -\t\u00a0\u2011")
_IBAN = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}", re.ASCII)


def compact(text: str) -> str:
    """The number without the spaces and hyphens people write in it."""
    return text.translate(_SEPARATORS)


def luhn_valid(text: str) -> bool:
    """12 to 19 digits, spaces and hyphens aside, whose last is the Luhn check digit of the others.

    >>> luhn_valid("4111 1111 1111 1111"), luhn_valid("4111 1111 1111 1112")
    (True, False)
    """
    return looks_like_pan(text) and luhn_holds(compact(text))


def iban_valid(text: str) -> bool:
    """A country of the registry, its length, letters and digits only, and check digits that hold.

    >>> iban_valid("GB82 WEST 1234 5698 7654 32"), iban_valid("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    iban = compact(text).upper()
    if len(iban) != IBAN_LENGTHS.get(iban[:2]) or not mod97_holds(iban):
        return False
    # Check digits 00, 01 and 99 can satisfy mod 97 but are never issued (ISO 7064 gives 02 to 98).
    return iban[2:4].isdigit() and "02" <= iban[2:4] <= "98"


def looks_like_pan(text: str) -> bool:
    """Shaped like a card number: 12 to 19 digits, spaces and hyphens aside. The digits may be wrong."""
    digits = compact(text)
    return 12 <= len(digits) <= 19 and digits.isascii() and digits.isdigit()


def looks_like_iban(text: str) -> bool:
    """Shaped like an IBAN: two letters, two digits, 11 to 30 letters and digits. Country and digits may be wrong."""
    return _IBAN.fullmatch(compact(text)) is not None


def bin_of(pan: str) -> str | None:
    """The issuer identification number: the first six digits; None where this does not look like a card number.

    >>> bin_of("4111-1111-1111-1111")
    '411111'
    """
    return compact(pan)[:6] if looks_like_pan(pan) else None


def scheme_of(number: str) -> str | None:
    """The card scheme that the first digits belong to (a BIN is enough), or None.

    >>> scheme_of("411111"), scheme_of("222300"), scheme_of("999999")
    ('visa', 'mastercard', None)
    """
    digits = compact(number)
    for low, high, scheme in _SCHEMES:
        head = digits[: len(low)]
        if len(head) == len(low) and low <= head <= high and head.isdigit():
            return scheme
    return None


def country_of(iban: str) -> str | None:
    """The ISO 3166 country in an IBAN's first letters; None where this does not look like an IBAN."""
    return compact(iban)[:2].upper() if looks_like_iban(iban) else None
