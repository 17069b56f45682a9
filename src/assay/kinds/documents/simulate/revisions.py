"""Revisions appended to a PDF (ISO 32000-1, 7.5.6): an edit, a note of the archive, a signature. The bytes before stay."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.sheet import Change, Sheet, Text


def revised(pdf: bytes, genuine: Sheet, changed: list[Change], when: datetime) -> bytes:
    """With a revision in which each changed page draws one more content stream: white over the old text, and the new text
    in a font of its own that every reader has."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        objects: dict[int, bytes] = {}
        size = int(document.trailer.Size)
        helvetica, size = size, size + 1
        objects[helvetica] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
        for page in sorted({change.page for change in changed}):
            target = document.pages[page].obj
            stream = b"\n".join(_operators(change, genuine.size[1]) for change in changed if change.page == page)
            objects[size] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
            contents = target.Contents
            before = [contents] if not isinstance(contents, pikepdf.Array) else list(contents)
            resources = dict(target.get("/Resources", pikepdf.Dictionary()).items())
            fonts = {k: written(v) for k, v in resources.get("/Font", pikepdf.Dictionary()).items()}
            told = {k: written(v) for k, v in resources.items()}
            told["/Font"] = dictionary(fonts | {"/FEd": b"%d 0 R" % helvetica})
            entries = {k: written(v) for k, v in target.items()}
            entries["/Resources"] = dictionary(told)
            entries["/Contents"] = b"[ " + b" ".join(map(written, before)) + b" %d 0 R ]" % size
            objects[target.objgen[0]] = dictionary(entries)
            size += 1
        objects |= dated(document, when)
        return append(pdf, document, objects, size)


def noted(pdf: bytes, when: datetime, note: str) -> bytes:
    """With a harmless revision, as an archive or a mail gateway adds it: a word about itself in the information dictionary."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        number, body = next(iter(dated(document, when).items()))
        body = body.removesuffix(b">>") + b"/ArchiveReference (%s) >>" % note.encode()
        return append(pdf, document, {number: body}, int(document.trailer.Size))


def dated(document: Any, when: datetime) -> dict[int, bytes]:
    """The information dictionary with another date of change, by its object number."""
    info = document.trailer.Info
    told = {k: written(v) for k, v in info.items()}
    return {info.objgen[0]: dictionary(told | {"/ModDate": f"(D:{when:%Y%m%d%H%M%S}Z)".encode()})}


def append(pdf: bytes, document: Any, objects: dict[int, bytes], size: int) -> bytes:
    """One revision more: these objects, a table of them, a trailer that leads back to the one before."""
    out = io.BytesIO()
    out.write(pdf if pdf.endswith(b"\n") else pdf + b"\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n")
    for number in sorted(places):
        out.write(b"%d 1\n%010d 00000 n \n" % (number, places[number]))
    before = pdf[pdf.rfind(b"startxref") + 9 :].split()[0]
    trailer = document.trailer
    told = {
        "/Size": b"%d" % size,
        "/Root": written(trailer.Root),
        "/Info": written(trailer.Info),
        "/Prev": before,
        "/ID": b"[ %s <%s> ]" % (trailer.ID[0].unparse(), seeded(len(pdf), size).randbytes(16).hex().encode()),
    }
    out.write(b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (dictionary(told), start))
    return out.getvalue()


def _operators(change: Change, height: float) -> bytes:
    """Content that covers a place with white and writes the new text there."""
    x0, y0, x1, y1 = change.box
    drawn = f"q 1 1 1 rg {x0 - 1:.2f} {height - y1 + 0.5:.2f} {x1 - x0 + 2:.2f} {y1 - y0 - 0.5:.2f} re f Q".encode()
    after = change.after
    if not isinstance(after, Text):
        return drawn
    text = after.text.encode("cp1252", "replace")
    for special in (b"\\", b"(", b")"):
        text = text.replace(special, b"\\" + special)
    place = f"BT /FEd {after.size:.2f} Tf {after.box[0]:.2f} {height - after.y:.2f} Td (".encode()
    return drawn + b"\n" + place + text + b") Tj ET"


def dictionary(entries: dict[str, bytes]) -> bytes:
    return b"<< " + b" ".join(key.encode() + b" " + value for key, value in entries.items()) + b" >>"


def written(value: Any) -> bytes:
    """A PDF object as it is written: a reference where it is an object of its own."""
    if getattr(value, "is_indirect", False):
        return b"%d %d R" % value.objgen
    return bytes(value.unparse()) if hasattr(value, "unparse") else str(value).encode()
