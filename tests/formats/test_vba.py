"""VBA's compression by the examples of [MS-OVBA] 3.2, projects written and read back, objects of documents."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats.ole_objects import moniker_link, overlong_font, read_ole1, read_package
from assay.formats.rtf import read_rtf
from assay.formats.vba import decompress, read_project
from assay.kinds.files.samples.compound import package, project, squeezed
from assay.kinds.files.samples.office import equation, moniker, rich, rich_object


@pytest.mark.parametrize(("packed", "text"), [
    ("0119B000616263646566676800696A6B6C6D6E6F7000717273747576 2E", b"abcdefghijklmnopqrstuv."),
    ("012FB00023616161626364658266007061676869 6A013808616B6C00306D6E6F7006710270041072737475761077 78797A003C", b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"),
    ("0103B002614500", b"a" * 73),
])  # fmt: skip
def test_the_examples_of_the_specification(packed: str, text: bytes) -> None:
    assert decompress(bytes.fromhex(packed.replace(" ", ""))) == text


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=9000))
def test_what_is_squeezed_comes_out_again(text: bytes) -> None:
    assert decompress(squeezed(text)) == text


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_refused_or_bounded(noise: bytes) -> None:
    for content in (noise, b"\x01" + noise, b"\x01\xff\xbf" + noise):
        with contextlib.suppress(ValueError):
            assert len(decompress(content, 10_000)) <= 10_000
    read_ole1(noise)
    read_package(noise)
    read_package(b"\2\0" + noise)
    moniker_link(bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + noise)
    overlong_font(b"\x1c\0" + bytes(26) + noise)
    read_rtf(b"{\\rtf1{\\object{\\*\\objdata " + noise)


def test_a_project_is_read_module_by_module() -> None:
    source = {"ThisDocument": "Sub A()\nEnd Sub\n", "Modül1": "x" * 9000}
    streams = project(source, compiled={"ThisDocument": b"p-code" * 10})
    found = read_project(lambda name: streams.get(f"VBA/{name}"))
    assert next((m.name, m.source) for m in found.modules) == ("ThisDocument", source["ThisDocument"])
    assert found.modules[0].compiled == 60
    del streams["VBA/ThisDocument"]
    assert read_project(lambda name: streams.get(f"VBA/{name}")).modules[0].problem
    assert read_project(lambda _name: None).problem


def test_objects_are_found_however_they_are_strewn() -> None:
    for strewn in (False, True):
        (one,) = read_rtf(rich(rich_object(b"Package", package("a.txt", b"hello")[4:], strewn=strewn))).objects
        inner = read_ole1(one.data)
        assert inner is not None
        assert (inner.kind, one.strewn) == ("Package", strewn)
        found = read_package(inner.data)
        assert found is not None
        assert (found.name, found.content) == ("a.txt", b"hello")


def test_links_and_fonts() -> None:
    assert moniker_link(moniker("http://192.0.2.7/a.hta")) == "http://192.0.2.7/a.hta"
    assert overlong_font(equation(b"Times New Roman")) is None
    assert overlong_font(equation(b"A" * 39)) is None, "one short of what there is room for"
    assert overlong_font(equation(b"A" * 40)) is not None
