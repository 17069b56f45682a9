"""Mock identity papers of invented issuing states: passports, cards, visas. Visual zone and machine-readable zone agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from random import Random

import numpy as np

from assay.kinds.documents.simulate import faces, people
from assay.kinds.documents.simulate.fonts import bold
from assay.kinds.documents.simulate.locales import Locale
from assay.kinds.documents.simulate.marks import seeded, signature
from assay.kinds.documents.simulate.mrz import SHAPES, Zone, transliterated
from assay.kinds.documents.simulate.sheet import Area, Colour, Picture, Sheet, Text

MILLIMETRE = 72 / 25.4
SIZES = {
    "TD1": (85.6, 54.0),
    "TD2": (105.0, 74.0),
    "TD3": (125.0, 88.0),
    "MRV-A": (120.0, 80.0),
    "MRV-B": (105.0, 74.0),
}
_ROMAN = {  # how a Chinese name stands in a passport
    "王": "WANG", "李": "LI", "张": "ZHANG", "刘": "LIU", "陈": "CHEN", "杨": "YANG", "赵": "ZHAO", "周": "ZHOU", "吴": "WU", "徐": "XU",
    "伟": "WEI", "芳": "FANG", "秀英": "XIUYING", "敏": "MIN", "建国": "JIANGUO", "丽娜": "LINA", "志强": "ZHIQIANG",
    "晓明": "XIAOMING", "雪梅": "XUEMEI", "浩然": "HAORAN",
}  # fmt: skip
TITLES = {
    "TD3": {"en": "PASSPORT", "de": "REISEPASS", "fr": "PASSEPORT", "es": "PASAPORTE", "zh": "PASSPORT"},
    "TD1": {"en": "IDENTITY CARD", "de": "PERSONALAUSWEIS", "fr": "CARTE D'IDENTITÉ", "es": "DOCUMENTO DE IDENTIDAD", "zh": "RESIDENT CARD"},
    "MRV-A": {"en": "VISA", "de": "VISUM", "fr": "VISA", "es": "VISADO", "zh": "VISA"},
}  # fmt: skip
TITLES |= {"TD2": TITLES["TD1"], "MRV-B": TITLES["MRV-A"]}
_LABELS = {
    "en": ("Surname", "Given names", "Nationality", "Date of birth", "Sex", "Date of issue", "Date of expiry", "No."),
    "de": ("Name", "Vornamen", "Staatsangehörigkeit", "Geburtsdatum", "Geschlecht", "Ausgestellt", "Gültig bis", "Nr."),
    "fr": ("Nom", "Prénoms", "Nationalité", "Date de naissance", "Sexe", "Délivré le", "Date d'expiration", "N°"),
    "es": ("Apellidos", "Nombre", "Nacionalidad", "Fecha de nacimiento", "Sexo", "Expedición", "Validez", "Núm."),
}
_LABELS["zh"] = _LABELS["en"]


@dataclass(frozen=True)
class Identity:
    """`zone` holds the visual zone's facts; `lines` the machine-readable lines as printed; `face` and `ghost` say whose
    portraits stand on it."""

    locale: Locale
    person: people.Person
    zone: Zone
    issued: date
    lines: tuple[str, ...]
    face: str
    ghost: str
    family: str  # as the visual zone writes it
    given: str


@dataclass(frozen=True)
class Template:
    """An issuing state's layout. `face`: left or right; `grid`: columns of fields; `days`: a pattern of dates."""

    id: str
    locales: tuple[str, ...]
    check: bool
    shape: str
    face: str = "left"
    days: str = "DD MMM YYYY"
    font: str = "Helvetica"
    mono: str = "OCR-B"
    accent: Colour = (0.1, 0.25, 0.5)
    tint: tuple[int, int, int] = (206, 222, 236)
    upper: bool = True
    columns: int = 1
    mixed: bool = False  # the sex as M/F and a word


TEMPLATES = (
    Template("identity-1", ("en-GB", "de-DE", "fr-FR"), False, "TD3"),
    Template("identity-2", ("de-DE", "es-ES"), False, "TD1", days="DD.MM.YYYY", font="Vera", mono="Courier", tint=(226, 232, 208), accent=(0.1, 0.35, 0.2), columns=2),
    Template("identity-3", ("fr-FR", "en-US"), False, "TD2", face="right", columns=2, days="DD/MM/YYYY", tint=(236, 214, 214), accent=(0.5, 0.1, 0.2)),
    Template("identity-4", ("es-ES", "en-US"), False, "MRV-A", days="DD MM YYYY", font="DejaVuSans", tint=(232, 226, 200), accent=(0.4, 0.3, 0.0), columns=2),
    Template("identity-5", ("en-US", "zh-CN", "es-ES"), True, "TD3", face="right", days="DD MMM YYYY", font="NotoSans", tint=(216, 208, 232), accent=(0.3, 0.1, 0.4), columns=2),
    Template("identity-6", ("fr-FR", "en-GB"), True, "TD1", face="right", columns=2, days="DD MM YYYY", font="Helvetica", mono="JetBrainsMono", tint=(206, 232, 230), accent=(0.0, 0.35, 0.4)),
    Template("identity-7", ("de-DE", "es-ES"), True, "TD2", days="DD.MM.YYYY", font="DejaVuSansCondensed", tint=(234, 222, 206), accent=(0.5, 0.3, 0.1), columns=2, upper=False),
    Template("identity-8", ("en-GB", "de-DE"), True, "MRV-B", days="DD-MM-YYYY", font="Times-Roman", tint=(220, 230, 220), accent=(0.2, 0.3, 0.2)),
)  # fmt: skip


