"""Faces are found wherever they lie and however large they are, and nothing is found where there is none."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.vision.face import LEFT_EYE, MOUTH, RIGHT_EYE, Face, anchors, decoded, faces, merged
from tests.vision.drawn import drawn_face, placed

pytestmark = pytest.mark.usefixtures("networks")


@pytest.mark.parametrize("side", [64, 130, 300, 1100])
def test_a_face_that_fills_the_picture_is_found_at_any_size(side: int) -> None:
    (face,) = faces(drawn_face(side))
    x, _, w, _ = face.box
    assert 0.4 < w / side < 0.8
    assert abs(x + w / 2 - side / 2) < 0.06 * side
    assert face.points[RIGHT_EYE, 0] < face.points[LEFT_EYE, 0]
    assert face.points[MOUTH, 1] > face.points[LEFT_EYE, 1]


def test_a_face_cut_close_is_found() -> None:
    whole = drawn_face(240)
    assert len(faces(whole[55:205, 50:190].copy())) == 1


def test_a_small_face_in_a_large_picture_is_found() -> None:
    (face,) = faces(placed(drawn_face(90), 2400, 1800, 1700, 1100))
    assert abs(face.box[0] + face.box[2] / 2 - 1745) < 12


def test_several_faces_come_largest_first_and_are_bounded() -> None:
    picture = placed(drawn_face(300), 1200, 700, 40, 40)
    picture[100:250, 600:750] = drawn_face(150)
    picture[400:600, 850:1050] = drawn_face(200)
    found = faces(picture)
    assert len(found) == 3
    sizes = [face.box[2] for face in found]
    assert sizes == sorted(sizes, reverse=True)
    assert [face.box for face in faces(picture, most=1)] == [found[0].box]


def test_a_face_moves_with_the_picture() -> None:
    one, two = (faces(placed(drawn_face(160), 600, 500, x, 120))[0] for x in (100, 260))
    assert np.allclose(two.points - one.points, [160, 0], atol=4)


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_plain_pictures_have_no_face(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (300, 420, 3)).astype(np.uint8)
    assert faces(noise) == []
    assert faces(np.full((200, 200, 3), 40 * seed, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 3000, 3), (20, 17, 3), (3000, 16, 3)])
def test_pictures_of_odd_shapes_are_bounded(shape: tuple[int, int, int]) -> None:
    assert faces(np.full(shape, 128, np.uint8)) == []


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        faces(np.zeros((10, 10), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        faces(np.zeros((64, 64, 3), np.float32))


def test_the_networks_may_be_asked_by_many_threads() -> None:
    picture, told = drawn_face(150), []
    threads = [threading.Thread(target=lambda: told.append(faces(picture)[0].box)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(told)) == 1
    assert len(told) == 6


def test_anchors_are_cell_middles() -> None:
    assert anchors(128).shape == (896, 2)
    assert anchors(192).shape == (2304, 2)
    assert np.allclose(anchors(192)[[0, 1, 48]], [[1 / 96, 1 / 96], [3 / 96, 1 / 96], [1 / 96, 3 / 96]])
    assert np.allclose(anchors(128)[:3], [[1 / 32, 1 / 32], [1 / 32, 1 / 32], [3 / 32, 1 / 32]])


def test_a_proposal_is_its_anchor_and_its_offsets() -> None:
    shapes, logits = np.zeros((2304, 16), np.float32), np.full(2304, -9.0, np.float32)
    logits[100] = 5.0
    shapes[100] = [2, 4, 40, 60, *range(12)]
    (row,) = decoded(shapes, logits, 192)
    x, y = anchors(192)[100] * 192
    assert np.allclose(row[1:5] * 192, [x + 2 - 20, y + 4 - 30, 40, 60])
    assert np.allclose(row[5:].reshape(6, 2)[2] * 192, [x + 4, y + 5])
    assert row[0] == pytest.approx(1 / (1 + np.exp(-5)))


def test_broken_outputs_propose_nothing() -> None:
    shapes, logits = np.full((896, 16), np.nan, np.float32), np.full(896, 50.0, np.float32)
    assert decoded(shapes, logits, 128).shape == (0, 17)
    assert decoded(np.zeros((896, 16), np.float32), np.full(896, np.inf, np.float32), 128).shape == (0, 17)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 30))
def test_merging_keeps_apart_what_is_apart_and_does_not_depend_on_order(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.zeros((n, 17))
    rows[:, 0] = rng.permutation(np.linspace(0.6, 1.0, n)) if n else 0
    rows[:, 1:3] = rng.integers(0, 3, (n, 2)) * 100 + rng.normal(0, 2, (n, 2))
    rows[:, 3:5] = 50
    kept = merged(rows)
    assert len(kept) == len({(round(a / 100), round(b / 100)) for a, b in rows[:, 1:3]})
    assert np.allclose(kept, merged(rows[rng.permutation(n)]))
    assert np.all(np.diff(kept[:, 0]) <= 0)


def test_a_face_is_a_plain_value() -> None:
    face = faces(drawn_face(120))[0]
    assert isinstance(face, Face)
    assert face.points.dtype == np.float32
    assert face.points.shape == (6, 2)
