"""The policies that rooms ship: they read without a mistake, and what they say to people exists in every language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import assay.kinds
from assay.core.batch import Batch
from assay.core.decision import Outcome
from assay.core.finding import Finding, Findings, Reason
from assay.core.kind import kinds
from assay.core.words import LANGUAGES, catalogue
from assay.policy import Policy, check
from assay.policy.view import Standing, View

SHIPPED = sorted(Path(assay.kinds.__file__).parent.glob("*/policy.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_policy_is_sound(path: Path) -> None:
    assert [str(problem) for problem in check(path)] == []
    reasons = {rule.reason for rule in Policy.load(path).rules if rule.reason.startswith("policy.")}
    for language in LANGUAGES:
        assert reasons <= set(catalogue(language))


PIXELS = ("documents", "faces", "files", "identity", "images", "messages", "videos")


@pytest.mark.parametrize("room", PIXELS)
@pytest.mark.parametrize("verdict", ["inconclusive", "suspicious"])
def test_what_networks_make_of_pixels_never_blocks(room: str, verdict: str) -> None:
    """However sure they are, of the evidence itself or of a part of it."""
    policy = Policy.load(Path(assay.kinds.__file__).parent / room / "policy.yaml")
    (name,) = policy.applies_to
    evidence = next(type_ for type_ in kinds()[room].evidence if type_.tag() == name)
    batch = Batch.of([evidence(id="e", time=datetime(2026, 3, 2, tzinfo=UTC))])
    sure = Finding(
        detector="images.generated", version="1", verdict=verdict, severity="low", probability=0.9999,
        reasons=(Reason("images.pixels-generated"),),
    )  # fmt: skip
    alone = View.of(batch, findings={"images.generated": Findings.of("images.generated", "1", 1, [(0, sure)])})
    inside = replace(View.of(batch), parts=Standing(np.array([1]), np.array([2], np.int8), np.array([0.9999])))
    for view in (alone, inside):
        assert int(policy.decide(view).outcome[0]) <= int(Outcome.CHALLENGE)


@pytest.mark.parametrize(
    "known", [("messages.model",), ("messages.url-model",), ("messages.model", "messages.url-model"), ()]
)
def test_messages_are_weighed_by_the_surer_of_their_own_models(known: tuple[str, ...]) -> None:
    policy = Policy.load(Path(assay.kinds.__file__).parent / "messages" / "policy.yaml")
    evidence = next(type_ for type_ in kinds()["messages"].evidence if type_.tag() == "message")
    batch = Batch.of([evidence(id="e", time=datetime(2026, 3, 2, tzinfo=UTC))])
    silent = np.zeros(1, np.int8)
    findings = {
        name: Findings(name, "1", silent, probability=np.array([0.9999 if name == known[-1] else 0.001]))
        for name in known
    }
    decided = policy.decide(View.of(batch, findings=findings))
    assert decided.probability[0] == pytest.approx(0.9999) if known else np.isnan(decided.probability[0])
    assert int(decided.outcome[0]) == int(Outcome.BLOCK if known else Outcome.ALLOW)


def test_there_is_one_for_payments() -> None:
    assert "payments" in [path.parent.name for path in SHIPPED]
