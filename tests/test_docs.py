"""Documentation cannot rot: whatever a user can name has a line somewhere, and every sentence exists in every language."""

from __future__ import annotations

import re
import shlex
import string
import tomllib
from pathlib import Path

import pytest

from assay.bench import benches
from assay.cli import COMMANDS, build_parser
from assay.cli.evaluate import evaluators
from assay.cli.page import commands
from assay.cli.simulate import worlds
from assay.cli.train import trainers
from assay.core.kind import Kind, kinds, load
from assay.core.words import LANGUAGES

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "assay"
ROOMS = [kind for kind in kinds().values() if kind.name != "parcels"]
CATALOGUES = [SOURCE / "words", *(kind.words for kind in ROOMS if kind.words)]


def words(folder: Path, language: str) -> dict[str, str]:
    return tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))


def test_the_manual_page_of_the_command_line_is_the_parser_s() -> None:
    from assay.cli.page import page

    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == page(), "run: python -m assay.cli.page > docs/cli.md"


def test_every_setting_is_documented() -> None:
    from assay.settings import describe

    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name in describe():
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("kind", ROOMS, ids=lambda k: k.name)
def test_every_detector_and_reason_is_documented(kind: Kind) -> None:
    text = (SOURCE / "kinds" / kind.name / "README.md").read_text("utf-8")
    for detector in load(kind.detectors)(None) if kind.detectors else ():
        assert f"`{detector.name}`" in text
    for code in kind.reasons:
        assert f"`{code}`" in text, code
    for bench in kind.benches:
        assert f"assay bench {bench}" in text
    for world in kind.simulators:
        assert f"assay simulate {world}" in text
    for trainer in kind.trainers:
        assert f"assay train {trainer}" in text


@pytest.mark.parametrize("kind", ROOMS, ids=lambda k: k.name)
def test_every_reason_has_a_sentence_and_a_title(kind: Kind) -> None:
    assert kind.words
    for language in LANGUAGES:
        known = words(kind.words, language)
        for code in kind.reasons:
            assert known.get(code), (language, code)
            assert known.get(f"{code}.title"), (language, f"{code}.title")


@pytest.mark.parametrize("folder", CATALOGUES, ids=str)
def test_every_sentence_exists_in_every_language_with_the_same_values(folder: Path) -> None:
    english = words(folder, "en")
    for language in LANGUAGES[1:]:
        other = words(folder, language)
        assert set(english) == set(other)
        for key, sentence in english.items():
            assert values(sentence) == values(other[key]), (language, key)


def values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_key_the_command_line_says_is_in_the_catalogue() -> None:
    known = words(SOURCE / "words", "en")
    for path in (SOURCE / "cli").glob("*.py"):
        for key in re.findall(r'say\(\s*"([a-z_.-]+)"', path.read_text("utf-8")):
            assert key in known, f"{path.name}: {key}"


PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(SOURCE / "kinds").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_on_a_page_can_be_given(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, where it stands on a line of its own; by its name, its options and what the rooms offer, in a sentence."""
    monkeypatch.setattr(Path, "is_dir", lambda path: True)  # folders that the page made up
    text, parsers, offered = page.read_text("utf-8"), dict(commands(build_parser())), offers()
    for line in blocks(text):
        if not re.search(r"[…[|]", line):
            build_parser().parse_args(shlex.split(line)[1:])
    for line in [*re.findall(r"`(assay [a-z][^`]*)`", text), *blocks(text)]:
        words = re.sub(r"[][]", "", line).split()
        name = max((name for name in parsers if words[: len(name.split())] == name.split()), key=len, default="")
        options = [word for word in words if name and word.startswith("--")]
        assert set(options) <= set(parsers[name]._option_string_actions) if name else words[1] in COMMANDS, line
        thing = words[2] if len(words) > 2 and name in offered else ""
        assert not re.fullmatch(r"[a-z-]+", thing) or thing.startswith("--") or thing in offered[name], line


def blocks(text: str) -> list[str]:
    """The commands on lines of their own in a page's blocks."""
    found = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = re.split(r"\n| && ", "".join(found).replace("\\\n", " "))
    said = [re.split(r" {2,}| > |#", line)[0] for line in lines]  # what stands aside is told of it
    return [line.removeprefix("$ ") for line in said if line.removeprefix("$ ").startswith("assay ")]


def offers() -> dict[str, set[str]]:
    """What may stand behind a command whose choices are the rooms'."""
    return {
        "assay train": set(trainers()), "assay evaluate": set(evaluators()),
        "assay simulate": set(worlds()), "assay bench": set(benches()),
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_a_page_calls_upon_is_there(page: Path) -> None:
    for name, function in re.findall(r"`[^`]*?(test_\w+\.py)(?:::(\w+))?", page.read_text("utf-8")):
        files = list((ROOT / "tests").rglob(name))
        assert any(function in file.read_text("utf-8") for file in files), f"{name}::{function}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
