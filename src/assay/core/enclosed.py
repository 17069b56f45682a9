"""Files of evidence. `Handed` is evidence that is itself a file. `Enclosed` is a thing found inside evidence (an attachment, a
file in an archive, the link in a QR code) before any room has claimed it; `parts_of` asks the rooms, so that a message can
carry a document and neither room knows of the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.evidence import EntityId, Evidence, column

MAX_BYTES = 64 << 20
MAX_NUMBER = 1000  # things inside one thing
_ID = 100  # characters of the whole's id that a part's id begins with


class Enclosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`name` as the whole calls it, `media` its media type where known, and the bytes."""

    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    media: Annotated[str, msgspec.Meta(max_length=127)] = ""
    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES)]


class Handed(Evidence, frozen=True, kw_only=True):
    """A file that somebody handed in, and who. The content is never a column: what is recorded is the name, the size, the
    media type by content and the digest. Rooms subclass it."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"customer": "customer", "account": "account", "device": "device", "ip": "ip"}

    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES, description="the file; base64 in JSON")] = b""
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

    @classmethod
    def media_of(cls, content: bytes) -> str:
        """The media type by content; "" for what the room does not read."""
        raise NotImplementedError

    def exhibits(self) -> Sequence[Enclosed]:
        """The file itself."""
        if not self.content:
            return ()
        return (Enclosed(name=self.name, media=self.media_of(self.content), content=self.content),)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, with `bytes` (the size) and `media` (by content)."""
        columns = super().to_columns(items)
        columns["bytes"] = np.array([len(item.content) for item in items], np.float64)
        columns["media"] = column([cls.media_of(item.content) for item in items], numeric=False)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: Any, row: dict[str, Any]) -> Evidence:
        """What a record holds of it; the content is not there."""
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k not in ("bytes", "media")})


class Exhibit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file kept beside the record, encrypted under the name `token`. What a decision says of it; the bytes are not here."""

    token: str
    name: str = ""
    media: str = ""
    bytes: int = 0


class Unread(Evidence, frozen=True, kw_only=True, tag="unread"):
    """A part that nobody here can examine: no installed room reads it, or its reader failed. Nothing is known of it, and
    that is said of the whole; it never counts as genuine."""

    name: str = ""
    media: str = ""
    bytes: int = 0


def parts_of(enclosed: Iterable[Enclosed], whole: Evidence) -> tuple[Evidence, ...]:
    """Each enclosed thing as evidence of the room that is surest of it, or as `Unread` where none is.

    A part's id is the whole's id, `/` and its number; it takes over the whole's time and whatever entities both have.
    At most `MAX_NUMBER` + 1 are made: one too many is enough to see that there are too many.
    """
    return tuple(_part(one, whole, f"{whole.id[:_ID]}/{i}") for i, one in enumerate(islice(enclosed, MAX_NUMBER + 1)))


def _part(one: Enclosed, whole: Evidence, id_: str) -> Evidence:
    from assay.core.kind import claim

    try:
        reader = claim(one)
        if reader is not None:
            return reader.enclosed(one, whole, id_)
    except Exception:  # noqa: S110 - a room that fails on one attachment must not take the message with it
        pass
    return Unread(id=id_, time=whole.time, name=one.name, media=one.media, bytes=len(one.content))
