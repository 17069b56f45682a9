"""Charts as SVG text. Numbers come in, `Markup` goes out; nothing here knows of pages, languages or storage.

Colours are classes that the stylesheet fills in, so one drawing serves light and dark. Every chart carries the sentence
that a screen reader says instead (`label`), and shapes repeat what colours say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from assay.core.clock import DAY, HOUR, MINUTE, moment
from assay.core.decision import OUTCOMES


class Event(NamedTuple):
    """One mark of a timeline: when (microseconds), how much, its outcome, where it leads, what it is called, and whether it
    is known to have been fraud."""

    time: int
    value: float
    outcome: str
    href: str
    text: str
    fraud: bool = False


class Bin(NamedTuple):
    """One bin of a calibration plot: mean prediction, observed share, how many rows."""

    predicted: float
    observed: float
    rows: int


def svg(width: float, height: float, body: str, label: str, kind: str) -> Markup:
    """The frame every chart shares: it scales with its column and says what it shows."""
    return Markup(  # noqa: S704 - made of numbers and escaped text
        f'<svg class="chart {kind}" viewBox="0 0 {num(width)} {num(height)}" width="{num(width)}" height="{num(height)}" '
        f'preserveAspectRatio="xMinYMid" role="img" aria-label="{escape(label)}">{body}</svg>'
    )


def num(value: float) -> str:
    """A coordinate: at most one decimal, no trailing zero.

    >>> num(12.0), num(3.14159)
    ('12', '3.1')
    """
    return f"{value:.1f}".removesuffix(".0")


def short(value: float) -> str:
    """A number as an axis or a narrow table shows it.

    >>> short(0), short(0.0312), short(12.3456), short(1520), short(2_400_000), short(999_999_999)
    ('0', '0.031', '12.3', '1.5k', '2.4M', '1G')
    """
    size = abs(value)
    if not math.isfinite(value):
        return "–"
    for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= 0.99995 * limit:  # what would be told as 1000 of the smaller one
            return f"{value / limit:.1f}".removesuffix(".0") + unit
    if size >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2g}"


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) that cover low..high.

    >>> ticks(0, 180)
    [0.0, 50.0, 100.0, 150.0]
    """
    if high - low < 1e-300:  # a step between them would be no number
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [float(i * step) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def mark(outcome: str, x: float, y: float, r: float) -> str:
    """An outcome's shape: allow a ring, challenge a diamond, review a triangle, block a square."""
    kind = f'class="mark o-{escape(outcome)}"'
    if outcome == "challenge":
        d = r * 1.25
        return f'<path {kind} d="M{num(x)} {num(y - d)}L{num(x + d)} {num(y)}L{num(x)} {num(y + d)}L{num(x - d)} {num(y)}Z"/>'
    if outcome == "review":
        d = r * 1.2
        return f'<path {kind} d="M{num(x)} {num(y - d)}L{num(x + d)} {num(y + d * 0.8)}L{num(x - d)} {num(y + d * 0.8)}Z"/>'
    if outcome == "block":
        d = r * 0.95
        return f'<rect {kind} x="{num(x - d)}" y="{num(y - d)}" width="{num(2 * d)}" height="{num(2 * d)}"/>'
    return f'<circle {kind} cx="{num(x)}" cy="{num(y)}" r="{num(r)}"/>'


def icon(outcome: str, size: int = 14) -> Markup:
    """The same shape beside a word; hidden from screen readers, since the word says it."""
    body = mark(outcome, 8, 8, 5.4)
    return Markup(  # noqa: S704 - made of numbers and escaped text
        f'<svg class="icon" viewBox="0 0 16 16" width="{size}" height="{size}" aria-hidden="true">{body}</svg>'
    )


def sparkline(values: Sequence[float], label: str, width: int = 120, height: int = 24) -> Markup:
    """A line without axes over equally spaced values; the last one is marked."""
    if not values:
        return svg(width, height, "", label, "sparkline")
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (width - 6) / max(1, len(values) - 1)
    at = [(3 + i * step, height - 3 - (v - low) / span * (height - 6)) for i, v in enumerate(values)]
    line = " ".join(f"{num(x)},{num(y)}" for x, y in at)
    x, y = at[-1]
    return svg(
        width, height,
        f'<polyline class="line" points="{line}"/><circle class="dot" cx="{num(x)}" cy="{num(y)}" r="2.2"/>',
        label, "sparkline",
    )  # fmt: skip


def weight(value: float, scale: float, label: str, width: int = 160) -> Markup:
    """One reason's weight as a bar from the middle: to the right it speaks for fraud, to the left against it.

    `scale` is the largest absolute weight of the list, so that bars of one list compare.
    """
    half = width / 2
    size = min(1.0, abs(value) / scale if scale else 0.0) * (half - 2)
    x = half if value >= 0 else half - size
    side = "for" if value >= 0 else "against"
    return svg(
        width, 14,
        f'<path class="axis" d="M{num(half)} 0V14"/>'
        f'<rect class="{side}" x="{num(x)}" y="3" width="{num(max(size, 1))}" height="8" rx="1.5"/>',
        label, "weight",
    )  # fmt: skip


def strength(value: float, label: str, width: int = 160) -> Markup:
    """A strength from 0 to 1 as a bar from the left, for reasons that no model weighed."""
    size = min(1.0, max(0.0, value)) * width
    return svg(
        width, 14,
        f'<rect class="track" x="0" y="5" width="{width}" height="4" rx="2"/>'
        f'<rect class="for" x="0" y="3" width="{num(max(size, 1))}" height="8" rx="1.5"/>',
        label, "weight",
    )  # fmt: skip


def chance(probability: float, label: str, width: int = 56) -> Markup:
    """A probability as a short bar, square-root scaled so that one in a hundred can be seen."""
    size = math.sqrt(min(1.0, max(0.0, probability))) * width
    return svg(
        width, 6,
        f'<rect class="track" x="0" y="0" width="{width}" height="6" rx="3"/>'
        f'<rect class="value" x="0" y="0" width="{num(max(size, 3))}" height="6" rx="3"/>',
        label, "chance",
    )  # fmt: skip


def strip(value: float, low: float, middle: float, high: float, label: str, width: int = 200) -> Markup:
    """A value against what is usual: the band is p05 to p95, the tick p50, the mark this value.

    A value more than two band widths beyond the band is drawn at the edge as an arrow: off the scale.
    """
    reach = (high - low) or abs(high) or 1.0
    left, right = min(low - reach * 0.15, value), max(high + reach * 0.15, value)
    edge = 0
    if value > high + 2 * reach:
        right, edge = high + 2 * reach, 1
    elif value < low - 2 * reach:
        left, edge = low - 2 * reach, -1
    span = (right - left) or 1.0

    def at(v: float) -> float:
        return 6 + (v - left) / span * (width - 12)

    usual = low <= value <= high
    kind = "inside" if usual else "outside"
    if edge:
        x = width - 2 if edge > 0 else 2
        d = -9 if edge > 0 else 9
        shape = f'<path class="here {kind}" d="M{x} 9L{x + d} 3V15Z"/>'
    else:
        shape = f'<circle class="here {kind}" cx="{num(at(value))}" cy="9" r="5"/>'
    band = max(2.0, at(high) - at(low))
    return svg(
        width, 18,
        f'<path class="axis" d="M2 9H{width - 2}"/>'
        f'<rect class="band" x="{num(at(low))}" y="4" width="{num(band)}" height="10" rx="2"/>'
        f'<path class="middle" d="M{num(at(middle))} 3V15"/>{shape}',
        label, "strip",
    )  # fmt: skip


def rates(columns: Sequence[Sequence[int]], label: str, width: int = 640, height: int = 56) -> Markup:
    """Stacked bars over equal steps of time, oldest first: `columns[i]` counts outcomes in the order of `OUTCOMES`.

    What was not allowed is drawn at no less than two pixels: it is rare, and what people look for.
    """
    top = max((sum(c) for c in columns), default=0) or 1
    step = width / max(1, len(columns))
    body = [f'<path class="axis" d="M0 {height - 0.5}H{width}"/>']
    for i, counts in enumerate(columns):
        y = height - 1.0
        for name, count in reversed(list(zip(OUTCOMES, counts, strict=True))):
            if not count:
                continue
            tall = count / top * (height - 4)
            tall = max(tall, 1.0 if name == "allow" else 2.0)
            y = max(0.0, y - tall)
            body.append(
                f'<rect class="o-{name}" x="{num(i * step + 0.5)}" y="{num(y)}" width="{num(step - 1)}" height="{num(tall)}"/>'
            )
    return svg(width, height, "".join(body), label, "rates")


def timeline(events: Sequence[Event], label: str, width: int = 760, height: int = 220) -> Markup:
    """What an entity did: a stem for each event, as high as its value, headed by its outcome's shape; a mere line where none has one.

    Heads that stand for something other than allow link to their decision, drawn last so that nothing hides them.
    """
    left, right, top, bottom = 44, 10, 18, 26
    if not events:
        return svg(width, height, "", label, "timeline")
    first, last = min(e.time for e in events), max(e.time for e in events)
    pad = max((last - first) // 40, MINUTE)
    first, last = first - pad, last + pad
    peak = max((e.value for e in events if math.isfinite(e.value)), default=0.0)
    height = height if peak else top + bottom + 40
    wide, tall = width - left - right, height - top - bottom

    def x(t: int) -> float:
        return left + (t - first) / (last - first) * wide

    def y(v: float) -> float:
        return top + tall - (v if math.isfinite(v) else 0.0) / (peak * 1.06 or 1.0) * tall

    body = [] if peak else [f'<path class="grid" d="M{left} {num(y(0))}H{width - right}"/>']
    for v in ticks(0, peak * 1.06, 4) if peak else ():
        body.append(f'<path class="grid" d="M{left} {num(y(v))}H{width - right}"/>')
        body.append(f'<text class="tick end" x="{left - 6}" y="{num(y(v) + 3.5)}">{short(v)}</text>')
    for t, text in calendar(first, last, wide):
        body.append(f'<path class="grid" d="M{num(x(t))} {top}V{height - bottom + 4}"/>')
        body.append(f'<text class="tick middle" x="{num(x(t))}" y="{height - 8}">{text}</text>')
    for e in sorted(events, key=lambda e: (OUTCOMES.index(e.outcome) if e.outcome in OUTCOMES else 0, e.time)):
        ex, ey = x(e.time), y(e.value)
        stem = f'<path class="stem o-{escape(e.outcome)}" d="M{num(ex)} {num(y(0))}V{num(ey)}"/>'
        head = mark(e.outcome, ex, ey, 2.6 if e.outcome == "allow" else 4.6)
        if e.fraud:
            head += f'<path class="fraud" d="M{num(ex - 4)} {num(ey - 15)}l8 8m0 -8l-8 8"/>'
        body.append(f'{stem}<a href="{escape(e.href)}" tabindex="-1"><title>{escape(e.text)}</title>{head}</a>')
    return svg(width, height, "".join(body), label, "timeline")


def calendar(first: int, last: int, wide: float) -> list[tuple[int, str]]:
    """Moments to name under a time axis: about one each 90 pixels, on whole minutes, hours or days of UTC, however long it is."""
    steps = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR]
    steps += [DAY * d for d in (1, 2, 7, 14, 28, 91, 182, 365, 1826, 3652)]
    step = next((s for s in steps if (last - first) / s <= wide / 90), DAY * 36525)
    shape = "%H:%M" if step < DAY else "%m-%d" if step < 91 * DAY else "%Y-%m"
    start = -(-first // step) * step
    return [(t, moment(t).strftime(shape)) for t in range(start, last, step)]


class _Frame:
    """Axes of a square plot; both scales run from `low` to 1, linear or logarithmic."""

    def __init__(self, width: int, height: int, low: float, log: bool, x_name: str, y_name: str) -> None:
        self.width, self.height, self.low, self.log = width, height, low, log
        self.left, self.right, self.top, self.bottom = 50, 18, 10, 42
        self.body: list[str] = []
        marks = [10.0**p for p in range(round(math.log10(low)), 1)] if log else [0, 0.25, 0.5, 0.75, 1]
        foot = height - self.bottom
        for v in marks:
            self.body.append(f'<path class="grid" d="M{self.left} {num(self.y(v))}H{width - self.right}"/>')
            self.body.append(f'<path class="grid" d="M{num(self.x(v))} {self.top}V{foot}"/>')
            self.body.append(
                f'<text class="tick end" x="{self.left - 6}" y="{num(self.y(v) + 3.5)}">{escape(percent(v))}</text>'
            )
            self.body.append(
                f'<text class="tick middle" x="{num(self.x(v))}" y="{foot + 15}">{escape(percent(v))}</text>'
            )
        centre = (self.top + foot) / 2
        self.body.append(
            f'<text class="name middle" x="{num((self.left + width) / 2)}" y="{height - 6}">{escape(x_name)}</text>'
        )
        self.body.append(
            f'<text class="name middle" transform="translate(9 {num(centre)}) rotate(-90)">{escape(y_name)}</text>'
        )

    def _share(self, v: float) -> float:
        if not self.log:
            return min(1.0, max(0.0, v))
        return math.log10(min(1.0, max(self.low, v)) / self.low) / -math.log10(self.low)

    def x(self, v: float) -> float:
        return self.left + self._share(v) * (self.width - self.left - self.right)

    def y(self, v: float) -> float:
        return self.height - self.bottom - self._share(v) * (self.height - self.top - self.bottom)


def percent(p: float) -> str:
    """A share for people.

    >>> percent(0.5), percent(0.0123), percent(0.001), percent(0.00004), percent(0.996), percent(1)
    ('50%', '1.2%', '0.1%', '<0.01%', '99.6%', '100%')
    """
    if 0 < p < 0.0001:
        return "<0.01%"
    if 0.9995 <= p < 1:
        return ">99.9%"
    places = 1 if 0.01 <= p < 0.1 or 0.99 < p < 1 else 2 if 0 < p < 0.01 else 0
    text = f"{p * 100:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def calibration(
    bins: Sequence[Bin], label: str, x_name: str, y_name: str, width: int = 380, height: int = 320
) -> Markup:
    """Observed share of fraud against the predicted one, logarithmic where predictions span over two powers of ten.

    On the diagonal a prediction means what it says. A dot's area grows with its rows; the bar is the 95 % Wilson
    interval of the observed share.
    """
    kept = [b for b in bins if b.rows > 0]
    smallest = min((b.predicted for b in kept if b.predicted > 0), default=0.1)
    log = smallest < 0.01
    low = max(1e-5, 10.0 ** math.floor(math.log10(smallest))) if log else 0.0
    frame = _Frame(width, height, low, log, x_name, y_name)
    body = frame.body
    body.append(
        f'<path class="ideal" d="M{num(frame.x(low))} {num(frame.y(low))}L{num(frame.x(1))} {num(frame.y(1))}"/>'
    )
    most = max((b.rows for b in kept), default=1)
    points = " ".join(f"{num(frame.x(b.predicted))},{num(frame.y(b.observed))}" for b in kept)
    body.append(f'<polyline class="line faint" points="{points}"/>')
    for b in kept:
        under, over = wilson(b.observed, b.rows)
        at = num(frame.x(b.predicted))
        body.append(f'<path class="interval" d="M{at} {num(frame.y(under))}V{num(frame.y(over))}"/>')
        r = 2.5 + 3.5 * math.sqrt(math.log1p(b.rows) / math.log1p(most))
        body.append(
            f'<circle class="dot" cx="{at}" cy="{num(frame.y(b.observed))}" r="{num(r)}">'
            f"<title>{escape(percent(b.predicted))} → {escape(percent(b.observed))}, n = {b.rows:,}</title></circle>"
        )
    return svg(width, height, "".join(body), label, "plot")


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share seen in n rows (Wilson 1927)."""
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def precision_recall(
    recall: Sequence[float], precision: Sequence[float], label: str, x_name: str, y_name: str,
    base: float | None = None, width: int = 380, height: int = 320,
) -> Markup:  # fmt: skip
    """Precision over recall; `base`, the share of fraud, is the precision of guessing."""
    frame = _Frame(width, height, 0.0, False, x_name, y_name)
    body = frame.body
    if base is not None:
        body.append(f'<path class="ideal" d="M{frame.left} {num(frame.y(base))}H{width - frame.right}"/>')
    at = [(frame.x(r), frame.y(p)) for r, p in sorted(zip(recall, precision, strict=True))]
    if at:
        line = " ".join(f"{num(x)},{num(y)}" for x, y in at)
        floor = num(frame.y(0))
        body.append(
            f'<path class="area" d="M{num(at[0][0])} {floor}L{line.replace(" ", "L")}L{num(at[-1][0])} {floor}Z"/>'
        )
        body.append(f'<polyline class="line" points="{line}"/>')
    return svg(width, height, "".join(body), label, "plot")
