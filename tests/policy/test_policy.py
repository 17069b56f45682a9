"""Deciding: the cost model takes the least loss, rules narrow it, and every row is decided by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.clock import micros
from assay.core.decision import OUTCOMES, Outcome
from assay.core.errors import InvalidPolicy
from assay.core.finding import Findings
from assay.kinds.payments.evidence import Payment
from assay.policy import Policy
from assay.policy.view import View

from .things import NAMES, view_of

COSTS = """
costs:
  at_stake: evidence.amount
  lgd: 0.5
  step_up: 1.0
  step_up_stops: 0.6
  review: 4.0
  review_delay: 2.0
  review_stops: 0.9
  block: 10.0 + 0.1 * evidence.amount
"""


def policy(rules: str = "", *, costs: str = COSTS, more: str = "") -> Policy:
    return Policy.parse(f"name: test\nversion: 1\napplies_to: thing\n{costs}{more}{rules}", names=NAMES)


def view(amounts: list[float | None], probabilities: list[float], **columns: np.ndarray) -> View:
    p = np.array(probabilities)
    model = Findings("room.model", "1", np.zeros(len(p), np.int8), probability=p)
    return view_of([{"amount": a} for a in amounts], findings={"room.model": model}, **columns)


def words(outcome: np.ndarray) -> list[str]:
    return [OUTCOMES[o] for o in outcome]


def by_hand(p: float, amount: float) -> list[float]:
    """The cost model of docs/policy.md, one row at a time."""
    loss = amount * 0.5
    return [
        p * loss,
        (1 - p) * 1.0 + p * (1 - 0.6) * loss,
        4.0 + (1 - p) * 2.0 + p * (1 - 0.9) * loss,
        (1 - p) * (10.0 + 0.1 * amount),
    ]


chances = st.floats(0, 1)
money = st.floats(0, 1e6).map(lambda x: round(x, 2))


@given(st.lists(st.tuples(chances, money), min_size=1, max_size=20))
def test_the_outcome_of_least_expected_loss_is_taken(rows: list[tuple[float, float]]) -> None:
    result = policy().decide(view([amount for _, amount in rows], [p for p, _ in rows]))
    for i, (p, amount) in enumerate(rows):
        losses = by_hand(p, amount)
        assert result.losses[:, i] == pytest.approx(losses, rel=1e-12)
        assert losses[result.outcome[i]] == pytest.approx(min(losses), rel=1e-9, abs=1e-9)
        assert result.expected_loss[i] == result.losses[result.outcome[i], i]
        assert result.rule[i] == -1


@given(money.filter(lambda a: a > 0), chances, chances)
def test_more_likely_fraud_is_never_let_through_more_easily(amount: float, p: float, q: float) -> None:
    low, high = sorted((p, q))
    result = policy().decide(view([amount, amount], [low, high]))
    assert (result.outcome[0] == Outcome.ALLOW) >= (result.outcome[1] == Outcome.ALLOW)
    assert (result.outcome[0] == Outcome.BLOCK) <= (result.outcome[1] == Outcome.BLOCK)


def test_block_beats_allow_from_the_probability_the_formula_gives() -> None:
    only = (
        COSTS.replace("step_up: 1.0", "step_up: 1e9")
        .replace("review: 4.0", "review: 1e9")
        .replace("lgd: 0.5", "lgd: 1")
    )
    threshold = 20.0 / (20.0 + 100.0)  # c_fp / (c_fp + L) at an amount of 100
    result = policy(costs=only).decide(view([100.0, 100.0], [threshold - 1e-6, threshold + 1e-6]))
    assert words(result.outcome) == ["allow", "block"]


class TestRules:
    def test_then_settles_and_names_the_rule(self) -> None:
        rules = "rules: [{name: big, when: evidence.amount > 50.0, then: block, reason: big.one}]"
        result = policy(rules).decide(view([10.0, 100.0], [0.0, 0.0]))
        assert words(result.outcome) == ["allow", "block"]
        assert result.rule.tolist() == [-1, 0]
        assert (result.rules, result.reasons) == (("big",), ("big.one",))

    def test_a_floor_takes_the_least_loss_at_or_above_it(self) -> None:
        rules = "rules: [{name: floor, when: 'true', at_least: challenge}]"
        result = policy(rules).decide(view([100.0, 1000.0], [0.0, 0.9]))
        assert words(result.outcome) == ["challenge", "block"]
        assert result.rule.tolist() == [0, -1]  # the second would have been blocked anyway

    def test_a_ceiling_takes_the_least_loss_at_or_below_it(self) -> None:
        rules = "rules: [{name: ceiling, when: 'true', at_most: challenge}]"
        result = policy(rules).decide(view([1000.0, 1.0], [0.9, 0.0]))
        assert words(result.outcome) == ["challenge", "allow"]
        assert result.rule.tolist() == [0, -1]

    def test_an_earlier_rule_is_never_loosened(self) -> None:
        rules = """
