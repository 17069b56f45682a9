"""Codes are read wherever and however they lie, with their bytes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.formats.codes import read_codes


def drawn(payload: str | bytes, kind: str, scale: int = 2) -> np.ndarray:
    made = zxingcpp.create_barcode(payload, getattr(zxingcpp.BarcodeFormat, kind))
    return np.asarray(zxingcpp.write_barcode_to_image(made, scale=scale, add_quiet_zones=True))


def page(code: np.ndarray, x: int = 200, y: int = 100) -> np.ndarray:
    white = np.full((800, 1000), 255, np.uint8)
    white[y : y + code.shape[0], x : x + code.shape[1]] = code
    return white


def turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    height, width = picture.shape
    around = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(picture, around, (width, height), borderValue=255))


@pytest.mark.parametrize("kind", ["QRCode", "PDF417", "DataMatrix", "Aztec", "Code128", "MicroQRCode"])
@pytest.mark.parametrize("how", ["plain", "inverted", "turned", "upside down"])
def test_every_kind_in_every_position(kind: str, how: str) -> None:
    picture = page(drawn("4006381", kind, 3))
    picture = {
        "plain": picture, "inverted": 255 - picture, "turned": turned(picture, 33), "upside down": picture[::-1, ::-1],
    }[how]  # fmt: skip
    (code,) = read_codes(np.ascontiguousarray(picture))
    assert (code.format, code.content, code.text) == (kind, b"4006381", "4006381")
    if how == "plain":
        x0, y0, x1, y1 = code.box
        assert 200 <= x0 <= x1 <= 1000
        assert 100 <= y0 <= y1 <= 800


def test_all_codes_of_a_page_in_colour_top_to_bottom() -> None:
    picture = np.full((800, 1000), 255, np.uint8)
    for i, payload in enumerate(("https://one.example", "https://two.example")):
        code = drawn(payload, "QRCode")
        picture[50 + 300 * i : 50 + 300 * i + code.shape[0], 100 : 100 + code.shape[1]] = code
    found = read_codes(np.repeat(picture[:, :, None], 3, axis=2))
    assert [code.text for code in found] == ["https://one.example", "https://two.example"]


def test_bytes_are_kept() -> None:
    (code,) = read_codes(page(drawn(bytes(range(256)), "QRCode", 3)))
    assert code.content == bytes(range(256))


def test_a_page_of_text_has_no_code() -> None:
    picture = np.full((600, 800, 3), 255, np.uint8)
    for row in range(20):
        cv2.putText(picture, "Total 1,204.50 EUR |||| IIII llll", (20, 40 + 26 * row), 0, 0.7, (0, 0, 0), 1)
    assert read_codes(picture) == ()


@given(arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60), st.just(3))))
@settings(max_examples=20, deadline=None)
def test_any_picture_is_survived(pixels: np.ndarray) -> None:
    read_codes(pixels)
