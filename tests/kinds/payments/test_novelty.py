"""The unusual: found without labels, within the budget, the same alone as in a batch, and explained by its numbers."""

import json
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.errors import InvalidSetting, ModelError
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.core.words import LANGUAGES, filled
from assay.kinds import payments
from assay.kinds.payments.evidence import Payment
from assay.kinds.payments.features import payment_features
from assay.kinds.payments.novelty import REASONS, Novelty, NoveltyModel, fit
from assay.kinds.payments.novelty.detector import what_of
from assay.kinds.payments.novelty.forest import grow
from assay.kinds.payments.novelty.tails import CODES, RATIO, learn, usable

NAMES = ("payer_ratio", "payer_count_1h", "payer_count_1d", "pair_age", "payer_frauds_90d", "payer_last_seen")


def ordinary(n, seed, days=30):
    """n payments over so many days by people with habits, and their profile."""
    rng = np.random.default_rng(seed)
    channel = np.where(rng.random(n) < 0.2, "transfer", "card-present").astype(object)
    amount = np.where(channel == "transfer", 500.0, 30.0) * rng.lognormal(0, 0.6, n)
    columns = {"amount": amount, "channel": channel, "customer": np.full(n, "anna", object)}
    columns["payee"] = np.where(channel == "transfer", "rent", None)
    count = rng.poisson(0.3, n) + 1.0
    values = np.column_stack([
        rng.lognormal(0, 0.6, n), count, count + rng.poisson(2, n), rng.exponential(60 * 86_400, n), np.zeros(n),
        np.arange(n),
    ])  # fmt: skip
    values[rng.random(n) < 0.1, 0] = np.nan
    time = np.sort(rng.integers(0, days * DAY, n))
    return Batch(Payment, [f"p{i}" for i in range(n)], time, columns), Profile(NAMES, values)


def strange(n, seed):
    """The same people robbed: many in an hour, far over the usual, to somebody new."""
    batch, profile = ordinary(n, seed)
    batch.columns["amount"] *= 12
    profile.values[:, 0] = 12.0
    profile.values[:, 1:3] += 6
    profile.values[:, 3] = 0.0
    return batch, profile


@pytest.fixture(scope="module")
def model():
    return fit(*ordinary(20_000, 1), budget_per_day=10, seed=7)


