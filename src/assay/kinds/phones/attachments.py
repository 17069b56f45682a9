"""Files that messages brought: which of them are of a kind that was made before to break the programs that read them, and which
are not what their name says (FORCEDENTRY's `.gif` was a PDF)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from assay.core.enclosed import Enclosed
from assay.formats.dng import is_tiff
from assay.formats.jbig2 import is_jbig2
from assay.formats.passkit import is_pass
from assay.formats.truetype import is_truetype
from assay.formats.webp import is_webp
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.keybag import Locked
from assay.kinds.phones.backup.manifest import Backup, Row
from assay.kinds.phones.backup.store import TooLarge
from assay.kinds.phones.gathering import Content, bytes_of

MAX_FILES, MAX_BYTES, MAX_TOTAL = 400, 16 << 20, 64 << 20
MAX_PLACE = 256 << 20  # bytes out of one place that may have to be held or deciphered
BROUGHT = {"MediaDomain": "Library/SMS/Attachments/", "AppDomainGroup-group.net.whatsapp.WhatsApp.shared": "Message/Media/",
           "AppDomainGroup-group.net.whatsapp.WhatsAppSMB.shared": "Message/Media/"}  # fmt: skip
"""Where a backup keeps what messages brought: domain and folder."""
_PICTURES = (".gif", ".png", ".jpg", ".jpeg", ".heic", ".webp", ".bmp", ".tiff", ".psd")
_HEAD = 64


class Attached(NamedTuple):
    """`media` what it is, empty where it is nothing that we look at; `lies` where its name says that it is a picture of
    another kind; `enclosed` its bytes, to be looked at by the room that knows them."""

    row: Row
    media: str
    lies: bool
    enclosed: Enclosed | None


def newest(rows: Iterable[Row]) -> list[Row]:
    """The newest `MAX_FILES` of each place, newest first, that together take no more than `MAX_PLACE` bytes: one busy messenger does not
    push out the others, and a film, which takes an eighth at most of what is left, not the pictures after it."""
    found: list[Row] = []
    count, taken = Counter[str](), Counter[str]()
    for row in sorted(rows, key=lambda r: -r.modified):
        place = row.domain
        if count[place] < MAX_FILES and row.size <= min(MAX_BYTES, (MAX_PLACE - taken[place]) // 8):
            count[place] += 1
            taken[place] += row.size
            found.append(row)
    return found


def attached(backup: Backup, rows: Iterable[Row]) -> Iterator[Attached]:
    """Each attachment that could be looked at, bounded in size; the rest is left out."""
    room, held = MAX_TOTAL, 0
    for row in rows:
        try:
            content = backup.payload(row)
            if content is None:
                continue
            held += len(content) if isinstance(content, bytes) else 0
            if held > len(BROUGHT) * MAX_PLACE:  # the list of files said less
                return
            head = _head(content)
            media = media_of(head)
            if not media and not head.startswith(b"PK"):
                yield Attached(row, "", False, None)
                continue
            data = bytes_of(content, min(room, MAX_BYTES))
        except (Broken, Locked, TooLarge, OSError):
            continue
        media = media or ("pass" if is_pass(data) else "")
        name = row.path.rpartition("/")[2]
        lies = media in ("pdf", "font", "jbig2") and name.lower().endswith(_PICTURES)
        enclosed = None
        if lies or media not in ("", "pdf"):
            room -= len(data)
            enclosed = Enclosed(
                name=name[-120:], media="" if media == "pdf" else "application/x-structure", content=data
            )
        yield Attached(row, media, lies, enclosed)


def media_of(head: bytes) -> str:
    if head.lstrip().startswith(b"%PDF-"):
        return "pdf"
    if is_truetype(head):
        return "font"
    return "jbig2" if is_jbig2(head) else "webp" if is_webp(head) else "tiff" if is_tiff(head) else ""


def _head(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content[:_HEAD]
    with content.open("rb") as file:
        return file.read(_HEAD)


__all__ = ["BROUGHT", "Attached", "attached", "media_of", "newest"]
