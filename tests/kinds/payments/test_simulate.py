"""The simulated bank: the same world every time, in order, on time, and never telling in the evidence what it knows."""

from collections import Counter

import numpy as np
import pytest

from assay.core.batch import concat
from assay.core.clock import DAY, HOUR
from assay.core.errors import InvalidSetting
from assay.kinds.payments.evidence import Payment
from assay.kinds.payments.numbers import iban_valid, luhn_valid
from assay.kinds.payments.simulate import SCENARIOS, frame, simulate

DAYS, CUSTOMERS, RATE = 40, 1500, 0.02


@pytest.fixture(scope="module")
def world():
    batches = list(simulate(3, size=CUSTOMERS, days=DAYS, fraud_rate=RATE))
    return concat(batches), np.concatenate([b.scenario for b in batches])


def rows(seed, **options):
    """Everything a world says, row by row."""
    return [
        (id_, int(t), truth, int(known), scenario, *(str(column[i]) for column in b.columns.values()))
        for b in simulate(seed, size=120, days=12, fraud_rate=0.05, **options)
        for i, (id_, t, truth, known, scenario) in enumerate(
            zip(b.ids, b.time, b.truth, b.known, b.scenario, strict=True)
        )
    ]


def test_a_seed_is_a_world_whatever_the_batch_size():
    once = rows(5)
    assert rows(5) == once
    assert rows(5, batch=97) == once
    assert rows(6) != once


def test_time_only_goes_forward_and_ids_are_unique(world):
    batch, _ = world
    assert (np.diff(batch.time) >= 0).all()
    assert len(set(batch.ids)) == len(batch)
    assert batch.time[-1] - batch.time[0] < DAYS * DAY


def test_batches_are_of_the_size_asked_for():
    sizes = [len(b) for b in simulate(1, size=200, days=3, batch=100)]
    assert max(sizes) == 100


def test_labels_come_late(world):
    batch, scenario = world
    wait = (batch.known - batch.time) / DAY
    assert (wait > 0).all()
    median = {name: np.median(wait[scenario == name]) for name in SCENARIOS}
    assert median["account-takeover"] < median["card-testing"] + 3 < median["mule-ring"] + 3
    assert median["first-party"] > 30


def test_truth_is_the_scenario(world):
    batch, scenario = world
    assert ((batch.truth == 1) == (scenario != "")).all()
    assert set(np.unique(batch.truth)) == {0.0, 1.0}


def test_every_scenario_comes_at_about_the_rate_asked_for(world):
    batch, scenario = world
    assert batch.truth.mean() == pytest.approx(RATE, rel=0.5)
    counted = Counter(scenario.tolist())
    assert all(counted[name] >= 20 for name in SCENARIOS), counted


def test_without_fraud_there_is_none():
    assert sum(b.truth.sum() for b in simulate(1, size=100, days=5, fraud_rate=0)) == 0


def test_leaving_a_scenario_out_leaves_the_others_as_they_were():
    def attacks(names):
        return Counter(
            (int(t), s)
            for b in simulate(8, size=400, days=20, fraud_rate=0.03, scenarios=names)
            for t, s in zip(b.time, b.scenario, strict=True)
            if s == "stolen-card"
        )

    assert attacks(SCENARIOS) == attacks(("stolen-card",)) != Counter()


