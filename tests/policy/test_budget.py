"""The review budget: the most valuable reviews are kept, and the fitted threshold keeps to the number on its history."""

from __future__ import annotations

import numpy as np
import pytest

from assay.core.clock import DAY
from assay.core.decision import Outcome
from assay.core.errors import InvalidSetting
from assay.core.finding import Findings
from assay.policy import Policy, fit_budget
from assay.policy.view import View

from .test_policy import COSTS, policy
from .things import NAMES, view_of

DAYS = 10


def history(n: int = 4000, seed: int = 7) -> View:
    random = np.random.default_rng(seed)
    p = random.beta(0.2, 2.0, n)
    time = np.linspace(0, DAYS * DAY, n).astype(np.int64)
    amounts = np.round(random.lognormal(5, 1, n), 2)
    rows = [
        {"amount": a, "time": int(t), "mode": "fast" if i % 3 else "slow"}
        for i, (a, t) in enumerate(zip(amounts, time, strict=True))
    ]
    mode = np.array([row["mode"] for row in rows], dtype=object)
    return view_of(
        rows, findings={"room.model": Findings("room.model", "1", np.zeros(n, np.int8), probability=p)}, mode=mode
    )


def reviews(result: object) -> np.ndarray:
    return np.flatnonzero(result.outcome == Outcome.REVIEW)  # type: ignore[attr-defined]


def test_the_most_valuable_reviews_a_day_are_kept() -> None:
    seen = history()
    free = policy().decide(seen)
    assert len(reviews(free)) > 10 * DAYS
    fitted = fit_budget(policy(more="budget: {reviews_per_day: 10}\n"), [seen])
    kept = fitted.decide(seen)
    assert len(reviews(kept)) == 10 * DAYS
    most = np.argsort(-free.gain[reviews(free)])[: 10 * DAYS]
    assert set(reviews(kept)) == set(reviews(free)[most])


def test_a_dropped_review_gets_the_next_best_outcome() -> None:
    seen = history()
    free, none = policy().decide(seen), policy(more="budget: {reviews_per_day: 0, threshold: 1.0e+12}\n").decide(seen)
    assert not len(reviews(none))
    others = none.losses.copy()
    others[Outcome.REVIEW] = np.inf
    assert (none.expected_loss == others.min(axis=0)).all()
    unchanged = free.outcome != Outcome.REVIEW
    assert (none.outcome[unchanged] == free.outcome[unchanged]).all()


def test_fitting_in_pieces_or_at_once_is_the_same_and_repeating_it_changes_nothing() -> None:
    from dataclasses import replace

    seen, start = history(), policy(more="budget: {reviews_per_day: 10}\n")
    fitted = fit_budget(start, [seen])
    assert fit_budget(fitted, [seen]).text == fitted.text
    pieces = []
    for rows in (np.arange(0, 1000), np.arange(1000, 4000)):
        model = seen.findings["room.model"]
        part = Findings("room.model", "1", model.verdict[rows], probability=model.probability[rows])
        pieces.append(View.of(seen.batch.take(rows), findings={"room.model": part}))
    assert fit_budget(start, pieces).text == fitted.text
    assert replace(fitted, text="").budget == fitted.budget


def test_reviews_that_a_rule_demands_are_kept_and_count_first() -> None:
    rules = "rules: [{name: slow, when: 'evidence.mode == \"slow\" && evidence.amount > 600.0', then: review}]"
    seen = history()
    demanded = np.count_nonzero(policy(rules).decide(seen).rule == 0)
    assert 0 < demanded < 40 * DAYS
    fitted = fit_budget(policy(rules, more="budget: {reviews_per_day: 40}\n"), [seen])
    result = fitted.decide(seen)
    assert np.count_nonzero(result.rule == 0) == demanded
    assert len(reviews(result)) == 40 * DAYS


def test_shares_have_thresholds_of_their_own() -> None:
    more = "budget:\n  - {reviews_per_day: 5, when: 'evidence.mode == \"slow\"'}\n  - reviews_per_day: 3\n"
    seen = history()
    fitted = fit_budget(policy(more=more), [seen])
    result = fitted.decide(seen)
    slow = seen.batch.columns["mode"] == "slow"
    assert [np.count_nonzero(slow[reviews(result)]), np.count_nonzero(~slow[reviews(result)])] == [5 * DAYS, 3 * DAYS]


def test_the_threshold_is_written_into_the_text_and_nothing_else_changes() -> None:
    text = f"# mine\nname: p\nversion: 1\napplies_to: thing\nbudget:\n  reviews_per_day: 10  # a day\n{COSTS}"
    fitted = fit_budget(Policy.parse(text, names=NAMES), [history()])
    assert fitted.budget is not None
    threshold = fitted.budget.shares[0].threshold
    assert fitted.text == text.replace("10  #", f"10\n  threshold: {threshold!r}  #")
    assert fitted.identity != Policy.parse(text, names=NAMES).identity


def test_a_large_budget_leaves_every_review_that_pays() -> None:
    seen = history()
    fitted = fit_budget(policy(more="budget: {reviews_per_day: 100000}\n"), [seen])
    assert (fitted.decide(seen).outcome == policy().decide(seen).outcome).all()


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="no budget"):
        fit_budget(policy(), [history()])
    with pytest.raises(InvalidSetting, match="no history"):
        fit_budget(policy(more="budget: {reviews_per_day: 1}\n"), [])
