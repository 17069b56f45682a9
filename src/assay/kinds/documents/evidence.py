"""`Document`: a paper somebody handed in, as the file it came in (PDF or picture). The file itself is never a column: what
is recorded is its name, size, media type and digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.enclosed import MAX_BYTES, Enclosed, parts_of
from assay.core.evidence import Evidence, Name, column

EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]
Claim = Literal["statement", "payslip", "invoice", "receipt", "identity", "certificate", "contract", "other"]


class Document(Evidence, frozen=True, kw_only=True, tag="document"):
    """One document. `claimed` and `issuer` are what the one who hands it in says it is; nothing is believed of them."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "device": "device", "ip": "ip", "document": "digest",
    }  # fmt: skip

    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES, description="the file; base64 in JSON")] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    claimed: Claim | None = None
    issuer: Name | None = None
    holder: Name | None = None  # whose paper it is said to be
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
        from assay.kinds.documents.media import media_of

        if not self.content:
            return ()
        return (Enclosed(name=self.name, media=media_of(self.content), content=self.content),)

    def parts(self) -> Sequence[Evidence]:
        """The codes printed on its pages that a telephone would act on, the files a PDF carries, and those bytes (its own,
        its fonts, its JBIG2 pictures) that are of a kind made before to break readers."""
        from assay.kinds.documents.coded import enclosed_codes
        from assay.kinds.documents.media import PDF, media_of

        found = enclosed_codes(self.content) if self.content else []
        if media_of(self.content) == PDF:
            from assay.formats.pdf_streams import carried_streams
            from assay.kinds.documents.pdf.active import embedded_files

            found += embedded_files(self.content)
            found += [_structure(name, stream) for name, stream in carried_streams(self.content)]
        elif media_of(self.content) in ("image/webp", "image/tiff"):
            found.append(_structure(self.name, self.content))
        return parts_of(found, self)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, with `bytes` (the size) and `media` (by content)."""
        from assay.kinds.documents.media import media_of

        columns = super().to_columns(items)
        columns["bytes"] = np.array([len(item.content) for item in items], np.float64)
        columns["media"] = column([media_of(item.content) for item in items], numeric=False)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: Any, row: dict[str, Any]) -> Evidence:
        """What a record holds of it; the content is not there."""
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k not in ("bytes", "media")})


def _structure(name: str, content: bytes) -> Enclosed:
    """Bytes whose structure is to be looked at, by the room that does so."""
    return Enclosed(name=name, media="application/x-structure", content=content)
