"""nfdump's own binary files as rows: each direction is a record, and the two are put together where both are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.nfcapd import is_nfcapd, records
from assay.formats.whole import plain_file_name
from assay.kinds.networks.reading.lines import LATEST
from assay.kinds.networks.reading.rows import NAN, FlowRow, Row, batches
from assay.kinds.networks.reading.tables import PROTOCOLS, Directions, letters, state_of

_ICMP = (1, 58)  # whose type and code stand where others have ports


class NfcapdFile:
    name = "networks.nfcapd"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.97 if is_nfcapd(head) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(rows(path, reject), plain_file_name(path, "nfcapd"))


def rows(path: Path, reject: Callable[[RowError], None]) -> Iterator[Row]:
    """Flows in the file's order; of a conversation both directions together, when the second is met."""
    pairs = Directions()
    with path.open("rb") as file:
        for one in records(file, lambda block, why: reject(RowError(block, f"block {block} is broken: {why}"))):
            if not 0 <= one.first < LATEST * 1_000_000:
                reject(RowError(0, f"{one.first} is no time"))
                continue
            protocol = PROTOCOLS.get(str(one.protocol), str(one.protocol))
            source_port, port = (0, 0) if one.protocol in _ICMP else (one.source_port, one.port)
            flags = letters(one.flags)
            row = FlowRow(
                one.first, one.source, one.destination, float(port), protocol, "", max(0, one.last - one.first) / 1e6,
                float(one.bytes), NAN, state_of(protocol, flags, False),
            )  # fmt: skip
            if one.back:
                yield row._replace(received=float(one.back), state="open")
            else:
                yield from pairs.add(row, float(source_port), flags)
    yield from pairs.rest()


__all__ = ["NfcapdFile", "rows"]
