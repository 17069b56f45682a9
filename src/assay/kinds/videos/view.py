"""What the console shows of a film: some of its frames over time, what detectors said of which seconds, curves, and what the
container says. The file is opened anew, within bounds of its own; curves of networks are those recorded with the findings.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import NotFound, UnreadableInput
from assay.core.finding import Finding, reason_at
from assay.kinds.videos.media import media_of

FRAMES = 12
SIDE = 640  # pixels of a shown frame's longer side
SECONDS = 25.0  # by the clock, for all of it
CHEAP = 1.5e9  # pixels of a film whose every frame is sketched once more, for the curve of motion
POINTS = 240  # of a curve
_TALL, _WIDE = 100.0, 1000.0  # the drawing's own units
_QUALITY = 82


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`kept`: is the file still there; `seconds`; `frames` (number, at, x, and boxes that findings name there); `lanes` one for each reason that names seconds
    (code, verdict, spans with x, width, start, stop); `curves` (name, points, values); `cuts` (x, at); `ticks`; `facts`."""
    content = next((one.content for one in exhibits if one.content), b"")
    shown = _shown(content) if content else None
    told = _curves(decision.findings)
    ends = [span[1] for finding in decision.findings for w in finding.where if (span := w.span)]
    ends += [at for curve in told.values() for at, _ in curve]
    seconds = max([shown.seconds if shown else 0.0, *ends], default=0.0)
    curves = [_drawn(name, curve, seconds) for name, curve in told.items()]
    if shown is not None and shown.motion:
        curves.insert(0, _drawn("motion", shown.motion, seconds, top=max(v for _, v in shown.motion)))
    return {
        "kept": bool(content),
        "seconds": seconds,
        "clock": _clock(seconds),
        "frames": _framed(shown.times, decision.findings, seconds) if shown else [],
        "size": [shown.width, shown.height] if shown else [0, 0],
        "lanes": _lanes(decision.findings, seconds),
        "curves": curves,
        "cuts": [{"x": _x(at, seconds), "at": _clock(at)} for at in shown.cuts[:200]] if shown else [],
        "ticks": [{"x": _x(at, seconds), "at": _clock(at)} for at in _ticks(seconds)],
        "facts": shown.facts if shown else {},
    }


def picture(name: str, exhibits: Sequence[Enclosed]) -> bytes:
    """`frame-N` as a JPEG, drawn anew: no byte of the file itself leaves. Raises `NotFound`."""
    content = next((one.content for one in exhibits if one.content), b"")
    what, _, number = name.partition("-")
    if content and what == "frame" and number.isdigit() and len(number) < 4:
        pictures = _shown(content).pictures
        if int(number) < len(pictures):
            return pictures[int(number)]
    raise NotFound(f"no picture {name!r}")


class _Shown:
    """Frames and facts of one film, made once for its page and all its pictures."""

    def __init__(self, content: bytes) -> None:
        from assay.kinds.videos.opened import Opened, Source

        self.times: list[float] = []
        self.pictures: list[bytes] = []
        self.motion: list[tuple[float, float]] = []
        self.cuts: list[float] = []
        self.seconds, self.width, self.height = 0.0, 0, 0
        opened = Opened(Source(content, None, len(content), media_of(content[:65_536])))
        self.facts = {} if opened.problem else facts_told(opened.facts)
        try:
            if not opened.problem:
                self._watch(opened.path, opened.media, opened.facts.seconds)
        except UnreadableInput:
            pass
        finally:
            opened.close()

    def _watch(self, path: Path, media: str, said: float | None) -> None:
        from assay.kinds.videos.continuity import continuity
        from assay.kinds.videos.decode import Film
        from assay.kinds.videos.media import DRAWN
        from assay.kinds.videos.sketch import MAX_FRAMES, Gatherer

        ends = time.monotonic() + SECONDS
        with Film(path, media) as film:
            self.width, self.height = film.width, film.height
            self.seconds = max(said or 0.0, film.seconds)
            if media in DRAWN or self.seconds * (film.rate or 30) * film.width * film.height <= CHEAP:
                gatherer, kept = Gatherer(), list[tuple[float, bytes]]()
                due, step = 0.0, max(self.seconds, 0.5) / FRAMES
                for frame in film.frames(ends=ends):
                    gatherer.add(frame.at, frame.kind, frame.bgr, 0)
                    if frame.at >= due - 1e-3 and len(kept) < 20 * FRAMES:
                        kept.append((frame.at, _jpeg(frame.bgr)))
                        due = frame.at + step
                    if len(gatherer) >= MAX_FRAMES:
                        break
                sketches = gatherer.sketches()
                if len(sketches):
                    self.seconds = max(self.seconds, float(sketches.at[-1]))
                    found = continuity(sketches)
                    self.cuts = list(found.cuts)
                    if found.pictures < 0.9 * found.rate:
                        self.facts["pictures"] = round(found.pictures, 1)
                    if found.steady < 0.9:
                        self.facts["steady"] = f"{100 * found.steady:.0f} %"
                    self.motion = list(zip(sketches.at.tolist(), sketches.motion.tolist(), strict=True))
                chosen = (
                    [kept[i] for i in sorted({round(x) for x in np.linspace(0, len(kept) - 1, FRAMES)})] if kept else []
                )
            else:
                chosen = []
                for i in range(FRAMES):
                    wanted = self.seconds * (i + 0.5) / FRAMES
                    there = next(film.frames(wanted, 60.0, ends=ends), None)
                    if there is not None:
                        chosen.append((there.at, _jpeg(there.bgr)))
        self.times, self.pictures = [at for at, _ in chosen], [drawn for _, drawn in chosen]


