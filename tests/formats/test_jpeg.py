"""JPEG markers: what an encoder was told comes back from the file it wrote."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.formats.jpeg import quality_of, read_jpeg


def jpeg(**options: object) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 255, (40, 56, 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("quality", [5, 30, 50, 75, 90, 100])
def test_the_quality_is_the_encoder_s(quality: int) -> None:
    read = read_jpeg(jpeg(quality=quality))
    assert read.luma is not None
    assert quality_of(read.luma)[1]
    assert np.array_equal(read.luma, read_jpeg(jpeg(quality=quality_of(read.luma)[0])).luma)
    assert (read.width, read.height, read.components, read.problem) == (56, 40, 3, "")


def test_sampling_and_order() -> None:
    assert read_jpeg(jpeg(subsampling=0)).sampling == ((1, 1),) * 3
    assert read_jpeg(jpeg(subsampling=2)).sampling == ((2, 2), (1, 1), (1, 1))
    assert read_jpeg(jpeg(progressive=True)).progressive


def test_the_end_is_found_and_what_follows_is_not_part_of_it() -> None:
    content = jpeg(comment=b"made by hand")
    assert read_jpeg(content + b"trailing").end == len(content)
    assert [s.payload for s in read_jpeg(content).segments if s.marker == 0xFE] == [b"made by hand"]
    assert read_jpeg(content[:-30]).problem


@settings(max_examples=200)
@given(st.integers(0, 5000), st.integers(0, 255), st.booleans())
def test_damage_never_raises(at: int, value: int, cut: bool) -> None:
    content = bytearray(jpeg())
    at %= len(content)
    content[at] = value
    read_jpeg(bytes(content[:at]) if cut else bytes(content))
