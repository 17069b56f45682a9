"""Words for people: numbers with the word that goes with them, and what goes wrong told in every language."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.core import errors, words
from assay.core.errors import InvalidSetting
from assay.core.kind import evidence_types
from assay.core.words import LANGUAGES, catalogue, say, translated

SOURCE = Path(words.__file__).parents[1]
FAMILY = {name for name, what in vars(errors).items() if isinstance(what, type)}
SPINE = (
    "cli", "console", "core", "service", "responses", "campaigns", "hunting", "ledger", "intelligence",
    "check.py", "walk.py", "home.py", "settings.py", "lists.py", "engine.py", "formats/collection.py",
    "formats/tabular.py", "formats/table_writer.py", "formats/folder_writer.py",
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"), [(1, "1 payer"), (2, "2 payers"), (0, "0 payers"), (1.4, "1 payer"), ("1", "1 payer")]
)
def test_a_number_comes_with_its_word(value: object, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = ".0f" if isinstance(value, float) else ""
    monkeypatch.setattr(words, "spine", lambda _language: {"x": f"from {{n:{shape}|payer|payers}} within a day"})
    assert say("x", n=value) == f"from {shown} within a day"


def test_none_may_have_a_word_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "spine", lambda _language: {"x": "seen {days:.0f|day ago|days ago|today}"})
    told = [say("x", days=days) for days in (0, 0.162, 1.2, 10.5, None)]
    assert told == ["seen today", "seen today", "seen 1 day ago", "seen 10 days ago", "seen None days ago"]


def test_a_sentence_without_its_values_is_shown_as_it_is_written() -> None:
    assert "{n" in say("console.profile.ordinary")


def test_no_sentence_counts_without_minding_one() -> None:
    """`{n} files` says `1 files`: a noun that is plainly a plural belongs into the number's own braces."""
    units = "minutes|hours|days|files|findings|payers|events|readings|vehicles"
    plain = re.compile(rf"\{{\w+(:[^}}|]*)?\}} ({units})\b")
    one_is_never_told = {"console.entity.all", "vehicles.token-many-vehicles", "payments.impossible-travel"}
    for key, sentence in catalogue("en").items():
        assert key in one_is_never_told or not plain.search(sentence), key


def test_every_type_of_evidence_and_kind_of_entity_has_a_name() -> None:
    for language in LANGUAGES:
        known = catalogue(language)
        for tag, type_ in evidence_types().items():
            if type_.__module__.startswith("assay."):
                assert f"console.kind.{tag}" in known
                for kind in type_.ENTITIES:
                    assert f"console.entity.name.{kind}" in known


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


def test_what_goes_wrong_is_told_in_the_reader_s_language() -> None:
    error = InvalidSetting("no world 'x'", where="--set", hint="there are: bank, papers")
    assert str(error) == error.told("en") == "--set: no world 'x' (there are: bank, papers)"
    assert error.told("zh") == "--set: 没有名为 'x' 的模拟世界 (可选：bank, papers)"
    assert translated("a sentence nobody knows", "zh") == "a sentence nobody knows"


def test_every_error_of_the_spine_is_translated() -> None:
    known = tomllib.loads((SOURCE / "words" / "errors.zh.toml").read_text("utf-8"))
    told = {text for path in spine_files() for text in sentences(ast.parse(path.read_text("utf-8")))}
    assert len(told) > 200
    assert sorted(text for text in told if text not in known and not re.fullmatch(r"[{}\W]*", text)) == []


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("errors.zh.toml")), ids=lambda path: path.parent.parent.name)
def test_every_translation_has_the_values_of_its_sentence(path: Path) -> None:
    for text, sentence in tomllib.loads(path.read_text("utf-8")).items():
        count = text.count("{}")
        sentence.format(*["x"] * count)
        assert sentence.replace("{{", "").count("{") == count, text


def spine_files() -> Iterator[Path]:
    for name in SPINE:
        path = SOURCE / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def sentences(tree: ast.AST) -> Iterator[str]:
    """What errors say and hint, where it stands in the code: {} for each value."""
    family = FAMILY | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") in FAMILY for base in node.bases)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in family:
            for value in [*node.args[:1], *(k.value for k in node.keywords if k.arg == "hint")]:
                if (text := written(value)) is not None:
                    yield text


def written(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant):
        return f"{node.left.value}{{}}"
    return None
