"""`File`: a file as it came, from anywhere: an attachment, a folder, a backup."""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar

import msgspec

from assay.core.enclosed import MAX_BYTES
from assay.core.evidence import Evidence

EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]


class File(Evidence, frozen=True, kw_only=True, tag="file"):
    """The content is never a column: what is recorded is the name and the digest."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"customer": "customer", "device": "device", "file": "digest"}

    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES, description="the file; base64 in JSON")] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    customer: EntityId | None = None
    device: EntityId | None = None
    digest: EntityId | None = None  # SHA-256 of the content, hexadecimal; filled in where absent

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.content and self.digest is None:
            msgspec.structs.force_setattr(self, "digest", hashlib.sha256(self.content).hexdigest())


__all__ = ["File"]
