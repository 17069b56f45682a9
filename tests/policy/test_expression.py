"""What expressions mean here, beyond what the comparison with the peer covers: the unknown, the names, the mistakes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import micros
from assay.core.finding import Findings, Severity, Verdict
from assay.core.profile import Profile
from assay.policy.expression import Scope, Type, compile_expression
from assay.policy.expression.syntax import LONGEST, MOST_OPERATORS

from .test_expression_against_cel import THREE, rows
from .things import NAMES, evaluate, mistakes, plain, view_of


class TestUnknown:
    """A missing value is unknown, and unknown spreads except where the other side settles it."""

    view = view_of([{"number": 2.0, "text": "a"}, {}])

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("evidence.number > 1.0", [True, None]),
            ("evidence.number != 1.0", [True, None]),
            ("!(evidence.number > 1.0)", [False, None]),
            ("evidence.number > 1.0 || true", [True, True]),
            ("false && evidence.number > 1.0", [False, False]),
            ("evidence.number > 1.0 && true", [True, None]),
            ('evidence.text in ["a"]', [True, None]),
            ('evidence.text + "b" == "ab"', [True, None]),
            ("has(evidence.text)", [True, False]),
            ('has(evidence.text) && evidence.text == "a"', [True, False]),
            ("has(evidence.number) ? evidence.number > 1.0 : false", [True, False]),
            ('1.0 in [evidence.number, 2.0] || evidence.text == "a"', [True, None]),
        ],
    )
    def test_three_values(self, text: str, expected: list[bool | None]) -> None:
        assert evaluate(text, self.view) == expected

    def test_a_field_with_a_default_is_never_unknown(self) -> None:
        assert evaluate('evidence.mode == "plain"', self.view) == [True, True]

    def test_not_a_number_is_a_value_and_not_an_unknown(self) -> None:
        assert evaluate("(evidence.number - 2.0) / 0.0 > 1.0", self.view) == [False, None]

    def test_the_least_integer_has_no_opposite(self) -> None:
        assert evaluate("-(evidence.whole) > 0", view_of([{"whole": -(2**63)}, {"whole": -1}])) == [None, True]


class TestNames:
    def test_profile_features(self) -> None:
        view = view_of([{}, {}], profile=Profile(("past",), np.array([[3.0], [np.nan]])))
        assert evaluate("profile.past > 2.0", view) == [True, None]
        assert evaluate("has(profile.ratio)", view) == [False, False]

    def test_findings(self) -> None:
        model = Findings(
            "room.model", "1", np.array([Verdict.COUNTERFEIT, Verdict.NONE]), probability=np.array([0.9, np.nan])
        )
        checks = Findings(
            "room.checks",
            "1",
            np.array([Verdict.NONE, Verdict.SUSPICIOUS]),
            severity=np.array([Severity.LOW, Severity.HIGH]),
            codes={"room.burst": np.array([False, True])},
        )
        view = view_of([{}, {}], findings={"room.model": model, "room.checks": checks})
        assert evaluate("findings.room.model.probability > 0.5", view) == [True, None]
        assert evaluate("findings.room.model.verdict == verdict.counterfeit", view) == [True, False]
        assert evaluate("findings.room.checks.severity >= severity.high", view) == [False, True]
        assert evaluate('"room.burst" in reasons', view) == [False, True]
        assert evaluate('"room.far" in reasons', view) == [False, False]

    def test_what_is_no_plain_word_stands_in_brackets(self) -> None:
        away = Findings(
            "room.far-away", "1", np.array([Verdict.SUSPICIOUS, Verdict.NONE]), probability=np.array([0.9, np.nan])
        )
        odd = np.array([7.0, np.nan])
        view = view_of([{}, {}], findings={"room.far-away": away}, **{"extra.Betrag (EUR)": odd, "extra.a.b": odd})
        assert evaluate('findings.room["far-away"].probability > 0.5', view) == [True, None]
        assert evaluate('has(findings["room"]["far-away"]["probability"])', view) == [True, False]
        assert evaluate('evidence.extra["Betrag (EUR)"] > 5 && evidence.extra["a.b"] > 5', view) == [True, None]

    def test_a_hyphen_is_no_part_of_a_plain_name_and_the_mistake_says_what_to_write(self) -> None:
        found = mistakes("evidence.flag && findings.room.far-away.probability > 0.5")
        assert [(at, said) for at, said, _ in found] == [
            (17, "findings.room.far is not a value"), (35, "unknown name 'away'"),
        ]  # fmt: skip
        assert found[0][2] == 'write findings.room["far-away"].probability'

    def test_a_detector_that_did_not_run_is_unknown(self) -> None:
        view = view_of([{}])
        assert evaluate("findings.room.model.verdict == verdict.none", view) == [None]
        assert evaluate("has(findings.room.model.verdict)", view) == [False]

    def test_standing_findings(self) -> None:
        view = view_of([{}, {}])
        view.open.count[1], view.open.severity[1] = 2, Severity.CRITICAL
        view.open.codes["room.burst"] = np.array([False, True])
        view.parts.probability[0] = 0.75
        assert evaluate(
            'open.count >= 2 && open.severity == severity.critical && "room.burst" in open.reasons', view
        ) == [
            False,
            True,
        ]
        assert evaluate("parts.probability > 0.5", view) == [True, None]

    def test_pass_through_columns_take_the_type_of_their_neighbour(self) -> None:
        text = np.array(["x", None], dtype=object)
        view = view_of([{}, {}], **{"extra.rating": np.array([7.0, np.nan]), "extra.branch": text})
        assert evaluate("evidence.extra.rating > 5", view) == [True, None]
        assert evaluate('evidence.extra.branch == "x"', view) == [True, None]
        assert evaluate('evidence.extra["branch"].startsWith("x")', view) == [True, None]
        assert evaluate('evidence.extra.rating == "x"', view) == [None, None]
        assert evaluate("has(evidence.extra.branch)", view) == [True, False]
        assert evaluate("has(evidence.extra.absent)", view) == [False, False]

    def test_time_and_id(self) -> None:
        view = view_of([{"id": "abc", "time": micros(datetime(2026, 3, 29, 0, 30, tzinfo=UTC))}])
        assert evaluate('evidence.id == "abc" && evidence.time.getDayOfWeek() == 0', view) == [True]


class TestFunctions:
    @given(st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)), st.sampled_from(["Europe/Paris", "Asia/Kolkata"]))
    def test_local_time_is_that_of_the_zone(self, moment: datetime, zone: str) -> None:
        view = view_of([{"time": micros(moment)}])
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        assert evaluate(f'evidence.time.getHours("{zone}")', view, Type.INT) == [local.hour]
        assert evaluate(f'evidence.time.getDayOfMonth("{zone}")', view, Type.INT) == [local.day - 1]

    def test_fixed_offsets(self) -> None:
        assert evaluate('evidence.time.getHours("-02:30")', view_of([{"time": 0}]), Type.INT) == [21]

    def test_size_counts_characters(self) -> None:
        assert evaluate("size(evidence.text)", view_of([{"text": "héllo"}]), Type.INT) == [5]

    def test_least_and_greatest(self) -> None:
        view = view_of([{"number": 2.0, "amount": 5.0}, {"number": 2.0}])
        assert evaluate("math.greatest(evidence.number, 3.0, evidence.amount)", view, Type.DOUBLE) == [5.0, None]
        assert evaluate("math.least(1, 2)", view, Type.INT) == [1, 1]

    def test_conversions_of_text(self) -> None:
        view = view_of([{"text": "12"}, {"text": "1e2"}, {"text": "x"}])
        assert evaluate("int(evidence.text)", view, Type.INT) == [12, None, None]
        assert evaluate("double(evidence.text)", view, Type.DOUBLE) == [12.0, 100.0, None]

    def test_hostile_text_cannot_make_a_pattern_slow(self) -> None:
        view = view_of([{"text": "a" * 100_000 + "!"}])
        assert evaluate('evidence.text.matches("^(a+)+$")', view) == [False]


class TestMistakes:
    """Found when the policy is read, each at its character, with what to write instead."""

    @pytest.mark.parametrize(
        ("text", "at", "message", "hint"),
        [
            ("evidence.amuont > 1.0", 0, "evidence has no field 'amuont'", "did you mean amount?"),
            ("amount > 1.0", 0, "unknown name 'amount'", "did you mean evidence.amount?"),
            ("profile.pst > 1.0", 0, "no profile feature 'pst'", "did you mean past?"),
            ("findings.room.modle.verdict == 1", 0, "no detector 'room.modle'", "did you mean room.model?"),
            ('findings.room["far-awya"].verdict == 1', 0, "no detector 'room.far-awya'", 'mean room["far-away"]?'),
            ("findings.room.far.verdict == 1", 0, "no detector 'room.far'", ""),
            ('findings["room.far-away"].verdict == 1', 0, "is not a value", 'write findings.room["far-away"].verdict'),
            ("findings.room.model > 0.5", 0, "findings.room.model is not a value", "write findings.<room>.<detector>."),
            ('"room.brust" in reasons', 0, "no detector gives the reason 'room.brust'", "did you mean room.burst?"),
            ("evidence.text in lists.nams", 17, "no list 'nams'", "did you mean names?"),
            ("evidence.flag && evidence.number * 2 > 1.0", 33, "no double * int", "write 2.0"),
            ('evidence.number > "1"', 16, "cannot compare double > string", ""),
            ("evidence.number", 0, "this gives a double, where a bool is needed", ""),
            ("evidence.flag = true", 14, "unexpected character '='", "CEL writes =="),
            ("evidence.flag and true", 14, "unexpected 'and' after a complete expression", "CEL writes &&"),
            ("evidence.text == null", 17, "null is not part of policies", "ask has(evidence.merchant) or its opposite"),
            ("evidence.text == 'x", 17, "this text has no closing quote", ""),
            ("evidence.number > ", 18, "expected a value, found the end", ""),
            ("(evidence.flag", 14, "expected ')' to close the bracket, found the end", ""),
            ("max(1, 2) > 1", 0, "no function 'max'", "write math.least(a, b) or math.greatest(a, b)"),
            ('evidence.text.startswith("a")', 14, "no method 'startswith'", "did you mean startsWith?"),
            ('evidence.text.matches("(")', 22, "unclosed group", ""),
            ('evidence.time.getHours("Mars/Base") > 1', 23, "no time zone 'Mars/Base'", ""),
            ('evidence.when > timestamp("yesterday")', 26, "'yesterday' is not a timestamp", "write it as"),
            ("evidence.extra.a == evidence.extra.b", 17, "neither side has a type", "wrap one in double"),
            ("has(lists.names)", 4, "lists.names is always there", ""),
            ("evidence.flag ? 1 : true", 14, "both sides of ':' must be of one type", ""),
            ("evidence == 1", 0, "'evidence' is not a value by itself", "write evidence.<name>"),
            ("99999999999999999999 > 1", 0, "does not fit in 64 bits", ""),
            ("[1, 'a'] == [1]", 0, "a list holds one type", ""),
            ("evidence.flag.all(x, x)", 14, "no method 'all'", "not part of policies"),
        ],
    )
    def test_place_and_hint(self, text: str, at: int, message: str, hint: str) -> None:
        found = mistakes(text)
        assert [(place, message in said, hint in help_) for place, said, help_ in found] == [(at, True, True)], found

    def test_all_are_found_at_once(self) -> None:
        assert len(mistakes("evidence.a > 1.0 && evidence.b > 1.0 || evidence.number * 2 > lists.c")) == 4

    def test_size_and_depth_are_bounded(self) -> None:
        assert mistakes("(" * 1000 + "true" + ")" * 1000)
        assert mistakes("!" * 1000 + "true")
        assert mistakes("true" + " && true" * (MOST_OPERATORS + 1))
        assert mistakes(" " * LONGEST + "true")

    @given(st.text(max_size=60) | st.text("evidnc.true&|!()[]<>=+-*/%?:,'\"0123 ", max_size=60))
    def test_no_text_breaks_the_parser(self, text: str) -> None:
        compile_expression(text, NAMES, Type.BOOL, lambda message, at, hint: None)


@given(text=THREE[Type.BOOL], given_rows=rows)
def test_a_batch_of_one_gives_what_a_batch_of_many_gives(text: str, given_rows: list[dict[str, object]]) -> None:
    expression = compile_expression(text, NAMES, Type.BOOL, lambda message, at, hint: None)
    assert expression is not None
    together = plain(expression.evaluate(Scope(view_of(given_rows), NAMES.fields)), len(given_rows))
    alone = [expression.evaluate(Scope(view_of([row]), NAMES.fields)).at(0) for row in given_rows]
    assert together == alone
