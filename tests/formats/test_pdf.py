"""PDF bytes read without repair: objects, filters, the chain of revisions, and what a page paints."""

from __future__ import annotations

import io
import zlib
from contextlib import suppress

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.formats.pdf_file import PdfFile
from assay.formats.pdf_filters import decode, inflate, oversized, unpredict
from assay.formats.pdf_marks import marks, words
from assay.formats.pdf_syntax import Name, PdfError, PdfTooLarge, Ref, Stream, indirect, parse, text_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"/Name#20x", Name("Name x")),
        (b"(a\\(b\\)\\101\\n(c))", b"a(b)A\n(c)"),
        (b"<48 65 6C6>", b"Hel`"),
        (b"[1 -2.5 .5 true null 3 0 R]", [1, -2.5, 0.5, True, None, Ref(3, 0)]),
        (b"<</A<</B 1>>%note\n/C[]>>", {"A": {"B": 1}, "C": []}),
        (b"12 0", 12),
    ],
)
def test_objects_are_read_as_the_standard_writes_them(written: bytes, meant: object) -> None:
    assert parse(written, 0)[0] == meant


def test_nesting_and_size_are_bounded() -> None:
    with pytest.raises(PdfTooLarge):
        parse(b"[" * 100, 0)
    with pytest.raises(PdfTooLarge):
        parse(b"[" + b"0 " * 200_000 + b"]", 0)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_a_pdf_error(data: bytes) -> None:
    for start in (b"", b"<<", b"[", b"(", b"1 0 obj"):
        for read in (parse, indirect):
            with suppress(PdfError):
                read(start + data, 0)


@given(st.lists(st.binary(min_size=6, max_size=6), min_size=1, max_size=20), st.data())
def test_every_png_predictor_is_undone(rows: list[bytes], data: st.DataObject) -> None:
    above, encoded = bytes(6), b""
    for row in rows:
        kind = data.draw(st.integers(0, 4))
        out = []
        for i, value in enumerate(row):
            left, corner = (row[i - 2], above[i - 2]) if i > 1 else (0, 0)
            up = above[i]
            estimate = left + up - corner
            nearest = min(
                (abs(estimate - left), 0, left), (abs(estimate - up), 1, up), (abs(estimate - corner), 2, corner)
            )
            out.append((value - (0, left, up, (left + up) // 2, nearest[2])[kind]) % 256)
        encoded += bytes([kind, *out])
        above = row
    assert unpredict(encoded, {"Predictor": 15, "Columns": 3, "Colors": 2}) == b"".join(rows)


def test_inflation_stops_at_the_bound() -> None:
    bomb = zlib.compress(b"\0" * (8 << 20))
    with pytest.raises(PdfTooLarge):
        inflate(bomb, 1 << 20)
    assert inflate(zlib.compress(b"short"), 1 << 20) == b"short"
    raw = b"<< /Filter /FlateDecode >>\nstream\n" + zlib.compress(b"\0" * (64 << 20)) + b"\nendstream"
    assert oversized(raw)
    assert not oversized(raw.replace(b"/FlateDecode", b"/DCTDecode  "))


def test_filters_in_a_row_are_undone_in_order() -> None:
    data = zlib.compress(b"hello").hex().encode() + b">"
    stream = Stream({"Filter": [Name("ASCIIHexDecode"), Name("Fl")]}, 0, len(data), True)
    assert decode(stream, data) == b"hello"


def saved(**options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(3):
            pdf.add_blank_page(page_size=(300, 200))
        text = b"BT /F1 12 Tf 20 100 Td (Total) Tj 60 0 Td [(1,2) -20 (00.50)] TJ 3 Tr 0 -20 Td (unseen) Tj ET 1 0 0 rg 5 5 50 20 re f"
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        for page in pdf.pages:
            page.Contents = pdf.make_stream(text)
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        pdf.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"linearize": True},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "linearize": True},
    ],
    ids=str,
)
def test_every_layout_of_one_file_reads_the_same(options: dict[str, object]) -> None:
    content = saved(**options)
    file = PdfFile(content)
    assert (file.problems, len(file.revisions), file.misses()) == ([], 1, [])
    assert file.revisions[0].end == len(content)
    assert file.revisions[0].consistent
    assert (file.linearized is not None) == bool(options.get("linearize"))
    view = file.at()
    pages = view.pages()
    assert len(pages) == 3
    assert all(b"(Total) Tj" in view.stream(page.dictionary["Contents"]) for page in pages)


def test_bytes_before_the_header_shift_every_offset() -> None:
    file = PdfFile(b"From: somebody\r\n\r\n" + saved())
    assert (file.problems, len(file.at().pages()), file.misses()) == ([], 3, [])


def test_streams_are_found_by_filter() -> None:
    view = PdfFile(saved()).at()
    assert list(view.streams("JBIG2Decode")) == []
    assert len(list(view.streams())) == 3


def test_marks_are_what_the_page_paints_in_its_order() -> None:
    page = marks(saved(), 0, scale=1.0)
    assert (page.width, page.height) == (300.0, 200.0)
    assert [m.kind for m in page.marks] == ["text", "text", "text", "shape"]
    assert [m.hidden for m in page.marks] == [False, False, True, False]
    box = page.marks[3]
    assert box.rectangle
    assert box.colour == (255, 0, 0, 255)
    assert box.box == pytest.approx((5, 175, 55, 195), abs=0.5)
    total, amount = words(page)
    assert (total.text, amount.text) == ("Total", "1,200.50")
    assert amount.box[0] == pytest.approx(80, abs=1)
    assert amount.baseline == pytest.approx(100, abs=0.1)
    assert page.marks[0].font == "Helvetica"
    assert not page.marks[0].embedded


def test_text_strings_say_their_encoding() -> None:
    assert text_of(b"\xfe\xff\x00\xe9") == text_of(b"\xef\xbb\xbf\xc3\xa9") == text_of(b"\xe9") == "é"
