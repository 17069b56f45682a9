"""What the console shows of a journey: its way in metres from where it began (no map, no coordinates), and both sides of every
comparison over time, with the seconds that a reason speaks of. Drawn anew from the kept record, in numbers of the drawing's units.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import UnreadableInput
from assay.core.finding import Finding, reason_at
from assay.kinds.vehicles.trips.agreement import NAMES, Compared
from assay.kinds.vehicles.trips.judge import judge
from assay.kinds.vehicles.trips.motion import Motion
from assay.kinds.vehicles.trips.usual import JUDGED, MOST

WIDE, TALL = 640.0, 400.0  # of the way
LONG, HIGH = 1000.0, 96.0  # of a curve
POINTS = 700
_MARGIN = 24.0
_LEAST_ACROSS = 200.0  # metres: a car that stood is not drawn as a scribble the size of the page


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`way` (points, spans, ends, bar), `curves` (name, lines, unit), `lanes` (code, spans), `numbers` (name, value, surprise),
    `facts`; empty where the record is gone or cannot be read."""
    from assay.kinds.vehicles.trips.reading import read

    content = next((one.content for one in exhibits if one.content), b"")
    lanes, seconds = _lanes(decision.findings)
    if not content:
        return {"kept": False, "lanes": lanes, "seconds": seconds}
    usual, honest = _usual()
    try:
        track, _ = read(content)
        judged = judge(track, usual)
    except (UnreadableInput, ValueError):
        return {"kept": True, "lanes": lanes, "seconds": seconds}
    if judged.motion is None:
        return {"kept": True, "lanes": lanes, "seconds": seconds}
    m = judged.motion
    seconds = max(seconds, float(m.time[-1] - m.time[0]))
    spans = sorted({span for lane in lanes for span in lane["at"]})
    return {
        "kept": True, "seconds": seconds, "way": _way(m, spans), "curves": _curves(m, judged.compared, seconds),
        "shade": [_box(a, b, seconds) for a, b in _merged(spans)],
        "lanes": [lane | {"spans": [_box(a, b, seconds) for a, b in lane["at"]]} for lane in lanes],
        "ticks": [{"x": _x(t, seconds), "at": _clock(t)} for t in _ticks(seconds)],
        "numbers": _numbers(judged.rows, usual), "score": None if judged.score != judged.score else round(judged.score, 1),
        "facts": {
            "kilometres": round(judged.length, 1), "minutes": round(float(m.time[-1] - m.time[0]) / 60, 1), "compared": round(judged.minutes, 1),
            "rate": round(m.rate), "lag": m.lag, "honest": honest, "sha256": hashlib.sha256(content).hexdigest(),
        },
    }  # fmt: skip


def _usual() -> tuple[Any, str]:
    from assay.kinds.vehicles.trips.detector import SHIPPED
    from assay.kinds.vehicles.trips.model import open_models

    usual, _, honest = open_models(None, SHIPPED)
    return usual, honest


def _lanes(findings: Sequence[Finding]) -> tuple[list[dict[str, Any]], float]:
    """One for each reason that names seconds, and the last second named."""
    lanes: dict[str, dict[str, Any]] = {}
    last = 0.0
    for finding in findings:
        for where in finding.where:
            at = reason_at(finding, where)
            if where.span is None or at is None:
                continue
            code = finding.reasons[at].code
            lane = lanes.setdefault(code, {"code": code, "verdict": finding.verdict, "at": []})
            lane["at"].append((float(where.span[0]), float(where.span[1])))
            last = max(last, float(where.span[1]))
    return list(lanes.values()), last


