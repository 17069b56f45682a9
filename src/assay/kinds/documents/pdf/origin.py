"""Who made a PDF and when, by its own word: the Info dictionary against the XMP packet, and the chain of programs.

All of it can be written by anybody, so agreement proves nothing and most contradictions are weak. The packet is read with
patterns, never parsed as XML: no entity is ever expanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from assay.core.cue import Cue, Force
from assay.formats.pdf_file import View
from assay.formats.pdf_syntax import text_of

_MAX_PACKET = 1 << 20
_APART = timedelta(hours=26)  # two programs may disagree on the zone by a day and a little
_SLACK = timedelta(days=2)
_PDF_DATE = re.compile(
    r"(?:D:)?\s*(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?\s*(?:([+\-Zz])(?:(\d{2})'?(?:(\d{2})'?)?)?)?"
)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+\-]\d{2}:\d{2})?)?)?")

# Programs that change finished papers, and systems that issue them. Names as they write them into files.
_EDITORS = re.compile(
    r"ilovepdf|smallpdf|\bsejda|pdfescape|pdffiller|dochub|pdf-?xchange|pdfelement|wondershare|\bnitro\b|soda ?pdf"
    r"|foxit (?:phantom|pdf editor|editor)|master pdf editor|\binfix\b|pdf ?candy|pdf2go|easepdf|\bxodo\b|lightpdf|hipdf"
    r"|pdfsimpli|pdf ?buddy|photoshop|adobe illustrator|\bgimp\b|inkscape|coreldraw|\bcanva\b|\baffinity\b|\bfigma\b"
    r"|pixelmator|photopea",
    re.IGNORECASE,
)
_PICTURE_EDITORS = re.compile(r"photoshop|\bgimp\b|\bcanva\b|affinity photo|pixelmator|photopea", re.IGNORECASE)
_ISSUERS = re.compile(
    r"\b(?:sap|oracle|jasperreports?|crystal reports|exstream|opentext|quadient|gmc software|streamserve|apache fop|birt"
    r"|compart|papyrus|docbridge|xenos|as/?400|ibm|actuate|windward|stimulsoft|devexpress|telerik|workday|datev|sage|adp"
    r"|kofax|hyland|xmpie|finacle|temenos|flexcube|statement engine)\b",
    re.IGNORECASE,
)


# Programs that people write letters with, and printers: what they made, people may go on changing.
_WRITERS = re.compile(
    r"word|excel|powerpoint|microsoft|libreoffice|openoffice|writer|\bcalc\b|pages|numbers|keynote|google|chrom|skia|mozilla"
    r"|firefox|safari|webkit|wkhtml|quartz|acrobat|pscript|distiller|indesign|quark|tex\b|ghostscript|cairo|cups|pdfcreator"
    r"|wps|scan|canon|epson|xerox|ricoh|konica|brother|kyocera|hp ",
    re.IGNORECASE,
)
_ISSUED = frozenset({"statement", "payslip", "invoice", "receipt", "certificate", "identity"})


@dataclass(frozen=True)
class Origin:
    """What a PDF says of its making; None or "" where it does not say."""

    created: datetime | None
    modified: datetime | None
    packet_created: datetime | None
    packet_modified: datetime | None
    creator: str
    producer: str
    tools: tuple[str, ...]  # of the packet: creator tool, producer, programs of the history


def origin_of(view: View) -> Origin:
    info = view.dictionary(view.trailer.get("Info"))
    packet = _packet(view)

    def say(key: str) -> str:
        return text_of(view.of(info.get(key)))[:200] if not view.file.encrypted else ""

    tools = [_element(packet, name) for name in ("xmp:CreatorTool", "pdf:Producer")]
    tools += re.findall(r"softwareAgent[=>]\s*\"?([^\"<]{1,200})", packet)[:50]
    return Origin(
        pdf_date(say("CreationDate")),
        pdf_date(say("ModDate")),
        iso_date(_element(packet, "xmp:CreateDate")),
        iso_date(_element(packet, "xmp:ModifyDate")),
        say("Creator"),
        say("Producer"),
        tuple(dict.fromkeys(tool for tool in tools if tool)),
    )


def origin_cues(view: View, received: datetime, claimed: str | None = None) -> list[Cue]:
    """Contradictions between what the file says of itself and what can be. `received`: when the paper came in; `claimed`:
    what it is said to be."""
    if view.revision < 0:
        return []
    one = origin_of(view)
    out: list[Cue] = []
    created, modified = one.created or one.packet_created, one.modified or one.packet_modified
    latest = max((d for d in (created, modified, one.packet_modified) if d), default=None)
    if latest is not None and latest > received + _SLACK:
        out.append(Cue("documents.pdf-date-future", Force.WEAK, 0.4, {"date": f"{latest:%Y-%m-%d}"}))
    if created and modified and modified < created - _APART:
        values = {"created": f"{created:%Y-%m-%d}", "modified": f"{modified:%Y-%m-%d}"}
        out.append(Cue("documents.pdf-date-order", Force.WEAK, 0.5, values))
    if one.created and one.packet_created and abs(one.created - one.packet_created) > _APART:
        values = {"info": f"{one.created:%Y-%m-%d}", "packet": f"{one.packet_created:%Y-%m-%d}"}
        out.append(Cue("documents.pdf-dates-disagree", Force.WEAK, 0.5, values))
    return out + _programs(one, claimed)


def _programs(one: Origin, claimed: str | None) -> list[Cue]:
    everyone = (one.producer, one.creator, *one.tools)
    editors = [name for name in everyone if _EDITORS.search(name)]
    if not editors:
        return []
    issuers = [name for name in everyone if _ISSUERS.search(name)]
    values: dict[str, Any] = {"editor": editors[0][:60]}
    if issuers:
        return [Cue("documents.pdf-edited-by", Force.STRONG, values=values | {"issuer": issuers[0][:60]})]
    weight = 0.7 if any(_PICTURE_EDITORS.search(name) for name in editors) else 0.5
    if one.creator and not _EDITORS.search(one.creator) and not _WRITERS.search(one.creator):
        weight = 1.0 if claimed in _ISSUED else 0.8  # some other system made it, and an editor wrote it again
    return [Cue("documents.pdf-editor", Force.WEAK, weight, values)]


def pdf_date(text: str) -> datetime | None:
    """A date string (7.9.4), None where it is none or no such day exists.

    >>> pdf_date("D:20260301120000+01'00'").isoformat()
    '2026-03-01T12:00:00+01:00'
    """
    found = _PDF_DATE.match(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(v) if v else d for v, d in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    zone: timezone = UTC
    if found[7] in ("+", "-") and found[8]:
        shift = timedelta(hours=min(int(found[8]), 23), minutes=min(int(found[9] or 0), 59))
        zone = timezone(shift if found[7] == "+" else -shift)
    return _moment(year, month, day, hour, minute, second, zone)


def iso_date(text: str) -> datetime | None:
    """A date as XMP writes it (a profile of ISO 8601), None where it is none."""
    found = _ISO_DATE.match(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(v) if v else d for v, d in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    zone: timezone = UTC
    if found[7] and found[7] != "Z":
        shift = timedelta(hours=min(int(found[7][1:3]), 23), minutes=min(int(found[7][4:6]), 59))
        zone = timezone(shift if found[7][0] == "+" else -shift)
    return _moment(year, month, day, hour, minute, second, zone)


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: timezone) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def _packet(view: View) -> str:
    """The document's XMP packet as text, bounded; "" where there is none."""
    data = view.stream(view.root.get("Metadata"), _MAX_PACKET)
    if data[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def _element(packet: str, name: str) -> str:
    """The text of an element (which may declare its namespace) or attribute of this name, "" where there is none."""
    found = re.search(rf"{name}(?:\s*=\s*[\"']|(?:\s[^<>]{{0,400}})?>\s*)([^\"'<]{{1,300}})", packet)
    return found[1].strip() if found else ""
