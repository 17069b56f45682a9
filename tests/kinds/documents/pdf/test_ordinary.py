"""Ordinary papers are left alone: what mail gateways, archives, readers, scanners and form fillers do is no forgery."""

from __future__ import annotations

import pikepdf
import pytest

from assay.formats.pdf_file import PdfFile
from tests.kinds.documents.pdf import forger, papers, signing
from tests.kinds.documents.pdf.looking import codes, look


def five_times(content: bytes) -> bytes:
    for i in range(5):
        content = papers.annotated(content, rect=(60, 300 + 20 * i, 300, 315 + 20 * i))
    return content


def flattened() -> bytes:
    """What the field said is painted on the page, beside its label, and saved as an update."""
    filled = papers.filled(papers.with_form(), "1,250.00")
    return forger.over(filled, "BT /Fover 10 Tf 202 700 Td (1,250.00) Tj ET", update=True)


ORDINARY = {
    "statement": papers.statement,
    "many pages": lambda: papers.statement(pages=15),
    "another font": lambda: papers.statement(font="Times-Roman"),
    "a scan with its text beneath": papers.scanned,
    "a form": papers.with_form,
    "a filled form": lambda: papers.filled(papers.with_form()),
    "linearised": lambda: papers.resaved(papers.statement(), linearize=True),
    "object streams": lambda: papers.resaved(papers.statement(), object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "written plainly": lambda: papers.resaved(papers.statement(), qdf=True),
    "opens without a password": lambda: papers.resaved(
        papers.statement(), encryption=pikepdf.Encryption(owner="secret", user="")
    ),
    "highlighted": lambda: papers.annotated(papers.statement()),
    "a comment beside the text": lambda: papers.annotated(
        papers.statement(), "/FreeText", (60, 100, 300, 130), Contents="seen 04.03.2026, 15 pages"
    ),
    "linearised, then annotated": lambda: papers.annotated(papers.resaved(papers.statement(), linearize=True)),
    "annotated five times": lambda: five_times(papers.statement()),
    "signed by nobody known": lambda: signing.signed(papers.statement()),
    "a watermark": lambda: forger.over(
        papers.statement(), "q 0.85 g BT /Fover 70 Tf .7 .7 -.7 .7 150 250 Tm (COPY 2026) Tj ET Q"
    ),
    "a page number stamped below": lambda: forger.over(
        papers.statement(), "BT /Fover 8 Tf 280 20 Td (Page 1 of 3) Tj ET", update=True
    ),
    "a highlight that multiplies": papers.highlighted,
    "pages numbered anew": lambda: forger.over(
        forger.over(papers.statement(pages=3), "BT /Fover 8 Tf 282 20 Td (Page 1 of 3) Tj ET"),
        "q 1 1 1 rg 280 18 60 12 re f Q BT /Fover 8 Tf 282 20 Td (Page 7 of 9) Tj ET",
    ),
    "a stamp in an update": lambda: forger.over(
        papers.statement(), "BT /Fover 14 Tf 330 80 Td (RECEIVED 04 MAR 2026) Tj ET", update=True
    ),
    "words spaced otherwise by an update": lambda: forger.incremental(
        papers.statement(), "(05.02.2026) Tj", "[(05.02.) -400 (2026)] TJ"
    ),
    "a form flattened in an update": flattened,
    "a scan compressed anew": lambda: forger.recompressed(papers.scanned()),
    "text recognised in an update": lambda: forger.over(
        papers.scanned(), "BT 3 Tr /Fover 11 Tf 60 300 Td (Total 1,200.00) Tj ET", update=True
    ),
    "a scan in strips over its text": papers.strips,
    "white space at the end": lambda: papers.statement() + b"\r\n\0\0\0" * 50,
}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_paper_is_left_alone(name: str) -> None:
    found = look(ORDINARY[name]())
    assert found.verdict == "none", [(r.code, r.values) for r in found.reasons]


def test_revisions_are_counted_by_the_chain_and_not_by_their_ends() -> None:
    linearised = papers.resaved(papers.statement(), linearize=True)
    assert linearised.count(b"%%EOF") == 2
    assert len(PdfFile(linearised).revisions) == 1
    assert len(PdfFile(five_times(linearised)).revisions) == 6
    stray = papers.statement().replace(b"%PDF-1.4", b"%PDF-1.4\n%%EOF %%EOF", 1)
    assert look(papers.resaved(stray, qdf=True)).verdict == "none"


def test_encrypted_with_a_password_is_inconclusive() -> None:
    locked = papers.resaved(papers.statement(), encryption=pikepdf.Encryption(owner="secret", user="mine"))
    found = look(locked)
    assert (found.verdict, codes(found)) == ("inconclusive", {"documents.encrypted"})


def test_damaged_and_broken_files_are_inconclusive() -> None:
    content = papers.statement()
    assert look(content[: len(content) // 2]).verdict == "inconclusive"
    assert look(content[:-30]).verdict == "inconclusive"
    assert look(b"%PDF-1.7\nhello").verdict == "inconclusive"
    found = look(content.replace(b"startxref\n", b"startxref\n9", 1))
    assert (found.verdict, codes(found)) == ("inconclusive", {"damaged"})
