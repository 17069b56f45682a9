"""How papers are made, and how a forger puts a change on them: PDF files and pictures from a genuine and a changed sheet.

Genuine papers come with the habits of their issuer: printed by one program, or stored again by an archive, or signed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import numpy as np

from assay.kinds.documents.simulate import camera
from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.printing import print_pdf, rasterise
from assay.kinds.documents.simulate.sheet import Area, Change, Sheet, Text, changes

DPI = 150.0  # of boxes on PDF pages
PRINT_DPI = 190.0  # of papers before the camera; cards are smaller and finer
Placed = tuple[int, float, float, float, float]  # page from 1, box in pixels


@dataclass(frozen=True)
class Habit:
    """An issuer's way of making PDF files."""

    name: str
    creator: str
    producer: str


HABITS = (
    Habit("plain", "eStatement Composer 7", "ReportLab PDF Library - www.reportlab.com"),
    Habit("archived", "Document Output Server", "OutputCore PDF 11.2"),
    Habit("plain", "BillRun", "ReportLab PDF Library - www.reportlab.com"),
    Habit("linearised", "Customer Documents 4.1", "OutputCore PDF 10.8"),
    Habit("signed", "Sealed Statements 2", "ReportLab PDF Library - www.reportlab.com"),
)
EDITORS = ("PDFescape Desktop 4", "Sejda 3.2.85 (www.sejda.com)", "PhantomEdit PDF 12.1", "SodaEdit 14", "iLoveEditing")
_FORGER_FONTS = {"Helvetica": "Vera", "Vera": "Helvetica", "Times-Roman": "DejaVuSerif", "Courier": "DejaVuSansMono"}


def habit_of(template: str, issuer: str) -> Habit:
    """The same issuer has the same habit on every paper."""
    return HABITS[int(template[-1]) % len(HABITS)]


def issue(sheet: Sheet, habit: Habit, made: datetime, title: str) -> bytes:
    """A genuine PDF."""
    pdf = print_pdf(sheet, made, title=title, creator=habit.creator, producer=habit.producer)
    if habit.name == "archived":
        return archived(pdf)
    return archived(pdf, linear=True) if habit.name == "linearised" else pdf


def archived(pdf: bytes, linear: bool = False) -> bytes:
    """Stored again with object streams and, by that, another layout of the file; dates and names kept."""
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        del document.docinfo["/Trapped"]  # reportlab's; XMP has no word for it
        with document.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta.load_from_docinfo(document.docinfo)
        mode = pikepdf.ObjectStreamMode.generate
        document.save(out, object_stream_mode=mode, linearize=linear, deterministic_id=True)
    return out.getvalue()


def forge_pdf(
    rng: Random, craft: str, genuine: Sheet, forged: Sheet, habit: Habit, made: datetime, title: str
) -> bytes:
    """A forged PDF by one craft: rewritten, retyped, overlay, revision or editor."""
    if craft == "rewritten":
        return issue(forged, habit, made, title)
    changed = changes(genuine, forged)
    if craft == "retyped":
        return issue(_retyped(forged, changed), habit, made, title)
    if craft == "overlay":
        return issue(_overlaid(genuine, changed), habit, made, title)
    if craft == "revision":
        pdf = print_pdf(genuine, made, title=title, creator=habit.creator, producer=habit.producer)
        return revised(pdf, genuine, changed, made + timedelta(days=rng.randrange(1, 40), minutes=rng.randrange(600)))
    return _edited(rng, _retyped(forged, changed), habit, made, title)


def _retyped(sheet: Sheet, changed: list[Change]) -> Sheet:
    """The changed texts in a font that is nearly the right one."""
    touched = {(change.page, id(change.after)) for change in changed}
    items = [
        [
            replace(item, font=_FORGER_FONTS.get(item.font, "Helvetica"))
            if isinstance(item, Text) and (page, id(item)) in touched and item.text.isascii()
            else item
            for item in row
        ]
        for page, row in enumerate(sheet.items)
    ]
    return Sheet(sheet.size, items)


def _overlaid(genuine: Sheet, changed: list[Change]) -> Sheet:
    """White boxes over what stood there, and new text on them."""
    items = [list(page) for page in genuine.items]
    for change in changed:
        x0, y0, x1, y1 = change.box
        items[change.page].append(Area(x0 - 1, y0, x1 + 1, y1 - 0.5, (1, 1, 1)))
        if change.after is not None:
            items[change.page].append(change.after)
    return Sheet(genuine.size, items)


def revised(pdf: bytes, genuine: Sheet, changed: list[Change], when: datetime) -> bytes:
    """The PDF with a revision appended (ISO 32000-1, 7.5.6) in which each changed page draws one more content stream, with
    a font of its own that every reader has."""
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
            fonts = {k: _written(v) for k, v in resources.get("/Font", pikepdf.Dictionary()).items()}
            told = {k: _written(v) for k, v in resources.items()}
            told["/Font"] = _dictionary(fonts | {"/FEd": b"%d 0 R" % helvetica})
            entries = {k: _written(v) for k, v in target.items()}
            entries["/Resources"] = _dictionary(told)
            entries["/Contents"] = b"[ " + b" ".join(map(_written, before)) + b" %d 0 R ]" % size
            objects[target.objgen[0]] = _dictionary(entries)
            size += 1
        info = document.trailer.Info
        told = {k: _written(v) for k, v in info.items()}
        objects[info.objgen[0]] = _dictionary(told | {"/ModDate": f"(D:{when:%Y%m%d%H%M%S}Z)".encode()})
        root, identifier = document.trailer.Root.objgen[0], document.trailer.ID[0].unparse()
        return append(pdf, objects, size, root, info.objgen[0], identifier)