def state(rng: Random, template: Template, locale: Locale, one_page: bool = False) -> Identity:
    """A paper of an invented person, valid in 2026."""
    who = people.person(rng, locale)
    family, given = _ROMAN.get(who.family, who.family), _ROMAN.get(who.given, who.given)
    if locale.country != "CN" and rng.random() < 0.4:
        given = f"{given} {rng.choice(locale.given)}"
    card = template.shape.startswith("TD")  # ten years; a visa five
    issued = date(2019 if card else 2023, 1, 1) + timedelta(days=rng.randrange(6 * 365 if card else 900))
    expiry = issued + timedelta(days=3653 if card else 1826)
    letters = "CFGHJKLMNPRTVWXYZ0123456789"
    number = rng.choice("CFGHJKLP") + "".join(rng.choice(letters) for _ in range(8))
    code = {"TD3": "P", "TD1": "ID", "TD2": "ID"}.get(template.shape, "V")
    issuer = "D" if locale.alpha3 == "DEU" else locale.alpha3
    zone = Zone(template.shape, code, issuer, issuer, family, given, number, who.birth, who.sex, expiry)
    key = f"{who.customer}{who.name}"
    return Identity(locale, who, zone, issued, zone.lines(), key, key, family, given)


def with_zone(facts: Identity, **changed: object) -> Identity:
    """With the machine-readable lines recomputed from changed facts, the visual zone left as it is."""
    return replace(facts, lines=replace(facts.zone, **changed).lines())  # type: ignore[arg-type]


@lru_cache(maxsize=32)
def guilloche(key: str, tint: tuple[int, int, int]) -> np.ndarray:
    """The fine pattern under everything, uint8[400, 600, 3]."""
    rng = seeded("guilloche", key)
    y, x = np.mgrid[0:400, 0:600].astype(np.float32)
    wave = sum(
        np.sin(x * rng.uniform(0.05, 0.25) + 14 * np.sin(y * rng.uniform(0.01, 0.05) + rng.uniform(0, 6)))
        for _ in range(3)
    )
    lines = np.exp(-((np.asarray(wave) % 0.6 - 0.3) ** 2) / 0.006)[:, :, None]
    shade = 1 + 0.05 * np.sin(x / 190 + rng.uniform(0, 6))[:, :, None]
    base = np.array(tint, np.float32) * 0.35 + 255 * 0.65
    return np.asarray(np.clip(base * shade * (1 - 0.10 * lines), 0, 255), np.uint8)


def draw(template: Template, facts: Identity, font: str) -> Sheet:
    """The paper as a sheet of its own size."""
    wide, high = (v * MILLIMETRE for v in SIZES[template.shape])
    sheet, language, ink = Sheet((wide, high)), facts.locale.language, (0.08, 0.08, 0.1)
    sheet.add(Picture(0, 0, wide, high, guilloche(template.id, template.tint)))
    zone_top = high - {3: 0.355, 2: 0.25}[SHAPES[template.shape][0]] * high
    title, state_name = TITLES[template.shape][language], f"{facts.locale.alpha3}"
    unit = wide / 354
    sheet.add(Area(0, 0, wide, 20 * unit, template.accent))
    sheet.add(Text(14 * unit, 14 * unit, title, bold(font), 11 * unit, (1, 1, 1)))
    sheet.add(Text(wide - 14 * unit, 14 * unit, state_name, bold(font), 11 * unit, (1, 1, 1), "right", "issuer"))
    face_high = zone_top - 38 * unit
    face_wide = face_high * 0.8
    left = template.face == "left"
    fx = 14 * unit if left else wide - 14 * unit - face_wide
    sheet.add(Picture(fx, 28 * unit, fx + face_wide, 28 * unit + face_high, faces.portrait(facts.face), "portrait", key=facts.face))  # fmt: skip
    gx = wide - 62 * unit if left else 14 * unit
    pale = faces.ghost(faces.portrait(facts.ghost))
    sheet.add(Picture(gx, zone_top - 66 * unit, gx + 44 * unit, zone_top - 11 * unit, pale, "ghost", key=facts.ghost))
    _fields(sheet, template, facts, font, fx + face_wide + 12 * unit if left else 66 * unit, 36 * unit, zone_top, unit)
    mark_x = fx + face_wide + 12 * unit if left else 70 * unit
    sheet.add(Picture(mark_x, zone_top - 24 * unit, mark_x + 58 * unit, zone_top - 3 * unit, signature(facts.person.name), "signature", key=facts.person.name))  # fmt: skip
    _zone(sheet, template, facts.lines, zone_top, wide, high, ink)
    return sheet


