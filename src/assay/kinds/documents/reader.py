"""Files of documents: PDF, and pictures of papers. One file is one document."""

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
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.media import PDF, media_of


class DocumentFile:
    """Sure of a PDF; of a picture half, since other rooms look at pictures too."""

    name = "documents.file"

    def sniff(self, head: bytes, path: Path) -> float:
        return _sureness(head)

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """One document: the file's name without folder is its id, its time of change is its time."""
        content = read_whole(path, MAX_BYTES)
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = plain_file_name(path, "document", 120)
        yield Batch.of([Document(id=name, time=when, name=name, content=content)])

    def claims(self, enclosed: Enclosed) -> float:
        return _sureness(enclosed.content)

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared = {k: getattr(whole, k, None) for k in ("customer", "account", "device", "ip")}
        return Document(id=id_, time=whole.time, name=enclosed.name, content=enclosed.content, **shared)


def _sureness(content: bytes) -> float:
    media = media_of(content)
    return 0.9 if media == PDF else 0.5 if media else 0.0
