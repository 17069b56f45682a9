"""Simulated PDF files: revisions that readers accept, signatures that hold until the file is edited, a world in a folder."""

import csv
import io
from datetime import datetime

import pikepdf
import pytest

from assay.core.errors import InvalidSetting
from assay.formats.folder_writer import write_folder
from assay.kinds.documents.simulate import signing, simulate
from assay.kinds.documents.simulate.craft import HABITS, Run, forged_pdf
from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.printing import rasterise
from assay.kinds.documents.simulate.sheet import Sheet, Text

RUN = Run(HABITS[0], datetime(2025, 3, 1, 9, 30), "Statement", "Pennine Bank")


def sheet(amount):
    page = Sheet()
    page.add(Text(50, 80, "Pennine Bank"), Text(50, 100, amount, field="amount"))
    return page


def words(pdf):
    import pypdfium2

    return pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()


@pytest.mark.parametrize("craft", ["rewritten", "retyped", "overlay", "revision", "after-signing", "editor"])
def test_every_craft_gives_a_file_that_states_the_forged_amount(craft):
    pdf = forged_pdf(seeded(1), craft, sheet("100.00"), sheet("900.00"), RUN)
    assert pdf == forged_pdf(seeded(1), craft, sheet("100.00"), sheet("900.00"), RUN)
    assert (rasterise(pdf, 0, 72) != rasterise(RUN.issued(sheet("100.00")), 0, 72)).any()
    if craft != "overlay":  # its text layer holds both amounts, one over the other
        assert "900.00" in words(pdf)
    assert not pikepdf.open(io.BytesIO(pdf)).check_pdf_syntax()


def test_two_files_have_two_identifiers():
    first, second = (pikepdf.open(io.BytesIO(RUN.issued(sheet(text)))) for text in ("1.00", "2.00"))
    assert bytes(first.trailer.ID[0]) != bytes(second.trailer.ID[0])


def test_a_revision_keeps_the_bytes_before_it():
    first, edited = (
        RUN.issued(sheet("100.00")),
        forged_pdf(seeded(1), "revision", sheet("100.00"), sheet("900.00"), RUN),
    )
    assert edited.startswith(first)
    assert edited.count(b"%%EOF") == 2


def test_a_signature_covers_the_file_until_somebody_edits_it():
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    def status(pdf):
        (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        trust = ValidationContext(trust_roots=[signing._asn1(signing.certificate(signing.ROOT))], allow_fetching=False)
        return validate_pdf_signature(signature, trust)

    sealed = signing.signed(RUN.issued(sheet("100.00")), "Pennine Bank", RUN.made, certify=2)
    assert status(sealed).bottom_line
    assert sealed == signing.signed(RUN.issued(sheet("100.00")), "Pennine Bank", RUN.made, certify=2)
    edited = status(forged_pdf(seeded(1), "after-signing", sheet("100.00"), sheet("900.00"), RUN))
    assert edited.intact
    assert not edited.bottom_line


def test_a_world_of_files_is_a_folder_with_a_table(tmp_path):
    rows = list(simulate(1, size=3, kinds="receipt", media="pdf"))
    told = write_folder(iter(rows), tmp_path / "papers")
    assert told["files"] == 3
    table = list(csv.DictReader((tmp_path / "papers" / "labels.csv").open(encoding="utf-8")))
    assert [line["file"] for line in table] == [row["file"] for row in rows]
    assert (tmp_path / "papers" / table[0]["file"]).read_bytes() == rows[0]["content"]
    with pytest.raises(InvalidSetting, match="folder"):
        write_folder(iter(rows), tmp_path / "papers.csv")


def test_the_command_line_writes_it(tmp_path, capsys):
    from assay.cli import main

    out = tmp_path / "world"
    asked = [
        "simulate",
        "papers",
        "--out",
        str(out),
        "--size",
        "2",
        "--set",
        "media=pdf",
        "--set",
        "kinds=invoice",
        "--json",
    ]
    assert main(asked) == 0
    assert len(list(out.glob("*.pdf"))) == 2
    assert main([*asked, "--set", "weather=fine"]) != 0
    assert "weather" in capsys.readouterr().err
