"""`files.office`: what an office file does when it is opened that its reader did not ask for. Its macros are examined as a part, by
`files.script`; here is what the file itself does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.files.abroad import outside
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import UNSURE, Note, noted
from assay.kinds.files.office.excel4 import GRAVE
from assay.kinds.files.office.opened import Link, Office
from assay.kinds.files.opened import open_file

_STARTS = re.compile(
    r"\b(cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|certutil|bitsadmin|msiexec|schtasks)\b", re.I
)
_PARSED_BY_HANDLER = re.compile(
    r"^\s*(mhtml|ms-msdt|search-ms|script|its|mk|ms-its)\s*:|!x-usc:|\.html?!\s*$", re.IGNORECASE
)


class OfficeFiles:
    """Word, Excel, PowerPoint, RTF and OneNote files."""

    name = "files.office"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return noted(self, batch, _notes)


def _notes(file: File) -> Iterator[Note]:
    office = file.opened.office
    if office is None:
        return
    for link in office.links[:20]:
        yield from _fetched(link, office)
    for command in office.dde[:5]:
        grave = _STARTS.search(command) is not None
        yield Note("files.dde", Severity.HIGH if grave else Severity.MEDIUM, {"what": command}, (), ("T1559.002",))
    for at in office.fonts[:1]:
        yield Note("files.equation-overflow", Severity.HIGH, {"known": "CVE-2017-11882"}, ((at, 8),), ("T1203",))
    yield from _sheets(office)
    if office.hollow:
        yield Note("files.macros-stomped", Severity.MEDIUM, {"what": " ".join(office.hollow[:5])}, (), ("T1564.007",))
    elif office.unseen and office.macros:
        yield Note("files.macros-unseen", Severity.LOW, {"what": " ".join(office.unseen[:8])}, (), ("T1564.007",))
    if office.strewn is not None and office.objects:
        yield Note("files.rtf-strewn", Severity.MEDIUM, {"what": " ".join(filter(None, office.objects))[:80] or "?"}, ((office.strewn, 8),), ("T1027",))  # fmt: skip
    yield from _put_inside(office)
    if office.encrypted:
        yield Note("files.office-encrypted", UNSURE, {"what": office.form})
    elif office.problem:
        yield Note("files.office-unread", UNSURE, {"what": office.problem})


def _fetched(link: Link, office: Office) -> Iterator[Note]:
    """What is brought in from elsewhere. Folders of the same machine and shares of the same house are how offices work."""
    target = link.target.strip()
    where = ((link.at, 8),) if link.at else ()
    if _PARSED_BY_HANDLER.search(target):
        yield Note(
            "files.remote-handler", Severity.HIGH, {"target": target, "what": link.kind}, where, ("T1221", "T1203")
        )
        return
    if not outside(target):
        return
    if link.kind == "template":
        yield Note("files.remote-template", Severity.MEDIUM, {"target": target}, where, ("T1221",))
    elif link.kind == "object":
        # Word is told to fetch and show it at once, by the link that CVE-2017-0199 is made of.
        grave = office.form == "rtf" and office.updates
        yield Note(
            "files.remote-object", Severity.HIGH if grave else Severity.MEDIUM, {"target": target}, where, ("T1221",)
        )
    elif link.kind == "frame":
        yield Note("files.remote-object", Severity.MEDIUM, {"target": target}, where, ("T1221",))


def _sheets(office: Office) -> Iterator[Note]:
    if not office.sheets and not office.formulas:
        return
    hidden = any(flag for _, flag in office.sheets)
    grave = [name for name in office.formulas if name in GRAVE]
    names = ", ".join(name for name, _ in office.sheets[:3]) or "–"
    if grave and (office.starts or hidden):
        yield Note("files.excel4-runs", Severity.HIGH, {"what": " ".join(office.formulas), "sheet": names}, (), ("T1059.005", "T1137"))  # fmt: skip
    elif grave:
        yield Note("files.excel4-runs", Severity.MEDIUM, {"what": " ".join(office.formulas), "sheet": names}, (), ("T1059.005",))  # fmt: skip
    elif office.sheets and (hidden or office.starts):
        yield Note("files.excel4-hidden", Severity.LOW, {"sheet": names}, (), ("T1564",))


def _put_inside(office: Office) -> Iterator[Note]:
    """Files in it that run."""
    for package in office.packages[:50]:
        kind = open_file(package.content, package.name).type
        if kind.name in (
            "pe",
            "elf",
            "macho",
            "lnk",
            "msi",
            "hta",
            "powershell",
            "vbscript",
            "batch",
            "wsf",
            "jar",
        ) or (kind.name == "javascript" and package.name.lower().endswith((".js", ".jse"))):
            values = {"name": package.name, "is": kind.name}
            yield Note("files.embedded-program", Severity.MEDIUM, values, (), ("T1566.001", "T1204.002"))
            return


__all__ = ["OfficeFiles"]
