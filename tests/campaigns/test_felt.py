"""What a policy feels of open campaigns: the same as asking of every row by hand, in batches of any size, however names came."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.campaigns import Campaigns
from assay.campaigns.felt import Index, through
from assay.campaigns.linking import link_of
from assay.campaigns.state import OPEN, live
from assay.campaigns.strength import ELSEWHERE
from assay.campaigns.work import LABELLED, REOPENED, apply
from assay.core.batch import Batch
from assay.core.clock import HOUR
from assay.core.evidence import column
from assay.core.finding import Finding
from assay.kinds.payments.evidence import Payment

from .signs import START, sign

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("find"), st.integers(0, 9), st.integers(0, 9), st.sampled_from(["low", "high", "critical"])),
        st.tuples(st.just("close"), st.integers(0, 3), st.just(0), st.just("")),
        st.tuples(st.just("reopen"), st.integers(0, 3), st.just(0), st.just("")),
    ),
    max_size=30,
)


def payments(n: int) -> Batch[Payment]:
    columns = {
        "minor": np.full(n, 100), "amount": np.ones(n),
        "device": column([f"H{i % 11}" if i % 3 else None for i in range(n)], numeric=False),
        "ip": column([f"10.0.0.{i % 13}" for i in range(n)], numeric=False),
    }  # fmt: skip
    return Batch(Payment, [f"p{i}" for i in range(n)], np.full(n, START + HOUR), columns)


def by_hand(campaigns: Campaigns, batch: Batch[Payment]) -> list[int]:
    out = []
    for i in range(len(batch)):
        met = set()
        for kind in ("device", "ip"):
            link = link_of(kind, batch.entity(kind)[i] or "")
            node = campaigns.nodes.get(link.key) if link else None
            home = live(node.campaign) if node is not None and not node.hub else None
            if home is not None and home.state == OPEN:
                met.add(home.number)
        out.append(len(met))
    return out


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sampled_from([1, 7, 64, 400]))
def test_it_is_what_asking_of_every_row_gives(steps: list[tuple[str, int, int, str]], size: int) -> None:
    campaigns, index = Campaigns(), Index()
    for i, (what, a, b, severity) in enumerate(steps):
        cases = list(campaigns.cases)
        if what == "find":
            campaigns.take(sign(f"e{i}", f"host:h{a} ip:10.0.0.{b}", f"r{i % 5}", severity))
        elif cases:
            action = LABELLED if what == "close" else REOPENED
            apply(campaigns, "me", action, {"case": cases[a % len(cases)], "truth": "genuine", "time": 0})
        if i % 4 == 0:  # asked in between, so that names come bit by bit
            through(campaigns, index, payments(3), {}, asked=True)
    batch = payments(size)
    felt = through(campaigns, index, batch, {}, asked=True)
    found = [0] * size if felt is None else felt.count.tolist()
    assert found == by_hand(campaigns, batch)
    if felt is not None:
        assert ((felt.strength > 0) == (felt.count > 0)).all()
        one = [through(campaigns, Index(), batch.take(np.array([i])), {}, asked=True) for i in range(min(size, 20))]
        assert [0.0 if f is None else f.strength[0] for f in one] == felt.strength[: len(one)].tolist()


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 59), max_size=20), st.sampled_from(["high", "critical"]))
def test_what_was_found_in_a_row_is_felt_in_the_rows_after_it(rows: set[int], severity: str) -> None:
    said = Finding(detector="hosts.sigma", version="1", verdict="suspicious", severity=severity)
    batch, told = payments(60), dict.fromkeys(rows, (said,))
    felt = through(Campaigns(), Index(), batch, told, asked=True)
    campaigns, index, found = Campaigns(), Index(), []
    for i in range(60):
        one = through(campaigns, index, batch.take(np.array([i])), {0: told[i]} if i in told else {}, asked=True)
        found.append((0, 0.0) if one is None else (one.count[0], one.strength[0]))
    assert found == ([(0, 0.0)] * 60 if felt is None else list(zip(felt.count, felt.strength, strict=True)))
    early = [i % 13 for i in rows if i < 47]
    if severity == "critical" and len(rows) <= ELSEWHERE and len(set(early)) < len(early):
        assert sum(count for count, _ in found) > 0, "two of one address are a case for those that follow"


def test_many_names_are_found_in_whatever_run_they_are() -> None:
    campaigns, index = Campaigns(), Index()
    for i in range(3000):
        campaigns.take(sign(f"e{i}", f"host:m{i}", "r", "critical" if i < 40 else "low"))
        campaigns.take(sign(f"f{i}", f"host:m{i}", f"own{i}", "critical"))
        if i % 100 == 0:
            through(campaigns, index, payments(64), {}, asked=True)
    names = [f"m{i}" for i in range(3000)] + [f"x{i}" for i in range(500)]
    columns = {"minor": np.full(3500, 1), "amount": np.ones(3500), "device": column(names, numeric=False)}
    batch = Batch(Payment, [f"p{i}" for i in range(3500)], np.full(3500, START), columns)
    felt = through(campaigns, index, batch, {}, asked=True)
    assert felt is not None
    assert felt.count.tolist() == [1] * 3000 + [0] * 500


def test_where_nobody_asks_findings_are_taken_in_all_the_same() -> None:
    campaigns, batch = Campaigns(), payments(3)
    said = Finding(detector="payments.checks", version="1", verdict="suspicious", severity="high")
    assert through(campaigns, Index(), batch, {1: (said,)}, asked=False) is None
    assert campaigns.number == 1
    assert campaigns.fresh is None, "and nothing waits to be asked for"
