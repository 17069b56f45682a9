"""Training: honest splits, a card that tells how, the same version for the same data, and clear refusals."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from assay.core.clock import DAY
from assay.core.errors import InvalidSetting, UnreadableInput
from assay.kinds.payments.evaluate import evaluate
from assay.kinds.payments.features import model_features
from assay.kinds.payments.labelled import read_labelled
from assay.kinds.payments.train import split, train
from assay.learning import EvaluateRequest, TrainRequest, registry

from .world import MAPPING, START, table, write


def test_the_card_says_what_when_and_how_and_the_same_data_gives_the_same_version(tmp_path):
    path = write(tmp_path, table(days=40, customers=200))
    options = {"seed": 3, "licence": "made up"}
    first = train(TrainRequest(path, None, tmp_path / "a", options))
    card = registry.open_folder(tmp_path / "a").card
    assert card["version"] == first.version
    assert card["detector"] == "payments.model"
    assert card["data"]["sha256"] == registry.file_hash(path)
    assert card["data"]["licence"] == "made up"
    assert card["label_delay"] == "5d"
    assert "assay train payments --data payments.csv" in card["rebuild"]
    assert card["figures"]["average_precision"] == first.figures["average_precision"]
    assert card["figures"]["calibration_curve"]
    assert card["figures"]["precision_recall_curve"]
    assert {"segment", "frauds", "recall_at_1%_fpr"} <= card["figures"]["segments"][0].keys()
    assert card["fails"]
    spans = [card["split"][part] for part in ("train", "calibrate", "test") if card["split"][part]["rows"]]
    assert all(a["to"] <= b["from"] for a, b in pairwise(spans))
    assert train(TrainRequest(path, None, tmp_path / "b", options)).version == first.version


def test_nothing_is_learned_that_was_not_known_when_the_test_began(tmp_path):
    history = read_labelled(write(tmp_path, table(days=50, customers=80)), None, model_features())
    (learn, truth), (tune, truth_tune), (test, truth_test) = split(history)
    today = history.time[test[0]]
    for rows, known in ((learn, truth), (tune, truth_tune)):
        assert (history.time[rows] <= today - 5 * DAY).all()
        assert (history.known[rows[known == 1]] <= today).all()
    assert (truth_test == history.truth[test]).all()
    assert len(np.intersect1d(learn, test)) == len(np.intersect1d(tune, test)) == len(np.intersect1d(learn, tune)) == 0


def test_a_fraud_heard_of_too_late_counts_as_genuine_as_it_did_then(tmp_path):
    frame = table(days=50, customers=80)
    late = pl.when((pl.col("bad") == 1) & (pl.int_range(pl.len()) % 20 == 0)).then(40).otherwise(2)
    frame = frame.with_columns(heard=pl.col("when") + late * 86_400)
    mapping = MAPPING.replace("delay: 5d", "time: {column: heard, unit: s}")
    history = read_labelled(write(tmp_path, frame, mapping), None, model_features())
    assert history.delay == "as given"
    today = START + 40 * DAY
    rows, truth = history.as_of(today)
    unheard = (history.truth[rows] == 1) & (history.known[rows] > today)
    assert unheard.any()
    assert (truth[unheard] == 0).all()
    assert (truth[~unheard] == history.truth[rows][~unheard]).all()


def test_any_csv_will_do_without_customers_terminals_or_a_mapping(tmp_path):
    frame = table(days=40, customers=200).select(
        timestamp=pl.from_epoch("when").dt.strftime("%Y-%m-%d %H:%M:%S"),
        amount=pl.col("cents") / 100,
        shade=pl.col("mood"),
        distance=pl.col("distance") * (1 + 5 * pl.col("bad")),
        is_fraud="bad",
    )
    path = tmp_path / "odd.csv"
    frame.write_csv(path)
    report = train(TrainRequest(path, None, tmp_path / "model"))
    assert report.figures["auc"] > 0.6
    columns = registry.open_folder(tmp_path / "model").json("features.json")["columns"]
    assert "extra.distance" in columns
    assert not [name for name in columns if name.startswith(("payer", "counterparty", "pair"))]


def test_evaluation_gives_the_model_s_figures_or_those_of_rolling_weeks(tmp_path):
    path = write(tmp_path, table(days=45, customers=150))
    trained = train(TrainRequest(path, None, tmp_path / "model"))
    told = evaluate(EvaluateRequest(path, None, tmp_path / "model"))
    assert told["model"] == trained.version
    assert told["average_precision"] == trained.figures["average_precision"], "never on what it learned from"
    assert told["learned_from_and_left_out"] > 0
    (tmp_path / "other").mkdir()
    other = write(tmp_path / "other", table(days=46, customers=150))
    assert "learned_from_and_left_out" not in evaluate(EvaluateRequest(other, None, tmp_path / "model"))
    rolled = evaluate(EvaluateRequest(path, None))
    assert len(rolled["weeks"]) >= 2
    mean = rolled["over_weeks"]["average_precision"]
    assert mean["low"] < mean["mean"] < mean["high"]


def test_too_few_frauds_is_an_error_that_says_so(tmp_path):
    frame = table(days=40, customers=60)
    rare = frame.with_columns(bad=pl.when((pl.int_range(pl.len()) % 200) == 0).then(pl.col("bad")).otherwise(0))
    with pytest.raises(InvalidSetting, match=r"too few to learn from|no fraud to test on"):
        train(TrainRequest(write(tmp_path, rare), None, tmp_path / "model"))
    assert not (tmp_path / "model").exists()


def test_no_label_column_is_an_error_that_names_the_remedy(tmp_path):
    path = write(tmp_path, table(days=3), MAPPING.split("label:")[0])
    with pytest.raises(InvalidSetting, match="no column says which payments were fraud"):
        train(TrainRequest(path, None, tmp_path / "model"))


def test_a_table_without_a_readable_row_says_what_was_wrong(tmp_path):
    path = write(tmp_path, table(days=3).with_columns(cents=pl.lit("much")))
    with pytest.raises(UnreadableInput, match="amount: not a number"):
        train(TrainRequest(path, None, tmp_path / "model"))


def test_rows_out_of_order_are_put_in_order(tmp_path):
    frame = table(days=20, customers=50)
    straight = read_labelled(write(tmp_path, frame), None, model_features())
    mixed = read_labelled(write(tmp_path, frame.sample(fraction=1, shuffle=True, seed=1)), None, model_features())
    order = {id_: i for i, id_ in enumerate(mixed.batch.ids)}
    moved = np.array([order[id_] for id_ in straight.batch.ids])
    alone = np.append(True, np.diff(straight.time) > 0) & np.append(np.diff(straight.time) > 0, True)
    np.testing.assert_array_equal(straight.profile.values[alone], mixed.profile.values[moved][alone])
