"""What evidence may be known again by: a page's picture, a portrait, an account number, a signature, a face.

A room says which traces a piece of evidence leaves (`Kind.traces`); the engine remembers who showed them and tells a
detector, before it looks, where the same was seen before in other hands (`Profile.sightings`). What is remembered is
keyed: never a plain number, never a hash that anybody without the key could compare with one of their own.
"""

from __future__ import annotations

import msgspec

from assay.core.finding import Where

NEAR_BYTES = 32  # a near trace is a perceptual hash of 256 bits
NAME_BYTES = 20  # of the name that stands for a vector on record
MOST_COMPONENTS = 1024


class Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind`: what it is of, such as "page" or "account"; only traces of one kind are compared.

    near = 0: `value` is any bytes, and the same bytes are the same thing. near > 0: `value` is a hash of 256 bits (32
    bytes), and those that differ in at most `near` bits are the same thing. `where` it lies in the evidence.

    apart > 0: `value` is a vector, float32 components in -1..1, little-endian, and those at most `apart` from it (Euclidean)
    are the same thing: a template of a person. On record it is only the name, 20 bytes, under which the vector is kept,
    encrypted, so that it can be erased (`assay.ledger.templates`).
    """

    kind: str
    value: bytes
    near: int = 0
    where: Where = Where()
    apart: float = 0.0

    def __post_init__(self) -> None:
        if self.near and len(self.value) != NEAR_BYTES:
            raise ValueError(f"a near trace has {NEAR_BYTES} bytes, not {len(self.value)}")
        if self.apart and len(self.value) != NAME_BYTES:
            components, rest = divmod(len(self.value), 4)
            if rest or not 4 * components > NAME_BYTES or components > MOST_COMPONENTS:
                raise ValueError(f"a vector has 6 to {MOST_COMPONENTS} float32 components, not {len(self.value)} bytes")

    @property
    def vector(self) -> bool:
        """Is `value` a vector, which must not be recorded, and not the name of one?"""
        return self.apart > 0 and len(self.value) != NAME_BYTES


class Sighting(msgspec.Struct, frozen=True, omit_defaults=True):
    """The same thing in other hands, earlier: `evidence` of `owner` (its customer, else its own id) showed it at `time`
    (event time, microseconds), at `there`; this evidence shows it at `where`, `distance` away: in bits, for a vector in
    thousandths of `apart`. `owners` other owners have shown it so far: one or two are reuse, many are a form that everybody
    has. `among`: with how many vectors this one was compared.
    """

    kind: str
    evidence: str
    owner: str
    time: int
    where: Where = Where()
    there: Where = Where()
    distance: int = 0
    owners: int = 1
    among: int = 0