def _operators(change: Change, height: float) -> bytes:
    """Content that covers a place with white and writes the new text there."""
    x0, y0, x1, y1 = change.box
    drawn = f"q 1 1 1 rg {x0 - 1:.2f} {height - y1 + 0.5:.2f} {x1 - x0 + 2:.2f} {y1 - y0 - 0.5:.2f} re f Q"
    after = change.after
    if isinstance(after, Text):
        text = (
            after.text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        )
        place = f"BT /FEd {after.size:.2f} Tf {after.box[0]:.2f} {height - after.y:.2f} Td (".encode()
        return drawn.encode() + b"\n" + place + text + b") Tj ET"
    return drawn.encode()


def _dictionary(entries: dict[str, bytes]) -> bytes:
    return b"<< " + b" ".join(key.encode() + b" " + value for key, value in entries.items()) + b" >>"


def _written(value: Any) -> bytes:
    """A PDF object as it is written: a reference where it is an object of its own."""
    if getattr(value, "is_indirect", False):
        return b"%d %d R" % value.objgen
    return bytes(value.unparse()) if hasattr(value, "unparse") else str(value).encode()


def append(pdf: bytes, objects: dict[int, bytes], size: int, root: int, info: int, identifier: bytes) -> bytes:
    """One revision more: these objects, a table of them, a trailer that leads back."""
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
    second = b"<%s>" % seeded(len(pdf), size).randbytes(16).hex().encode()
    out.write(b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /Prev %s /ID [ %s %s ] >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, info, before, identifier, second, start))  # fmt: skip
    return out.getvalue()


def _edited(rng: Random, sheet: Sheet, habit: Habit, made: datetime, title: str) -> bytes:
    """Saved again by an editor that names itself in one place and not in the other, later than the paper says."""
    import pikepdf

    pdf = print_pdf(sheet, made, title=title, creator=habit.creator, producer=habit.producer)
    later = made + timedelta(days=rng.randrange(2, 120), seconds=rng.randrange(86_400))
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        del document.docinfo["/Trapped"]  # reportlab's; XMP has no word for it
        with document.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta.load_from_docinfo(document.docinfo)
            meta["xmp:ModifyDate"] = f"{later:%Y-%m-%dT%H:%M:%S}+00:00"
            meta["xmp:MetadataDate"] = f"{later:%Y-%m-%dT%H:%M:%S}+00:00"
            if rng.random() < 0.5:
                meta["xmp:CreatorTool"] = rng.choice(EDITORS)
        document.docinfo["/Producer"] = rng.choice(EDITORS)
        document.docinfo["/ModDate"] = f"D:{later:%Y%m%d%H%M%S}Z"
        document.save(out, deterministic_id=True)
    return out.getvalue()


def rasters(sheet: Sheet, dpi: float) -> np.ndarray:
    """The first page of a sheet as pixels."""
    return rasterise(print_pdf(sheet, datetime(2025, 1, 1)), 0, dpi)


def forge_picture(rng: Random, craft: str, genuine: Sheet, forged: Sheet, shot: camera.Shot, dpi: float) -> bytes:
    """A forged picture by one craft: printed (and then photographed), pasted into the picture, or painted smooth."""
    new = rasters(forged, dpi)
    if craft == "printed":
        return camera.jpeg(shot.take(new), shot.quality)
    old = rasters(genuine, dpi)
    first = camera.decoded(camera.jpeg(shot.take(old), shot.quality)).astype(np.float32)
    sharper = replace(shot, strength=shot.strength * rng.uniform(0.0, 0.5), seed=shot.seed if craft == "pasted" else 1)
    other = shot.take(new) if craft == "pasted" and rng.random() < 0.4 else sharper.take(new)
    mixed = first.copy()
    for change in changes(genuine, forged):
        if change.page == 0:
            _patch(mixed, other.astype(np.float32), shot, change, dpi, new.shape, smooth=craft == "smooth")
    return camera.jpeg(np.clip(mixed, 0, 255).astype(np.uint8), rng.choice((80, 88, 92, 95)))


def _patch(onto: np.ndarray, other: np.ndarray, shot: camera.Shot, change: Change, dpi: float, shape: tuple[int, ...], smooth: bool) -> None:  # fmt: skip
    """Replace a place of the picture by the same place of another, matched in brightness; `smooth`: without its noise, as
    an image model paints."""
    import cv2

    k = dpi / 72
    x0, y0, x1, y1 = shot.box(tuple(v * k for v in change.box), shape[0], shape[1])  # type: ignore[arg-type]
    pad = 3 + 0.25 * (y1 - y0)
    left, top = max(0, int(x0 - pad)), max(0, int(y0 - pad))
    right, bottom = min(onto.shape[1], int(x1 + pad) + 1), min(onto.shape[0], int(y1 + pad) + 1)
    if right - left < 4 or bottom - top < 4:
        return
    patch, under = other[top:bottom, left:right], onto[top:bottom, left:right]
    bright = np.percentile(under, 85, axis=(0, 1)) / np.maximum(np.percentile(patch, 85, axis=(0, 1)), 1)
    patch = patch * bright
    if smooth:
        patch = cv2.bilateralFilter(np.clip(patch, 0, 255).astype(np.float32), 7, 28, 5)
    feather = np.zeros(patch.shape[:2], np.float32)
    feather[2:-2, 2:-2] = 1
    feather = cv2.GaussianBlur(feather, (0, 0), 1.2)[:, :, None]
    onto[top:bottom, left:right] = under * (1 - feather) + patch * feather
