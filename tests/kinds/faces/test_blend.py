"""Self-blended twins differ from their face only where something was put in, and pairs share what happens to them."""

from __future__ import annotations

import numpy as np
import pytest

from assay.kinds.faces.forged.blend import changed, recompressed, self_blended, toned
from assay.kinds.faces.forged.disturb import disturbed
from assay.kinds.faces.forged.masks import mask
from assay.vision.drawn import drawn_face
from assay.vision.forged import SIDE

SEEDS = range(12)


def oval(side: int) -> np.ndarray:
    """468 points on and in an ellipse: a mesh as far as masks care."""
    turn = np.linspace(0, 40 * np.pi, 468)
    reach = np.linspace(0.2, 1, 468)
    return np.stack(
        [side / 2 + 0.28 * side * reach * np.cos(turn), side / 2 + 0.36 * side * reach * np.sin(turn)], 1
    ).astype(np.float32)


FACE, POINTS = drawn_face(288), oval(288)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mask_is_a_soft_share_within_the_picture(seed: int) -> None:
    where = mask(np.random.default_rng(seed), POINTS, 288, parts=0.0)
    assert where.shape == (288, 288)
    assert where.dtype == np.float32
    assert where.min() >= 0
    assert where.max() == pytest.approx(min((0.25, 0.5, 0.75, 1.0), key=lambda r: abs(r - where.max())), abs=0.02)
    assert where[0].max() == 0 or where[:, 0].max() == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_twin_is_the_target_where_nothing_is_put_in(seed: int) -> None:
    """Beyond the mask either the picture itself stands, or the one with other colours and frequencies: nothing moved."""
    rng = np.random.default_rng(seed)
    twin = self_blended(rng, FACE, POINTS)
    assert twin.pixels.shape == FACE.shape
    assert twin.pixels.dtype == np.uint8
    outside = twin.mask == 0
    inside = twin.mask > 0.5 * twin.mask.max()
    assert outside.any()
    assert inside.any()
    grey, other = FACE.astype(float).mean(2)[outside], twin.pixels.astype(float).mean(2)[outside]
    assert np.corrcoef(grey, other)[0, 1] > 0.98


def test_twins_differ_from_each_other_and_a_seed_repeats() -> None:
    one, again, other = (self_blended(np.random.default_rng(s), FACE, POINTS).pixels for s in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_the_given_picture_is_left_as_it_was() -> None:
    before = FACE.copy()
    for seed in SEEDS:
        self_blended(np.random.default_rng(seed), FACE, POINTS, other=FACE[:, ::-1].copy())
        changed(np.random.default_rng(seed), FACE)
    assert np.array_equal(before, FACE)


def test_a_grey_picture_stays_grey() -> None:
    grey = np.repeat(FACE.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    for seed in SEEDS:
        out = self_blended(np.random.default_rng(seed), grey, POINTS).pixels.astype(int)
        assert np.ptp(out, axis=2).max() <= 12  # JPEG may tint by a little


def test_toned_has_the_target_s_colour_where_the_mask_is() -> None:
    where = mask(np.random.default_rng(1), POINTS, 288, parts=0.0)
    blue = (FACE * np.array([0.6, 0.8, 1.0])).astype(np.uint8)
    out = toned(blue, FACE, where)
    core = where > 0.5 * where.max()
    assert np.abs(out[core].mean(0) - FACE[core].mean(0)).max() < 3


def test_pairs_are_disturbed_alike() -> None:
    where = mask(np.random.default_rng(1), POINTS, 288, parts=0.0)
    for seed in SEEDS:
        one, a = disturbed(np.random.default_rng(seed), FACE, where)
        two, b = disturbed(np.random.default_rng(seed), FACE, where)
        assert one.shape == (SIDE, SIDE, 3)
        assert np.array_equal(one, two)
        assert np.array_equal(a, b)
        assert 0 <= a.min() <= a.max() <= 1.001


def test_recompression_keeps_the_form() -> None:
    assert recompressed(FACE, 50).shape == FACE.shape
    assert np.abs(recompressed(FACE, 95).astype(int) - FACE).mean() < 4
