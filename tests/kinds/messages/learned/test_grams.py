"""Hashed grams: what they take in, and that each knows where it stands."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.messages.learned.grams import characters, words
from assay.kinds.messages.learned.hashed import Hashed, counted, packed, rarity, unpacked, weigh


def test_grams_inside_words_do_not_cross_a_blank() -> None:
    across = set(characters("ab cd", 4, 4, inside_words=False).code.tolist())
    inside = set(characters("ab cd", 4, 4).code.tolist())
    assert inside < across
    assert inside == set(characters("ab", 4, 4).code.tolist()) | set(characters("cd", 4, 4).code.tolist())


def test_the_same_word_has_the_same_grams_wherever_it_stands() -> None:
    alone, within = characters("parcel"), characters("your parcel waits")
    assert set(alone.code.tolist()) <= set(within.code.tolist())


@given(st.text(max_size=60))
def test_every_gram_lies_inside_its_text(text: str) -> None:
    for grams in (characters(text), characters(text, inside_words=False), words(text)):
        assert (grams.start >= 0).all()
        assert (grams.end <= max(1, len(text))).all()
        assert (grams.start <= grams.end).all()


def test_unspaced_scripts_are_read_character_by_character() -> None:
    assert len(words("您的包裹").code) == 4 + 3


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=50))
def test_packing_keeps_an_array_to_a_percent_of_its_largest_value(values: list[float]) -> None:
    array = np.array(values, np.float32)
    back = unpacked(packed(array))
    assert np.abs(back - array).max() <= 0.016 * np.abs(array).max() + 1e-6
    assert (unpacked(packed(back)) == back).all()


def test_a_row_s_score_is_its_row_of_the_matrix_and_the_sum_of_its_places() -> None:
    texts = ["pay the fee for your parcel", "see you at the match", "pay the fee for your parcel now now"]
    rows = [characters(text) for text in texts]
    counts = counted(rows, 12)
    idf = rarity(counts, 1)
    weight = np.random.default_rng(1).normal(size=1 << 12).astype(np.float32)
    table = Hashed(idf, weight)
    many = weigh(counts, idf) @ weight.astype(np.float64)
    for i, (text, grams) in enumerate(zip(texts, rows, strict=True)):
        assert abs(table.score(grams) - many[i]) < 1e-5
        assert abs(table.places(grams, len(text)).sum() - table.score(grams)) < 1e-5
