"""A picture's own account of its making: what tools write is found, what means nothing is not, and damage is harmless."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from assay.formats.provenance import read_origin


def scene(seed: int = 0) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), np.uint8)
    return Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)


def jpeg(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def png(**texts: str) -> bytes:
    file, info = io.BytesIO(), PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_text(key, value, zip=len(value) > 50)
    scene().save(file, "PNG", pnginfo=info)
    return file.getvalue()


def exif(software: str, thumbnail: Image.Image | None = None) -> bytes:
    written = Image.Exif()
    written[0x010F], written[0x0110], written[0x0131] = "Maker", "Phone 7", software
    return written.tobytes() + (jpeg(thumbnail.resize((96, 72))) if thumbnail else b"")


@pytest.mark.parametrize(
    ("texts", "generator"),
    [
        ({"parameters": "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"}, "Stable Diffusion"),
        ({"prompt": '{"3": {"class_type": "KSampler"}}'}, "ComfyUI"),
        ({"parameters": "none of your business"}, ""),
        ({"prompt": "please sign here"}, ""),
        ({"Software": "gnome-screenshot"}, ""),
    ],
)
def test_generators_leave_their_parameters(texts: dict[str, str], generator: str) -> None:
    assert read_origin(png(**texts)).generator == generator


def test_camera_and_editor_are_told_apart() -> None:
    camera, editor = (
        read_origin(jpeg(scene(), exif=exif("17.1.2"))),
        read_origin(jpeg(scene(), exif=exif("Adobe Photoshop 25.1 (Macintosh)"))),
    )
    assert (camera.camera, camera.editor, camera.software) == ("Maker Phone 7", "", "17.1.2")
    assert editor.editor == "Photoshop"


def test_xmp_is_read_without_being_parsed() -> None:
    packet = (
        b'http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x [<!ENTITY a "aaaa">]><x:xmpmeta xmp:CreatorTool="Affinity Photo 2">'
        b"<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia<"
    )
    plain = jpeg(scene())
    content = plain[:2] + b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet + plain[2:]
    origin = read_origin(content)
    assert origin.editor == "Affinity"
    assert origin.generator == "Affinity Photo 2"


def test_a_thumbnail_of_another_picture_is_unlike() -> None:
    same, other = (
        read_origin(jpeg(scene(), exif=exif("x", scene()))),
        read_origin(jpeg(scene(), exif=exif("x", scene(9)))),
    )
    assert same.thumbnail is not None
    assert other.thumbnail is not None
    assert same.thumbnail < 0.05 < 0.3 < other.thumbnail
    assert read_origin(jpeg(scene())).thumbnail is None


def test_what_follows_the_end_counts_unless_phones_put_it_there() -> None:
    content = jpeg(scene())
    assert read_origin(content).trailing == 0
    assert read_origin(content + bytes(20)).trailing == 0
    assert read_origin(content + content).trailing == 0
    assert read_origin(content + b"hidden archive").trailing == len(b"hidden archive")


def test_a_text_bomb_is_bounded() -> None:
    assert len(read_origin(png(parameters="a" * 50_000_000)).texts["parameters"]) <= 1 << 20


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=20), st.booleans())
def test_damage_never_raises(at: int, junk: bytes, cut: bool) -> None:
    content = jpeg(scene(), exif=exif("x", scene()))
    at %= len(content)
    origin = read_origin(content[:at] if cut else content[:at] + junk + content[at + len(junk) :])
    assert origin.trailing >= 0
    assert origin.thumbnail is None or 0 <= origin.thumbnail <= 2
