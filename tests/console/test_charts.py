"""Charts: whatever the numbers, the drawing is well-formed, says what it shows, and is true to them."""

from __future__ import annotations

import doctest
import re
from types import ModuleType
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.console import charts, graph, render
from assay.console.charts import Bin, Event
from assay.core.clock import DAY, HOUR
from assay.core.decision import OUTCOMES

numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)
shares = st.floats(min_value=0, max_value=1)


@pytest.mark.parametrize("module", [charts, graph, render], ids=lambda m: m.__name__)
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)


def parsed(markup: str) -> ElementTree.Element:
    """The drawing as XML: raises unless it is well-formed."""
    root = ElementTree.fromstring(markup)
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert not re.search(r"\b(style|on\w+)=|nan|inf\b|#[0-9a-f]{3,6}", markup), "only classes colour a chart"
    return root


@given(st.lists(numbers, max_size=40))
def test_a_sparkline_is_drawn_of_any_numbers(values: list[float]) -> None:
    parsed(charts.sparkline(values, "a line"))


@given(value=numbers, low=numbers, middle=numbers, high=numbers)
def test_a_strip_is_drawn_of_any_range(value: float, low: float, middle: float, high: float) -> None:
    low, middle, high = sorted((low, middle, high))
    root = parsed(charts.strip(value, low, middle, high, "against the usual"))
    assert all(
        -10 <= float(x) <= 210 for x in re.findall(r'(?:cx|x)="(-?[\d.]+)"', ElementTree.tostring(root, "unicode"))
    )


def here(value: float) -> float:
    """Where a strip with the usual range 10..30 puts its mark; an arrow at the edge stands for off the scale."""
    drawn = charts.strip(value, 10, 20, 30, "x")
    circle = re.search(r'class="here \w+" cx="([\d.]+)"', drawn)
    arrow = re.search(r'class="here outside" d="M([\d.]+)', drawn)
    assert circle or arrow
    return float((circle or arrow)[1])  # type: ignore[index]


def test_a_strip_puts_the_mark_inside_the_band_exactly_when_the_value_is_usual() -> None:
    for value in (10, 15, 20, 30):
        assert 'class="here inside"' in charts.strip(value, 10, 20, 30, "x")
    for value in (9, 31, 500, -500):
        assert 'class="here outside"' in charts.strip(value, 10, 20, 30, "x")


def test_what_is_off_the_scale_stands_at_the_edge_it_left() -> None:
    assert here(-1e6) < 10 < 190 < here(1e6)


@given(st.lists(st.tuples(shares, shares, st.integers(1, 10**7)), max_size=25))
def test_calibration_is_drawn_of_any_bins(rows: list[tuple[float, float, int]]) -> None:
    root = parsed(charts.calibration([Bin(*row) for row in rows], "calibration", "predicted", "observed"))
    assert len([e for e in root.iter() if e.get("class") == "dot"]) == len(rows)


@given(st.lists(st.tuples(shares, shares), max_size=60), st.none() | shares)
def test_precision_over_recall_is_drawn_of_any_curve(points: list[tuple[float, float]], base: float | None) -> None:
    parsed(
        charts.precision_recall([p[0] for p in points], [p[1] for p in points], "curve", "recall", "precision", base)
    )


@given(st.lists(st.tuples(st.integers(0, 10**16), st.floats(0, 1e9), st.sampled_from(OUTCOMES)), max_size=60))
def test_a_timeline_draws_every_event_once_and_links_it(rows: list[tuple[int, float, str]]) -> None:
    events = [Event(time, value, outcome, f"/d/{i}", "text") for i, (time, value, outcome) in enumerate(rows)]
    root = parsed(charts.timeline(events, "timeline"))
    links = [e.get("href") for e in root.iter() if e.tag.endswith("a")]
    assert sorted(links) == sorted(event.href for event in events)


def test_a_timeline_draws_what_was_stopped_over_what_was_allowed() -> None:
    events = [Event(HOUR * i, 10.0, outcome, f"/{outcome}", "") for i, outcome in enumerate(reversed(OUTCOMES))]
    drawn = charts.timeline(events, "timeline")
    assert [drawn.index(f'"/{outcome}"') for outcome in OUTCOMES] == sorted(drawn.index(f'"/{o}"') for o in OUTCOMES)


@pytest.mark.parametrize("span", [HOUR, DAY, 30 * DAY, 900 * DAY])
def test_a_timeline_names_a_readable_number_of_moments(span: int) -> None:
    drawn = charts.timeline([Event(0, 1, "allow", "/", ""), Event(span, 1, "block", "/", "")], "timeline")
    assert 2 <= len(re.findall(r'class="tick middle"', drawn)) <= 9


def test_text_from_outside_cannot_become_markup() -> None:
    hostile = '"><script>alert(1)</script>'
    drawn = charts.timeline([Event(0, 1, hostile, hostile, hostile)], hostile)
    assert "<script" not in drawn
    parsed(drawn)


def test_outcomes_differ_in_shape_and_not_only_in_colour() -> None:
    shapes = {re.sub(r'class="[^"]*"', "", charts.mark(outcome, 8, 8, 5)) for outcome in OUTCOMES}
    assert len(shapes) == len(OUTCOMES)


def test_rare_outcomes_can_be_seen_beside_a_million_allowed() -> None:
    drawn = charts.rates([(1_000_000, 0, 0, 1)], "rates")
    block = re.search(r'class="o-block"[^>]*height="([\d.]+)"', drawn)
    assert block is not None
    assert float(block[1]) >= 2


@given(st.floats(-1e9, 1e9), st.floats(0.001, 1e9))
def test_ticks_lie_within_and_are_few(low: float, width: float) -> None:
    found = charts.ticks(low, low + width)
    assert 1 <= len(found) <= 12
    assert all(low - width * 1e-6 <= t <= low + width * (1 + 1e-6) for t in found)


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_wilson_holds_the_share_within_0_and_1(n: int, k: int) -> None:
    share = min(k, n) / n
    low, high = charts.wilson(share, n)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


def test_a_time_axis_names_no_more_moments_than_fit_however_long_it_is() -> None:
    for days in (0.1, 1, 40, 400, 9000, 60_000):
        named = charts.calendar(0, round(days * 86_400e6), 1100)
        assert 1 <= len(named) <= 13
        assert len({text for _, text in named}) == len(named)
