"""A signature proves what it covers and nothing else: appended changes are told from signing, filling and archiving."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kinds.documents.pdf import forger, papers, signing
from tests.kinds.documents.pdf.looking import codes, look


@pytest.fixture(scope="module")
def paper() -> bytes:
    return signing.signed(papers.statement())


def test_an_intact_signature_of_an_unknown_signer_is_no_finding(paper: bytes) -> None:
    found = look(paper)
    assert found.verdict == "none"
    assert codes(found) == {"signature-intact"}


def test_a_signer_that_leads_to_a_configured_root_is_genuine(paper: bytes, tmp_path: Path) -> None:
    assert look(paper, tmp_path).verdict == "none"  # no root laid down: not trusted, and no finding against it
    (tmp_path / "bank.pem").write_bytes(signing.certificate()[1])
    assert look(paper, tmp_path).verdict == "genuine"


def test_signing_twice_and_filling_a_form_are_normal() -> None:
    form = papers.with_form()
    once = signing.signed(form, "First")
    assert look(signing.signed(once, "Second")).verdict == "none"
    assert look(papers.filled(once)).verdict == "none"
    assert look(signing.signed(papers.filled(once), "Second")).verdict == "none"


def test_one_changed_byte_under_the_signature_is_proof(paper: bytes) -> None:
    at = paper.index(b"Statement Engine")
    found = look(paper[:at] + b"s" + paper[at + 1 :])
    assert found.verdict == "counterfeit"
    assert found.severity == "high"
    assert "signature-digest" in codes(found)


def test_an_amount_exchanged_after_signing_is_shown_with_the_original(paper: bytes) -> None:
    found = look(forger.incremental(paper, "2,310.00", "7,310.00"))
    assert found.verdict == "counterfeit"
    assert codes(found) >= {"changed-after-signing", "text-replaced"}
    told = next(r for r in found.reasons if r.code.endswith("text-replaced"))
    assert (told.values["before"], told.values["after"]) == ("2,310.00", "7,310.00")
    assert any(where.box and where.page == 1 for where in found.where)


def test_signing_again_after_the_forgery_does_not_hide_it(paper: bytes) -> None:
    assert look(signing.signed(forger.incremental(paper, "2,310.00", "7,310.00"), "Second")).verdict == "counterfeit"


def test_annotations_after_signing_are_suspicious_and_forbidden_where_certified(paper: bytes) -> None:
    found = look(papers.annotated(paper))
    assert (found.verdict, codes(found) - {"signature-intact"}) == ("suspicious", {"annotated-after-signing"})
    from pyhanko.sign.fields import MDPPerm

    certified = signing.signed(papers.statement(), certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    assert look(certified).verdict == "none"
    found = look(papers.annotated(certified))
    assert found.verdict == "counterfeit"
    assert "change-forbidden" in codes(found)


def test_filling_a_form_that_was_certified_without_changes_is_proof() -> None:
    from pyhanko.sign.fields import MDPPerm

    certified = signing.signed(papers.with_form(), certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    assert look(papers.filled(certified)).verdict == "counterfeit"
    allowed = signing.signed(papers.with_form(), certify=True, docmdp_permissions=MDPPerm.FILL_FORMS)
    assert look(papers.filled(allowed)).verdict == "none"


def test_a_range_that_leaves_bytes_out_is_proof(paper: bytes) -> None:
    numbers = forger.byte_range(paper)
    moved = [numbers[0], numbers[1] - 40, numbers[2], numbers[3]]
    text = ("[" + " ".join(map(str, numbers)) + "]").encode()
    at = paper.index(b"/ByteRange")
    start, end = paper.index(b"[", at), paper.index(b"]", at) + 1
    other = ("[" + " ".join(map(str, moved)) + "]").encode().ljust(end - start)
    assert len(text) <= end - start
    found = look(paper[:start] + other + paper[end:])
    assert found.verdict == "counterfeit"
    assert "signature-gap" in codes(found)


def test_objects_appended_without_a_table_are_found(paper: bytes) -> None:
    found = look(forger.appended_body(paper))
    assert found.verdict == "counterfeit"
    assert "objects-after-signed" in codes(found)


def test_a_signature_cut_short_or_unfinished_is_inconclusive(paper: bytes) -> None:
    numbers = forger.byte_range(paper)
    blank = paper[: numbers[1] + 1] + b"0" * (numbers[2] - numbers[1] - 2) + paper[numbers[2] - 1 :]
    found = look(blank)
    assert (found.verdict, codes(found)) == ("inconclusive", {"signature-unfinished"})
    spoilt = paper[: numbers[1] + 1] + b"F" * 400 + paper[numbers[1] + 401 :]
    assert look(spoilt).verdict == "inconclusive"


def test_a_signature_taken_away_is_suspicious(paper: bytes) -> None:
    def change(writer: object) -> None:
        del writer.root["/AcroForm"]  # type: ignore[attr-defined]
        writer.update_root()  # type: ignore[attr-defined]

    found = look(papers.appended(paper, change))
    assert found.verdict == "suspicious"
    assert "signature-removed" in codes(found)


def test_ranges_that_are_odd_are_proof_although_the_signature_over_them_holds(paper: bytes) -> None:
    zero, before, after, rest = forger.byte_range(paper)
    assert codes(look(signing.resigned(paper, [zero, before, after, rest]))) == {"signature-intact"}
    odd = {
        "the tail is left out": ([zero, before, after, rest - 120], {"signature-range"}),
        "the gap is too large": ([zero, before, after + 60, rest - 60], {"signature-gap"}),
        "two numbers only": ([zero, before], {"signature-range"}),
        "six numbers": ([zero, before, after, 10, after + 20, rest - 20], {"signature-range"}),
        "not from the start": ([9, before - 9, after, rest], {"signature-range"}),
    }
    for name, (numbers, told) in odd.items():
        found = look(signing.resigned(paper, numbers))
        assert found.verdict == "counterfeit", name
        assert codes(found) >= told, name


def test_a_signed_paper_that_was_written_anew_is_suspicious(paper: bytes) -> None:
    found = look(papers.resaved(paper))
    assert (found.verdict, codes(found)) == ("suspicious", {"signature-moved"})


def test_what_a_reader_archives_after_signing_is_normal(paper: bytes) -> None:
    """A document security store and other metadata are updates of the lowest level (PAdES-LTA)."""
    from pyhanko.pdf_utils import generic

    def change(writer: object) -> None:
        store = generic.DictionaryObject({generic.pdf_name("/Certs"): generic.ArrayObject()})
        writer.root["/DSS"] = writer.add_object(store)  # type: ignore[attr-defined]
        writer.update_root()  # type: ignore[attr-defined]

    assert look(papers.appended(paper, change)).verdict == "none"
