"""Papers one by one: which kind, template, locale and medium, genuine or forged and how, with the truth about each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from types import ModuleType
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.documents.simulate import (
    camera,
    craft,
    identity,
    invoices,
    licences,
    payslips,
    receipts,
    retouch,
    statements,
)
from assay.kinds.documents.simulate.forgery import FORGERIES, Forgery
from assay.kinds.documents.simulate.locales import LOCALES
from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.sheet import Sheet, changes

KINDS: dict[str, ModuleType] = {
    "statement": statements,
    "payslip": payslips,
    "invoice": invoices,
    "receipt": receipts,
    "identity": identity,
    "licence": licences,
}
MEDIA = ("pdf", "photo", "scan", "scanned-pdf")
_WEIGHTS = {"pdf": 8, "photo": 6, "scan": 2, "scanned-pdf": 1}
CARDS = ("identity", "licence")  # never issued as PDF files
_SETS = ("build", "check", "all")
_TRIES = 24


@dataclass(frozen=True)
class Paper:
    """A file and the truth about it. `box` is the place the forger was after: page from 1 and pixels, at 150 dots an inch
    in a PDF, of the picture otherwise. `fields` is what the paper stated before it was forged, and `stated` what it
    states now."""

    file: str
    content: bytes
    kind: str
    label: str  # genuine or forged
    forgery: str
    craft: str
    exact: bool
    template: str
    locale: str
    medium: str
    customer: str
    page: int | None
    box: tuple[float, float, float, float] | None
    fields: dict[str, str]
    stated: dict[str, str]

    def row(self) -> dict[str, Any]:
        """The file's line of the labels table, with the content under `content`."""
        return {
            "file": self.file, "content": self.content, "kind": self.kind, "label": self.label, "forgery": self.forgery,
            "craft": self.craft, "exact": str(self.exact).lower(), "template": self.template, "locale": self.locale,
            "medium": self.medium, "customer": self.customer, "page": "" if self.page is None else str(self.page),
            "box": "" if self.box is None else " ".join(f"{v:.0f}" for v in self.box),
            "fields": json.dumps(self.fields, ensure_ascii=False), "stated": json.dumps(self.stated, ensure_ascii=False),
        }  # fmt: skip


def simulate(
    seed: int = 1,
    *,
    size: int = 200,
    templates: str = "all",
    kinds: Sequence[str] | str = tuple(KINDS),
    media: Sequence[str] | str = MEDIA,
    forgeries: Sequence[str] | str = tuple(FORGERIES),
    forged: float = 0.5,
) -> Iterator[dict[str, Any]]:
    """`size` papers as rows of files (see `Paper.row`). `templates` build, check or all; `forged` is the share of forged
    ones. Raises `InvalidSetting` for a name that does not exist."""
    for paper in papers(seed, size=size, templates=templates, kinds=kinds, media=media, forgeries=forgeries, forged=forged):  # fmt: skip
        yield paper.row()


def papers(
    seed: int = 1,
    *,
    size: int = 200,
    templates: str = "all",
    kinds: Sequence[str] | str = tuple(KINDS),
    media: Sequence[str] | str = MEDIA,
    forgeries: Sequence[str] | str = tuple(FORGERIES),
    forged: float = 0.5,
) -> Iterator[Paper]:
    """The same as objects."""
    if templates not in _SETS:
        raise InvalidSetting(f"no set of templates {templates!r}", hint="there are: " + ", ".join(_SETS))
    chosen = _names(kinds, tuple(KINDS), "kind of paper")
    how = _names(media, MEDIA, "medium")
    crimes = _names(forgeries, tuple(FORGERIES), "forgery")
    turns: dict[tuple[str, str], int] = {}
    for number in range(size):
        rng = seeded("papers", seed, number)
        kind = chosen[number % len(chosen)]
        medium = rng.choices(how, [_WEIGHTS[m] for m in how])[0]
        guilty = rng.random() < forged
        if kind in CARDS and medium == "pdf":
            medium = rng.choice([m for m in how if m != "pdf"] or ["photo"])
        names = [c for c in crimes if (FORGERIES[c].pdf if medium == "pdf" else FORGERIES[c].picture)]
        yield _paper(rng, f"{number:05d}", kind, medium, templates, names if guilty else [], turns)


def _names(given: Sequence[str] | str, known: Sequence[str], what: str) -> tuple[str, ...]:
    names = tuple(given.split(",")) if isinstance(given, str) else tuple(given)
    for name in names:
        if name not in known:
            raise InvalidSetting(f"no {what} {name!r}", hint="there are: " + ", ".join(known))
    return names


