"""The mesh, the aligned crop and the quality of a view follow the face as it is moved, turned, dimmed and blurred."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from assay.vision.align import aligned, moved
from assay.vision.face import faces
from assay.vision.mesh import CHIN, LEFT_EYE_RING, NOSE_TIP, OVAL, RIGHT_EYE_RING, Mesh, mesh
from assay.vision.quality import Quality, blurred, eyes_open, mouth_open, pose, quality
from tests.vision.drawn import drawn_face

pytestmark = pytest.mark.usefixtures("networks")


def turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    side = picture.shape[0]
    affine = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1.0)
    return cv2.warpAffine(picture, affine, (side, side), borderMode=cv2.BORDER_REPLICATE)


def shape_of(picture: np.ndarray) -> Mesh:
    found = mesh(picture, faces(picture)[0])
    assert found is not None
    return found


def seen(picture: np.ndarray) -> Quality:
    return quality(picture, shape_of(picture))


def test_points_lie_where_they_were_drawn() -> None:
    shape = shape_of(drawn_face(400))
    assert shape.presence > 0.9
    assert shape.points.shape == (468, 3)
    assert np.allclose(shape.points[list(RIGHT_EYE_RING), :2].mean(0), [152, 188], atol=8)
    assert np.allclose(shape.points[list(LEFT_EYE_RING), :2].mean(0), [248, 188], atol=8)
    assert abs(shape.points[NOSE_TIP, 0] - 200) < 8
    assert 320 < shape.points[CHIN, 1] < 370


def test_a_larger_picture_gives_the_same_shape() -> None:
    small, large = shape_of(drawn_face(150)).points, shape_of(drawn_face(600)).points
    assert np.abs(small * 4 - large).max() < 0.06 * 600


def test_where_there_is_no_face_there_is_no_mesh() -> None:
    face = faces(drawn_face(200))[0]
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    assert mesh(noise, face) is None
    assert mesh(noise, face._replace(box=(0.0, 0.0, 0.0, 0.0))) is None
    assert mesh(noise, face._replace(box=(float("nan"), 0.0, 50.0, 50.0))) is None


@pytest.mark.parametrize("degrees", [-25.0, 0.0, 20.0])
def test_roll_is_the_turn_in_the_picture(degrees: float) -> None:
    assert seen(turned(drawn_face(300), degrees)).roll == pytest.approx(-degrees, abs=3)


def test_a_face_that_looks_ahead_has_little_yaw_and_pitch() -> None:
    view = seen(drawn_face(300))
    assert abs(view.yaw) < 8
    assert abs(view.pitch) < 12


def rotated(points: np.ndarray, axis: int, degrees: float) -> Mesh:
    vector = np.zeros(3)
    vector[axis] = np.radians(degrees)
    return Mesh((points @ cv2.Rodrigues(vector)[0].T).astype(np.float32), 1.0)


def test_pose_is_that_of_the_points() -> None:
    points = shape_of(drawn_face(300)).points.astype(np.float64)
    points -= points.mean(0)
    yaw, pitch, roll = pose(Mesh(points.astype(np.float32), 1.0))
    assert pose(rotated(points, 1, -25))[0] == pytest.approx(yaw + 25, abs=4)  # towards the picture's right
    assert pose(rotated(points, 0, 15))[1] == pytest.approx(pitch - 15, abs=4)  # chin back: downwards
    assert pose(rotated(points, 2, 10))[2] == pytest.approx(roll + 10, abs=2)


def test_blur_rises_with_blur_and_exposure_falls_with_light() -> None:
    plain = drawn_face(200)
    views = [seen(cv2.GaussianBlur(plain, (0, 0), sigma)) for sigma in (0.5, 1.5, 4.0)]
    assert views[0].blur < views[1].blur < views[2].blur
    assert seen((plain * 0.4).astype(np.uint8)).exposure < 0.5 * views[0].exposure
    assert 0 <= blurred(np.full((40, 40), 9, np.uint8)) <= 1


def test_size_is_in_pixels_of_the_picture() -> None:
    assert seen(drawn_face(400)).size == pytest.approx(2 * seen(drawn_face(200)).size, rel=0.05)


def test_open_eyes_and_a_shut_mouth() -> None:
    shape = shape_of(drawn_face(300))
    assert min(eyes_open(shape)) > 0.2
    assert mouth_open(shape) < 0.15


def test_the_crop_is_upright_and_holds_the_face() -> None:
    picture = turned(drawn_face(500), 30)
    shape = shape_of(picture)
    crop = aligned(picture, shape.points, 128, margin=0.2)
    assert crop.pixels.shape == (128, 128, 3)
    at = moved(shape.points, crop.affine)
    right, left = at[list(RIGHT_EYE_RING)].mean(0), at[list(LEFT_EYE_RING)].mean(0)
    assert right[1] == pytest.approx(left[1], abs=0.5)
    assert left[0] > right[0]
    outline = at[list(OVAL)]
    low, high = outline.min(0), outline.max(0)
    assert np.ptp(outline, axis=0).max() == pytest.approx(128 / 1.4, rel=0.02)
    assert np.allclose((low + high) / 2, 64, atol=1)
    assert shape_of(crop.pixels).presence > 0.5


@pytest.mark.parametrize("side", [64, 224, 380])
def test_a_crop_is_the_same_view_at_every_size(side: int) -> None:
    picture = drawn_face(500)
    shape = shape_of(picture)
    base = aligned(picture, shape.points, 128).pixels.astype(np.float32)
    other = cv2.resize(aligned(picture, shape.points, side).pixels, (128, 128), interpolation=cv2.INTER_AREA)
    blur = [cv2.GaussianBlur(one.astype(np.float32), (0, 0), 2.0) for one in (base, other)]
    assert np.abs(blur[0] - blur[1])[8:-8, 8:-8].mean() < 2.0


def test_a_face_s_own_points_do_too_and_what_is_beyond_is_said() -> None:
    picture = drawn_face(200)
    face = faces(picture)[0]
    assert aligned(picture, face.points, 96).inside == pytest.approx(1.0, abs=0.01)
    assert aligned(picture[60:, 60:].copy(), face.points - 60, 96, margin=0.6).inside < 0.9


def test_points_that_span_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="apart"):
        aligned(drawn_face(64), np.zeros((468, 3), np.float32), 64)
    with pytest.raises(ValueError, match="468"):
        aligned(drawn_face(64), np.zeros((5, 2), np.float32), 64)
