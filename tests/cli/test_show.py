"""Figures for people: short where they can be, aligned where they fit, and nothing in them steers the terminal."""

from __future__ import annotations

import pytest

from assay.cli import show


def test_an_interval_stands_behind_its_mean() -> None:
    assert list(show.tree({"auc": {"mean": 0.9, "low": 0.8, "high": 1.0}})) == ["auc  0.9 [0.8, 1]"]


def test_items_of_the_same_names_stand_under_each_other_where_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"week": "w1", "rows": 7}, {"week": "w2", "rows": 12345}]
    monkeypatch.setenv("COLUMNS", "80")
    assert list(show.tree({"weeks": items})) == ["weeks", "  week    rows", "    w1       7", "    w2  12,345"]
    monkeypatch.setenv("COLUMNS", "10")
    assert list(show.tree({"weeks": items}))[1:] == ["  - week w1, rows 7", "  - week w2, rows 12,345"]
    monkeypatch.setenv("COLUMNS", "80")
    assert list(show.tree({"weeks": [{"a": 1}, {"b": 2}]}))[1:] == ["  - a 1", "  - b 2"]


@pytest.mark.parametrize("sign", ["\x1b", "\r", "\x9b", "\u202e", "\u2066"])
def test_a_value_neither_steers_the_terminal_nor_turns_its_text_around(sign: str) -> None:
    assert show.text(f"a{sign}b") == "a\ufffdb"
