"""How PDF files come about. Genuine ones have the habits of their issuer: printed by one program, stored again by an archive,
signed, or printed once more by the customer's browser. Forged ones have the marks of a craft.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from assay.kinds.documents.simulate import camera
from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.printing import print_pdf
from assay.kinds.documents.simulate.revisions import noted, revised
from assay.kinds.documents.simulate.sheet import A4, Area, Change, Picture, Sheet, Text, changes

DPI = 150.0  # of boxes on PDF pages
_REPORTLAB = "ReportLab PDF Library - www.reportlab.com"
_REPRINTED = 0.12  # share of genuine files that a customer's browser printed again


@dataclass(frozen=True)
class Habit:
    """An issuer's way of making PDF files: plain, archived (object streams), linearised, noted (a harmless revision),
    signed or certified."""

    name: str
    creator: str
    producer: str


HABITS = (
    Habit("plain", "eStatement Composer 7", _REPORTLAB),
    Habit("archived", "Document Output Server", "OutputCore PDF 11.2"),
    Habit("signed", "Sealed Statements 2", _REPORTLAB),
    Habit("linearised", "Customer Documents 4.1", "OutputCore PDF 10.8"),
    Habit("plain", "BillRun", _REPORTLAB),
    Habit("noted", "Archive Writer 9", _REPORTLAB),
    Habit("certified", "Sealed Statements 3", _REPORTLAB),
)
BROWSER = Habit("reprinted", "Chromium", "Skia/PDF m131")
EDITORS = (
    "Sejda 3.2.85 (www.sejda.com)", "iLovePDF", "PDFescape Online - https://www.pdfescape.com", "Soda PDF Online",
    "Foxit PhantomPDF - Foxit Software Inc.", "PDF-XChange Core API SDK (9.5.366.0)",
)  # fmt: skip
_NEARLY = {"Helvetica": "Vera", "Vera": "Helvetica", "Times-Roman": "DejaVuSerif", "Courier": "DejaVuSansMono"}


def habit_of(template: str) -> Habit:
    """The same issuer has the same habit on every paper."""
    return seeded("habit", template).choice(HABITS)


@dataclass(frozen=True)
class Run:
    """One printing: by whose habit, when, under what title, in whose name."""

    habit: Habit
    made: datetime
    title: str
    issuer: str

    def printed(self, sheet: Sheet) -> bytes:
        return print_pdf(sheet, self.made, title=self.title, creator=self.habit.creator, producer=self.habit.producer)

    def issued(self, sheet: Sheet, *, sealed: bool = True) -> bytes:
        """The file as the issuer makes it; not `sealed`: as somebody makes it who has not the issuer's key."""
        from assay.kinds.documents.simulate.signing import signed

        pdf, name = self.printed(sheet), self.habit.name
        if name in ("archived", "linearised"):
            return archived(pdf, linear=name == "linearised")
        if name == "noted":
            return noted(pdf, self.made + timedelta(hours=3), f"DMS-{seeded(self.title, self.made).randrange(10**7)}")
        if name in ("signed", "certified") and sealed:
            return signed(pdf, self.issuer, self.made + timedelta(seconds=20), 2 if name == "certified" else 0)
        return pdf


def genuine_pdf(rng: Random, sheet: Sheet, run: Run) -> tuple[bytes, str]:
    """A genuine file, and how it came about."""
    if rng.random() < _REPRINTED:
        run = replace(run, habit=BROWSER, made=run.made + timedelta(days=rng.randrange(1, 90)))
    return run.issued(sheet), run.habit.name


def scanned_pdf(pixels: bytes, sheet_size: tuple[float, float], run: Run) -> tuple[bytes, tuple[float, float]]:
    """A scan (a JPEG file) as the one picture of a page, and where on the page it begins, in points."""
    page = A4 if sheet_size[0] < 590 and sheet_size[1] < 780 else sheet_size
    x, y = (page[0] - sheet_size[0]) / 2, 60.0 if page == A4 and sheet_size != A4 else 0.0
    sheet = Sheet(page)
    sheet.add(Picture(x, y, x + sheet_size[0], y + sheet_size[1], camera.decoded(pixels), key="scan", file=pixels))
    scanner = Habit("scanner", "ScanStation 2200", "Scan Engine 5.1")
    return replace(run, habit=scanner, title="").printed(sheet), (x, y)


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


def forged_pdf(rng: Random, craft: str, genuine: Sheet, forged: Sheet, run: Run) -> bytes:
    """A forged file by one craft: rewritten, retyped, overlay, revision, after-signing or editor."""
    if craft == "rewritten":
        return run.issued(forged, sealed=False)
    changed = changes(genuine, forged)
    if craft == "retyped":
        return run.issued(retyped(forged, changed), sealed=False)
    if craft == "overlay":
        return run.issued(overlaid(genuine, changed), sealed=False)
    later = run.made + timedelta(days=rng.randrange(1, 40), minutes=rng.randrange(600))
    if craft == "revision":
        return revised(run.printed(genuine), genuine, changed, later)
    if craft == "after-signing":
        sealed = replace(run, habit=replace(run.habit, name=rng.choice(("signed", "certified"))))
        return revised(sealed.issued(genuine), genuine, changed, later)
    return edited(rng, run.printed(retyped(forged, changed)), run.made)


def retyped(sheet: Sheet, changed: list[Change]) -> Sheet:
    """The changed texts in a font that is nearly the right one."""
    touched = {(change.page, id(change.after)) for change in changed}
    items = [
        [
            replace(item, font=_NEARLY.get(item.font, "Helvetica"))
            if isinstance(item, Text) and (page, id(item)) in touched and _latin(item.text)
            else item
            for item in row
        ]
        for page, row in enumerate(sheet.items)
    ]
    return Sheet(sheet.size, items)


def overlaid(genuine: Sheet, changed: list[Change]) -> Sheet:
    """White boxes over what stood there, and new text on them."""
    items = [list(page) for page in genuine.items]
    for change in changed:
        x0, y0, x1, y1 = change.box
        items[change.page].append(Area(x0 - 1, y0, x1 + 1, y1 - 0.5, (1, 1, 1)))
        if change.after is not None:
            items[change.page].append(change.after)
    return Sheet(genuine.size, items)


def edited(rng: Random, pdf: bytes, made: datetime) -> bytes:
    """Saved again by an editor: it names itself in one place and the issuer's system in the other, and the two disagree about
    the days as well, in one of the ways that happens."""
    import pikepdf

    later = made + timedelta(days=rng.randrange(2, 120), seconds=rng.randrange(86_400))
    slip = rng.choice(("none", "made later", "changed before made"))
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        del document.docinfo["/Trapped"]
        with document.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta.load_from_docinfo(document.docinfo)
            meta["xmp:ModifyDate"] = meta["xmp:MetadataDate"] = f"{later:%Y-%m-%dT%H:%M:%S}+00:00"
            if slip == "made later":
                meta["xmp:CreateDate"] = f"{later - timedelta(minutes=5):%Y-%m-%dT%H:%M:%S}+00:00"
        document.docinfo["/CreationDate"] = f"D:{made:%Y%m%d%H%M%S}Z"  # which pikepdf set to that of the XMP
        document.docinfo["/Producer"] = rng.choice(EDITORS)
        changed = made - timedelta(days=rng.randrange(20, 200)) if slip == "changed before made" else later
        document.docinfo["/ModDate"] = f"D:{changed:%Y%m%d%H%M%S}Z"
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _latin(text: str) -> bool:
    return all(ord(c) < 256 or c in "€" for c in text)