def day(template: Template, facts: Identity, when: date) -> str:
    """A day as the visual zone writes it."""
    return facts.locale.date(when, template.days).upper()


def _fields(sheet: Sheet, template: Template, facts: Identity, font: str, x: float, y: float, end: float, unit: float) -> None:  # fmt: skip
    zone, labels = facts.zone, _LABELS[facts.locale.language]
    family, given = (facts.family.upper(), facts.given.upper()) if template.upper else (facts.family, facts.given)
    told = (
        ("family", labels[0], family), ("given", labels[1], given), ("nationality", labels[2], facts.locale.alpha3),
        ("birth", labels[3], day(template, facts, zone.birth)), ("sex", labels[4], zone.sex), ("issued", labels[5], day(template, facts, facts.issued)),
        ("expiry", labels[6], day(template, facts, zone.expiry)), ("number", labels[7], zone.number),
    )  # fmt: skip
    per = -(-len(told) // template.columns)
    step = min((end - y - 22 * unit) / per, 24 * unit)
    size = min(step * 0.44, 9.2 * unit)
    for i, (name, label, value) in enumerate(told):
        cx = x + (i // per) * 96 * unit
        cy = y + (i % per) * step
        sheet.add(Text(cx, cy, label, font, size * 0.62, (0.35, 0.35, 0.4)))
        sheet.add(Text(cx, cy + size * 1.02, value, bold(font), size, (0.08, 0.08, 0.1), "left", f"viz.{name}"))


def _zone(sheet: Sheet, template: Template, lines: tuple[str, ...], top: float, wide: float, high: float, ink: Colour) -> None:  # fmt: skip
    from assay.kinds.documents.simulate.fonts import width

    sheet.add(Area(0, top, wide, high, (0.97, 0.97, 0.96)))
    if template.mono == "OCR-B":
        _ocr_b(sheet, lines, SHAPES[template.shape][1], top, wide, high)
        return
    margin = wide * 0.035
    longest = SHAPES[template.shape][1]
    size = 10.5 * wide / 354 * 44 / longest * 0.98
    advance = (wide - 2 * margin) / longest  # OCR-B is set 10 characters an inch
    size = min(size, (high - top) / len(lines) * 0.62)
    spacing = advance - width("0", template.mono, size)
    step = (high - top) / (len(lines) + 0.55)
    for i, line in enumerate(lines):
        sheet.add(Text(margin, top + step * (i + 0.95), line, template.mono, size, ink, "left", f"mrz.{i}", spacing))


def _ocr_b(sheet: Sheet, lines: tuple[str, ...], longest: int, top: float, wide: float, high: float) -> None:
    """Lines in OCR-B, ten characters an inch scaled to the page (ICAO 9303 part 3, 4.1), as pictures: reportlab embeds no
    such fount."""
    margin = wide * 0.035
    advance, step = (wide - 2 * margin) / longest, (high - top) / (len(lines) + 0.55)
    size = min(advance * 10 / 6, step * 0.72)
    for i, line in enumerate(lines):
        y = top + step * (i + 0.95)
        box = (margin, y - size, margin + advance * longest, y + size * 0.3)
        sheet.add(Picture(*box, printed_line(line, longest, advance / size), f"mrz.{i}", key=line))


@lru_cache(maxsize=64)
def printed_line(line: str, longest: int, pitch: float) -> np.ndarray:
    """A line of a zone in black on nothing, uint8[78, width, 4]; `pitch` is the advance as a share of the size."""
    from PIL import Image, ImageDraw, ImageFont

    from assay.kinds.documents.identity.specimens import zone_font

    size = 60
    drawn = Image.new("L", (round(longest * pitch * size), round(size * 1.3)), 0)
    pen, font = ImageDraw.Draw(drawn), ImageFont.truetype(str(zone_font()), size)
    for i, character in enumerate(line):
        pen.text((round((i + 0.5) * pitch * size), size), character, 255, font, anchor="ms")
    ink = np.asarray(drawn)
    return np.dstack([np.full((*ink.shape, 3), 22, np.uint8), ink])


def fields(facts: Identity) -> dict[str, str]:
    """The ground truth of what it states, in plain notation, and the zone's lines as printed."""
    zone = facts.zone
    return {
        "shape": zone.shape,
        "issuer": zone.issuer,
        "nationality": zone.nationality,
        "family": transliterated(zone.family).replace("<", " "),
        "given": transliterated(zone.given).replace("<", " "),
        "number": zone.number,
        "birth": zone.birth.isoformat(),
        "sex": zone.sex,
        "issued": facts.issued.isoformat(),
        "expiry": zone.expiry.isoformat(),
        "mrz": "\n".join(facts.lines),
    }
