"""`Image`: a photograph somebody handed in, as the file it came in. The file itself is never a column: what is recorded is its
name, size, media type and digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.enclosed import MAX_BYTES, Enclosed, parts_of
from assay.core.evidence import Evidence, column

EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]


class Image(Evidence, frozen=True, kw_only=True, tag="image"):
    """One picture. `about` is what the one who hands it in says it shows; nothing is believed of it."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "device": "device", "ip": "ip", "image": "digest",
    }  # fmt: skip

    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES, description="the file; base64 in JSON")] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    about: Annotated[str, msgspec.Meta(max_length=255)] = ""
    customer: EntityId | None = None
    account: EntityId | None = None
    device: EntityId | None = None
    ip: EntityId | None = None
    digest: EntityId | None = None  # SHA-256 of the content, hexadecimal; filled in where absent

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.content and self.digest is None:
            msgspec.structs.force_setattr(self, "digest", hashlib.sha256(self.content).hexdigest())

    def exhibits(self) -> Sequence[Enclosed]:
        """The file itself."""
        from assay.formats.picture_notes import picture_media

        if not self.content:
            return ()
        return (Enclosed(name=self.name, media=picture_media(self.content[:1024]), content=self.content),)

    def parts(self) -> Sequence[Evidence]:
        """The faces in it, the codes in it that a telephone would act on, and its own bytes where they are of a kind made
        before to break readers."""
        from assay.kinds.images.inside import inside

        return parts_of(inside(self.name, self.content), self)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, with `bytes` (the size) and `media` (by content)."""
        from assay.formats.picture_notes import picture_media

        columns = super().to_columns(items)
        columns["bytes"] = np.array([len(item.content) for item in items], np.float64)
        columns["media"] = column([picture_media(item.content[:1024]) for item in items], numeric=False)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: Any, row: dict[str, Any]) -> Evidence:
        """What a record holds of it; the content is not there."""
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k not in ("bytes", "media")})
