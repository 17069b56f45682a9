"""Lists are looked at first, written whole or not at all, on record before they are done, and taken back to the bit."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from assay.core.clock import DAY, HOUR
from assay.core.errors import InvalidSetting, LedgerUnavailable, NotFound
from assay.ledger.sqlite import SqliteLedger
from assay.responses.changes import Changes, Conflict
from assay.responses.document import BlockList, Document, Nftables, Plain
from assay.responses.lists import Lists

from .world import BAD, NOW, WORSE, finding, label, open_ledger, record


def lists(folder: Path, ledger: SqliteLedger, **more: Any) -> Lists:
    fields = {"holds": "ip", "write": (Plain(to="bad.txt"), Nftables(to="bad.nft"))} | more
    return Lists(folder, Document(lists={"bad": BlockList(**fields)}), ledger)


class Audited:
    """Remembers what was put on record, and may refuse."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.refuse = refuse

    def __call__(self, action: str, about: dict[str, Any]) -> None:
        if self.refuse:
            raise LedgerUnavailable("the disk is full")
        msgspec.msgpack.encode(about)
        self.events.append((action, about))


def out(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (folder / "responses" / "out").rglob("*") if p.is_file()}


def test_a_plan_changes_nothing_and_says_what_applying_does(tmp_path: Path, ledger: SqliteLedger) -> None:
    record(ledger, "a", finding(), ip=BAD)
    record(ledger, "b", finding(), ip="10.0.0.1")
    it, audit = lists(tmp_path, ledger), Audited()
    (plan,) = it.plan([], NOW)
    assert [e.value for e in plan.added] == [BAD]
    assert plan.refused == {"10.0.0.1": "not a public address"}
    assert set(plan.files) == {"bad.txt", "bad.nft"}
    assert not (tmp_path / "responses").exists()
    (change,) = it.apply([], now=NOW, actor="ada", audit=audit)
    assert change.added == (BAD,)
    assert set(out(tmp_path)) == {"bad.txt", "bad.nft"}
    assert audit.events[0][0] == "response-applied"
    assert audit.events[0][1]["added"] == [BAD]
    (plan,) = it.plan([], NOW)
    assert plan.empty
    assert it.apply([], now=NOW + 1, actor="ada", audit=audit) == []


def test_undo_restores_the_bits(tmp_path: Path, ledger: SqliteLedger) -> None:
    (tmp_path / "responses" / "out").mkdir(parents=True)
    mine = tmp_path / "responses" / "out" / "bad.txt"
    mine.write_bytes(b"what was here\r\nbefore")
    mine.chmod(0o640)
    it, audit = lists(tmp_path, ledger), Audited()
    record(ledger, "a", finding(), ip=BAD)
    (first,) = it.apply([], now=NOW, actor="ada", audit=audit)
    after_first = out(tmp_path)
    record(ledger, "b", finding(), ip=WORSE)
    (second,) = it.apply([], now=NOW + HOUR, actor="ada", audit=audit)
    with pytest.raises(Conflict):
        it.undo(first.number, now=NOW, actor="ada", audit=audit)
    it.undo(second.number, now=NOW, actor="bob", audit=audit)
    assert out(tmp_path) == after_first
    with pytest.raises(Conflict):
        it.undo(second.number, now=NOW, actor="bob", audit=audit)
    it.undo(first.number, now=NOW, actor="bob", audit=audit)
    assert out(tmp_path) == {"bad.txt": b"what was here\r\nbefore"}
    assert mine.stat().st_mode & 0o777 == 0o640
    assert [a for a, _ in audit.events] == ["response-applied"] * 2 + ["response-undone"] * 2
    with pytest.raises(NotFound):
        it.undo(99, now=NOW, actor="bob", audit=audit)


def test_what_somebody_else_altered_is_not_put_back_unless_asked(tmp_path: Path, ledger: SqliteLedger) -> None:
    it, audit = lists(tmp_path, ledger), Audited()
    record(ledger, "a", finding(), ip=BAD)
    (change,) = it.apply([], now=NOW, actor="ada", audit=audit)
    (tmp_path / "responses" / "out" / "bad.txt").write_bytes(b"by hand")
    with pytest.raises(Conflict, match="altered"):
        it.undo(change.number, now=NOW, actor="ada", audit=audit)
    it.undo(change.number, now=NOW, actor="ada", audit=audit, force=True)
    assert out(tmp_path) == {}


def test_undo_finds_its_folder_gone_or_closed(tmp_path: Path, ledger: SqliteLedger) -> None:
    target = tmp_path / "fw" / "bad.txt"
    target.parent.mkdir()
    target.write_bytes(b"mine")
    it, audit = lists(tmp_path, ledger, write=(Plain(to=str(target)),)), Audited()
    record(ledger, "a", finding(), ip=BAD)
    (change,) = it.apply([], now=NOW, actor="ada", audit=audit)
    target.unlink()
    target.parent.rmdir()
    target.parent.write_text("no folder any more")
    with pytest.raises(InvalidSetting):
        it.undo(change.number, now=NOW, actor="ada", audit=audit, force=True)
    target.parent.unlink()
    it.undo(change.number, now=NOW, actor="ada", audit=audit, force=True)
    assert target.read_bytes() == b"mine"


