"""The whole-image judgement on arrays made here: bounded, deterministic, silent where pixels cannot bear it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.vision import generated, residuals
from assay.vision.patches import LEAST_SIDE, grid, spread, starts


def picture(height: int = 300, width: int = 400, seed: int = 1) -> np.ndarray:
    """Blocks of colour under a sensor's noise."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.integers(0, 255, (height // 25 + 1, width // 25 + 1, 3)), np.ones((25, 25, 1)))
    return np.clip(coarse[:height, :width] + rng.normal(0, 6, (height, width, 3)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module", autouse=True)
def _model() -> None:
    if generated.opened(generated.SHIPPED) is None:
        pytest.skip("no model is shipped")


def test_the_same_picture_is_judged_the_same_and_every_voter_speaks() -> None:
    first, second = generated.judge(picture()), generated.judge(picture())
    assert first.probability == second.probability
    assert (first.patches == second.patches).all()
    assert first.probability is not None
    assert 0 < first.probability < 1
    assert {"network", "statistics"} <= set(first.votes)
    assert 0 <= first.doubt[0] <= first.doubt[1] <= 1
    assert first.patches.dtype == np.float32
    assert ((first.patches >= 0) & (first.patches <= 1)).all()


def test_without_a_heat_map_the_answer_is_the_same() -> None:
    whole, plain = generated.judge(picture()), generated.judge(picture(), heat=False)
    assert plain.probability == pytest.approx(whole.probability)
    model = generated.opened(generated.SHIPPED)
    assert model is not None
    if not model.hears_network("clip" in plain.votes):
        assert plain.patches.size == 0
        assert "network" not in plain.votes


def test_a_large_picture_costs_no_more_patches() -> None:
    large = generated.judge(picture(2000, 3000))
    assert large.patches.size <= generated.MOST_PATCHES
    assert large.patch == 128


@pytest.mark.parametrize(("height", "width"), [(128, 128), (300, 400), (1000, 140), (2000, 3000), (64, 900)])
def test_patches_lie_inside_and_reach_both_ends(height: int, width: int) -> None:
    cut = spread(np.zeros((height, width, 3), np.uint8), generated.MOST_PATCHES)
    judged = generated.Judged(0.5, np.zeros((cut.rows, cut.cols), np.float32), cut.side, {}, "")
    boxes = [generated.box(judged, r, c, height, width) for r in range(cut.rows) for c in range(cut.cols)]
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in boxes)
    assert all(x1 - x0 == cut.side == y1 - y0 for x0, y0, x1, y1 in boxes)
    if cut.rows > 1:
        assert min(b[1] for b in boxes) == 0
        assert max(b[3] for b in boxes) == height


@given(st.integers(64, 20_000), st.integers(64, 20_000), st.integers(1, 64))
def test_the_grid_keeps_its_bound(height: int, width: int, most: int) -> None:
    side = min(128, min(height, width) // 8 * 8)
    rows, cols = grid(height, width, side, most)
    assert 1 <= rows * cols <= most
    assert starts(height, side, rows)[-1] + side <= height


def test_patches_are_the_pixels_themselves() -> None:
    whole = picture(300, 400)
    cut = spread(whole, 36)
    top, left = starts(300, cut.side, cut.rows)[1], starts(400, cut.side, cut.cols)[2]
    assert (cut.pixels[1 * cut.cols + 2] == whole[top : top + 128, left : left + 128]).all()


def test_what_cannot_bear_a_judgement_says_why() -> None:
    assert generated.judge(picture(LEAST_SIDE - 1, 500)).probability is None
    assert generated.judge(picture(200, 500)).why_not == "small"
    assert generated.judge(picture(), jpeg_quality=20).why_not == "low-quality"
    flat = np.full((300, 300, 3), 90, np.uint8)
    assert generated.judge(flat).why_not in ("smooth", "unlike")
    static = np.random.default_rng(1).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    assert generated.judge(static).why_not in ("unlike", "contradictory")


@pytest.mark.parametrize("broken", ["", "{}", '{"statistics": ["other"]}'])
def test_a_broken_model_is_no_model(tmp_path: Path, broken: str) -> None:
    if broken:
        (tmp_path / "features.json").write_text(broken)
    judged = generated.judge(picture(), models=tmp_path)
    assert judged.probability is None
    assert judged.why_not == "no-model"


@settings(max_examples=8, deadline=None)
@given(st.integers(8, 260), st.integers(8, 260), st.sampled_from(["zeros", "full", "ramp", "static"]))
def test_any_array_is_answered(height: int, width: int, kind: str) -> None:
    made = {
        "zeros": np.zeros((height, width, 3), np.uint8),
        "full": np.full((height, width, 3), 255, np.uint8),
        "ramp": np.broadcast_to(np.arange(width, dtype=np.uint8)[None, :, None], (height, width, 3)),
        "static": np.random.default_rng(height).integers(0, 256, (height, width, 3)).astype(np.uint8),
    }[kind]
    judged = generated.judge(np.ascontiguousarray(made))
    assert judged.probability is None or np.isfinite(judged.probability)


def test_statistics_are_finite_named_and_blind_to_where_patches_stand() -> None:
    patches = spread(picture(), 12).pixels
    found = residuals.statistics(patches)
    assert len(found) == len(residuals.names()) == len(set(residuals.names()))
    assert np.isfinite(found).all()
    assert np.allclose(found, residuals.statistics(patches[::-1]), atol=1e-3)
    assert np.isfinite(residuals.statistics(np.zeros((1, 64, 64, 3), np.uint8))).all()


def test_a_checkerboard_of_up_sampling_shows_in_the_peaks() -> None:
    clean = spread(picture(256, 256), 4).pixels
    marked = np.clip(clean.astype(int) + 4 * (np.indices((128, 128)).sum(0) % 2)[None, ..., None], 0, 255).astype(
        np.uint8
    )
    at = residuals.names().index("peak.4.4")
    assert residuals.statistics(marked)[at] > residuals.statistics(clean)[at] + 1