def _paper(rng: Random, number: str, kind: str, medium: str, templates: str, crimes: list[str], turns: dict[tuple[str, str], int]) -> Paper:  # fmt: skip
    room = KINDS[kind]
    usable = [t for t in room.TEMPLATES if templates == "all" or t.check == (templates == "check")]
    # Forgeries take turns; one that this kind of paper has no place for, after some tries, is passed over.
    turn = turns.get((kind, medium), seeded(kind, medium).randrange(max(1, len(crimes))))
    for attempt in range(_TRIES * max(1, len(crimes))):
        template = rng.choice(usable)
        locale = LOCALES[rng.choice(template.locales)]
        facts = room.state(rng, template, locale, one_page=medium != "pdf")
        font = font_for(template.font, locale.country, template.id)
        at = turn + attempt // _TRIES
        crime = FORGERIES[crimes[at % len(crimes)]] if crimes else None
        told = crime.alter(rng, facts) if crime else (facts, "")
        if told is None:
            continue
        changed, field = told
        genuine = room.draw(template, facts, font)
        sheet = room.draw(template, changed, font) if crime else genuine
        if medium != "pdf" and max(len(genuine.items), len(sheet.items)) > 1:
            continue
        if crime:
            if not changes(genuine, sheet):
                continue
            turns[(kind, medium)] = at + 1
        return _made(rng, number, kind, medium, template, facts, changed, genuine, sheet, crime, field)
    raise InvalidSetting(f"none of these forgeries fits a {kind} as {medium}", where="forgeries")


def font_for(name: str, country: str, template: str) -> str:
    """Chinese papers take a font that has the characters: embedded on some templates, the reader's own on others."""
    if country != "CN":
        return name
    return "STSong-Light" if int(template[-1]) % 2 else "DroidSansFallback"


def _made(
    rng: Random, number: str, kind: str, medium: str, template: Any, facts: Any, changed: Any, genuine: Sheet, sheet: Sheet,
    crime: Forgery | None, field: str,
) -> Paper:  # fmt: skip
    page, box = _place(genuine, sheet, field) if crime else (None, None)
    clock = time(rng.randrange(5, 22), rng.randrange(60), rng.randrange(60))
    made = datetime.combine(facts.issued, clock) + timedelta(days=1)
    title = f"{kind} {number}" if rng.random() < 0.5 else ""
    run = craft.Run(craft.habit_of(template.id), made, title, _issuer(facts))
    if medium == "pdf":
        how = rng.choice(crime.pdf) if crime else ""
        if crime:
            content = craft.forged_pdf(rng, how, genuine, sheet, run)
        else:
            content, how = craft.genuine_pdf(rng, sheet, run)
        scaled = None if box is None else _scaled(box, craft.DPI / 72)
    else:
        how = rng.choice(crime.picture) if crime else ""
        content, scaled = _picture(rng, how, kind, medium, genuine, sheet, box, run)
    return Paper(
        file=f"{kind}-{number}.{'pdf' if 'pdf' in medium else 'jpg'}", content=content, kind=kind,
        label="forged" if crime else "genuine", forgery=crime.name if crime else "", craft=how,
        exact=bool(crime and crime.exact(facts)), template=template.id, locale=facts.locale.tag, medium=medium,
        customer=_customer(changed), page=page, box=scaled, fields=KINDS[kind].fields(facts), stated=KINDS[kind].fields(changed),
    )  # fmt: skip


def _picture(
    rng: Random, how: str, kind: str, medium: str, genuine: Sheet, sheet: Sheet, box: camera.Box | None, run: craft.Run
) -> tuple[bytes, camera.Box | None]:
    """A photograph or scan, and where in it the forged place lies."""
    dpi = _dpi(kind, sheet.size)
    high, wide = retouch.raster(genuine, dpi).shape[:2]
    shot = camera.photograph(rng, high, wide) if medium == "photo" else camera.scan(rng, high, wide)
    if how:
        content = retouch.forged_picture(rng, how, genuine, sheet, shot, dpi)
    else:
        content = camera.jpeg(shot.take(retouch.raster(sheet, dpi)), shot.quality)
    place = None if box is None else shot.box(_scaled(box, dpi / 72), high, wide)
    if medium == "scanned-pdf":
        pdf, origin = craft.scanned_pdf(content, sheet.size, run)
        if place is not None:  # from pixels of the scan to pixels of the page
            x0, y0, x1, y1 = _scaled(place, craft.DPI / dpi)
            x, y = (v * craft.DPI / 72 for v in origin)
            place = x0 + x, y0 + y, x1 + x, y1 + y
        return pdf, place
    return content, place


def _dpi(kind: str, size: tuple[float, float]) -> float:
    """Papers are drawn coarser than cards before the camera sees them."""
    if kind not in CARDS:
        return 190.0 if size[0] > 400 else 240.0
    return 300.0 if size[0] > 280 else 380.0


def _scaled(box: camera.Box, by: float) -> camera.Box:
    return box[0] * by, box[1] * by, box[2] * by, box[3] * by


def _place(genuine: Sheet, sheet: Sheet, field: str) -> tuple[int, camera.Box]:
    """Page (from 1) and box of the field the forger was after; else of the first that differs."""
    for page, item in sheet.fields():
        if item.field == field:
            return page + 1, item.box
    first = changes(genuine, sheet)[0]
    return first.page + 1, first.box


def _issuer(facts: Any) -> str:
    """Who signs: the bank, the seller, the employer."""
    for name, attribute in (("holder", "account"), ("seller", "seller"), ("employer", "employer")):
        if hasattr(facts, name):
            party = getattr(facts, attribute)
            return str(getattr(party, "bank", "") or party.name)
    return "Records Office"


def _customer(facts: Any) -> str:
    """Under which customer the paper is handed in."""
    names = ("holder", "buyer", "employee", "person", "customer")
    return str(next(getattr(facts, name) for name in names if hasattr(facts, name)).customer)
