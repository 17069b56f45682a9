"""What the console shows of a phone: what could be read of it, what happened on it day by day, what was found, and, of a report, by
whom it was vouched for. From a signed report the days come as counts; from an image that was posted whole, as the events themselves.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from assay.core.clock import DAY, moment
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import NotFound, UnreadableInput
from assay.kinds.phones.exposure.versions import REVIEWED
from assay.kinds.phones.report.make import LAST_DAY
from assay.kinds.phones.report.paper import enclosed, is_paper
from assay.kinds.phones.report.statement import Statement, open_envelope
from assay.kinds.phones.timeline import Event, Gap

KEPT_NAME, MOST_KEPT = "timeline.json.z", 200_000
LANES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("messages", ("message", "attachment", "attachments", "address", "link")),
    ("web", ("site",)),
    ("programs", ("process", "crash", "panic", "database")),
    ("apps", ("app", "receiver", "certificate", "accessibility")),
    ("power", ("reboot", "shutdown")),
    ("rights", ("permission", "operation", "profile", "debug", "location")),
    ("files", ("file", "folder")),
)
ZOOMS = (1, 4, 16, 64)
MOST_DAYS, MOST_NEAR, NEAR = 1000, 60, 600_000_000
_KINDS = {kind: lane for lane, kinds in LANES for kind in kinds}
MOST_PAGES, SHEET = 3, (953, 1347)  # of a report on paper; pixels of one
_TICKS = 9  # across what is seen at once


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of an image beside its record, so that its page can be drawn later."""

    read: tuple[str, ...]
    gaps: tuple[Gap, ...]
    events: tuple[Event, ...]


class _Told(NamedTuple):
    share: float
    read: Sequence[str]
    gaps: Sequence[tuple[str, str]]
    counts: Sequence[tuple[int, str, int]]  # day since 1970, kind of event, how many


