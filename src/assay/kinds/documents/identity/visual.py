"""What a paper prints for people, against what it says for machines.

Genuine papers differ between the two in many harmless ways: letters that the zone has no place for, names cut short, names in
another script, sex in two languages, months by name. So nothing is required to be found; only a number or a date that is
plainly printed, plainly in that field's place and plainly another one counts, and a name only where nothing like it stands there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from itertools import pairwise

from assay.kinds.documents.identity.checks import Box, Doubt, Grade
from assay.kinds.documents.opened import Page, Word
from assay.kinds.documents.reading.dates import Found as PrintedDate
from assay.kinds.documents.reading.dates import dates_of
from assay.kinds.documents.reading.text import Row, folded, row_of

_SURE, _RUNNER_UP = 0.9, 0.08  # a character's probability, and the most its runner-up may have
_LIKE = 0.55  # a name with less than this in common is another name
_UNLIKE = 0.45  # and less than this, where the other name is there
_FEW_LINES = 4
_YEAR = re.compile(r"(?:19|20)\d\d")

# Beginnings of words, without accents, that stand at a field on papers in use; the signs are those of ISO 18013 licences.
_LABELS = {
    "birth": ("birth", "dob", "born", "geburt", "geb.", "naissance", "nacimiento", "nascita", "nascimento", "geboorte",
              "urodz", "fodsel", "fodd", "syntym", "datelind", "dogum", "dogulu", "rodenja", "narozen", "nastere",
              "szulet", "出生", "生年月日", "생년월일"),
    "expiry": ("expir", "exp", "gultig", "valid", "caduc", "vencim", "scad", "geldig", "wazn", "gecerl", "skadim", "bitis",
               "vazi", "platnost", "ervenyes", "etibarl", "utlop", "gyldig", "voimassa", "有效期", "有効期"),
    "issued": ("issue", "iss", "ausgestell", "ausstell", "delivr", "expedic", "expedid", "emis", "emitid", "rilasc",
               "afgifte", "wydan", "leshim", "veril", "verilm", "izdan", "vydan", "utstedt", "签发", "発行", "交付"),
    "number": ("no", "no.", "nr", "nr.", "number", "numero", "num.", "nummer", "dln", "dl", "lic#", "号码", "番号", "n°", "nº"),
}  # fmt: skip
_ALIKE = str.maketrans("OQDIL|ZSGBT", "00011125687")


@dataclass(frozen=True)
class Facts:
    """What a zone or a code states, as far as it is certain; "" or None where it is silent. `boxes`: field -> page and box."""

    number: str = ""
    birth: date | None = None
    expiry: date | None = None
    issued: date | None = None
    family: str = ""
    given: str = ""
    boxes: dict[str, tuple[int, Box]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Token:
    text: str
    words: tuple[Word, ...]
    page: int
    box: Box


def compare(facts: Facts, pages: Sequence[Page], without: Sequence[tuple[int, Box]]) -> list[Doubt]:
    """Contradictions between `facts` and what the pages print outside the boxes `without` (page, box)."""
    rows = [row for page in pages for row in _rows(page, [box for number, box in without if number == page.number])]
    if len(rows) < _FEW_LINES:
        return []
    dates = [one for row in rows for one in dates_of(row) if one.readings]
    out = []
    for name in ("birth", "expiry"):
        stated = getattr(facts, name)
        if stated is not None:
            out += _date_doubts(name, stated, facts, dates, rows)
    out += _order_doubts(facts, dates, rows)
    if facts.number:
        out += _number_doubts(facts, rows)
    if facts.family or facts.given:
        out += _name_doubts(facts, rows, agreed=not out)
    return out


def reads_like_identity(page: Page) -> bool:
    """Does a page without a zone print what identity papers print: a birth, and a day of issue or expiry?"""
    text = folded(" ".join(line.text for line in page.lines[:80]))
    named = {name for name in ("birth", "expiry", "issued") if _named(text, name)}
    return "birth" in named and len(named) >= 2 and len(page.lines) < 60


def _named(text: str, name: str) -> bool:
    return any(re.search(rf"(?<![a-z]){re.escape(b)}" if b.isascii() else re.escape(b), text) for b in _LABELS[name])


def _rows(page: Page, without: Sequence[Box]) -> list[Row]:
    rows = []
    for index, (line, seen) in enumerate(zip(page.straight, page.lines, strict=True)):
        if "<<" in line.text or any(_covered(word.box, box) for word in seen.words for box in without):
            continue
        rows.append(row_of(line, seen, page.number, index))
    return rows


def _covered(inner: Box, outer: Box) -> bool:
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = max(1.0, (inner[2] - inner[0]) * (inner[3] - inner[1]))
    return width > 0 and height > 0 and width * height > 0.4 * area


def _date_doubts(
    name: str, stated: date, facts: Facts, dates: Sequence[PrintedDate], rows: Sequence[Row]
) -> list[Doubt]:
    if any(_says(one, stated) for one in dates):
        return []
    others = [d for d in (facts.birth, facts.expiry, facts.issued) if d is not None and d != stated]
    free = [one for one in dates if not any(_says(one, d) for d in others)]
    if any(_YEAR.search(one.text) for one in dates):  # a year cut short was not read whole
        free = [one for one in free if _YEAR.search(one.text)]
    labelled = [one for one in free if _label_of(one, rows) == name]
    candidate = labelled[0] if len({one.readings for one in labelled}) == 1 else None
    if candidate is None and not labelled:
        candidate = _by_order(name, facts, dates, free)
    if candidate is None:
        return []
    grade: Grade = "high" if _certain(_words_of(candidate)) else "unclear"
    boxes = [(candidate.row.page, candidate.row.box_of(candidate.start, candidate.end, seen=True))]
    boxes += [facts.boxes[name]] if name in facts.boxes else []
    return [
        Doubt(f"visual-{name}" if grade == "high" else "visual-unclear", grade, {"field": name}, (name,), tuple(boxes))
    ]


def _order_doubts(facts: Facts, dates: Sequence[PrintedDate], rows: Sequence[Row]) -> list[Doubt]:
    """A printed day of issue that is not after the birth and before the expiry."""
    for one in dates:
        if _label_of(one, rows) != "issued" or not _certain(_words_of(one)) or not _YEAR.search(one.text):
            continue
        late = facts.expiry is not None and all(day > facts.expiry for day in one.readings)
        early = facts.birth is not None and all(day < facts.birth for day in one.readings)
        if late or early:
            box = one.row.box_of(one.start, one.end, seen=True)
            return [
                Doubt(
                    "visual-order",
                    "medium",
                    {"field": "expiry" if late else "birth"},
                    ("issued",),
                    ((one.row.page, box),),
                )
            ]
    return []


def _says(one: PrintedDate, stated: date) -> bool:
    """Centuries aside: a zone has none."""
    return any((r.year % 100, r.month, r.day) == (stated.year % 100, stated.month, stated.day) for r in one.readings)


def _by_order(name: str, facts: Facts, dates: Sequence[PrintedDate], free: Sequence[PrintedDate]) -> PrintedDate | None:
    """A paper that prints birth, issue and expiry prints the birth as the earliest and the expiry as the latest."""
    other = facts.expiry if name == "birth" else facts.birth
    if other is None or not any(_says(one, other) for one in dates):
        return None
    distinct = {one.readings[0]: one for one in dates if len(one.readings) == 1 or one.order == "?"}
    if len(distinct) < 3:
        return None
    day = min(distinct) if name == "birth" else max(distinct)
    one = distinct[day]
    if one not in free or (name == "birth" and facts.expiry is not None and day.year > facts.expiry.year - 11):
        return None
    return one


def _words_of(one: PrintedDate) -> list[Word]:
    return [one.row.words[k] for k in one.row.between(one.start, one.end)]


def _certain(words: Iterable[Word]) -> bool:
    """No character that might as well be another."""
    return all(
        word.confidence >= _SURE and all(c.sure >= _SURE and c.other_sure <= _RUNNER_UP for c in word.chars)
        for word in words
    )


def _label_of(one: PrintedDate, rows: Sequence[Row]) -> str:
    """The field whose label stands before the date on its line, else closest above it; "" where none does."""
    before = _field_in(folded(one.row.text[: one.start])[-40:])
    if before:
        return before
    x0, y0, x1, y1 = one.row.box_of(one.start, one.end)
    best, distance = "", 2.6 * (y1 - y0)
    for row in rows:
        if row.page != one.row.page:
            continue
        for k, word in enumerate(row.words):
            box = word.box
            gap = y0 - box[3]
            if -0.4 * (y1 - y0) <= gap < distance and min(x1, box[2]) - max(x0, box[0]) > 0.3 * min(
                x1 - x0, box[2] - box[0]
            ):
                named = _field_in(folded(_around(row, row.starts[k])))
                if named:
                    best, distance = named, gap
    return best


def _around(row: Row, at: int) -> str:
    """The run of words that a place in a line stands in, up to wide gaps."""
    before, after = row.text[:at].rpartition("  ")[2], row.text[at:].partition("  ")[0]
    return before + after


def _field_in(text: str) -> str:
    """The last field that a text names."""
    found = [
        (match.start(), name)
        for name, beginnings in _LABELS.items()
        if name != "number"
        for beginning in beginnings
        for match in re.finditer(
            rf"(?<![a-z]){re.escape(beginning)}" if beginning.isascii() else re.escape(beginning), text
        )
    ]
    return max(found)[1] if found else ""


def _number_doubts(facts: Facts, rows: Sequence[Row]) -> list[Doubt]:
    stated = _bare(facts.number)
    if len(stated) < 6:
        return []
    tokens = [token for row in rows for token in _tokens(row)]
    if any(stated.translate(_ALIKE) in token.text.translate(_ALIKE) for token in tokens):
        return []
    near = [t for t in tokens if len(t.text) == len(stated) and 1 <= _apart(t.text, stated) <= 2]
    labelled = [
        t for t in tokens if len(t.text) == len(stated) and _shape(t.text) == _shape(stated) and _numbered(t, rows)
    ]
    for token in near or (labelled if len({t.text for t in labelled}) == 1 else []):
        grade: Grade = "high" if _certain(token.words) and (near or _shape(stated).strip("9")) else "unclear"
        boxes = [(token.page, token.box)] + ([facts.boxes["number"]] if "number" in facts.boxes else [])
        code = "visual-number" if grade == "high" else "visual-unclear"
        return [Doubt(code, grade, {"field": "number"}, ("number",), tuple(boxes))]
    return []


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum())


def _tokens(row: Row) -> list[_Token]:
    """Words with a digit, and neighbours put together, without spaces and dashes."""
    found = []
    seen = row.seen
    for first in range(len(seen)):
        for last in range(first, min(first + 4, len(seen))):
            text = _bare("".join(word.text for word in seen[first : last + 1]))
            if len(text) >= 6 and any(c.isdigit() for c in text):
                boxes = [word.box for word in seen[first : last + 1]]
                box = (
                    min(b[0] for b in boxes),
                    min(b[1] for b in boxes),
                    max(b[2] for b in boxes),
                    max(b[3] for b in boxes),
                )
                found.append(_Token(text, tuple(seen[first : last + 1]), row.page, box))
    return found


def _apart(a: str, b: str) -> int:
    """Characters that differ and do not look alike."""
    return sum(x != y for x, y in zip(a.translate(_ALIKE), b.translate(_ALIKE), strict=True))


def _shape(text: str) -> str:
    return "".join("9" if c.isdigit() else "A" for c in text)


def _numbered(token: _Token, rows: Sequence[Row]) -> bool:
    """Does a label for a number stand before it or right above it?"""
    x0, y0, x1, y1 = token.box
    for row in rows:
        if row.page != token.page:
            continue
        for word in row.seen:
            label = folded(word.text).strip(" :")
            if not any(label == name or label.endswith(("/" + name, " " + name)) for name in _LABELS["number"]):
                continue
            bx0, by0, bx1, by1 = word.box
            beside = abs((by0 + by1) - (y0 + y1)) < (y1 - y0) and -0.5 * (y1 - y0) < x0 - bx1 < 5 * (y1 - y0)
            above = -0.4 * (y1 - y0) <= y0 - by1 < 1.6 * (y1 - y0) and min(x1, bx1) > max(x0, bx0)
            if beside or above:
                return True
    return False


def _name_doubts(facts: Facts, rows: Sequence[Row], *, agreed: bool) -> list[Doubt]:
    """Neither surname nor given names resemble anything printed, though the page is in Latin letters and read well."""
    words = [w for row in rows for w in row.words if w.confidence >= 0.85]
    letters = [c for w in words for c in w.text if c.isalpha()]
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters)
    if len(letters) < 40 or latin < 0.6 * len(letters):
        return []
    printed = [_letters(w.text) for w in words]
    printed += [a + b for a, b in pairwise(printed)]
    named = {"family": facts.family, "given": facts.given}
    missing, strange = [], False
    for name, value in named.items():
        parts = [_letters(part) for part in value.split() if len(part) >= 3]
        if parts and (best := max(_likeness(part, printed) for part in parts)) < _LIKE:
            missing.append(name)
            strange = strange or best < _UNLIKE
    if not missing or (len(missing) == 1 and not strange):
        return []
    both = len(missing) == sum(bool(v) for v in named.values())
    grade: Grade = "medium" if both and agreed else "low"
    where = tuple(facts.boxes[name] for name in ("names", *missing) if name in facts.boxes)
    return [Doubt("visual-name", grade, {"field": ", ".join(missing)}, tuple(missing), where)]


def _likeness(name: str, printed: Sequence[str]) -> float:
    best = 0.0
    for other in printed:
        if len(other) < 2 or not 0.4 < len(other) / len(name) < 2.6:
            continue
        if name in other or (len(other) >= 3 and other in name):
            return 1.0
        best = max(best, SequenceMatcher(None, name, other, autojunk=False).ratio())
    return best


_SPELT = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "Ø": "OE", "Å": "AA", "Æ": "AE", "Þ": "TH", "Ð": "D", "Ł": "L", "Đ": "D", "Ə": "A", "İ": "I", "ı": "I"}  # fmt: skip


def _letters(text: str) -> str:
    """A to Z, as Doc 9303 part 3 section 6 writes the others."""
    spelt = "".join(_SPELT.get(c, c) for c in text.upper())
    return "".join(c for c in unicodedata.normalize("NFKD", spelt) if "A" <= c <= "Z")
