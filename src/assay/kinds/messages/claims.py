"""Whom a message says it is from: by its sender's name, by a sender id in letters, by how the text signs itself. A name that
is only mentioned claims nothing."""

from __future__ import annotations

from typing import NamedTuple

from assay.core.finding import Where
from assay.kinds.messages.links.brands import Brand, Brands
from assay.kinds.messages.opened import Opened


class Claim(NamedTuple):
    """The brand, and where it is claimed."""

    brand: Brand
    field: str
    start: int
    end: int

    @property
    def where(self) -> Where:
        return Where(field=self.field, span=(self.start, self.end))


# Names that people, towns and things bear too: in a chat they are somebody's name.
_ALSO = frozenset(
    (
        "Chase",
        "Halifax",
        "Regions",
        "Caixa",
        "au",
        "Aeon",
        "EPOS",
        "JD",
        "LINE",
        "Wise",
        "Orange",
        "Visa",
        "Uber",
        "Steam",
    )
)


def claim_of(opened: Opened, brands: Brands) -> Claim | None:
    """The brand that a message says it is from, or None."""
    message = opened.message
    for field in ("sender_name", "sender"):
        value = getattr(message, field)
        if value and "@" not in value and any(c.isalpha() for c in value):
            brand = brands.named(value)
            if brand is not None and not (brand.name in _ALSO and message.channel in ("chat", "other")):
                return Claim(brand, field, 0, len(value))
    for field, text in ((opened.field, opened.body), ("subject", message.subject)):
        signed = brands.claimed(text) if text else None
        if signed is not None and not (signed[0].common and field == "subject"):
            return Claim(signed[0], field, signed[1], signed[2])
    return None
