"""The trained model: calibrated, the same alone as in a batch, silent where it is blind, and able to say why."""

import json
import tomllib

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.errors import ModelError
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.core.words import LANGUAGES, filled
from assay.kinds.payments import KIND
from assay.kinds.payments.derive import Layout, codes, matrix, settle
from assay.kinds.payments.detectors import detectors
from assay.kinds.payments.evidence import Payment
from assay.kinds.payments.features import features, model_features, payment_features
from assay.kinds.payments.labelled import read_labelled
from assay.kinds.payments.model import ModelDetector
from assay.kinds.payments.reasons import CODES, GROUPS, group_of
from assay.kinds.payments.train import train
from assay.learning import TrainRequest
from assay.learning.evaluate import auc, calibration_error

from .world import table, write


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model folder, and labelled payments of later days in the same world."""
    folder = tmp_path_factory.mktemp("world")
    frame = table()
    report = train(TrainRequest(write(folder, frame), None, folder / "model", {"seed": 1}))
    return report, read_labelled(folder / "payments.csv", None, model_features())


@pytest.fixture(scope="module")
def detector(trained):
    return ModelDetector.open(trained[0].out)


@pytest.fixture(scope="module")
def examined(trained, detector):
    rows = np.flatnonzero(trained[1].time >= trained[1].time[-1] - 12 * DAY)
    batch, profile = trained[1].part(rows)
    return batch, profile, detector.examine(batch, profile), trained[1].truth[rows]


def test_it_finds_most_fraud_and_its_probability_is_calibrated(examined):
    _, _, findings, truth = examined
    assert auc(truth, findings.probability) > 0.8
    assert calibration_error(truth, findings.probability) < 0.02
    assert (findings.verdict[findings.probability >= 0.5] == Verdict.COUNTERFEIT).all()
    between = (findings.probability >= 0.1) & (findings.probability < 0.5)
    assert (findings.verdict[between] == Verdict.SUSPICIOUS).all()
    assert (findings.verdict[findings.probability < 0.1] == Verdict.GENUINE).all()


def test_a_payment_alone_has_the_same_bits_as_in_a_batch(detector, examined):
    batch, profile, findings, _ = examined
    for i in range(0, len(batch), 97):
        alone = detector.examine(batch.take(np.array([i])), Profile(profile.names, profile.values[i : i + 1]))
        assert alone.probability.tobytes() == findings.probability[i : i + 1].tobytes()
        assert alone.verdict[0] == findings.verdict[i]


def test_reasons_are_known_codes_with_weights_in_order_and_fill_their_sentences(examined):
    findings = examined[2]
    rows = np.flatnonzero(findings.probability > 0.5)
    assert len(rows) > 20
    sentences = {lang: tomllib.loads((KIND.words / f"{lang}.toml").read_text("utf-8")) for lang in LANGUAGES}
    for i, finding in zip(rows, findings.explain(rows), strict=True):
        assert finding.probability == findings.probability[i]
        assert finding.version == findings.version
        assert finding.reasons
        weights = [reason.weight for reason in finding.reasons]
        assert weights == sorted(weights, reverse=True)
        for reason in finding.reasons:
            assert reason.code in CODES
            for words in sentences.values():
                text = filled(words[reason.code], reason.values)
                assert "None" not in text
                assert "nan" not in text


def test_a_stolen_card_is_told_by_its_amount_and_a_bad_terminal_by_its_frauds(trained, examined):
    batch, _, findings, _ = examined
    cause = dict(zip(table()["ref"], table()["cause"], strict=True))
    causes = np.array([cause[i] for i in batch.ids])
    sure = findings.probability > 0.5
    for why, expected in ((1, {"unusual-amount", "large-streak"}), (2, {"counterparty-frauds"})):
        rows = np.flatnonzero(sure & (causes == why))
        first = [finding.reasons[0].code.removeprefix("payments.model.") for finding in findings.explain(rows)]
        assert np.mean([code in expected for code in first]) > 0.8


def test_explaining_some_rows_or_one_says_the_same(examined):
    findings = examined[2]
    rows = np.flatnonzero(findings.probability > 0.2)[:20]
    together = findings.explain(rows)
    assert [findings.explain(rows[k : k + 1])[0] for k in range(len(rows))] == together
    assert findings.explain(rows[:0]) == []


def test_a_payment_that_names_nobody_is_inconclusive(detector):
    batch = Batch(Payment, ["x"], np.array([20_030 * DAY]), {"amount": np.array([5.0]), "minor": np.array([500])})
    names = tuple(f.key for f in model_features())
    findings = detector.examine(batch, Profile(names, np.full((1, len(names)), np.nan)))
    assert findings.verdict[0] == Verdict.INCONCLUSIVE
    assert np.isnan(findings.probability[0])
    assert findings.explain(np.array([0]))[0].probability is None


def test_the_room_opens_model_and_novelty_from_the_folder_training_made(trained, tmp_path):
    names = [d.name for d in detectors(trained[0].out)]
    assert names == ["payments.checks", "payments.model", "payments.novelty"]
    assert [d.name for d in detectors(None)] == ["payments.checks"]
    assert detectors(trained[0].out)[1].version == trained[0].version
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(ModelError):
        detectors(tmp_path)


def test_a_model_of_another_detector_is_refused(trained, tmp_path):
    from assay.learning import registry

    registry.save(tmp_path / "other", {"features.json": "{}"}, {"detector": "documents.model"})
    with pytest.raises(ModelError):
        ModelDetector.open(tmp_path / "other")
    registry.save(tmp_path / "broken", {"features.json": "{}"}, {"detector": "payments.model"})
    with pytest.raises(ModelError, match="malformed"):
        ModelDetector.open(tmp_path / "broken")


def test_every_column_has_a_group_and_every_group_a_code():
    named = [*(f.key for f in model_features()), "amount", "times_usual", "channel", "card_valid", "extra.x"]
    assert {group_of(name) for name in named} <= set(GROUPS)
    assert group_of("card_valid") == "validity"
    assert set(CODES) <= set(KIND.reasons)


def test_features_are_declared_once_and_hold_those_of_the_model():
    names = [f.key for f in payment_features()]
    assert len(names) == len(set(names))
    assert {f.key for f in model_features()} <= set(names)
    assert features() == {Payment: payment_features()}


def test_categories_keep_their_codes_and_strangers_share_one():
    assert codes(np.array(["a", "b", "z", None], object), ("b", "a"), 4).tolist()[:3] == [2.0, 1.0, 0.0]
    assert np.isnan(codes(np.array([None], object), ("b",), 1)[0])
    assert np.isnan(codes(None, ("b",), 2)).all()


def test_columns_are_settled_at_training_and_missing_ones_are_gaps_later(trained):
    history = trained[1]
    batch, profile = history.part(np.arange(4000))
    layout = settle(batch, profile)
    assert {"amount", "times_usual", "payer_ratio", "extra.distance", "channel", "extra.mood"} <= set(layout.columns)
    assert "device_age" not in layout.columns  # the data has no devices
    assert set(layout.categories) == {"channel", "extra.mood"}
    bare = Batch(Payment, ["x"], batch.time[:1], {"amount": np.array([9.0]), "minor": np.array([900])})
    row = matrix(layout, bare, Profile.empty(1))
    assert row[0, layout.columns.index("amount")] == 9.0
    assert np.isnan(row[0, [layout.columns.index(c) for c in ("payer_ratio", "channel", "extra.distance")]]).all()
    assert layout.categorical == [layout.columns.index("channel"), layout.columns.index("extra.mood")]
    assert json.loads(json.dumps(layout.columns)) == list(layout.columns)
    assert Layout(("a", "b"), {"b": ("x",)}).categorical == [1]
