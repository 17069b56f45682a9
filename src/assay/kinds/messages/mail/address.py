"""Addresses in header fields (RFC 5322, mailbox): the name shown and the address behind it. Never raises."""

from __future__ import annotations

import re
from typing import NamedTuple

from assay.kinds.messages.links.anatomy import anatomy
from assay.kinds.messages.mail.mime import decode_words

_ANGLE = re.compile(r"<([^<>\s]{1,320})>")
_BARE = re.compile(r"(?<![\w.+-])([\w.+\-=/!#$%&'*?^`{|}~]{1,128}@[\w.\-\[\]:]{1,190})")
_COMMENT = re.compile(r"\(([^()]{0,500})\)")


class Address(NamedTuple):
    """`name` as shown, decoded; `address` lower case; its host, and the registered domain of that."""

    name: str
    address: str
    host: str
    registered: str


def parse_address(value: str) -> Address:
    """The (first) mailbox of a field.

    >>> parse_address('"PayPal" <Service@PayPal.com>')[:2], parse_address("a@b.example (Anna)")[:2]
    (('PayPal', 'service@paypal.com'), ('Anna', 'a@b.example'))
    >>> parse_address('"service@paypal.com" <x@evil.example>')[:2]
    ('service@paypal.com', 'x@evil.example')
    """
    text = decode_words(value[:4000])
    angle = _ANGLE.search(_without_quoted(text))
    if angle is not None:
        address, name = angle[1], text[: angle.start()]
    else:
        bare = _BARE.search(_without_quoted(text))
        address = bare[1] if bare else ""
        comment = _COMMENT.search(text)
        name = comment[1] if comment else ""
    name = re.sub(r"\\(.)", r"\1", name.strip().strip('"').strip())
    address = address.strip().lower()
    host = address.rpartition("@")[2] if "@" in address else ""
    taken = anatomy(host) if host else None
    return Address(name[:200], address[:320], taken.host if taken else "", taken.registered if taken else "")


def count_addresses(value: str) -> int:
    """How many mailboxes a field names."""
    return len(_BARE.findall(_without_quoted(value[:16_384])))


_QUOTED = re.compile(r'"(?:[^"\\]|\\.){0,1000}"')


def _without_quoted(text: str) -> str:
    """Quoted names blanked out, same length: an address inside one is not the address."""
    return _QUOTED.sub(lambda m: " " * len(m[0]), text)


def addresses_in(name: str) -> list[str]:
    """Addresses written inside a display name."""
    return [found.lower().strip(".") for found in _BARE.findall(name[:1000])]
