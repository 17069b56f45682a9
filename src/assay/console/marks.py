"""Where a finding lies, shown on the thing itself: boxes over a picture (SVG), and highlighted spans of a text.

Findings and plain text come in, `Markup` goes out. Every mark carries the sentence that it stands for, as its title and,
numbered, in a list beside it: a colour and a place alone say nothing to a screen reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup, escape

from assay.console.charts import num
from assay.core.finding import Finding, Reason, Where, reason_at

SHOWN = ("counterfeit", "suspicious", "inconclusive")
_GRAVE = {verdict: i for i, verdict in enumerate(SHOWN)}
MOST_HEATS = 4  # switches that the stylesheet knows
_SMALLEST = 6.0  # pixels of the picture: a box drawn smaller than this could not be seen


class Mark(NamedTuple):
    """`text`: the sentence; `code`: its reason; `box` in pixels of the picture or `span` in characters of the text."""

    verdict: str
    text: str
    code: str = ""
    box: tuple[float, float, float, float] | None = None
    span: tuple[float, float] | None = None


def marks_of(
    findings: Iterable[Finding],
    sentence: Callable[[Reason], str],
    *,
    page: int | None = None,
    field: str = "",
    part: str | None = None,
) -> list[Mark]:
    """One mark for each place of these findings that has a box or a span, the gravest last (so drawn on top). With
    `page`, `field` or `part` only those that lie there; a place that names no page lies on page 1."""
    found = []
    for finding in findings:
        if finding.verdict not in SHOWN:
            continue
        for where in finding.where:
            if (where.box is None and where.span is None) or not _lies(where, page, field, part):
                continue
            reason = _reason(finding, where)
            text, code = (sentence(reason), reason.code) if reason else (finding.detector, "")
            found.append(Mark(finding.verdict, text, code, where.box, where.span))
    return sorted(found, key=lambda mark: -_GRAVE[mark.verdict])


def _lies(where: Where, page: int | None, field: str, part: str | None) -> bool:
    return (
        (page is None or (where.page or 1) == page)
        and (not field or where.field == field)
        and (part is None or where.part == part)
    )


def _reason(finding: Finding, where: Where) -> Reason | None:
    """The reason that a place belongs to: the one its `rule` names (`code` or `code#2`), else the finding's first."""
    return finding.reasons[reason_at(finding, where) or 0] if finding.reasons else None


def picture(
    src: str, width: float, height: float, marks: Sequence[Mark], alt: str, heats: Sequence[tuple[str, str]] = ()
) -> Markup:
    """A picture of this many pixels with a numbered box for each mark, and the list of what they say. Boxes of which the
    same is said have one number. `heats`: (address, label) of transparent pictures, four at most, that a reader lays over it
    by a switch; none lies there at first."""
    boxes = [mark for mark in marks if mark.box is not None]
    size = max(width, height) / 45
    said = {(mark.verdict, mark.text): mark for mark in boxes}
    number = {key: i for i, key in enumerate(said, 1)}
    drawn = "".join(_box(number[mark.verdict, mark.text], mark, size, width, height) for mark in boxes)
    size_said = f'width="{num(width)}" height="{num(height)}"'
    shown = list(enumerate(heats[:MOST_HEATS], 1))
    switches = "".join(
        f'<label><input type="checkbox" class="heat-{i}"> {escape(label)}</label>' for i, (_, label) in shown
    )
    over = "".join(f'<image class="heat heat-{i}" href="{escape(address)}" {size_said}/>' for i, (address, _) in shown)
    return Markup(  # noqa: S704 - made of numbers and escaped text
        f'<figure class="marked">{f"""<div class="heats">{switches}</div>""" if shown else ""}'
        f'<svg class="page" viewBox="0 0 {num(width)} {num(height)}" role="img" '
        f'aria-label="{escape(alt)}"><image href="{escape(src)}" {size_said}/>'
        f"{over}{drawn}</svg>{_list(list(said.values()))}</figure>"
    )


def _box(i: int, mark: Mark, size: float, width: float, height: float) -> str:
    assert mark.box is not None
    x0, y0, x1, y1 = mark.box
    x0, x1 = max(0.0, min(x0, x1)), min(width, max(x0, x1))
    y0, y1 = max(0.0, min(y0, y1)), min(height, max(y0, y1))
    wide, high = max(_SMALLEST, x1 - x0), max(_SMALLEST, y1 - y0)
    # The number stands left of the box, no taller than it, so that marks on every row of a table hide none of them.
    size = max(0.5 * size, min(size, high))
    left, top = max(0.0, x0 - 1.5 * size), max(0.0, min(height - size, (y0 + y1 - size) / 2))
    return (
        f'<g class="mark v-{mark.verdict}"><title>{escape(mark.text)}</title>'
        f'<rect class="box" x="{num(x0)}" y="{num(y0)}" width="{num(wide)}" height="{num(high)}"/>'
        f'<rect class="tab" x="{num(left)}" y="{num(top)}" width="{num(size * 1.4)}" height="{num(size)}"/>'
        f'<text x="{num(left + size * 0.7)}" y="{num(top + size * 0.78)}" font-size="{num(size * 0.8)}" '
        f'text-anchor="middle">{i}</text></g>'
    )


def _list(marks: Sequence[Mark]) -> str:
    """What the numbers stand for."""
    if not marks:
        return ""
    rows = "".join(f'<li class="v-{mark.verdict}"><span>{escape(mark.text)}</span></li>' for mark in marks)
    return f'<figcaption><ol class="marks">{rows}</ol></figcaption>'


def text(content: str, marks: Sequence[Mark]) -> Markup:
    """A text with its marked spans highlighted. Where spans overlap each stretch shows the gravest of them, and its title
    says what all of them say."""
    spans = [(_clip(mark.span, len(content)), mark) for mark in marks if mark.span is not None]
    spans = [(span, mark) for span, mark in spans if span[0] < span[1]]
    edges = sorted({0, len(content), *(edge for span, _ in spans for edge in span)})
    out = []
    for start, stop in pairwise(edges):
        stretch = escape(content[start:stop])
        over = [mark for (a, b), mark in spans if a <= start and stop <= b]
        if over:
            grave = min(over, key=lambda mark: _GRAVE[mark.verdict])
            said = " · ".join(dict.fromkeys(mark.text for mark in over))
            stretch = Markup('<mark class="v-{}" title="{}">{}</mark>').format(grave.verdict, said, stretch)
        out.append(stretch)
    return Markup('<p class="marked-text" dir="auto">{}</p>').format(Markup("").join(out))


def _clip(span: tuple[float, float], length: int) -> tuple[int, int]:
    start, stop = sorted((int(span[0]), int(span[1])))
    return max(0, start), min(length, stop)
