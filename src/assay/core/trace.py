"""What evidence may be known again by: a page's picture, a portrait, an account number, a signature.

A room says which traces a piece of evidence leaves (`Kind.traces`); the engine remembers who showed them and tells a
detector, before it looks, where the same was seen before in other hands (`Profile.sightings`). What is remembered is
keyed: never a plain number, never a hash that anybody without the key could compare with one of their own.
"""

from __future__ import annotations

import msgspec

from assay.core.finding import Where

NEAR_BYTES = 32  # a near trace is a perceptual hash of 256 bits


class Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind`: what it is of, such as "page" or "account"; only traces of one kind are compared.

    near = 0: `value` is any bytes, and the same bytes are the same thing. near > 0: `value` is a hash of 256 bits (32
    bytes), and those that differ in at most `near` bits are the same thing. `where` it lies in the evidence.
    """

    kind: str
    value: bytes
    near: int = 0
    where: Where = Where()

    def __post_init__(self) -> None:
        if self.near and len(self.value) != NEAR_BYTES:
            raise ValueError(f"a near trace has {NEAR_BYTES} bytes, not {len(self.value)}")


class Sighting(msgspec.Struct, frozen=True, omit_defaults=True):
    """The same thing in other hands, earlier: `evidence` of `owner` (its customer, else its own id) showed it at `time`
    (event time, microseconds), at `there`; this evidence shows it at `where`, `distance` bits away. `owners` other owners
    have shown it so far: one or two are reuse, many are a form that everybody has.
    """

    kind: str
    evidence: str
    owner: str
    time: int
    where: Where = Where()
    there: Where = Where()
    distance: int = 0
    owners: int = 1
