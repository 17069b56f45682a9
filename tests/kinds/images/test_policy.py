"""The room's default policy: exact evidence goes to a person, pixels never do more than ask for another picture."""

from __future__ import annotations

from pathlib import Path

import pytest

import assay.kinds.images
from assay.core.batch import Batch
from assay.core.decision import OUTCOMES
from assay.core.finding import Finding, Findings, Reason
from assay.core.profile import Profile
from assay.policy import Policy
from assay.policy.view import View
from tests.kinds.images.handed import image

POLICY = Policy.load(Path(assay.kinds.images.__file__).parent / "policy.yaml")
DETECTORS = ("provenance", "generated", "edited", "quality", "reuse")


def outcome(detector: str, verdict: str, severity: str) -> str:
    """What the policy decides of a picture of which one detector says this and the others nothing."""
    batch = Batch.of([image(b"\xff\xd8\xff", customer="c")])
    found = {}
    for name in DETECTORS:
        full = f"images.{name}"
        finding = Finding(detector=full, version="1", verdict=verdict, severity=severity, reasons=(Reason("images.x"),))
        found[full] = Findings.of(full, "1", 1, [(0, finding)] if name == detector else [])
    decided = POLICY.decide(View.of(batch, Profile.empty(1), found))
    return OUTCOMES[int(decided.outcome[0])]


def test_what_no_camera_took_by_its_own_account_is_shown_to_a_person() -> None:
    assert outcome("provenance", "counterfeit", "high") == "review"


@pytest.mark.parametrize("severity", ["low", "medium"])
def test_contradictions_ask_for_another_picture(severity: str) -> None:
    assert outcome("provenance", "suspicious", severity) == "challenge"


@pytest.mark.parametrize("detector", ["generated", "edited"])
@pytest.mark.parametrize("verdict", ["suspicious", "counterfeit"])
@pytest.mark.parametrize("severity", ["low", "medium", "high", "critical"])
def test_pixels_never_do_more_than_ask_for_another_picture(detector: str, verdict: str, severity: str) -> None:
    assert outcome(detector, verdict, severity) == "challenge"


def test_what_cannot_be_judged_is_asked_for_again_and_what_nothing_is_said_of_passes() -> None:
    assert outcome("quality", "inconclusive", "informational") == "challenge"
    for detector in ("provenance", "generated", "edited"):
        assert outcome(detector, "none", "informational") == "allow"
    assert outcome("generated", "inconclusive", "informational") == "allow"
    assert outcome("provenance", "genuine", "informational") == "allow"


def test_the_same_picture_in_other_hands_is_shown_to_a_person() -> None:
    assert outcome("reuse", "suspicious", "high") == "review"
