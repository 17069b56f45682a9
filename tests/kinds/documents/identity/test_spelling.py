"""Check digits mend a blurred character, and never hide a clear one."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.documents.identity.specimens import SHAPES, made_up
from assay.kinds.documents.identity.spelling import decide, evenly, spell
from assay.kinds.documents.identity.zone import ALPHABET, Layout, Zone, layout_of

LONG = ["I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<<<<<<<<<<<<<<"]


def clear(line: str) -> np.ndarray:
    """What a reader sees who is sure of every character."""
    seen = np.full((len(line), 37), 1e-4)
    seen[np.arange(len(line)), [ALPHABET.index(c) for c in line]] = 1.0
    return seen / seen.sum(1, keepdims=True)


def blurred(seen: np.ndarray, place: int, other: str, share: float) -> None:
    """`other` looks `share` as likely as all that was seen."""
    seen[place] *= 1 - share
    seen[place, ALPHABET.index(other)] += share


@given(st.randoms(use_true_random=False), st.sampled_from(SHAPES))
@settings(max_examples=25, deadline=None)
def test_a_clear_zone_is_read_as_it_stands(rng: Random, layout: Layout) -> None:
    lines = made_up(rng, layout)
    decided = decide(layout, [clear(line) for line in lines])
    assert decided.zone.lines == tuple(lines)
    assert decided.gap == pytest.approx(0, abs=1e-6)
    assert decided.gaps == {}


@given(st.randoms(use_true_random=False), st.sampled_from(SHAPES))
@settings(max_examples=25, deadline=None)
def test_a_blurred_digit_is_mended(rng: Random, layout: Layout) -> None:
    lines = made_up(rng, layout)
    seen = [clear(line) for line in lines]
    check = next(c for c in layout.checks if c.of == "expiry")
    line, start, _ = check.spans[0]
    right = lines[line][start + 1]
    blurred(seen[line], start + 1, str((int(right) + 1) % 10), 0.7)
    decided = decide(layout, seen)
    assert decided.zone.lines != tuple(lines)
    assert decided.mended is not None
    assert decided.mended.lines == tuple(lines)
    assert 0 < decided.gap < 2


@given(st.randoms(use_true_random=False), st.sampled_from(SHAPES))
@settings(max_examples=25, deadline=None)
def test_a_clear_wrong_digit_is_not_mended_away(rng: Random, layout: Layout) -> None:
    lines = made_up(rng, layout)
    check = next(c for c in layout.checks if c.of == "birth")
    line, start, _ = check.spans[0]
    forged = str((int(lines[line][start + 1]) + 1) % 10)
    lines[line] = lines[line][: start + 1] + forged + lines[line][start + 2 :]
    decided = decide(layout, [clear(line) for line in lines])
    assert decided.zone.lines == tuple(lines)
    assert decided.gap > 5
    assert "birth" in decided.gaps


def test_the_mended_text_is_the_likeliest_with_every_digit_right() -> None:
    """Against trying every pair of characters in the number of a TD2."""
    rng = np.random.default_rng(3)
    layout = next(x for x in SHAPES if x.name == "TD2")
    lines = made_up(Random(1), layout)
    seen = [clear(line) for line in lines]
    for place in (2, 5):
        seen[1][place] = rng.dirichlet(np.ones(37))
    decided = decide(layout, seen)
    best = max(
        (
            float(np.log(seen[1][2][a] * (1 - 37 * 2e-4) + 2e-4) + np.log(seen[1][5][b] * (1 - 37 * 2e-4) + 2e-4)), a, b
        )
        for a in range(37)
        for b in range(37)
        if not Zone(layout, (lines[0], put(put(lines[1], 2, ALPHABET[a]), 5, ALPHABET[b]))).failed()
    )  # fmt: skip
    assert decided.mended is not None
    assert (decided.mended.lines[1][2], decided.mended.lines[1][5]) == (ALPHABET[best[1]], ALPHABET[best[2]])


def put(line: str, place: int, c: str) -> str:
    return line[:place] + c + line[place + 1 :]


def test_a_long_number_is_checked_over_all_of_it() -> None:
    layout = layout_of(LONG)
    assert layout is not None
    assert decide(layout, [clear(line) for line in LONG]).gap == pytest.approx(0, abs=1e-6)
    forged = [put(LONG[0], 16, "5"), *LONG[1:]]
    assert decide(layout, [clear(line) for line in forged]).gap > 5


@given(st.integers(0, 2**32 - 1), st.integers(1, 44), st.integers(1, 240))
@settings(max_examples=25, deadline=None)
def test_spelling_gives_exactly_as_many_characters_as_asked(seed: int, length: int, frames: int) -> None:
    rng = np.random.default_rng(seed)
    log = np.log(rng.dirichlet(np.ones(38), size=frames))
    score, seen, places = spell(log, length)
    assert seen.shape == (length, 37)
    assert np.allclose(seen.sum(1), 1)
    if np.isfinite(score) and score > -1e8:
        assert (np.diff(places) > 0).all()


def test_even_places_are_found_among_uneven_ones() -> None:
    places = 10 + 4.0 * np.arange(30)
    moved = places.copy()
    moved[[7, 8]] += 5
    assert np.abs(evenly(moved) - places).max() < 0.5
