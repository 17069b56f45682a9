"""Mock driver licences of American states: a card's front, and its back with the PDF417 code that AAMVA's DL/ID Card Design
Standard describes. Both say the same of an invented person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from assay.kinds.documents.simulate import codes, faces, mint, people
from assay.kinds.documents.simulate.fonts import bold
from assay.kinds.documents.simulate.identity import MILLIMETRE, guilloche
from assay.kinds.documents.simulate.locales import Locale
from assay.kinds.documents.simulate.marks import signature
from assay.kinds.documents.simulate.sheet import Area, Colour, Picture, Sheet, Text

_STATES = (
    ("VA", "636000", "VIRGINIA"),
    ("OH", "636023", "OHIO"),
    ("WA", "636045", "WASHINGTON"),
    ("TX", "636015", "TEXAS"),
)
_SIZE = (85.6, 54.0)


@dataclass(frozen=True)
class Licence:
    """The front's facts, and the payload of the code as printed."""

    locale: Locale
    person: people.Person
    state: tuple[str, str, str]
    number: str
    issued: date
    expiry: date
    height: int  # inches
    eyes: str
    face: str
    payload: str

    def coded(self) -> Licence:
        """With a code that says what the front says."""
        return replace(self, payload=payload(self))


def payload(facts: Licence) -> str:
    """The code's text: header, one subfile `DL`, elements by their three letters; days as MMDDCCYY."""
    who, (abbreviation, issuer, _) = facts.person, facts.state
    town, _, rest = who.town.partition(", ")
    elements = {
        "DAQ": facts.number, "DCS": who.family.upper(), "DDE": "N", "DAC": who.given.upper(), "DDF": "N", "DAD": "NONE",
        "DDG": "N", "DCA": "D", "DCB": "NONE", "DCD": "NONE", "DBD": f"{facts.issued:%m%d%Y}", "DBB": f"{who.birth:%m%d%Y}",
        "DBA": f"{facts.expiry:%m%d%Y}", "DBC": "1" if who.sex == "M" else "2", "DAU": f"{facts.height:03d} IN",
        "DAY": facts.eyes, "DAG": who.street.upper(), "DAI": town.upper(), "DAJ": abbreviation,
        "DAK": f"{rest[-5:]}0000  ", "DCF": f"{facts.number}{facts.issued:%y%j}", "DCG": "USA",
    }  # fmt: skip
    body = "DL" + "\n".join(key + value for key, value in elements.items()) + "\r"
    return f"@\n\x1e\rANSI {issuer}100001DL{31:04d}{len(body):04d}{body}"


@dataclass(frozen=True)
class Template:
    id: str
    locales: tuple[str, ...]
    check: bool
    face: str = "left"
    font: str = "Helvetica"
    accent: Colour = (0.1, 0.25, 0.5)
    tint: tuple[int, int, int] = (208, 224, 240)
    days: str = "MM/DD/YYYY"
    state: int = 0


TEMPLATES = (
    Template("licence-1", ("en-US",), False),
    Template("licence-2", ("en-US",), False, "right", "Vera", (0.35, 0.15, 0.1), (238, 224, 208), state=1),
    Template("licence-3", ("en-US",), False, "left", "DejaVuSansCondensed", (0.1, 0.35, 0.2), (214, 234, 214), "MM-DD-YYYY", 2),
    Template("licence-4", ("en-US",), True, "right", "NotoSans", (0.3, 0.1, 0.35), (230, 216, 238), state=3),
    Template("licence-5", ("en-US",), True, "left", "Times-Roman", (0.1, 0.3, 0.35), (212, 232, 234), "MM-DD-YYYY", 1),
    Template("licence-6", ("en-US",), True, "right", "Helvetica", (0.4, 0.3, 0.05), (238, 234, 206), state=0),
)  # fmt: skip


