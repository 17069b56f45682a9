"""`RoadMessage`: what one road user said of itself over the air: a basic safety message, a cooperative awareness message, or a
warning. Millions of them make a recording; only what was found in them is kept.

Places are metres from somewhere: where on Earth that is stays with the reader and is never recorded. Names are pseudonyms that
change by design, and become keyed tokens at the door.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.evidence import Evidence, Seal, column

Word = Annotated[str, msgspec.Meta(max_length=32)]
EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]
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
        """Pseudonyms, certificates and receivers as keyed tokens: whoever sees a record cannot follow a car with it."""
        sealed = dict(columns)
        for field in ("pseudonym", "certificate", "receiver"):
            values = columns.get(field)
            if values is not None:
                told = values.tolist()
                tokens = {value: seal(field, value) for value in dict.fromkeys(told) if value}
                sealed[field] = column([tokens.get(value) for value in told], numeric=False)
        return sealed


__all__ = ["RoadMessage"]
