"""Hostile files: bounded time and memory, and never an exception."""

from __future__ import annotations

import io
import random
import re
import time
import zlib
from functools import cache
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic

from assay.formats.pdf_file import PdfFile
from assay.formats.pdf_weight import too_heavy
from assay.kinds.documents.pdf.active import embedded_files
from assay.kinds.documents.pdf.before_after import before_after
from tests.kinds.documents.pdf import forger, papers, signing
from tests.kinds.documents.pdf.looking import codes, look


def written(objects: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """A file of these objects with a table that fits."""
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (n, places[n]) for n in sorted(places))
    end = b"trailer\n<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (max(places) + 1, trailer, len(out))
    return out + b"xref\n0 1\n0000000000 65535 f \n" + table + end


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def page(content: bytes, **more: bytes) -> dict[int, bytes]:
    return {
        1: b"<</Type/Catalog/Pages 2 0 R%s>>" % more.get("root", b""),
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 300]>>",
        3: b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1"
        b"/BaseFont/Helvetica>>>>%s>>>>" % more.get("resources", b""),
        4: content,
    }


def forms_within_forms() -> bytes:
    objects = page(stream(b"/X10 Do " * 10), resources=b"/XObject<</X10 10 0 R>>")
    for n in range(10, 20):
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X%d %d 0 R>>>>" % (n + 1, n + 1)
        objects[n] = stream(b"/X%d Do " % (n + 1) * 10, entries)
    objects[20] = stream(b"0 0 1 1 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    return written(objects)


def shared_without_end() -> bytes:
    """Every object is reached in two to the power of forty ways, in a signed file that was changed."""
    objects = page(stream(b"BT ET"), root=b"/Q 10 0 R")
    objects |= {n: b"<</A %d 0 R/B %d 0 R>>" % (n + 1, n + 1) for n in range(10, 50)} | {50: b"<<>>"}
    return papers.annotated(signing.signed(written(objects)))


def once_forms_within_forms() -> bytes:
    """An update takes the bomb off the page: it is still there for whoever looks at the revision before."""

    def change(writer: Any) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
        writer.mark_update(page.container_ref)

    return papers.appended(forms_within_forms(), change)


def chained_to_itself() -> bytes:
    plain = written(page(stream(b"")))
    return plain.replace(b"/Size 5", b"/Size 5/Prev %d" % plain.rindex(b"xref\n0"))


HOSTILE = {
    "content that inflates to 64 MiB": lambda: written(
        page(stream(zlib.compress(b" " * (64 << 20)), b"/Filter/FlateDecode"))
    ),
    "deflated twice": lambda: written(
        page(stream(zlib.compress(zlib.compress(b" " * (64 << 20))), b"/Filter[/FlateDecode/FlateDecode]"))
    ),
    "a content of a hundred thousand parts": lambda: written(
        page(stream(zlib.compress(b" " * (1 << 21)), b"/Filter/FlateDecode"))
        | {3: b"<</Type/Page/Parent 2 0 R/Contents[" + b"4 0 R " * 100_000 + b"]>>"}
    ),
    "a table that inflates": lambda: (
        b"%PDF-1.5\n9 0 obj\n"
        + stream(zlib.compress(b"\1\0\0\x10\0" * 4_000_000), b"/Type/XRef/W[1 3 1]/Size 4000000/Root 1 0 R/Filter/FlateDecode")
        + b"\nendobj\nstartxref\n9\n%%EOF"
    ),
    "forms within forms": forms_within_forms,
    "forms within forms, once": once_forms_within_forms,
    "shared without end": shared_without_end,
    "a chain that ends in itself": chained_to_itself,
    "nested arrays": lambda: written(page(stream(b"")) | {9: b"[" * 300_000}),
    "nested dictionaries in the root": lambda: written({1: b"<</A " * 100_000, 2: b"<<>>"}),
    "pages that hold themselves": lambda: written(
        {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"}
    ),
    "pages shared without end": lambda: written(
        {1: b"<</Type/Catalog/Pages 2 0 R>>", 60: b"<</Type/Page/MediaBox[0 0 9 9]>>"}
        | {n: b"<</Type/Pages/Kids[%d 0 R %d 0 R]/Count 99>>" % (n + 1, n + 1) for n in range(2, 60)}
    ),
    "a hundred thousand figures": lambda: written(
        page(stream(b"BT /F1 9 Tf 10 10 Td " + b"(1,234.56) Tj 0 1 Td " * 100_000 + b"ET"))
    ),
    "two hundred thousand streams without end": lambda: b"%PDF-1.4\n" + b"1 0 obj<</Filter/FlateDecode>>stream\n" * 200_000,
    "a million comments": lambda: written(page(stream(b""))).replace(b"trailer", b"%\n" * 1_000_000 + b"trailer"),
    "an image of 60,000 pixels": lambda: written(
        page(stream(b"q 300 0 0 300 0 0 cm /I Do Q"), resources=b"/XObject<</I 5 0 R>>")
        | {5: stream(zlib.compress(b"\0" * 1_000_000), b"/Type/XObject/Subtype/Image/Width 60000/Height 60000"
                     b"/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode")}
    ),
    "entities in the metadata": lambda: written(
        page(stream(b""), root=b"/Metadata 7 0 R")
        | {7: stream(b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><xmp:CreateDate>&c;</xmp:CreateDate>'
                     b"<xmp:CreateDate>" + b"9" * 200_000)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_answered_in_bounded_time(name: str) -> None:
    content = HOSTILE[name]()
    look(papers.statement())  # what is imported when first used
    began = time.process_time()
    found = look(content)
    before_after(content)
    assert time.process_time() - began < 5.0
    assert found.verdict in ("none", "inconclusive")


def test_what_is_too_much_is_said() -> None:
    for name in ("content that inflates to 64 MiB", "deflated twice", "forms within forms"):
        assert codes(look(HOSTILE[name]())) == {"documents.too-large"}
    assert codes(look(HOSTILE["shared without end"]())) == {"signature-unreviewed"}


def test_what_is_too_much_is_not_opened_for_anybody() -> None:
    from assay.kinds.documents.opened import open_document

    for name in ("content that inflates to 64 MiB", "deflated twice", "forms within forms"):
        opened = open_document(HOSTILE[name]())
        assert (opened.problem, opened.pages) == ("documents.too-large", ())
    assert not open_document(papers.statement()).problem


def test_encryption_with_an_empty_password_hides_no_bomb() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(forms_within_forms())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="secret", user=""))
    assert "documents.too-large" in codes(look(out.getvalue()))
    assert too_heavy(out.getvalue())


def test_a_wrong_table_hides_no_bomb() -> None:
    bomb = forms_within_forms()
    astray = bomb.replace(b"startxref\n", b"startxref\n9")
    assert codes(look(astray)) == {"documents.too-large"}
    missing = re.sub(rb"(\n4 1\n)\d{10}", rb"\g<1>0000000011", bomb)
    assert missing != bomb
    assert codes(look(missing)) == {"documents.too-large"}


@cache
def seeds() -> list[bytes]:
    signed = signing.signed(papers.with_form())
    return [
        forger.incremental(signing.signed(papers.statement()), "2,310.00", "7,310.00"),
        papers.filled(signed),
        papers.resaved(papers.statement(), object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True),
        papers.annotated(papers.statement(), "/FreeText", (388, 680, 431, 690), Contents="7,310.00"),
    ]


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32), which=st.integers(0, 3))
def test_spoilt_files_never_raise(seed: int, which: int) -> None:
    content = spoilt(seeds()[which], random.Random(seed))
    assert look(content).verdict in ("none", "inconclusive", "suspicious", "counterfeit")
    PdfFile(content).at().pages()
    embedded_files(content)
    if seed % 8 == 0:
        before_after(content)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise(data: bytes) -> None:
    assert look(b"%PDF-1.7\n" + data).verdict == "inconclusive"


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """Truncated, bits turned, a piece lost or doubled, or numbers exchanged for awkward ones."""
    way = chance.randrange(5)
    at = chance.randrange(len(content))
    if way == 0:
        return content[:at]
    if way == 1:
        return content[:at] + content[at + chance.choice((1, 20, 500)) :]
    if way == 2:
        piece = content[at : at + chance.choice((4, 40, 400))]
        other = chance.randrange(len(content))
        return content[:other] + piece + content[other:]
    out = bytearray(content)
    if way == 3:
        for _ in range(chance.choice((1, 5, 50))):
            out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
        return bytes(out)
    numbers = list(re.finditer(rb"\d+", content))
    for _ in range(chance.choice((1, 4, 12))):
        found = chance.choice(numbers)
        value = chance.choice((b"0", b"-1", b"99999999999", b"65536"))
        out[found.start() : found.start() + len(value)] = value
    return bytes(out)
