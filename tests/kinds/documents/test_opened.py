"""A document opened once: pages drawn and read within bounds, the same work never done twice, and never an exception."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.kinds.documents import opened as module
from assay.kinds.documents.opened import MAX_PAGES, Opened, open_document
from tests.kinds.documents.reading.desk import pdf

LETTER = [
    [(40.0, "Dear customer,")],
    [(40.0, "you owe us"), (300.0, "1.234,56 EUR")],
    [(-500.0, "Überweisung bis 12.03.2024")],
]


def scan(text_under_it: bool = False) -> bytes:
    """A page that is one picture, with or without invisible text for searching."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(595, 842))
    sheet.drawImage(ImageReader(Image.new("RGB", (1240, 1754), (250, 250, 245))), 0, 0, 595, 842)
    if text_under_it:
        text = sheet.beginText(40, 700)
        text.setTextRenderMode(3)
        text.setFont("Helvetica", 10)
        text.textLine("Total 1.00 which nobody sees")
        sheet.drawText(text)
    sheet.showPage()
    sheet.save()
    return out.getvalue()


def test_a_text_layer_gives_lines_with_places() -> None:
    page = open_document(pdf([LETTER])).pages[0]
    assert page.layer
    assert [line.text for line in page.lines] == [
        "Dear customer,", "you owe us 1.234,56 EUR", "Überweisung bis 12.03.2024"
    ]  # fmt: skip
    words = {word.text: word.box for line in page.lines for word in line.words}
    x0, y0, x1, y1 = words["1.234,56"]
    assert page.pixels[int(y0) : int(y1), int(x0) : int(x1)].min() < 100, "the ink is where the word is said to be"
    assert page.pixels.shape == (1754, 1240, 3)
    assert x0 == pytest.approx(300 * 150 / 72, abs=2)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages_are_as_they_are_shown(turn: int) -> None:
    from pikepdf import Pdf

    out = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf([LETTER]))) as file:
        file.pages[0].Rotate = turn
        file.save(out)
    page = open_document(out.getvalue()).pages[0]
    assert [line.text for line in page.lines] == [
        "Dear customer,",
        "you owe us 1.234,56 EUR",
        "Überweisung bis 12.03.2024",
    ]
    x0, y0, x1, y1 = next(w.box for line in page.lines for w in line.words if w.text == "1.234,56")
    assert page.pixels[int(y0) : int(y1), int(x0) : int(x1)].min() < 100
    assert page.pixels.shape[:2] == ((1240, 1754) if turn != 180 else (1754, 1240))


def test_what_is_painted_over_counts_once() -> None:
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(595, 842))
    sheet.drawString(40, 700, "Balance 100.00")
    sheet.setFillColorRGB(1, 1, 1)
    sheet.rect(35, 695, 200, 20, stroke=0, fill=1)
    sheet.setFillColorRGB(0, 0, 0)
    sheet.drawString(40, 700, "Balance 900.00")
    sheet.save()
    assert [line.text for line in open_document(out.getvalue()).pages[0].lines] == ["Balance 900.00"]


def test_an_amount_flush_against_the_next_column_is_a_word() -> None:
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(595, 842))
    sheet.drawRightString(300, 700, "5.089,32")
    sheet.drawString(300, 700, "Transferencia 12")
    sheet.save()
    assert [w.text for w in open_document(out.getvalue()).pages[0].lines[0].words] == [
        "5.089,32",
        "Transferencia",
        "12",
    ]


def test_invisible_text_over_a_scan_is_no_text_layer() -> None:
    assert not open_document(scan(text_under_it=True)).pages[0].layer
    assert not open_document(scan()).pages[0].layer


def test_the_same_bytes_are_opened_once() -> None:
    content = pdf([LETTER])
    assert open_document(content) is open_document(bytes(bytearray(content)))
    assert open_document(content).pages[0].lines is open_document(content).pages[0].lines


def test_the_cache_is_bounded_in_documents_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_BYTES", 10_000_000)
    for i in range(20):
        content = zlib.compress(bytes([i])) + bytes(2_000_000)
        open_document(content)
        assert len(module._CACHE) <= 8
        assert sum(one.kept_bytes for one in module._CACHE.values()) <= 12_000_000


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0broken", b"nothing at all", b"%PDF-1.4" + bytes(5000)]
)
def test_broken_files_have_a_problem_and_no_pages(content: bytes) -> None:
    assert open_document(content).problem == "documents.unreadable"
    assert open_document(content).pages == ()


def test_encrypted_files_say_so() -> None:
    from pikepdf import Encryption, Pdf

    out = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf([LETTER]))) as file:
        file.save(out, encryption=Encryption(owner="o", user="u", R=6))
    assert open_document(out.getvalue()).problem == "documents.encrypted"


def test_huge_pictures_say_so() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    assert open_document(out.getvalue()).problem == "documents.too-large"


def test_only_so_many_pages_are_looked_at() -> None:
    opened = open_document(pdf([[[(40.0, f"page {i}")]] for i in range(MAX_PAGES + 10)]))
    assert len(opened.pages) == MAX_PAGES
    assert opened.cut


def test_a_poster_is_drawn_small() -> None:
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(14_000, 200))
    sheet.drawString(40, 100, "wide")
    sheet.save()
    assert max(open_document(out.getvalue()).pages[0].pixels.shape) == module.MAX_SIDE


def test_time_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", -1.0)
    opened = Opened(pdf([LETTER]))
    page = opened.pages[0]
    assert page.pixels.shape == (1, 1, 3)
    assert page.lines == ()
    assert opened.cut


BASE = pdf([LETTER])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(BASE) - 1), st.integers(0, 255)), max_size=10), st.integers(20, len(BASE)))
def test_damage_never_raises(changes: list[tuple[int, int]], end: int) -> None:
    content = bytearray(BASE)
    for at, value in changes:
        content[at] = value
    opened = Opened(bytes(content[:end]))
    assert opened.problem in ("", "documents.unreadable", "documents.encrypted", "documents.too-large")
    for page in opened.pages[:2]:
        assert page.pixels.dtype == np.uint8
        for line in page._layer[0] if page._layer else ():
            assert line.text