rules:
  - {name: floor, when: 'true', at_least: review}
  - {name: let go, when: 'true', then: allow}
  - {name: too late, when: 'true', then: block}
"""
        result = policy(rules).decide(view([1.0], [0.0]))
        assert words(result.outcome) == ["review"]
        assert result.rules[result.rule[0]] == "let go"  # it settled, at the nearest outcome still open

    @given(st.lists(st.tuples(st.sampled_from(["then", "at_least", "at_most"]), st.sampled_from(OUTCOMES)), max_size=6))
    def test_outcomes_stay_within_what_rules_left_open(self, effects: list[tuple[str, str]]) -> None:
        rules = "rules:" + "".join(f"\n  - {{name: r{k}, when: 'true', {e}: {o}}}" for k, (e, o) in enumerate(effects))
        result = policy(rules if effects else "").decide(view([100.0, 5000.0], [0.01, 0.8]))
        low, high = 0, 3
        for effect, word in effects:
            bound = min(max(OUTCOMES.index(word), low), high)
            low = bound if effect != "at_most" else low
            high = bound if effect != "at_least" else high
        assert ((result.outcome >= low) & (result.outcome <= high)).all()

    def test_dates_are_of_the_event_and_not_of_the_clock(self) -> None:
        from datetime import UTC, datetime

        rules = "rules: [{name: may, when: 'true', then: block, from: 2026-05-01, until: 2026-06-01}]"
        times = [
            datetime(2026, 4, 30, 23, 59, tzinfo=UTC),
            datetime(2026, 5, 1, tzinfo=UTC),
            datetime(2026, 6, 1, tzinfo=UTC),
        ]
        seen = view_of([{"amount": 0.0, "time": micros(t)} for t in times])
        assert words(policy(rules, more="otherwise: allow\n").decide(seen).outcome) == ["allow", "block", "allow"]

    def test_a_rule_that_cannot_be_evaluated_does_not_fire_and_is_counted(self) -> None:
        rules = "rules: [{name: far, when: evidence.number > 5.0, then: block}]"
        result = policy(rules).decide(view([1.0, 1.0, 1.0], [0.0, 0.0, 0.0], number=np.array([9.0, np.nan, np.nan])))
        assert words(result.outcome) == ["block", "allow", "allow"]
        assert result.unknown == {"far": 2}


class TestProbability:
    def test_the_highest_of_the_findings_is_weighed(self) -> None:
        seen = view([100.0, 100.0], [0.2, np.nan])
        seen.findings["room.checks"] = Findings(
            "room.checks", "1", np.zeros(2, np.int8), probability=np.array([0.1, 0.7])
        )
        assert policy().decide(seen).probability.tolist() == [0.2, 0.7]

    def test_an_expression_may_say_otherwise(self) -> None:
        result = policy(more="probability: findings.room.model.probability / 2.0\n").decide(view([1.0], [0.5]))
        assert result.probability.tolist() == [0.25]

    def test_without_one_the_outcome_is_review_unless_the_policy_says_otherwise(self) -> None:
        seen = view([1.0, 1.0], [np.nan, 0.0])
        assert words(policy().decide(seen).outcome) == ["review", "allow"]
        result = policy(more="otherwise: challenge\n").decide(seen)
        assert words(result.outcome) == ["challenge", "allow"]
        assert np.isnan(result.expected_loss[0])
        assert result.unknown == {"probability": 1}

    def test_outside_0_to_1_it_counts_as_unknown(self) -> None:
        result = policy(more="probability: findings.room.model.probability * 3.0\n").decide(
            view([1.0, 1.0], [0.3, 0.5])
        )
        assert np.isnan(result.probability).tolist() == [False, True]
        assert result.unknown == {"probability": 1}

    def test_rules_can_read_it(self) -> None:
        rules = "rules: [{name: sure, when: probability > 0.5, then: block}]"
        assert words(policy(rules).decide(view([0.0, 0.0], [0.4, 0.6])).outcome) == ["allow", "block"]


class TestCosts:
    def test_an_unknown_cost_is_counted_and_the_row_goes_to_otherwise(self) -> None:
        result = policy().decide(view([None, 1.0], [0.1, 0.0]))
        assert words(result.outcome) == ["review", "allow"]
        assert result.unknown == {"costs.at_stake": 1, "costs.block": 1}

    def test_a_cost_out_of_its_range_counts_as_unknown(self) -> None:
        costs = COSTS.replace("lgd: 0.5", "lgd: evidence.number")
        result = policy(costs=costs).decide(view([1.0, 1.0], [0.1, 0.1], number=np.array([0.5, 1.5])))
        assert result.unknown == {"costs.lgd": 1}
        assert np.isnan(result.expected_loss).tolist() == [False, True]

    def test_a_policy_may_have_none(self) -> None:
        rules = "rules: [{name: big, when: evidence.amount > 50.0, then: block}]"
        result = policy(rules, costs="", more="otherwise: allow\n").decide(view([1.0, 100.0], [0.9, 0.9]))
        assert words(result.outcome) == ["allow", "block"]


FULL = policy(
    """
