"""Tables become batches: every row is accounted for, good ones exactly, bad ones by number and reason."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import InvalidSetting, UnreadableInput
from assay.core.kind import RowError
from assay.formats.guess import guess_time
from assay.formats.mapping import parse_mapping
from assay.formats.table_writer import mapping_of, write_table
from assay.formats.tabular import read_table
from assay.kinds.payments.evidence import Payment

MAPPING = parse_mapping("""
kind: payment
fields: {id: id, time: when, amount: amt, card: card}
label: {column: fraud, delay: 7d}
extra: [note, points]
""")


def read(path: Path, mapping=MAPPING, chunk: int = 65_536):
    errors: list[RowError] = []
    return list(read_table(path, mapping, Payment, errors.append, chunk)), errors


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


GOOD = "id,when,amt,card,fraud,note,points\n" + "".join(
    f"p{i},2026-01-01 10:00:{i:02d},{i}.50,c{i},{i % 2},x,{i}\n" for i in range(10)
)


def test_good_rows_arrive_exactly(tmp_path: Path) -> None:
    (batch,), errors = read(write(tmp_path, GOOD))
    assert errors == []
    assert batch.ids == [f"p{i}" for i in range(10)]
    assert batch.columns["minor"].tolist() == [100 * i + 50 for i in range(10)]
    assert batch.columns["extra.points"].tolist() == list(range(10))
    assert batch.columns["extra.note"].tolist() == ["x"] * 10
    assert batch.truth.tolist() == [i % 2 for i in range(10)]
    assert (batch.known - batch.time == 7 * 86_400_000_000).all()


def test_each_bad_row_costs_one_row_and_says_why(tmp_path: Path) -> None:
    text = GOOD + "p10,yesterday,1,c,0,x,1\np11,2026-01-01 11:00:00,-4,c,0,x,1\np12,2026-01-01 11:00:00,abc,c,0,x,1\n"
    text += "p13,2026-01-01 11:00:00,1\np14,2026-01-01 11:00:00,2,c,0,x,\udcff\np15,2026-01-01 11:00:01,7,c,0,x,1\n"
    batches, errors = read(write(tmp_path, text))
    assert [id_ for b in batches for id_ in b.ids] == [*(f"p{i}" for i in range(10)), "p15"]
    told = {e.row: e.reason for e in errors}
    assert sorted(told) == [11, 12, 13, 14, 15]
    assert "time" in told[11]
    assert "below 0" in told[12]
    assert "not a number" in told[13]
    assert "3 fields" in told[14]
    assert told[15] == "not UTF-8"


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_file_of_any_bytes_breaks_the_reader(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "t.csv"
    path.write_bytes(b"id,when,amt,card,fraud,note,points\n" + data)
    read(path, chunk=3)


@settings(max_examples=40, deadline=None)
@given(bad=st.sets(st.integers(1, 40), max_size=8), chunk=st.integers(1, 50))
def test_row_numbers_are_right_whatever_the_chunk(
    bad: set[int], chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [f"p{i},2026-01-01 10:00:00,{'x' if i in bad else 1},c,0,n,1" for i in range(1, 41)]
    path = write(tmp_path_factory.mktemp("rows"), "id,when,amt,card,fraud,note,points\n" + "\n".join(rows))
    batches, errors = read(path, chunk=chunk)
    assert {e.row for e in errors} == bad
    assert sum(len(b) for b in batches) == 40 - len(bad)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_what_is_written_reads_back(tmp_path: Path, suffix: str) -> None:
    (batch,), _ = read(write(tmp_path, GOOD))
    told = write_table([batch], tmp_path / f"out{suffix}")
    assert told["rows"] == 10
    (again,), errors = read(tmp_path / f"out{suffix}", mapping_of(batch))
    assert errors == []
    assert again.ids == batch.ids
    assert again.time.tolist() == batch.time.tolist()
    assert again.columns["minor"].tolist() == batch.columns["minor"].tolist()
    assert again.truth.tolist() == batch.truth.tolist()
    assert again.known.tolist() == batch.known.tolist()


@pytest.mark.parametrize(
    ("values", "format_", "unit"),
    [
        (["2026-01-31 10:00:00"], "%Y-%m-%d %H:%M:%S%.f", None),
        (["2026-01-31T10:00:00Z"], "%Y-%m-%dT%H:%M:%S%.f%#z", None),
        (["31/01/2026 10:00"], "%d/%m/%Y %H:%M", None),
        (["01/31/2026 10:00:00"], "%m/%d/%Y %H:%M:%S", None),
        ([1_700_000_000], None, "s"),
        ([1_700_000_000_000], None, "ms"),
        ([0, 1, 86_400], None, "s"),
    ],
)
def test_time_columns_are_guessed_from_their_values(
    values: list[object], format_: str | None, unit: str | None
) -> None:
    guess = guess_time("when", values)
    assert (guess.format, guess.unit) == (format_, unit)


def test_times_are_read_in_their_zone(tmp_path: Path) -> None:
    mapping = parse_mapping(
        'kind: payment\nfields: {time: {column: when, zone: Asia/Shanghai, format: "%Y-%m-%d %H:%M"}, amount: amt}'
    )
    (batch,), _ = read(write(tmp_path, "when,amt\n2026-01-01 08:00,1\n"), mapping)
    assert batch.time[0] == 1_767_225_600_000_000  # midnight UTC


def test_whole_floats_stay_the_ids_people_write(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame(
        {
            "id": ["a"],
            "when": ["2026-01-01 10:00:00"],
            "amt": [1.0],
            "card": [77.0],
            "fraud": [0],
            "note": ["n"],
            "points": [1],
        }
    ).write_parquet(path)
    (batch,), errors = read(path)
    assert errors == []
    assert batch.columns["card"].tolist() == ["77"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: payment\nfields: {time: when, amount: nope}", "no column 'nope'"),
        ("kind: payment\nfields: {time: when}", "gives no amount"),
        ("kind: payment\nfields: {time: when, amount: amt, sum: amt}", "no field 'sum'"),
        ("kind: payment\nfields: {time: when, amount: amt}\nlabel: {column: f, delay: soon}", "not a duration"),
        ("kind: [", "flow"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidSetting, match=told):
        read(write(tmp_path, GOOD.replace("id,", "key,", 1)), parse_mapping(text))


def test_an_empty_table_is_no_evidence(tmp_path: Path) -> None:
    from assay.kinds.payments.reader import PaymentTable

    with pytest.raises(UnreadableInput):
        PaymentTable().guess(write(tmp_path, "a,b\n"))
