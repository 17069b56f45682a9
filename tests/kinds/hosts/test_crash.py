"""What correlations wait for outlives a crash: an engine that was killed says what one that was not would have said."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.core.batch import Batch
from assay.engine import Engine
from assay.kinds.hosts.evidence import LogRecord
from assay.ledger.journal import Journal
from tests.kinds.remembering import opened

START = datetime(2026, 11, 22, tzinfo=UTC)
EVENTS = 60


def failed_logon(i: int) -> LogRecord:
    fields = {
        "Channel": "Security",
        "EventID": "4625",
        "TargetUserName": "eva",
        "Computer": "pc7",
        "IpAddress": "10.0.0.9",
    }
    time = START + timedelta(seconds=2 * i)
    return LogRecord(id=f"e{i}", time=time, fields=fields, product="windows", host="pc7", user="eva", ip="10.0.0.9")


def quiet(i: int) -> LogRecord:
    fields = {"Channel": "Security", "EventID": "4798", "Computer": "pc7"}
    return LogRecord(
        id=f"q{i}", time=START + timedelta(seconds=2 * i + 1), fields=fields, product="windows", host="pc7"
    )


def memory(engine: Engine) -> bytes:
    (detector,) = engine.lanes[LogRecord].detectors
    return bytes(detector.kept())  # type: ignore[attr-defined]


def found(engine: Engine) -> list[tuple[str, tuple[str, ...]]]:
    assert engine.ledger is not None
    records = engine.ledger.findings(limit=500)
    return sorted((r.evidence, tuple(sorted(reason.code for reason in r.finding.reasons))) for r in records)


def whole(folder: Path) -> Engine:
    """One that nothing happened to."""
    engine = opened("hosts", folder)
    for i in range(EVENTS):
        engine.assess_batch(Batch.of([failed_logon(i), quiet(i)]))
    return engine


def go_on(folder: Path, die: int, snapshot: int) -> None:
    """The child: takes up where it was cut off, and is killed after so many batches."""
    engine = opened("hosts", folder)
    path = folder / "done"
    first = int(path.read_text()) if path.exists() else 0
    for n, i in enumerate(range(first, EVENTS)):
        engine.assess_batch(Batch.of([failed_logon(i), quiet(i)]))
        path.write_text(str(i + 1))  # acknowledged
        if n == snapshot:
            engine.snapshot()
        if n == die:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_it_says_what_one_that_ran_through_says(tmp_path: Path, seed: int) -> None:
    rng, fork = random.Random(seed), multiprocessing.get_context("fork")
    for _ in range(4):
        die = rng.randint(3, 14)
        child = fork.Process(target=go_on, args=(tmp_path, die, rng.randint(0, 2 * die)))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    last = fork.Process(target=go_on, args=(tmp_path, EVENTS, 0))
    last.start()
    last.join()
    assert last.exitcode == 0
    killed, other = opened("hosts", tmp_path), whole(tmp_path / "other")
    assert any("hosts.correlation" in codes for _, codes in found(other))
    assert found(killed) == found(other)
    assert memory(killed) == memory(other)
    for engine in (killed, other):
        engine.ledger.close()  # type: ignore[union-attr]


def test_old_files_go_with_the_snapshots_that_needed_them(tmp_path: Path) -> None:
    engine = opened("hosts", tmp_path)
    for i in range(30):
        engine.assess_batch(Batch.of([failed_logon(i)]))
        if i % 5 == 4:
            engine.snapshot()
    assert len(list((tmp_path / "journal").glob("*.journal"))) <= 2
    engine.ledger.close()  # type: ignore[union-attr]
    again = opened("hosts", tmp_path)
    assert memory(again) == memory(engine)
    again.ledger.close()  # type: ignore[union-attr]


def test_quiet_events_leave_nothing_behind(tmp_path: Path) -> None:
    engine = opened("hosts", tmp_path)
    for i in range(10):
        engine.assess_batch(Batch.of([quiet(i)]))
    assert not (tmp_path / "journal").exists()
    engine.ledger.close()  # type: ignore[union-attr]


def test_a_journal_that_says_nothing_to_anybody_hinders_no_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for frame in (b"\xff nonsense", b"\x81\xabhosts.sigma\xc4\x02\xff\xff", b"\x81\xa4gone\xc4\x01x"):
        journal.add(frame)
    journal.sync()
    engine = opened("hosts", tmp_path)
    engine.assess_batch(Batch.of([failed_logon(0)]))
    engine.ledger.close()  # type: ignore[union-attr]
