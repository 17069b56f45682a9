"""What a PDF can do or carry beyond being read: run JavaScript, start a program, carry files, an XFA form.

Risks of their own and no forgery. An /OpenAction that only sets the view is ordinary and is not told.
"""

from __future__ import annotations

from typing import Any

from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.formats.pdf_file import PdfFile, Ref, Stream, View
from assay.formats.pdf_filters import decode
from assay.formats.pdf_syntax import PdfError, text_of
from assay.kinds.documents.pdf.cues import Cue, Force

MAX_FILES = 100
_MAX_NODES = 2_000


def active_cues(view: View) -> list[Cue]:
    """One note for each kind of thing there is; a program to start is more than a note."""
    if view.revision < 0 or view.file.encrypted:
        return []
    root = view.root
    kinds = {str(action.get("S")) for action in _actions(view)}
    out = []
    names = view.dictionary(root.get("Names"))
    if "JavaScript" in kinds or "JavaScript" in names:
        out.append(Cue("documents.pdf-javascript", Force.NOTE))
    if "Launch" in kinds:
        out.append(Cue("documents.pdf-launch", Force.STRONG))
    files = len(_file_specifications(view))
    if files:
        out.append(Cue("documents.pdf-embedded-file", Force.NOTE, values={"count": files}))
    if "XFA" in view.dictionary(root.get("AcroForm")):
        out.append(Cue("documents.pdf-xfa", Force.NOTE))
    return out


def _actions(view: View) -> list[dict[str, Any]]:
    """Actions of the document, its pages, annotations and fields, and those that follow them."""
    stack: list[Any] = [view.root.get("OpenAction"), *view.dictionary(view.root.get("AA")).values()]
    for page in view.pages(200):
        stack += view.dictionary(page.dictionary.get("AA")).values()
        for note in view.array(page.dictionary.get("Annots"))[:200]:
            dictionary = view.dictionary(note)
            stack += [dictionary.get("A"), *view.dictionary(dictionary.get("AA")).values()]
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
    for page in view.pages(200):
        for note in view.array(page.dictionary.get("Annots"))[:200]:
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
