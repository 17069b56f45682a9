"""Traces of editing: what was put in or copied is found where it is, whichever way the picture lies, and untouched photographs are
left alone."""

from __future__ import annotations

import numpy as np
import pytest

from assay.core.finding import Finding
from assay.kinds.images.edited import COPIED, RECOMPRESSED, Edited
from tests.kinds.documents.pixels.test_pixels import photograph as detailed
from tests.kinds.images.files import decoded, exif, jpeg, photograph, png
from tests.kinds.images.handed import codes, said

BOX = (300, 200, 460, 320)  # x0, y0, x1, y1 of what is put in


def spliced(first: int = 60, second: int = 92, **options: object) -> bytes:
    """A photograph saved, a part of another put into it, and saved again more finely."""
    pixels = decoded(jpeg(photograph(3, 640, 880, noise=5.0), first)).copy()
    x0, y0, x1, y1 = BOX
    pixels[y0:y1, x0:x1] = photograph(9, y1 - y0, x1 - x0, noise=5.0)
    return jpeg(pixels, second, **options)  # type: ignore[arg-type]


def overlap(finding: Finding, box: tuple[float, ...]) -> float:
    """Intersection over union of the first place with a box."""
    a = finding.where[0].box
    assert a is not None
    wide, high = min(a[2], box[2]) - max(a[0], box[0]), min(a[3], box[3]) - max(a[1], box[1])
    both = max(0.0, wide) * max(0.0, high)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (box[2] - box[0]) * (box[3] - box[1]) - both)


@pytest.mark.parametrize(("first", "second"), [(60, 92), (70, 90), (75, 95)])
def test_a_part_put_in_between_two_saves_is_found_where_it_is(first: int, second: int) -> None:
    found = said(Edited(), spliced(first, second))
    assert (found.verdict, found.severity, codes(found)) == ("suspicious", "low", {RECOMPRESSED})
    assert overlap(found, BOX) > 0.4


@pytest.mark.parametrize(
    ("orientation", "place"),
    [
        (3, lambda x0, y0, x1, y1: (880 - x1, 640 - y1, 880 - x0, 640 - y0)),
        (6, lambda x0, y0, x1, y1: (640 - y1, x0, 640 - y0, x1)),
        (8, lambda x0, y0, x1, y1: (y0, 880 - x1, y1, 880 - x0)),
    ],
)
def test_the_place_is_told_of_the_picture_as_it_is_seen(orientation: int, place: object) -> None:
    found = said(Edited(), spliced(exif=exif(orientation=orientation)))
    assert codes(found) == {RECOMPRESSED}
    assert overlap(found, place(*BOX)) > 0.4  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("saves", [(90,), (70, 90), (60, 75), (92, 70)])
def test_untouched_photographs_are_left_alone_however_often_they_were_saved(seed: int, saves: tuple[int, ...]) -> None:
    pixels = photograph(20 + seed, 500, 700)
    for quality in saves[:-1]:
        pixels = decoded(jpeg(pixels, quality))
    assert said(Edited(), jpeg(pixels, saves[-1])).verdict == "none"


def test_a_part_copied_within_the_picture_is_found_twice_but_two_alike_are_not() -> None:
    pattern = np.random.default_rng(5).integers(-60, 60, (10, 12, 1)).repeat(20, 0).repeat(20, 1)
    copied = detailed(4)
    copied[60:260, 60:300] = np.clip(copied[60:260, 60:300] + pattern, 0, 255)
    copied[400:600, 500:740] = copied[60:260, 60:300]
    found = said(Edited(), jpeg(copied, 92))
    assert (found.verdict, found.severity, codes(found)) == ("suspicious", "low", {COPIED})
    boxes = sorted(where.box for where in found.where[:2] if where.box)
    assert abs(boxes[1][0] - boxes[0][0] - 440) < 4
    assert abs(boxes[1][1] - boxes[0][1] - 340) < 4

    rng, soft = np.random.default_rng(6), detailed(4, noise=0.0).astype(float)
    soft[400:600, 500:740] = soft[60:260, 60:300]  # two things alike, each with the noise of its own place
    alike = np.clip(soft + rng.normal(0, 3, soft.shape), 0, 255).astype(np.uint8)
    assert said(Edited(), jpeg(alike, 92)).verdict == "none"


def test_what_is_too_small_or_drawn_says_nothing() -> None:
    assert said(Edited(), jpeg(photograph(1, 200, 200))).verdict == "none"
    assert said(Edited(), png(np.tile(np.eye(8, dtype=np.uint8)[:, :, None] * 200, (50, 50, 3)))).verdict == "none"
