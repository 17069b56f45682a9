"""Pages without a text layer: found, read and straightened; accused only where they were read beyond doubt."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.formats.ocr import Char
from assay.kinds.documents.opened import Line, Opened, Word, open_document
from assay.kinds.documents.reading.detector import Arithmetic
from assay.kinds.documents.reading.paper import Paper
from assay.kinds.documents.reading.recognise import recognise
from assay.kinds.documents.reading.sheet import outline_of
from assay.kinds.documents.reading.text import row_of
from tests.kinds.documents.reading.desk import Cell, pdf
from tests.kinds.documents.reading.test_detector import STATEMENT, verdict

CORNERS = np.array([[150, 90], [1010, 150], [1070, 1330], [80, 1250]], np.float32)


def photograph(page: np.ndarray) -> np.ndarray:
    """The page on a dark table, seen from the side, a little blurred and noisy."""
    height, width = page.shape[:2]
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(sheet, CORNERS)
    seen = cv2.warpPerspective(page, warp, (1150, 1420), borderValue=(70, 60, 50), flags=cv2.INTER_AREA)
    noise = np.random.default_rng(1).normal(0, 3, seen.shape)
    return np.clip(cv2.GaussianBlur(seen, (3, 3), 0) + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return photograph(open_document(pdf([STATEMENT], size=11)).pages[0].pixels)


def test_the_outline_of_a_sheet(picture: np.ndarray) -> None:
    outline = outline_of(picture)
    assert outline is not None
    assert np.abs(outline - CORNERS).max() < 12
    assert outline_of(np.full((900, 700, 3), 240, np.uint8)) is None, "a scan has none"


def test_a_photograph_reads_like_its_text_layer(picture: np.ndarray) -> None:
    printed = [line.text for line in open_document(pdf([STATEMENT], size=11)).pages[0].lines]
    seen, straight = recognise(picture, seconds=60)
    assert [line.text for line in straight] == printed
    assert [line.text for line in seen] == printed
    word = next(w for line in seen for w in line.words if w.text == "1,154.40")
    x0, y0, x1, y1 = (round(v) for v in word.box)
    assert picture[y0:y1, x0:x1].min() < 120, "the ink is where the word is said to be"


def test_a_page_on_its_side(picture: np.ndarray) -> None:
    small = cv2.resize(picture[:700], None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    turned, _ = recognise(np.ascontiguousarray(np.rot90(small)), seconds=60)
    assert any("Paid out" in line.text for line in turned)


def jpeg(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_forged_photograph_is_suspicious() -> None:
    forged: list[list[Cell]] = [list(row) for row in STATEMENT]
    forged[6] = [(x, text.replace("80.50", "880.50")) for x, text in forged[6]]
    page = open_document(pdf([forged], size=11)).pages[0].pixels
    found = verdict(jpeg(photograph(page)))
    assert found is not None
    assert found.verdict == "suspicious"
    assert found.severity == "medium"
    assert [reason.code for reason in found.reasons] == ["documents.running-amount-changed"]


def recognised(rows: list[list[Cell]], doubt: dict[str, tuple[int, str]]) -> Paper:
    """Rows as if read from a picture; `doubt` names a word's character and its likely other reading."""
    from tests.kinds.documents.reading.desk import words

    made = []
    for i, row in enumerate(rows):
        found = []
        for cell in row:
            for word in words(cell, 20 + 15 * i):
                chars = [Char(c, 0.999, "", 0.0, 0.0) for c in word.text]
                if word.text in doubt:
                    at, other = doubt[word.text]
                    chars[at] = replace(chars[at], sure=0.7, other=other, other_sure=0.25)
                found.append(Word(word.text, word.box, 0.99, tuple(chars)))
        line = Line(tuple(found))
        made.append(row_of(line, line, 1, i))
    return Paper(made, layer=False, pages=1)


@pytest.mark.parametrize(
    ("doubt", "expected"),
    [
        ({}, "suspicious"),
        ({"81.50": (1, "0")}, "inconclusive"),  # with 80.50 it closes
        ({"81.50": (1, "7")}, "inconclusive"),  # 0 is alike in shape, and the character is not sure
        ({"33.10": (0, "8")}, "suspicious"),  # no reading of another amount closes it
    ],
)
def test_one_likely_misreading_withholds_the_accusation(doubt: dict[str, tuple[int, str]], expected: str) -> None:
    from datetime import date

    from assay.kinds.documents.reading.detector import issues_of

    rows = [[(x, text.replace("80.50", "81.50")) for x, text in row] for row in STATEMENT]
    paper = recognised(rows, doubt)
    found = Arithmetic()._judged(paper, issues_of(paper, date(2030, 1, 1)))
    assert found.verdict == expected


def test_a_blank_picture_says_nothing() -> None:
    assert Opened(jpeg(np.full((300, 300, 3), 250, np.uint8))).pages[0].lines == ()
