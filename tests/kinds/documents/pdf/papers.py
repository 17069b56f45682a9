"""Genuine papers as several programs write them, made anew for each test: nothing here was ever edited by a forger."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

ROWS = [
    ("03.02.2026", "Card payment grocer", "-54.20", "1,945.80"),
    ("05.02.2026", "Salary", "2,310.00", "4,255.80"),
    ("09.02.2026", "Rent", "-980.00", "3,275.80"),
    ("14.02.2026", "Transfer to savings", "-500.00", "2,775.80"),
    ("21.02.2026", "Electricity", "-88.15", "2,687.65"),
    ("27.02.2026", "Card payment pharmacy", "-12.40", "2,675.25"),
]


def statement(rows: list[tuple[str, str, str, str]] = ROWS, *, font: str = "Helvetica", pages: int = 1) -> bytes:
    """A bank statement: a heading, a table of rows, totals in bold, a grey stripe behind every second row."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle("Account statement")
    canvas.setProducer("Statement Engine 4.1")
    for page in range(pages):
        canvas.setFont(f"{font}-Bold" if font == "Helvetica" else font, 16)
        canvas.drawString(60, 780, "Example Bank account statement")
        canvas.setFont(font, 10)
        canvas.drawString(60, 755, "Period 01.02.2026 to 28.02.2026")
        canvas.drawString(60, 740, f"Page {page + 1} of {pages}")
        for i, (day, text, amount, balance) in enumerate(rows):
            y = 700 - 18 * i
            if i % 2:
                canvas.setFillGray(0.93)
                canvas.rect(55, y - 5, 480, 16, stroke=0, fill=1)
                canvas.setFillGray(0)
            canvas.drawString(60, y, day)
            canvas.drawString(140, y, text)
            canvas.drawRightString(430, y, amount)
            canvas.drawRightString(530, y, balance)
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(60, 560, "Closing balance")
        canvas.drawRightString(530, 560, rows[-1][3])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def noise(width: int = 200, height: int = 100, seed: int = 1) -> Image.Image:
    picture = Image.effect_noise((width, height), 60).convert("RGB")
    ImageDraw.Draw(picture).text((10, 10), f"scan {seed}", fill=(0, 0, 0))
    return picture


def scanned() -> bytes:
    """A page that is one picture, with what recognition read lying under it, unseen."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(noise(600, 800)), 0, 0, *A4)
    text = canvas.beginText(60, 700)
    text.setTextRenderMode(3)
    text.setFont("Helvetica", 11)
    for day, what, amount, _ in ROWS:
        text.textLine(f"{day} {what} {amount}")
    canvas.drawText(text)
    canvas.save()
    return out.getvalue()


def with_form() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.drawString(60, 700, "Amount applied for")
    canvas.acroForm.textfield(name="amount", x=200, y=690, width=120, height=20, value="")
    canvas.acroForm.checkbox(name="agree", x=200, y=650, size=16)
    canvas.save()
    return out.getvalue()


def resaved(content: bytes, **options: object) -> bytes:
    """Written anew by qpdf, the content untouched: what a mail gateway, an archive or a merger does."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def appended(content: bytes, change: Callable[[object], None]) -> bytes:
    """An incremental update (pyHanko's writer): `change(writer)` says what is in it."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def filled(content: bytes, value: str = "1,200.00") -> bytes:
    """The form's amount filled in, saved incrementally, as a reader does."""
    from pyhanko.pdf_utils import generic

    def change(writer: object) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]  # type: ignore[attr-defined]
        field["/V"] = generic.pdf_string(value)
        writer.mark_update(field.container_ref)  # type: ignore[attr-defined]

    return appended(content, change)


def annotated(
    content: bytes, kind: str = "/Highlight", rect: tuple[float, ...] = (60, 400, 300, 420), **more: object
) -> bytes:
    """A mark-up annotation, saved incrementally."""
    from pyhanko.pdf_utils import generic

    def change(writer: object) -> None:
        page = writer.root["/Pages"]["/Kids"][0]  # type: ignore[attr-defined]
        entries = {
            "/Type": "/Annot",
            "/Subtype": kind,
        }
        note = generic.DictionaryObject({generic.pdf_name(k): generic.pdf_name(v) for k, v in entries.items()})
        note["/Rect"] = generic.ArrayObject([generic.FloatObject(v) for v in rect])
        for key, value in more.items():
            note["/" + key] = generic.pdf_string(value) if isinstance(value, str) else value
        old = list(page["/Annots"]) if "/Annots" in page else []
        page["/Annots"] = generic.ArrayObject([*old, writer.add_object(note)])  # type: ignore[attr-defined]
        writer.mark_update(page.container_ref)  # type: ignore[attr-defined]

    return appended(content, change)


def highlighted() -> bytes:
    """Amounts marked yellow in the page's own content, the way viewers do it: the text shows through."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(statement())) as pdf:
        page = pdf.pages[0]
        state = pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, BM=pikepdf.Name.Multiply)
        name = page.add_resource(state, pikepdf.Name.ExtGState)
        page.contents_add(f"q {name} gs 1 1 0 rg 380 690 60 60 re f Q".encode(), prepend=False)
        pdf.save(out)
    return out.getvalue()


def strips() -> bytes:
    """A scan cut into strips, painted over the text that was read from it."""
    from reportlab.lib.utils import ImageReader

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    for i, (day, what, amount, _) in enumerate(ROWS):
        canvas.drawString(60, 700 - 90 * i, f"{day} {what} {amount}")
    for i in range(12):
        canvas.drawImage(ImageReader(noise(600, 70, i)), 0, 70 * i, 595, 70)
    canvas.save()
    return out.getvalue()
