"""Sentences: a value that has a word of its own is said by it, in the language of the sentence."""

import pytest

from assay.core.words import say


@pytest.mark.parametrize(
    ("language", "action", "instead"), [("en", "Look up", "an open mouth"), ("zh", "抬头", "张嘴")]
)
def test_a_value_with_a_word_of_its_own_is_said_in_the_sentence_s_language(
    language: str, action: str, instead: str
) -> None:
    told = say("identity.step-wrong", language, number=2, action="look-up", instead="open-mouth")
    assert action in told
    assert instead in told
    assert "look-up" not in told


def test_any_other_value_stands_as_it_is() -> None:
    assert "3" in say("identity.step-unseen", "zh", number=3, action="somersault")
    assert "somersault" in say("identity.step-unseen", "zh", number=3, action="somersault")
    assert say("no.such-key", "zh", action="look-up") == "no.such-key"
    assert "{action}" in say("identity.step-unseen", number=3)