def keep(read: tuple[str, ...], gaps: tuple[Gap, ...], events: tuple[Event, ...]) -> bytes:
    """An image's timeline for the store of files: the newest `MOST_KEPT` events."""
    return zlib.compress(msgspec.json.encode(Kept(read, gaps, events[-MOST_KEPT:])), 6)


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`coverage`, `lanes` with `ticks` and `marks`, `near` (events around what was found), `report` for a signed one; `kept`: is
    the file still there."""
    if decision.kind == "phone-report":
        return _of_report(exhibits)
    kept = _kept(exhibits)
    if kept is None:
        return {"kept": False}
    counts: Counter[tuple[int, str]] = Counter((e.time // DAY, e.kind) for e in kept.events if e.time > 0)
    share = float(decision.evidence.get("coverage") or 0.0)
    told = _Told(
        share, kept.read, [(g.artefact, g.why) for g in kept.gaps], [(d, k, n) for (d, k), n in sorted(counts.items())]
    )
    times = _times(r.values for f in decision.findings for r in f.reasons)
    return {"kept": True, "reviewed": REVIEWED, **_drawn(told, times), "near": _near(kept.events, times)}


def picture(name: str, exhibits: Sequence[Enclosed]) -> bytes:
    """`page-N` of a report on paper as a PNG, drawn anew. Raises `NotFound`."""
    import io

    from PIL import Image

    from assay.formats.pdfium import draw

    content = exhibits[0].content if exhibits else b""
    number = name.removeprefix("page-")
    if not number.isdigit() or not 1 <= int(number) <= _pages(content):
        raise NotFound(f"no picture {name!r}")
    out = io.BytesIO()
    Image.fromarray(draw(content, int(number) - 1, SHEET, seconds=10.0)).save(out, "PNG")
    return out.getvalue()


def _pages(content: bytes) -> int:
    """Pages of a report on paper that are shown; 0 for one in JSON."""
    if not is_paper(content):
        return 0
    from assay.formats.pdfium import page_sizes

    try:
        return min(page_sizes(content, most=MOST_PAGES)[0], MOST_PAGES)
    except UnreadableInput:
        return 0


def _of_report(exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    if not exhibits:
        return {"kept": False}
    content = exhibits[0].content
    try:
        statement = open_envelope(enclosed(content), {}).statement
    except UnreadableInput:
        statement = None
    if statement is None:
        return {"kept": True, "broken": True}
    share = statement.coverage.share
    gaps = [(gap.artefact, gap.why) for gap in statement.coverage.gaps]
    told = _Told(share, statement.coverage.read, gaps, statement.activity.counts)
    times = _times(g.values for f in statement.findings if f.verdict != "inconclusive" for g in f.reasons)
    return {"kept": True, **_drawn(told, times), "report": _about(statement, content)}


def _about(said: Statement, content: bytes) -> dict[str, Any]:
    ratio, posterior = said.assessment.likelihood_ratio, said.assessment.posterior
    return {
        "level": said.assessment.level, "issued": _minute(said.issued), "expires": _minute(said.expires), "case": said.case,
        "nonce": said.nonce, "consent_by": said.consent.by, "consent_at": _minute(said.consent.at), "purpose": said.consent.purpose,
        "product": said.subject.product, "version": said.subject.version, "system": said.acquisition.system,
        "form": said.acquisition.form, "encrypted": said.acquisition.encrypted, "made": _minute(said.acquisition.made),
        "source": said.acquisition.source, "tool": said.acquisition.tool, "pages": _pages(content),
        "low": ratio.low, "high": ratio.high, "prior": said.assessment.prior, "posterior": [posterior.low, posterior.high],
        "findings": [
            {
                "verdict": f.verdict, "severity": f.severity, "evidence": f.evidence,
                "reasons": [{"code": g.code, "values": g.values} for g in f.reasons[:6]], "more": max(0, len(f.reasons) - 6),
                "low": f.likelihood_ratio.low if f.likelihood_ratio else None,
                "high": f.likelihood_ratio.high if f.likelihood_ratio else None,
            }
            for f in said.findings
        ],
    }  # fmt: skip


def _drawn(told: _Told, times: Iterable[int]) -> dict[str, Any]:
    """Coverage as cells, and the lanes in per cent of their width."""
    cells = [{"name": name, "why": ""} for name in dict.fromkeys(told.read)]
    cells += [{"name": name, "why": why or "absent"} for name, why in told.gaps]
    return {"coverage": {"share": round(100 * told.share), "cells": cells[:120]}, **_lanes(told.counts, times)}


def _lanes(counts: Sequence[tuple[int, str, int]], times: Iterable[int]) -> dict[str, Any]:
    by_lane: dict[str, Counter[int]] = {name: Counter() for name, _ in LANES}
    for day, kind, number in counts:
        lane = _KINDS.get(kind.partition(".")[0])
        if lane is not None and 0 < day < LAST_DAY:
            by_lane[lane][day] += number
    days = [day for lane in by_lane.values() for day in lane]
    if not days:
        return {"lanes": [], "ticks": [], "marks": [], "span": []}
    last = max(days)
    first = max(min(days), last - MOST_DAYS)  # a file's birth may lie years before the phone was bought
    width = 100 / (last - first + 1)

    def at(day: float) -> float:
        return round((day - first) * width, 4)

    lanes = []
    for name, found in by_lane.items():
        shown = {day: number for day, number in found.items() if day >= first}
        top = max(shown.values(), default=1)
        bars = [
            {
                "x": at(day),
                "w": round(width * 0.86, 4),
                "h": round(3 + 21 * (number / top) ** 0.5, 1),
                "day": _day(day),
                "n": number,
            }
            for day, number in sorted(shown.items())
        ]
        if bars:
            lanes.append({"name": name, "bars": bars, "total": sum(shown.values())})
    marks = [
        {"x": at(time / DAY), "when": _minute(moment(time))}
        for time in sorted(set(times))
        if first * DAY <= time <= (last + 1) * DAY
    ]
    ticks = [{"zoom": zoom, "at": _ticks(first, last, zoom, at)} for zoom in ZOOMS]
    return {"lanes": lanes, "ticks": ticks, "marks": marks[:60], "span": [_day(first), _day(last)]}


def _ticks(first: int, last: int, zoom: int, at: Any) -> list[dict[str, Any]]:
    """Days to name at this zoom: about `_TICKS` of them across what is seen at once."""
    step = max(1, round((last - first + 1) / (_TICKS * zoom)))
    return [{"x": at(day), "text": _day(day)} for day in range(first, last + 1, step)][: _TICKS * zoom + 2]


def _near(events: Sequence[Event], times: Iterable[int]) -> list[dict[str, str]]:
    """Events within ten minutes of what was found, in order."""
    around = sorted(set(times))

    def close(time: int) -> bool:
        at = bisect_left(around, time - NEAR)
        return 0 < time < LAST_DAY * DAY and at < len(around) and around[at] <= time + NEAR

    near = list(islice((e for e in events if close(e.time)), MOST_NEAR))
    return [
        {
            "when": moment(e.time).strftime("%Y-%m-%d %H:%M:%S"),
            "kind": e.kind,
            "subject": e.subject,
            "detail": e.detail,
            "source": e.source,
        }
        for e in near
    ]


def _times(values: Iterable[Mapping[str, Any]]) -> list[int]:
    """Moments that reasons name (`when`, `at`), microseconds."""
    found = []
    for one in values:
        for name in ("when", "at", "since", "time"):
            text = one.get(name)
            if isinstance(text, str) and len(text) >= 19 and text[4:5] == "-":
                try:
                    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
                    found.append(int(parsed.replace(tzinfo=parsed.tzinfo or UTC).timestamp() * 1e6))
                except ValueError:
                    continue
    return found[:200]


def _kept(exhibits: Sequence[Enclosed]) -> Kept | None:
    for one in exhibits:
        if one.name == KEPT_NAME:
            plain = zlib.decompressobj().decompress(one.content, 256 << 20)
            return msgspec.json.decode(plain, type=Kept)
    return None


def _day(day: int) -> str:
    return moment(day * DAY).date().isoformat()


def _minute(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M")


__all__ = ["KEPT_NAME", "LANES", "ZOOMS", "keep", "picture", "view"]
