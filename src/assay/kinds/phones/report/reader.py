"""A signed report's JSON file as a `PhoneReport`, for `assay check`: it names no device for which it is shown, so what it can be
checked for is its signature, its signer and its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.phones.report.evidence import PhoneReport
from assay.kinds.phones.report.statement import MOST_BYTES, open_envelope

_HEAD = b'{"signature":{"algorithm":"Ed25519"'


class SignedReport:
    """Sure of the envelope's beginning, which is always the same, where the statement's type stands in it too."""

    name = "phones.report"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.95 if head.startswith(_HEAD) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        content = read_whole(path, MOST_BYTES)
        statement = open_envelope(content, {}).statement
        about: dict[str, str] = {}
        if statement is not None:
            named = {"device": statement.subject.device, "customer": statement.subject.customer}
            about = {name: id_ for name, id_ in named.items() if id_}
        now = datetime.now(UTC)
        yield Batch.of([PhoneReport(id=plain_file_name(path, "report", 120), time=now, content=content, **about)])


__all__ = ["SignedReport"]
