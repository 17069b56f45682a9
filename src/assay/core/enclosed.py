"""A thing found inside evidence (an attachment, a file in an archive, the link in a QR code) before any room has claimed
it. `parts_of` asks the rooms, so that a message can carry a document and neither room knows of the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from assay.core.evidence import Evidence

MAX_BYTES = 64 << 20


class Enclosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`name` as the whole calls it, `media` its media type where known, and the bytes."""

    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    media: Annotated[str, msgspec.Meta(max_length=127)] = ""
    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES)]


def parts_of(enclosed: Iterable[Enclosed], whole: Evidence) -> tuple[Evidence, ...]:
    """Each enclosed thing as evidence of the room that is surest of it; what nobody reads is left out.

    A part's id is the whole's id, `/` and its number; it takes over the whole's time and whatever entities both have.
    """
    from assay.core.kind import claim

    found: list[Evidence] = []
    for number, one in enumerate(enclosed):
        reader = claim(one)
        if reader is not None:
            found.append(reader.enclosed(one, whole, f"{whole.id[:100]}/{number}"))
    return tuple(found)
