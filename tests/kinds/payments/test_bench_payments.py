"""The bench keeps the Handbook's protocol, and its ceiling lies above everything that is honest."""

import numpy as np
import pytest

from assay.core.clock import DAY
from assay.core.errors import InvalidSetting
from assay.kinds.payments.baselines import BASELINE_FEATURES, handbook_matrix
from assay.kinds.payments.bench import Week, bench
from assay.kinds.payments.ceiling import ceiling, scenarios
from assay.kinds.payments.features import model_features
from assay.kinds.payments.labelled import read_labelled

from .world import START, table


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "transactions.parquet"
    frame = table(days=75, customers=150).rename(
        {"ref": "TRANSACTION_ID", "who": "CUSTOMER_ID", "where": "TERMINAL_ID"}
    )
    frame = frame.rename({"bad": "TX_FRAUD", "cause": "TX_FRAUD_SCENARIO", "when": "TX_DATETIME", "cents": "TX_AMOUNT"})
    frame.drop("how", "mood", "distance").write_parquet(path)
    return path


@pytest.fixture(scope="module")
def history(data):
    return read_labelled(data, None, [*model_features(), *BASELINE_FEATURES], "7d")


def test_compromised_cards_leave_as_the_book_says(history):
    start = START + 40 * DAY
    week = Week(history, start)
    day = (history.time - START) // DAY
    cards, fraud = history.batch.entity("customer"), history.truth == 1
    assert set(week.learn) == set(np.flatnonzero((day >= 40) & (day < 47)))
    known = set(cards[(day >= 40) & (day < 47) & fraud])
    expected = []
    for k in range(7):
        known |= set(cards[(day == 40 + 7 + k - 1) & fraud])
        expected += [i for i in np.flatnonzero(day == 40 + 14 + k) if cards[i] not in known]
    assert week.test.tolist() == expected


def test_the_book_s_features_are_what_the_book_says(history):
    rows = np.arange(len(history.batch) - 40, len(history.batch))
    made = handbook_matrix(*history.part(rows))
    time, amount = history.time, history.batch.columns["amount"]
    customer, terminal = history.batch.entity("customer"), history.batch.entity("terminal")
    for r, i in enumerate(rows):
        past = np.arange(len(time)) <= i
        same = past & (customer == customer[i])
        week = same & (time > time[i] - 7 * DAY)
        assert made[r, 4] == week.sum()
        assert made[r, 7] == pytest.approx(amount[week].mean())
        late = past & (terminal == terminal[i]) & (time <= time[i] - 7 * DAY) & (time > time[i] - 37 * DAY)
        assert made[r, 14] == pytest.approx(history.truth[late].mean() if late.any() else 0.0)


def test_the_ceiling_knows_only_what_the_delay_allows(data, history):
    why = scenarios(data, history)
    rows = np.flatnonzero(history.time >= START + 60 * DAY)
    score = ceiling(history, rows, why)
    terminal = history.batch.entity("terminal")
    for i, s in zip(rows, score, strict=True):
        age = history.time[i] - history.time[(terminal == terminal[i]) & (history.truth == 1)]
        seen = why[i] == 1 or (why[i] == 2 and bool(((age >= 7 * DAY) & (age < 37 * DAY)).any()))
        assert (s >= 1) == seen


def test_one_week_of_it_is_below_the_ceiling_and_above_the_baseline(data):
    told = bench(data, short=True)
    ours, best = told["handbook_week"], told["ceiling"]["mean"]
    assert told["ceiling"]["known"]
    assert ours["average_precision"] <= best["average_precision"]
    assert ours["average_precision"] > 0.5
    assert set(told["baselines"]) == {"lightgbm"}
    assert set(ours["recall_by_scenario"]) == {"1", "2"}
    assert told["goals"]["average_precision"]["goal"] == 0.75


def test_without_data_or_with_too_little_it_says_what_it_needs(tmp_path):
    with pytest.raises(InvalidSetting, match="needs labelled payments"):
        bench(None)
    path = tmp_path / "few.parquet"
    frame = table(days=12).select(
        id="ref", timestamp="when", amount="cents", customer="who", terminal="where", is_fraud="bad"
    )
    frame.write_parquet(path)
    with pytest.raises(InvalidSetting, match="too short"):
        bench(path)
