"""`File`: a file as it came, from anywhere: an attachment, a folder, a backup."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.enclosed import MAX_BYTES, Enclosed, parts_of
from assay.core.evidence import EntityId, Evidence, column

if TYPE_CHECKING:
    from assay.kinds.files.opened import Opened


class File(Evidence, frozen=True, kw_only=True, tag="file"):
    """The content is never a column: what is recorded is the name, the type, the size and the digest.

    `content` holds at most 64 MiB; of a longer file its beginning, and `size` says how long it is. `inside`: the kind of
    evidence that it came with, such as "message"; what lay in an archive came with what the archive came with. `passwords`: what
    is called one there, tried on what is locked and never recorded.
    """

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "device": "device", "host": "host", "user": "user", "file": "digest",
    }  # fmt: skip

    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES, description="the file; base64 in JSON")] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    path: Annotated[str, msgspec.Meta(max_length=4096, description="where it lay; asked by rules, never recorded")] = ""
    size: Annotated[int, msgspec.Meta(ge=0, le=1 << 60)] | None = None  # bytes; filled in where absent
    internet: bool | None = None  # it carries the mark of what was downloaded or mailed
    inside: Annotated[str, msgspec.Meta(max_length=64)] = ""
    passwords: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=128)], ...], msgspec.Meta(max_length=40)] = ()
    customer: EntityId | None = None
    device: EntityId | None = None
    host: EntityId | None = None
    user: EntityId | None = None
    digest: EntityId | None = None  # SHA-256 of the whole file, hexadecimal; made of the content where that is whole

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.content and (self.size is None or self.size <= len(self.content)):
            msgspec.structs.force_setattr(self, "size", len(self.content))
            msgspec.structs.force_setattr(self, "digest", hashlib.sha256(self.content).hexdigest())

    @property
    def cut(self) -> bool:
        """Is there more of it than is here?"""
        return self.size is not None and self.size > len(self.content)

    @property
    def opened(self) -> Opened:
        """The file opened: the same one for every detector."""
        from assay.kinds.files.opened import open_file

        return open_file(self.content, self.name, self.passwords)

    def exhibits(self) -> Sequence[Enclosed]:
        """The file itself."""
        return (Enclosed(name=self.name, content=self.content),) if self.content else ()

    def parts(self) -> Sequence[Evidence]:
        """Members of an archive or disk image; what an office file carries: macros, embedded files."""
        return parts_of(self.opened.enclosed, self) if self.content else ()

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """Name, type and family by content, size in bytes, digest, entities."""
        types = [item.opened.type if item.content else None for item in items]
        columns = {
            name: column([getattr(item, name) or None for item in items], numeric=False)
            for name in ("name", "inside", "customer", "device", "host", "user", "digest")
        }
        columns["type"] = column([t.name or None if t else None for t in types], numeric=False)
        columns["family"] = column([t.family or None if t else None for t in types], numeric=False)
        columns["size"] = column([item.size for item in items], numeric=True)
        columns["internet"] = column([item.internet for item in items], numeric=True)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: Any, row: dict[str, Any]) -> Evidence:
        """What a record holds of it: no content."""
        known = {k: v for k, v in row.items() if k in cls.__struct_fields__ and v is not None and v == v}
        if "internet" in known:
            known["internet"] = bool(known["internet"])
        return super().from_columns(id_, time, known)


__all__ = ["File"]
