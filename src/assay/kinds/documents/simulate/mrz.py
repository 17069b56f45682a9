"""Machine-readable zones composed by ICAO 9303: TD1, TD2, TD3, MRV-A, MRV-B."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

SHAPES = {"TD1": (3, 30), "TD2": (2, 36), "TD3": (2, 44), "MRV-A": (2, 44), "MRV-B": (2, 36)}
_LETTERS = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "Ñ": "N", "Ø": "OE", "Å": "AA", "Æ": "AE", "Ş": "S", "ş": "S"}


@dataclass(frozen=True)
class Zone:
    """What the zone states: names already in Latin letters, days as they are."""

    shape: str
    code: str  # P, ID, V …
    issuer: str
    nationality: str
    family: str
    given: str
    number: str
    birth: date
    sex: str
    expiry: date
    optional: str = ""

    def lines(self) -> tuple[str, ...]:
        """The zone's lines with every check digit right."""
        rows, width = SHAPES[self.shape]
        number = self.number.ljust(9, "<")[:9]
        number += digit(number)
        birth, expiry = f"{self.birth:%y%m%d}", f"{self.expiry:%y%m%d}"
        birth, expiry, sex = birth + digit(birth), expiry + digit(expiry), self.sex if self.sex in "FM" else "<"
        name = f"{transliterated(self.family)}<<{transliterated(self.given)}"
        if rows == 3:
            first = (f"{self.code:<2}{self.issuer:<3}".replace(" ", "<") + number + self.optional).ljust(30, "<")
            second = (birth + sex + expiry + self.nationality.ljust(3, "<")).ljust(29, "<")
            second += digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
            return first, second, name.ljust(30, "<")[:30]
        first = (f"{self.code:<2}{self.issuer:<3}".replace(" ", "<") + name).ljust(width, "<")[:width]
        second = number + self.nationality.ljust(3, "<") + birth + sex + expiry
        if self.shape == "TD3":
            optional = self.optional.ljust(14, "<")[:14]
            second += optional + (digit(optional) if self.optional else "<")
        else:
            second = (second + self.optional).ljust(width - 1, "<")[: width - 1] if self.shape == "TD2" else (second + self.optional).ljust(width, "<")[:width]  # fmt: skip
        if self.shape in ("TD3", "TD2"):
            second += digit(second[0:10] + second[13:20] + second[21:])
        return first, second


def digit(text: str) -> str:
    """The check digit of 9303: weights 7, 3, 1; A = 10 …, `<` = 0."""
    values = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10)


def transliterated(name: str) -> str:
    """A name in the letters of a zone, as 9303 part 3 section 6 recommends."""
    text = "".join(_LETTERS.get(c, _LETTERS.get(c.upper(), c)) for c in name.upper().replace("ß", "SS"))
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(c if c.isascii() and c.isalpha() else "<" if c in " -" else "" for c in plain)
    return kept.strip("<")
