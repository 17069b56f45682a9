"""Correlations: each type means what the specification says, to the microsecond at the edges of its window, whatever the order
of arrival; and what is remembered stays small."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.correlate import UNTIMED, Alarm, Correlator
from assay.kinds.hosts.sigma.correlation import NUMBERS, SECOND, TYPES, Correlation, parse_correlation, timespan
from assay.kinds.hosts.sigma.rule import LogSource, Rule

A, B, C = (Rule(f"id-{name}", name, LogSource(), ("and",), name=name) for name in "abc")
RULES = {"a": A, "b": B, "c": C}


def correlation(text: str, **more: Any) -> Correlation:
    return parse_correlation({"title": "t", "id": "x", "correlation": yaml.safe_load(text)} | more)


def run(
    correlations: Sequence[Correlation], events: Sequence[tuple[str, float, dict[str, Any]]]
) -> list[tuple[int, Alarm]]:
    """(number of the event, alarm); an event is (rules that hold, seconds, fields)."""
    correlator = Correlator(list(RULES.values()), correlations)
    assert correlator.refused == []
    out = []
    for i, (hits, seconds, fields) in enumerate(events):
        out += [(i, a) for a in correlator.feed([RULES[h] for h in hits], fields, round(seconds * SECOND), str(i))]
    return out


def fires(text: str, events: Sequence[tuple[str, float, dict[str, Any]]]) -> list[int]:
    return [i for i, _ in run([correlation(text)], events)]


COUNT = "{type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {gte: 3}}"
EVE, BOB = {"u": "Eve"}, {"u": "bob"}


def test_a_window_is_open_at_its_beginning_and_closed_at_its_end() -> None:
    assert fires(COUNT, [("a", 0, EVE), ("a", 5, EVE), ("a", 9.999999, EVE)]) == [2]
    assert fires(COUNT, [("a", 0, EVE), ("a", 5, EVE), ("a", 10, EVE)]) == []


def test_groups_are_apart_and_take_no_notice_of_case() -> None:
    assert fires(
        COUNT, [("a", 0, EVE), ("a", 1, BOB), ("a", 2, {"u": "EVE"}), ("a", 3, {}), ("a", 4, {"u": "eve"})]
    ) == [4]


def test_a_group_alarms_at_most_once_a_timespan() -> None:
    assert fires(COUNT, [("a", i, EVE) for i in range(30)]) == [2, 12, 22]


def test_a_late_event_completes_what_is_already_there() -> None:
    assert fires(COUNT, [("a", 1, EVE), ("a", 9, EVE), ("a", 5, EVE)]) == [2]
    assert fires(COUNT, [("a", 10, EVE), ("a", 19, EVE), ("a", 10.5, EVE)]) == [2]
    assert fires(COUNT, [("a", 10, EVE), ("a", 20.5, EVE), ("a", 15, EVE)]) == []


def test_one_wrong_clock_pushes_nothing_out() -> None:
    assert fires(COUNT, [("a", 1, EVE), ("a", 2, EVE), ("a", 3e9, EVE), ("a", 3, EVE)]) == [3]


def test_an_event_without_a_time_of_its_own_is_not_counted() -> None:
    assert fires(COUNT, [("a", 1, EVE | {UNTIMED: "1"})] * 9) == []


def test_values_are_counted_once_and_in_tuples() -> None:
    text = "{type: value_count, rules: [a], group-by: [u], timespan: 10s, condition: {field: [p, q], gt: 2}}"
    events = [
        ("a", i, EVE | {"p": p, "q": q})
        for i, (p, q) in enumerate([("1", "1"), ("1", "2"), ("1", "1"), ("1", "2"), ("2", "1")])
    ]
    assert fires(text, events) == [4]
    assert fires(text, [("a", 1, EVE | {"p": str(i)}) for i in range(9)]) == []  # q is not there


def test_temporal_and_its_order() -> None:
    text = "{{type: {}, rules: [a, b, c], group-by: [u], timespan: 10s}}"
    mixed = [("c", 0, EVE), ("a", 1, EVE), ("b", 2, EVE)]
    assert fires(text.format("temporal"), mixed) == [2]
    assert fires(text.format("temporal_ordered"), mixed) == []
    assert fires(text.format("temporal_ordered"), [*mixed, ("c", 9, EVE)]) == [3]
    assert fires(text.format("temporal_ordered"), [("a", 0, EVE), ("c", 2, EVE), ("b", 1, EVE)]) == [2]  # b comes late
    assert fires(text.format("temporal_ordered"), [("abc", 0, EVE)]) == []  # no event follows itself
    assert fires(text.format("temporal_ordered"), [("abc", 0, EVE)] * 3) == [2]


def test_conditions_in_words() -> None:
    text = (
        "{type: temporal, rules: [a, b, c], group-by: [u], timespan: 10s, condition: a AND (b or c) and not (b and c)}"
    )
    assert fires(text, [("b", 0, EVE), ("a", 1, EVE)]) == [1]
    assert fires(text, [("b", 0, EVE), ("c", 1, EVE), ("a", 2, EVE)]) == []
    ordered = "{type: temporal_ordered, rules: [a, b, c], group-by: [u], timespan: 10s, condition: a and (b or c)}"
    assert fires(ordered, [("c", 0, EVE), ("a", 1, EVE), ("b", 2, EVE)]) == [2]
    assert fires(ordered, [("c", 0, EVE), ("b", 1, EVE), ("a", 2, EVE)]) == []


def test_aliases_name_a_field_of_each_rule() -> None:
    text = """{type: temporal, rules: [a, b], group-by: [inside], timespan: 10s,
               aliases: {inside: {a: dst, b: src}}}"""
    assert fires(text, [("a", 0, {"dst": "10.0.0.1"}), ("b", 1, {"src": "10.0.0.1"})]) == [1]
    assert fires(text, [("a", 0, {"dst": "10.0.0.1"}), ("b", 1, {"dst": "10.0.0.1", "src": "x"})]) == []


def test_a_chain_of_correlations() -> None:
    many = correlation(
        "{type: event_count, rules: [a], group-by: [u, h], timespan: 10s, condition: {gte: 2}}", id="m", name="many"
    )
    then = correlation("{type: temporal_ordered, rules: [many, b], group-by: [u], timespan: 1m}", id="t")
    events = [("b", 0, EVE), ("a", 1, EVE | {"h": "1"}), ("a", 2, EVE | {"h": "1"}), ("b", 50, EVE)]
    for order in ([many, then], [then, many]):
        ((number, alarm),) = run(order, events)
        assert (number, alarm.correlation.id, alarm.group) == (3, "t", (("u", "Eve"),))
        assert alarm.events[-2:] == ("2", "3")
    assert [a.correlation.id for _, a in run([many], events)] == ["m"]


def test_rules_of_a_correlation_are_silent_unless_it_generates_them() -> None:
    quiet, loud = correlation(COUNT), correlation(COUNT, id="y", generate=True)
    assert Correlator([A, B], [quiet]).silent == {"id-a"}
    assert Correlator([A, B], [quiet, loud]).silent == frozenset()


def test_what_cannot_run_is_refused_alone() -> None:
    good = correlation(COUNT)
    lost = correlation("{type: temporal, rules: [a, nobody], group-by: [u], timespan: 1s}", id="l")
    one = correlation("{type: temporal, rules: [two, a], group-by: [u], timespan: 1s}", id="1", name="one")
    two = correlation("{type: temporal, rules: [one, a], group-by: [u], timespan: 1s}", id="2", name="two")
    correlator = Correlator([A], [good, lost, one, two])
    assert correlator.correlations == [good]
    assert [reason.split(" ")[0] for _, reason in correlator.refused] == ["there", "'t'", "'t'"]


@pytest.mark.parametrize(
    "text",
    ["{type: near, rules: [a], timespan: 1s, condition: {gte: 1}}", "{type: event_count, rules: [], timespan: 1s, condition: {gte: 1}}",
     "{type: event_count, rules: [a], timespan: soon, condition: {gte: 1}}", "{type: event_count, rules: [a], timespan: 1s}",
     "{type: event_count, rules: [a], timespan: 1s, condition: {above: 1}}", "{type: value_count, rules: [a], timespan: 1s, condition: {gte: 1}}",
     "{type: event_count, rules: [a], timespan: 0s, condition: {gte: 1}}", "{type: temporal, rules: [a], timespan: 1s, condition: a and}",
     "{type: event_count, rules: [a], timespan: 1s, condition: {gte: 1e99}}", "{type: event_count, rules: [a], timespan: 1s, condition: {gte: .nan}}",
     "{type: temporal, rules: [{a: b}], timespan: 1s}", "{type: value_sum, rules: [a], timespan: 1s, condition: {gte: 1, field: [x, y]}}",
     "[]", "{type: temporal, rules: [a], timespan: 1s, aliases: [x]}"],
)  # fmt: skip
def test_a_broken_correlation_is_refused(text: str) -> None:
    with pytest.raises(InvalidSetting):
        correlation(text)


def test_timespans() -> None:
    assert [timespan(t) // SECOND for t in ("1s", "2m", "3h", "1d", "1w", "1M", "1y")] == [
        1,
        120,
        10_800,
        86_400,
        604_800,
        2_629_746,
        31_556_952,
    ]


def test_a_flood_of_groups_stays_bounded_and_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.hosts.sigma.correlate.MOST_GROUPS", 100)
    correlator = Correlator([A], [correlation(COUNT)])
    for i in range(1000):
        correlator.feed([A], {"u": f"u{i}"}, i, str(i))
    assert correlator.forgotten == 900
    assert [len(correlator.feed([A], {"u": "u999"}, 1000 + i, "x")) for i in range(2)] == [0, 1]


@pytest.mark.parametrize("kind", TYPES)
def test_a_flood_in_one_group_stays_bounded(kind: str) -> None:
    field = "field: n, " if kind.startswith("value_") else ""
    one = correlation(f"{{type: {kind}, rules: [a, b], group-by: [u], timespan: 1y, condition: {{{field}lt: -5}}}}")
    correlator = Correlator([A, B], [one])
    for i in range(12_000 if kind == "value_sum" else 3000):
        correlator.feed([A], EVE | {"n": str(i % 2500)}, i, str(i))
    (state,) = correlator._ready[0].states.values()
    assert len(state) <= 10_000


def test_many_hits_of_one_rule_push_out_no_other() -> None:
    text = "{type: temporal_ordered, rules: [a, b, c], group-by: [u], timespan: 1d}"
    assert fires(text, [("a", 0, EVE), *[("b", 1 + i, EVE) for i in range(1500)], ("c", 2000, EVE)]) == [1501]


# -- against a reference that is slow and plain -------------------------------------------------------------------------------

SPAN = 10


def reference(kind: str, limits: dict[str, float], events: Sequence[tuple[str, int, str, int]]) -> list[int]:
    """Which events alarm: everything that ever came is looked at anew for each."""
    compare = {"gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "eq": lambda a, b: a == b}
    fired: dict[str, int] = {}
    out = []
    for i, (_, time, group, _) in enumerate(events):
        come = [(t, j, hits, n) for j, (hits, t, g, n) in enumerate(events[: i + 1]) if g == group]
        for end in sorted({t for t, *_ in come if time <= t < time + SPAN}):
            inside = sorted(e for e in come if end - SPAN < e[0] <= end)
            value = measured(kind, inside)
            if all(compare[name](value, limit) for name, limit in limits.items()):
                if group not in fired or abs(time - fired[group]) >= SPAN:
                    fired[group] = time
                    out.append(i)
                break
    return out


def measured(kind: str, inside: Sequence[tuple[int, int, str, int]]) -> float:
    numbers = [n for *_, n in inside]
    if kind == "event_count":
        return len(inside)
    if kind == "value_count":
        return len(set(numbers))
    if kind == "temporal":
        return len({rule for _, _, hits, _ in inside for rule in hits})
    if kind == "temporal_ordered":

        def longest(at: int, last: str) -> int:
            return max(
                (1 + longest(k + 1, rule) for k in range(at, len(inside)) for rule in inside[k][2] if rule > last),
                default=0,
            )

        return longest(0, "")
    if kind == "value_percentile":
        return statistics.quantiles(numbers, n=4, method="inclusive")[2] if len(numbers) > 1 else numbers[0]
    return {
        "value_sum": sum,
        "value_avg": statistics.fmean,
        "value_median": statistics.median,
        "value_min": min,
        "value_max": max,
    }[kind](numbers)


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[str, int, str, int]]:
    """Events (rules, time, group, number), each at most one span later than the newest of its group."""
    events = []
    newest: dict[str, int] = {}
    now = 0
    for _ in range(draw(st.integers(1, 14))):
        now += draw(st.sampled_from([0, 0, 1, 3, 9, 10, 11]))
        group = draw(st.sampled_from("xy"))
        time = max(now - draw(st.sampled_from([0, 0, 0, 1, 5, 10])), newest.get(group, now) - SPAN)
        newest[group] = max(time, newest.get(group, time))
        events.append((draw(st.sampled_from(["a", "b", "c", "ab", "bc"])), time, group, draw(st.integers(0, 4))))
    return events


@settings(max_examples=400, deadline=None)
@given(streams(), st.sampled_from(TYPES), st.sampled_from(["gte", "lt", "eq"]), st.integers(1, 4))
def test_it_answers_as_the_reference(events: list[tuple[str, int, str, int]], kind: str, name: str, limit: int) -> None:
    field = "field: n, percentile: 75, " if kind.startswith("value_") else ""
    text = (
        f"{{type: {kind}, rules: [a, b, c], group-by: [g], timespan: {SPAN}s, condition: {{{field}{name}: {limit}}}}}"
    )
    got = fires(text, [(hits, time, {"g": group, "n": str(number)}) for hits, time, group, number in events])
    assert got == reference(kind, {name: limit}, events)


def test_numbers_that_are_none_are_not_counted() -> None:
    assert set(NUMBERS) < set(TYPES)
    text = "{type: value_sum, rules: [a], group-by: [u], timespan: 10s, condition: {field: n, gte: 5}}"
    assert fires(text, [("a", i, EVE | {"n": n}) for i, n in enumerate(["x", "inf", "nan", "", "2", "3"])]) == [5]
