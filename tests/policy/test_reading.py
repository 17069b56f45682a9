"""Reading a policy: strict, every mistake at once, each at its line and column with the line itself and a caret."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidPolicy
from assay.policy import Policy, PolicyProblems, Problem, check

from .things import NAMES

HEAD = "name: p\nversion: 1\napplies_to: [thing]\n"


def problems(text: str, folder: Path | None = None) -> tuple[Problem, ...]:
    with pytest.raises(PolicyProblems) as caught:
        Policy.parse(text, "p.yaml", NAMES, folder)
    return caught.value.problems


def test_every_mistake_is_shown_where_it_stands() -> None:
    text = (
        HEAD
        + """\
rules:
  - name: first
    when: evidence.amuont > 10.0
    then: blok
  - name: second
    wen: evidence.flag
    then: block
budget: {reviews_per_day: many}
"""
    )
    with pytest.raises(InvalidPolicy) as caught:
        Policy.parse(text, "p.yaml", NAMES)
    assert str(caught.value).splitlines() == [
        "p.yaml:6:11: evidence has no field 'amuont'",
        "  6 |     when: evidence.amuont > 10.0",
        "    |           ^",
        "  did you mean amount?",
        "p.yaml:7:11: then cannot be 'blok'",
        "  7 |     then: blok",
        "    |           ^",
        "  did you mean block?",
        "p.yaml:8:5: a rule lacks when:",
        "  8 |   - name: second",
        "    |     ^",
        "p.yaml:9:5: a rule has no key 'wen'",
        "  9 |     wen: evidence.flag",
        "    |     ^",
        "  did you mean when?",
        "p.yaml:11:27: reviews_per_day must be a number, 0 or more",
        "  11 | budget: {reviews_per_day: many}",
        "     |                           ^",
    ]


@pytest.mark.parametrize(
    ("scalar", "line"),
    [
        ("evidence.flag && evidence.x", 5),
        ("'evidence.flag && evidence.x'", 5),
        ('"evidence.flag && evidence.x"', 5),
        ("'evidence.text == ''a'' && evidence.x'", 5),
        ('"evidence.text == \\"a\\" && evidence.x"', 5),
        (">\n    evidence.flag &&\n    evidence.x", 7),
        ("|\n    evidence.flag &&\n      evidence.x", 7),
        ("evidence.flag &&\n   evidence.x", 6),
    ],
)
def test_the_caret_finds_its_place_in_every_style_of_yaml(scalar: str, line: int) -> None:
    (found,) = problems(HEAD + f"rules:\n- when: {scalar}\n  name: r\n  then: block\n")
    assert found.line == line
    assert found.source[found.column - 1 :].startswith("evidence.x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a policy is a mapping"),
        ("[1, 2]", "a policy is a mapping"),
        ("a: [1", "not YAML"),
        ("name: p\nversion: 1\n", "a policy lacks applies_to:"),
        (HEAD + "colour: red\n", "a policy has no key 'colour'"),
        (HEAD + "name: again\n", "'name' is given twice"),
        (HEAD + "lists: {a: [1, x]}\n", "mixes text and numbers"),
        (HEAD + "lists: {a: [true]}\n", "must be text or a number"),
        (HEAD + "lists: {a: {file: x.txt}}\n", "not read from a folder"),
        (HEAD + "probability: evidence.flag\n", "this gives a bool, where a double is needed"),
        (HEAD + "probability: probability\n", "cannot be read where it is defined"),
        (HEAD + "costs: {lgd: 1.5}\n", "costs lacks step_up:"),
        (HEAD + "costs: {lgd: 1.5}\n", "lgd must be between 0 and 1"),
        (HEAD + "costs: {block: -1}\n", "block must be a number, 0 or more"),
        (HEAD + "rules: [{name: a, when: 'true'}]\n", "needs then:, at_least: or at_most:"),
        (HEAD + "rules: [{name: a, when: 'true', then: allow, at_least: allow}]\n", "then: settles the outcome"),
        (HEAD + "rules: [{name: a, when: 'true', at_least: block, at_most: allow}]\n", "at_least is above at_most"),
        (HEAD + "rules: [{name: a, when: 'true', then: allow, from: soon}]\n", "from must be a date"),
        (
            HEAD + "rules: [{name: a, when: 'true', then: allow, from: 2026-02-01, until: 2026-01-01}]\n",
            "until is not after",
        ),
        (
            HEAD + "rules: [{name: a, when: 'true', then: allow}, {name: a, when: 'true', then: allow}]\n",
            "a second rule named",
        ),
        (HEAD + "rules:\n- name: a\n  when: !has(evidence.text)\n  then: allow\n", "reads as a YAML tag"),
        (HEAD + 'rules:\n- name: a\n  when: "room.far" in reasons\n  then: allow\n', "not YAML"),
        (HEAD + "otherwise: reveiw\n", "otherwise cannot be 'reveiw'"),
        (HEAD + "budget: {threshold: 3}\n", "budget lacks reviews_per_day:"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    found = problems(text)
    assert any(message in p.message for p in found), found


def test_an_unknown_kind_of_evidence_is_named() -> None:
    with pytest.raises(PolicyProblems) as caught:
        Policy.parse("name: p\nversion: 1\napplies_to: paymnet\n")
    assert "did you mean payment?" in str(caught.value)


class TestLists:
    TEXT = HEAD + "lists: {bad: {file: bad.txt}}\nrules: [{name: r, when: evidence.text in lists.bad, then: block}]\n"

    def test_from_a_file_beside_the_policy(self, tmp_path: Path) -> None:
        (tmp_path / "bad.txt").write_text("one\n\n  two  # a comment\n# none\n")
        policy = Policy.parse(self.TEXT, names=NAMES, folder=tmp_path)
        assert policy.names.lists["bad"] == ("one", "two")

    def test_never_from_outside_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "bad.txt").write_text("one\n")
        inside = tmp_path / "policies"
        inside.mkdir()
        for path in ("../bad.txt", str(tmp_path / "bad.txt")):
            assert "outside the policy's folder" in problems(self.TEXT.replace("bad.txt", path), inside)[0].message

    def test_a_missing_file_is_a_problem_at_its_name(self, tmp_path: Path) -> None:
        (found,) = problems(self.TEXT, tmp_path)
        assert (found.line, found.column) == (4, 21)
        assert "cannot be read" in found.message


class TestIdentity:
    def test_it_names_the_version_and_changes_with_any_change(self, tmp_path: Path) -> None:
        (tmp_path / "bad.txt").write_text("one\n")
        first = Policy.parse(TestLists.TEXT, names=NAMES, folder=tmp_path)
        assert first.identity.startswith("p@1+")
        assert first.identity == Policy.parse(TestLists.TEXT, names=NAMES, folder=tmp_path).identity
        assert first.identity != Policy.parse(TestLists.TEXT + " ", names=NAMES, folder=tmp_path).identity
        (tmp_path / "bad.txt").write_text("one\ntwo\n")
        assert first.identity != Policy.parse(TestLists.TEXT, names=NAMES, folder=tmp_path).identity


def test_check_gives_the_problems_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(HEAD.replace("thing", "payment"))
    assert check(path) == []
    path.write_text("version: 1\napplies_to: payment\n")
    assert [p.place for p in check(path)] == [f"{path}:1:1"]
    with pytest.raises(InvalidPolicy, match="cannot be read"):
        check(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "{" * 20_000, "- " * 5_000, "\0", "a: &a [1]\nb: [*a, *a]", "x" * (2 << 20)]
)
def test_hostile_text_is_refused_in_few_words(text: str) -> None:
    with pytest.raises(PolicyProblems) as caught:
        Policy.parse(text, "p.yaml", NAMES)
    assert len(str(caught.value)) < 2_000


@given(st.text(max_size=200) | st.text("namevrsiolt: p\n-[]{}'\"&*!|>12", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(PolicyProblems):
        Policy.parse(HEAD + text, names=NAMES)


def test_mistakes_are_told_in_the_reader_s_language() -> None:
    found = problems(
        HEAD + "rules:\n  - name: r\n    when: evidence.amonut > 3 && evidence.kind in 5\n    then: reveiw\n"
    )
    assert len(found) > 2
    for problem in found:
        message, _, rest = problem.told("zh").partition("\n")
        assert message.startswith(problem.place)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in message), message
        assert problem.source in rest
        assert problem.told("en") == str(problem)
