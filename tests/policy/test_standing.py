"""Findings that still stand: on whom they are about, for as long as they last, however evidence is cut into batches."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.entity import Entity
from assay.core.finding import Finding, Reason, Severity
from assay.kinds.payments.evidence import Payment
from assay.policy.standing import OpenFindings
from assay.policy.view import Standing

DAYS = 3.0


def batch(rows: list[tuple[int, str | None, str | None]], first: int = 0) -> Batch[Payment]:
    """Rows of (hour, card, merchant)."""
    columns = {"amount": np.ones(len(rows))}
    for k, name in ((1, "card"), (2, "merchant")):
        columns[name] = np.empty(len(rows), dtype=object)
        columns[name][:] = [row[k] for row in rows]
    time = np.array([row[0] * (DAY // 24) for row in rows], dtype=np.int64)
    return Batch(Payment, [f"p{first + i}" for i in range(len(rows))], time, columns)


def finding(
    severity: str = "high", code: str = "x.y", about: tuple[Entity, ...] = (), verdict: str = "suspicious"
) -> Finding:
    return Finding(
        detector="d",
        version="1",
        verdict=verdict,
        severity=severity,
        reasons=(Reason(code),),
        entities=about,
        probability=0.5,
    )


def test_a_finding_stands_on_whom_it_is_about_and_not_on_the_bystander() -> None:
    rows = batch([(0, "c1", "m1"), (1, "c1", "m2"), (2, "c2", "m1")])
    standing = OpenFindings(DAYS).through(rows, {0: [finding(about=(Entity("card", "c1"),))]})
    assert standing.count.tolist() == [0, 1, 0]
    assert standing.severity.tolist() == [0, Severity.HIGH, 0]
    assert standing.codes["x.y"].tolist() == [False, True, False]


def test_one_that_names_nobody_stands_on_everybody_involved() -> None:
    rows = batch([(0, "c1", "m1"), (1, "c1", "m2"), (2, "c2", "m1"), (3, "c2", "m2")])
    assert OpenFindings(DAYS).through(rows, {0: [finding()]}).count.tolist() == [0, 1, 1, 0]


def test_it_counts_once_where_it_stands_on_two_of_the_rows_entities() -> None:
    rows = batch([(0, "c1", "m1"), (1, "c1", "m1")])
    assert OpenFindings(DAYS).through(rows, {0: [finding()]}).count.tolist() == [0, 1]


def test_it_stands_for_its_days_and_no_longer() -> None:
    rows = batch([(0, "c1", None), (71, "c1", None), (72, "c1", None)])
    assert OpenFindings(DAYS).through(rows, {0: [finding()]}).count.tolist() == [0, 1, 0]


def test_a_label_that_says_genuine_closes_it() -> None:
    rows = batch([(0, "c1", "m1")])
    open_ = OpenFindings(DAYS)
    open_.through(rows, {0: [finding()]})
    assert len(open_) == 2
    open_.close(rows, 0)
    assert len(open_) == 0
    assert open_.through(batch([(1, "c1", "m1")]), {}).count.tolist() == [0]


def test_what_is_mild_or_genuine_does_not_open() -> None:
    rows = batch([(0, "c1", None), (1, "c1", None)])
    found = {0: [finding(severity="low"), finding(verdict="genuine"), finding(verdict="inconclusive")]}
    assert OpenFindings(DAYS).through(rows, found).count.tolist() == [0, 0]


def test_expiry_frees_memory_and_changes_nothing() -> None:
    open_ = OpenFindings(DAYS)
    open_.through(batch([(0, "c1", "m1"), (60, "c2", None)]), {0: [finding()], 1: [finding()]})
    open_.expire(int(DAYS * DAY))
    assert len(open_) == 1
    assert open_.through(batch([(73, "c2", "m1")]), {}).count.tolist() == [1]


names = st.sampled_from(["a", "b", "c", None])
events = st.lists(st.tuples(st.integers(0, 120), names, names), min_size=1, max_size=25).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)
said = st.lists(
    st.sampled_from(["", "all", "card", "merchant"]),
    min_size=25,
    max_size=25,
)


@settings(deadline=None)
@given(events, said, st.integers(1, 25))
def test_it_is_what_a_slow_look_back_finds_however_the_batch_is_cut(
    rows: list[tuple[int, str | None, str | None]], spoken: list[str], size: int
) -> None:
    def told(i: int) -> list[Finding]:
        if not spoken[i]:
            return []
        named = {"card": rows[i][1], "merchant": rows[i][2]}
        wanted = named.get(spoken[i])
        return [finding(code=f"x.{i}", about=(Entity(spoken[i], wanted),) if wanted else ())]

    expected = []
    for i, (hour, card, merchant) in enumerate(rows):
        hit = set()
        for j in range(i):
            for f in told(j):
                kinds = {e.kind for e in f.entities} or {"card", "merchant"}
                same = ("card" in kinds and card and card == rows[j][1]) or (
                    "merchant" in kinds and merchant and merchant == rows[j][2]
                )
                if same and hour - rows[j][0] < 72:
                    hit.add(j)
        expected.append(len(hit))
    open_, counts = OpenFindings(DAYS), []
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        found = {k: told(start + k) for k in range(len(part)) if told(start + k)}
        standing: Standing = open_.through(batch(part, start), found)
        counts += standing.count.tolist()
    assert counts == expected
