"""Mask card numbers and IBANs in free text before it is kept: anything with 12 to 19 digits and a right Luhn digit
(ISO/IEC 7812-1), and anything that reads as an IBAN with right check digits (ISO 13616, mod 97), spaces and dashes
allowed. Nothing stays that would narrow the search for the number.

One number in ten passes Luhn by chance, so digits are taken as written: whole groups, not any stretch of them. Only a
group longer than any card number is searched at every place.
"""

from __future__ import annotations

import re

from assay.core.checkdigits import luhn_holds, mod97_holds

# Digits with at most one space or dash between any two; what is a card number is decided by the digit sum.
_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){11,}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_GROUP = re.compile(r"[0-9]+")
_CARD_LENGTHS = range(19, 11, -1)
_IBAN_LENGTHS = range(34, 14, -1)


def scrub(text: str) -> str:
    """The text with every card number as `[card]` and every IBAN as its country and `[iban]`.

    >>> scrub("card 4111 1111 1111 1111, to GB82 WEST 1234 5698 7654 32")
    'card [card], to GB[iban]'
    >>> scrub("order 4111111111111112")
    'order 4111111111111112'
    """
    return _DIGITS.sub(_mask_cards, _IBAN.sub(_mask_iban, text))


def _mask_cards(match: re.Match[str]) -> str:
    """A card number may stand among other groups of digits (an expiry date, an amount): every sequence of whole groups
    is tried, the longest from each place first."""
    run = match[0]
    starts, ends = zip(*((g.start(), g.end()) for g in _GROUP.finditer(run)), strict=True)
    if any(end - start > _CARD_LENGTHS[0] for start, end in zip(starts, ends, strict=True)):
        starts, ends = tuple(range(len(run))), tuple(range(1, len(run) + 1))
    out, kept, i = [], 0, 0
    while i < len(starts):
        stop = next((j for j in range(min(i + 19, len(ends)) - 1, i - 1, -1) if _card(run[starts[i] : ends[j]])), None)
        if stop is not None:
            out += [run[kept : starts[i]], "[card]"]
            kept = ends[stop]
            i = stop
        i += 1
    return "".join([*out, run[kept:]])


def _card(text: str) -> bool:
    digits = text.replace(" ", "").replace("-", "")
    whole = text[0] not in " -" and text[-1] not in " -"
    return len(digits) in _CARD_LENGTHS and whole and luhn_holds(digits) and digits.strip("0") != ""


def _mask_iban(match: re.Match[str]) -> str:
    """An IBAN may be followed by letters that are not its own: the longest right one from the start is taken."""
    run = match[0]
    places = [i for i, c in enumerate(run) if c not in " -"]
    for length in _IBAN_LENGTHS:
        if length <= len(places) and mod97_holds("".join(run[i] for i in places[:length])):
            return f"{run[:2].upper()}[iban]{run[places[length - 1] + 1 :]}"
    return run
