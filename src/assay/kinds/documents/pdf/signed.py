"""What the signatures of a PDF say of forgery. A digest that holds proves only what it covers: what was appended counts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from assay.core.cue import Cue, Force
from assay.core.finding import Where
from assay.formats.pdf_file import PdfFile, Ref, View
from assay.formats.pdf_syntax import PdfError, indirect
from assay.formats.pdf_xref import FREE, PLAIN
from assay.kinds.documents.pdf import signatures as looks
from assay.kinds.documents.pdf.revisions import same
from assay.kinds.documents.pdf.signatures import Signature, signature_fields, signatures

_RANGE = re.compile(
    rb"/ByteRange[\s\x00]*\[[\s\x00]*0+[\s\x00]+(\d{1,10})[\s\x00]+(\d{1,10})[\s\x00]+(\d{1,10})[\s\x00]*\]"
)
_PROBLEMS = {
    "unfinished": "documents.pdf-signature-unfinished",
    "unreadable": "documents.pdf-signature-unreadable",
    "unsupported": "documents.pdf-signature-unreadable",
    "encapsulated": "documents.pdf-signature-unreadable",
}
_FREE_TO_CHANGE = frozenset({"Metadata", "DSS", "Extensions", "Version", "Annots", "LastModified", "Tabs"})
MARKUP = frozenset({
    "Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline", "Squiggly",
    "StrikeOut", "Caret", "Stamp", "Ink", "Popup", "FileAttachment", "Redact",
})  # fmt: skip


def signature_cues(content: bytes, file: PdfFile, roots: Path | None) -> tuple[list[Cue], list[Signature]]:
    """The cues, and the signatures they were read from."""
    found = signatures(content, file, roots) if file.revisions else []
    cues = [cue for one in found for cue in _of(one, file)]
    cues += _removed(file) + _tail(content, file, roots)
    return cues, found


def _of(one: Signature, file: PdfFile) -> list[Cue]:
    where = (Where(field=one.field[:60], byte=one.range[1] if one.range and len(one.range) > 1 else None),)
    values: dict[str, Any] = {"field": one.field[:60]}
    out: list[Cue] = []

    def say(code: str, force: Force, **more: Any) -> None:
        out.append(Cue(f"documents.pdf-{code}", force, values=values | more, where=where))

    if one.problem == "unfinished" or (one.problem and one.range is None):
        return [Cue(_PROBLEMS[one.problem], Force.UNKNOWN, values=values, where=where)]
    if one.fault == "gap" and one.range:
        say("signature-gap", Force.PROOF, bytes=max(0, one.range[2] - one.range[1]))
    elif one.fault == "shape":
        say("signature-range", Force.PROOF)
    elif one.fault == "moved":
        say("signature-moved", Force.STRONG)
    elif one.fault == "beyond":
        say("signature-cut", Force.UNKNOWN)
    elif one.problem:
        out.append(Cue(_PROBLEMS[one.problem], Force.UNKNOWN, values=values, where=where))
    if one.intact is False:
        say("signature-digest", Force.PROOF)
    elif one.valid is False:
        say("signature-false", Force.PROOF)
    if one.fault:
        return out
    if one.changes == looks.OTHER:
        out += _after(one, file, where, values)
    elif one.exceeded:
        say("change-forbidden", Force.PROOF, permits=one.permits)
    elif one.changes == looks.UNSEEN and not one.problem:
        say("signature-unreviewed", Force.UNKNOWN)
    if not any(cue.force >= Force.UNKNOWN for cue in out):
        if one.trusted:
            say("signature-trusted", Force.VOUCHED)
        else:
            say("signature-intact", Force.NOTE)
    return out


def _after(one: Signature, file: PdfFile, where: tuple[Where, ...], values: dict[str, Any]) -> list[Cue]:
    """A change that the rules do not excuse: comments alone are told apart from everything else."""
    revision = revision_of(one, file)
    if one.covers == "revision" and revision is not None and only_annotated(file, revision):
        if one.permits in (1, 2):
            return [
                Cue(
                    "documents.pdf-change-forbidden", Force.PROOF, values=values | {"permits": one.permits}, where=where
                )
            ]
        return [Cue("documents.pdf-annotated-after-signing", Force.STRONG, values=values, where=where)]
    if one.covers == "block":
        return [Cue("documents.pdf-signature-range", Force.PROOF, values=values, where=where)]
    return [Cue("documents.pdf-changed-after-signing", Force.PROOF, values=values, where=where)]


def revision_of(one: Signature, file: PdfFile) -> int | None:
    """The number of the revision whose end the signature covers."""
    if one.end is None:
        return None
    return next((r.number for r in file.revisions if r.end is not None and r.end >= one.end - 2), None)


def only_annotated(file: PdfFile, revision: int) -> bool:
    """Since this revision, were mark-up annotations added to pages and nothing else changed that a reader sees?"""
    old, new = file.at(revision), file.at()
    pages = {page.number: page for page in old.pages()}
    annotations = {v.number for p in pages.values() if isinstance(v := p.dictionary.get("Annots"), Ref)}
    info = {v.trailer["Info"].number for v in (old, new) if isinstance(v.trailer.get("Info"), Ref)}
    metadata = old.root.get("Metadata")
    if isinstance(metadata, Ref):
        info.add(metadata.number)
    for later in file.revisions[revision + 1 :]:
        for number, entry in later.entries.items():
            known = old.entry(number)
            if known is None or known.kind == FREE or number in info or same(old, new, number):
                continue
            if entry.kind == FREE or not _harmless(number, old, new, annotations):
                return False
    added = [new.dictionary(a) for p in new.pages() for a in new.array(p.dictionary.get("Annots"))[:2_000]]
    before = sum(len(old.array(p.dictionary.get("Annots"))) for p in pages.values())
    return len(added) > before and {str(a.get("Subtype")) for a in added[before:]} <= MARKUP | {"Widget", "Link"}


def _harmless(number: int, old: View, new: View, annotations: set[int]) -> bool:
    was, now = old.object(number), new.object(number)
    if number in annotations:
        return isinstance(was, list) and isinstance(now, list) and now[: len(was)] == was
    if isinstance(was, dict) and isinstance(now, dict) and was.get("Type") in ("Page", "Catalog"):
        keys = {k for k in was.keys() | now.keys() if was.get(k) != now.get(k)}
        if "Annots" in keys:
            before = old.array(was.get("Annots"))
            if new.array(now.get("Annots"))[: len(before)] != before:
                return False
        return keys <= _FREE_TO_CHANGE
    return False


def _removed(file: PdfFile) -> list[Cue]:
    """A signed field of an earlier revision that the newest no longer has."""
    if len(file.revisions) < 2 or file.encrypted:
        return []
    now = {name for name, _ in signature_fields(file.at())}
    for revision in range(max(0, len(file.revisions) - 20), len(file.revisions) - 1):
        gone = {name for name, _ in signature_fields(file.at(revision))} - now
        if gone:
            name = sorted(gone)[0][:60]
            return [
                Cue("documents.pdf-signature-removed", Force.STRONG, values={"field": name}, where=(Where(field=name),))
            ]
    return []


def _tail(content: bytes, file: PdfFile, roots: Path | None) -> list[Cue]:
    """Objects after the last signed byte that no cross-reference section lists: a reader that repairs would show them."""
    ends = [int(m[2]) + int(m[3]) for m in list(_RANGE.finditer(content))[:50]]
    ends = [end for end in ends if 0 < end < len(content)]
    if not ends:
        return []
    end = max(ends)
    strays = _strays(content, file, end)
    if not strays:
        return []
    where = (Where(byte=strays[0]),)
    values = {"objects": len(strays)}
    if file.revisions and not file.problems:
        return [Cue("documents.pdf-objects-unlisted", Force.WEAK, 0.6, values, where)]
    whole = content[:end]
    prefix = PdfFile(whole)
    if prefix.problems or not any(
        s.intact and s.valid and s.covers == "file" for s in signatures(whole, prefix, roots)
    ):
        return []
    return [Cue("documents.pdf-objects-after-signed", Force.PROOF, values=values, where=where)]


def _strays(content: bytes, file: PdfFile, start: int, most: int = 2_000) -> list[int]:
    """Bytes, from `start` on, of indirect objects that neither a section lists nor another object holds."""
    listed = {s.start for r in file.revisions for s in r.sections}
    listed |= {e.where for r in file.revisions for e in r.entries.values() if e.kind == PLAIN}
    listed |= {at + file.shift for at in listed} if file.shift else set()
    out: list[int] = []
    held = start
    for count, (at, _) in enumerate(file.objects_in_bytes(start)):
        if count > most:
            break
        if at < held:
            continue
        if at not in listed and not any(at - k in listed for k in (1, 2)):
            out.append(at)
        try:
            held = max(held, indirect(content, at, None, file.stream_end).end)
        except (PdfError, RecursionError):
            continue
    return out
