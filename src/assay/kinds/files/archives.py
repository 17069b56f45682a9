"""`files.archive`: what is wrong with an archive or disk image itself; its members are examined as parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.formats.archive import Walk
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import UNSURE, Note, noted

_FAULTS = {  # what -> code, severity, severity where it is grave, techniques
    "overlap": ("files.archive-overlap", Severity.HIGH, Severity.HIGH, ("T1499.004",)),
    "bomb": ("files.archive-bomb", Severity.LOW, Severity.LOW, ("T1499.004",)),
    "outside": ("files.archive-outside", Severity.MEDIUM, Severity.HIGH, ("T1574",)),
    "through-link": ("files.archive-through-link", Severity.HIGH, Severity.HIGH, ("T1574",)),
    "second": ("files.archive-second", Severity.MEDIUM, Severity.MEDIUM, ("T1027",)),
    "same-name": ("files.archive-same-name", Severity.HIGH, Severity.HIGH, ("T1203", "T1036.006")),
    "two-names": ("files.archive-two-names", Severity.MEDIUM, Severity.MEDIUM, ("T1036",)),
}


class Archives:
    """Says nothing of an archive that was unpacked whole and holds together."""

    name = "files.archive"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return noted(self, batch, _notes)


def _notes(file: File) -> Iterator[Note]:
    opened = file.opened
    walk = opened.archive
    if walk is not None:
        yield from _walked(walk, file, len(opened.content))
    elif opened.behind is not None:
        told = ", ".join(member.name for member in opened.behind.members[:5])
        yield Note("files.carried-archive", Severity.MEDIUM, {"what": told}, techniques=("T1027.009", "T1036.008"))
    elif opened.type.family in ("archive", "image"):
        yield Note("files.archive-unread", UNSURE, {"what": opened.type.name})
    if opened.type.family == "image" and file.inside == "message":
        yield Note("files.mailed-image", Severity.MEDIUM, {"what": opened.type.name}, techniques=("T1553.005",))


def _walked(walk: Walk, file: File, size: int) -> Iterator[Note]:
    for fault in walk.faults:
        code, plain, grave, techniques = _FAULTS[fault.what]
        yield Note(code, grave if fault.grave else plain, {"what": fault.told}, ((fault.at, 4),), techniques)
    if walk.opened:
        yield Note("files.archive-unlocked", Severity.LOW, {"count": walk.count}, techniques=("T1027.013",))
    if walk.locked or walk.sealed:
        told = ", ".join(walk.locked) or "the very list of them"
        # A password keeps gateways out as well as strangers; in a message it is worth a look.
        mailed = file.inside == "message"
        yield Note(
            "files.archive-encrypted", Severity.LOW if mailed else UNSURE, {"count": len(walk.locked) or 1, "what": told},
            techniques=("T1027.013",) if mailed else (),
        )  # fmt: skip
    broken = next(
        (f"{m.name}: {m.problem}" for m in walk.members if m.problem.startswith(("damaged", "its local"))), ""
    )
    if walk.problem.startswith("it is damaged") or broken:
        yield Note("files.archive-damaged", UNSURE, {"what": walk.problem or broken})
    elif walk.left or walk.problem:
        told = walk.problem or next((m.problem for m in walk.members if m.problem), "too many, or too large")
        yield Note("files.archive-left", UNSURE, {"count": walk.left, "what": told})


__all__ = ["Archives"]
