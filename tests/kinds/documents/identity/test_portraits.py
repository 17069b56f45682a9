"""Portraits: found, followed through a turned page, and compared as pictures."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.errors import ModelError
from assay.kinds.documents.identity.detector import doubts_of
from assay.kinds.documents.identity.papers import papers_of
from assay.kinds.documents.identity.portraits import (
    OTHER,
    SAME,
    Portraits,
    compare_portraits,
    likeness,
    portrait_hash,
    turned_portraits,
)
from assay.kinds.documents.identity.traces import identity_traces
from assay.kinds.documents.simulate.faces import ghost, portrait
from assay.vision import assets, lite

needs_networks = pytest.mark.skipif(bool(assets.missing()), reason="the face networks are not installed")

FACE = (92.0, 110.0, 292.0, 310.0)  # of a drawn portrait


def grey(seed: str, scale: float = 1.0) -> np.ndarray:
    picture = cv2.cvtColor(portrait(seed), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def page(seed: str = "a15") -> np.ndarray:
    paper = np.full((700, 1000, 3), 235, np.uint8)
    paper[100:580, 80:464] = portrait(seed)
    return paper


def test_a_small_pale_print_of_a_picture_is_the_same_picture() -> None:
    for seed in ("a0", "a1", "a2"):
        pale = (150 + grey(seed, 0.3) * 0.3 + np.random.default_rng(1).normal(0, 3, grey(seed, 0.3).shape)).astype(
            np.uint8
        )
        assert likeness(grey(seed), FACE, pale, tuple(v * 0.3 + 1.5 for v in FACE)) > SAME  # type: ignore[arg-type]


def test_most_other_pictures_are_told_and_none_is_the_same() -> None:
    found = [likeness(grey(f"a{i}"), FACE, grey(f"b{i}", 0.3), tuple(v * 0.3 for v in FACE)) for i in range(6)]  # type: ignore[arg-type]
    assert max(found) < SAME
    assert sum(value < OTHER for value in found) >= 3


@needs_networks
@pytest.mark.parametrize("turns", range(4))
def test_a_portrait_is_found_on_a_turned_page(turns: int) -> None:
    upright = page()
    lying = np.ascontiguousarray(np.rot90(upright, -turns))
    (box,) = turned_portraits(lying, turns).boxes
    x0, y0, x1, y1 = (round(v) for v in box)
    marked = np.zeros(lying.shape[:2], bool)
    marked[y0:y1, x0:x1] = True
    ys, xs = np.nonzero(np.rot90(marked, turns))
    assert 100 < ys.mean() < 580
    assert 80 < xs.mean() < 464


def with_ghost(seed: str) -> np.ndarray:
    """The page, and a small pale second portrait on it."""
    paper = page()
    pale = cv2.resize(ghost(portrait(seed)), None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA).astype(np.float32)
    place = paper[400 : 400 + pale.shape[0], 700 : 700 + pale.shape[1]]
    opacity = pale[:, :, 3:] / 255
    place[:] = place * (1 - opacity) + pale[:, :, :3] * opacity
    return paper


@needs_networks
def test_a_pale_second_portrait_is_found_and_compared() -> None:
    assert compare_portraits(with_ghost("a15")).verdict == "same"
    others = [compare_portraits(with_ghost(f"b{i}")) for i in range(6)]
    assert all(len(found.boxes) == 2 for found in others)
    assert sum(found.verdict == "other" for found in others) >= 2


def test_without_the_networks_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> lite.Lite:
        raise ModelError(f"the network {name} is not installed")

    monkeypatch.setattr("assay.vision.face.lite", missing)
    papers = papers_of(bytes(cv2.imencode(".jpg", page())[1]))
    (doubt,) = [doubt for doubt in doubts_of(papers, date(2026, 11, 1), "identity") if doubt.code == "networks"]
    assert doubt.grade == "unclear"
    assert [trace.kind for trace in identity_traces(papers, "identity")] == []


@needs_networks
def test_text_and_plain_paper_have_no_face() -> None:
    paper = np.full((600, 800, 3), 240, np.uint8)
    for row in range(18):
        cv2.putText(paper, "Statement of account 1,204.50", (20, 40 + 30 * row), 0, 0.8, (0, 0, 0), 2)
    assert compare_portraits(paper) == Portraits(())


def test_a_picture_is_known_again_after_it_was_saved_small() -> None:
    bits = lambda a, b: int(np.unpackbits(np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8)).sum())  # noqa: E731
    small = np.repeat(grey("a0", 0.5)[:, :, None], 3, axis=2)
    one, again = portrait_hash(portrait("a0"), FACE), portrait_hash(small, tuple(v / 2 for v in FACE))  # type: ignore[arg-type]
    assert bits(one, again) < 40
    assert bits(one, portrait_hash(portrait("b7"), FACE)) > 70


def test_nothing_is_said_without_two_faces() -> None:
    assert Portraits(()).verdict == Portraits((), 0.2).verdict == Portraits((), 0.7).verdict == ""


@needs_networks
@given(arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90), st.just(3))))
@settings(max_examples=15, deadline=None)
def test_any_picture_is_survived(pixels: np.ndarray) -> None:
    compare_portraits(pixels)
