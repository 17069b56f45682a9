"""`documents.identity`: does an identity paper agree with itself? The machine readable zone with its check digits, codes and
dates; the zone with what is printed for people; what a driver licence's code says with what is printed; the portraits with
each other. Silent on papers that have nothing of the kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.errors import ModelError
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.identity.checks import PREFIX, Doubt, Grade, misplaced, sureness, zone_doubts
from assay.kinds.documents.identity.licence import licence_doubts
from assay.kinds.documents.identity.lines import second_reading
from assay.kinds.documents.identity.papers import LicenceOnPage, Papers, ZoneOnPage, papers_of
from assay.kinds.documents.identity.portraits import CLEARLY_OTHER
from assay.kinds.documents.identity.spelling import decide, spell
from assay.kinds.documents.identity.visual import Facts, compare
from assay.kinds.documents.opened import Page

_VERDICT = {
    "note": "genuine", "aside": "genuine", "unclear": "inconclusive", "low": "suspicious", "medium": "suspicious",
    "high": "counterfeit",
}  # fmt: skip
_SEVERITY = {"aside": "low", "low": "low", "medium": "medium", "high": "high"}
_ORDER = ("note", "aside", "unclear", "low", "medium", "high")
_WEIGHT = {"note": 0.1, "aside": 0.2, "unclear": 0.0, "low": 0.2, "medium": 0.6, "high": 1.0}
SURE = 0.8  # probability of a field's weakest character from which it is held against what is printed
_SECOND = 2.0  # nats by which the second reader must find a digit wrong


class Identity:
    """Reads documents one at a time; what was read is shared with whoever else asks for it."""

    name = "documents.identity"
    version = "1"
    folder = Path(__file__).parent / "shipped"  # where its card lies
    reads: tuple[type[Evidence], ...] = (Document,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        found = []
        for i in range(len(batch)):
            item = batch.item(i)
            if not item.content:
                continue
            doubts = doubts_of(papers_of(item.content), moment(int(batch.time[i])).date(), item.claimed)
            if doubts:
                found.append((i, self._finding(doubts)))
        return Findings.of(self.name, self.version, len(batch), found)

    def _finding(self, doubts: list[Doubt]) -> Finding:
        worst = max(doubts, key=lambda d: _ORDER.index(d.grade)).grade
        doubts = sorted(doubts, key=lambda d: -_ORDER.index(d.grade))
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=_VERDICT[worst],
            severity=_SEVERITY.get(worst, "informational"),
            reasons=tuple(Reason(PREFIX + d.code, _WEIGHT[d.grade], d.values) for d in doubts),
            where=tuple(
                Where(page=page, box=box, field=", ".join(d.fields), rule=PREFIX + d.code)
                for d in doubts
                for page, box in d.boxes
            ),
        )


def doubts_of(papers: Papers, today: date, claimed: str | None = None) -> list[Doubt]:
    """Everything to say of the papers in a document."""
    if papers.opened.problem:
        return [Doubt("unread", "unclear")] if claimed == "identity" else []
    out: list[Doubt] = []
    for zone in papers.zones:
        out += _of_zone(papers, zone, today)
    for code in papers.licences:
        out += _of_licence(papers, code, today)
    try:
        out += [doubt for page, angle in papers.faced(claimed) for doubt in _of_portraits(papers, page, angle)]
    except ModelError:
        out.append(Doubt("networks", "unclear"))
    if not papers.zones and not papers.licences and not out and claimed == "identity":
        return [Doubt("unread", "unclear")]
    return out


def _of_licence(papers: Papers, on: LicenceOnPage, today: date) -> list[Doubt]:
    licence = on.licence
    box = (on.page, on.box)
    facts = Facts(
        licence.number, licence.birth, licence.expiry, licence.issued, licence.family, licence.given,
        dict.fromkeys(("number", "birth", "expiry", "family", "given"), box),
    )  # fmt: skip
    alone = len(papers.licences) == 1 and not papers.zones
    pages = papers.opened.pages[:4] if alone else papers.opened.pages[on.page - 1 : on.page]
    found = [replace(d, boxes=d.boxes or (box,)) for d in licence_doubts(licence, today)]
    found += compare(facts, pages, [box])
    if all(d.grade in ("note", "aside", "low") for d in found):
        found.append(Doubt("licence-consistent", "note", {"issuer": licence.state or licence.issuer}, boxes=(box,)))
    return found


def _of_portraits(papers: Papers, page: int, angle: float) -> list[Doubt]:
    found = papers.portraits(page, angle)
    if found.verdict != "other" or found.likeness is None:
        return []
    grade: Grade = "medium" if found.likeness < CLEARLY_OTHER else "low"
    values = {"likeness": round(found.likeness, 2)}
    return [Doubt("portrait", grade, values, ("portrait",), tuple((page, box) for box in found.boxes[:2]))]


def _of_zone(papers: Papers, on: ZoneOnPage, today: date) -> list[Doubt]:
    pixels = papers.opened.pages[on.page - 1].pixels
    doubts = zone_doubts(on.read, today, lambda check: _wrong_again(pixels, on, check))
    if on.read.clear and not on.read.mended and (fields := misplaced(on.read.zone, on.found.seen)):
        doubts.append(Doubt("misplaced", "medium", {"field": ", ".join(fields)}, fields))
    placed = [_placed(doubt, on) for doubt in doubts]
    placed += compare(
        _facts(on, today), _beside(papers, on), [(on.page, on.found.box(i)) for i in range(len(on.found.strips))]
    )
    if all(d.grade in ("note", "aside", "low") for d in placed):
        placed.append(Doubt("consistent", "note", {"layout": on.read.zone.layout.name, "checks": _held(on)}))
    return placed


def _facts(on: ZoneOnPage, today: date) -> Facts:
    """What the zone states without doubt."""
    zone = on.read.zone
    clear = {f.name for f in zone.layout.fields if sureness(on.read, f.name) >= SURE}
    failed = {failure.of for failure in zone.failed()}
    trusted = clear - failed
    boxes = {f.name: (on.page, on.found.box(f.line, f.start, f.stop)) for f in zone.layout.fields}
    boxes |= {
        "family": boxes.get("names", boxes.get("surname", (on.page, on.found.box(0)))),
        "given": boxes.get("names", boxes.get("given", (on.page, on.found.box(0)))),
    }
    return Facts(
        number=zone.number if "number" in trusted else "",
        birth=zone.birth(today) if "birth" in trusted else None,
        expiry=zone.expiry if "expiry" in trusted else None,
        family=zone.surname,
        given=zone.given,
        boxes=boxes,
    )


def _beside(papers: Papers, on: ZoneOnPage) -> list[Page]:
    """The pages that belong to this zone: its own, and both sides of a card where there is one zone alone."""
    pages = papers.opened.pages
    return list(pages[:4]) if len(papers.zones) == 1 and len(pages) <= 4 else [pages[on.page - 1]]


def _held(on: ZoneOnPage) -> int:
    return len(on.read.zone.layout.checks)


def _wrong_again(pixels: np.ndarray, on: ZoneOnPage, check: str) -> bool:
    """Does the general recogniser find this check digit wrong, too?"""
    layout = on.read.zone.layout
    seen = [spell(second_reading(pixels, strip), layout.width)[1] for strip in on.found.strips]
    return decide(layout, seen).gaps.get(check, 0.0) >= _SECOND


def _placed(doubt: Doubt, on: ZoneOnPage) -> Doubt:
    """With the boxes of its fields."""
    places = [f for f in on.read.zone.layout.fields if f.name in doubt.fields or f.name in _digit_names(doubt)]
    boxes = tuple((on.page, on.found.box(f.line, f.start, f.stop)) for f in places)
    return Doubt(doubt.code, doubt.grade, doubt.values, doubt.fields, boxes)


def _digit_names(doubt: Doubt) -> tuple[str, ...]:
    return tuple(f"{name} check" for name in doubt.fields) if doubt.code in ("check-digit", "unclear") else ()
