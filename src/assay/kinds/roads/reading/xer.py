"""Basic safety messages in XML (J2735 in XML encoding rules): the core of each, wherever it stands in the file.

The file is searched, not parsed as a document: no entity is resolved, nothing nests, and a file that is cut off gives what it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.reading.heard import Entry, batches
from assay.kinds.roads.wire.heard import Heard

MOST = 256 << 20
_CORE = re.compile(rb"<coreData>(.{40,4000}?)</coreData>", re.DOTALL)
_BLANK = re.compile(rb"\s+")
_FIELDS = {
    name: re.compile(rb"<" + name.encode() + rb">([0-9A-Fa-f-]{1,16})</" + name.encode() + rb">")
    for name in ("msgCnt", "id", "secMark", "semiMajor", "speed", "heading", "width", "length")
}
_PLACE = re.compile(rb"<lat>(-?\d{1,10})</lat><long>(-?\d{1,10})</long>")
_PULL = re.compile(rb"<accelSet><long>(-?\d{1,5})</long>")
Reject = Callable[[RowError], None]


class XmlMessages:
    """Told by a basic safety message's core in its first bytes."""

    name = "roads.xml"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.95 if b"<BasicSafetyMessage>" in head and b"<coreData>" in head else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Reject) -> Iterator[Batch[RoadMessage]]:
        yield from batches(_entries(read_whole(path, MOST), reject), plain_file_name(path, "road"))


def _entries(content: bytes, reject: Reject) -> Iterator[Entry]:
    for number, match in enumerate(_CORE.finditer(content), 1):
        core = _BLANK.sub(b"", match[1])
        told = {name: found[1].decode() for name, field in _FIELDS.items() if (found := field.search(core))}
        place, pull = _PLACE.search(core), _PULL.search(core)
        try:
            speed, heading, major = int(told["speed"]), int(told["heading"]), int(told.get("semiMajor", "255"))
            mark, forward = int(told.get("secMark", "65535")), int(pull[1]) if pull else 2001
            latitude, longitude = (int(place[1]) / 1e7, int(place[2]) / 1e7) if place else (None, None)
            heard = Heard(
                "bsm", told["id"].lower(), latitude, longitude, None if speed == 8191 else speed * 0.02,
                None if heading == 28_800 else heading * 0.0125, None if forward == 2001 else forward * 0.01,
                None if major == 255 else major * 0.05, int(told.get("length", "0")) * 0.01 or None,
                int(told.get("width", "0")) * 0.01 or None, None, int(told.get("msgCnt", "0")), None,
                mark if mark < 60_000 else None,
            )  # fmt: skip
        except (KeyError, ValueError) as error:
            reject(
                RowError(
                    number,
                    f"a field of the core is missing or no number: {error}",
                    core[:200].decode("ascii", "replace"),
                )
            )
            continue
        yield Entry(heard, number)


__all__ = ["XmlMessages"]
