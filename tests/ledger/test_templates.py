"""Kept templates: encrypted, found again by name, erased for good by customer, by evidence and by age."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.core.clock import DAY
from assay.core.errors import InvalidSetting, LedgerUnavailable
from assay.core.trace import NAME_BYTES
from assay.ledger.templates import FILE, Templates, erasure, expiry, in_memory

VECTOR = bytes(range(64)) * 8


@pytest.fixture
def store(tmp_path: Path) -> Templates:
    return Templates.open(tmp_path / "templates", tmp_path / "secrets")


def keep(store: Templates, evidence: str, owner: str, vector: bytes = VECTOR) -> bytes:
    name = store.name(evidence, 0)
    store.keep(owner, [(name, vector)])
    return name


def test_what_was_kept_comes_back_and_lies_there_encrypted(store: Templates, tmp_path: Path) -> None:
    name = keep(store, "evidence-1", "customer-1")
    assert len(name) == NAME_BYTES
    again = Templates.open(tmp_path / "templates", tmp_path / "secrets")
    assert again.read([name, bytes(NAME_BYTES)]) == {name: VECTOR}
    data = (tmp_path / "templates" / FILE).read_bytes()
    assert VECTOR[:16] not in data
    assert b"customer" not in data
    assert b"evidence" not in data


def test_a_template_is_no_use_under_another_key_or_name(store: Templates, tmp_path: Path) -> None:
    one, other = keep(store, "e1", "c1"), keep(store, "e2", "c1", VECTOR[::-1])
    with sqlite3.connect(tmp_path / "templates" / FILE) as db:
        (sealed,) = db.execute("SELECT sealed FROM template WHERE name = ?", (one,)).fetchone()
        db.execute("UPDATE template SET sealed = ? WHERE name = ?", (sealed, other))
    assert store.read([one, other]) == {one: VECTOR}, "exchanged or altered is as good as gone"
    store.close()
    (tmp_path / "secrets" / "templates.key").unlink()
    assert Templates.open(tmp_path / "templates", tmp_path / "secrets").read([one]) == {}


def test_kept_again_under_one_name_is_replaced(store: Templates) -> None:
    keep(store, "e1", "c1")
    name = keep(store, "e1", "c1", VECTOR[::-1])
    assert store.read([name]) == {name: VECTOR[::-1]}
    assert store.count() == 1


def test_a_customer_is_forgotten_and_everybody_hears_of_it_once(store: Templates, tmp_path: Path) -> None:
    mine, also, theirs = keep(store, "e1", "c1"), keep(store, "e2", "c1"), keep(store, "e3", "c2")
    service = Templates.open(tmp_path / "templates", tmp_path / "secrets")
    assert list(service.erased()) == []
    gone, audit = erasure(store, "c1", "asked for it", "k1")
    assert (gone, audit.actor, audit.action) == (2, "k1", "templates.erased")
    assert audit.about == {"customer": "c1", "count": 2, "why": "asked for it"}
    assert sorted(service.erased()) == sorted([mine, also])
    assert list(service.erased()) == []
    assert sorted(store.erased()) == sorted([mine, also])
    assert set(service.read([mine, also, theirs])) == {theirs}


def test_evidence_and_age_erase_too(store: Templates) -> None:
    keep(store, "e1", "c1")
    keep(store, "e2", "c1")
    assert store.forget_evidence("e1") == 1
    assert expiry(store, 1.0)[0] == 0
    assert store.expire(time.time_ns() // 1000 + DAY) == 1
    assert store.count() == 0


def test_what_is_erased_is_overwritten(store: Templates, tmp_path: Path) -> None:
    keep(store, "e1", "c1")
    with sqlite3.connect(tmp_path / "templates" / FILE) as db:
        (sealed,) = db.execute("SELECT sealed FROM template").fetchone()
    assert sealed in (tmp_path / "templates" / FILE).read_bytes()
    store.forget("c1")
    assert sealed[12:] not in (tmp_path / "templates" / FILE).read_bytes()


def test_a_key_that_others_can_read_is_refused(store: Templates, tmp_path: Path) -> None:
    (tmp_path / "secrets" / "templates.key").chmod(0o644)
    with pytest.raises(InvalidSetting):
        Templates.open(tmp_path / "templates", tmp_path / "secrets")


def test_find_makes_nothing(tmp_path: Path) -> None:
    assert Templates.find(tmp_path / "templates", tmp_path / "secrets") is None
    assert not list(tmp_path.iterdir())


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(LedgerUnavailable):
        Templates(tmp_path / "no.db", bytes(32))
    store = in_memory()
    store.close()
    with pytest.raises((LedgerUnavailable, sqlite3.ProgrammingError)):
        store.keep("c", [(bytes(NAME_BYTES), VECTOR)])


def test_the_command_forgets_a_customer_and_puts_it_on_record(tmp_path: Path) -> None:
    from assay.core.kind import evidence_types
    from assay.ledger.sqlite import SqliteLedger

    SqliteLedger(tmp_path / "ledger", types=evidence_types()).close()
    store = Templates.open(tmp_path / "templates", tmp_path / "secrets")
    keep(store, "e1", "c1")
    command = [
        sys.executable,
        "-m",
        "assay.cli",
        "ledger",
        "forget",
        "c1",
        "--why",
        "wish",
        "--json",
        "--data",
        tmp_path,
    ]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    assert '"forgotten": 1' in done.stdout
    assert store.count() == 0
    ledger = SqliteLedger(tmp_path / "ledger", types=evidence_types())
    (found,) = [a.audit for a in ledger.audit(limit=5) if a.audit.action == "templates.erased"]
    assert found.about["why"] == "wish"
    ledger.close()
