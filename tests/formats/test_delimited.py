"""Tables as other people's programs write them: whatever the encoding, the separator, and the way of writing numbers and times, the
same rows come out; what fits nothing costs its own row."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.kind import RowError
from assay.formats.delimited import column_names, encoding_of, layout
from assay.formats.guess import guess_decimal, guess_formats, plain_name
from assay.formats.mapping import parse_mapping
from assay.formats.written import joined, numbers_in, parse_times
from assay.kinds.payments.reader import PaymentTable

GERMAN = "Buchungstag;Betrag (EUR);Empfänger;Kundennummer\n01.02.2026 10:00:00;1.234,50;Müller Söhne;k-1\n17.02.2026 11:30:00;12,05;Bäcker;k-2\n"
CHINESE = "交易时间,金额,币种,商户名称,客户号\n2026-02-01 10:00:00,1234.50,CNY,北京书店,k-1\n2026-02-17 11:30:00,12.05,CNY,上海商行,k-2\n"


def read(path: Path) -> tuple[list[int], list[float], list[RowError]]:
    """Times, amounts and what was refused, by our own guess."""
    table, errors = PaymentTable(), []
    assert table.sniff(path.read_bytes()[:65_536], path) >= 0.5
    batches = list(table.read(path, reject=errors.append))
    times = [int(t) for batch in batches for t in batch.time]
    return times, [float(a) for batch in batches for a in batch.columns["amount"]], errors


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((GERMAN, name) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")),
        *((CHINESE, name) for name in ("utf-8", "utf-8-sig", "utf-16", "gb18030")),
        (GERMAN.replace(";", "\t"), "utf-16"),
        (GERMAN.replace("\n", "\r\n"), "utf-8-sig"),
    ],
)
def test_the_same_rows_come_out_of_every_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    times, amounts, errors = read(path)
    assert errors == []
    assert amounts == [1234.5, 12.05]
    assert times == [1_769_940_000_000_000, 1_771_327_800_000_000]


def test_the_currency_of_a_column_s_name_and_of_statements_with_a_minus(tmp_path: Path) -> None:
    path = tmp_path / "account.csv"
    path.write_text(
        "Datum;Uhrzeit;Umsatz in EUR;Konto\n01.02.2026;10:00;-12,50;k\n17.02.2026;11:30;-7,00-;k\n18.02.2026;11:30;-1.000,00;k\n"
    )
    mapping = PaymentTable().guess(path)
    assert mapping.fields["currency"].constant == "EUR"
    assert mapping.fields["time"].clock == "Uhrzeit"
    times, amounts, errors = read(path)
    assert times[0] == 1_769_940_000_000_000
    assert amounts == [12.5, 1000.0]
    assert [(error.row, error.reason) for error in errors] == [(2, "amount: not a number")]
    assert parse_mapping(mapping.yaml()) == mapping, "what is printed reads back"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_what_a_statement_says_above_its_header_is_passed_over(tmp_path: Path, encoding: str) -> None:
    """And what it says below costs rows of its own."""
    path = tmp_path / "konto.csv"
    above = 'Kontonummer:;"DE89 3704 0044 0532 0130 00 / Girokonto für Müller"\n\nVon:;01.02.2026\n\n'
    path.write_bytes((above + GERMAN + "Summe;1.246,55\n").encode(encoding))
    _, amounts, errors = read(path)
    assert amounts == [1234.5, 12.05]
    assert [error.row for error in errors] == [3]


def test_a_table_begins_with_its_first_line_whatever_its_rows_are() -> None:
    for text in (
        "time,amount\n1,2,3\n1,2,3\n1,2,3\n",
        "a,b\nx,y\nu,v,w\nu,v,w\nu,v,w\n",
        "time,amount\n",
        "time;note\n1;a,b,c\n2;d,e,f\n",
        "label,text\nham,a, b\nham,c, d\nspam,e, f\n",
    ):
        assert layout(text.encode()).above == 0, text


def test_a_day_with_dots_is_no_clock(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text(
        '"Buchungsdatum";"Wertstellung";"Betrag (€)"\n"01.02.26";"02.02.26";"-54,20 €"\n"11.02.26";"12.02.26";"-1.054,20 €"\n'
    )
    times, amounts, errors = read(path)
    assert (times[0], amounts, errors) == (1_769_904_000_000_000, [54.2, 1054.2], [])


def test_two_hundred_columns_and_a_header_alone(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    more = [f"x{i}" for i in range(200)]
    path.write_text(
        "\n".join([",".join(["time", "amount", *more]), ",".join(["2026-02-01 10:00:00", "5", *("7" for _ in more)])])
        + "\n"
    )
    assert read(path)[1] == [5.0]
    path.write_text("time,amount,card\n")
    assert list(column_names(path.read_bytes(), path)) == ["time", "amount", "card"]


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("12,50", ",", 12.5), ("1.234,50", ",", 1234.5), ("1 234,50 €", ",", 1234.5), ("-3,2", ",", -3.2), ("12.50", ",", None),
        ("12.500", ",", 12500.0), ("12.50", ".", 12.5), ("1,234.50", ".", 1234.5), ("$1,234", ".", 1234.0), ("(7.00)", ".", -7.0),
        ("7.00-", ".", -7.0), ("EUR 8", ".", 8.0), ("8 USD", ".", 8.0), ("1,23", ".", None), ("1'000.5", ".", 1000.5), ("", ".", None),
        ("twelve", ".", None), ("1.2.3", ",", None), ("−4", ".", -4.0), ("12,34,56", ".", None),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, decimal: str, number: float | None) -> None:
    assert numbers_in(pl.Series([text]), decimal)[0] == number


@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)))
def test_a_number_reads_the_same_in_every_country(number: float) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert numbers_in(pl.Series([english]), ".")[0] == numbers_in(pl.Series([german]), ",")[0] == number


@pytest.mark.parametrize(
    ("values", "decimal"),
    [
        (["12,50", "7"], ","),
        (["1,234", "2,500"], "."),
        (["1,234.50"], "."),
        (["1.234,5"], ","),
        ([12.5, None], "."),
        ([], "."),
    ],
)
def test_the_decimal_sign_is_guessed_from_the_numbers(values: list[object], decimal: str) -> None:
    assert guess_decimal(values) == decimal


@pytest.mark.parametrize(
    ("times", "us"),
    [
        (["01.02.26 10:00", "17.02.26 10:00"], 1_769_940_000_000_000),
        (["02/01/2026 10:00:00 AM", "02/17/2026 03:00:00 PM"], 1_769_940_000_000_000),
        (["2026年2月1日 10:00", "2026年2月17日 10:00"], 1_769_940_000_000_000),
        (["01-Feb-2026", "17-Feb-2026"], 1_769_904_000_000_000),
        (["2026-02-01 10:00:00", "17.02.2026 10:00"], 1_769_940_000_000_000),
        (["1/2/2026 10:00", "17/2/2026 10:00"], 1_769_940_000_000_000),
    ],
)
def test_times_as_people_write_them(times: list[str], us: int) -> None:
    read = parse_times(pl.Series(times), guess_formats(times))
    assert read.null_count() == 0
    assert read[0] == us


def test_a_day_is_never_read_before_its_month_and_behind_it_in_one_column() -> None:
    assert len(guess_formats(["17/02/2026 10:00", "02/17/2026 10:00"])) == 1


def test_a_day_and_its_clock_are_one_time() -> None:
    both = joined(pl.Series(["01.02.2026", "2026-02-01 00:00:00"]), pl.Series(["10:00", " 10:00:05 "]))
    assert both.to_list() == ["01.02.2026 10:00", "2026-02-01 10:00:05"]


def test_a_letter_cut_at_the_end_of_the_head_is_no_defect() -> None:
    text = ("é" * 100).encode()
    assert encoding_of(text) == encoding_of(text[:-1]) == "utf-8-sig"


@given(st.binary(max_size=300))
def test_any_bytes_have_an_encoding_that_python_knows(data: bytes) -> None:
    assert isinstance(data.decode(encoding_of(data), "replace"), str)
    assert isinstance(column_names(data, Path("t.csv")), list)


def test_accents_and_brackets_do_not_hide_a_name() -> None:
    assert plain_name("Währung") == "wahrung"
    assert plain_name("TX_DateTime") == "txdatetime"
    assert plain_name("ＡＭＯＵＮＴ") == "amount"
