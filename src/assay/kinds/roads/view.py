"""What the console shows of a doubtful road message: the scene around it replayed in moments drawn side by side, the tracks that led
there, speeds as stated against speeds that positions give, and the report a misbehaviour authority would get.

Drawn from the finding alone, in metres from where the message says it was; nothing is fetched and no map is needed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.kinds.roads.report import report_of

SIDE = 360.0  # units of the drawing's side
MOMENTS = (6.0, 3.0, 1.0, 0.0)  # seconds before the message
_LEAST, _MOST = 25.0, 120.0  # metres from the middle to the edge
_WIDE, _TALL = 360.0, 170.0  # units of the chart of speeds
_CAR = (4.6, 1.9)  # metres, where a message does not say
_FRESH = 1.6  # seconds within which a place still counts as the one at a moment
Track = list[tuple[float, float, float, float, float]]


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`scene` (side, bar: units and metres, tracks: role and points, cars: role and transform, dots), `moments` (seconds, cars),
    `speeds` (stated, moved: points; most), `report` as text. Without a scene on record only the report."""
    found = _scene(decision)
    out: dict[str, Any] = {"report": json.dumps(report_of(decision), indent=1, ensure_ascii=False)}
    if found is None:
        return out
    me, others, like = found
    reach = _reach(me)
    scale = SIDE / 2 / reach
    roles = [("like" if n == like else "other", track) for n, track in enumerate(others)] + [("me", me)]
    out["scene"] = {
        "side": SIDE, "bar": _bar(reach, scale),
        "tracks": [{"role": role, "points": line} for role, track in roles for line in _lines(track, scale, reach)],
        "dots": [{"x": _x(p, scale), "y": _y(p, scale), "at": p[0]} for p in me if _inside(p, reach)],
        "cars": _cars(roles, 0.0, scale, reach),
    }  # fmt: skip
    out["moments"] = [
        {"seconds": f"{seconds:g}", "cars": cars}
        for seconds in MOMENTS
        if (cars := _cars(roles, seconds, scale, reach, 26.0)) or seconds == 0.0
    ]
    out["speeds"] = _speeds(me)
    return out


def _scene(decision: Decision) -> tuple[Track, list[Track], int | None] | None:
    """The tracks on record: the sender's, others', and which of these moves as it does."""
    for finding in decision.findings:
        for reason in finding.reasons:
            scene = reason.values.get("scene")
            if isinstance(scene, dict):
                me = _track(scene.get("me"))
                others = [_track(one) for one in scene.get("others", [])[:12]]
                like = scene.get("like")
                return (me, others, like if isinstance(like, int) else None) if me else None
    return None


def _track(told: Any) -> Track:
    """(seconds before, x and y in metres, heading in degrees, m/s), oldest first; what cannot be drawn is left out."""
    out: Track = []
    for point in told[:40] if isinstance(told, list) else ():
        try:
            at, x, y, heading, speed = (float(v) for v in point)
        except (TypeError, ValueError):
            continue
        if all(map(math.isfinite, (at, x, y, heading, speed))):
            out.append((at, x / 10, y / 10, heading, speed))
    return out


def _reach(me: Track) -> float:
    """Metres to the edge: enough for the sender's own track where that is near."""
    far = [max(abs(p[1]), abs(p[2])) for p in me]
    near = [d for d in far if d <= _MOST]
    return min(_MOST, max(_LEAST, 1.25 * max(near, default=_LEAST)))


def _inside(p: Sequence[float], reach: float) -> bool:
    return max(abs(p[1]), abs(p[2])) <= reach


def _x(p: Sequence[float], scale: float) -> float:
    return round(SIDE / 2 + p[1] * scale, 1)


def _y(p: Sequence[float], scale: float) -> float:
    return round(SIDE / 2 - p[2] * scale, 1)


def _lines(track: Track, scale: float, reach: float) -> list[str]:
    """The track within the frame, broken where it leaves it."""
    lines: list[list[str]] = [[]]
    for p in track:
        if _inside(p, reach):
            lines[-1].append(f"{_x(p, scale)},{_y(p, scale)}")
        elif lines[-1]:
            lines.append([])
    return [" ".join(line) for line in lines if len(line) > 1]


def _cars(
    roles: Sequence[tuple[str, Track]], seconds: float, scale: float, reach: float, least: float = 12.0
) -> list[dict[str, Any]]:
    """Every car's body at a moment: its last message not later than that, moved on by its speed; at least so many units long."""
    cars = []
    for role, track in roles:
        last = next((p for p in reversed(track) if p[0] >= seconds - 0.05), None)
        if last is None or last[0] - seconds > _FRESH:
            continue
        ahead = last[4] * max(0.0, last[0] - seconds)
        turned = math.radians(last[3])
        at = (0.0, last[1] + ahead * math.sin(turned), last[2] + ahead * math.cos(turned))
        if _inside(at, reach):
            place = f"translate({_x(at, scale)} {_y(at, scale)}) rotate({last[3]:g})"
            cars.append({"role": role, "place": place, "long": round(max(least, _CAR[0] * scale), 1),
                         "wide": round(max(0.5 * least, _CAR[1] * scale), 1)})  # fmt: skip
    return cars


def _bar(reach: float, scale: float) -> dict[str, float]:
    metres = next(m for m in (50, 20, 10, 5) if m <= reach / 2)
    return {"metres": metres, "units": round(metres * scale, 1)}


def _speeds(me: Track) -> dict[str, Any]:
    """Stated speed at each message, and the way gone since the one before over the time."""
    if len(me) < 2:
        return {}
    stated = [(p[0], p[4]) for p in me]
    moved = [
        (b[0], math.hypot(b[1] - a[1], b[2] - a[2]) / (a[0] - b[0])) for a, b in pairwise(me) if a[0] - b[0] > 0.05
    ]
    most = max([10.0, *(v for _, v in stated), *(min(v, 80.0) for _, v in moved)])
    span = max(me[0][0], 0.1)

    def points(curve: list[tuple[float, float]]) -> str:
        return " ".join(f"{_WIDE * (1 - at / span):.1f},{_TALL * (1 - min(v, most) / most):.1f}" for at, v in curve)

    return {
        "stated": points(stated), "moved": points(moved), "most": round(most), "span": round(span, 1), "wide": _WIDE, "tall": _TALL,
        "capped": any(v > most for _, v in moved),
    }  # fmt: skip


__all__ = ["view"]
