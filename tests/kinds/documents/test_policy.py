"""The policy for documents: forged papers go to a person, unreadable ones are asked for again, and pixels never block."""

from pathlib import Path

import pytest

import assay.kinds.documents
from assay.core.batch import Batch
from assay.core.decision import OUTCOMES
from assay.core.finding import Finding, Findings, Reason
from assay.core.profile import Profile
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.judged import HANDED_IN
from assay.policy import Policy
from assay.policy.view import View

POLICY = Policy.load(Path(assay.kinds.documents.__file__).parent / "policy.yaml")
DETECTORS = ("pdf", "arithmetic", "identity", "pixels", "provenance", "reuse")


def outcome(detector, verdict, severity, code="documents.x"):
    """What the policy decides of a document of which one detector says this and the others nothing."""
    batch = Batch.of([Document(id="d", time=HANDED_IN, content=b"%PDF-", customer="c")])
    found = {}
    for name in DETECTORS:
        full = f"documents.{name}"
        said = [(0, Finding(detector=full, version="1", verdict=verdict, severity=severity, reasons=(Reason(code),)))]
        found[full] = Findings.of(full, "1", 1, said if name == detector else [])
    decided = POLICY.decide(View.of(batch, Profile.empty(1), found))
    return OUTCOMES[int(decided.outcome[0])]


@pytest.mark.parametrize("detector", ["pdf", "arithmetic", "identity"])
def test_what_is_forged_beyond_doubt_is_shown_to_a_person(detector):
    assert outcome(detector, "counterfeit", "high") == "review"
    assert outcome(detector, "suspicious", "medium") == "review"


@pytest.mark.parametrize("detector", ["pixels", "provenance"])
@pytest.mark.parametrize("verdict", ["suspicious", "counterfeit"])
@pytest.mark.parametrize("severity", ["low", "medium", "high", "critical"])
def test_pixels_never_ask_for_more_than_another_copy(detector, verdict, severity):
    assert outcome(detector, verdict, severity) == "challenge"


def test_what_nobody_can_read_is_asked_for_again_and_what_nothing_is_said_of_passes():
    assert outcome("pdf", "inconclusive", "informational", "documents.encrypted") == "challenge"
    assert outcome("arithmetic", "inconclusive", "informational") == "challenge"
    assert outcome("pixels", "inconclusive", "informational") == "allow"
    assert outcome("pdf", "none", "informational") == "allow"


def test_the_same_paper_in_other_hands_is_shown_to_a_person():
    assert outcome("reuse", "suspicious", "medium") == "review"
