"""A report's PDF as paper that can be trusted: the signed statement is attached inside, and the whole file is signed once more behind
its end, where readers of PDF do not look. So a page that was altered, or a true statement under another page, does not pass.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from assay.core.errors import UnreadableInput
from assay.formats.signers import Signer
from assay.kinds.phones.report.statement import FILE_NAME

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MOST_BYTES = 8 << 20
_MARK = b"\n%assay-page-signature "
_PURPOSE = b"assay-page/1\0"
Pages = Literal["", "signed", "altered", "unknown"]
"""Of a statement without pages; signed by whom the statement is; not so; by nobody who is known here."""


def is_paper(content: bytes) -> bool:
    return content.lstrip()[:5] == b"%PDF-"


def seal(pdf: bytes, card: Signer, key: Ed25519PrivateKey) -> bytes:
    """The PDF with the signature over all of its bytes behind its end, where readers of PDF ignore it."""
    value = base64.b64encode(key.sign(_PURPOSE + hashlib.sha256(pdf).digest()))
    return pdf + _MARK + card.id.encode() + b" " + value + b"\n"


def sealed(content: bytes, card: Signer) -> Literal["signed", "altered"]:
    """Did this signer sign these very pages?"""
    from cryptography.exceptions import InvalidSignature

    pdf, mark, rest = content.rpartition(_MARK)
    try:
        id_, value = rest.split()
        if not mark or id_.decode() != card.id:
            return "altered"
        card.key().verify(base64.b64decode(value, validate=True), _PURPOSE + hashlib.sha256(pdf).digest())
    except (ValueError, InvalidSignature):
        return "altered"
    return "signed"


def pages_of(content: bytes, signer: str, believed: Mapping[str, Signer]) -> Pages:
    """What is to be held of the pages around a statement that `signer` signed."""
    if not is_paper(content):
        return ""
    card = believed.get(signer)
    return "unknown" if card is None else sealed(content, card)


def enclosed(content: bytes) -> bytes:
    """The statement's envelope: inside a PDF, or the content itself. Raises `UnreadableInput` where a PDF has none."""
    if not is_paper(content):
        return content
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as opened:
            found = opened.attachments[FILE_NAME].get_file().read_bytes()
    except (KeyError, pikepdf.PdfError, ValueError, RuntimeError, OSError) as error:
        raise UnreadableInput(f"the PDF holds no report: {type(error).__name__}") from None
    return bytes(found)


def attached(pdf: bytes, envelope: bytes) -> bytes:
    """The PDF with the envelope inside."""
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.attachments[FILE_NAME] = pikepdf.AttachedFileSpec(
            opened,
            envelope,
            description="The signed statement",
            filename=FILE_NAME,
            mime_type="application/json",
            creation_date="",
            mod_date="",
        )
        opened.save(out, deterministic_id=True, linearize=False)
    return out.getvalue()


__all__ = ["MOST_BYTES", "Pages", "attached", "enclosed", "is_paper", "pages_of", "seal", "sealed"]
