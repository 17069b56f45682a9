"""A backtest: both policies decide the same rows, money follows the truth, and what is not known is said."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.decision import OUTCOMES, Outcome
from assay.core.errors import InvalidSetting
from assay.core.finding import Findings
from assay.core.profile import Profile
from assay.kinds.payments.evidence import Payment
from assay.learning.backtest import backtest
from assay.learning.history import History
from assay.policy import Policy, names_of
from assay.policy.view import View

COSTS = """
costs:
  lgd: 1.0
  step_up: 1.0
  step_up_stops: 0.5
  review: 5.0
  review_delay: 1.0
  review_stops: 0.9
  block: 20.0
"""
NAMES = names_of(("payment",), features=("past", "other"))
HEAD = "name: {name}\nversion: 1\napplies_to: payment\notherwise: allow\n"


def policy(name: str = "new", rules: str = "", costs: str = COSTS, more: str = "") -> Policy:
    return Policy.parse(HEAD.format(name=name) + costs + more + rules, names=NAMES)


def always(outcome: str) -> Policy:
    return policy(outcome, f"rules: [{{name: all, when: 'true', then: {outcome}}}]")


def week(n: int = 700, days: int = 14, seed: int = 3, frauds: float = 0.05) -> View:
    """Labelled payments whose model probability is calibrated."""
    random = np.random.default_rng(seed)
    p = random.beta(0.3, 0.3 / frauds, n)
    time = np.linspace(0, days * DAY - 1, n).astype(np.int64)
    channel = np.where(random.random(n) < 0.7, "online", "transfer").astype(object)
    batch = Batch(
        Payment,
        [f"p{i}" for i in range(n)],
        time,
        {
            "amount": np.round(random.lognormal(4, 1, n), 2),
            "channel": channel,
            "customer": np.full(n, "c", dtype=object),
        },
    )
    batch.truth, batch.known = (random.random(n) < p).astype(float), time
    findings = {"payments.model": Findings("payments.model", "1", np.zeros(n, np.int8), probability=p)}
    return View.of(batch, Profile(("past", "other"), random.random((n, 2))), findings)


def truth_of(view: View) -> np.ndarray:
    assert view.batch.truth is not None
    return view.batch.truth


class TestMoney:
    """By hand: every outcome's real loss, summed."""

    @pytest.mark.parametrize("outcome", OUTCOMES)
    def test_what_each_outcome_saves(self, outcome: str) -> None:
        view = week()
        amount, fraud = view.batch.columns["amount"], truth_of(view) == 1
        found = backtest([view], always(outcome))["candidate"]
        stopped, cost = {
            "allow": (0.0, 0.0),
            "challenge": (0.5 * amount[fraud].sum(), 1.0 * (~fraud).sum()),
            "review": (0.9 * amount[fraud].sum() - 5.0 * fraud.sum(), 6.0 * (~fraud).sum()),
            "block": (amount[fraud].sum(), 20.0 * (~fraud).sum()),
        }[outcome]
        assert found["fraud_stopped"] == pytest.approx(stopped)
        assert found["friction"] == pytest.approx(cost)
        assert found["value_saved"] == pytest.approx(stopped - cost)
        assert found["outcomes"][outcome]["count"] == len(view.batch)

    def test_weighing_expected_loss_beats_every_constant_policy(self) -> None:
        view = week(n=5000, seed=5)
        weighed = backtest([view], policy())["candidate"]["value_saved"]
        assert weighed > max(backtest([view], always(outcome))["candidate"]["value_saved"] for outcome in OUTCOMES)

    def test_a_policy_is_worth_nothing_more_than_itself(self) -> None:
        found = backtest([week()], policy("a"), policy("b"))
        assert found["difference"]["value_saved"] == 0
        assert found["changes"]["rows"] == 0
        assert found["candidate"]["value_saved"] == found["baseline"]["value_saved"]

    def test_the_candidates_costs_are_used_for_both(self) -> None:
        dear = policy("dear", costs=COSTS.replace("block: 20.0", "block: 2000.0"))
        found = backtest([week()], dear, always("block"))
        genuine = int((truth_of(week()) == 0).sum())
        assert found["baseline"]["friction"] == pytest.approx(2000.0 * genuine)
        assert found["money"]["costs_of"] == dear.identity

    def test_without_a_cost_model_nothing_is_said_of_money(self) -> None:
        bare = policy(rules="rules: [{name: big, when: evidence.amount > 100.0, then: block}]", costs="")
        found = backtest([week()], bare)
        assert found["candidate"]["value_saved"] is None
        assert found["difference"]["value_saved"] is None
        assert found["candidate"]["fraud_found"] > 0
        assert "no cost model" in found["money"]["notes"][0]


