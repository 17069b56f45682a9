"""The embedding follows the face and not its place, size or turn in the picture; two drawn faces lie apart."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from assay.core.errors import ModelError
from assay.vision import assets, embedding
from assay.vision.face import faces
from assay.vision.mesh import POINTS, mesh
from tests.vision.drawn import drawn_face, placed

needs_networks = pytest.mark.skipif(bool(assets.missing()), reason="the face networks are not installed")


def embedded(picture: np.ndarray) -> np.ndarray:
    shape = mesh(picture, faces(picture)[0])
    assert shape is not None
    return embedding.embedding(picture, shape.points)


@needs_networks
def test_a_face_keeps_its_embedding_where_it_is_moved_turned_shrunk_and_saved_again() -> None:
    whole = drawn_face(400)
    first = embedded(whole)
    assert first.shape == (128,)
    assert first.dtype == np.float32
    turn = cv2.getRotationMatrix2D((200, 200), 15, 1.0)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
    views = {
        "placed": placed(whole, 900, 700, 300, 150),
        "turned": cv2.warpAffine(whole, turn, (400, 400), borderMode=cv2.BORDER_REPLICATE),
        "shrunk": cv2.resize(whole, (160, 160), interpolation=cv2.INTER_AREA),
        "saved": jpeg,
        "mirrored": np.ascontiguousarray(whole[:, ::-1]),
    }
    far = {name: embedding.distance(first, embedded(view)) for name, view in views.items()}
    assert max(far.values()) < 0.3, far


@needs_networks
def test_the_chip_shows_the_eyes_where_the_network_learned_them() -> None:
    picture = drawn_face(500)
    shape = mesh(picture, faces(picture)[0])
    assert shape is not None
    cut = embedding.chip(picture, shape.points)
    assert cut.shape == (150, 150, 3)
    dark = [float(cut[40:54, x - 8 : x + 8].min()) for x in (48, 102)]  # pupils
    assert max(dark) < 60


@needs_networks
def test_the_same_face_twice_is_the_same_embedding() -> None:
    picture = drawn_face(300)
    assert embedding.distance(embedded(picture), embedded(picture.copy())) == 0


def test_the_similarity_is_the_one_that_was_applied() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        points = random.normal(0, 50, (5, 2))
        angle, size, shift = random.uniform(-3, 3), random.uniform(0.1, 9), random.normal(0, 80, 2)
        turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        found = embedding.similarity(points, points @ turn.T + shift)
        assert np.allclose(found, np.column_stack([turn, shift]), atol=1e-8)


def test_points_that_are_no_face_are_refused() -> None:
    picture = np.zeros((50, 50, 3), np.uint8)
    for points in (np.zeros((POINTS, 2)), np.full((POINTS, 2), np.nan), np.zeros((6, 2))):
        with pytest.raises(ValueError, match="points"):
            embedding.embedding(picture, points)


def test_without_the_network_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    embedding._loaded.cache_clear()
    random = np.random.default_rng(1)
    with pytest.raises(ModelError, match="not installed"):
        embedding.embedding(np.zeros((50, 50, 3), np.uint8), random.uniform(0, 50, (POINTS, 2)))
