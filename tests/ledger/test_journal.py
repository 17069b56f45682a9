"""What was synced is there, in order, whatever was cut short or went wrong; what no snapshot needs goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import LedgerUnavailable
from assay.ledger.journal import Journal


def test_frames_come_back_in_order_over_files_and_starts(tmp_path: Path) -> None:
    wanted = []
    for start in range(3):
        journal = Journal(tmp_path)
        for i in range(4):
            journal.add(f"{start}.{i}".encode())
            wanted.append(f"{start}.{i}".encode())
            if i % 2:
                journal.sync()
            if i == 1:
                journal.turn()
        journal.close()
    assert list(Journal(tmp_path).frames(0)) == wanted


def test_a_snapshot_needs_only_what_came_after_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(b"before")
    journal.sync()
    since = journal.turn()
    journal.add(b"after")
    journal.sync()
    journal.add(b"not yet durable")
    assert list(journal.frames(since)) == [b"after", b"not yet durable"]
    assert list(Journal(tmp_path).frames(since)) == [b"after"]
    journal.forget(since)
    assert list(journal.frames(0)) == [b"after", b"not yet durable"]


def test_an_empty_journal_makes_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x")
    journal.sync()
    assert journal.turn() == journal.turn()
    assert not (tmp_path / "x").exists()


def test_a_disk_that_will_not_take_it_says_so_and_the_next_sync_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.add(b"one")
    journal.sync()
    real = os.write

    def half(file: int, data: memoryview) -> int:
        real(file, data[:3])
        raise OSError(28, "No space left on device")

    journal.add(b"two")
    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(LedgerUnavailable, match="No space"):
            journal.sync()
    assert list(Journal(tmp_path).frames(0)) == [b"one"]
    journal.sync()
    assert list(Journal(tmp_path).frames(0)) == [b"one", b"two"]


def test_what_was_dropped_is_not_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(b"refused")
    journal.drop()
    journal.sync()
    assert list(journal.frames(0)) == []


@given(frames=st.lists(st.binary(max_size=40), min_size=1, max_size=6), data=st.data())
def test_a_file_cut_short_or_damaged_ends_there_and_gives_nothing_wrong(
    tmp_path_factory: pytest.TempPathFactory, frames: list[bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder)
    for frame in frames:
        journal.add(frame)
    journal.sync()
    (path,) = folder.glob("*.journal")
    whole = bytearray(path.read_bytes())
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    found = list(Journal(folder).frames(0))
    assert frames[: len(found)] == found
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    found = list(Journal(folder).frames(0))
    assert len(found) < len(frames)
    assert frames[: len(found)] == found
