"""The policy for videos: what says itself that it was generated goes to a person, doubt asks for another film, nothing is
blocked on pixels."""

from pathlib import Path

import pytest

import assay.kinds.videos
from assay.core.batch import Batch
from assay.core.decision import OUTCOMES
from assay.core.finding import Finding, Findings, Reason
from assay.core.profile import Profile
from assay.kinds.videos.evidence import Video
from assay.policy import Policy
from assay.policy.view import View
from tests.kinds.videos.test_watch import WHEN

POLICY = Policy.load(Path(assay.kinds.videos.__file__).parent / "policy.yaml")
DETECTORS = ("provenance", "continuity", "generated", "faces")


def outcome(**said):
    """What the policy decides of a film of which detectors say (verdict, severity, code)."""
    batch = Batch.of([Video(id="d", time=WHEN, content=b"x", customer="c")])
    found = {}
    for name in DETECTORS:
        full = f"videos.{name}"
        rows = []
        if name in said:
            verdict, severity, code = said[name]
            rows = [
                (0, Finding(detector=full, version="1", verdict=verdict, severity=severity, reasons=(Reason(code),)))
            ]
        found[full] = Findings.of(full, "1", 1, rows)
    decided = POLICY.decide(View.of(batch, Profile.empty(1), found))
    return OUTCOMES[int(decided.outcome[0])]


def test_a_film_that_nothing_is_said_of_passes():
    assert outcome() == "allow"
    assert outcome(continuity=("inconclusive", "informational", "videos.jump")) == "allow"
    assert outcome(provenance=("inconclusive", "informational", "videos.editor")) == "allow"
    assert outcome(generated=("inconclusive", "informational", "videos.generated-unsure")) == "allow"


def test_generated_by_its_own_account_goes_to_a_person():
    assert outcome(provenance=("counterfeit", "high", "videos.generated-said")) == "review"
    assert outcome(provenance=("suspicious", "medium", "videos.provenance-broken")) == "review"


@pytest.mark.parametrize("verdict", ["suspicious", "counterfeit"])
@pytest.mark.parametrize("severity", ["low", "medium", "high", "critical"])
def test_pixels_never_block(verdict, severity):
    one, other = (verdict, severity, "videos.generated-frames"), (verdict, severity, "videos.face-forged")
    assert outcome(generated=one) == "challenge"
    assert outcome(faces=other) == "challenge"
    assert outcome(generated=one, faces=other) == "review"
    assert outcome(continuity=(verdict, severity, "videos.comes-again")) == "challenge"


@pytest.mark.parametrize("code", ["videos.unreadable", "videos.undecodable", "videos.gone"])
def test_what_nothing_can_be_said_of_is_asked_for_again(code):
    assert outcome(provenance=("inconclusive", "low", code)) == "challenge"
