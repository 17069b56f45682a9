"""Questions: answered where they only read the tables; whatever else they try is refused, in time."""

from __future__ import annotations

import contextlib
import io
import json
import time
from pathlib import Path

import polars as pl
import pytest

from assay.core.label import Label
from assay.hunting.examples import EXAMPLES
from assay.hunting.query import Answer, BadQuestion, Limits, ask
from assay.hunting.schema import TABLES, columns
from assay.hunting.tables import Tables
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import TYPES, sightings

QUICK = Limits(rows=100, seconds=4, memory=256 << 20)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("hunting")
    with SqliteLedger(folder / "ledger", types=TYPES) as ledger:
        ledger.append(sightings(0, 200))
        flagged = next(d.id for d in ledger_flagged(ledger))
        ledger.append_labels([Label(evidence=flagged, truth="genuine")], 5_000_000)
        ledger.commit()
        made = Tables(folder)
        made.refresh(ledger)
    return made


def ledger_flagged(ledger: SqliteLedger) -> list:
    from assay.ledger.base import DecisionFilter

    ledger.commit()
    return list(ledger.decisions(DecisionFilter(outcome=("block", "review", "challenge"))).decisions)


def rows(tables: Tables, sql: str) -> list[list]:
    return ask(tables, sql, limits=QUICK).values()


def test_questions_over_every_table(tables: Tables) -> None:
    assert rows(tables, "SELECT count(*) FROM decisions") == [[200]]
    for table in TABLES:
        answer = ask(tables, f"SELECT * FROM {table} LIMIT 3", limits=QUICK)
        assert [name for name, _ in answer.columns] == [column.name for column in columns(table)]
    status = dict(rows(tables, "SELECT status, count(*) FROM findings GROUP BY 1"))
    assert status["dismissed"] == 2
    assert set(status) == {"open", "dismissed"}


def test_a_folder_named_from_here_is_found(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tables.folder.parent)
    assert rows(Tables(Path()), "SELECT count(*) FROM decisions") == [[200]]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_every_example_is_answered(tables: Tables, example) -> None:
    assert ask(tables, example.query, limits=QUICK).columns


def test_json_csv_and_parquet_hold_the_same(tables: Tables) -> None:
    sql = "SELECT id, time, probability, reasons FROM decisions ORDER BY seq"
    plain = ask(tables, sql, limits=QUICK)
    text = ask(tables, sql, "csv", QUICK).body.decode()
    frame = pl.read_parquet(io.BytesIO(ask(tables, sql, "parquet", QUICK).body))
    assert plain.rows == 100
    assert plain.cut
    assert [row[0] for row in plain.values()] == frame["id"].to_list()
    assert text.splitlines()[0] == "id,time,probability,reasons"
    assert len(text.splitlines()) == 101
    assert plain.values()[0][1] == "2023-11-14T22:13:20Z"


def test_a_spreadsheet_is_told_no_formula(tables: Tables) -> None:
    text = ask(tables, "SELECT '=cmd|calc' a, '@x' b, '-1' c, -1 d, 'plain' e", "csv", QUICK).body.decode()
    assert text.splitlines()[1] == "'=cmd|calc,'@x,'-1,-1,plain"


def test_two_columns_of_one_name(tables: Tables) -> None:
    answer = ask(tables, "SELECT 1 AS a, 2 AS a", limits=QUICK)
    assert answer.values() == [[1, 2]]
    assert len({name for name, _ in answer.columns}) == 2


def test_values_that_json_has_no_word_for(tables: Tables) -> None:
    sql = "SELECT 'nan'::DOUBLE, 'inf'::DOUBLE, 1::HUGEINT << 100, 1.5::DECIMAL(9,2), '\\xff'::BLOB, DATE '2026-01-01', [1, NULL], {'a': 1}, INTERVAL 1 DAY"
    json.dumps(rows(tables, sql))


