"""The room's door: which files it takes, what it hands on to other rooms, what it cannot judge, what it knows again."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.kind import kind_of, sniff
from assay.core.profile import Profile
from assay.core.trace import Sighting
from assay.kinds.documents.simulate.papers import papers
from assay.kinds.images import reasons
from assay.kinds.images.detectors import detectors
from assay.kinds.images.evidence import Image
from assay.kinds.images.inside import MOST_FACE, MOST_FACES, inside
from assay.kinds.images.opened import open_image
from assay.kinds.images.quality import Quality
from assay.kinds.images.reader import ImageFile
from assay.kinds.images.reuse import Reuse, traces
from tests.kinds.images.files import exif, jpeg, photograph, png, saved
from tests.kinds.images.handed import codes, image, said

NO_HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "GIF"])
def test_a_photograph_is_taken_by_this_room_by_its_content(tmp_path: Path, format: str) -> None:
    path = file(tmp_path, "statement.pdf", saved(photograph(2), format))
    found = sniff(path)
    assert found is not None
    assert (found[0].name, found[1].name) == ("images", "images.file")
    (batch,) = found[1].read(path, reject=lambda error: pytest.fail(str(error)))
    item = batch.item(0)
    assert (item.id, item.name, len(item.digest)) == ("statement.pdf", "statement.pdf", 64)


def test_a_paper_stays_a_document(tmp_path: Path) -> None:
    for i, paper in enumerate(papers(31, size=2, media="photo", templates="build", kinds="receipt")):
        found = sniff(file(tmp_path, f"{i}.jpg", paper.content))
        assert found is not None
        assert found[0].name == "documents"


def test_what_is_no_picture_is_left_to_others(tmp_path: Path) -> None:
    for content in (b"", b"text", b"%PDF-1.7", b"BM and so on", b"RIFF\0\0\0\0WAVE"):
        assert ImageFile().sniff(content, tmp_path / "x") == 0.0
        assert ImageFile().claims(Enclosed(content=content)) == 0.0


def test_a_picture_inside_other_evidence_takes_over_its_time_and_entities() -> None:
    whole = image(jpeg(photograph(1)), customer="c1", device="d1")
    part = ImageFile().enclosed(Enclosed(name="in.jpg", content=jpeg(photograph(2))), whole, "p/0")
    assert isinstance(part, Image)
    assert (part.id, part.time, part.customer, part.device, part.account) == ("p/0", whole.time, "c1", "d1", None)


def test_evidence_comes_back_from_its_columns_without_its_content() -> None:
    batch = Batch.of([image(jpeg(photograph(1)), customer="c1", about="a car")])
    row = batch.row(0)
    assert (row["media"], row["bytes"] > 1000, "content" in row) == ("image/jpeg", True, False)
    back = Image.from_columns("p", datetime(2026, 1, 1, tzinfo=UTC), row)
    assert (back.about, back.customer, back.content) == ("a car", "c1", b"")  # type: ignore[attr-defined]


def test_codes_and_structures_are_handed_on() -> None:
    import zxingcpp

    page = photograph(3, 500, 700)
    made = zxingcpp.create_barcode("https://lure.example/x", zxingcpp.BarcodeFormat.QRCode)
    code = np.asarray(zxingcpp.write_barcode_to_image(made, scale=6, add_quiet_zones=True))
    page[100 : 100 + len(code), 200 : 200 + len(code)] = code[:, :, None]
    parts = list(inside("x", saved(page, "WEBP", quality=95)))
    assert [(p.media, p.content) for p in parts if p.media.startswith("text")] == [
        ("text/x-code", b"https://lure.example/x")
    ]
    assert [p.media for p in parts][:1] == ["application/x-structure"]


def test_faces_are_handed_on_as_bounded_crops() -> None:
    pytest.importorskip("assay.vision.face")
    from assay.vision.assets import missing
    from assay.vision.drawn import drawn_face
    from assay.vision.face import MEDIA

    if missing():
        pytest.skip("the networks that find faces are not installed")
    scene = photograph(4, 900, 1300)
    for at in (100, 500, 900):
        scene[200:500, at : at + 300] = drawn_face(300)
    crops = [p for p in inside("x", png(scene)) if p.media == MEDIA]
    assert 1 <= len(crops) <= MOST_FACES
    for crop in crops:
        side = Picture.open(io.BytesIO(crop.content)).size
        assert 150 <= max(side) <= MOST_FACE


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (jpeg(photograph(1, 100, 300)), "images.too-small"),
        (jpeg(photograph(1), 15), "images.coarse"),
        (png(np.asarray(Picture.fromarray(photograph(1, 120, 160)).resize((960, 720), Picture.Resampling.BICUBIC))), "images.blurred"),
        (png(np.full((300, 300, 3), 90, np.uint8)), "images.empty"),
        (b"\xff\xd8\xff and no more", "images.unreadable"),
        (NO_HEIC, "images.unreadable"),
        (b"", "images.unreadable"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_inconclusive(content: bytes, code: str) -> None:
    found = said(Quality(), content)
    assert found.verdict == "inconclusive"
    assert code in codes(found)


def test_without_its_decoder_heic_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.images.opened.reads_heic", lambda: False)
    found = said(Quality(), NO_HEIC + b" ")
    assert (found.verdict, codes(found)) == ("inconclusive", {"images.no-decoder"})


@pytest.mark.parametrize("seed", range(4))
def test_an_ordinary_photograph_can_be_judged(seed: int) -> None:
    assert said(Quality(), jpeg(photograph(seed, noise=4.0), 85)).verdict == "none"


def test_an_unreadable_picture_still_tells_of_its_making() -> None:
    content = jpeg(photograph(1), exif=exif(software="Photoshop"))
    broken = content[: len(content) // 3]
    assert open_image(broken).problem in ("", "images.unreadable")
    assert open_image(broken).origin.editor == "Photoshop"


def test_the_same_picture_in_other_hands_leaves_the_same_traces() -> None:
    one, again, other = (image(jpeg(photograph(s), q)) for s, q in ((1, 90), (1, 60), (2, 90)))
    (a,), (b,), (c,) = (traces(Batch.of([x])) for x in (one, again, other))
    assert [t.kind for t in a] == ["file", "picture"]
    near = [np.unpackbits(np.frombuffer(t[1].value, np.uint8)) for t in (a, b, c)]
    assert np.count_nonzero(near[0] ^ near[1]) <= a[1].near < np.count_nonzero(near[0] ^ near[2])
    assert [t.kind for t in traces(Batch.of([image(png(np.full((200, 200, 3), 9, np.uint8)))]))[0]] == ["file"]


def test_a_sighting_is_told_and_what_many_show_is_not() -> None:
    batch = Batch.of([image(jpeg(photograph(1)), customer="c2")])

    def seen(owners: int) -> Any:
        profile = Profile.empty(1).seeing({0: (Sighting("picture", "e1", "c1", 5, distance=3, owners=owners),)})
        return Reuse().examine(batch, profile).explain(np.array([0]))[0]

    assert (seen(1).verdict, seen(1).severity, codes(seen(1))) == ("suspicious", "high", {"images.same-picture"})
    assert seen(9).verdict == "none"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"BM", b"II*\0"]))  # fmt: skip
def test_any_bytes_are_examined_without_error(body: bytes, head: bytes) -> None:
    content = head + body
    image(content).parts()
    traces(Batch.of([image(content)]))
    for detector in detectors(None):
        assert codes(said(detector, content)) <= set(reasons.ALL)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=20), st.booleans())
def test_a_damaged_picture_is_examined_without_error(at: int, junk: bytes, cut: bool) -> None:
    at %= len(WHOLE)
    content = WHOLE[:at] + junk + (b"" if cut else WHOLE[at + len(junk) :])
    for detector in detectors(None):
        assert codes(said(detector, content)) <= set(reasons.ALL)


WHOLE = jpeg(photograph(1, 300, 300), 80, exif(size=(300, 300)))


def test_the_door_names_what_it_brings() -> None:
    kind = kind_of("images")
    assert kind.evidence == (Image,)
    assert {d.name for d in detectors(None)} >= {"images.provenance", "images.edited", "images.quality", "images.reuse"}
