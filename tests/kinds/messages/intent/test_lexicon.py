"""Words of ten languages: complete, found where they stand, and only where their language is written."""

import tomllib

import pytest

from assay.kinds.messages.intent.lexicon import FOLDER, LANGUAGES, Hit, lexicon, near
from assay.kinds.messages.intent.rules import RULES, held
from assay.kinds.messages.normalise import normalise


def concepts(language: str) -> set[str]:
    return set(tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_concept(language: str) -> None:
    assert concepts(language) == concepts("en")


def test_every_rule_asks_for_concepts_that_exist() -> None:
    known = concepts("en")
    for rule in RULES:
        assert set(rule.first) | set(rule.second) <= known, rule.code
        assert 0 < rule.weight <= 0.7
    assert len({rule.code for rule in RULES}) == len(RULES)


def codes(text: str) -> set[str]:
    return {one.rule.code for one in held(lexicon().read(normalise(text).text))}


def test_phrases_are_found_where_they_stand() -> None:
    text = "please verify your bank details"
    hits = lexicon().read(text).hits
    assert {text[h.start : h.end] for h in hits["verify"]} >= {"verify"}
    assert {text[h.start : h.end] for h in hits["details"]} == {"bank details"}


def test_words_of_another_language_are_not_heard() -> None:
    """German "die" and Spanish "son" are English words of no concern; French "compte" is not in an English text."""
    assert "messages.intent-new-number" not in codes("the son of the man has a new phone and is well, with you")
    assert lexicon().read("the password is on the paper that you have").languages == ("en",)


@pytest.mark.parametrize(
    ("demand", "warning", "code"),
    [
        ("please verify your password here", "we will never ask you to verify your password", "messages.intent-credential"),
        ("send me the verification code", "never share the verification code", "messages.intent-code-request"),
        ("teilen Sie uns den Bestätigungscode mit", "geben Sie den Bestätigungscode niemals weiter, auch nicht wenn wir sagen teilen Sie uns", "messages.intent-code-request"),
        ("请把验证码告诉我", "请勿将验证码告诉任何人", "messages.intent-code-request"),
    ],
)  # fmt: skip
def test_a_warning_is_no_demand(demand: str, warning: str, code: str) -> None:
    assert code in codes(demand)
    assert code not in codes(warning)


def test_near_finds_a_pair_within_reach_and_no_other() -> None:
    ones, others = [Hit(0, 0, 3, "a"), Hit(50, 200, 203, "a")], [Hit(20, 80, 84, "b"), Hit(53, 210, 214, "b")]
    assert near(ones, others, 5) == (ones[1], others[1])
    assert near(ones, others, 2) is None
    assert near([Hit(0, 0, 9, "a")], [Hit(0, 0, 4, "b")], 5) is None  # one phrase cannot be both


def test_reading_is_linear() -> None:
    import time

    began = time.process_time()
    for unit in ("verify account ", "a", "验证账户密码", "new number mum "):
        lexicon().read(unit * (20_000 // len(unit)))
    assert time.process_time() - began < 1.0