@pytest.fixture(scope="module")
def detector(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("novelty")
    model.save(folder)
    return Novelty(folder)


def test_alerts_keep_to_the_budget_on_days_to_come(detector):
    batch, profile = ordinary(40_000, 2, days=60)
    alerts = (detector.examine(batch, profile).verdict == Verdict.SUSPICIOUS).sum()
    assert 0.5 * 10 * 60 < alerts < 1.6 * 10 * 60


def test_what_nobody_has_ever_done_is_found(detector):
    assert (detector.examine(*strange(500, 3)).verdict == Verdict.SUSPICIOUS).mean() > 0.9


def test_some_fraud_in_the_history_does_no_harm():
    history, profile = ordinary(20_000, 1)
    robbed = np.random.default_rng(0).random(20_000) < 0.005
    odd, odd_profile = strange(20_000, 5)
    for name in ("amount", "channel", "payee"):
        history.columns[name][robbed] = odd.columns[name][robbed]
    profile.values[robbed] = odd_profile.values[robbed]
    model = fit(history, profile, budget_per_day=10, seed=7)
    found, later = strange(500, 3)
    assert (model.scores(model.codes(found, later)[0]) <= model.threshold).mean() > 0.3


def test_p_values_are_what_they_say(detector):
    """Of ordinary payments, a share a has a p-value of at most a."""
    p = detector.p_values(*ordinary(40_000, 4))
    for level in (0.5, 0.1, 0.01):
        assert (p <= level).mean() == pytest.approx(level, rel=0.35)
    assert p.min() > 0


def test_it_never_claims_a_probability(detector):
    findings = detector.examine(*strange(50, 1))
    assert np.isnan(findings.probability).all()
    assert all(f.probability is None for f in findings.explain(np.arange(50)))


@given(st.lists(st.integers(0, 399), min_size=1, max_size=40))
@settings(deadline=None, max_examples=30)
def test_alone_or_in_a_batch_the_answer_is_the_same(detector, rows):
    batch, profile = ordinary(200, 8)
    odd, odd_profile = strange(200, 9)
    columns = {k: np.concatenate([v, odd.columns[k]]) for k, v in batch.columns.items()}
    both = Batch(Payment, [str(i) for i in range(400)], np.arange(400), columns)
    values = np.concatenate([profile.values, odd_profile.values])
    some = both.take(np.array(rows))
    whole = detector.examine(some, Profile(NAMES, values[rows]))
    p = detector.p_values(some, Profile(NAMES, values[rows]))
    for k, i in enumerate(rows):
        one, its = both.take(np.array([i])), Profile(NAMES, values[i : i + 1])
        alone = detector.examine(one, its)
        assert (alone.verdict[0], alone.severity[0]) == (whole.verdict[k], whole.severity[k])
        assert detector.p_values(one, its)[0] == p[k]
        assert alone.explain(np.array([0])) == whole.explain(np.array([k]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_name_the_numbers_that_are_out_of_the_ordinary(detector, language):
    words = tomllib.loads((payments.KIND.words / f"{language}.toml").read_text("utf-8"))
    finding = detector.examine(*strange(1, 3)).explain(np.array([0]))[0]
    assert finding.reasons[0].code == "payments.unusual"
    named = {r.values["feature"] for r in finding.reasons[1:]}
    assert named & {"amount", "payer_ratio", "payer_count_1h", "payer_count_1d"}
    assert len(finding.reasons) <= 4
    for reason in finding.reasons:
        assert reason.code in REASONS
        assert 0 < reason.weight < 1
        assert "{" not in filled(words[reason.code], reason.values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_declared_and_has_its_sentence(language):
    words = tomllib.loads((payments.KIND.words / f"{language}.toml").read_text("utf-8"))
    assert set(REASONS) <= words.keys() & set(payments.KIND.reasons)


def test_every_number_kept_for_payments_has_a_sentence():
    """Only what an integrator passes through is called by its column's name."""
    kept = usable([feature.key for feature in payment_features()])
    assert {name for name in kept if what_of(name) == "number"} == set()
    assert what_of("extra.distance") == "number"


def test_labels_clocks_and_places_are_not_looked_at(model):
    assert usable(NAMES) == list(NAMES[:4])
    assert usable(["since_fraud_90d", "x_unlabelled_after_7d", "card_latitude_previous", "a_last_seen"]) == []
    assert set(model.tails.names) == {"amount", "share_of_balance", *NAMES[:4]}


def test_the_truth_is_not_read():
    batch, profile = ordinary(3000, 1)
    told, _ = ordinary(3000, 1)
    told.truth, told.known = np.ones(3000), told.time
    assert fit(batch, profile, seed=1).threshold == fit(told, profile, seed=1).threshold


def test_a_number_nobody_supplies_counts_as_ordinary(detector):
    batch, _ = ordinary(50, 1)
    findings = detector.examine(batch, Profile.empty(50))
    assert (findings.verdict == Verdict.SUSPICIOUS).mean() < 0.1


def test_a_model_is_plain_text_and_comes_back_the_same(model, tmp_path):
    version = model.save(tmp_path / "a", trained_on="made up")
    again, opened = NoveltyModel.load(tmp_path / "a")
    assert opened == version == again.save(tmp_path / "b", trained_on="made up")
    batch, profile = ordinary(500, 11)
    assert (again.codes(batch, profile)[0] == model.codes(batch, profile)[0]).all()
    assert (again.scores(again.codes(batch, profile)[0]) == model.scores(model.codes(batch, profile)[0])).all()
    assert json.loads((tmp_path / "a" / "card.json").read_text())["detector"] == "payments.novelty"


def test_the_same_history_and_seed_teach_the_same_model(tmp_path):
    history = ordinary(5000, 1)
    versions = {fit(*history, seed=seed).save(tmp_path / str(i)) for i, seed in enumerate((3, 3, 4))}
    assert len(versions) == 2


def test_a_damaged_model_is_refused(model, tmp_path):
    model.save(tmp_path)
    text = (tmp_path / "novelty.json").read_text()
    (tmp_path / "novelty.json").write_text(text.replace('"threshold":', '"threshold": 1'))
    with pytest.raises(ModelError):
        Novelty(tmp_path)


@pytest.mark.parametrize(
    "change", [{"right": [-1]}, {"roots": []}, {"feature": [200] * 5}, {"names": 3}, {"depth": None}, {"families": [0]}]
)
def test_a_model_that_would_walk_out_of_its_trees_is_refused(model, tmp_path, change):
    from assay.learning import registry

    model.save(tmp_path)
    opened = registry.open_folder(tmp_path)
    registry.save(tmp_path, {"novelty.json": json.dumps(opened.json("novelty.json") | change)}, {})
    with pytest.raises(ModelError):
        Novelty(tmp_path)


def test_too_little_history_or_a_senseless_budget_is_said():
    with pytest.raises(InvalidSetting, match="too few"):
        fit(*ordinary(100, 1))
    with pytest.raises(InvalidSetting, match="budget"):
        fit(*ordinary(3000, 1), budget_per_day=0)


@given(st.lists(st.floats(-1e6, 1e6) | st.integers(0, 3).map(float), min_size=300, max_size=600))
@settings(max_examples=30, deadline=None)
def test_a_code_says_how_few_reach_so_far(values):
    """Code k: at most r^k of the payments learned from have as large a number, and with code k - 1 more than that do."""
    numbers = np.array(values)[:, None]
    tails = learn(["amount"], numbers, None)
    codes = tails.codes(numbers, np.zeros(len(values), np.int64))[:, 0].astype(int)
    reach = np.array([(numbers[:, 0] >= x).mean() for x in values])
    assert (reach <= RATIO**codes + 1e-9).all()
    below = codes < CODES
    assert (reach[below] > RATIO ** (codes[below] + 1) - 1e-9).all()


def test_a_small_age_is_unusual_and_a_large_one_is_not():
    ages = np.random.default_rng(0).exponential(100, (5000, 1))
    tails = learn(["pair_age"], ages, None)
    young, old = tails.codes(np.array([[0.001], [5000.0]]), np.zeros(2, np.int64))[:, 0]
    assert young > 30
    assert old == 0


def test_a_channel_is_compared_with_itself():
    rng = np.random.default_rng(0)
    channel = np.array(["cash"] * 5000 + ["transfer"] * 5000, object)
    amounts = np.concatenate([rng.uniform(10, 100, 5000), rng.uniform(500, 5000, 5000)])[:, None]
    tails = learn(["amount"], amounts, channel)
    table = tails.table_of(np.array(["cash", "transfer", "unknown"], object), 3)
    cash, transfer, unknown = tails.codes(np.full((3, 1), 600.0), table)[:, 0]
    assert cash > 40 > transfer
    assert unknown == tails.codes(np.full((1, 1), 600.0), np.zeros(1, np.int64))[0, 0]


def test_the_same_number_over_several_windows_counts_once():
    rng = np.random.default_rng(0)
    count, other = rng.poisson(3, 4000).astype(float), rng.random(4000)
    names = ["card_count_1h", "card_count_30d", "payer_count_30d", "amount"]
    tails = learn(names, np.column_stack([count, rng.random(4000), count, other]), None)
    assert tails.families.tolist() == [0, 0, 1, 2] or tails.families.tolist() == [0, 0, 0, 1]
    alike = learn(["payer_count_30d", "customer_count_30d", "amount"], np.column_stack([count, count, other]), None)
    assert alike.families.tolist() == [0, 0, 1]


def test_what_stands_apart_has_the_shortest_path():
    codes = np.random.default_rng(0).integers(0, 6, (3000, 8)).astype(np.uint8)
    codes[17] = 70
    paths = grow(codes, np.random.default_rng(1), trees=30, sample=3000).paths(codes)
    assert paths.argmin() == 17
