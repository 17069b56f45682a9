"""Films in AV1: watched frame by frame, wound, and survived when broken; where nothing decodes them, the coding is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import features

from assay.kinds.videos import av1
from assay.kinds.videos.decode import Film
from assay.kinds.videos.opened import open_video
from tests.kinds.videos.films import av1_film, moving
from tests.kinds.videos.test_watch import said, video

pytestmark = pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
FRAMES = moving(5, 30)
FILM = av1_film(FRAMES) if features.check("avif") else b""


def test_a_film_in_av1_is_watched_frame_by_frame():
    seen = open_video(video(FILM)).watched
    assert (seen.width, seen.height, len(seen.sketches), seen.cut, seen.broken) == (160, 120, 30, False, False)
    np.testing.assert_allclose(seen.sketches.at, np.arange(30) * 0.04, atol=2e-3)


def test_it_is_wound_to_and_fro_and_beyond_its_end(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    with Film(path, "video/mp4") as film:
        for start, first in ((0.8, 0.8), (9.0, None), (0.2, 0.2), (0.0, 0.0)):
            frame = next(film.frames(start, 1.0), None)
            assert (frame is None) == (first is None)
            if frame is not None:
                assert frame.at == pytest.approx(first, abs=0.01)
                assert np.abs(frame.bgr.astype(float) - FRAMES[round(first / 0.04)]).mean() < 6


def test_a_frame_larger_than_its_container_says_is_not_decoded(monkeypatch):
    from assay.kinds.videos import decode

    monkeypatch.setattr(decode, "MAX_PIXELS", 160 * 120)
    assert "videos.undecodable" not in said(FILM)
    monkeypatch.setattr(av1, "frame_size", lambda _: (16_000, 16_000))
    finding = said(FILM + b"\0")["videos.undecodable"]
    assert any(reason.values.get("coding") == "av01" for reason in finding.reasons)


def test_what_lies_between_two_key_frames_is_bounded(monkeypatch):
    monkeypatch.setattr(av1, "MAX_FRAMES", 5)
    assert "videos.undecodable" in said(FILM + b"\0\0")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FILM) - 1 if FILM else 0), st.integers(0, 255)), min_size=1, max_size=20))
def test_broken_bytes_never_get_out_of_a_detector(changes):
    content = bytearray(FILM)
    for at, value in changes:
        content[at] = value
    said(bytes(content))
