"""The tables say what the ledger says, however they were brought up to date, and whatever was cut short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from assay.core.label import Label
from assay.hunting import tables as tables_
from assay.hunting.schema import TABLES
from assay.hunting.tables import Tables
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import TYPES, sightings


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger(tmp_path / "ledger", types=TYPES) as ledger:
        yield ledger


def fill(ledger: SqliteLedger, first: int, n: int) -> None:
    ledger.append(sightings(first, n))
    ledger.append_labels([Label(evidence=f"s{first}", truth="fraud", note="seen")], 5_000_000)
    ledger.append_audit("ada", "looked", {})
    ledger.commit()


def frames(tables: Tables) -> dict[str, pl.DataFrame]:
    order = {"decisions": ["seq"], "labels": ["seq"]}
    paths = tables.paths()
    return {
        name: pl.concat([pl.read_parquet(p) for p in paths[name]]).sort(order.get(name, [TABLES[name][i].name for i in range(2)]))
        for name in paths
    }  # fmt: skip


def test_every_record_is_a_row_and_says_the_same(tmp_path: Path, ledger: SqliteLedger) -> None:
    fill(ledger, 0, 60)
    tables = Tables(tmp_path)
    assert tables.refresh(ledger).seq == ledger.last_seq
    found = frames(tables)
    assert {name: list(frame.columns) for name, frame in found.items()} == {
        name: [column.name for column in TABLES[name]] for name in found
    }
    records = [json.loads(line) for line in ledger.export()]
    decisions = [r for r in records if r["record"] == "decision"]
    assert found["decisions"]["id"].to_list() == [d["id"] for d in decisions]
    assert found["decisions"]["outcome"].to_list() == [d["outcome"] for d in decisions]
    assert [json.loads(e) for e in found["decisions"]["fields"]] == [d["evidence"] for d in decisions]
    assert found["findings"].height == ledger.counts().findings == sum(len(d.get("findings", ())) for d in decisions)
    own = found["entities"].filter(pl.col("ordinal") == -1)
    assert own.height == sum(len(d.get("entities", ())) for d in decisions)
    assert found["labels"].select("evidence", "truth", "note").rows() == [("s0", "fraud", "seen")]


def test_bit_by_bit_gives_the_same_as_at_once(
    tmp_path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_, "CHUNK", 50)
    following = Tables(tmp_path / "a")
    for i in range(12):
        fill(ledger, i * 30, 30)
        following.refresh(ledger)
    whole = Tables(tmp_path / "b")
    whole.refresh(ledger)
    one, other = frames(following), frames(whole)
    assert set(one) == set(other)
    for name in one:
        assert one[name].equals(other[name]), name
    assert all(len(parts) <= 8 for parts in following.contents().tables.values())


def test_a_refresh_that_is_out_of_time_goes_on_where_it_stopped(
    tmp_path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_, "CHUNK", 40)
    for i in range(6):
        fill(ledger, i * 30, 30)
    tables, rounds = Tables(tmp_path), 0
    while tables.refresh(ledger, seconds=-1).seq < ledger.last_seq:
        rounds += 1
        assert rounds < 20
    assert rounds > 1
    assert frames(tables)["decisions"]["seq"].n_unique() == 180


def test_nothing_new_writes_nothing(tmp_path: Path, ledger: SqliteLedger) -> None:
    fill(ledger, 0, 10)
    tables = Tables(tmp_path)
    tables.refresh(ledger)
    before = {p.name: p.stat().st_mtime_ns for p in tables.files.iterdir()}
    tables.refresh(ledger)
    assert {p.name: p.stat().st_mtime_ns for p in tables.files.iterdir()} == before


def test_a_crash_between_files_leaves_the_old_tables(
    tmp_path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger, 0, 10)
    tables = Tables(tmp_path)
    tables.refresh(ledger)
    fill(ledger, 10, 10)

    def crash(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(tables_, "write_whole", crash)
        with pytest.raises(OSError, match="full"):
            tables.refresh(ledger)
    assert frames(tables)["decisions"].height == 10
    tables.refresh(ledger)
    assert frames(tables)["decisions"].height == 20


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version": 99}', b"\xff\xfe"])
def test_damaged_tables_are_made_anew(tmp_path: Path, ledger: SqliteLedger, damage: bytes) -> None:
    fill(ledger, 0, 10)
    tables = Tables(tmp_path)
    tables.refresh(ledger)
    (tables.folder / "tables.json").write_bytes(damage)
    assert tables.refresh(ledger).seq == ledger.last_seq
    assert frames(tables)["decisions"].height == 10


def test_another_ledger_is_another_set_of_tables(tmp_path: Path, ledger: SqliteLedger) -> None:
    fill(ledger, 0, 10)
    tables = Tables(tmp_path)
    tables.refresh(ledger)
    with SqliteLedger(tmp_path / "other", types=TYPES) as other:
        fill(other, 50, 5)
        tables.refresh(other)
        assert frames(tables)["decisions"]["id"].to_list() == [f"s{i}" for i in range(50, 55)]


def test_large_texts_make_more_files_not_more_memory(
    tmp_path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_, "CHUNK_BYTES", 3000)
    monkeypatch.setattr(tables_, "MERGED_BYTES", 0)
    for i in range(5):
        fill(ledger, i * 30, 30)
    tables = Tables(tmp_path)
    tables.refresh(ledger)
    assert len(tables.contents().tables["decisions"]) == 3
    assert frames(tables)["decisions"]["seq"].n_unique() == 150


def test_files_that_count_no_more_go_when_nobody_can_be_reading_them(
    tmp_path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger, 0, 10)
    tables = Tables(tmp_path)
    tables.refresh(ledger)
    (tables.folder / "tables.json").unlink()
    old = {p.name for p in tables.files.iterdir()}
    tables.refresh(ledger)
    assert old <= {p.name for p in tables.files.iterdir()}
    monkeypatch.setattr(tables_, "RETIRED", -1.0)
    fill(ledger, 10, 10)
    tables.refresh(ledger)
    assert not old & {p.name for p in tables.files.iterdir()}
    assert frames(tables)["decisions"].height == 20


def test_only_their_owner_may_read_them(tmp_path: Path, ledger: SqliteLedger) -> None:
    fill(ledger, 0, 10)
    tables = Tables(tmp_path)
    tables.refresh(ledger)
    assert tables.folder.stat().st_mode & 0o077 == 0
    assert all(p.stat().st_mode & 0o077 == 0 for p in tables.files.iterdir())
