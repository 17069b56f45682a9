"""A forger's edits are found with their place, and what stood there before."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import pytest

from assay.kinds.documents.evidence import Document
from assay.kinds.documents.pdf.before_after import before_after
from assay.kinds.documents.pdf.detector import PdfDetector
from tests.kinds.documents.pdf import forger, papers, signing
from tests.kinds.documents.pdf.looking import codes, look

# the salary of the second row: right edge x 430, baseline y 682
SALARY = (388.0, 680.0, 431.0, 690.0)


def told(content: bytes, code: str) -> dict[str, object]:
    return next(r.values for r in look(content).reasons if r.code == f"documents.pdf-{code}")


def test_an_amount_exchanged_in_an_update_is_proof_and_the_original_is_recovered() -> None:
    edited = forger.incremental(papers.statement(), "2,310.00", "7,310.00")
    found = look(edited)
    assert (found.verdict, found.severity) == ("counterfeit", "high")
    values = told(edited, "text-replaced")
    assert (values["before"], values["after"], values["page"]) == ("2,310.00", "7,310.00", 1)


def test_the_console_gets_both_pages_with_boxes() -> None:
    pairs = before_after(forger.incremental(papers.statement(), "2,310.00", "7,310.00"))
    assert len(pairs) == 1
    pair = pairs[0]
    assert pair.before.shape == pair.after.shape
    assert pair.before.ndim == 3
    ((box, was, now),) = [(r.after.box, r.before.text, r.after.text) for r in pair.change.replaced]
    assert (was, now) == ("2,310.00", "7,310.00")
    x0, y0, x1, y1 = (int(v) for v in box)
    differing = (pair.before != pair.after).any(axis=2)
    assert differing[y0 : y1 + 1, x0 : x1 + 1].any()
    differing[y0 - 2 : y1 + 3, x0 - 2 : x1 + 3] = False
    assert not differing.any()


def test_a_saved_annotation_changes_no_page_text() -> None:
    assert before_after(papers.annotated(papers.statement())) == []


@pytest.mark.parametrize("update", [False, True])
def test_a_white_box_with_another_amount_on_it_is_proof(update: bool) -> None:
    patched = forger.patched(papers.statement(), SALARY, "7,310.00", update=update)
    found = look(patched)
    assert found.verdict == "counterfeit"
    values = told(patched, "covered-text")
    assert (values["before"], values["after"]) == ("2,310.00", "7,310.00")


def test_figures_hidden_under_a_white_box_are_suspicious() -> None:
    x0, y0, x1, y1 = SALARY
    hidden = forger.over(papers.statement(), f"q 1 1 1 rg {x0} {y0} {x1 - x0} {y1 - y0} re f Q")
    found = look(hidden)
    assert (found.verdict, found.severity, codes(found)) == ("suspicious", "low", {"hidden-text"})


def test_the_original_made_white_and_written_over_is_suspicious() -> None:
    content = papers.statement()
    rewritten = forger.content_of(content).replace(b"(2,310.00) Tj", b"1 g (2,310.00) Tj 0 g")
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.pages[0].Contents = pdf.make_stream(rewritten)
        pdf.save(out)
    over = forger.over(out.getvalue(), "BT 0 g /Fover 10 Tf 391 682 Td (7,310.00) Tj ET")
    found = look(over)
    assert found.verdict == "suspicious"
    assert "overprinted" in codes(found)


def test_a_comment_box_that_shows_another_amount_is_proof() -> None:
    found = look(papers.annotated(papers.statement(), "/FreeText", SALARY, Contents="7,310.00"))
    assert found.verdict == "counterfeit"
    assert "annotation-covers" in codes(found)


def test_a_white_square_annotation_over_an_amount_is_suspicious() -> None:
    from pyhanko.pdf_utils import generic

    white = generic.ArrayObject([generic.NumberObject(1)] * 3)
    assert look(papers.annotated(papers.statement(), "/Square", SALARY, IC=white)).verdict == "suspicious"


def test_an_entry_set_in_another_font_stands_out_of_its_column() -> None:
    content = papers.statement()
    gone = forger.content_of(content).replace(b"(2,310.00) Tj", b"() Tj")
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.pages[0].Contents = pdf.make_stream(gone)
        pdf.save(out)
    found = look(
        forger.over(out.getvalue(), "BT /Fover 10 Tf 385 682.6 Td (7,310.00) Tj ET", fonts={"/Fover": "Courier"})
    )
    assert (found.verdict, codes(found)) == ("suspicious", {"foreign-type"})
    assert found.where[0].box is not None


def test_an_image_exchanged_in_an_update_is_suspicious() -> None:
    found = look(forger.image_swapped(papers.scanned()))
    assert (found.verdict, codes(found)) == ("suspicious", {"image-replaced"})
    signed = look(forger.image_swapped(signing.signed(papers.scanned())))
    assert signed.verdict == "counterfeit"


def test_a_row_put_in_by_an_update_is_suspicious() -> None:
    row = "BT /Fover 10 Tf 60 592 Td (28.02.2026  Refund) Tj 325 0 Td (4,000.00) Tj ET"
    found = look(forger.over(papers.statement(), row, update=True))
    assert found.verdict == "suspicious"
    assert "text-added" in codes(found)


def test_a_shadow_swapped_in_after_signing_is_proof() -> None:
    """Hide and replace (NDSS'21): what the signer saw lies under content that an update takes away."""
    cover = "q 1 1 1 rg 0 0 600 850 re f Q BT /Fover 10 Tf 60 700 Td (Consent to open an account) Tj ET"
    shadow = signing.signed(forger.over(papers.statement(), cover))

    def change(writer: object) -> None:
        from pyhanko.pdf_utils import generic

        page = writer.root["/Pages"]["/Kids"][0]  # type: ignore[attr-defined]
        page["/Contents"] = generic.ArrayObject(list(page["/Contents"])[:-1])
        writer.mark_update(page.container_ref)  # type: ignore[attr-defined]

    found = look(papers.appended(shadow, change))
    assert found.verdict == "counterfeit"
    assert "changed-after-signing" in codes(found)


def test_programs_and_dates_that_contradict_each_other() -> None:
    def with_info(**info: str) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(papers.statement())) as pdf:
            for key, value in info.items():
                pdf.docinfo[f"/{key}"] = value
            pdf.save(out)
        return out.getvalue()

    found = look(with_info(Creator="SAP NetWeaver 7.5", Producer="iLovePDF"))
    assert (found.verdict, codes(found)) == ("suspicious", {"edited-by"})
    one = look(with_info(CreationDate="D:20260301120000Z", ModDate="D:20250101120000Z"))
    assert (one.verdict, codes(one)) == ("none", {"date-order"})
    two = look(
        with_info(CreationDate="D:20260301120000Z", ModDate="D:20250101120000Z", Producer="Adobe Photoshop 25.0")
    )
    assert (two.verdict, two.severity) == ("suspicious", "low")


def test_an_issuer_s_paper_saved_by_an_editor_is_suspicious_where_it_is_claimed_to_be_one() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.statement())) as pdf:
        pdf.docinfo["/Creator"], pdf.docinfo["/Producer"] = "Core Statements 4", "Sejda 5.3"
        pdf.save(out)
    now = datetime.now(UTC)
    statement = Document(id="d", time=now, content=out.getvalue(), claimed="statement")
    assert PdfDetector().finding(statement).verdict == "suspicious"
    assert look(out.getvalue()).verdict == "none"