class TestLabels:
    def test_only_those_known_by_the_end_count(self) -> None:
        view = week()
        assert view.batch.known is not None
        late = np.arange(700) % 10 == 0
        view.batch.known = view.batch.known + np.where(late, 30 * DAY, 0)
        found = backtest([view], always("block"))
        assert found["history"]["labels_too_late"] == late.sum()
        assert found["history"]["labelled"] == (~late).sum()
        assert found["history"]["frauds"] == truth_of(view)[~late].sum()
        assert found["candidate"]["false_positives"]["count"] == (truth_of(view)[~late] == 0).sum()
        assert backtest([view], always("block"), end=60 * DAY)["history"]["labels_too_late"] == 0

    def test_the_unlabelled_count_in_outcomes_and_nowhere_else(self) -> None:
        view, rest = week(), week(n=100, seed=9)
        before = backtest([view], always("block"))["candidate"]
        rest.batch.truth = rest.batch.known = None
        rest.batch.time = rest.batch.time // 100
        found = backtest([view, rest], always("block"))
        after = found["candidate"]
        assert found["history"]["unlabelled"] == 100
        assert after["outcomes"]["block"]["count"] == before["outcomes"]["block"]["count"] + 100
        for name in ("value_saved", "fraud_found", "false_positives", "precision"):
            assert after[name] == before[name]


class TestFigures:
    def test_reviews_a_day(self) -> None:
        rules = "rules: [{name: first, when: 'evidence.time.getDate() == 1', then: review}]"
        found = backtest([week(n=1400)], policy("r", rules, costs=""))["candidate"]
        assert found["reviews_per_day"] == {"mean": pytest.approx(100 / 14), "max": 100}

    def test_false_positives(self) -> None:
        view = week()
        found = backtest([view], always("challenge"))["candidate"]
        genuine = truth_of(view) == 0
        assert found["false_positives"] == {
            "count": genuine.sum(),
            "value": pytest.approx(view.batch.columns["amount"][genuine].sum()),
            "per_1000_genuine": 1000,
        }
        assert found["precision"] == pytest.approx(truth_of(view).mean())

    def test_rules_with_how_often_they_were_right(self) -> None:
        rules = "rules: [{name: big, when: evidence.amount > 100.0, then: block}]"
        view = week()
        big = view.batch.columns["amount"] > 100
        found = backtest([view], policy("r", rules))["candidate"]["rules"]["big"]
        assert found["count"] == big.sum()
        assert found["frauds"] == truth_of(view)[big].sum()

    def test_weeks_are_whole_and_their_interval_holds_their_mean(self) -> None:
        found = backtest([week(days=30)], policy())["candidate"]
        assert found["weekly"]["weeks"] == 4
        saved = found["weekly"]["value_saved"]
        assert saved["low"] <= saved["mean"] <= saved["high"]
        assert backtest([week(days=9)], policy())["candidate"]["weekly"]["value_saved"]["low"] is None

    def test_segments_add_up(self) -> None:
        view = week()
        found = backtest([view], policy())
        assert set(found["segments"]) == {"channel", "amount"}  # a customer is an entity, not a segment
        for groups in found["segments"].values():
            assert sum(group["rows"] for group in groups.values()) == len(view.batch)
            saved = [group["candidate"]["value_saved"] for group in groups.values()]
            assert sum(saved) == pytest.approx(found["candidate"]["value_saved"])
        assert "10 to 100" in found["segments"]["amount"]

    def test_several_currencies_are_warned_of(self) -> None:
        view = week()
        view.batch.columns["currency"] = np.where(np.arange(700) % 2 == 0, "EUR", "JPY").astype(object)
        found = backtest([view], policy())
        assert found["money"]["currencies"] == ["EUR", "JPY"]
        assert "several currencies" in found["money"]["notes"][0]
        assert set(found["segments"]["currency"]) == {"EUR", "JPY"}


