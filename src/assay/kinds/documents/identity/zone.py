"""The machine readable zone: layouts of ICAO Doc 9303 (parts 4 to 7) as data, check digits, and a zone read field by field.

Pure text in, values out. TD1, TD2, TD3, the two visas, and the French national card of 1988-2021, which is like no other.
Positions are counted from 0 here; the standard counts from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
DIGITS, LETTERS = ALPHABET[:10], ALPHABET[10:36]
_VALUE = {c: i for i, c in enumerate(ALPHABET[:36])} | {"<": 0}
_WEIGHTS = (7, 3, 1)

# What may stand in a field; a filler may stand in any but a check digit that must be there.
ALLOWED = {
    "type": LETTERS + "<",
    "country": LETTERS + "<",
    "name": LETTERS + "<",
    "mixed": ALPHABET,
    "date": DIGITS + "<",
    "digit": DIGITS,
    "digit or filler": DIGITS + "<",
    "sex": "MFX<",
}


@dataclass(frozen=True)
class Field:
    """`kind` is a key of `ALLOWED`; the field is `text[line][start:stop]`."""

    name: str
    kind: str
    line: int
    start: int
    stop: int


@dataclass(frozen=True)
class Check:
    """A check digit at (line, place) over spans (line, start, stop), in their order. `may_be_empty`: a filler will do
    where the spans hold nothing but fillers."""

    of: str
    spans: tuple[tuple[int, int, int], ...]
    line: int
    place: int
    may_be_empty: bool = False


@dataclass(frozen=True)
class Layout:
    """`begins`: what the first line begins with, where that tells this layout from another of its size."""

    name: str
    rows: int
    width: int
    fields: tuple[Field, ...]
    checks: tuple[Check, ...]
    begins: tuple[str, ...] = ()

    def field_at(self, line: int, place: int) -> Field:
        return next(f for f in self.fields if f.line == line and f.start <= place < f.stop)


def _two_lines(name: str, width: int, *, composite: bool, begins: tuple[str, ...] = ()) -> Layout:
    """TD2, TD3 and the visas differ only in width and in how the second line ends."""
    fields = [
        Field("type", "type", 0, 0, 2), Field("issuer", "country", 0, 2, 5), Field("names", "name", 0, 5, width),
        Field("number", "mixed", 1, 0, 9), Field("number check", "digit or filler", 1, 9, 10),
        Field("nationality", "country", 1, 10, 13), Field("birth", "date", 1, 13, 19),
        Field("birth check", "digit", 1, 19, 20), Field("sex", "sex", 1, 20, 21), Field("expiry", "date", 1, 21, 27),
        Field("expiry check", "digit", 1, 27, 28),
    ]  # fmt: skip
    checks = [
        Check("number", ((1, 0, 9),), 1, 9),
        Check("birth", ((1, 13, 19),), 1, 19),
        Check("expiry", ((1, 21, 27),), 1, 27),
    ]
    if not composite:
        fields.append(Field("optional", "mixed", 1, 28, width))
    elif width == 44:
        fields += [
            Field("optional", "mixed", 1, 28, 42), Field("optional check", "digit or filler", 1, 42, 43),
            Field("composite", "digit", 1, 43, 44),
        ]  # fmt: skip
        checks.append(Check("optional", ((1, 28, 42),), 1, 42, may_be_empty=True))
        checks.append(Check("composite", ((1, 0, 10), (1, 13, 20), (1, 21, 43)), 1, 43))
    else:
        fields += [Field("optional", "mixed", 1, 28, 35), Field("composite", "digit", 1, 35, 36)]
        checks.append(Check("composite", ((1, 0, 10), (1, 13, 20), (1, 21, 35)), 1, 35))
    return Layout(name, 2, width, tuple(fields), tuple(checks), begins)


TD1 = Layout(
    "TD1", 3, 30,
    (
        Field("type", "type", 0, 0, 2), Field("issuer", "country", 0, 2, 5), Field("number", "mixed", 0, 5, 14),
        Field("number check", "digit or filler", 0, 14, 15), Field("optional", "mixed", 0, 15, 30),
        Field("birth", "date", 1, 0, 6), Field("birth check", "digit", 1, 6, 7), Field("sex", "sex", 1, 7, 8),
        Field("expiry", "date", 1, 8, 14), Field("expiry check", "digit", 1, 14, 15),
        Field("nationality", "country", 1, 15, 18), Field("optional 2", "mixed", 1, 18, 29),
        Field("composite", "digit", 1, 29, 30), Field("names", "name", 2, 0, 30),
    ),
    (
        Check("number", ((0, 5, 14),), 0, 14), Check("birth", ((1, 0, 6),), 1, 6), Check("expiry", ((1, 8, 14),), 1, 14),
        Check("composite", ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)), 1, 29),
    ),
)  # fmt: skip
TD2 = _two_lines("TD2", 36, composite=True)
TD3 = _two_lines("TD3", 44, composite=True)
MRV_A = _two_lines("MRV-A", 44, composite=False, begins=("V",))
MRV_B = _two_lines("MRV-B", 36, composite=False, begins=("V",))
FRANCE = Layout(
    "FRA-1988", 2, 36,
    (
        Field("type", "type", 0, 0, 2), Field("issuer", "country", 0, 2, 5), Field("surname", "name", 0, 5, 30),
        Field("office", "mixed", 0, 30, 36), Field("number", "mixed", 1, 0, 12),
        Field("number check", "digit", 1, 12, 13), Field("given", "name", 1, 13, 27), Field("birth", "date", 1, 27, 33),
        Field("birth check", "digit", 1, 33, 34), Field("sex", "sex", 1, 34, 35), Field("composite", "digit", 1, 35, 36),
    ),
    (
        Check("number", ((1, 0, 12),), 1, 12), Check("birth", ((1, 27, 33),), 1, 33),
        Check("composite", ((0, 0, 36), (1, 0, 35)), 1, 35),
    ),
    begins=("IDFRA",),
)  # fmt: skip
LAYOUTS = (TD3, TD1, TD2, MRV_A, MRV_B, FRANCE)
_LONG_NUMBER = {"TD1": (0, 15, 30), "TD2": (1, 28, 35)}  # where a number of over nine characters goes on


def check_digit(text: str) -> int:
    """Sum of values times 7, 3, 1, 7, …, modulo 10 (Doc 9303 part 3, 4.9). Raises `KeyError` for other characters.

    >>> check_digit("520727"), check_digit("AB2134<<<")
    (3, 5)
    """
    return sum(_VALUE[c] * _WEIGHTS[i % 3] for i, c in enumerate(text)) % 10


def layout_of(lines: Sequence[str]) -> Layout | None:
    """The layout these lines have by number, width and beginning; None where they are no zone."""
    sizes = {len(line) for line in lines}
    fitting = [x for x in LAYOUTS if len(lines) == x.rows and sizes == {x.width}]
    special = [x for x in fitting if x.begins and lines[0].startswith(x.begins)]
    return next(iter(special or [x for x in fitting if not x.begins]), None)


@dataclass(frozen=True)
class Failed:
    """A check digit that is not what it should be."""

    of: str
    printed: str
    computed: int


class Zone:
    """A zone's text and what it says. Absent or impossible values are "" or None; nothing is corrected here."""

    def __init__(self, layout: Layout, lines: Sequence[str]) -> None:
        self.layout, self.lines = layout, tuple(lines)

    @classmethod
    def parse(cls, text: str) -> Zone | None:
        """From lines of text; None where they are no zone.

        >>> Zone.parse("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\\nD231458907UTO7408122F1204159<<<<<<<6").surname
        'ERIKSSON'
        """
        lines = [line for raw in text.upper().splitlines() if (line := raw.replace(" ", ""))]
        layout = layout_of(lines) if all(c in _VALUE for line in lines for c in line) else None
        return cls(layout, lines) if layout else None

    def raw(self, name: str) -> str:
        """A field as printed, fillers and all; "" where the layout has none of that name."""
        return next((self.lines[f.line][f.start : f.stop] for f in self.layout.fields if f.name == name), "")

    def _span(self, spans: Sequence[tuple[int, int, int]]) -> str:
        return "".join(self.lines[line][start:stop] for line, start, stop in spans)

    @property
    def long_number(self) -> tuple[str, str] | None:
        """(characters, check digit) of a number of more than nine characters: a filler stands where the check digit would,
        and the number goes on in the optional field (part 5, 4.2.2.1 note j)."""
        if self.layout.name not in _LONG_NUMBER or self.raw("number check") != "<":
            return None
        rest = self._span([_LONG_NUMBER[self.layout.name]]).partition("<")[0]
        return (self.raw("number") + rest[:-1], rest[-1]) if len(rest) >= 2 else None

    @property
    def number(self) -> str:
        return self.long_number[0] if self.long_number else self.raw("number").rstrip("<")

    @property
    def issuer(self) -> str:
        return self.raw("issuer").rstrip("<")

    @property
    def nationality(self) -> str:
        return self.raw("nationality").rstrip("<")

    @property
    def sex(self) -> str:
        """M, F, or "" where none is given."""
        return self.raw("sex").strip("<X")

    @property
    def surname(self) -> str:
        return self._names[0]

    @property
    def given(self) -> str:
        return self._names[1]

    @property
    def _names(self) -> tuple[str, str]:
        if self.layout is FRANCE:
            return _spaced(self.raw("surname")), _spaced(self.raw("given"))
        surname, _, given = self.raw("names").partition("<<")
        return _spaced(surname), _spaced(given)

    def birth(self, today: date) -> date | None:
        """The latest date not after `today` that the two digits of the year allow; None where it is no whole real date."""
        found = _date(self.raw("birth"), 2000)
        if found and found > today:
            return _date(self.raw("birth"), 1900)
        return found

    @property
    def expiry(self) -> date | None:
        """In 1990 to 2089, as documents are valid for decades at most."""
        text = self.raw("expiry")
        return _date(text, 1900 if text[:2] >= "90" and text[:2].isdigit() else 2000)

    def failed(self) -> list[Failed]:
        """Check digits that do not hold."""
        out = []
        for check in self.layout.checks:
            printed, over = self.lines[check.line][check.place], self._span(check.spans)
            if check.of == "number" and printed == "<":
                if self.long_number is None:
                    if over.strip("<"):
                        out.append(Failed("number", printed, check_digit(over)))
                    continue
                over, printed = self.long_number
            if check.may_be_empty and printed == "<" and not over.strip("<"):
                continue
            if printed != str(check_digit(over)):
                out.append(Failed(check.of, printed, check_digit(over)))
        return out


def _spaced(text: str) -> str:
    return " ".join(text.replace("<", " ").split())


def _date(text: str, century: int) -> date | None:
    try:
        return date(century + int(text[:2]), int(text[2:4]), int(text[4:6])) if text.isdigit() else None
    except ValueError:
        return None
