"""Driver licences and identity cards of North America: the PDF417 on the back, by AAMVA's DL/ID Card Design Standard (versions 1
to 10): header, subfiles by offset and length, elements by their three letters.

Issuers get lengths and offsets wrong now and then, so form alone is a weak cue; dates that contradict each other are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from assay.kinds.documents.identity.checks import Doubt

MAX_CHARS, MAX_SUBFILES, MAX_ELEMENTS = 8_192, 16, 256
# Issuer identification numbers (ISO/IEC 7812) as AAMVA lists them -> state or province.
ISSUERS = {
    "636033": "AL", "636059": "AK", "604427": "AS", "636026": "AZ", "636021": "AR", "636014": "CA", "636020": "CO",
    "636006": "CT", "636043": "DC", "636011": "DE", "636010": "FL", "636055": "GA", "636019": "GU", "636047": "HI",
    "636018": "IA", "636050": "ID", "636035": "IL", "636037": "IN", "636022": "KS", "636046": "KY", "636007": "LA",
    "636002": "MA", "636003": "MD", "636041": "ME", "636032": "MI", "636038": "MN", "636030": "MO", "604430": "MP",
    "636051": "MS", "636008": "MT", "636004": "NC", "636034": "ND", "636054": "NE", "636039": "NH", "636036": "NJ",
    "636009": "NM", "636049": "NV", "636001": "NY", "636023": "OH", "636058": "OK", "636029": "OR", "636025": "PA",
    "604431": "PR", "636052": "RI", "636005": "SC", "636042": "SD", "636053": "TN", "636015": "TX", "636040": "UT",
    "636000": "VA", "636062": "VI", "636024": "VT", "636045": "WA", "636031": "WI", "636061": "WV", "636060": "WY",
    "636027": "", "604432": "AB", "636028": "BC", "636048": "MB", "636017": "NB", "636016": "NL", "636013": "NS",
    "604434": "NT", "604433": "NU", "636012": "ON", "604426": "PE", "604428": "QC", "636044": "SK", "604429": "YT",
    "636056": "", "636057": "",
}  # fmt: skip
_CANADA = frozenset({"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"})
_HEADER = re.compile(r"@.{0,4}?(?:ANSI |AAMVA)(?P<issuer>[0-9]{6})(?P<version>[0-9]{2})", re.DOTALL)
# Elements every card of version 2 and later carries, other than those checked by name.
_MANDATORY = ("DAQ", "DCS", "DBB", "DBA", "DBD", "DBC", "DAG", "DAI", "DAJ", "DAK", "DCF", "DCG", "DAU", "DAY")
_OLD_NAMES = ("DAA", "DAB", "DAC")
_YOUNGEST = 14


@dataclass(frozen=True)
class Licence:
    """A code's content. `faults`: what is wrong with its form, in the words of `_shape`."""

    issuer: str
    version: int
    elements: dict[str, str]
    faults: tuple[str, ...]

    @property
    def state(self) -> str | None:
        """The issuer's two letters, "" for a federal one; None where the number is nobody's."""
        return ISSUERS.get(self.issuer)

    @property
    def number(self) -> str:
        return self.elements.get("DAQ", "").strip()

    @property
    def family(self) -> str:
        return self._name(("DCS", "DAB"), 0)

    @property
    def given(self) -> str:
        return self._name(("DAC", "DCT"), 1).replace(",", " ")

    def _name(self, keys: tuple[str, ...], place: int) -> str:
        for key in keys:
            if self.elements.get(key, "").strip(" ,"):
                return self.elements[key].strip(" ,")
        parts = self.elements.get("DAA", "").split(",")
        return parts[place].strip() if len(parts) > place else ""

    @cached_property
    def birth(self) -> date | None:
        return self.day("DBB")

    @cached_property
    def expiry(self) -> date | None:
        return self.day("DBA")

    @cached_property
    def issued(self) -> date | None:
        return self.day("DBD")

    @property
    def canadian(self) -> bool:
        return self.elements.get("DCG", "").strip() == "CAN" or (self.state or "") in _CANADA

    def day(self, key: str) -> date | None:
        """A date element: MMDDCCYY in the United States since version 2, CCYYMMDD in Canada and before."""
        text = self.elements.get(key, "").strip()
        if not re.fullmatch(r"[0-9]{8}", text):
            return None
        first, second = (_ymd, _mdy) if self.canadian or self.version < 2 else (_mdy, _ymd)
        return first(text) or second(text)


def _mdy(text: str) -> date | None:
    return _day(int(text[4:]), int(text[:2]), int(text[2:4]))


def _ymd(text: str) -> date | None:
    return _day(int(text[:4]), int(text[4:6]), int(text[6:]))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1880 <= year <= 2150 else None
    except ValueError:
        return None


