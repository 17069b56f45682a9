"""Streams that a PDF carries come out as files of their own, and hostile ones are judged there."""

from __future__ import annotations

import io
import struct

import pikepdf
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from assay.formats.jbig2 import read_segments
from assay.formats.pdf_streams import carried_streams
from assay.formats.truetype import is_truetype, read_programs


def segment(number: int, kind: int, referred: list[int], data: bytes) -> bytes:
    return (
        struct.pack(">IBB", number, kind, len(referred) << 5)
        + bytes(referred)
        + b"\x01"
        + struct.pack(">I", len(data))
        + data
    )


def with_picture(shared_symbols: int, own_symbols: int) -> bytes:
    """A PDF with one JBIG2 picture whose text region refers to a shared and an own dictionary."""
    pdf, file = pikepdf.new(), io.BytesIO()
    dictionary = [struct.pack(">HII", 1, n, n) for n in (shared_symbols, own_symbols)]
    page = struct.pack(">IIII", 50, 50, 0, 0) + bytes(3)
    shared = pdf.make_stream(segment(0, 0, [], dictionary[0]))
    own = segment(1, 48, [], page) + segment(2, 0, [], dictionary[1]) + segment(3, 6, [0, 2], bytes(20))
    picture = pikepdf.Stream(pdf, own)
    picture.Filter = pikepdf.Name.JBIG2Decode
    picture.DecodeParms = pikepdf.Dictionary(JBIG2Globals=shared)
    pdf.add_blank_page()
    pdf.Root.Picture = pdf.make_indirect(picture)
    pdf.save(file)
    return file.getvalue()


@pytest.mark.parametrize(("shared", "breaches"), [(5, []), (0xFFFFFFFF, ["jbig2-overflow"])])
def test_a_picture_is_counted_with_what_it_shares(shared: int, breaches: list[str]) -> None:
    ((name, file),) = carried_streams(with_picture(shared, 40))
    assert name.startswith("picture")
    found = read_segments(file)
    assert (found.count, found.area, found.referred) == (4, 2500, shared + 40)
    assert [breach.rule for breach in found.breaches] == breaches


def test_fonts_come_out_whole() -> None:
    file = io.BytesIO()
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    page = canvas.Canvas(file)
    page.setFont("Vera", 12)
    page.drawString(72, 700, "An honest page")
    page.save()
    ((name, font),) = carried_streams(file.getvalue())
    assert name.startswith("font")
    assert is_truetype(font)
    assert (read_programs(font).adjust, read_programs(font).problem) == ([], "")


def test_what_is_no_pdf_carries_nothing() -> None:
    for content in (b"", b"%PDF-1.4 FontFile2", with_picture(1, 1)[:300], b"JBIG2Decode" * 1000):
        assert carried_streams(content) == []
