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
from assay.kinds.documents.simulate import camera, craft, identity, invoices, statements
from assay.kinds.documents.simulate.forgery import FORGERIES, Forgery
from assay.kinds.documents.simulate.locales import LOCALES
from assay.kinds.documents.simulate.marks import seeded
from assay.kinds.documents.simulate.sheet import Sheet, changes

KINDS: dict[str, ModuleType] = {"statement": statements, "invoice": invoices, "identity": identity}
MEDIA = ("pdf", "photo", "scan")
_SETS = ("build", "check", "all")
_TRIES = 40


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
        medium = rng.choices(how, [{"pdf": 5, "photo": 4, "scan": 2}[m] for m in how])[0]
        guilty = rng.random() < forged
        if kind == "identity" and medium == "pdf":
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
    # A forgery that this kind of paper has no place for is passed over; the next in turn is tried.
    turn = turns.get((kind, medium), 0)
    for attempt in range(_TRIES):
        template = rng.choice(usable)
        locale = LOCALES[rng.choice(template.locales)]
        facts = room.state(rng, template, locale, one_page=medium != "pdf")
        font = _font(rng, template.font, locale.country, template.id)
        genuine = room.draw(template, facts, font)
        if not crimes:
            return _made(rng, number, kind, medium, template, facts, facts, genuine, genuine, None, "", room)
        crime = FORGERIES[crimes[(turn + attempt) % len(crimes)]]
        told = crime.change(rng, facts)
        if told is None:
            continue
        changed, field = told
        sheet = room.draw(template, changed, font)
        if (medium != "pdf" and len(sheet.items) > 1) or not changes(genuine, sheet):
            continue
        turns[(kind, medium)] = turn + attempt + 1
        return _made(rng, number, kind, medium, template, facts, changed, genuine, sheet, crime, field, room)
    raise InvalidSetting(f"none of these forgeries fits a {kind} as {medium}", where="forgeries")


def _font(rng: Random, name: str, country: str, template: str) -> str:
    if country != "CN":
        return name
    return "STSong-Light" if int(template[-1]) % 2 else "DroidSansFallback"


def _made(
    rng: Random, number: str, kind: str, medium: str, template: Any, facts: Any, changed: Any, genuine: Sheet, sheet: Sheet,
    crime: Forgery | None, field: str, room: ModuleType,
) -> Paper:  # fmt: skip
    made = datetime.combine(
        _written_on(facts), time(rng.randrange(5, 22), rng.randrange(60), rng.randrange(60))
    ) + timedelta(days=1)
    how = "" if crime is None else rng.choice(crime.pdf if medium == "pdf" else crime.picture)
    page, box = _place(genuine, sheet, field) if crime else (None, None)
    if medium == "pdf":
        habit = craft.habit_of(template.id, "")
        title = f"{kind} {number}" if rng.random() < 0.5 else ""
        content = (
            craft.issue(sheet, habit, made, title)
            if crime is None
            else craft.forge_pdf(rng, how, genuine, sheet, habit, made, title)
        )
        if box is not None:
            box = tuple(v * craft.DPI / 72 for v in box)  # type: ignore[assignment]
        suffix = "pdf"
    else:
        dpi = craft.PRINT_DPI if kind != "identity" else 300.0 if sheet.size[0] > 280 else 380.0
        high, wide = round(sheet.size[1] * dpi / 72), round(sheet.size[0] * dpi / 72)
        shot = camera.photograph(rng, high, wide) if medium == "photo" else camera.scan(rng, high, wide)
        if crime is None:
            content = camera.jpeg(shot.take(craft.rasters(sheet, dpi)), shot.quality)
        else:
            content = craft.forge_picture(rng, how, genuine, sheet, shot, dpi)
        if box is not None:
            box = shot.box(tuple(v * dpi / 72 for v in box), high, wide)  # type: ignore[arg-type]
        suffix = "jpg"
    return Paper(
        file=f"{kind}-{number}.{suffix}", content=content, kind=kind, label="forged" if crime else "genuine",
        forgery=crime.name if crime else "", craft=how, exact=bool(crime and crime.exact(facts)), template=template.id,
        locale=facts.locale.tag, medium=medium, customer=_customer(changed), page=page, box=box,
        fields=room.fields(facts), stated=room.fields(changed),
    )  # fmt: skip


def _place(genuine: Sheet, sheet: Sheet, field: str) -> tuple[int | None, tuple[float, float, float, float] | None]:
    """Page (from 1) and box of the field the forger was after; else of the first that differs."""
    for page, item in sheet.fields():
        if item.field == field:
            return page + 1, item.box
    first = changes(genuine, sheet)[0]
    return first.page + 1, first.box


def _written_on(facts: Any) -> Any:
    return facts.end if isinstance(facts, statements.Statement) else facts.issued


def _customer(facts: Any) -> str:
    for name in ("holder", "buyer", "person", "employee"):
        person = getattr(facts, name, None)
        if person is not None:
            return str(person.customer)
    return ""
