"""Files of films: MP4, MOV, WebM, Matroska, AVI, and GIF and WebP that move. One file is one film, and is not loaded whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.evidence import Evidence
from assay.core.kind import RowError
from assay.formats.lent import lent
from assay.formats.whole import plain_file_name
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.media import DRAWN, media_of

_STEP = 8 << 20
_HEAD = 65_536


class VideoFile:
    """Sure of films; of pictures that move a little less."""

    name = "videos.file"

    def sniff(self, head: bytes, path: Path) -> float:
        return _sureness(head)

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """One film: the file's name without folder is its id, its time of change is its time. The film stays on its disk,
        and is lent until the next batch is asked for."""
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = plain_file_name(path, "video", 120)
        with lent(path) as ticket:
            yield Batch.of([Video(id=name, time=when, name=name, lent=ticket, digest=_digest(path))])

    def claims(self, enclosed: Enclosed) -> float:
        return _sureness(enclosed.content[:_HEAD])

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared: dict[str, Any] = {k: getattr(whole, k, None) for k in ("customer", "account", "device", "ip")}
        return Video(id=id_, time=whole.time, name=enclosed.name, content=enclosed.content, **shared)


def _digest(path: Path) -> str:
    summed = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_STEP):
            summed.update(piece)
    return summed.hexdigest()


def _sureness(head: bytes) -> float:
    media = media_of(head)
    return 0.9 if media in DRAWN else 0.95 if media else 0.0


__all__ = ["VideoFile"]
