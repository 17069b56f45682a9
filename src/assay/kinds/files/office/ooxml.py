"""Office Open XML: a ZIP whose relationships say what is fetched from outside (ECMA-376 part 2), with the macro project, macro sheets,
fields and embedded files. XML is read by its tags alone: no entity is ever resolved.
"""

from __future__ import annotations

import html
import re
from pathlib import PurePosixPath

from assay.formats.filetype import FileType
from assay.formats.ole_objects import Package
from assay.kinds.files.office.opened import MOST_EMBEDDED, Link, Office

MAX_XML = 16 << 20
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^<>]{1,8000})>")
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]{0,4000})\"|'([^']{0,4000})')")
_FIELD = re.compile(
    r"<w:instrText\b[^<>]{0,200}>([^<]{0,4000})</w:instrText>|<w:fldSimple\b[^<>]{0,200}?w:instr=\"([^\"]{0,4000})\""
)
_BEGIN = re.compile(r"w:fldCharType=\"begin\"")
_DDE = re.compile(r"\bDDE(?:AUTO)?\s+\S.{0,400}", re.IGNORECASE | re.DOTALL)
_LINKED = re.compile(r"<ddeLink\b([^<>]{1,2000})>")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^<>]{1,2000})>")
_AUTO = re.compile(
    r"<definedName\b[^<>]{0,400}name=\"_xlnm\.Auto_(?:Open|Close)|<definedName\b[^<>]{0,400}name=\"auto_(?:open|close)",
    re.IGNORECASE,
)
_KINDS = {
    "attachedTemplate": "template", "oleObject": "object", "frame": "frame", "subDocument": "frame", "image": "picture",
    "aFChunk": "frame", "externalLinkPath": "book", "package": "object",
}  # fmt: skip


def read_ooxml(content: bytes, found: Office) -> None:
    """Fills `found`; raises what a broken ZIP raises."""
    from assay.formats.archive import walk

    inside = walk(content, FileType("zip", "archive"))
    if not inside.members:
        found.problem = inside.problem or "there is nothing in it"
        return
    found.problem = inside.problem
    for member in inside.members:
        data, name = member.content, member.name.replace("\\", "/").lstrip("/")
        if data is None or member.kind != "file":
            continue
        lower = name.lower()
        if lower.endswith(".rels"):
            _relations(_xml(data), found)
        elif data.startswith(b"\xd0\xcf\x11\xe0"):
            _compound(name, data, found)
        elif "/embeddings/" in lower or ("/activex/" in lower and lower.endswith(".bin")):
            _put(PurePosixPath(name).name, data, found)
        elif lower.startswith("xl/macrosheets/") and lower.endswith((".xml", ".bin")):
            _macro_sheet(lower, data, found)
        elif lower.startswith("basic/") and lower.endswith(".xml") and not lower.endswith(("-lb.xml", "-lc.xml")):
            found.macros.append((PurePosixPath(name).stem, re.sub(r"<[^>]{0,400}>", "", html.unescape(_xml(data)))))
        elif lower.startswith("xl/externallinks/") and lower.endswith(".xml"):
            _linked(_xml(data), found)
        elif lower == "xl/workbook.xml":
            _book(_xml(data), found)
        elif lower.startswith("word/") and lower.endswith(".xml"):
            _fields(_xml(data), found)


def _xml(data: bytes) -> str:
    data = data[:MAX_XML]
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


def _attributes(text: str) -> dict[str, str]:
    return {m[1]: html.unescape(m[2] if m[2] is not None else m[3]) for m in _ATTRIBUTE.finditer(text)}


def _relations(xml: str, found: Office) -> None:
    for match in _RELATION.finditer(xml):
        told = _attributes(match[1])
        kind = _KINDS.get(told.get("Type", "").rpartition("/")[2], "")
        if kind and told.get("TargetMode", "").lower() == "external":
            found.links.append(Link(kind, told.get("Target", "")[:2000]))


def _compound(name: str, data: bytes, found: Office) -> None:
    from assay.kinds.files.office.compound import read_compound

    before = len(found.packages)
    try:
        read_compound(data, found)
    except Exception as error:  # olefile raises what it meets
        found.problem = found.problem or f"{name}: {error}"[:160]
    if len(found.packages) == before and "embeddings/" in name.lower():
        found.objects.append(PurePosixPath(name).name)


def _put(name: str, data: bytes, found: Office) -> None:
    if len(found.packages) < MOST_EMBEDDED:
        found.packages.append(Package(name, data))


def _macro_sheet(name: str, data: bytes, found: Office) -> None:
    from assay.kinds.files.office.excel4 import read_binary_sheet, read_sheet

    if not any(known == name for known, _ in found.sheets):
        found.sheets.append((name, False))
    if name.endswith(".bin"):
        read_binary_sheet(data, found)
    else:
        read_sheet(html.unescape(_xml(data)), found)


def _book(xml: str, found: Office) -> None:
    found.starts |= _AUTO.search(xml) is not None
    hidden = any(_attributes(m[1]).get("state", "").lower() in ("hidden", "veryhidden") for m in _SHEET.finditer(xml))
    if hidden:
        found.sheets = [(name, True) for name, _ in found.sheets]
        found.objects.append("hidden sheet")


def _linked(xml: str, found: Office) -> None:
    for match in _LINKED.finditer(xml):
        told = _attributes(match[1])
        found.dde.append(f"{told.get('ddeService', '')} {told.get('ddeTopic', '')}".strip())


def _fields(xml: str, found: Office) -> None:
    """A field's instruction may be cut into pieces: those between two beginnings belong together."""
    for piece in _BEGIN.split(xml)[:20_000]:
        text = "".join(html.unescape(m[1] if m[1] is not None else m[2]) for m in _FIELD.finditer(piece))
        if (match := _DDE.search(_quoted(text))) is not None:
            found.dde.append(" ".join(match[0].split()))


_QUOTE = re.compile(r"QUOTE\s+((?:\d{1,3}\s+)+)", re.IGNORECASE)


def _quoted(text: str) -> str:
    """`QUOTE 68 68 69`, by which a command's letters are written as numbers."""
    return _QUOTE.sub(lambda m: "".join(chr(int(n)) for n in m[1].split() if int(n) < 256), text)


__all__ = ["read_ooxml"]