class TestChanges:
    def test_the_matrix_goes_from_the_baseline_to_the_candidate(self) -> None:
        view = week()
        matrix = backtest([view], always("block"), always("challenge"))["changes"]["matrix"]
        assert matrix["challenge"]["block"] == len(view.batch)
        assert sum(sum(row.values()) for row in matrix.values()) == len(view.batch)

    def test_examples_are_those_with_most_money_at_stake(self) -> None:
        view = week()
        found = backtest([view], always("block"), examples=5)["changes"]["examples"]
        worth = np.where(truth_of(view) == 1, view.batch.columns["amount"], -20.0)
        order = np.argsort(-np.abs(worth), kind="stable")[:5]
        assert [each["id"] for each in found] == [f"p{i}" for i in order]
        assert [each["saves"] for each in found] == pytest.approx(worth[order].tolist())
        assert found[0] | {"time": "", "probability": 0} == {
            "id": f"p{order[0]}",
            "time": "",
            "amount": pytest.approx(worth[order[0]]),
            "truth": "fraud",
            "probability": 0,
            "from": "allow",
            "to": "block",
            "rule_from": "",
            "rule_to": "all",
            "saves": pytest.approx(worth[order[0]]),
        }


class TestBudget:
    def test_it_is_fitted_on_the_first_half_and_judged_on_the_second(self) -> None:
        view = week(n=8000, days=28, frauds=0.2)
        free = backtest([view], policy())["candidate"]["reviews_per_day"]["mean"]
        found = backtest([view], policy(more="budget: {reviews_per_day: 4}\n"))
        assert free > 8
        assert found["history"]["days"] == pytest.approx(14, abs=0.1)
        assert found["candidate"]["reviews_per_day"]["mean"] == pytest.approx(4, rel=0.35)
        (thresholds,) = found["fitted"]["thresholds"].values()
        assert thresholds[0] > 0

    def test_a_fitted_one_is_judged_on_all_of_it(self) -> None:
        found = backtest([week()], policy(more="budget: {reviews_per_day: 4, threshold: 2.0}\n"))
        assert "fitted" not in found
        assert found["history"]["rows"] == 700


class TestHistory:
    def test_recorded_views_decide_as_the_whole_ones_do(self) -> None:
        rules = "rules: [{name: r, when: profile.past > 0.5 && evidence.channel == 'online', at_least: challenge}]"
        one, view = policy("r", rules), week()
        history = History.of([view], [one])
        assert history.views[0].profile.names == ("past",)
        assert "customer" not in history.views[0].batch.columns
        assert len(history) == len(view.batch)
        whole, thin = one.decide(view), one.decide(history.views[0])
        for name in ("outcome", "probability", "expected_loss", "rule"):
            assert getattr(whole, name).tobytes() == getattr(thin, name).tobytes()
        assert backtest(history, one) == backtest([view], one)

    def test_pieces_or_whole_is_the_same(self) -> None:
        view = week()
        pieces = [view.take(np.arange(0, 300)), view.take(np.arange(300, 700))]

        def rounded(found: Any) -> str:
            return json.dumps(json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 6)))

        assert rounded(backtest(pieces, policy())) == rounded(backtest([view], policy()))


def test_the_report_is_plain_json() -> None:
    text = json.dumps(backtest([week()], policy(), always("block")), allow_nan=False)
    assert json.loads(text)["candidate"]["policy"] == policy().identity


def test_no_history_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="no history"):
        backtest([], policy())


def test_outcomes_are_in_the_order_of_the_matrix() -> None:
    assert [Outcome[word.upper()] for word in OUTCOMES] == sorted(Outcome)
