"""`assay timeline`: what happened, searched, and in forms that other tools read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from assay.cli import main
from assay.core.happened import Happened
from assay.formats.timeline_writer import DYNAMIC, FORMS, L2T, write_timeline
from assay.kinds.phones.simulate import Phone, write

WHEN = 1_700_000_000_000_000
HAPPENED = (
    Happened(WHEN, "file", "HomeDomain/x", "manifest", "mb"),
    Happened(0, "app", "=cmd()", "list"),
    Happened(WHEN, "records.missing", "message", "sms.db", "3", within=60_000_000),
)


def told(form: str) -> str:
    out = io.StringIO()
    assert write_timeline(HAPPENED, out, form, host="phone") == 3
    return out.getvalue()


def test_the_form_that_psort_writes_as_a_table() -> None:
    rows = list(csv.reader(io.StringIO(told("l2t"))))
    assert tuple(rows[0]) == L2T
    assert {len(row) for row in rows} == {17}
    first = dict(zip(L2T, rows[1], strict=True))
    assert (first["date"], first["time"], first["timezone"], first["MACB"]) == ("11/14/2023", "22:13:20", "UTC", "M..B")
    assert first["type"] == "Content Modification Time; Creation Time"
    assert (rows[2][0], rows[2][1], rows[2][6]) == ("00/00/0000", "--:--:--", "Not a time")
    assert "2023-11-14T22:14:20Z" in rows[3][14]


def test_the_form_that_psort_writes_where_nobody_chooses_columns() -> None:
    rows = list(csv.reader(io.StringIO(told("dynamic"))))
    assert rows[0] == list(DYNAMIC)
    assert rows[1][0] == "2023-11-14T22:13:20.000000+00:00"
    assert rows[2][:2] == ["0000-00-00T00:00:00.000000+00:00", "Not a time"]
    assert {len(row) for row in rows} == {8}


def test_the_form_that_psort_writes_as_lines() -> None:
    lines = [json.loads(line) for line in told("plaso").splitlines()]
    assert lines[0]["timestamp"] == WHEN
    assert lines[0]["date_time"]["timestamp"] == WHEN
    assert lines[0]["datetime"] == "2023-11-14T22:13:20+00:00"
    needed = {
        "__container_type__",
        "__type__",
        "data_type",
        "date_time",
        "display_name",
        "message",
        "parser",
        "timestamp",
        "timestamp_desc",
    }
    assert all(needed <= set(line) for line in lines)
    assert lines[1]["date_time"]["__class_name__"] == "SemanticTime"


@pytest.mark.parametrize("form", ["csv", "l2t"])
def test_no_cell_is_a_formula(form: str) -> None:
    assert not any(cell[:1] in ("=", "+", "@") for row in csv.reader(io.StringIO(told(form))) for cell in row)


def test_a_phone_s_timeline_is_searched_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    phone = Phone(
        messages=[(1_699_000_000, "https://example.org/a")], visits=[(1_699_500_000, "https://example.net/b")]
    )
    backup = write(phone, tmp_path / "backup")
    assert main(["timeline", str(backup), "--json", "--kind", "site"]) == 0
    (line,) = (json.loads(text) for text in capsys.readouterr().out.splitlines() if "example.net/b" in text)
    assert line["kind"] == "site.visited"
    assert (
        main(
            [
                "timeline",
                str(backup),
                "--find",
                "EXAMPLE.ORG",
                "--until",
                "2023-11-05",
                "--out",
                str(tmp_path / "t.csv"),
            ]
        )
        == 0
    )
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 2
    assert main(["timeline", str(tmp_path / "t.csv")]) == 2
    for form in FORMS:
        assert main(["timeline", str(backup), "--format", form, "--out", str(tmp_path / form)]) == 0