def test_a_list_that_was_taken_back_is_not_kept_by_itself_again(tmp_path: Path, ledger: SqliteLedger) -> None:
    it, audit = lists(tmp_path, ledger, automatic=True), Audited()
    record(ledger, "a", finding(), ip=BAD)
    (change,) = it.keep(now=NOW, audit=audit)
    it.undo(change.number, now=NOW, actor="ada", audit=audit)
    assert it.keep(now=NOW, audit=audit) == []
    assert it.apply([], now=NOW, actor="ada", audit=audit)
    record(ledger, "b", finding(), ip=WORSE)
    assert it.keep(now=NOW, audit=audit)


def test_a_list_loses_what_expires_and_what_was_dismissed(tmp_path: Path, ledger: SqliteLedger) -> None:
    it, audit = lists(tmp_path, ledger), Audited()
    record(ledger, "a", finding(), ip=BAD)
    record(ledger, "b", finding(), ip=WORSE, at=NOW + 2 * DAY)
    it.apply([], now=NOW + 2 * DAY, actor="ada", audit=audit)
    (change,) = it.apply([], now=NOW + 8 * DAY, actor="ada", audit=audit)
    assert change.removed == (BAD,)
    label(ledger, "b", "genuine")
    (change,) = it.apply([], now=NOW + 8 * DAY, actor="ada", audit=audit)
    assert change.removed == (WORSE,)


def test_what_cannot_go_on_record_is_not_done(tmp_path: Path, ledger: SqliteLedger) -> None:
    it = lists(tmp_path, ledger)
    record(ledger, "a", finding(), ip=BAD)
    with pytest.raises(LedgerUnavailable):
        it.apply([], now=NOW, actor="ada", audit=Audited(refuse=True))
    assert out(tmp_path) == {}
    audit = Audited()
    (change,) = it.apply([], now=NOW, actor="ada", audit=audit)
    assert change.state == "applied"
    assert set(out(tmp_path)) == {"bad.txt", "bad.nft"}


def test_a_file_that_cannot_be_written_leaves_every_other_as_it_was(tmp_path: Path, ledger: SqliteLedger) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    it = lists(tmp_path, ledger, write=(Plain(to="bad.txt"), Plain(to=str(tmp_path / "taken" / "x.txt"))))
    record(ledger, "a", finding(), ip=BAD)
    with pytest.raises(InvalidSetting):
        it.apply([], now=NOW, actor="ada", audit=Audited())
    assert out(tmp_path) == {}
    assert it.changes.standing("bad").change == 0


def test_a_relative_file_stays_in_its_folder(tmp_path: Path, ledger: SqliteLedger) -> None:
    it = lists(tmp_path, ledger, write=(Plain(to="../../etc/x"),))
    record(ledger, "a", finding(), ip=BAD)
    with pytest.raises(InvalidSetting, match="leads out"):
        it.plan([], NOW)


def die_while_writing(folder: Path, after: int) -> None:
    """The child: applies a list and is killed after so many files."""
    from assay.responses import changes

    ledger = open_ledger(folder)
    real, count = changes.write_whole, 0

    def counted(path: Path, data: bytes, mode: int = 0o644) -> None:
        nonlocal count
        real(path, data, mode)
        count += 1
        if count == after:
            os.kill(os.getpid(), signal.SIGKILL)

    changes.write_whole = counted  # type: ignore[assignment]
    lists(folder, ledger).apply([], now=NOW + 1, actor="ada", audit=Audited())


@pytest.mark.parametrize("after", range(1, 9))
def test_a_crash_leaves_a_list_whole_or_as_it_was(tmp_path: Path, after: int) -> None:
    """Killed after any write: the next change finds either all of it or none."""
    with open_ledger(tmp_path) as ledger:
        record(ledger, "a", finding(), ip=BAD)
        lists(tmp_path, ledger).apply([], now=NOW, actor="ada", audit=Audited())
        record(ledger, "b", finding(), ip=WORSE)
    before = out(tmp_path)
    child = multiprocessing.get_context("fork").Process(target=die_while_writing, args=(tmp_path, after))
    child.start()
    child.join()
    audit = Audited()
    with open_ledger(tmp_path) as ledger:
        it = lists(tmp_path, ledger)
        with it.changes._alone(audit):
            pass  # what the next change does first
        states = [change.state for change in it.changes.changes()]
    assert "begun" not in states
    whole = len(it.changes.standing("bad").entries) == 2
    assert all(
        (WORSE.encode() in content) == whole for name, content in out(tmp_path).items() if not name.endswith(".tmp")
    )
    assert whole or {n: c for n, c in out(tmp_path).items() if not n.endswith(".tmp")} == before


def test_old_changes_are_forgotten(tmp_path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.responses.changes.KEPT", 3)
    it = lists(tmp_path, ledger)
    for i in range(6):
        record(ledger, f"a{i}", finding(), ip=f"45.33.32.{i + 1}")
        it.apply([], now=NOW + i, actor="ada", audit=Audited())
    assert [change.number for change in Changes(tmp_path).changes()] == [6, 5, 4]
