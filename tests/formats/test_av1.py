"""AV1: what its header says of its size is what was coded, and samples out of a film are shown as they were."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features
from tests.kinds.videos.films import av1_film, moving

from assay.formats.av1 import frame_size, image_sequence
from assay.formats.mp4 import read_movie
from assay.formats.mp4_samples import samples

pytestmark = pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")


@pytest.fixture(scope="module")
def coded() -> tuple[bytes, list[bytes]]:
    """The configuration and the samples of eight frames."""
    film = av1_film(moving(4, 8))
    (track,) = read_movie(io.BytesIO(film)).of("vide")
    found = samples(track)
    cut = [film[at : at + size] for at, size in zip(found.offset.tolist(), found.size.tolist(), strict=True)]
    return track.codecs[0].config, cut


def test_the_header_says_how_large_a_frame_may_be(coded: tuple[bytes, list[bytes]]) -> None:
    config, cut = coded
    assert frame_size(cut[0]) == (160, 120)
    assert frame_size(config[4:]) in ((160, 120), None)
    assert frame_size(cut[1]) is None
    assert frame_size(b"") is None


def test_samples_laid_into_a_sequence_are_shown_as_they_were(coded: tuple[bytes, list[bytes]]) -> None:
    config, cut = coded
    with Image.open(io.BytesIO(image_sequence(config, 160, 120, cut)), formats=("AVIF",)) as image:
        assert image.n_frames == 8
        for number, frame in enumerate(moving(4, 8)):
            image.seek(number)
            shown = np.asarray(image.convert("RGB"), np.float32)[:, :, ::-1]
            assert np.abs(shown - frame).mean() < 6


@given(st.binary(max_size=80))
def test_any_bytes_have_a_size_or_none(data: bytes) -> None:
    found = frame_size(data)
    assert found is None or min(found) >= 1


@given(st.integers(0, 40), st.binary(min_size=1, max_size=6))
def test_a_damaged_header_is_survived(at: int, put: bytes) -> None:
    whole = bytes.fromhex("0a0b0000002d4cffb3c02f2000320d10")
    frame_size(whole[:at] + put + whole[at:])
