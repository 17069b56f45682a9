"""Cues: one proof settles it, weak ones only together, and each code once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.cue import Cue, Force, judge
from assay.core.finding import Where

VERDICTS = {
    Force.NOTE: "none", Force.VOUCHED: "genuine", Force.UNKNOWN: "inconclusive", Force.STRONG: "suspicious",
    Force.PROOF: "counterfeit",
}  # fmt: skip
cues = st.builds(Cue, st.sampled_from("abcd"), st.sampled_from(Force), st.floats(0, 1))


def told(*found: Cue) -> tuple[str, str]:
    finding = judge(found, "files.any", "1")
    return finding.verdict, finding.severity


@pytest.mark.parametrize("force", VERDICTS)
def test_a_cue_alone_says_what_its_force_is(force: Force) -> None:
    assert told(Cue("a", force))[0] == VERDICTS[force]


def test_weak_cues_are_flagged_only_together_and_one_code_counts_once() -> None:
    assert told(Cue("a", Force.WEAK, 0.6)) == ("none", "informational")
    assert told(Cue("a", Force.WEAK, 0.6), Cue("a", Force.WEAK, 0.6)) == ("none", "informational")
    assert told(Cue("a", Force.WEAK, 0.6), Cue("b", Force.WEAK, 0.4)) == ("suspicious", "low")


def test_what_could_not_be_seen_is_never_vouched_for() -> None:
    assert told(Cue("a", Force.VOUCHED), Cue("b", Force.UNKNOWN))[0] == "inconclusive"


@given(st.lists(cues, max_size=40), cues)
def test_another_cue_never_makes_a_finding_less_grave(found: list[Cue], more: Cue) -> None:
    order = ("genuine", "none", "inconclusive", "suspicious", "counterfeit")
    if more.force != Force.VOUCHED:
        assert order.index(told(*found, more)[0]) >= order.index(told(*found)[0])


@given(st.lists(cues, max_size=40))
def test_the_gravest_come_first_and_their_number_is_bounded(found: list[Cue]) -> None:
    finding = judge([Cue(c.code, c.force, c.weight, where=(Where(byte=1),) * 3) for c in found], "files.any", "1")
    assert len(finding.reasons) <= 24
    assert len(finding.where) <= 32
    weights = [reason.weight for reason in finding.reasons if reason.weight > 0.5]
    assert weights == sorted(weights, reverse=True)
    for where in finding.where:
        code, number = where.rule.split("#")
        assert finding.reasons[int(number)].code == code
