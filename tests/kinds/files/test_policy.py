"""The room's default policy: known bad and reader-breaking files are blocked, what is wrong goes before a person, and what could not
be examined never passes as clean."""

from __future__ import annotations

from pathlib import Path

import pytest

import assay.kinds.files
from assay.core.batch import Batch
from assay.core.decision import OUTCOMES
from assay.core.finding import Finding, Findings, Reason
from assay.core.profile import Profile
from assay.kinds.files import reasons
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN
from assay.policy import Policy
from assay.policy.view import View

POLICY = Policy.load(Path(assay.kinds.files.__file__).parent / "policy.yaml")
DETECTORS = ("known", "content", "structure", "archive", "program", "office", "script", "rules", "clamav")


def outcome(detector: str, verdict: str, severity: str, code: str = "files.x") -> str:
    """What the policy decides of a file of which one detector says this and the others nothing."""
    batch = Batch.of([File(id="f", time=WHEN, content=b"x")])
    found = {}
    for name in DETECTORS:
        full = f"files.{name}"
        finding = Finding(detector=full, version="1", verdict=verdict, severity=severity, reasons=(Reason(code),))
        found[full] = Findings.of(full, "1", 1, [(0, finding)] if name == detector else [])
    decided = POLICY.decide(View.of(batch, Profile.empty(1), found))
    return OUTCOMES[int(decided.outcome[0])]


def test_exact_is_blocked() -> None:
    assert outcome("known", "counterfeit", "high") == "block"
    assert outcome("structure", "counterfeit", "critical") == "block"


@pytest.mark.parametrize("detector", [name for name in DETECTORS if name != "structure"])
def test_what_is_wrong_goes_before_a_person_and_a_cue_passes(detector: str) -> None:
    assert outcome(detector, "suspicious", "medium") == "review"
    assert outcome(detector, "suspicious", "low") == "allow"


@pytest.mark.parametrize("detector", ["content", "office", "script", "rules", "archive"])
def test_grave_is_never_less_than_a_review(detector: str) -> None:
    assert outcome(detector, "counterfeit", "high") == "review"


@pytest.mark.parametrize("code", reasons.UNEXAMINED)
def test_what_could_not_be_examined_never_passes_as_clean(code: str) -> None:
    assert outcome("content", "inconclusive", "informational", code) == "challenge"


def test_known_good_passes() -> None:
    assert outcome("known", "genuine", "informational", "files.known-good") == "allow"