ESCAPES = {
    "read a file": "SELECT * FROM read_text('/etc/passwd')",
    "read a file by name": "SELECT * FROM '/etc/passwd'",
    "read a csv": "SELECT * FROM read_csv('/etc/passwd')",
    "read a blob": "SELECT * FROM read_blob('/proc/self/environ')",
    "read upwards": "SELECT * FROM read_text('{tables}/../../ledger/ledger.db')",
    "read what else is in the folder": "SELECT * FROM read_text('{tables}/../tables.json')",
    "list our folder": "SELECT * FROM glob('{tables}/*')",
    "sniff": "SELECT * FROM sniff_csv('/etc/passwd')",
    "over the network": "SELECT * FROM read_csv('http://127.0.0.1:9/x')",
    "write a file": "COPY decisions TO '{tables}/stolen.parquet'",
    "export": "EXPORT DATABASE '/tmp/assay-stolen'",
    "attach": "ATTACH '{tables}/x.db'",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "change a setting": "SET enable_external_access = true",
    "change the paths": "SET allowed_paths = ['/etc/passwd']",
    "pragma": "PRAGMA enable_external_access = true",
    "call": "CALL pragma_version()",
    "create": "CREATE TABLE x AS SELECT 1",
    "insert": "INSERT INTO decisions VALUES (1)",
    "two statements": "SELECT 1; SELECT 2",
    "hidden second": "SELECT 1; COPY decisions TO '/tmp/assay-stolen.csv'; --",
    "a python variable": "SELECT * FROM question",
    "nothing": "   ",
    "a comment": "-- nothing",
    "no sql": "find me the bad ones",
    "zero byte": "SELECT 1\0",
    "too long": "SELECT '" + "x" * 30_000 + "'",
}  # fmt: skip


@pytest.mark.parametrize("name", ESCAPES)
def test_what_a_question_may_not_do(tables: Tables, name: str) -> None:
    before = sorted(tables.folder.rglob("*"))
    with pytest.raises(BadQuestion) as refused:
        ask(tables, ESCAPES[name].replace("{tables}", str(tables.files)), limits=QUICK)
    assert refused.value.message
    assert sorted(tables.folder.rglob("*")) == before
    assert not list(Path("/tmp").glob("assay-stolen*"))


def test_no_secret_of_the_process_can_be_asked(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_KEY", "assay_secret_4711")
    for sql in (
        "SELECT * FROM duckdb_settings()",
        "SELECT current_setting('secret_directory')",
        "SELECT * FROM duckdb_databases()",
    ):
        with contextlib.suppress(BadQuestion):
            assert "4711" not in str(rows(tables, sql))


ENDLESS = {
    "cross join": "SELECT count(*) FROM range(10000000) a, range(10000000) b",
    "recursion": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "sort of everything": "SELECT * FROM range(1000000000) ORDER BY hash(range) LIMIT 1",
    "work for every row": "SELECT max(md5(md5(md5(range::VARCHAR)))) FROM range(1000000000)",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_question_without_end_ends(tables: Tables, name: str) -> None:
    began = time.monotonic()
    with pytest.raises(BadQuestion, match=r"longer than|memory"):
        ask(tables, ENDLESS[name], limits=Limits(seconds=1, memory=128 << 20))
    assert time.monotonic() - began < 8


LARGE = {
    "a list": "SELECT list(range) FROM range(1000000000)",
    "a text": "SELECT repeat('x', 2000000000)",
    "a join": "SELECT string_agg(a.range::VARCHAR || repeat('y', 1000), '') FROM range(100000000) a",
}


@pytest.mark.parametrize("name", LARGE)
def test_a_question_that_asks_for_too_much_is_refused(tables: Tables, name: str) -> None:
    with pytest.raises(BadQuestion):
        ask(tables, LARGE[name], limits=Limits(seconds=3, memory=64 << 20))


def test_rows_are_cut_without_making_the_rest(tables: Tables) -> None:
    answer: Answer = ask(tables, "SELECT * FROM range(1000000000000)", limits=QUICK)
    assert answer.rows == 100
    assert answer.cut


def test_an_answer_has_a_size(tables: Tables) -> None:
    with pytest.raises(BadQuestion, match=r"larger|memory"):
        ask(tables, "SELECT repeat('x', 9000) FROM range(20000)", limits=Limits(rows=20_000, seconds=10))


def test_before_anything_is_on_record_every_table_is_empty(tmp_path: Path) -> None:
    for table in TABLES:
        assert ask(Tables(tmp_path), f"SELECT count(*) FROM {table}", limits=QUICK).values() == [[0]]
