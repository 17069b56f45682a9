"""Files of photographs: JPEG, PNG, WebP, AVIF, HEIC, and stills of GIF, TIFF and BMP. One file is one picture; what looks like a
paper is left to the room of documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.core.evidence import Evidence
from assay.core.kind import RowError
from assay.formats.picture_notes import picture_media
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.images.evidence import Image

PICTURE, PAPER = 0.6, 0.3  # how sure of a photograph, and of a picture of a paper; documents say .5 of any
MAX_SNIFFED = 24 << 20  # bytes of a file that are read to see whether it shows a paper


class ImageFile:
    """Sure of what is no paper."""

    name = "images.file"

    def sniff(self, head: bytes, path: Path) -> float:
        if not picture_media(head):
            return 0.0
        try:
            return _sureness(read_whole(path, MAX_SNIFFED))
        except Exception:  # too large to be looked at twice, or gone: a photograph, until it is opened
            return PICTURE

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """One picture: the file's name without folder is its id, its time of change is its time."""
        content = read_whole(path, MAX_BYTES)
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = plain_file_name(path, "image", 120)
        yield Batch.of([Image(id=name, time=when, name=name, content=content)])

    def claims(self, enclosed: Enclosed) -> float:
        return _sureness(enclosed.content)

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared: dict[str, Any] = {k: getattr(whole, k, None) for k in ("customer", "account", "device", "ip")}
        return Image(id=id_, time=whole.time, name=enclosed.name, content=enclosed.content, **shared)


def _sureness(content: bytes) -> float:
    from assay.vision.paper import looks_like_paper

    if not picture_media(content[:1024]):
        return 0.0
    return PAPER if looks_like_paper(content) else PICTURE