def test_people_sleep_and_shops_are_fuller_on_saturday(world):
    batch, scenario = world
    shopping = (batch.columns["channel"] == "card-present") & (scenario == "")
    hour = batch.time[shopping] % DAY // HOUR
    night, noon = ((hour >= 1) & (hour <= 4)).mean() / 4, ((hour >= 11) & (hour <= 18)).mean() / 8
    assert night < noon / 4
    weekday = (batch.time[shopping] // DAY + 3) % 7
    per_day = np.bincount(weekday, minlength=7)
    assert per_day[5] > 1.2 * per_day[6]


def test_pay_comes_in_runs_of_one_employer_to_many(world):
    batch, scenario = world
    runs = Counter(
        (account, int(t // DAY))
        for account, customer, t, s in zip(
            batch.columns["account"], batch.columns["customer"], batch.time, scenario, strict=True
        )
        if customer and customer.startswith("B") and s == ""
    )
    assert max(runs.values()) >= 5
    assert all((day + 3) % 7 < 5 for _, day in runs), "nobody is paid at the weekend"


def test_card_numbers_and_ibans_are_well_formed(world):
    batch, _ = world
    cards = {c for c in batch.columns["card"] if c}
    accounts = {a for name in ("account", "payee") for a in batch.columns[name] if a}
    assert all(map(luhn_valid, cards))
    assert all(map(iban_valid, accounts))
    assert len(cards) > CUSTOMERS
    assert len({a[:2] for a in accounts}) > 3


def test_the_evidence_never_tells(world):
    """No column holds truth or scenario, no id exists only for the label's sake, and sealing drops what stands beside."""
    batch, _ = world
    fields = set(Payment.__struct_fields__) | {"minor"}
    assert set(batch.columns) <= fields
    words = {v for column in batch.columns.values() if column.dtype == object for v in column[:5000].tolist() if v}
    assert not words & set(SCENARIOS)
    first = next(iter(simulate(3, size=100, days=1)))
    assert not hasattr(first.protected(lambda kind, value: f"{kind}_{hash(value)}"), "scenario")


@pytest.mark.parametrize("kind", ["device", "ip", "payee", "merchant"])
def test_no_single_name_gives_a_thief_away(world, kind):
    """Genuine payments come to use strange devices, addresses and payees too: first sight alone is weak evidence."""
    batch, scenario = world
    seen, first = set(), np.zeros(len(batch), bool)
    for i, (customer, id_) in enumerate(zip(batch.columns["customer"], batch.columns[kind], strict=True)):
        if id_ is not None and (customer, id_) not in seen:
            seen.add((customer, id_))
            first[i] = True
    later = first & (batch.time > batch.time[0] + 20 * DAY)
    assert (scenario[later] == "").sum() > 0.5 * later.sum()


def test_genuine_life_brings_its_own_alarms(world):
    batch, scenario = world
    columns, genuine = batch.columns, scenario == ""
    assert (columns["declined"][genuine] == 1).any()
    assert ((columns["country"] != "DE") & genuine & (columns["channel"] == "card-present")).any(), "people travel"
    transfers = genuine & ~np.isnan(columns["balance"]) & (columns["balance"] > 0)
    share = columns["amount"][transfers] / columns["balance"][transfers]
    assert (share > 0.3).sum() > 20, "and buy cars"


def test_transfers_know_the_balance_before_them(world):
    """Of one account, each payment shown follows from the one before, apart from money that moved in between unseen."""
    batch, _ = world
    channel = batch.columns["channel"]
    shown = ~np.isnan(batch.columns["balance"])
    assert shown[(channel == "instant") & (batch.columns["customer"] != None)].all()  # noqa: E711
    assert not shown[channel == "card-present"].any()


def test_a_world_survives_the_way_into_a_table_and_back(tmp_path):
    from assay.formats.mapping import Mapping
    from assay.formats.table_writer import mapping_of
    from assay.formats.tabular import read_table

    batch = concat(list(simulate(2, size=100, days=4, fraud_rate=0.05)))
    path = tmp_path / "bank.csv"
    frame(next(iter(simulate(2, size=100, days=4, fraud_rate=0.05)))).write_csv(path)
    mapping: Mapping = mapping_of(batch)
    back = concat(list(read_table(path, mapping, Payment, reject=lambda error: pytest.fail(str(error)))))
    n = len(back)
    assert back.ids == batch.ids[:n]
    assert (back.time == batch.time[:n]).all()
    assert (back.truth == batch.truth[:n]).all()
    assert (back.known == batch.known[:n]).all()
    assert (back.columns["minor"] == batch.columns["minor"][:n]).all()
    assert (back.columns["card"] == batch.columns["card"][:n]).all()


@pytest.mark.parametrize("wrong", [{"scenarios": ("theft",)}, {"size": 3}, {"fraud_rate": 0.9}])
def test_what_cannot_be_simulated_is_said(wrong):
    with pytest.raises(InvalidSetting):
        next(simulate(1, **wrong))
