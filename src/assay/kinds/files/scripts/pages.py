"""Pages and pictures (SVG) that are programs: they carry a file as text and put it together in the browser, past every gateway
("HTML smuggling", T1027.006), or lead elsewhere by code that hides where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.core.finding import Severity
from assay.kinds.files.notes import Note
from assay.kinds.files.scripts.plain import Carried, Script

# What hands a file to whoever looks at the page.
_MADE = re.compile(
    rb"createObjectURL|msSave(?:OrOpen)?Blob|\.download\s*=|data:application/(?:octet|zip|x-)", re.IGNORECASE
)
_UNASKED = re.compile(
    rb"\.click\s*\(\s*\)|dispatchEvent\s*\(|msSave(?:OrOpen)?Blob|location(?:\.href)?\s*=\s*[\"']?data:", re.IGNORECASE
)
_STUFFED = re.compile(rb"[\"'`][A-Za-z0-9+/]{20000}|(?:\d{1,3},\s*){8000}")
_NAMED = re.compile(
    r"\.download\s*=\s*[\"'`]([^\"'`<>\n]{1,200})[\"'`]|(?:\bdownload\s*=\s*|msSave(?:OrOpen)?Blob\s*\(\s*\w+\s*,\s*)[\"']([^\"'<>\n]{1,200})[\"']"
)
_UNTOLD = re.compile(r"\batob\s*\(|fromCharCode|\bunescape\s*\(|charCodeAt\s*\([^)]{0,40}\)\s*\^", re.IGNORECASE)
_LEADS = re.compile(
    r"\beval\s*\(|document\.write|new\s+Function\s*\(|location(?:\.href)?\s*=|location\.(?:replace|assign)\s*\(|window\.open\s*\(",
    re.IGNORECASE,
)
SMUGGLED = ("T1027.006",)


def makes_files(content: bytes) -> bool:
    """Is a page one that makes files, or carries what could be one? `content` may be its beginning."""
    return b"<script" in content.lower() and (_MADE.search(content) or _STUFFED.search(content)) is not None


def page_notes(script: Script, content: bytes, mailed: bool) -> Iterator[Note]:
    """A table that a report offers to save is honest; a program, an archive or a disk image in a page is hardly. What cannot be
    told for being enciphered is a cue where the page hands it over unasked and came in a message."""
    made = _MADE.search(content)
    grave = next((one for one in script.carried if one.what.family != "office"), None)
    if made is not None and grave is not None:
        yield Note("files.page-smuggles", Severity.MEDIUM, {"what": _told(script, grave)}, ((grave.at, 16),), SMUGGLED)
    elif made is not None and mailed and not script.carried and _STUFFED.search(content) and _UNASKED.search(content):
        yield Note(
            "files.page-smuggles", Severity.LOW, {"what": name_in(script.text) or "?"}, ((made.start(), 16),), SMUGGLED
        )
    elif script.language == "svg" and "<script" in script.text.lower():
        untold, leads = _UNTOLD.search(script.text), _LEADS.search(script.everything)
        if untold and leads:
            told = " · ".join(" ".join(match[0].split())[:60] for match in (untold, leads))
            where = ((untold.start(), len(untold[0])),)
            yield Note("files.page-smuggles", Severity.MEDIUM, {"what": told}, where, ("T1027.017",))


def _told(script: Script, carried: Carried) -> str:
    name = name_in(script.text)
    return f"{name} ({carried.what.name})" if name else carried.what.name


def name_in(text: str) -> str:
    """What the page calls the file that it hands over; "" where it does not say."""
    match = _NAMED.search(text)
    return (match[1] or match[2]) if match is not None else ""


__all__ = ["makes_files", "name_in", "page_notes"]
