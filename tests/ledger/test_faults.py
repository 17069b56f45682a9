"""When the disk will not take it: nothing is acknowledged, what was durable can be read, and `reopen` goes on from there."""

import resource
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import LedgerUnavailable, NotFound
from assay.ledger import schema, sqlite
from assay.ledger.reader import SqliteReader
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import TYPES, sightings


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """With decisions s0 to s9 on record."""
    with SqliteLedger(tmp_path / "ledger", types=TYPES) as ledger:
        ledger.append(sightings(0, 10))
        ledger.commit()
        yield ledger


@contextmanager
def full_by_page_count(ledger: SqliteLedger) -> Iterator[None]:
    """SQLite answers "database or disk is full", as it does on a full disk."""
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count = {pages + 1}")
    yield


@contextmanager
def full_by_file_size(ledger: SqliteLedger) -> Iterator[None]:
    """The kernel refuses to make any file longer, as over a quota."""
    log = ledger.folder / schema.LOG
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 8192, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(ledger: SqliteLedger) -> Iterator[None]:
    ledger._db.execute("PRAGMA query_only = ON")
    yield


@pytest.mark.parametrize("fault", [full_by_page_count, full_by_file_size, read_only])
def test_a_disk_that_will_not_take_it(ledger: SqliteLedger, fault):
    before = ledger.decision("s3")
    with fault(ledger):
        term = ledger.append(sightings(10, 2000))
        with pytest.raises(LedgerUnavailable):
            ledger.commit()
        assert ledger.failed
        for refused in (lambda: ledger.append(sightings(9000, 1)), lambda: ledger.repeated(["s1"]), ledger.commit):
            with pytest.raises(LedgerUnavailable, match="last commit failed"):
                refused()
        # What was durable is there to read, and nothing else is.
        assert ledger.last_seq == 10
        assert ledger.decision("s3") == before
        assert ledger.decision("s10") is None
        assert len(ledger.decisions().decisions) == 10

    ledger.reopen()
    assert not ledger.failed
    with pytest.raises(LedgerUnavailable, match="dropped"):
        ledger.commit(term)
    assert ledger.repeated(["s9", "s10"]).keys() == {0}  # what was dropped may be decided again
    again = sightings(10, 2000)
    ledger.append(again)
    ledger.commit()
    assert again.seq[0] == 11
    assert ledger.verify().ok
    assert ledger.decision("s2009") == again.decision(1999)


def test_reopen_says_when_the_cause_is_still_there(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch):
    with read_only(ledger):
        ledger.append(sightings(10, 1))
        with pytest.raises(LedgerUnavailable):
            ledger.commit()
    with monkeypatch.context() as m:
        m.setattr(schema, "TABLES", "INSERT INTO nowhere VALUES (1);")
        with pytest.raises(LedgerUnavailable):
            ledger.reopen()
        assert ledger.failed
    ledger.reopen()
    ledger.append(sightings(10, 1))
    ledger.commit()
    assert ledger.last_seq == 11


def test_a_really_full_disk(tmp_path: Path):
    """A small file system of its own, where we may mount one."""
    ctypes = pytest.importorskip("ctypes")
    disk = tmp_path / "disk"
    disk.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", str(disk).encode(), b"tmpfs", 0, b"size=3m") != 0:
        pytest.skip("may not mount a file system here")
    try:
        with SqliteLedger(disk / "ledger", types=TYPES) as ledger:
            with pytest.raises(LedgerUnavailable):
                fill(ledger)
            committed = ledger.last_seq
            assert committed > 0
            assert ledger.decision(f"s{committed - 1}") is not None
            libc.mount(b"tmpfs", str(disk).encode(), b"tmpfs", 32, b"size=64m")  # MS_REMOUNT
            ledger.reopen()
            ledger.append(sightings(committed, 500))
            ledger.commit()
            assert ledger.verify().ok
            assert ledger.counts().decisions == committed + 500
    finally:
        libc.umount2(str(disk).encode(), 2)


def fill(ledger: SqliteLedger) -> None:
    for first in range(0, 100_000, 500):
        ledger.append(sightings(first, 500))
        ledger.commit()


