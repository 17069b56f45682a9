"""Numbers on a line, exactly: amounts of money in any locale, quantities, rates, as decimals and never as floats.

1.234,56 and 1,234.56 and 1 234,56 and 1'234.56 are one value; which mark is the decimal one is decided once a document.
Signs stand before or behind, as minus, in parentheses, or as CR/DR, H/S, C/D; currencies as sign or code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from assay.formats.ocr import Char
from assay.kinds.documents.opened import Box
from assay.kinds.documents.reading.text import Row

_CODES = (
    "EUR|USD|GBP|CHF|CNY|RMB|HKD|TWD|JPY|KRW|SGD|MYR|THB|IDR|PHP|VND|INR|AUD|NZD|CAD|MXN|BRL|ARS|CLP|COP|PEN|SEK|NOK|DKK"
    "|ISK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|ILS|AED|SAR|KWD|EGP|ZAR|NGN|KES|MAD"
)
_SIGNS = r"S\$|R\$|A\$|C\$|HK\$|NT\$|US\$|Fr\.|RM|Rp|Rs\.?|kr\.?|zł|Kč|Ft|lei|[$€£¥₹₽₩₺₪₫฿元円]"
_MONEY = rf"(?:{_CODES}|{_SIGNS})"
_DIGITS = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?(?![\d])"  # 1,234,567.89
    r"|\d{1,3}(?:\.\d{3})+(?:,\d{1,4})?(?![\d])"  # 1.234.567,89
    r"|\d{1,3}(?: \d{3})+(?:[.,]\d{1,4})?(?![\d])"  # 1 234 567,89
    r"|\d{1,3}(?:'\d{3})+(?:[.,]\d{1,4})?(?![\d])"  # 1'234'567.89
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,4})?(?![\d])"  # 12,34,567.89
    r"|\d+[.,]\d{1,4}(?![\d])|[.,]\d{2}(?![\d])|\d+"
)
_NUMBER = re.compile(
    rf"(?<![\w.,/:'#-])(?P<open>\()?(?P<before>[-+])? ?(?P<money>{_MONEY})? ?(?P<sign>[-+])? ?"
    rf"(?P<digits>{_DIGITS})"
    rf"(?P<after>[-+]| [-+](?=  |$))?(?P<close> ?\))?(?P<percent> ?%)?(?: ?(?P<money2>{_MONEY})(?![A-Za-z]))?(?P<after2>[-+])?"
    r"(?: ?(?P<mark>CR|Cr|DR|Dr|[HSCD])(?![A-Za-z]))?(?: ?(?P<code>[A-Z*]{1,2})(?![\w.]))?"
    r"(?![\d:]|[./'-]\d|[A-Za-z]{3})"
)
_DAMAGED = re.compile(r"(?<![\w.,/:-])([-+]?)([0-9OoDCQUlI|SsBZzgGT]{1,7}[.,])([0-9OoDCQUlI|SsBZzgGT]{2})(?![\w.,/:-])")
_LOOKS_LIKE = str.maketrans("OoDCQUlI|SsBZzgGT", "00000011155822967")
_CREDIT = ("CR", "Cr", "H", "C")
_DEBIT = ("DR", "Dr", "S", "D")


@dataclass(frozen=True)
class Number:
    """One number on a line. `value` has its sign; `decimals` counts what is printed behind the decimal mark; `money` is
    true where it can be nothing else (a currency, a mark, the document's decimals). `sign`: "-", "+" or "" as printed,
    `mark` CR or DR where such a mark stands. `place` is straightened, `box` on the page's picture; `chars` the recognised
    characters; `damaged`: letters were read as digits."""

    value: Decimal
    decimals: int
    text: str
    start: int
    end: int
    row: Row = field(repr=False)
    place: Box
    money: bool = False
    percent: bool = False
    sign: str = ""
    mark: str = ""
    currency: str = ""
    damaged: bool = False

    @property
    def box(self) -> Box:
        return self.row.box_of(self.start, self.end, seen=True)

    @property
    def chars(self) -> tuple[Char, ...]:
        """The recognised characters of its digits and marks; none for a text layer."""
        found: list[Char] = []
        for k in self.row.between(self.start, self.end):
            word, at = self.row.words[k], self.row.starts[k]
            if len(word.chars) == len(word.text):
                found += word.chars[max(0, self.start - at) : max(0, self.end - at)]
        return tuple(found)

    @property
    def recognised(self) -> bool:
        return any(self.row.words[k].chars for k in self.row.between(self.start, self.end))


@dataclass(frozen=True)
class Locale:
    """How a document writes numbers: its decimal mark, and how many decimals its amounts have (0, 2 or 3)."""

    mark: str = "."
    decimals: int = 2


def locale_of(rows: Iterable[Row]) -> Locale:
    """Decided by the numbers that leave no doubt: two decimals at the end, or both marks in one number."""
    votes: Counter[str] = Counter()
    decimals: Counter[int] = Counter()
    whole = 0
    for row in rows:
        for match in _NUMBER.finditer(row.text):
            digits = match["digits"]
            tail = re.search(r"([.,])(\d{2})$", digits)
            if tail:
                both = any(mark in digits[: tail.start()] for mark in ".,' ")
                votes[tail[1]] += 3 if both else 1
                decimals[2] += 1
            elif re.fullmatch(r"\d{1,3}([.,])\d{3}(\1\d{3})*", digits):
                other = "," if "." in digits else "."
                votes[other] += 1 if digits.count(".") + digits.count(",") == 1 else 3
                whole += 1
            elif match["money"] or match["money2"]:
                whole += 1
    mark = "," if votes[","] > votes["."] else "."
    return Locale(mark, 2 if decimals[2] >= 0.2 * whole or not whole else 0)


def numbers_of(row: Row, locale: Locale, *, recognised: bool = False) -> list[Number]:
    """Every number on a line, left to right; dates, times and numbers inside names are not numbers."""
    found: list[Number] = []
    for match in _NUMBER.finditer(row.text):
        number = _number(match, row, locale)
        if number is not None:
            found.append(number)
    if recognised:
        damaged = [
            n for n in _damaged(row, locale) if not any(o.money and n.start < o.end and o.start < n.end for o in found)
        ]
        found = [n for n in found if not any(n.start < o.end and o.start < n.end for o in damaged)]
        found = sorted(found + damaged, key=lambda n: n.start)
    return found


def _number(match: re.Match[str], row: Row, locale: Locale) -> Number | None:
    parsed = value_of(match["digits"], locale.mark)
    if parsed is None:
        return None
    value, decimals = parsed
    mark = match["mark"] or ""
    lone = match["code"] or ""
    negative = "-" in (
        (match["before"] or "") + (match["sign"] or "") + (match["after"] or "") + (match["after2"] or "")
    )
    negative = negative or bool(match["open"] and match["close"])
    positive = "+" in (
        (match["before"] or "") + (match["sign"] or "") + (match["after"] or "") + (match["after2"] or "")
    )
    currency = match["money"] or match["money2"] or ""
    percent = bool(match["percent"])
    exact = decimals == locale.decimals and decimals > 0
    grouped = len(match["digits"]) > 4 and locale.decimals == 0 and not match["digits"].isdigit()
    if mark and not exact:
        mark = ""
    end = match.end("code") if lone and exact else match.end("code") if mark else match.end()
    for group in ("after2", "money2", "percent", "close", "after", "digits"):
        if not (lone and exact) and not mark and match[group]:
            end = match.end(group)
            break
    if mark:
        end = match.end("mark")
    start = next(match.start(g) for g in ("open", "before", "money", "sign", "digits") if match[g])
    return Number(
        -value if negative else value,
        decimals,
        row.text[start:end],
        start,
        end,
        row,
        row.box_of(match.start("digits"), match.end("digits")),
        money=not percent and (exact or bool(currency) or grouped),
        percent=percent,
        sign="-" if negative else "+" if positive else "",
        mark="CR" if mark in _CREDIT else "DR" if mark in _DEBIT else "",
        currency=currency,
    )


def value_of(digits: str, mark: str) -> tuple[Decimal, int] | None:
    """The value and its decimals, given the document's decimal mark; None where it cannot be a number (1,23,4)."""
    bare = digits.replace(" ", "").replace("'", "")
    dots, commas = bare.count("."), bare.count(",")
    if dots and commas:
        decimal = max(".,", key=bare.rfind)
    elif dots + commas > 1:
        decimal = ""
    elif dots + commas == 1:
        used = "." if dots else ","
        behind = len(bare) - bare.index(used) - 1
        grouping = behind == 3 and 1 <= bare.index(used) <= 3
        decimal = used if used == mark or not grouping else ""
    else:
        decimal = ""
    whole, _, part = bare.rpartition(decimal) if decimal else (bare, "", "")
    whole = whole.replace(".", "").replace(",", "")
    if len(whole) > 15 or not (whole or part):
        return None
    return Decimal(f"{whole or '0'}.{part}" if part else whole), len(part)


def _damaged(row: Row, locale: Locale) -> Iterable[Number]:
    """Amounts in which the recogniser took digits for letters (114.0C): read by their look, and marked."""
    for match in _DAMAGED.finditer(row.text):
        whole, part = match[2].translate(_LOOKS_LIKE), match[3].translate(_LOOKS_LIKE)
        letters = sum(c.isalpha() or c == "|" for c in match[2] + match[3])
        if letters > 2 or letters >= sum(c.isdigit() for c in match[2] + match[3]):
            continue
        value = Decimal(whole[:-1] + "." + part)
        yield Number(
            -value if match[1] == "-" else value, 2, match[0], match.start(), match.end(), row,
            row.box_of(match.start(), match.end()), money=True, sign=match[1], damaged=True,
        )  # fmt: skip
