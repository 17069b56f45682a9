"""The stages of an attack as pictures: a row of small squares for a list, and lanes along time for a case's page.

Numbers come in, `Markup` goes out. Severity has a shape as well as a colour: ring, dot, diamond, square.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from assay.console.charts import calendar, num, svg
from assay.core.clock import MINUTE
from assay.core.tactics import TACTICS

HELD = tuple(tactic for tactic in TACTICS if tactic != "defense-evasion")  # what it was divided into has its own
SQUARE, GAP, LANE = 9, 3, 34


class Mark(NamedTuple):
    """One finding: when (microseconds), how severe, where it leads, what it is called."""

    time: int
    severity: str
    href: str
    text: str


class Lane(NamedTuple):
    """A stage: its name for people, and its findings."""

    name: str
    marks: Sequence[Mark]


def squares(tactics: Collection[str], label: str) -> Markup:
    """A square for each stage of an attack in its order, filled where it was reached. `label` says which."""
    reached = set(tactics)
    held = [tactic in reached or (tactic == "stealth" and "defense-evasion" in reached) for tactic in HELD]
    body = "".join(
        f'<rect class="{"reached" if hit else "track"}" x="{i * (SQUARE + GAP)}" y="0" width="{SQUARE}" height="{SQUARE}" rx="1.5"/>'
        for i, hit in enumerate(held)
    )
    return svg(len(HELD) * (SQUARE + GAP) - GAP, SQUARE, body, label, "squares")


def lanes(stages: Sequence[Lane], label: str, width: int = 1160) -> Markup:
    """Lanes one below the other in the order of an attack, findings along time from left to right."""
    every = [mark for lane in stages for mark in lane.marks]
    left, right, top = (168 if width > 500 else 16), 16, 8
    each = LANE if width > 500 else LANE + 14
    height = top + each * max(1, len(stages)) + 26
    if not every:
        return svg(width, height, "", label, "lanes")
    first, last = min(m.time for m in every), max(m.time for m in every)
    pad = max((last - first) // 40, MINUTE)
    first, last = first - pad, last + pad
    wide, foot = width - left - right, height - 22

    def x(time: int) -> float:
        return left + (time - first) / (last - first) * wide

    body = []
    for time, text in calendar(first, last, wide):
        body.append(f'<path class="grid" d="M{num(x(time))} {top}V{foot}"/>')
        body.append(f'<text class="tick middle" x="{num(x(time))}" y="{height - 6}">{text}</text>')
    for i, lane in enumerate(stages):
        y = top + each * i + each / 2 + (0 if width > 500 else 7)
        body.append(f'<path class="lane" d="M{left} {num(y)}H{width - right}"/>')
        if width > 500:
            body.append(f'<text class="name end" x="{left - 12}" y="{num(y + 4)}">{escape(lane.name)}</text>')
        else:
            body.append(f'<text class="name" x="{left}" y="{num(y - 12)}">{escape(lane.name)}</text>')
        body += [_mark(mark, x(mark.time), y) for mark in sorted(lane.marks, key=_order)]
    return svg(width, height, "".join(body), label, "lanes")


_GRADES = ("informational", "low", "medium", "high", "critical")


def _order(mark: Mark) -> tuple[int, int]:
    """The gravest last, so drawn on top."""
    return (_GRADES.index(mark.severity) if mark.severity in _GRADES else 0, mark.time)


def _mark(mark: Mark, x: float, y: float) -> str:
    return (
        f'<a href="{escape(mark.href)}" tabindex="-1" class="sev-{escape(mark.severity)}"><title>{escape(mark.text)}</title>'
        f"{_SHAPES.get(mark.severity, _ring)(x, y)}</a>"
    )


def _ring(x: float, y: float) -> str:
    return f'<circle class="ring" cx="{num(x)}" cy="{num(y)}" r="4"/>'


def _dot(x: float, y: float) -> str:
    return f'<circle class="dot" cx="{num(x)}" cy="{num(y)}" r="4.5"/>'


def _diamond(x: float, y: float) -> str:
    return f'<path class="dot" d="M{num(x)} {num(y - 6.5)}l6.5 6.5l-6.5 6.5l-6.5 -6.5Z"/>'


def _square(x: float, y: float) -> str:
    return f'<rect class="dot" x="{num(x - 6)}" y="{num(y - 6)}" width="12" height="12" rx="1"/>'


_SHAPES: dict[str, Callable[[float, float], str]] = {
    "informational": _ring, "low": _ring, "medium": _dot, "high": _diamond, "critical": _square,
}  # fmt: skip


def key(severity: str) -> Markup:
    """The shape of a severity, beside its word."""
    shape = _SHAPES.get(severity, _ring)(8, 8)
    return Markup(  # noqa: S704 - made of numbers
        f'<svg class="icon lanes sev-{escape(severity)}" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">{shape}</svg>'
    )
