"""`Document`: a paper somebody handed in, as the file it came in (PDF or picture). The file itself is never a column: what
is recorded is its name, size, media type and digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from assay.core.enclosed import Enclosed, Handed, parts_of
from assay.core.evidence import Evidence, Name

Claim = Literal["statement", "payslip", "invoice", "receipt", "identity", "certificate", "contract", "other"]


class Document(Handed, frozen=True, kw_only=True, tag="document"):
    """One document. `claimed` and `issuer` are what the one who hands it in says it is; nothing is believed of them."""

    ENTITIES: ClassVar[dict[str, str]] = {**Handed.ENTITIES, "document": "digest"}

    claimed: Claim | None = None
    issuer: Name | None = None
    holder: Name | None = None  # whose paper it is said to be

    @classmethod
    def media_of(cls, content: bytes) -> str:
        from assay.kinds.documents.media import media_of

        return media_of(content)

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


def _structure(name: str, content: bytes) -> Enclosed:
    """Bytes whose structure is to be looked at, by the room that does so."""
    return Enclosed(name=name, media="application/x-structure", content=content)
