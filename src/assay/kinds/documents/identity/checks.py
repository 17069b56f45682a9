"""What a zone says of itself: check digits, characters where they may not stand, dates, codes. Each doubt as data; the detector
turns them into reasons.

A wrong check digit is a forger's mistake or a reader's. It counts against the paper only where the reading leaves no room: the
likeliest text with every digit right is `FORGED` nats less likely than what was read, and a second network reads the field
as wrong too. Up to `BLURRED` nats it is taken as read amiss and mended; in between nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np

from assay.kinds.documents.identity import countries
from assay.kinds.documents.identity.spelling import alien
from assay.kinds.documents.identity.zone import FRANCE, Zone

BLURRED, FORGED, FORGED_WHOLE = 3.0, 6.5, 7.2
_DOUBTED = 0.8  # probability under which a character is not held against the paper
PREFIX = "documents.identity-"

# "aside": nothing against the paper being what it is, but worth knowing before it is accepted.
Grade = Literal["note", "aside", "unclear", "low", "medium", "high"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Doubt:
    """`code` follows `PREFIX`; `values` are safe to record; `boxes` are (page, box) pairs."""

    code: str
    grade: Grade
    values: dict[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    boxes: tuple[tuple[int, Box], ...] = ()


@dataclass(frozen=True)
class Readable:
    """A zone as the checks need it: the text to believe, how sure each character is, and the gaps of failing digits. `clear`:
    the lines as a whole were read without a character left out or put in."""

    zone: Zone
    sure: Sequence[np.ndarray]
    gaps: dict[str, float]
    mended: bool
    clear: bool = True


def zone_doubts(read: Readable, today: date, again: Callable[[str], bool]) -> list[Doubt]:
    """Everything the zone alone says. `again(check)` asks a second reader whether that check digit is wrong to it, too."""
    zone = read.zone
    return [
        *_digits(read, again),
        *_codes(read),
        *_dates(zone, today, lambda name: sureness(read, name)),
    ]


def sureness(read: Readable, name: str) -> float:
    """The probability of a field's least certain character; 1.0 where the layout has no such field."""
    found = [f for f in read.zone.layout.fields if f.name == name]
    return min((float(read.sure[f.line][f.start : f.stop].min()) for f in found), default=1.0)


def _digits(read: Readable, again: Callable[[str], bool]) -> list[Doubt]:
    if read.mended or not read.gaps:
        return []
    # A wrong digit in a field makes the composite wrong as well; it is named alone only where nothing else is wrong.
    single = {of: gap for of, gap in read.gaps.items() if of != "composite"} or read.gaps
    # Where only the composite fails, any of thirty characters may have been misread.
    least = FORGED_WHOLE if "composite" in single else FORGED
    sure = [of for of, gap in single.items() if gap >= least and again(of)]
    printed = {f.of: f for f in read.zone.failed()}
    if not sure:
        return [Doubt("unclear", "unclear", {"field": _said(single)}, tuple(single))]
    # The optional field's digit is the one that some issuers are known to leave out or to compute their own way.
    grade: Grade = "medium" if sure == ["optional"] else "high"
    shown = printed.get(sure[0])
    values = {
        "field": _said(sure),
        "printed": shown.printed if shown else "?",
        "computed": shown.computed if shown else "?",
    }
    return [Doubt("check-digit", grade, values, tuple(sure))]


def _said(names: Sequence[str] | dict[str, float]) -> str:
    return ", ".join(names)


def _codes(read: Readable) -> list[Doubt]:
    zone, out = read.zone, list[Doubt]()
    for name in () if not read.clear else ("issuer", "nationality"):
        code = zone.raw(name)
        if code and not countries.known(code) and sureness(read, name) >= _DOUBTED:
            out.append(Doubt("country", "medium", {"field": name, "code": code.rstrip("<")}, (name,)))
    return out


def _dates(zone: Zone, today: date, sure: Callable[[str], float]) -> list[Doubt]:
    out = []
    names = ("birth",) if zone.layout is FRANCE else ("birth", "expiry")
    for name in names:
        text = zone.raw(name)
        real = zone.birth(today) if name == "birth" else zone.expiry
        # A filler stands for a day, a month or a year that is not known, and for papers that do not expire.
        if real is None and "<" not in text and sure(name) >= _DOUBTED:
            out.append(
                Doubt("date", "high", {"field": name, "digits": text if name == "expiry" else "••••••"}, (name,))
            )
    if zone.expiry is not None and zone.expiry < today and not out:
        out.append(Doubt("expired", "aside", {"date": zone.expiry.isoformat()}, ("expiry",)))
    return out


def misplaced(zone: Zone, seen: Sequence[np.ndarray]) -> tuple[str, ...]:
    """Fields with a character that certainly may not stand there (a letter in a date that looks like no digit)."""
    found = []
    for f in zone.layout.fields:
        # Some states write digits for letters of their own alphabet into names.
        if f.kind not in ("name", "mixed") and any(
            alien(seen[f.line][p], f.kind) > 0.97 for p in range(f.start, f.stop)
        ):
            found.append(f.name)
    return tuple(found)
