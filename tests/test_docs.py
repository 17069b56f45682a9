"""Documentation cannot rot: whatever a user can name has a line somewhere, and every sentence exists in every language."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "page",
    [
        ROOT / "README.md",
        ROOT / "ARCHITECTURE.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *(ROOT / "docs").glob("*.md"),
    ],
    ids=lambda p: p.name,
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
