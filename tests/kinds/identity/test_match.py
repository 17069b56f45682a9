"""One face on selfie, document, file and frames is a match, another is a suspicion, and a poor view is neither."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.finding import Finding, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.identity import reasons, seen
from assay.kinds.identity.evidence import Frame, IdentityCheck
from assay.kinds.identity.matching.detector import FaceMatch
from assay.kinds.identity.matching.fit import neighbourhoods, rates, shares, upper
from assay.kinds.identity.matching.population import Population, population
from assay.vision import assets
from tests.kinds.identity.faces import jpeg, one, other, paper, pdf, png
from tests.vision.drawn import drawn_face

WHEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
needs_networks = pytest.mark.skipif(bool(assets.missing()), reason="the face networks are not installed")


def check(**fields: Any) -> IdentityCheck:
    return IdentityCheck(id="i1", time=WHEN, customer="c1", **fields)


def found(**fields: Any) -> Finding | None:
    batch = Batch.of([check(**fields)])
    findings = FaceMatch().examine(batch, Profile.empty(1))
    if findings.verdict[0] == Verdict.NONE:
        return None
    (finding,) = findings.explain(np.array([0]))
    assert {reason.code for reason in finding.reasons} <= set(reasons.ALL)
    return finding


def codes(**fields: Any) -> list[str]:
    finding = found(**fields)
    return [] if finding is None else [reason.code.removeprefix("identity.") for reason in finding.reasons]


def frames(*pictures: np.ndarray) -> tuple[Frame, ...]:
    return tuple(Frame(at=100.0 * i, image=jpeg(picture)) for i, picture in enumerate(pictures))


@needs_networks
def test_one_face_matches_whatever_it_is_printed_on() -> None:
    selfie = png(one())
    for document in (jpeg(paper(one())), png(np.rot90(paper(one()))), pdf(paper(one()))):
        told = found(selfie=selfie, document=document)
        assert told is not None
        assert told.verdict == "genuine"
        assert told.severity == "informational"
        assert [reason.code for reason in told.reasons] == ["identity.face-matches-document"]
    assert codes(selfie=selfie, portrait=jpeg(one(250), 60)) == ["face-matches-portrait"]


@needs_networks
def test_another_face_is_a_suspicion_and_says_where() -> None:
    told = found(selfie=png(one()), document=jpeg(paper(other())), portrait=png(one(300)))
    assert told is not None
    assert told.verdict == "suspicious"
    assert told.severity == "medium", "pixels alone never weigh more"
    assert told.probability is None
    assert [reason.code for reason in told.reasons] == [
        "identity.face-differs-document",
        "identity.face-matches-portrait",
    ]
    box = next(where.box for where in told.where if where.field == "document")
    assert box is not None
    assert 30 < box[0] < box[2] < 280, "the portrait of the card, in its own pixels"


@needs_networks
def test_a_face_that_changes_during_the_challenge_is_noticed_and_one_instant_is_not() -> None:
    same, changed = [one()] * 8, [one()] * 3 + [other()] * 5
    assert codes(selfie=png(one()), frames=frames(*changed)) == ["face-differs-frames"]
    assert codes(selfie=png(one()), frames=frames(*same)) == []
    assert codes(selfie=png(one()), frames=frames(*([one()] * 4 + [other()] + [one()] * 4))) == []


@needs_networks
def test_a_poor_view_leaves_the_matter_open() -> None:
    import cv2

    document = jpeg(paper(one()))
    blurred = cv2.GaussianBlur(one(), (0, 0), 14)
    tiny = cv2.resize(one(), (60, 60), interpolation=cv2.INTER_AREA)
    dark = (one() * 0.07).astype(np.uint8)
    for poor in (blurred, tiny, dark):
        told = found(selfie=png(poor), document=document)
        assert told is not None
        assert told.verdict == "inconclusive"
    nobody = np.full((300, 300, 3), 90, np.uint8)
    assert codes(selfie=png(nobody), document=document) == ["face-missing-selfie"]
    assert codes(selfie=png(one()), document=png(nobody)) == ["face-missing-document"]
    assert codes(selfie=png(one()), document=b"%PDF-1.7 broken") == ["face-missing-document"]


@needs_networks
def test_two_people_on_a_selfie_leave_open_whose_check_it_is() -> None:
    both = np.full((400, 820, 3), (120, 135, 150), np.uint8)
    both[:, :400], both[:, 420:] = drawn_face(400), drawn_face(400, tint=(150, 110, 90))
    assert "face-several" in codes(selfie=png(both), portrait=png(one()))


def test_nothing_to_compare_is_nothing_to_say() -> None:
    assert codes() == []
    assert codes(selfie=b"no picture") == []
    assert codes(document=b"%PDF-1.7") == []


def test_without_the_networks_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from assay.vision import lite

    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    lite._kept.cache_clear()
    monkeypatch.setattr(seen, "_seen", type(seen._seen)())
    told = found(selfie=png(one()), portrait=png(one()))
    assert told is not None
    assert told.verdict == "inconclusive"
    assert [reason.code for reason in told.reasons] == ["identity.face-networks"]
    lite._kept.cache_clear()


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3), st.data())
def test_hostile_pictures_raise_nothing(noise: bytes, which: int, data: st.DataObject) -> None:
    whole = jpeg(one(120), 40)
    at = data.draw(st.integers(0, len(whole) - 1))
    bytes_ = (noise, whole[:at], whole[:at] + noise + whole[at:], b"%PDF-1.4\n" + noise)[which]
    told = found(selfie=bytes_, document=bytes_, portrait=noise)
    assert told is None or told.severity != Severity.HIGH.word


# -- the population ---------------------------------------------------------------------------------------------------


def test_shares_even_out_neighbourhoods_of_different_density() -> None:
    """Two peoples, one of them three times as close together: at one share strangers are equally rare in both."""
    random = np.random.default_rng(7)
    wide = random.normal(0.3, 0.09, (400, 128)).astype(np.float32)
    close = random.normal(-0.3, 0.03, (400, 128)).astype(np.float32)
    made = neighbourhoods(np.concatenate([wide, close]), count=2)
    above = np.triu_indices(200, 1)
    for people in (wide[200:], close[200:]):
        told = shares(made, people[:200], people[:200])[above]
        assert abs(float(np.median(told)) - 1) < 0.03
    for _ in range(5):
        a, b = wide[random.integers(400)], close[random.integers(400)]
        assert made.share(a, b) == pytest.approx(made.share(b, a))
        assert made.share(a, a) == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.2, 1.2), min_size=200, max_size=400))
def test_rates_are_upper_bounds_that_only_rise(values: list[float]) -> None:
    every = np.array(values)
    told = rates(every)
    bounds = [rate for _, rate in told]
    assert all(a <= b + 1e-12 for a, b in pairwise(bounds))
    for share, rate in told:
        if (every <= share).sum() >= 5:
            assert rate >= (every <= share).mean() * 0.99
    assert upper(0, 300) == pytest.approx(3 / 300, rel=0.02), "the rule of three"


def test_the_shipped_population_is_nobody_s_template() -> None:
    shipped = population()
    assert np.array(shipped.centres).shape == (4, 128)
    assert shipped.false_match(0.65) < 1e-4
    assert shipped.false_match(2.0) == 1.0
    assert Population([[0.0]], [1.0]).false_match(0.1) == 1.0, "nothing measured, nothing promised"
    assert min(shipped.spreads) > 0.15, "a mean of many people, who lie on all sides of it"
