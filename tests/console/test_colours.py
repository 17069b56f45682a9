"""The stylesheet's colours: text can be read on every ground it stands on, in light and in dark (WCAG 2.2, AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import assay.console

CSS = (Path(assay.console.__file__).parent / "static" / "assay.css").read_text("utf-8")
COLOURS = {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", CSS)}
GROUNDS = ("paper", "surface", "raised", "rule-soft")
TEXTS = ("ink", "soft", "faint", "link", "allow", "challenge", "review", "block")
PAIRS = [(text, ground) for text in TEXTS for ground in GROUNDS if (text, ground) != ("faint", "rule-soft")]
PAIRS += [(outcome, f"{outcome}-wash") for outcome in ("allow", "challenge", "review", "block")]
PAIRS += [(text, f"{o}-wash") for o in ("allow", "challenge", "review", "block") for text in ("ink", "soft")]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("sign", ["focus", "for", "against", "allow", "challenge", "review", "block"])
def test_signs_and_marks_can_be_seen(sign: str, theme: int) -> None:
    for ground in ("paper", "surface"):
        assert contrast(COLOURS[sign][theme], COLOURS[ground][theme]) >= 3


def test_every_variable_that_is_used_is_defined() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS))
    defined = set(re.findall(r"--([\w-]+):", CSS))
    assert used <= defined


def test_the_stylesheet_asks_nobody_else_and_respects_reduced_motion() -> None:
    assert not re.search(r"@import|url\(", CSS)
    assert "prefers-reduced-motion: reduce" in CSS
