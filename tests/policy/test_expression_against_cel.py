"""Every expression we accept means, row by row, what the Rust implementation of CEL says it means.

Hypothesis writes well-typed expressions over a type with a field of every kind, and rows with fields left out; where the
peer raises (a field that is missing, a division by zero, an overflow) ours must be unknown, and the other way round.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import cel
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.policy.expression import Type

from .things import NAMES, evaluate, view_of

B, I, D, S, T, P = Type.BOOL, Type.INT, Type.DOUBLE, Type.STRING, Type.TIMESTAMP, Type.DURATION  # noqa: E741

integers = st.sampled_from([0, 1, -1, 2, 3, 7, -7, 10**6]) | st.integers(-50, 50)
large = st.sampled_from([2**63 - 1, -(2**63), 2**62, 2**31])
doubles = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 7.0, 1e10, -2.5, 3.7]) | st.floats(-100, 100).map(
    lambda x: round(x, 3)
)
words = st.text("abz1 .", max_size=4)
moments = st.datetimes(datetime(1969, 1, 1), datetime(2040, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))


def quoted(text: str) -> str:
    return '"' + text + '"'


LITERALS = {
    B: st.sampled_from(["true", "false"]),
    I: (integers | large).map(str),
    D: doubles.map(lambda x: repr(float(x))),
    S: words.map(quoted),
    T: moments.map(lambda t: f'timestamp("{t.isoformat()}")'),
    P: st.sampled_from(["0s", "1s", "90m", "1h30m", "-2h", "1500ms", "1.5s"]).map(lambda d: f'duration("{d}")'),
}
FIELDS = {
    B: ["evidence.flag"],
    I: ["evidence.whole", "evidence.other"],
    D: ["evidence.number", "evidence.amount", "profile.past"],
    S: ["evidence.text", "evidence.word"],
    T: ["evidence.when"],
    P: [],
}


def combine(children: dict[Type, st.SearchStrategy[str]]) -> dict[Type, st.SearchStrategy[str]]:
    """Expressions one deeper than these."""
    b, i, d, s, t, p = (children[x] for x in (B, I, D, S, T, P))
    order, equal = st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["==", "!="])

    def join(*parts: Any) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda pieces: "(" + " ".join(pieces) + ")")

    def call(form: str, *parts: Any) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda pieces: form.format(*pieces))

    choice = {x: call("({} ? {} : {})", b, children[x], children[x]) for x in (B, I, D, S, T, P)}
    numbers = i | d
    # The peer wraps the opposite of the least integer, where CEL has an overflow; ours is tested elsewhere.
    small = integers.filter(lambda value: value >= 0).map(str) | st.sampled_from(FIELDS[I])
    field = st.sampled_from([name for names in FIELDS.values() for name in names])
    text_list = st.lists(s, min_size=1, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
    int_list = st.lists(i, min_size=1, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
    return {
        B: choice[B]
        | join(b, st.sampled_from(["&&", "||"]), b)
        | call("!{}", b)
        | join(numbers, order | equal, numbers)
        | join(s, order | equal, s)
        | join(t, order | equal, t)
        | join(p, order | equal, p)
        | join(b, equal, b)
        | call("has({})", field.filter(lambda name: "." in name))
        | join(s, st.just("in"), text_list | st.just("lists.names"))
        | join(i, st.just("in"), int_list | st.just("lists.numbers"))
        | call("({}.{}({}))", s, st.sampled_from(["startsWith", "endsWith", "contains"]), s)
        | call("({}.matches({}))", s, st.sampled_from(["a", "^a", "b$", "^[ab]+$", "a|z", "."]).map(quoted)),
        I: choice[I]
        | join(i, st.sampled_from(["+", "-", "*", "/", "%"]), i)
        | call("(-{})", small)
        | call("size({})", s)
        | call("int({})", d)
        | call("({}.{}())", t, st.sampled_from(HOURS)),
        D: choice[D] | join(d, st.sampled_from(["+", "-", "*", "/"]), d) | call("(-{})", d) | call("double({})", i),
        S: choice[S] | join(s, st.just("+"), s) | call("string({})", i | d),
        T: choice[T] | join(t, st.sampled_from(["+", "-"]), p),
        P: choice[P] | join(p, st.sampled_from(["+", "-"]), p) | join(t, st.just("-"), t),
    }


HOURS = ["getHours", "getMinutes", "getSeconds", "getDayOfWeek", "getDayOfMonth", "getDate", "getMonth", "getFullYear"]
HOURS += ["getDayOfYear", "getMilliseconds"]
LEAVES = {type_: LITERALS[type_] | st.sampled_from(FIELDS[type_] or ['duration("3h")']) for type_ in FIELDS}
ONE = {type_: LEAVES[type_] | more for type_, more in combine(LEAVES).items()}
TWO = {type_: ONE[type_] | more for type_, more in combine(ONE).items()}
THREE = combine(TWO)

rows = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "whole": integers,
            "other": integers,
            "number": doubles,
            "amount": doubles,
            "text": words,
            "word": words,
            "flag": st.booleans(),
            "when": moments,
        },
    ),
    min_size=1,
    max_size=5,
)


NOT_ORDERED = object()
"""What the peer says of a comparison with NaN: "No such overload". By the specification it is false."""


def peer(program: Any, row: dict[str, Any]) -> Any:
    """The peer's value; None where it raises, and `NOT_ORDERED` where it knows no such overload."""
    lists = {name: list(values) for name, values in NAMES.lists.items()}
    try:
        return program.execute({"evidence": row, "profile": {}, "lists": lists})
    except TypeError as error:
        return NOT_ORDERED if str(error).startswith("No such overload") else None
    except (KeyError, ValueError, RuntimeError, OverflowError, ZeroDivisionError):
        return None


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, datetime):
        return bool(ours == (theirs - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
    if isinstance(theirs, timedelta):
        return bool(ours == theirs // timedelta(microseconds=1))
    if isinstance(theirs, float) and math.isnan(theirs):
        return isinstance(ours, float) and math.isnan(ours)
    return type(ours) is type(theirs) and bool(ours == theirs)


def agree(text: str, given_rows: list[dict[str, Any]], type_: Type) -> None:
    program = cel.compile(text)
    ours = evaluate(text, view_of(given_rows), type_)
    theirs = [peer(program, row) for row in given_rows]
    for row, mine, other in zip(given_rows, ours, theirs, strict=True):
        if other is NOT_ORDERED:
            if mine is not None and "/" in text:  # only a division makes a NaN here
                continue
            other = None
        assert same(mine, other), f"{text}\n on {row}\n ours {mine!r}, CEL {other!r}"


@settings(max_examples=500, deadline=None)
@given(text=THREE[B], given_rows=rows)
@example(text="evidence.flag || (1 / 0 > 0)", given_rows=[{"flag": True}, {"flag": False}, {}])
@example(text="evidence.flag && (1 / 0 > 0)", given_rows=[{"flag": True}, {"flag": False}, {}])
def test_conditions(text: str, given_rows: list[dict[str, Any]]) -> None:
    agree(text, given_rows, B)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), type_=st.sampled_from([I, D, S, T, P]), given_rows=rows)
def test_values_of_every_other_type(data: st.DataObject, type_: Type, given_rows: list[dict[str, Any]]) -> None:
    agree(data.draw(TWO[type_]), given_rows, type_)


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3 == 7",
        "10 - 3 - 2 == 5",
        "-7 / 2 == -3 && -7 % 3 == -1",
        "true || false && false",
        "!(true && false)",
        "false ? true : true ? false : true",
        "1 < 2 == true",
        "0x10 == 16 && .5 == 5e-1",
        r'"a\"b\u0041\x42\101" == "a\"bABA"',
        r"r'a\d' == 'a\\d'",
        '"""two\nlines""" == "two\\nlines"',
        "[1, 2, 3][1] == 2",
        "1.5 in [1.5, 2.0] && 2.0 in [1, 2] && !(3 in [1, 2])",
        "9223372036854775807 > 9223372036854775806 && -9223372036854775808 < 0",
        'evidence["text"] == "a"',
        "lists.numbers[2] == 7 && size(lists.names) == 3",
        "// a comment\n 1 == 1",
    ],
)
def test_syntax(text: str) -> None:
    agree(text, [{"text": "a"}], B)
