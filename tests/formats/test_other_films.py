"""Matroska, WebM and AVI: what another program wrote is read as it was meant, and no bytes make the readers raise."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kinds.videos.films import film, moving

from assay.formats.avi import is_avi, read_avi
from assay.formats.matroska import is_matroska, read_matroska

FRAMES = moving(2, 12)
MADE = {ending: film(FRAMES, ending) for ending in ("webm", "mkv", "avi")}


@pytest.mark.parametrize(("ending", "doctype", "codec"), [("webm", "webm", "V_VP8"), ("mkv", "matroska", "V_FFV1")])
def test_matroska_is_read_as_it_was_written(ending, doctype, codec):
    assert is_matroska(MADE[ending])
    found = read_matroska(io.BytesIO(MADE[ending]))
    (track,) = found.tracks
    assert (found.doctype, track.kind, track.codec, track.width, track.height) == (doctype, "video", codec, 160, 120)
    assert found.duration == pytest.approx(0.48)
    assert found.notes["MuxingApp"].startswith("Lavf")
    assert found.missing == 0
    assert read_matroska(io.BytesIO(MADE[ending][:-100])).missing == 100


def test_avi_is_read_as_it_was_written():
    assert is_avi(MADE["avi"])
    found = read_avi(io.BytesIO(MADE["avi"]))
    assert (found.width, found.height, found.rate, found.frames) == (160, 120, 25.0, 12)
    assert found.streams[0].codec == "MJPG"
    assert read_avi(io.BytesIO(MADE["avi"][:-100])).missing == 100


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_broken_films_never_make_them_raise(data):
    ending = data.draw(st.sampled_from(sorted(MADE)))
    content = bytearray(MADE[ending])
    for _ in range(data.draw(st.integers(1, 10))):
        content[data.draw(st.integers(0, min(len(content), 6000) - 1))] = data.draw(st.integers(0, 255))
    broken = io.BytesIO(bytes(content[: data.draw(st.integers(0, len(content)))]))
    read_matroska(broken)
    read_avi(broken)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_never_make_them_raise(data):
    read_matroska(io.BytesIO(MADE["webm"][:60] + data))
    read_avi(io.BytesIO(MADE["avi"][:12] + data))
