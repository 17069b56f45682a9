"""Marks on pictures and texts: in their place, said in words, and safe whatever a file holds."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from assay.console import marks
from assay.core.finding import Finding, Reason, Where

SAID = {"a.total": "The total is not the sum.", "a.font": "One digit has another font."}


def finding(*where: Where, verdict: str = "counterfeit") -> Finding:
    reasons = tuple(Reason(code, 1.0) for code in SAID)
    return Finding(detector="a", version="1", verdict=verdict, severity="high", reasons=reasons, where=where)


def sentence(reason: Reason) -> str:
    return SAID[reason.code]


def test_a_place_is_told_by_the_reason_its_rule_names() -> None:
    found = marks.marks_of([finding(Where(box=(1, 2, 3, 4), rule="a.font"), Where(box=(0, 0, 9, 9)))], sentence)
    assert [mark.text for mark in found] == [SAID["a.font"], SAID["a.total"]]


def test_only_the_places_asked_for_and_the_gravest_on_top() -> None:
    told = [
        finding(Where(box=(0, 0, 1, 1), page=2)),
        finding(Where(box=(0, 0, 1, 1)), verdict="suspicious"),
        finding(Where(box=(0, 0, 1, 1), part="m/0", page=1), verdict="inconclusive"),
        finding(Where(box=(0, 0, 1, 1)), verdict="genuine"),
        finding(Where(field="text")),
    ]
    assert [mark.verdict for mark in marks.marks_of(told, sentence)] == ["inconclusive", "suspicious", "counterfeit"]
    assert len(marks.marks_of(told, sentence, page=2)) == 1
    assert len(marks.marks_of(told, sentence, page=1)) == 2, "a place that names no page lies on the first"
    assert len(marks.marks_of(told, sentence, part="m/0")) == 1


def test_a_picture_carries_every_box_and_its_sentence() -> None:
    places = (Where(box=(10, 20, 110, 60)), Where(box=(-5, -5, 900, 9000), rule="a.font"))
    found = marks.marks_of([finding(*places)], sentence)
    drawn = str(marks.picture('/p?a=1&b="', 400, 800, found, "page <1>"))
    assert drawn.count('class="box"') == drawn.count("<li") == drawn.count("<title>") == 2
    assert 'x="10" y="20" width="100" height="40"' in drawn
    assert 'width="400" height="800"/>' in drawn, "a box beyond the picture ends at its edge"
    assert "page &lt;1&gt;" in drawn
    assert "style=" not in drawn, "the content security policy allows no inline style"


def test_boxes_of_which_the_same_is_said_share_a_number_and_a_code_may_stand_twice() -> None:
    twice = Finding(
        detector="a", version="1", verdict="counterfeit", severity="high",
        reasons=(Reason("a.total", 1.0, {"page": 1}), Reason("a.total", 1.0, {"page": 2})),
        where=tuple(Where(box=(i, 0, i + 9, 9), rule=f"a.total#{i // 2}") for i in range(4)),
    )  # fmt: skip
    found = marks.marks_of([twice], lambda reason: f"Page {reason.values['page']}")
    drawn = str(marks.picture("/p", 100, 100, found, "page"))
    assert [mark.text for mark in found] == ["Page 1", "Page 1", "Page 2", "Page 2"]
    assert (drawn.count('class="box"'), drawn.count("<li")) == (4, 2)


@given(st.text(max_size=80), st.lists(st.tuples(st.floats(-5, 90), st.floats(-5, 90)), max_size=5))
def test_a_marked_text_says_what_the_text_says(content: str, spans: list[tuple[float, float]]) -> None:
    found = marks.marks_of([finding(*(Where(field="text", span=span) for span in spans))], sentence, field="text")
    drawn = str(marks.text(content, found))
    assert drawn.startswith('<p class="marked-text" dir="auto">')
    read = re.sub(r"</?mark[^>]*>", "", drawn.removeprefix('<p class="marked-text" dir="auto">').removesuffix("</p>"))
    unescaped = read.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&#39;", "'")
    assert unescaped.replace("&amp;", "&") == content
    marked = [(max(0, int(min(s))), min(len(content), int(max(s)))) for s in spans]
    assert ("<mark" in drawn) == any(a < b for a, b in marked)


def test_what_can_be_laid_over_a_picture_has_a_switch_each_and_is_escaped():
    heats = [(f"/heat-{i}?<", f'"label" <{i}>') for i in range(6)]
    drawn = str(marks.picture("/p", 100, 80, [], "a picture", heats))
    assert drawn.count('<input type="checkbox"') == drawn.count('class="heat heat-') == 4
    assert "<0>" not in drawn
    assert "/heat-0?&lt;" in drawn
    plain = str(marks.picture("/p", 100, 80, [], "a picture"))
    assert "checkbox" not in plain
    assert "heat" not in plain
