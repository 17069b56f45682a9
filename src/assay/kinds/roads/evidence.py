"""`RoadMessage`: what one road user said of itself over the air: a basic safety message, a cooperative awareness message, or a
warning. Millions of them make a recording; only what was found in them is kept.

Places are metres from somewhere: where on Earth that is stays with the reader and is never recorded. Names are pseudonyms that
change by design, and become keyed tokens at the door.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.evidence import EntityId, Evidence, Seal, column

Word = Annotated[str, msgspec.Meta(max_length=32)]
Metres = Annotated[float, msgspec.Meta(ge=-1e8, le=1e8)]
Size = Annotated[float, msgspec.Meta(ge=0, le=100)]


class RoadMessage(Evidence, frozen=True, kw_only=True, tag="road-message"):
    """`time` is when it was received where that is known, else when it says it was made.

    delay         seconds from when it says it was made to its reception; absent where either is not known
    pseudonym     the temporary id or station id it carries; `receiver` who heard it, where several did
    form          `bsm` (SAE J2735), `cam` or `denm` (ETSI), or empty
    x, y          metres east and north
    speed         m/s; `heading` degrees clockwise from north; `acceleration` m/s² along the heading
    accuracy      metres, one sigma of the position as it claims
    length, width metres; `reverse` 1 where it drives backwards; `number` its message counter; `cause` of a warning
    signed        `valid`, `invalid`, `unverified` (no certificate at hand, or none that is trusted), or empty: not signed
    faults        what is wrong with signature, certificate or permissions, as words with blanks between
    certificate   HashedId8 of the signer's certificate, in hexadecimal
    """

    WEIGHT: ClassVar[Literal["transaction", "observation"]] = "observation"
    ENTITIES: ClassVar[dict[str, str]] = {"pseudonym": "pseudonym", "certificate": "certificate"}

    pseudonym: EntityId | None = None
    receiver: EntityId | None = None
    form: Word = ""
    x: Metres | None = None
    y: Metres | None = None
    speed: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] | None = None
    heading: Annotated[float, msgspec.Meta(ge=0, le=360)] | None = None
    acceleration: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] | None = None
    accuracy: Annotated[float, msgspec.Meta(ge=0, le=1e5)] | None = None
    length: Size | None = None
    width: Size | None = None
    reverse: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    number: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    cause: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    delay: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] | None = None
    signed: Word = ""
    faults: Annotated[str, msgspec.Meta(max_length=512)] = ""
    certificate: EntityId | None = None

    @classmethod
    def protect(cls, columns: dict[str, np.ndarray], seal: Seal) -> dict[str, np.ndarray]:
        """Pseudonyms, certificates and receivers as keyed tokens: whoever sees a record cannot follow a car with it. Places are
        moved by a keyed way, the same for all, so that what lies between them stays and where it is on Earth does not; where
        nobody is named, nobody can be compared either, and the place is left out."""
        sealed = dict(columns)
        for field in ("pseudonym", "certificate", "receiver"):
            values = columns.get(field)
            if values is not None:
                told = values.tolist()
                tokens = {value: seal(field, value) for value in dict.fromkeys(told) if value}
                sealed[field] = column([tokens.get(value) for value in told], numeric=False)
        names = columns.get("pseudonym")
        if names is not None:
            fresh = np.array(
                [a != b for a, b in zip(names.tolist(), sealed["pseudonym"].tolist(), strict=True)], np.bool_
            )
            nobody = np.array([not name for name in names.tolist()], np.bool_)
            for field, way in zip(("x", "y"), _way(seal), strict=True):
                if field in columns:
                    sealed[field] = np.where(nobody, np.nan, columns[field] + way * fresh)
        return sealed


def _way(seal: Seal) -> tuple[float, float]:
    """Whole metres east and north by which places are moved, out of the key."""
    digest = hashlib.sha256(seal("place", "origin").encode()).digest()
    east, north = (int.from_bytes(digest[i : i + 8], "big") % 8_000_001 - 4_000_000 for i in (0, 8))
    return float(east), float(north)


__all__ = ["RoadMessage"]
