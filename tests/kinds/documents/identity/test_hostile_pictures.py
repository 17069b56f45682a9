"""Pictures made to break a reader: answered in bounded time, with nothing or with doubt, never with an error."""

from __future__ import annotations

import io
import time
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.kinds.documents.identity.detector import doubts_of
from assay.kinds.documents.identity.mrz import find_zone
from assay.kinds.documents.identity.papers import papers_of
from assay.kinds.documents.identity.specimens import SHAPES, drawn, made_up, zone_font

TODAY = date(2026, 11, 22)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (33, 4000), (4000, 33), (32, 32), (900, 900)])
def test_noise_of_any_shape_has_no_zone(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert find_zone(noise) is None


def test_a_page_full_of_lines_like_a_zone_s_takes_bounded_time() -> None:
    from PIL import ImageDraw, ImageFont

    rng = Random(2)
    page = Image.new("RGB", (1500, 2000), (250, 250, 250))
    draw, font = ImageDraw.Draw(page), ImageFont.truetype(str(zone_font()), 26)
    for y in range(60, 1950, 44):
        draw.text((60, y), "".join(rng.choices("ABCDEFGHIJ0123456789<", k=70)), 0, font)
    began = time.process_time()
    find_zone(np.asarray(page))
    assert time.process_time() - began < 20


@given(st.integers(0, 10**6))
@settings(max_examples=4, deadline=None)
def test_a_zone_of_random_characters_is_read_or_doubted(seed: int) -> None:
    rng = Random(seed)
    shape = SHAPES[seed % len(SHAPES)]
    lines = [
        "".join(rng.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<<<<<<<", k=shape.width)) for _ in range(shape.rows)
    ]
    for doubt in doubts_of(papers_of(png(drawn(lines, shape, rng, dots=7.0))), TODAY, "identity"):
        assert doubt.grade != "note" or doubt.code != "consistent"


@given(st.data())
@settings(max_examples=6, deadline=None)
def test_a_damaged_file_is_no_error(data: st.DataObject) -> None:
    rng = Random(1)
    content = bytearray(png(drawn(made_up(rng, SHAPES[1]), SHAPES[1], rng, dots=5.0)))
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    doubts_of(papers_of(bytes(content[: data.draw(st.integers(0, len(content)))])), TODAY, "identity")