def read_licence(text: str) -> Licence | None:
    """The licence in a code's text; None where it is none. Text is Latin 1, lines as they stand in the code."""
    text = text[:MAX_CHARS]
    header = _HEADER.match(text)
    if header is None:
        return None
    version = int(header["version"])
    counted = text[header.end() + (2 if version > 1 else 0) :][:2]
    entries = int(counted) if counted.isdigit() and counted.isascii() else 0
    at = header.end() + (4 if version > 1 else 2)
    subfiles: list[tuple[str, int, int]] = []
    for i in range(min(entries, MAX_SUBFILES)):
        entry = re.fullmatch(r"([A-Z0-9]{2})([0-9]{4})([0-9]{4})", text[at + 10 * i : at + 10 * i + 10])
        if entry:
            subfiles.append((entry[1], int(entry[2]), int(entry[3])))
    elements = _elements(text, at + 10 * len(subfiles))
    return Licence(header["issuer"], version, elements, tuple(_shape(text, header, subfiles, entries)))


def _elements(text: str, start: int) -> dict[str, str]:
    """Wherever they stand: lines that begin with three capitals of which the first is D or Z."""
    found: dict[str, str] = {}
    for line in re.split(r"[\n\r\x1d\x1e]", text[start:])[:MAX_ELEMENTS]:
        for one in (line, line[2:]):  # the first of a subfile follows the subfile's two letters
            match = re.match(r"(D[A-D][A-Z])(.*)", one)
            if match:
                found.setdefault(match[1], match[2].strip()[:128])
                break
    return found


def _shape(text: str, header: re.Match[str], subfiles: list[tuple[str, int, int]], entries: int) -> list[str]:
    """ "header", "entries", "offset", "length", "end": what does not fit the standard."""
    faults = []
    if not text.startswith(("@\n\x1e\rANSI ", "@\n\x1e\rAAMVA", "@\n\x1c\rANSI ", "@\n\x1c\rAAMVA")):
        faults.append("header")
    if not subfiles or len(subfiles) != entries or not any(kind in ("DL", "ID") for kind, _, _ in subfiles):
        faults.append("entries")
    for kind, offset, length in subfiles:
        # Some issuers count from one, or leave the compliance characters out.
        if not any(text[offset + slip : offset + slip + 2] == kind for slip in (0, -1, 1, -2, 2)):
            faults.append("offset")
        elif abs(offset + length - _end_of(text, offset)) > 2:
            faults.append("length")
    if not text.endswith("\r"):
        faults.append("end")
    return list(dict.fromkeys(faults))


def _end_of(text: str, offset: int) -> int:
    end = text.find("\r", offset)
    return len(text) if end < 0 else end + 1


def licence_doubts(licence: Licence, today: date) -> list[Doubt]:
    """What the code says against itself."""
    out = [*_days(licence, today)]
    state = licence.state
    if state is None:
        out.append(Doubt("licence-issuer", "medium", {"issuer": licence.issuer}))
    elif state and licence.elements.get("DAJ", "").strip() not in ("", state):
        values = {"issuer": state, "address": licence.elements["DAJ"].strip()[:2]}
        out.append(Doubt("licence-state", "low", values))
    serious = [fault for fault in licence.faults if fault in ("header", "entries", "offset")]
    missing = [key for key in _MANDATORY if not licence.elements.get(key)] if licence.version >= 2 else []
    if licence.version >= 2 and not (licence.family or any(licence.elements.get(k) for k in _OLD_NAMES)):
        missing.append("DCS")
    if serious or len(missing) >= 4:
        told = {"faults": ", ".join([*serious, *missing]) or "-"}
        out.append(Doubt("licence-form", "medium" if len(serious) + (len(missing) >= 4) > 1 else "low", told))
    return out


def _days(licence: Licence, today: date) -> list[Doubt]:
    out = []
    birth, issued, expiry = licence.birth, licence.issued, licence.expiry
    broken = [
        k for k in ("DBB", "DBA", "DBD") if licence.elements.get(k, "").strip().isdigit() and licence.day(k) is None
    ]
    if broken:
        out.append(Doubt("licence-dates", "high", {"what": ", ".join(broken)}))
    order: list[tuple[str, date | None, date | None, Callable[[date, date], bool]]] = [
        ("DBB, DBD", birth, issued, lambda a, b: a >= b),
        ("DBD, DBA", issued, expiry, lambda a, b: a >= b),
        ("DBB", birth, today, lambda a, b: a > b),
        ("DBD", issued, today, lambda a, b: (a - b).days > 1),
    ]
    wrong = [what for what, a, b, bad in order if a and b and bad(a, b)]
    # The days on which the holder turns 18, 19 and 21, where the code gives them.
    for key, years in (("DDH", 18), ("DDI", 19), ("DDJ", 21)):
        turns = licence.day(key)
        if (
            turns
            and birth
            and (
                turns.year - birth.year != years or abs(turns.month * 31 + turns.day - birth.month * 31 - birth.day) > 2
            )
        ):
            wrong.append(f"DBB, {key}")
    if wrong:
        out.append(Doubt("licence-dates", "high", {"what": "; ".join(wrong)}))
    elif birth and issued and (issued - birth).days < _YOUNGEST * 365:
        out.append(Doubt("licence-dates", "medium", {"what": "DBB, DBD"}))
    if expiry and expiry < today and not out:
        out.append(Doubt("expired", "aside", {"date": expiry.isoformat()}))
    return out