def test_a_folder_that_cannot_be_made_and_one_without_a_ledger(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnavailable):
        SqliteLedger(tmp_path / "file", types=TYPES)
    with pytest.raises(NotFound, match="no ledger here"):
        SqliteReader(tmp_path, types=TYPES)
    (tmp_path / schema.DATABASE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        SqliteLedger(tmp_path, types=TYPES)


def test_a_failure_while_another_thread_waits_is_told_to_both(ledger: SqliteLedger):
    """Group commit: the second caller's records were written by the first, and must not be acknowledged."""
    ledger._commit_lock.acquire()
    errors: list[BaseException | None] = []

    def record(first: int) -> None:
        try:  # one that comes after the failure is refused at once
            ledger.commit(ledger.append(sightings(first, 1)))
            errors.append(None)
        except LedgerUnavailable as error:
            errors.append(error)

    threads = [threading.Thread(target=record, args=(first,)) for first in (10, 11)]
    for thread in threads:
        thread.start()
    ledger._db.execute("PRAGMA query_only = ON")
    ledger._commit_lock.release()
    for thread in threads:
        thread.join()
    assert [type(e) for e in errors] == [LedgerUnavailable, LedgerUnavailable]


@pytest.mark.parametrize("cut", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_log_cut_short_leaves_whole_commits(tmp_path: Path, cut: float):
    """As after a power cut on a disk that lies about syncing."""
    ledger = SqliteLedger(tmp_path / "ledger", types=TYPES)
    for k in range(20):
        ledger.append(sightings(10 * k, 10))
        ledger.commit()
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "ledger", left)
    ledger.close()
    log = left / schema.LOG
    with log.open("r+b") as file:
        file.truncate(int(log.stat().st_size * cut))
    (left / f"{schema.DATABASE}-shm").unlink()
    with SqliteLedger(left, types=TYPES) as ledger:
        n = ledger.last_seq
        assert n % 10 == 0
        assert n <= 200 * cut
        assert ledger.verify().ok
        assert list(ledger.repeated([f"s{i}" for i in range(200)])) == list(range(n))
        ledger.append(sightings(n, 10))
        ledger.commit()


def test_index_files_lost_or_damaged_are_made_anew(tmp_path: Path):
    def opened() -> SqliteLedger:
        return SqliteLedger(tmp_path, types=TYPES, flush_rows=50)

    with opened() as ledger:
        for k in range(20):
            ledger.append(sightings(10 * k, 10))
            ledger.commit()
    for harm in (lambda p: p.unlink(), lambda p: p.write_bytes(p.read_bytes()[:-8]), flip_a_key):
        for path in (tmp_path / "index").glob("ids.*.run"):
            harm(path)
        with opened() as ledger:
            assert len(ledger.repeated([f"s{i}" for i in range(200)])) == 200
            assert ledger.verify().ok
    shutil.rmtree(tmp_path / "index")
    with opened() as ledger:
        assert len(ledger.repeated([f"s{i}" for i in range(200)])) == 200


def flip_a_key(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[64 + 8 * 40] ^= 1
    path.write_bytes(data)


def test_a_clock_that_goes_back_changes_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    moments = iter([9_000, 5_000, 7_000, 1_000])
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        monkeypatch.setattr(sqlite, "now", lambda: next(moments))
        for k in range(4):
            decisions = sightings(10 * k, 10)
            decisions.batch.time = decisions.batch.time - 10**9 * k  # events older and older too
            ledger.append(decisions)
            ledger.commit()
        assert [r.arrived for r in ledger.replay()] == [9_000, 5_000, 7_000, 1_000]
        assert np.concatenate([r.decisions.seq for r in ledger.replay()]).tolist() == list(range(1, 41))
        assert [d.id for d in ledger.decisions().decisions] == [f"s{i}" for i in reversed(range(40))]
        assert ledger.verify().ok


def test_a_database_page_overwritten_is_reported_not_raised(tmp_path: Path):
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        ledger.append(sightings(0, 3000))
    path = tmp_path / schema.DATABASE
    data = bytearray(path.read_bytes())
    at = data.find(b"s1500")
    data[at - 2000 : at + 2000] = bytes(4000)
    path.write_bytes(data)
    with SqliteReader(tmp_path, types=TYPES) as reader:
        found = reader.verify()
        assert not found.ok
        assert found.first_bad is not None
        assert 1 < found.first_bad <= 1501


def test_readers_see_whole_commits_while_a_writer_writes(tmp_path: Path):
    done = threading.Event()
    with SqliteLedger(tmp_path, types=TYPES, flush_rows=100) as ledger:

        def write() -> None:
            for k in range(100):
                ledger.append(sightings(30 * k, 20))
                ledger.append(sightings(30 * k + 20, 10))
                ledger.commit()
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        with SqliteReader(tmp_path, types=TYPES, flush_rows=100) as reader:
            while not done.is_set():
                found = reader.verify()
                assert found.ok, found.problem
                assert found.last_seq % 30 == 0
                seen = reader.last_seq
                assert not seen or reader.decision(f"s{seen - 1}") is not None
        writer.join()
        assert ledger.last_seq == 3000


def test_the_log_is_synced_at_every_commit_with_all_that_was_appended(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def as_synced(handle: int) -> None:
        """What a power cut just after the sync would leave."""
        assert Path(f"/proc/self/fd/{handle}").samefile(ledger.folder / schema.LOG)
        assert ledger.last_seq == 10, "nobody is told before"
        shutil.rmtree(tmp_path / "left", ignore_errors=True)
        (tmp_path / "left").mkdir()
        for name in (schema.DATABASE, schema.LOG):
            shutil.copy(ledger.folder / name, tmp_path / "left" / name)

    monkeypatch.setattr(sqlite, "sync", as_synced)
    ledger.append(sightings(10, 300))
    assert ledger.write()
    assert ledger.last_seq == 10, "written is not durable"
    ledger.append(sightings(310, 5))
    ledger.commit()
    assert ledger.last_seq == 315
    with SqliteReader(tmp_path / "left", types=TYPES) as left:
        assert left.verify().last_seq == 315
        assert left.verify().ok
    assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ledger._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_sync_that_fails_acknowledges_nothing(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch):
    def broken(handle: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "sync", broken)
        ledger.append(sightings(10, 5))
        assert ledger.write()
        with pytest.raises(LedgerUnavailable, match="Input/output error"):
            ledger.commit()
        assert ledger.failed
        assert ledger.last_seq == 10
        with pytest.raises(LedgerUnavailable):
            ledger.write()
        with pytest.raises(LedgerUnavailable, match="Input/output error"):
            ledger.reopen()
    ledger.reopen()
    assert ledger.verify().ok
    again = ledger.repeated([f"s{i}" for i in range(20)])
    assert set(again) in (set(range(10)), set(range(15))), "all or nothing of what was not acknowledged"
    ledger.append(sightings(100, 5))
    ledger.commit()
    assert ledger.verify().ok


def test_whoever_may_not_wait_writes_only_where_nobody_else_does(ledger: SqliteLedger):
    ledger.append(sightings(10, 5))
    with ledger._commit_lock:
        assert not ledger.write()
    ledger.commit()
    assert ledger.last_seq == 15
    assert ledger.write(), "and nothing to do is done"
