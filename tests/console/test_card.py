"""Model cards as trainers write them, each in a shape of its own: what is there is shown, what is not is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import assay.kinds
from assay.console import card
from assay.core.kind import kinds, load

CARDS = sorted(Path(assay.kinds.__path__[0]).rglob("shipped/**/card.json"))


@pytest.mark.parametrize("path", CARDS, ids=lambda p: "/".join(p.parts[-4:-1]))
def test_every_card_that_ships_says_what_it_learned_from_and_where_it_fails(path: Path) -> None:
    raw = json.loads(path.read_text("utf-8"))
    read = card.read(raw)
    assert read.data
    assert all(len(sentence) > 3 for sentence in read.fails), "a sentence is no list of letters"
    assert bool(read.fails) == bool(raw.get("fails"))
    assert all(isinstance(value, (int, float)) for _, figures in read.groups for _, value in figures)


@pytest.mark.parametrize("path", CARDS, ids=lambda p: "/".join(p.parts[-4:-1]))
def test_a_detector_in_use_leads_to_every_card_that_ships(path: Path) -> None:
    told = json.loads(path.read_text("utf-8")).get("detector") or path.parts[-4] + "." + path.parts[-3]
    room = next(kind for kind in kinds().values() if kind.name == told.split(".")[0])
    detectors = {d.name: d for d in load(room.detectors)(room.models)} if room.detectors else {}
    detector: Any = detectors[told]
    assert getattr(detector, "card", None) is not None or (Path(detector.folder) / "card.json").is_file()


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        ({}, ()),
        ({"trained_on": "drawn lines"}, (("", "drawn lines"),)),
        ({"data": {"name": "x.csv", "rows": 3, "mapping": "a\nb"}}, (("name", "x.csv"), ("rows", 3))),
        ({"data": [{"name": "x", "licence": "MIT", "sha256": "0"}]}, (("x", "licence MIT"),)),
        ({"data": {"learned": [{"source": "a", "faces": 3}, {"source": "b"}]}}, (("learned", "a, b"),)),
        ({"data": {"fit": ["a", "b"]}}, (("fit", "a, b"),)),
        ({"data": {"rows": {"links": 3}}}, (("rows", "links 3"),)),
        ({"data": 7, "figures": [1], "fails": 3, "usual": 0}, ()),
    ],
)
def test_sources_in_any_shape(raw: dict[str, Any], data: tuple[Any, ...]) -> None:
    assert card.read(raw).data == data


def test_figures_under_names_of_their_own() -> None:
    read = card.read({"figures": {"auc": 0.9, "clean": {"auc": 0.8, "by source": {"a": {"n": 3}}, "note": "x"}}})
    assert read.figures == (("auc", 0.9),)
    assert read.groups == (("clean", (("auc", 0.8),)), ("clean · by source · a", (("n", 3),)))