def state(rng: Random, template: Template, locale: Locale, one_page: bool = False) -> Licence:
    """A licence of an invented driver."""
    who = people.person(rng, locale)
    issued = date(2021, 1, 1) + timedelta(days=rng.randrange(1600))
    expiry = date(issued.year + 8, who.birth.month, min(who.birth.day, 28))
    number = rng.choice("ABCDEFT") + mint.digits(rng, 8)
    key = f"{who.customer}{who.name}"
    eyes = rng.choice(("BRO", "BLU", "GRN", "HAZ"))
    made = Licence(locale, who, _STATES[template.state], number, issued, expiry, rng.randrange(58, 77), eyes, key, "")
    return made.coded()


def draw(template: Template, facts: Licence, font: str) -> Sheet:
    """Front above, back below, as both sides are copied onto one picture."""
    wide, high = (v * MILLIMETRE for v in _SIZE)
    sheet, gap = Sheet((wide, 2 * high + 10)), high + 10
    for y in (0, gap):
        sheet.add(Picture(0, y, wide, y + high, guilloche(template.id, template.tint)))
    sheet.add(Area(0, high, wide, gap, (1, 1, 1)))
    sheet.add(Area(0, 0, wide, 17, template.accent))
    sheet.add(Text(8, 12, facts.state[2], bold(font), 10, (1, 1, 1), field="issuer"))
    sheet.add(Text(wide - 8, 12, "DRIVER LICENSE", bold(font), 8, (1, 1, 1), "right"))
    left = template.face == "left"
    fx = 8.0 if left else wide - 74
    sheet.add(Picture(fx, 24, fx + 66, 106, faces.portrait(facts.face), "portrait", key=facts.face))
    sheet.add(Picture(fx, 112, fx + 62, 138, signature(facts.person.name), "signature", key=facts.person.name))
    x, y, who = (84.0 if left else 10.0), 31.0, facts.person
    told = (
        ("4d", "DLN", facts.number, "number"), ("4b", "EXP", facts.locale.date(facts.expiry, template.days), "expiry"), ("3", "DOB", facts.locale.date(who.birth, template.days), "birth"),
        ("1", "", who.family.upper(), "family"), ("2", "", who.given.upper(), "given"), ("8", "", who.street.upper(), "street"),
        ("", "", who.town.upper(), "town"), ("15", "SEX", who.sex, "sex"), ("16", "HGT", f"{facts.height // 12}'-{facts.height % 12:02d}\"", "height"),
        ("18", "EYES", facts.eyes, "eyes"), ("4a", "ISS", facts.locale.date(facts.issued, template.days), "issued"),
    )  # fmt: skip
    for number, label, value, name in told:
        sheet.add(Text(x, y, f"{number} {label}".strip(), font, 5.2, (0.3, 0.3, 0.4)))
        sheet.add(Text(x + 26, y, value, bold(font), 7.6, (0.08, 0.08, 0.1), field=f"viz.{name}"))
        y += 10.2
    sheet.add(Text(10, gap + 14, f"CLASS D: ANY NON-COMMERCIAL VEHICLE UNDER 26,001 LBS  {facts.number[:1]}", font, 5, (0.2, 0.2, 0.2)))  # fmt: skip
    sheet.add(Area(6, gap + 62, wide - 6, gap + 140, (1, 1, 1)))
    sheet.add(Picture(10, gap + 66, wide - 10, gap + 136, codes.modules(facts.payload, "PDF417"), "code", True, facts.payload))  # fmt: skip
    return sheet


def fields(facts: Licence) -> dict[str, str]:
    """The ground truth of what the front states, in plain notation."""
    return {
        "issuer": facts.state[0],
        "family": facts.person.family.upper(),
        "given": facts.person.given.upper(),
        "number": facts.number,
        "birth": facts.person.birth.isoformat(),
        "sex": facts.person.sex,
        "issued": facts.issued.isoformat(),
        "expiry": facts.expiry.isoformat(),
    }
