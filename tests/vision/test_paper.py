"""Paper or photograph: told by lines of print, whatever way it lies; and never an error."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.kinds.documents.simulate.papers import papers
from assay.vision.likeness import NEAR, picture_hash
from assay.vision.paper import looks_like_paper
from tests.kinds.images.files import decoded, jpeg, photograph, png


@pytest.fixture(scope="module")
def scanned() -> list[bytes]:
    return [paper.content for paper in papers(31, size=4, media="photo,scan", templates="build", kinds="receipt,payslip")]  # fmt: skip


def test_photographed_and_scanned_papers_are_papers_whichever_way_they_lie(scanned: list[bytes]) -> None:
    assert all(looks_like_paper(content) for content in scanned)
    for content in scanned[:2]:
        for turns in (1, 2, 3):
            assert looks_like_paper(jpeg(np.ascontiguousarray(np.rot90(decoded(content), turns))))


@pytest.mark.parametrize("seed", range(12))
def test_photographs_are_none(seed: int) -> None:
    assert looks_like_paper(jpeg(photograph(seed, 600, 800))) is False
    assert looks_like_paper(png(photograph(seed, 90, 120))) is False


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_area_is_no_paper(level: int) -> None:
    assert looks_like_paper(png(np.full((400, 300, 3), level, np.uint8))) is False


def test_what_cannot_be_seen_is_not_told() -> None:
    assert looks_like_paper(b"no picture") is None
    assert looks_like_paper(png(photograph(1)[:20, :20])) is None


def test_the_second_reader_is_answered_at_once() -> None:
    content = jpeg(photograph(77, 1200, 1600))
    looks_like_paper(content)
    began = time.process_time()
    for _ in range(20):
        looks_like_paper(content)
    assert time.process_time() - began < 0.2


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP"]),
)
def test_any_bytes_have_an_answer(body: bytes, head: bytes) -> None:
    assert looks_like_paper(head + body) in (None, True, False)


def test_a_picture_is_known_again_after_saving_shrinking_and_brightening() -> None:
    original = photograph(5, 480, 640)
    file = io.BytesIO()
    Image.fromarray(original).resize((320, 240)).save(file, "JPEG", quality=50)
    bright = np.clip(original.astype(int) + 20, 0, 255).astype(np.uint8)

    def apart(a: np.ndarray, b: np.ndarray) -> int:
        bits = (np.unpackbits(np.frombuffer(picture_hash(x), np.uint8)) for x in (a, b))
        return int(np.count_nonzero(next(bits) ^ next(bits)))

    assert apart(original, decoded(file.getvalue())) <= NEAR
    assert apart(original, bright) <= NEAR
    assert apart(original, photograph(6, 480, 640)) > 3 * NEAR
