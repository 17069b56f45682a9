"""`Image`: a photograph somebody handed in, as the file it came in. The file itself is never a column: what is recorded is its
name, size, media type and digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import msgspec

from assay.core.enclosed import Handed, parts_of
from assay.core.evidence import Evidence


class Image(Handed, frozen=True, kw_only=True, tag="image"):
    """One picture. `about` is what the one who hands it in says it shows; nothing is believed of it."""

    ENTITIES: ClassVar[dict[str, str]] = {**Handed.ENTITIES, "image": "digest"}

    about: Annotated[str, msgspec.Meta(max_length=255)] = ""

    @classmethod
    def media_of(cls, content: bytes) -> str:
        from assay.formats.picture_notes import picture_media

        return picture_media(content[:1024])

    def parts(self) -> Sequence[Evidence]:
        """The faces in it, the codes in it that a telephone would act on, and its own bytes where they are of a kind made
        before to break readers."""
        from assay.kinds.images.inside import inside

        return parts_of(inside(self.name, self.content), self)
