"""A face seen badly is inconclusive and never genuine, a broken picture too, and nothing ever raises."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.finding import Finding, Verdict
from assay.core.kind import EnclosedReader, claim
from assay.core.profile import Profile
from assay.kinds.faces import KIND, reasons
from assay.kinds.faces.detectors import Forged, SeenWell, detectors
from assay.kinds.faces.evidence import Face
from assay.kinds.faces.opened import open_face
from assay.kinds.faces.reader import MEDIA as CLAIMED
from assay.kinds.faces.reader import FaceCrop
from assay.kinds.faces.view import picture, view
from assay.vision import forged
from assay.vision.drawn import drawn_face, placed
from assay.vision.face import MEDIA

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def told(content: bytes) -> dict[str, Finding]:
    batch = Batch.of([Face(id="f", time=NOON, content=content)])
    found = {}
    for detector in detectors(None):
        findings = detector.examine(batch, Profile.empty(1))
        if findings.verdict[0] != Verdict.NONE:
            (found[detector.name],) = findings.explain(np.array([0]))
    return found


def gate(content: bytes) -> str:
    found = told(content)
    assert set(found) == {"faces.quality"}
    assert found["faces.quality"].verdict == "inconclusive"
    return found["faces.quality"].reasons[0].code


@pytest.fixture(scope="module")
def shipped() -> None:
    if forged.opened(forged.SHIPPED) is None:
        pytest.skip("no network ships yet")


@pytest.mark.usefixtures("networks")
def test_what_is_seen_badly_is_inconclusive_with_its_reason() -> None:
    face = drawn_face(300)
    assert gate(png(drawn_face(100))) == "faces.small"
    assert gate(png(cv2.GaussianBlur(face, (0, 0), 9))) in ("faces.blurred", "faces.none")
    assert gate(png((face * 0.05).astype(np.uint8))) in ("faces.dark", "faces.none", "faces.flat")
    assert gate(png(np.full((200, 200, 3), 120, np.uint8))) == "faces.none"
    assert gate(png(placed(drawn_face(90), 900, 700, 300, 200))) == "faces.small"


def test_what_is_no_picture_is_inconclusive() -> None:
    assert gate(b"no picture at all") == "faces.unreadable"
    assert gate(b"") == "faces.unreadable"
    assert gate(png(drawn_face(64))[:300]) == "faces.unreadable"


class Told:
    """A network that says what it is told to."""

    def __init__(self, probability: float, doubt: tuple[float, float]) -> None:
        self.said = forged.Judged(probability, np.pad(np.ones((6, 6), np.float32), 9), "", 0.0, AFFINE, doubt)

    def __call__(self, content: bytes, models: object) -> forged.Judged:
        return self.said


AFFINE = np.array([[0.6, 0.0, 0.0], [0.0, 0.6, 0.0]])


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize(
    ("p", "doubt", "verdict"),
    [
        (0.1, (0.2, 0.8), "genuine"),
        (0.5, (0.2, 0.8), "inconclusive"),
        (0.85, (0.2, 0.8), "suspicious"),
        (0.97, (0.2, 0.8), "suspicious"),
        (0.1, (0.0, 0.8), ""),  # a network that vouches for nobody has nothing to say
        (0.97, (0.0, 0.8), "suspicious"),
    ],
)
def test_verdicts_follow_the_two_thresholds(
    p: float, doubt: tuple[float, float], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.kinds.faces.detectors.judged", Told(p, doubt))
    found = told(png(drawn_face(320)))
    assert set(found) == ({"faces.forged"} if verdict else set())
    for said in found.values():
        assert said.verdict == verdict
        assert said.probability == p
        assert said.severity == {0.85: "low", 0.97: "medium"}.get(p, "informational")
        assert {reason.code for reason in said.reasons} <= set(reasons.ALL)
        if verdict == "suspicious":
            assert said.where[0].box == pytest.approx((120, 120, 200, 200))
            assert said.where[0].rule == "faces.blended-part"


@pytest.mark.usefixtures("networks", "shipped")
def test_the_same_face_gets_the_same_answer_alone_and_in_a_batch() -> None:
    contents = [png(drawn_face(side)) for side in (260, 300, 340)]
    batch = Batch.of([Face(id=str(i), time=NOON, content=c) for i, c in enumerate(contents)])
    together = Forged().examine(batch, Profile.empty(3))
    for i in range(3):
        alone = Forged().examine(batch.take(np.array([i])), Profile.empty(1))
        assert alone.explain(np.array([0])) == together.explain(np.array([i]))


@pytest.mark.usefixtures("networks")
def test_without_a_network_nothing_is_said_to_be_genuine(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("models")
    batch = Batch.of([Face(id="f", time=NOON, content=png(drawn_face(300)))])
    (said,) = Forged(empty).examine(batch, Profile.empty(1)).explain(np.array([0]))
    assert said.verdict == "inconclusive"
    assert said.reasons[0].code == "faces.no-model"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_pictures_never_raise(data: st.DataObject) -> None:
    content = bytearray(WHOLE)
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    for _ in range(data.draw(st.integers(0, 6))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    for finding in told(bytes(content)).values():
        assert finding.verdict in ("inconclusive", "genuine", "suspicious")


WHOLE = png(drawn_face(90))


def test_only_what_is_handed_on_as_a_face_is_claimed() -> None:
    assert CLAIMED == MEDIA
    crop = Enclosed(name="face 1", media=MEDIA, content=WHOLE)
    reader = FaceCrop()
    assert isinstance(reader, EnclosedReader)
    assert reader.claims(crop) > 0.9
    assert reader.claims(Enclosed(name="x.png", media="image/png", content=WHOLE)) == 0
    whole = Face(id="whole", time=NOON, customer="c1", device="d1")
    part = reader.enclosed(crop, whole, "whole/0")
    assert isinstance(part, Face)
    assert (part.customer, part.device, part.id) == ("c1", "d1", "whole/0")
    claimed = claim(crop)
    assert claimed is not None
    assert claimed.name == "faces.crop"


def test_a_record_holds_no_picture() -> None:
    face = Face(id="f", time=NOON, content=WHOLE, customer="c")
    columns = Face.to_columns([face])
    assert "content" not in columns
    assert columns["bytes"][0] == len(WHOLE)
    again = Face.from_columns("f", NOON, {name: values[0] for name, values in columns.items()})
    assert again == Face(id="f", time=NOON, customer="c", digest=face.digest)


@pytest.mark.usefixtures("networks")
def test_the_console_has_a_picture_and_says_how_it_is_seen() -> None:
    exhibits = Face(id="f", time=NOON, content=png(drawn_face(300))).exhibits()
    shown = view(None, exhibits)  # type: ignore[arg-type]
    assert (shown["width"], shown["height"]) == (300, 300)
    assert shown["seen"]["size"] > 100
    drawn = np.array(Image.open(io.BytesIO(picture("face", exhibits))))
    assert drawn.shape == (300, 300, 3)
    if shown["heat"]:
        assert np.array(Image.open(io.BytesIO(picture("heat", exhibits)))).shape == (300, 300, 3)
    assert view(None, ())["kept"] is False  # type: ignore[arg-type]


@pytest.mark.usefixtures("networks", "shipped")
def test_the_heat_lies_on_the_face_and_nowhere_else() -> None:
    opened = open_face(png(placed(drawn_face(260), 700, 500, 380, 140)))
    assert opened.shape is not None
    said = forged.judge(opened.pixels, opened.shape)
    heat = forged.spread(said, 500, 700)
    assert heat.shape == (500, 700)
    assert heat[:, :300].max() == 0
    box = forged.hottest(said, least=float(said.heat.max()) * 0.99 if said.heat is not None else 0.5)
    assert box is not None
    assert 350 < box[0] < box[2] < 680


def test_the_gate_and_the_kind_name_the_same_codes() -> None:
    assert set(KIND.unexamined) <= set(KIND.reasons)
    assert SeenWell.name == "faces.quality"
