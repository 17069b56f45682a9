"""Any file at all, as a `File`: sure of fonts and JBIG2, which no other room reads; of programs, scripts, office files and
archives less than a room that knows what they hold; and hardly of anything else, so that rules and lists are run over what
nobody else takes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.core.errors import UnreadableInput
from assay.core.evidence import Evidence
from assay.core.kind import RowError
from assay.formats.dng import is_tiff
from assay.formats.filetype import FileType, extension, type_of
from assay.formats.jbig2 import is_jbig2
from assay.formats.truetype import is_truetype
from assay.formats.webp import is_webp
from assay.formats.whole import plain_file_name
from assay.kinds.files.evidence import File
from assay.kinds.files.passwords import passwords_in
from assay.kinds.files.scripts.pages import makes_files

STRUCTURE = "application/x-structure"  # the media type by which a room asks for a look at the bytes themselves
MOST_HASHED = 2 << 30  # bytes of a file whose digest is made
_BLOCK = 1 << 20
_KNOWN, _ANY = 0.25, 0.01
_FAMILIES = {
    "program": _KNOWN, "office": _KNOWN, "archive": _KNOWN, "image": _KNOWN, "shortcut": _KNOWN, "mail": _KNOWN,
    "script": 0.2,
    "text": 0.05, "web": 0.05,
}  # fmt: skip


class AnyFile:
    """Looks at content first; the name decides only what a text is."""

    name = "files.any"

    def sniff(self, head: bytes, path: Path) -> float:
        return _sureness(head, path.name) if head else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """One file; of one that is longer than 64 MiB the beginning and the digest. Raises `UnreadableInput` where it is
        another when it has been read than it was before."""
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            content = file.read(MAX_BYTES)
            digest = hashlib.sha256(content) if before.st_size <= MOST_HASHED else None
            while digest is not None and (more := file.read(_BLOCK)):
                digest.update(more)
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise UnreadableInput("the file changed while it was read", where=str(path))
        size = max(before.st_size, len(content))
        when = datetime.fromtimestamp(max(0.0, before.st_mtime), UTC)
        name = plain_file_name(path, "file", 120)
        yield Batch.of([
            File(
                id=name, time=when, name=path.name[-255:], path=str(path)[-4096:], content=content, size=size,
                internet=_marked(path), digest=digest.hexdigest() if digest is not None else None,
            )
        ])  # fmt: skip

    def claims(self, enclosed: Enclosed) -> float:
        if enclosed.media == STRUCTURE:
            return 0.99
        return _sureness(enclosed.content, enclosed.name) if enclosed.content else 0.0

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared: dict[str, Any] = {k: getattr(whole, k, None) for k in ("customer", "device", "host", "user")}
        inside = (_came_in(whole) if isinstance(whole, File) else whole.tag())[:64]
        words = whole.passwords if isinstance(whole, File) else ()
        words = words or passwords_in("\n".join(str(getattr(whole, name, "")) for name in ("subject", "text", "shown")))
        return File(
            id=id_,
            time=whole.time,
            name=enclosed.name,
            content=enclosed.content,
            inside=inside,
            passwords=words,
            **shared,
        )


def _came_in(whole: File) -> str:
    """What a file in a file came with: what that came with, or that itself where it is mail."""
    return whole.inside or ("message" if whole.opened.type.family == "mail" else "")


def _sureness(head: bytes, name: str) -> float:
    if is_truetype(head) or is_jbig2(head):
        return 0.8
    if is_webp(head) or is_tiff(head):
        return 0.3
    found: FileType = type_of(head, name)
    if found.name == "hta" or extension(name) == "hta" or (found.name == "html" and makes_files(head)):
        return 0.75  # a page that is a program
    sure = _FAMILIES.get(found.family, _ANY)
    if sure == _KNOWN and b"%PDF-" in head[:1024]:
        return 0.95  # a PDF may begin a little late, so that other rooms take this for one: it is what it begins as
    return sure


def _marked(path: Path) -> bool | None:
    """Does it carry the mark of the web: a stream on Windows, which copies keep as a file beside it, or an attribute?"""
    with suppress(OSError), Path(f"{path}:Zone.Identifier").open("rb") as beside:
        return b"ZoneId=3" in beside.read(4096) or None
    with suppress(OSError, AttributeError):
        return "user.xdg.origin.url" in os.listxattr(path) or None
    return None


__all__ = ["STRUCTURE", "AnyFile"]
