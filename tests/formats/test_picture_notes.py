"""Notes beside the pixels: read from every container, bounded, and harmless when damaged."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kinds.images.files import exif, jpeg, photograph, saved, xmp

from assay.formats.exif import read_exif, user_comment
from assay.formats.jpeg import read_jpeg
from assay.formats.jpeg_tables import tables_of
from assay.formats.picture_notes import picture_media, read_notes
from assay.formats.xmp import Xmp, aigc_label

SCENE = photograph(1, 48, 64)
EXIF = exif(size=(64, 48), software="a program", place=(43.5, -11.25), zone="+02:00", comment=b"ASCII\0\0\0a note")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_exif_comes_out_of_every_container_as_it_went_in(format: str) -> None:
    found = read_exif(read_notes(saved(SCENE, format, exif=EXIF)).exif)
    assert (found.text("Make"), found.text("Model"), found.text("Software")) == ("Maker", "Camera 7", "a program")
    assert (found.number("PixelXDimension"), found.number("ExposureTime"), found.number("ISO")) == (64, 0.01, 200)
    assert (found.text("UserComment"), found.text("OffsetTimeOriginal")) == ("a note", "+02:00")
    assert (found.gps["Latitude"][0], found.gps["LongitudeRef"]) == (43.5, "W")
    assert found.problem == ""


@pytest.mark.parametrize("text", ["Steps: 20, Sampler: x", "Ünïcode 文字"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_unicode_comment_is_read_in_either_order(text: str, encoding: str) -> None:
    assert user_comment(b"UNICODE\0" + text.encode(encoding), "<" if encoding.endswith("le") else ">") == text
    if text.isascii():
        assert user_comment(b"UNICODE\0" + text.encode(encoding)) == text


def test_properties_of_a_packet_are_found_as_attribute_element_and_list() -> None:
    packet = Xmp(xmp('xmp:CreatorTool="A &amp; B"', "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>a view</rdf:li></rdf:Alt></dc:description>", "<photoshop:Credit>nobody</photoshop:Credit>"))  # fmt: skip
    assert (packet.value("CreatorTool"), packet.value("dc:description"), packet.value("photoshop:Credit")) == (
        "A & B", "a view", "nobody",
    )  # fmt: skip
    assert packet.value("Tool") == ""


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"Label": ', '{"AIGC": []}', "{" * 5000, '{"Produce": "1"}'])
def test_what_is_no_label_is_none(text: str) -> None:
    assert aigc_label(text) == {}


@pytest.mark.parametrize("quality", [5, 30, 75, 92, 100])
def test_the_library_s_tables_are_known_exactly(quality: int) -> None:
    found = tables_of(read_jpeg(jpeg(SCENE, quality)))
    assert found is not None
    assert (found.family, found.quality, found.chroma) == ("ijg", quality, quality)


def test_other_tables_are_somebody_s_own() -> None:
    mine = {0: [7] * 64, 1: [9] * 64}
    flat = tables_of(read_jpeg(saved(SCENE, "JPEG", qtables=mine)))
    own = tables_of(read_jpeg(saved(SCENE, "JPEG", qtables={0: list(range(3, 67)), 1: [9] * 64})))
    assert flat is not None
    assert own is not None
    assert (flat.family, own.family) == ("flat", "own")


@pytest.mark.parametrize(
    ("head", "media"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a..", "image/gif"), (b"II*\0....", "image/tiff"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"), (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "image/avif"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", ""), (b"BM" + bytes(60), ""), (b"RIFF....WAVEfmt ", ""), (b"", ""),
    ],
)  # fmt: skip
def test_media_types_go_by_the_first_bytes(head: bytes, media: str) -> None:
    assert picture_media(head) == media


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_exif_of_anything_is_read_without_error(body: bytes, head: bytes) -> None:
    read_exif(head + body)


def test_exif_that_points_at_itself_or_counts_too_much_ends() -> None:
    loop = b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x69\x87\x04\0\x01\0\0\0\x08\0\0\0" + b"\x08\0\0\0"
    assert read_exif(loop).tags == {}
    assert "counts" in read_exif(b"II*\0\x08\0\0\0\xff\xff" + bytes(100)).problem
    huge = b"II*\0\x08\0\0\0\x01\0" + b"\x0f\x01\x02\0\xff\xff\xff\xff\x0a\0\0\0" + bytes(40)
    assert "runs over" in read_exif(huge).problem


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([
    b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"GIF89a", b"II*\0", b"\xff\xd8\xff", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x60meta\0\0\0\0",
]))  # fmt: skip
def test_notes_of_anything_are_read_without_error(body: bytes, head: bytes) -> None:
    read_notes(head + body)
