"""Numbers with the check digits that real ones have: IBAN, tax numbers, bank codes, card numbers. All are invented; none is
looked up. Rules: ISO 13616 (IBAN), ISO 7064, and the issuing countries' published check-digit rules."""

from __future__ import annotations

from random import Random

from assay.core.checkdigits import iban_check, luhn_digit

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015


def digits(rng: Random, n: int) -> str:
    """n digits, the first not zero."""
    return str(rng.randrange(1, 10)) + "".join(str(rng.randrange(10)) for _ in range(n - 1))


def luhn(body: str) -> str:
    """The body with its Luhn digit."""
    return body + luhn_digit(body)


def iban(country: str, bban: str) -> str:
    return f"{country}{iban_check(country, bban)}{bban}"


def bban(rng: Random, country: str, bank: str) -> str:
    """An account of this bank; `bank` is what the country puts first (letters for GB, digits elsewhere)."""
    if country == "GB":
        return bank[:4].upper() + digits(rng, 6) + digits(rng, 8)
    if country == "DE":
        return bank[:8] + digits(rng, 10)
    if country == "FR":
        branch, account = digits(rng, 5), digits(rng, 11)
        key = 97 - (89 * int(bank[:5]) + 15 * int(branch) + 3 * int(account)) % 97
        return f"{bank[:5]}{branch}{account}{key:02d}"
    branch, account = digits(rng, 4), digits(rng, 10)
    return bank[:4] + branch + _ccc("00" + bank[:4] + branch) + _ccc(account) + account


def _ccc(ten: str) -> str:
    """A control digit of a Spanish account number."""
    rest = 11 - sum(int(c) * w for c, w in zip(ten, (1, 2, 4, 8, 5, 10, 9, 7, 3, 6), strict=True)) % 11
    return str({10: 1, 11: 0}.get(rest, rest))


def vat(rng: Random, country: str) -> str:
    """A tax number of a company, valid by its country's rule."""
    if country == "GB":
        body = digits(rng, 7)
        rest = 97 - sum(int(c) * w for c, w in zip(body, range(8, 1, -1), strict=True)) % 97
        return f"GB{body}{rest:02d}"
    if country == "DE":
        body, product = digits(rng, 8), 10
        for c in body:
            product = ((int(c) + product) % 10 or 10) * 2 % 11
        return f"DE{body}{(11 - product) % 10}"
    if country == "FR":
        siren = luhn(digits(rng, 8))
        return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
    if country == "ES":
        body = digits(rng, 7)
        total = sum(int(c) for c in body[1::2]) + sum(sum(divmod(2 * int(c), 10)) for c in body[0::2])
        return f"ES{rng.choice('AB')}{body}{-total % 10}"
    if country == "CN":
        body = "91" + digits(rng, 6) + "".join(rng.choice(_USCC) for _ in range(9))
        total = sum(_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(body))
        return body + _USCC[-total % 31]
    return f"{digits(rng, 2)}-{digits(rng, 7)}"


def routing(rng: Random) -> str:
    """A routing number of an American bank (ABA)."""
    body = digits(rng, 8)
    return body + str(-sum(int(c) * w for c, w in zip(body, (3, 7, 1, 3, 7, 1, 3, 7), strict=True)) % 10)


def spoilt(rng: Random, number: str, first: int = 4) -> str:
    """The number with one digit after `first` characters changed: no check digit of the kinds above holds then."""
    at = rng.choice([i for i, c in enumerate(number) if c.isdigit() and i >= first])
    return number[:at] + str((int(number[at]) + rng.randrange(1, 10)) % 10) + number[at + 1 :]


def grouped(number: str, size: int = 4) -> str:
    return " ".join(number[i : i + size] for i in range(0, len(number), size))
