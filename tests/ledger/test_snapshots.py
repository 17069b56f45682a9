"""A snapshot is whole or is not used."""

from pathlib import Path

import pytest

from assay.core.errors import LedgerUnavailable
from assay.ledger.snapshots import Snapshots


def test_the_newest_that_is_not_ahead_of_the_ledger_is_used(tmp_path: Path):
    snapshots = Snapshots(tmp_path / "snapshots")
    assert snapshots.newest(100) is None
    for seq in (5, 70, 900):
        snapshots.save(seq, b"state %d" % seq)
    assert snapshots.newest(10**6) == (900, b"state 900")
    assert snapshots.newest(899) == (70, b"state 70")
    assert snapshots.newest(69) is None  # only two are kept
    assert len(list(snapshots.folder.iterdir())) == 2


@pytest.mark.parametrize(
    "harm", [lambda d: d[:-1], lambda d: d[:3], lambda d: b"", lambda d: d[:-1] + b"!", lambda d: d + b"x"]
)
def test_a_damaged_one_is_passed_over(tmp_path: Path, harm):
    snapshots = Snapshots(tmp_path)
    snapshots.save(5, b"old")
    path = snapshots.save(6, b"new")
    path.write_bytes(harm(path.read_bytes()))
    assert snapshots.newest(10) == (5, b"old")


def test_one_that_was_renamed_is_not_believed(tmp_path: Path):
    snapshots = Snapshots(tmp_path)
    snapshots.save(5, b"state").rename(tmp_path / f"{9:020}.bin")
    assert snapshots.newest(10) is None


def test_a_draft_left_by_a_crash_is_not_used(tmp_path: Path):
    (tmp_path / f"{9:020}.bin.tmp").write_bytes(b"half")
    assert Snapshots(tmp_path).newest(10) is None


def test_a_disk_that_refuses_is_reported(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnavailable):
        Snapshots(tmp_path / "file").save(1, b"state")
