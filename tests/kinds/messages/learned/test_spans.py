"""The loudest stretch of a text, against trying them all."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.messages.learned.spans import LONGEST, loudest


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=120))
def test_no_stretch_sums_to_more(values: list[int]) -> None:
    places = np.array(values, float)
    start, end = loudest(places, "-" * len(values))
    assert 0 <= start < end <= len(values)
    if places.max() <= 0:
        return
    best = max(places[a:b].sum() for a in range(len(values)) for b in range(a + 1, min(len(values), a + LONGEST) + 1))
    assert places[start:end].sum() == best


def test_words_are_not_cut() -> None:
    text = "please pay the fee"
    places = np.zeros(len(text))
    places[text.index("ay")] = 1.0
    start, end = loudest(places, text)
    assert text[start:end] == "pay"
