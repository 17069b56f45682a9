"""What networks say of single frames, as they say it: with stand-ins of their form, with none installed, and from frame to frame."""

import numpy as np
import pytest

from assay.kinds.videos.decode import Frame
from assay.kinds.videos.looks import WAITING, Looker
from assay.vision import forged, generated
from tests.kinds.videos.films import film, moving
from tests.kinds.videos.test_watch import said


def frames(n=6):
    return [Frame(i / 5, "", picture) for i, picture in enumerate(moving(3, n))]


def looked(given):
    with Looker() as looker:
        for frame in given:
            looker.look(frame)
        return looker, looker.finish()[0]


@pytest.fixture
def sure(monkeypatch):
    """A whole-picture model that is sure of every picture."""

    def judge(pixels, jpeg_quality=None, *, models=None, heat=True):
        return generated.Judged(0.995, np.zeros((1, 1), np.float32), 128, {}, "", (0.3, 0.8))

    monkeypatch.setattr(generated, "judge", judge)


def test_frames_are_looked_at_in_order_and_few_are_held(sure):
    looker, looks = looked(frames(12))
    assert [look.at for look in looks] == pytest.approx(np.arange(12) / 5)
    assert {(look.generated, look.why_not, look.doubt) for look in looks} == {(0.995, "", (0.3, 0.8))}
    assert len(looker._waiting) <= WAITING


def test_a_long_film_that_tells_no_length_is_looked_at_ever_more_seldom(sure):
    from tests.kinds.videos.films import drawn
    from tests.kinds.videos.test_watch import open_video, video

    seen = open_video(video(drawn(moving(3, 400, 64, 48), lasting=500))).watched
    assert seen.seconds > 195
    assert 120 < len(seen.looks) < 360
    assert seen.looks[-1].at > 190


def test_a_film_all_of_whose_frames_are_beyond_doubt_is_suspicious_and_no_more(sure):
    finding = said(film(moving(3, 60)))["videos.generated-frames"]
    assert (finding.verdict, finding.severity, finding.probability) == ("suspicious", "low", None)
    assert finding.where[0].span == (0.0, pytest.approx(2.2, abs=0.3))
    assert len(finding.reasons[0].values["curve"]) >= 10


def test_without_networks_nothing_is_said_but_that(monkeypatch):
    monkeypatch.setattr(generated, "SHIPPED", generated.SHIPPED / "nowhere")
    monkeypatch.setattr(forged, "SHIPPED", forged.SHIPPED / "nowhere")
    looker, looks = looked(frames())
    assert all(look.generated is None for look in looks)
    assert "generated" in looker.lacking
    assert said(film(moving(4, 40)))["videos.generated-unsure"].verdict == "inconclusive"


def test_faces_that_cannot_be_looked_for_are_none(monkeypatch):
    from assay.core.errors import ModelError
    from assay.vision import face

    def missing(*_, **__):
        raise ModelError("not installed")

    monkeypatch.setattr(face, "faces", missing)
    with Looker() as looker:
        for frame in frames():
            looker.look(frame)
            looker.follow(frame)
        looks, followed = looker.finish()
    assert looker.lacking >= {"faces"}
    assert all(not look.faces for look in looks)
    assert followed == ()