rules:
  - {name: listed, when: 'has(evidence.text) && evidence.text in lists.names', at_least: challenge}
  - {name: big, when: evidence.amount > 900.0, at_least: review}
  - {name: rise, when: 'evidence.number / evidence.amount > 2.0', then: block}
  - {name: calm, when: evidence.flag, at_most: challenge}
""",
    more="lists: {names: [a, b]}\nbudget: {reviews_per_day: 10, threshold: 5.0}\n",
)
rows = st.lists(
    st.fixed_dictionaries(
        {"amount": money | st.none(), "p": chances | st.just(np.nan)},
        optional={"text": st.sampled_from(["a", "q"]), "number": st.floats(0, 100), "flag": st.booleans()},
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(rows)
def test_a_batch_of_one_and_a_batch_of_many_agree_to_the_bit(given_rows: list[dict[str, object]]) -> None:
    def seen(some: list[dict[str, object]]) -> View:
        p = np.array([row["p"] for row in some], dtype=np.float64)
        findings = {"room.model": Findings("room.model", "1", np.zeros(len(p), np.int8), probability=p)}
        return view_of(some, findings=findings)

    together = FULL.decide(seen(given_rows))
    for i, row in enumerate(given_rows):
        alone = FULL.decide(seen([row]))
        for name in ("outcome", "probability", "expected_loss", "rule", "gain"):
            assert getattr(together, name)[i].tobytes() == getattr(alone, name)[0].tobytes(), name
        assert together.losses[:, i].tobytes() == alone.losses[:, 0].tobytes()


def test_an_empty_batch_has_empty_decisions() -> None:
    result = FULL.decide(view([], []))
    assert (len(result), result.losses.shape) == (0, (4, 0))


def test_losses_can_be_asked_for_again() -> None:
    seen = view([1000.0], [0.1])
    assert FULL.losses(seen, np.array([0.1])).tobytes() == FULL.decide(seen).losses.tobytes()


def test_what_it_reads_can_be_asked_after_it_was_used() -> None:
    fresh, used = policy(), policy()
    used.losses(view([1000.0], [0.1]), np.array([0.1]))
    assert used.reads == fresh.reads
    assert "evidence.amount" in used.reads


def test_evidence_of_another_kind_is_refused() -> None:
    from assay.core.batch import Batch

    other = View.of(Batch(Payment, ["p"], np.zeros(1, np.int64), {"amount": np.ones(1)}))
    with pytest.raises(InvalidPolicy, match="decides thing, not payment"):
        policy().decide(other)
