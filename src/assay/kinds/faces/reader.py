"""Faces come out of other evidence: rooms of pictures cut them out and hand them on by their media type. A file is never
claimed by itself, since a photograph is an image first; who means a face posts it as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.core.evidence import Evidence
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.faces.evidence import Face

MEDIA = "image/png; face"  # as in assay.vision.face, which is dear to import


class FaceCrop:
    """Sure of what is handed on as a face, and of nothing else."""

    name = "faces.crop"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """One face: the file's name without folder is its id, its time of change is its time."""
        content = read_whole(path, MAX_BYTES)
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = plain_file_name(path, "face", 120)
        yield Batch.of([Face(id=name, time=when, name=name, content=content)])

    def claims(self, enclosed: Enclosed) -> float:
        return 0.99 if enclosed.media == MEDIA else 0.0

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared = {k: getattr(whole, k, None) for k in ("customer", "account", "device", "ip")}
        return Face(id=id_, time=whole.time, name=enclosed.name, content=enclosed.content, **shared)
