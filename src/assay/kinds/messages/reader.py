"""Files of messages: an e-mail (.eml), a text, a list of links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import RowError


class MessageFile:
    """Knows an e-mail by its header fields."""

    name = "messages.file"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from ()
