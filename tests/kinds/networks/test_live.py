"""What comes one by one is added up: it ends in the findings that a log of it would end in, however it was cut, and outlives a
crash to the same bits."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from assay.core.batch import Batch
from assay.core.finding import Finding, Findings
from assay.core.kind import load
from assay.core.profile import Profile
from assay.engine import Engine
from assay.kinds.networks import KIND
from assay.kinds.networks.accounts import live as accounts
from assay.kinds.networks.detectors.live import LiveAccounts
from assay.kinds.networks.evidence import Flow, Lookup
from assay.kinds.networks.reading.rows import FlowRow, LookupRow, batches
from tests.kinds.networks.test_accounts import DAY, SECOND, THEM, US, T, encoded, flow, found, office
from tests.kinds.remembering import opened

START = datetime.fromtimestamp(T / 1e6, UTC)


def detector(models: Path | None = None) -> LiveAccounts:
    return next(d for d in load(KIND.detectors)(models) if isinstance(d, LiveAccounts))


def posted(rows: Iterable[Any]) -> list[Flow | Lookup]:
    """Rows as an integrator posts them."""
    out: list[Flow | Lookup] = []
    for i, row in enumerate(rows):
        told = {k: v for k, v in row._asdict().items() if v == v and k != "time"}
        if "port" in told:
            told["port"] = int(told["port"])
        time = datetime.fromtimestamp(row.time / 1e6, UTC)
        out.append((Flow if isinstance(row, FlowRow) else Lookup)(id=f"p{i}", time=time, **told))
    return out


def heard(rows: Iterable[Any], size: int = 1, live: LiveAccounts | None = None) -> list[Finding]:
    """All findings, in order, of rows that come in batches of this size."""
    live = live or detector()
    out = []
    items = posted(rows)
    for at in range(0, len(items), size):
        batch = Batch.of(items[at : at + size])
        told = live.examine(batch, Profile.empty(len(batch)))
        out += told.explain((told.verdict > 0).nonzero()[0])
    return out


def codes(findings: Iterable[Finding]) -> set[str]:
    return {reason.code.removeprefix("networks.") for finding in findings for reason in finding.reasons}


def beacon(n: int = 300, jitter: float = 0.3) -> list[FlowRow]:
    rng = random.Random(5)
    return [flow(300 * i + 300 * rng.uniform(-jitter, jitter), sent=480.0 + rng.randrange(30)) for i in range(n)]


def test_three_hundred_posts_of_a_beacon_end_in_the_finding_of_one_batch_and_of_one_log() -> None:
    rows = beacon()
    singly = heard(rows)
    assert singly == heard(rows, 300) == heard(rows, 7)
    logged = found(rows)["beacon"]
    assert codes(singly) == {"beacon"}
    assert {f.entities for f in singly} == {f.entities for f in logged}
    assert max(f.severity for f in singly) == max(f.severity for f in logged)
    assert len(singly) <= 3


ATTACKS = {
    "host-scan": [flow(i, destination=f"10.0.{i // 200}.{i % 200 + 1}", port=445, state="attempt") for i in range(60)],
    "port-scan": [flow(i / 10, destination="10.0.0.9", port=1000 + i, state="rejected") for i in range(40)],
    "logins": [flow(i * 2, destination="10.0.0.9", port=22, duration=1.5) for i in range(150)],
    "retries": [flow(i * 5 + (i * 7919 % 5), port=5888, state="rejected") for i in range(100)],
    "exfiltration": [*office(6), flow(5 * 86_400 + 14 * 3600, destination="203.0.113.9", sent=3e9)],
    "lateral": [*office(4), *(flow(3 * 86_400 + i * 60, destination=f"10.0.0.{20 + i}", port=3389) for i in range(4))],
    "dns-tunnel": [
        LookupRow(T + i * SECOND, US, "10.0.0.1", f"{encoded(random.Random(i), 50)}.t.bad.example.com") for i in range(150)
    ],
    "generated-names": [
        LookupRow(T + i * SECOND, US, "10.0.0.1", f"{encoded(random.Random(i), 14)}.com", "A", "NXDOMAIN") for i in range(40)
    ],
}  # fmt: skip


@pytest.mark.parametrize("code", ATTACKS)
def test_what_a_log_tells_is_told_row_by_row(code: str) -> None:
    rows = sorted(ATTACKS[code], key=lambda row: row.time)
    assert code in found(rows)
    assert codes(heard(rows)) == {code}


def test_warming_reaches_every_judge_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    live, asked = detector(), set()

    def examine(self: Any, batch: Any, profile: Profile) -> Findings:
        asked.add(type(self).__name__)
        return Findings.each("x", "1", [None] * len(batch))

    for judge in live.judges.values():
        monkeypatch.setattr(type(judge), "examine", examine)
        monkeypatch.setattr(type(judge), "silent", False, raising=False)
    live.warm()
    assert asked == {type(judge).__name__ for judge in live.judges.values()}
    assert live.kept() == b""


def test_what_whoever_reads_a_log_adds_up_is_not_added_up_again() -> None:
    live = detector()
    for batch in batches(beacon(), "log"):
        if batch.type is Flow:
            assert not live.examine(batch, Profile.empty(len(batch))).verdict.any()
            assert live.took(batch) == b""
    assert live.kept() == b""


def test_quiet_days_stay_quiet_and_what_many_machines_share_is_no_beacon() -> None:
    rng = random.Random(1)
    updates = [
        flow(900 * i + rng.random() * 30 + j, source=f"10.0.0.{j}", sent=700.0) for i in range(120) for j in range(1, 7)
    ]
    assert heard(sorted([*office(3), *updates], key=lambda row: row.time), 50) == []


def test_a_known_bad_destination_is_told_of_the_first_connection_once(tmp_path: Path) -> None:
    from assay.intelligence.indicator import Indicator
    from assay.intelligence.store import write

    write([Indicator("ip", THEM, "a threat", confidence=90)], tmp_path / "intelligence" / "mine")
    live = detector(tmp_path / "networks")
    told = heard([flow(i * 900 + i * i, name="front.example") for i in range(5)], live=live)
    assert [codes([f]) for f in told] == [{"known-bad"}]


def test_it_is_brought_back_and_hears_again_to_the_same_bits() -> None:
    rows = sorted([*office(3), *beacon(100)], key=lambda row: row.time)
    whole, first = detector(), detector()
    expected = heard(rows, 1, whole)
    told = heard(rows[:400], 1, first)
    again = detector()
    again.bring_back(first.kept())
    assert again.kept() == first.kept()
    for at in range(400, 450):
        batch = Batch.of(posted(rows[at : at + 1]))
        first.examine(batch, Profile.empty(1))
        again.again(first.took(batch))
    assert again.kept() == first.kept()
    told += [f for f in expected if f not in told]
    heard(rows[450:], 1, again)
    assert again.kept() == whole.kept()
    for nonsense in (b"\xff", msgspec.msgpack.encode([1, 2, 3]), whole.kept()[:-20]):
        fresh = detector()
        fresh.bring_back(nonsense)
        assert fresh.kept() == b""


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_ROWS", 50)
    monkeypatch.setattr(accounts, "MOST_ALL", 200)
    live = detector()
    rng = random.Random(2)
    heard((flow(i * 3, source=f"10.0.{rng.randrange(3)}.{rng.randrange(250)}") for i in range(1500)), 1, live)
    heard((flow(5000 + i, source=US) for i in range(500)), 1, live)
    kept = live.live["flow"]
    assert kept.rows == sum(len(one.rows) for one in kept.machines.values()) <= 201
    assert max(len(one.rows) for one in kept.machines.values()) <= 51


def test_what_comes_from_outside_is_nobody_s_here() -> None:
    live = detector()
    assert heard([flow(i, source=THEM, destination=US, port=22, state="attempt") for i in range(60)], 7, live) == []
    assert not live.live["flow"].machines


def test_a_wrong_clock_ends_no_day() -> None:
    rows = beacon(120)
    wrong = rows[50]._replace(time=T + 400 * DAY, destination="198.51.100.99")
    assert "beacon" in codes(heard([*rows[:50], wrong, *rows[50:]]))


# a crash


def go_on(folder: Path, die: int, snapshot: int) -> None:
    """The child: takes up where it was cut off, and is killed after so many posts."""
    engine, path = opened("networks", folder), folder / "done"
    first = int(path.read_text()) if path.exists() else 0
    items = posted(beacon(120))
    for n, i in enumerate(range(first, len(items))):
        engine.assess_batch(Batch.of([items[i]]))
        path.write_text(str(i + 1))  # acknowledged
        if n == snapshot:
            engine.snapshot()
        if n == die:
            os.kill(os.getpid(), signal.SIGKILL)
    engine.ledger.close()  # type: ignore[union-attr]


def memory(engine: Engine) -> bytes:
    return next(d for d in engine.lanes[Flow].detectors if isinstance(d, LiveAccounts)).kept()


def told(engine: Engine) -> list[tuple[str, Finding]]:
    assert engine.ledger is not None
    return sorted(((r.evidence, r.finding) for r in engine.ledger.findings(limit=500)), key=lambda r: r[0])


def test_killed_again_and_again_it_says_what_one_that_ran_through_says(tmp_path: Path) -> None:
    rng, own = (
        random.Random(4),
        multiprocessing.get_context("spawn"),
    )  # a fork would inherit threads of polars that are none
    for die, snapshot in ((30, 20), (rng.randint(20, 40), 100)):
        child = own.Process(target=go_on, args=(tmp_path, die, snapshot))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    last = own.Process(target=go_on, args=(tmp_path, 1000, 5))
    last.start()
    last.join()
    assert last.exitcode == 0
    (tmp_path / "other").mkdir()
    go_on(tmp_path / "other", 1000, 1000)
    killed, whole = opened("networks", tmp_path), opened("networks", tmp_path / "other")
    assert any(reason.code == "networks.beacon" for _, finding in told(whole) for reason in finding.reasons)
    assert told(killed) == told(whole)
    assert memory(killed) == memory(whole)
    for engine in (killed, whole):
        engine.ledger.close()  # type: ignore[union-attr]