@lru_cache(maxsize=1)
def _shown(content: bytes) -> _Shown:
    return _Shown(content)


def facts_told(facts: Any) -> dict[str, Any]:
    """The container's facts as plain values, what is unsaid left out."""
    from assay.kinds.videos.signs import editor_of, generator_of

    video, audio = facts.of("video")[:1], facts.of("audio")[:1]
    told: dict[str, Any] = {
        "seconds": round(facts.seconds, 2) if facts.seconds else None,
        "brand": facts.brand,
        "codec": video[0].codec if video else "",
        "rate": round(video[0].rate, 3) if video and video[0].rate else None,
        "sound": audio[0].codec if audio else "",
        "tools": ", ".join(facts.tools[:3])[:160],
        "encoder": facts.encoder,
        "generator": generator_of(facts.texts),
        "editor": editor_of(facts.texts),
        "camera": facts.camera,
        "created": datetime.fromtimestamp(facts.created, UTC).strftime("%Y-%m-%d %H:%M")
        if 0 < facts.created < 1 << 36
        else "",
        "dated": facts.dated,
        "layout": " ".join(facts.layout[:10]),
    }
    return {key: value for key, value in told.items() if value}


def _framed(times: Sequence[float], findings: Sequence[Finding], seconds: float) -> list[dict[str, Any]]:
    """Each shown frame; a finding's box goes with the frame nearest to where its seconds begin, if that is near."""
    boxes: dict[int, list[list[float]]] = {}
    for where in (w for finding in findings for w in finding.where if not w.part):
        if where.box is None or where.span is None:
            continue
        (x0, y0, x1, y1), (start, stop) = where.box, where.span
        nearest = min(range(len(times)), key=lambda i: abs(times[i] - start), default=None)
        if nearest is not None and start - 0.5 <= times[nearest] <= stop:
            boxes.setdefault(nearest, []).append([x0, y0, max(1.0, x1 - x0), max(1.0, y1 - y0)])
    return [
        {"number": i, "at": _clock(at), "x": _x(at, seconds), "boxes": boxes.get(i, [])} for i, at in enumerate(times)
    ]


def _curves(findings: Sequence[Finding]) -> dict[str, list[tuple[float, float]]]:
    """Curves that findings carry in the values of a reason: a list of (second, value from 0 to 1), by the detector's name."""
    found: dict[str, list[tuple[float, float]]] = {}
    for finding in findings:
        for reason in finding.reasons:
            curve = reason.values.get("curve")
            if isinstance(curve, (list, tuple)) and curve:
                found[finding.detector.rpartition(".")[2]] = [(float(at), float(value)) for at, value in curve[:POINTS]]
    return found


def _drawn(name: str, curve: list[tuple[float, float]], seconds: float, top: float = 1.0) -> dict[str, Any]:
    step = max(1, len(curve) // POINTS)
    kept = [max(curve[i : i + step], key=lambda point: point[1]) for i in range(0, len(curve), step)]
    at = [(_x(t, seconds), round(_TALL - _TALL * min(1.0, max(0.0, v / (top or 1.0))), 1)) for t, v in kept]
    return {
        "name": name,
        "points": " ".join(f"{x},{y}" for x, y in at),
        "dots": [
            {"x": x, "y": y, "at": _clock(t), "value": round(v, 2)} for (x, y), (t, v) in zip(at, kept, strict=True)
        ] if name != "motion" else [],
    }  # fmt: skip


def _lanes(findings: Sequence[Finding], seconds: float) -> list[dict[str, Any]]:
    lanes: dict[str, dict[str, Any]] = {}
    for finding in findings:
        for where in finding.where:
            if where.span is None or where.part or not seconds:
                continue
            at = reason_at(finding, where)
            code = finding.reasons[at if at is not None else 0].code if finding.reasons else finding.detector
            lane = lanes.setdefault(code, {"code": code, "verdict": finding.verdict, "spans": []})
            x, stop = _x(where.span[0], seconds), _x(where.span[1], seconds)
            told = {
                "x": x,
                "width": round(max(3.0, stop - x), 1),
                "start": _clock(where.span[0]),
                "stop": _clock(where.span[1]),
            }
            lane["spans"].append(told)
    return list(lanes.values())[:12]


def _x(at: float, seconds: float) -> float:
    return round(_WIDE * min(1.0, max(0.0, at / seconds)), 1) if seconds else 0.0


def _ticks(seconds: float) -> list[float]:
    """Round times, about six of them."""
    if seconds <= 0:
        return []
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
    step = next((s for s in steps if seconds / s <= 7), 7200)
    return [i * step for i in range(int(seconds / step) + 1)]


def _clock(at: float) -> str:
    """Minutes and seconds; tenths below a minute and a half.

    >>> _clock(3.25), _clock(75.0), _clock(3725.0)
    ('0:03.2', '1:15.0', '1:02:05')
    """
    if at < 90:
        return f"{int(at // 60)}:{int(at % 60):02d}.{int(at * 10 % 10)}"
    hours, rest = divmod(round(at), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def _jpeg(bgr: np.ndarray) -> bytes:
    import cv2
    from PIL import Image

    scale = min(1.0, SIDE / max(bgr.shape[:2]))
    size = (max(1, round(bgr.shape[1] * scale)), max(1, round(bgr.shape[0] * scale)))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA) if scale < 1 else bgr
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(small[:, :, ::-1])).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