def _way(m: Motion, spans: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """The path as points, what is told of it as lines over it, both ends, and a bar that says how long a stretch is."""
    known = np.isfinite(m.x) & np.isfinite(m.y)
    x, y, t = m.x[known], m.y[known], m.time[known]
    if len(x) < 2:
        return {}
    across = max(float(np.ptp(x)), float(np.ptp(y)) * WIDE / TALL, _LEAST_ACROSS)
    scale = (WIDE - 2 * _MARGIN) / across
    middle = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
    px, py = WIDE / 2 + (x - middle[0]) * scale, TALL / 2 - (y - middle[1]) * scale
    step = max(1, len(px) // POINTS)
    told = []
    for start, stop in _merged(spans)[:20]:
        inside = (t >= start) & (t <= stop)
        if 2 <= inside.sum() < len(t):
            told.append(
                _points(
                    px[inside][:: max(1, int(inside.sum()) // 200)], py[inside][:: max(1, int(inside.sum()) // 200)]
                )
            )
    bar = _round_length(across / 4)
    return {
        "points": _points(np.append(px[::step], px[-1]), np.append(py[::step], py[-1])), "told": told,
        "start": [round(float(px[0]), 1), round(float(py[0]), 1)], "end": [round(float(px[-1]), 1), round(float(py[-1]), 1)],
        "bar": round(bar * scale, 1), "length": f"{bar / 1000:g} km" if bar >= 1000 else f"{bar:g} m",
    }  # fmt: skip


def _merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans in order as stretches that do not overlap."""
    out: list[tuple[float, float]] = []
    for start, stop in spans:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], stop))
        else:
            out.append((start, stop))
    return out


def _round_length(metres: float) -> float:
    power = 10.0 ** np.floor(np.log10(max(metres, 1.0)))
    return float(max(step for step in (1.0, 2.0, 5.0, 10.0) if step * power <= max(metres, power)) * power)


def _curves(m: Motion, c: Compared | None, seconds: float) -> list[dict[str, Any]]:
    """Claimed and felt, or claimed and said: each on one scale."""
    pairs: list[tuple[str, np.ndarray, np.ndarray]] = [("speed", m.speed * 3.6, m.said * 3.6)]
    if c is not None:
        pairs += [("turn", m.turn, np.where(np.isfinite(m.turn), m.yaw, np.nan)), ("push", c.claimed_push, c.felt_push)]
    out = []
    for name, claimed, felt in pairs:
        both = np.concatenate([claimed[np.isfinite(claimed)], felt[np.isfinite(felt)]])
        if not len(both):
            continue
        low, high = (
            (0.0, float(both.max()))
            if name == "speed"
            else (float(np.quantile(both, 0.002)), float(np.quantile(both, 0.998)))
        )
        high = max(high, low + 1.0)
        lines = [
            {"who": who, "points": points}
            for who, values in (("claimed", claimed), ("said" if name == "speed" else "felt", felt))
            if (points := _line(m.time, values, low, high, seconds))
        ]
        zero = round(HIGH * (1 - (0 - low) / (high - low)), 1)
        out.append(
            {
                "name": name,
                "lines": lines,
                "high": round(high, 1),
                "low": round(low, 1),
                "zero": min(HIGH, max(0.0, zero)),
            }
        )
    return out


def _line(time: np.ndarray, values: np.ndarray, low: float, high: float, seconds: float) -> str:
    """Means of equal stretches of time, at most `POINTS`."""
    n = min(POINTS, len(time))
    place = np.minimum((np.arange(len(time)) * n) // len(time), n - 1)
    known = np.isfinite(values)
    count = np.bincount(place[known], minlength=n)
    if not count.any():
        return ""
    mean = np.bincount(place[known], values[known], n) / np.maximum(count, 1)
    at = np.bincount(place, time, n) / np.maximum(np.bincount(place, minlength=n), 1)
    kept = count > 0
    y = HIGH * (1 - np.clip((mean[kept] - low) / (high - low), 0, 1))
    return _points(np.clip((at[kept] - time[0]) / max(seconds, 1) * LONG, 0, LONG), y)


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def _numbers(rows: dict[str, float], usual: Any) -> list[dict[str, Any]]:
    """The numbers of the whole journey, most surprising first; `share` of the greatest surprise there is."""
    if not rows:
        return []
    row = np.array([[rows.get(name, np.nan) for name in NAMES]])
    surprises = usual.surprises(row, "stretch")[0]
    told = [
        {
            "name": name,
            "value": round(rows[name], 2),
            "surprise": round(float(s), 1),
            "share": max(0.0, float(s)) / MOST,
        }
        for name, s in zip(JUDGED, surprises.tolist(), strict=True)
        if s == s and name in rows
    ]
    return sorted(told, key=lambda n: -float(n["surprise"]))


def _x(t: float, seconds: float) -> float:
    return round(LONG * t / max(seconds, 1.0), 1)


def _box(start: float, stop: float, seconds: float) -> dict[str, Any]:
    x = _x(start, seconds)
    return {
        "x": x,
        "width": max(4.0, round(min(LONG, _x(stop, seconds)) - x, 1)),
        "start": _clock(start),
        "stop": _clock(stop),
    }


def _clock(t: float) -> str:
    return f"{int(t) // 60}:{int(t) % 60:02d}"


def _ticks(seconds: float) -> list[float]:
    step = next(s for s in (60, 120, 300, 600, 1800, 3600, 7200, 43_200, 1e9) if seconds / s <= 8)
    return [float(t) for t in np.arange(0, seconds + 1, step)]


__all__ = ["view"]
