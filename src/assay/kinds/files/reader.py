"""Files whose structure is looked at: fonts, JBIG2, WebP, DNG. Rooms that read what a file says come first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.core.evidence import Evidence
from assay.core.kind import RowError
from assay.formats.dng import is_tiff
from assay.formats.jbig2 import is_jbig2
from assay.formats.truetype import is_truetype
from assay.formats.webp import is_webp
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.files.evidence import File

STRUCTURE = "application/x-structure"  # the media type by which a room asks for a look at the bytes themselves


class StructuredFile:
    """Sure of fonts and JBIG2, which no other room reads; of pictures less sure than the rooms that look at them."""

    name = "files.structure"

    def sniff(self, head: bytes, path: Path) -> float:
        return _sureness(head)

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        content = read_whole(path, MAX_BYTES)
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = plain_file_name(path, "file", 120)
        yield Batch.of([File(id=name, time=when, name=name, content=content)])

    def claims(self, enclosed: Enclosed) -> float:
        return 0.99 if enclosed.media == STRUCTURE else _sureness(enclosed.content[:64])

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared = {k: getattr(whole, k, None) for k in ("customer", "device")}
        return File(id=id_, time=whole.time, name=enclosed.name, content=enclosed.content, **shared)


def _sureness(head: bytes) -> float:
    if is_truetype(head) or is_jbig2(head):
        return 0.8
    return 0.3 if is_webp(head) or is_tiff(head) else 0.0


__all__ = ["STRUCTURE", "StructuredFile"]
