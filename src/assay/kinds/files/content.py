"""`files.content`: whether anybody here knows what the bytes are, whether all of them were looked at, and a name that tells
another story than they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings
from assay.core.profile import Profile
from assay.kinds.files.disguise import disguises
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import UNSURE, Note, noted


class Content:
    """Whether anybody here knows what the bytes are, and whether all of them were looked at."""

    name = "files.content"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return noted(self, batch, _content)


def _content(file: File) -> Iterator[Note]:
    opened = file.opened
    yield from disguises(file, opened)
    if file.cut:
        yield Note("files.cut", UNSURE, {"size": file.size, "looked": len(file.content)})
    if file.content and not opened.type and not opened.of_a_picture:
        yield Note("files.unknown", UNSURE, {"size": len(file.content)})


__all__ = ["Content"]
