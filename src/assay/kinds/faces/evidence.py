"""`Face`: a picture of one face, cut out of an image or a video or handed in by itself. The picture is never a column: what is
recorded is its name, size and digest. It is judged for how it was made; whose face it is nobody asks here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.core.evidence import Evidence

EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]


class Face(Evidence, frozen=True, kw_only=True, tag="face"):
    """One face with some margin, as PNG, JPEG or WebP."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"customer": "customer", "account": "account", "device": "device", "ip": "ip"}

    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES, description="the picture; base64 in JSON")] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
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
        """The picture itself."""
        return (Enclosed(name=self.name, media=media_of(self.content), content=self.content),) if self.content else ()

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, with `bytes`, the picture's size."""
        columns = super().to_columns(items)
        columns["bytes"] = np.array([len(item.content) for item in items], np.float64)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: Any, row: dict[str, Any]) -> Evidence:
        """What a record holds of it; the picture is not there."""
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k != "bytes"})


def media_of(content: bytes) -> str:
    """The media type by the first bytes; "application/octet-stream" for what is no picture that is read."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else "application/octet-stream"
