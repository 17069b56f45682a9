"""docs/policy.md cannot rot: its examples are read, and every key, cost, name and function stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assay.policy import Policy, names_of
from assay.policy.expression import Type, compile_expression
from assay.policy.expression.functions import FUNCTIONS, METHODS
from assay.policy.expression.names import CONSTANTS, ROOTS
from assay.policy.reading import BUDGET_KEYS, COST_KEYS, KEYS, RULE_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_policy_in_it_reads(text: str) -> None:
    assert Policy.parse(text, "docs/policy.md").rules is not None


@pytest.mark.parametrize("text", "".join(blocks("cel")).splitlines())
def test_every_expression_in_it_compiles(text: str) -> None:
    said: list[str] = []
    names = names_of(
        ("payment",), features=("card_count_1h",), detectors=("payments.model", "payments.checks", "messages.url-model")
    )
    assert compile_expression(text, names, Type.BOOL, lambda message, at, hint: said.append(message)), said


def test_every_word_stands_in_it() -> None:
    constants = [f"{space}.{word}" for space, words in CONSTANTS.items() for word in words]
    words = {*KEYS, *RULE_KEYS, *COST_KEYS, *BUDGET_KEYS, *FUNCTIONS, *METHODS, *ROOTS, *constants}
    missing = [word for word in sorted(words) if not re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", PAGE)]
    assert missing == []


def test_every_figure_of_a_backtest_stands_in_it() -> None:
    from assay.learning import consequences

    source = Path(consequences.__file__).read_text("utf-8")
    body = source[source.index("def figures(") : source.index("def _counts(")]
    figures = set(re.findall(r'^        "(\w+)":', body, re.MULTILINE)) - {"outcomes"}
    assert figures
    assert [name for name in sorted(figures) if f"`{name}`" not in PAGE] == []
