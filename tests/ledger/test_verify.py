"""The chain follows from the first record to the last, and any change to what was recorded is found."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.core.label import Label
from assay.ledger import schema
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import TYPES, sightings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed ledger of 5 segments: records 1-10, 11-20, 21-22 (labels), 23-32, 33 (an audit event)."""
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        ledger.append(sightings(0, 10))
        ledger.append(sightings(10, 10))
        ledger.append_labels([Label(evidence="s1", truth="fraud"), Label(evidence="s2", truth="genuine")], 5)
        ledger.commit()
        ledger.append(sightings(20, 10))
        ledger.append_audit("ada", "stopped", {})
        ledger.commit()
    return tmp_path


def tamper(folder: Path, *statements: str) -> None:
    db = sqlite3.connect(folder / schema.DATABASE)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def verify(folder: Path, expected_head: str = ""):
    with SqliteLedger(folder, types=TYPES) as ledger:
        return ledger.verify(expected_head)


def test_an_untouched_ledger_is_whole(folder: Path):
    found = verify(folder)
    assert (found.ok, found.segments, found.last_seq, found.problem) == (True, 5, 33, "")
    assert verify(folder, found.head).ok
    with SqliteLedger(folder, types=TYPES) as ledger:
        ledger.append(sightings(30, 1))
        ledger.commit()
        assert ledger.verify(found.head).ok  # an older head is on the way
        assert ledger.verify().head != found.head


def test_an_empty_ledger_is_whole(tmp_path: Path):
    assert verify(tmp_path).ok


@pytest.mark.parametrize(
    ("first_bad", "statement"),
    [
        (11, "UPDATE segment SET body = substr(body, 1, 40) || x'00' || substr(body, 42) WHERE first_seq = 11"),
        (11, "UPDATE segment SET arrived = arrived + 1 WHERE first_seq = 11"),
        (21, "UPDATE segment SET type = 3 WHERE first_seq = 21"),
        (33, "UPDATE segment SET count = 2 WHERE first_seq = 33"),
        (23, "UPDATE segment SET hash = x'00' WHERE first_seq = 23"),
        (11, "DELETE FROM segment WHERE first_seq = 11"),
        (1, "DELETE FROM segment WHERE first_seq = 1"),
        (1, "UPDATE meta SET value = 'another' WHERE name = 'ledger'"),
    ],
)
def test_a_change_is_found_where_it_was_made(folder: Path, first_bad: int, statement: str):
    tamper(folder, statement)
    found = verify(folder)
    assert (found.ok, found.first_bad) == (False, first_bad)
    assert found.problem


def test_segments_in_another_order_are_found(folder: Path):
    tamper(
        folder,
        "CREATE TEMP TABLE two AS SELECT * FROM segment WHERE first_seq IN (1, 11)",
        "UPDATE segment SET (body, hash) = (SELECT body, hash FROM two WHERE first_seq = 12 - segment.first_seq) WHERE first_seq < 12",
    )
    assert verify(folder).first_bad == 1


def test_a_change_with_its_hash_put_right_breaks_the_next(folder: Path):
    db = sqlite3.connect(folder / schema.DATABASE)
    (previous,) = db.execute("SELECT hash FROM segment WHERE first_seq = 1").fetchone()
    first, count, type_, arrived, body, _ = db.execute("SELECT * FROM segment WHERE first_seq = 11").fetchone()
    body = body.replace(b"s11", b"s99")
    db.execute(
        "UPDATE segment SET body = ?, hash = ? WHERE first_seq = 11",
        (body, schema.chain(previous, first, count, type_, arrived, body)),
    )
    db.commit()
    db.close()
    assert verify(folder).first_bad == 21


def test_records_cut_off_the_end_are_found_by_the_head_that_was_noted(folder: Path):
    head = verify(folder).head
    tamper(folder, "DELETE FROM segment WHERE first_seq >= 23", "DELETE FROM flagged WHERE seq >= 23")
    with SqliteLedger(folder, types=TYPES) as ledger:
        found = ledger.verify()
        assert (found.ok, found.first_bad, found.last_seq) == (False, 23, 22)
        ledger.commit()
        # The ledger goes on, and says so for good.
        assert ledger.audit()[0].audit.action == "ledger.records-missing"
        assert ledger.audit()[0].audit.about["noted"] == 33
    (folder / "head.json").unlink()
    assert "expected head" in verify(folder, head).problem


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("flagged", "DELETE FROM flagged WHERE seq = (SELECT min(seq) FROM flagged)"),
        ("flagged", "UPDATE flagged SET outcome = 1 WHERE outcome = 3"),
        ("finding", "DELETE FROM finding WHERE ordinal = 1"),
        ("finding_entity", "UPDATE finding_entity SET entity = 'boat:jane' WHERE entity = 'boat:mary'"),
        ("label", "UPDATE label SET truth = 'genuine'"),
        ("hourly", "UPDATE hourly SET n = n + 1 WHERE outcome = 0"),
    ],
)
def test_a_derived_table_that_says_otherwise_is_found(folder: Path, table: str, statement: str):
    tamper(folder, statement)
    found = verify(folder)
    assert not found.ok
    assert f"table {table} " in found.problem


def test_a_damaged_index_file_is_found(folder: Path):
    flip(next((folder / "index").glob("entities.*.run")))
    assert "index file entities" in verify(folder).problem


def flip(path: Path, place: Callable[[int], int] = lambda size: size // 2) -> None:
    data = bytearray(path.read_bytes())
    data[place(len(data))] ^= 1
    path.write_bytes(data)


def test_a_derived_table_cannot_make_a_decision_look_other_than_recorded(folder: Path):
    with SqliteLedger(folder, types=TYPES) as ledger:
        before = ledger.decisions().decisions
    tamper(folder, "UPDATE flagged SET outcome = 2, probability = 0, id = 'x'", "UPDATE label SET truth = 'genuine'")
    with SqliteLedger(folder, types=TYPES) as ledger:
        assert ledger.decisions().decisions == before
        assert ledger.labels("s1")[0].label.truth == "fraud"
