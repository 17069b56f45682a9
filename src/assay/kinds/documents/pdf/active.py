"""What a PDF can do or carry beyond being read: run JavaScript, start a program, carry files, an XFA form.

Risks of their own and no forgery. An /OpenAction that only sets the view is ordinary and is not told.
"""

from __future__ import annotations

import re
from typing import Any

from assay.core.cue import Cue, Force
from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.formats.pdf_file import PdfFile, Ref, Stream, View
from assay.formats.pdf_filters import decode
from assay.formats.pdf_syntax import PdfError, text_of

MAX_FILES = 100
_MAX_NODES = 2_000
_MAX_PAGES, _MAX_NOTES = 200, 200
_ACTIVE = re.compile(rb"/JavaScript|/JS\b|/Launch|/EmbeddedFile|/XFA|/[A-Za-z]{0,12}#[0-9A-Fa-f]{2}[A-Za-z]")
_PROGRAM = re.compile(r"(?i)\.(?:exe|bat|cmd|com|scr|pif|js|jse|vbs|vbe|wsf|hta|ps1|sh|lnk|msi|jar|app|command)\s*$")


def active_cues(view: View) -> list[Cue]:
    """One note for each kind of thing there is; a program that starts by itself, or is one, is more than a note."""
    if view.revision < 0 or view.file.encrypted or not view.file.mentions(_ACTIVE):
        return []
    root = view.root
    by_itself, on_demand = _actions(view)
    kinds = {str(action.get("S")) for action in by_itself + on_demand}
    out = []
    names = view.dictionary(root.get("Names"))
    if "JavaScript" in kinds or "JavaScript" in names:
        out.append(Cue("documents.pdf-javascript", Force.NOTE))
    if "Launch" in kinds:
        grave = any(a.get("S") == "Launch" for a in by_itself) or any(_starts_program(view, a) for a in on_demand)
        out.append(Cue("documents.pdf-launch", Force.STRONG if grave else Force.NOTE))
    files = len(_file_specifications(view))
    if files:
        out.append(Cue("documents.pdf-embedded-file", Force.NOTE, values={"count": files}))
    if "XFA" in view.dictionary(root.get("AcroForm")):
        out.append(Cue("documents.pdf-xfa", Force.NOTE))
    return out


def _starts_program(view: View, action: dict[str, Any]) -> bool:
    """A link that opens another paper is ordinary; one that opens a program is not."""
    if action.get("S") != "Launch":
        return False
    target = view.of(action.get("F"))
    named = view.dictionary(target)
    name = text_of(view.of(named.get("UF") or named.get("F")) if named else target)
    return "Win" in action or bool(_PROGRAM.search(name))


def _actions(view: View) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The actions that happen by themselves (on opening, on showing a page), and those that somebody must click."""
    opening: list[Any] = [view.root.get("OpenAction"), *view.dictionary(view.root.get("AA")).values()]
    clicked: list[Any] = []
    for page in view.pages(_MAX_PAGES):
        opening += view.dictionary(page.dictionary.get("AA")).values()
        for note in view.array(page.dictionary.get("Annots"))[:_MAX_NOTES]:
            dictionary = view.dictionary(note)
            clicked += [dictionary.get("A"), *view.dictionary(dictionary.get("AA")).values()]
    return _chains(view, opening), _chains(view, clicked)


def _chains(view: View, stack: list[Any]) -> list[dict[str, Any]]:
    """The actions and those that follow them."""
    out: list[dict[str, Any]] = []
    seen: set[int] = set()
    while stack and len(out) < _MAX_NODES:
        value = stack.pop()
        if isinstance(value, Ref):
            if value.number in seen:
                continue
            seen.add(value.number)
        action = view.dictionary(value)
        if "S" in action:
            out.append(action)
            following = view.of(action.get("Next"))
            stack += following if isinstance(following, list) else [action.get("Next")]
    return out


def _file_specifications(view: View) -> list[dict[str, Any]]:
    """File specifications with a file in them: the name tree's and those of attachment annotations."""
    out: list[dict[str, Any]] = []
    stack: list[Any] = [view.dictionary(view.root.get("Names")).get("EmbeddedFiles")]
    seen: set[int] = set()
    while stack and len(seen) < _MAX_NODES and len(out) < MAX_FILES:
        value = stack.pop()
        if isinstance(value, Ref):
            if value.number in seen:
                continue
            seen.add(value.number)
        node = view.dictionary(value)
        stack += reversed(view.array(node.get("Kids"))[:_MAX_NODES])
        out += [view.dictionary(name) for name in view.array(node.get("Names"))[1 : 2 * MAX_FILES : 2]]
    for page in view.pages(_MAX_PAGES):
        for note in view.array(page.dictionary.get("Annots"))[:_MAX_NOTES]:
            attached = view.dictionary(note)
            if attached.get("Subtype") == "FileAttachment":
                out.append(view.dictionary(attached.get("FS")))
    return [one for one in out if "EF" in one][:MAX_FILES]


def embedded_files(content: bytes, most: int = 32) -> list[Enclosed]:
    """The files a PDF carries, each at most 64 MiB and decoded within that bound; what cannot be decoded is left out."""
    file = PdfFile(content)
    view = file.at()
    if view.revision < 0 or file.encrypted:
        return []
    out: list[Enclosed] = []
    left = MAX_BYTES
    for one in _file_specifications(view):
        holder = view.dictionary(one.get("EF"))
        stream = view.of(holder.get("UF") or holder.get("F"))
        if not isinstance(stream, Stream) or len(out) >= most:
            continue
        try:
            inside = decode(stream, content, left)
        except PdfError:
            continue
        left -= len(inside)
        name = text_of(view.of(one.get("UF") or one.get("F")))
        media = str(stream.dictionary.get("Subtype", ""))[:127]
        clean = "".join(c for c in name if c.isprintable())[-255:]
        out.append(Enclosed(name=clean, media=media, content=inside))
    return out
