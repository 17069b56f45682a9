"""What a file says of its own making: every statement is found in every place tools put it, what means nothing is left alone, and
nothing said proves nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.cue import Force
from assay.formats.provenance import read_origin
from assay.kinds.images import reasons
from assay.kinds.images.provenance.contradictions import contradictions
from assay.kinds.images.provenance.detector import ProvenanceOfImages
from tests.formats.signing import GENERATED, ROOT, TYPES, signed_jpeg, signed_png
from tests.kinds.images.files import (
    PARAMETERS,
    exif,
    jpeg,
    photograph,
    png,
    saved,
    with_xmp,
    xmp,
)
from tests.kinds.images.handed import codes, said

DETECTOR = ProvenanceOfImages()
SCENE = photograph(1, 240, 320)
COMFY = '{"3": {"inputs": {"seed": 1}, "class_type": "KSampler"}}'
NOVEL = '{"prompt": "x", "steps": 28, "sampler": "k_euler", "uc": "y"}'
TRAINED = 'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"'
AIGC = "TC260:AIGC='{&quot;Label&quot;:&quot;1&quot;,&quot;ContentProducer&quot;:&quot;a model&quot;}'"


def comment(text: str, encoding: str = "utf-16-be") -> bytes:
    return b"UNICODE\0" + text.encode(encoding)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png(SCENE, parameters=PARAMETERS), "images.generator-parameters"),
        (png(SCENE, prompt=COMFY, workflow='{"nodes": [1]}'), "images.generator-parameters"),
        (png(SCENE, Software="NovelAI", Comment=NOVEL), "images.generator-parameters"),
        (png(SCENE, invokeai_metadata='{"app_version": "4"}'), "images.generator-parameters"),
        (png(SCENE, fooocus_scheme="fooocus", parameters='{"x": 1}'), "images.generator-parameters"),
        (png(SCENE, parameters='{"sui_image_params": {"prompt": "x"}}'), "images.generator-parameters"),
        (png(SCENE, Description="a cat --v 6 Job ID: a7421d2f-b262-44f9-977c-ac23e9c7d3e3", Author="x"), "images.generator-parameters"),
        (jpeg(SCENE, exif=exif(camera=False, comment=comment(PARAMETERS))), "images.generator-parameters"),
        (jpeg(SCENE, exif=exif(camera=False, comment=comment(PARAMETERS, "utf-16-le"))), "images.generator-parameters"),
        (jpeg(SCENE, exif=exif(camera=False, comment=b"ASCII\0\0\0" + PARAMETERS.encode())), "images.generator-parameters"),
        (jpeg(SCENE, comment=PARAMETERS.encode()), "images.generator-parameters"),
        (saved(SCENE, "WEBP", exif=exif(camera=False, comment=comment(PARAMETERS))), "images.generator-parameters"),
        (saved(SCENE, "AVIF", exif=exif(camera=False, comment=comment(PARAMETERS))), "images.generator-parameters"),
        (png(SCENE, exif=exif(camera=False, comment=comment(PARAMETERS))), "images.generator-parameters"),
        (saved(SCENE, "GIF", comment=PARAMETERS.encode()[:200]), "images.generator-parameters"),
        (jpeg(SCENE, exif=exif(camera=False, software="DALL-E 3")), "images.generator-named"),
        (jpeg(SCENE, exif=exif(camera=False, software="Black Forest Labs FLUX.1")), "images.generator-named"),
        (with_xmp(jpeg(SCENE), xmp('photoshop:Credit="Made with Google AI"')), "images.generator-named"),
        (with_xmp(jpeg(SCENE), xmp(TRAINED)), "images.generated-label"),
        (with_xmp(jpeg(SCENE), xmp(f"<Iptc4xmpExt:DigitalSourceType>{GENERATED}</Iptc4xmpExt:DigitalSourceType>")), "images.generated-label"),
        (saved(SCENE, "WEBP", xmp=xmp(TRAINED)), "images.generated-label"),
        (with_xmp(jpeg(SCENE), xmp(AIGC)), "images.aigc-label"),
        (with_xmp(jpeg(SCENE), xmp('<TC260:AIGC>{"Label":"1","ContentProducer":"m"}</TC260:AIGC>')), "images.aigc-label"),
        (jpeg(SCENE, exif=exif(camera=False, comment=b"ASCII\0\0\0" + b'{"AIGC": {"Label": "1"}}')), "images.aigc-label"),
        (png(SCENE, AIGC='{"AIGC": {"Label": "1"}}'), "images.aigc-label"),
        (signed_jpeg(), "images.generated-signed"),
        (signed_png(png(SCENE)), "images.generated-signed"),
        (signed_jpeg(TYPES + "compositeCapture", ingredient=GENERATED), "images.generated-signed"),
    ],
)  # fmt: skip
def test_what_says_that_no_camera_took_it_is_proof(content: bytes, code: str) -> None:
    found = said(DETECTOR, content)
    assert code in codes(found)
    assert (found.verdict, found.severity) == ("counterfeit", "high")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (signed_jpeg(TYPES + "compositeWithTrainedAlgorithmicMedia"), "images.composite-signed"),
        (signed_jpeg(TYPES + "compositeCapture", ingredient=GENERATED, relation="componentOf"), "images.composite-signed"),
        (with_xmp(jpeg(SCENE), xmp(TRAINED.replace("trained", "compositeWithTrained"))), "images.composite-label"),
        (with_xmp(jpeg(SCENE), xmp(AIGC.replace(":&quot;1", ":&quot;3"))), "images.aigc-suspected"),
        (jpeg(SCENE, exif=exif(thumbnail=photograph(8, 90, 120))), "images.thumbnail-differs"),
        (jpeg(SCENE) + b"PK\x03\x04" + bytes(range(200)), "images.hidden-file"),
    ],
)  # fmt: skip
def test_what_is_flagged_alone_is_of_medium_severity(content: bytes, code: str) -> None:
    found = said(DETECTOR, content)
    assert code in codes(found)
    assert (found.verdict, found.severity) == ("suspicious", "medium")


@pytest.mark.parametrize(
    "content",
    [
        jpeg(SCENE),
        jpeg(SCENE, exif=exif(size=(320, 240), thumbnail=SCENE[::2, ::2])),
        jpeg(SCENE, exif=exif(size=(240, 320), orientation=6)),
        jpeg(SCENE, exif=exif(size=(4000, 3000))),  # a messenger makes pictures small
        jpeg(SCENE, exif=exif(software="Adobe Lightroom 13")),  # whoever develops a photograph says so
        jpeg(SCENE, exif=exif(software="17.1.2")),
        jpeg(SCENE, exif=exif(place=(43.5, 11.9), zone="+02:00")),
        jpeg(SCENE, exif=exif(place=(39.5, 76.0), zone="+08:00")),  # China's west goes by Beijing
        jpeg(SCENE, exif=exif(camera=False)),
        jpeg(SCENE) + jpeg(SCENE),
        jpeg(SCENE) + bytes(40),
        png(SCENE, parameters="none of your business", prompt="please sign here", Software="gnome-screenshot"),
        png(SCENE, Description="Model: Ada, photographed at a flux of 2 lumens by Imogen"),
        png(SCENE, Author="Ideogram Recraft, Hunyuan road", Source="Flux 1 gallery"),
        png(SCENE, comment="Steps: 3, the last one is steep"),
        saved(SCENE, "WEBP"),
        saved(SCENE, "GIF"),
        saved(SCENE, "TIFF"),
        saved(SCENE, "BMP"),
        saved(SCENE, "AVIF"),
    ],
)
def test_honest_files_are_left_alone(content: bytes) -> None:
    assert said(DETECTOR, content).verdict == "none"


def test_weak_cues_are_told_alone_and_flagged_together() -> None:
    alone = said(DETECTOR, jpeg(SCENE, exif=exif(software="GIMP 2.10")))
    together = said(DETECTOR, jpeg(SCENE, exif=exif(software="GIMP 2.10", shot=False, size=(4000, 2000))))
    assert (alone.verdict, codes(alone)) == ("none", {"images.editor"})
    assert (together.verdict, together.severity) == ("suspicious", "low")
    assert codes(together) >= {"images.editor", "images.no-exposure", "images.cropped"}


def test_nothing_said_is_a_note_that_weighs_nothing() -> None:
    found = said(DETECTOR, jpeg(SCENE))
    assert [(reason.code, reason.weight) for reason in found.reasons] == [("images.no-provenance", 0.0)]
    assert "images.no-provenance" not in codes(said(DETECTOR, jpeg(SCENE, exif=exif())))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({"taken": "2031:01:01 00:00:00"}, "images.date-future"),
        ({"taken": "2026:02:01 00:00:00", "changed": "2025:02:01 00:00:00"}, "images.date-order"),
        ({"place": (40.0, -74.0), "zone": "+08:00"}, "images.clock-and-place"),
        ({"shot": False}, "images.no-exposure"),
        ({"size": (640, 480)}, "images.resized"),
        ({"size": (640, 360)}, "images.cropped"),
    ],
)
def test_each_contradiction_is_told(written: dict[str, object], code: str) -> None:
    origin = read_origin(jpeg(SCENE, exif=exif(**{"size": (320, 240)} | written)))  # type: ignore[arg-type]
    found = list(contradictions(origin, datetime(2026, 3, 1, tzinfo=UTC)))
    assert {cue.code: cue.force for cue in found if cue.force != Force.NOTE} == {code: Force.WEAK}


def test_a_file_of_a_camera_saved_by_something_else_is_noted() -> None:
    again = said(DETECTOR, jpeg(SCENE, exif=exif(), progressive=True))
    assert [(r.code, r.weight, r.values) for r in again.reasons] == [("images.saved-again", 0.0, {"table": "ijg 90"})]


def test_a_signature_speaks_for_a_picture_only_with_a_signer_on_the_list(tmp_path: Path) -> None:
    capture = signed_jpeg(TYPES + "digitalCapture")
    (tmp_path / "roots.pem").write_bytes(ROOT.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "notes.txt").write_text("no certificate")
    unknown, trusted = said(DETECTOR, capture), said(ProvenanceOfImages(tmp_path), capture)
    assert (unknown.verdict, codes(unknown)) == ("none", {"images.signer-unknown"})
    assert (trusted.verdict, codes(trusted)) == ("genuine", {"images.capture-signed"})
    stolen = said(ProvenanceOfImages(tmp_path), signed_jpeg(TYPES + "digitalCapture", thief=True))
    assert (stolen.verdict, codes(stolen)) == ("none", {"images.signer-unknown"})


def test_a_broken_signature_is_suspicious_whatever_the_list_says(tmp_path: Path) -> None:
    (tmp_path / "root.der").write_bytes(ROOT.public_bytes(serialization.Encoding.DER))
    content = bytearray(signed_jpeg(TYPES + "digitalCapture"))
    content[-20] ^= 1
    for detector in (DETECTOR, ProvenanceOfImages(tmp_path)):
        found = said(detector, bytes(content))
        assert (found.verdict, codes(found)) == ("suspicious", {"images.signature-broken"})


@pytest.mark.parametrize("kind", ["alpha", "rgb"])
def test_parameters_in_the_lowest_bits_are_found(kind: str) -> None:
    mark = b"stealth_pngcomp" if kind == "alpha" else b"stealth_rgbinfo"
    bits = np.unpackbits(np.frombuffer(mark, np.uint8))
    if kind == "alpha":
        pixels = np.dstack([SCENE, np.full(SCENE.shape[:2], 254, np.uint8)])
        pixels[: len(bits), 0, 3] |= bits
    else:
        pixels = SCENE & 254
        pixels[: len(bits) // 3, 0] |= bits.reshape(-1, 3)
    found = said(DETECTOR, saved(pixels, "PNG"))
    assert (found.verdict, codes(found)) == ("counterfeit", {"images.generator-hidden"})
    assert said(DETECTOR, saved(pixels[:, 1:], "PNG")).verdict == "none"


def test_a_preview_with_bars_or_turned_is_no_other_picture() -> None:
    wide = photograph(2, 180, 320)
    barred = np.zeros((120, 160, 3), np.uint8)
    barred[15:105] = wide[::2, ::2]
    assert said(DETECTOR, jpeg(wide, exif=exif(thumbnail=barred))).verdict == "none"
    turned = np.rot90(SCENE)
    assert said(DETECTOR, jpeg(np.ascontiguousarray(turned), exif=exif(thumbnail=SCENE[::2, ::2]))).verdict == "none"


def test_no_reason_says_more_than_is_safe_to_record() -> None:
    secret = "Jane Doe, 4 Privet Drive"
    for content in (
        png(SCENE, parameters=PARAMETERS + secret, Author=secret),
        jpeg(SCENE, exif=exif(software=f"Photoshop ({secret})", place=(51.1, -0.2), zone="+09:00")),
        jpeg(SCENE) + secret.encode() * 9,
    ):
        assert secret not in repr(said(DETECTOR, content))
        assert "51.1" not in repr(said(DETECTOR, content))


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_damage_never_raises_and_says_only_what_the_room_says(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(FILES))
    at = data.draw(st.integers(0, len(whole) - 1))
    junk = data.draw(st.binary(max_size=24))
    found = said(DETECTOR, whole[:at] + junk + (b"" if data.draw(st.booleans()) else whole[at + len(junk) :]))
    assert codes(found) <= set(reasons.ALL)


FILES = [
    jpeg(SCENE[:64, :64], exif=exif(place=(1.0, 2.0), comment=comment("x"), thumbnail=SCENE[:30, :40])),
    png(SCENE[:32, :32], parameters=PARAMETERS, exif=exif(camera=False)),
    with_xmp(jpeg(SCENE[:32, :32]), xmp(TRAINED, AIGC)),
    saved(SCENE[:32, :32], "WEBP", exif=exif(), xmp=xmp(TRAINED)),
    saved(SCENE[:32, :32], "AVIF", exif=exif(), xmp=xmp(TRAINED)),
    saved(SCENE[:32, :32], "GIF", comment=b"a note"),
    saved(SCENE[:32, :32], "TIFF"),
    signed_jpeg(ingredient=GENERATED),
]
