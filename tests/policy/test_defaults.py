"""The policies that rooms ship: they read without a mistake, and what they say to people exists in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

import assay.kinds
from assay.core.words import LANGUAGES, catalogue
from assay.policy import Policy, check

SHIPPED = sorted(Path(assay.kinds.__file__).parent.glob("*/policy.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_policy_is_sound(path: Path) -> None:
    assert [str(problem) for problem in check(path)] == []
    reasons = {rule.reason for rule in Policy.load(path).rules if rule.reason.startswith("policy.")}
    for language in LANGUAGES:
        assert reasons <= set(catalogue(language))


def test_there_is_one_for_payments() -> None:
    assert "payments" in [path.parent.name for path in SHIPPED]
