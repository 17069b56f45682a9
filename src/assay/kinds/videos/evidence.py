"""`Video`: a film somebody handed in, as the file it came in. The file itself is never a column: what is recorded is its name,
size, media type and digest. A film too large to travel is lent (`assay.formats.lent`) and read piece by piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.enclosed import Handed, parts_of
from assay.core.evidence import Evidence, column


class Video(Handed, frozen=True, kw_only=True, tag="video"):
    """One film. `lent` is the name under which a reader of this machine lends it; from outside none can be made up."""

    ENTITIES: ClassVar[dict[str, str]] = {**Handed.ENTITIES, "video": "digest"}

    lent: Annotated[str, msgspec.Meta(max_length=64)] = ""

    @classmethod
    def media_of(cls, content: bytes) -> str:
        from assay.kinds.videos.media import media_of

        return media_of(content[:65_536])

    def parts(self) -> Sequence[Evidence]:
        """Its first audio track as a file of its own, where some room listens to such files."""
        from assay.kinds.videos.sound import sound

        return parts_of(sound(self), self)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, with `bytes` (the size) and `media` (by content), and without the name of a lending."""
        from assay.kinds.videos.opened import source_of

        columns = super().to_columns(items)
        del columns["lent"]
        sources = [source_of(item) for item in items]
        columns["bytes"] = np.array([source.size for source in sources], np.float64)
        columns["media"] = column([source.media for source in sources], numeric=False)
        return columns
