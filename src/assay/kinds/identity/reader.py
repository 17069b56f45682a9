"""Files of identity checks: the bundle that is kept beside a decision, or that an integrator wrote (see `bundle.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.whole import read_whole

_MOST = 96 << 20
_TABLE = b"identity-check.json"
_KIND = re.compile(rb'"kind"\s*:\s*"identity-check"')


class IdentityFile:
    """Sure of a zip that begins with the table, and of JSON that says so."""

    name = "identity.file"

    def sniff(self, head: bytes, path: Path) -> float:
        if head[:2] == b"PK":
            return 0.98 if head[30 : 30 + len(_TABLE)] == _TABLE else 0.9 if _TABLE in head else 0.0
        return 0.95 if head.lstrip()[:1] == b"{" and _KIND.search(head) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """One check, with the id and time that it names itself."""
        from assay.kinds.identity.bundle import unpacked

        yield Batch.of([unpacked(read_whole(path, _MOST))])
