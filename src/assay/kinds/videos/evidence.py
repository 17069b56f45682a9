"""`Video`: a film somebody handed in, as the file it came in. The file itself is never a column: what is recorded is its name,
size, media type and digest. A film too large to travel is lent (`assay.formats.lent`) and read piece by piece.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.enclosed import MAX_BYTES, Enclosed, parts_of
from assay.core.evidence import Evidence, column

EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]


class Video(Evidence, frozen=True, kw_only=True, tag="video"):
    """One film. `lent` is the name under which a reader of this machine lends it; from outside none can be made up."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "device": "device", "ip": "ip", "video": "digest",
    }  # fmt: skip

    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES, description="the file; base64 in JSON")] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    lent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    customer: EntityId | None = None
    account: EntityId | None = None
    device: EntityId | None = None
    ip: EntityId | None = None
    digest: EntityId | None = None  # SHA-256 of the file, hexadecimal; filled in where absent

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.content and self.digest is None:
            msgspec.structs.force_setattr(self, "digest", hashlib.sha256(self.content).hexdigest())

    def exhibits(self) -> Sequence[Enclosed]:
        """The file itself; one that was lent stays where it is."""
        from assay.kinds.videos.media import media_of

        if not self.content:
            return ()
        return (Enclosed(name=self.name, media=media_of(self.content[:65_536]), content=self.content),)

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

    @classmethod
    def from_columns(cls, id_: str, time: Any, row: dict[str, Any]) -> Evidence:
        """What a record holds of it; the content is not there."""
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k not in ("bytes", "media")})
