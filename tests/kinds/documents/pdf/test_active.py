"""What a PDF carries or can do is told as a risk of its own; what it carries comes out whole and bounded."""

from __future__ import annotations

import io
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name

from assay.kinds.documents.pdf.active import embedded_files
from tests.kinds.documents.pdf import papers
from tests.kinds.documents.pdf.looking import codes, look


def with_root(**entries: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.statement())) as pdf:
        for key, value in entries.items():
            pdf.Root[f"/{key}"] = value
        pdf.save(out)
    return out.getvalue()


def attached(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.statement())) as pdf:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, mime_type="text/csv")
        pdf.save(out)
    return out.getvalue()


def test_javascript_is_told_and_is_no_forgery() -> None:
    found = look(with_root(OpenAction=Dictionary(S=Name.JavaScript, JS="app.alert(1)")))
    assert (found.verdict, codes(found)) == ("none", {"javascript"})


def test_setting_the_view_is_ordinary() -> None:
    found = look(with_root(OpenAction=Array([0, Name.XYZ, 0, 0, 0])))
    assert (found.verdict, codes(found)) == ("none", set())


def test_starting_a_program_is_suspicious() -> None:
    found = look(with_root(OpenAction=Dictionary(S=Name.Launch, F="cmd.exe")))
    assert (found.verdict, codes(found)) == ("suspicious", {"launch"})


def test_a_link_to_another_paper_is_ordinary_and_one_to_a_program_is_not() -> None:
    def linked(target: str) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(papers.statement())) as pdf:
            link = Dictionary(
                Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F=target)
            )
            pdf.pages[0].Annots = Array([pdf.make_indirect(link)])
            pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()

    assert look(linked("terms.pdf")).verdict == "none"
    assert codes(look(linked("terms.pdf"))) == {"launch"}
    assert look(linked("terms.exe")).verdict == "suspicious"


def test_files_inside_come_out_as_they_went_in() -> None:
    paper = attached("rows.csv", b"a,b\n1,2\n" * 100)
    assert codes(look(paper)) == {"embedded-file"}
    (inside,) = embedded_files(paper)
    assert (inside.name, inside.media, inside.content) == ("rows.csv", "text/csv", b"a,b\n1,2\n" * 100)


def test_a_file_inside_that_inflates_without_end_is_left_out() -> None:
    small = attached("x.bin", b"needle" * 10)
    assert embedded_files(small)
    bomb = zlib.compress(b"\0" * (80 << 20), 9)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(small)) as pdf:
        specification = pdf.Root.Names.EmbeddedFiles.Names[1]
        specification.EF.F.write(bomb, filter=Name.FlateDecode)
        if "/UF" in specification.EF:
            specification.EF.UF = specification.EF.F
        pdf.save(out)
    assert embedded_files(out.getvalue()) == []
    assert look(out.getvalue()).verdict == "inconclusive"
