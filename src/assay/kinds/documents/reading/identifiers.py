"""Account, card and tax numbers on a paper whose check digits do not hold. Only numbers of a known form are judged, tax and
card numbers only beside a word that says what they are; recognised ones not where one likely misreading would hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assay.core.checkdigits import IBAN_LENGTHS, luhn_holds, mod97_holds
from assay.kinds.documents.reading.checkdigits import VAT, chinese_identity, routing, social_credit
from assay.kinds.documents.reading.paper import Issue, Paper, Place
from assay.kinds.documents.reading.repair import DOUBT, RUNNER_UP
from assay.kinds.documents.reading.text import Row, folded

_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2}\d{2})((?: ?[A-Z0-9]){11,30})(?![A-Za-z0-9])")
_REFERENCE = re.compile(r"(?<![A-Za-z0-9])(RF\d{2})((?: ?[A-Z0-9]){1,21})(?![A-Za-z0-9])")
_VAT = {
    country: (re.compile(rf"(?<![A-Za-z0-9]){' ?'.join(country)}[ .-]?({_spaced})(?![A-Za-z0-9])"), check)
    for country, (pattern, check) in VAT.items()
    for _spaced in [re.sub(r"(\\d|\[[^]]+\])(?:\{(\d+)(?:,(\d+))?\})?", lambda m: f"(?:{m[1]}[ .-]?){{{m[2] or 1}{',' + m[3] if m[3] else ''}}}", pattern)]
}  # fmt: skip
_VAT_WORD = re.compile(
    r"\bvat\b|v\.a\.t|ust|uid|steuer|tva|\biva\b|\bnif\b|\bcif\b|btw|mwst|moms|dph|alv|\bnip\b|\boib\b|tax|fiscal|\bid[- ]?nr|\bsiret|partita|p\.? ?iva|税"
)
_CARD = re.compile(r"(?<![\d.,/-])([45]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})(?![\d.,/-])")
_NO_CARD = re.compile(r"member|loyal|gift|club|point|bonus|kunden|fidel|sim\b|\bid\b|mitglied|treue|会员|积分")
_CARD_WORD = re.compile(r"card|karte|carte|tarjeta|carta|kaart|cartao|visa|mastercard|卡")
_ROUTING = re.compile(r"(?<!\d)(\d{9})(?!\d)")
_ROUTING_WORD = re.compile(r"routing|\baba\b|transit (no|num)")
_SOCIAL = re.compile(r"(?<![A-Za-z0-9])([0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10})(?![A-Za-z0-9])")
_SOCIAL_WORD = re.compile(r"信用代码|识别号|税号|纳税人")
_PERSON = re.compile(r"(?<!\d)(\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx])(?!\d)")
_PERSON_WORD = re.compile(r"身份证|公民身份|证件号")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Identifier:
    """A number of a known form: `what` names it, `bare` is it without spaces, `start` and `end` where it stands in the
    row, `holds` whether its check digits do."""

    what: str
    bare: str
    row: Row
    start: int
    end: int
    check: Callable[[str], bool]

    @property
    def holds(self) -> bool:
        try:
            return self.check(self.bare)
        except (ValueError, IndexError):
            return True  # not of the form after all


def identifiers_of(paper: Paper) -> Iterator[Identifier]:
    """Every account, card, reference and tax number on a paper."""
    before = ""
    for row in paper.rows:
        words = folded(row.text)
        near = before + " " + words
        taken: list[tuple[int, int]] = []
        for one in (*_ibans(row, near), *_labelled(row, near, words)):
            if not any(one.start < end and start < one.end for start, end in taken):
                taken.append((one.start, one.end))
                yield one
        before = words


def _ibans(row: Row, near: str) -> Iterator[Identifier]:
    for match in _IBAN.finditer(row.text):
        length = IBAN_LENGTHS.get(match[1][:2])
        bare = (match[1] + match[2]).replace(" ", "")
        if length is None or len(bare) < length or not any(c.isdigit() for c in bare[4:]):
            continue
        end = match.start()
        for _ in range(length):  # what is printed behind the account number is not part of it
            end += 1
            while end < len(row.text) and row.text[end - 1] == " ":
                end += 1
        if len(bare) > length and row.text[end : end + 1] not in ("", " "):
            continue
        spaced = row.text[match.start() : end].strip().count(" ") == (length - 1) // 4
        if (spaced or "iban" in near or length >= 22) and sum(c.isdigit() for c in bare[:length]) >= 10:
            yield Identifier("iban", bare[:length], row, match.start(), end, mod97_holds)
    for match in _REFERENCE.finditer(row.text):
        yield Identifier(
            "reference", (match[1] + match[2]).replace(" ", ""), row, match.start(), match.end(), mod97_holds
        )


def _labelled(row: Row, near: str, words: str) -> Iterator[Identifier]:
    if _VAT_WORD.search(near):
        for country, (pattern, check) in _VAT.items():
            if country[0] in row.text:
                for match in pattern.finditer(row.text):
                    bare = re.sub(r"[ .-]", "", match[1])
                    yield Identifier("vat", bare, row, match.start(), match.end(), check)
    if _SOCIAL_WORD.search(near):
        for match in _SOCIAL.finditer(row.text):
            yield Identifier("social-credit", match[1], row, match.start(), match.end(), social_credit)
    if _PERSON_WORD.search(words):
        for match in _PERSON.finditer(row.text):
            yield Identifier("identity", match[1], row, match.start(), match.end(), chinese_identity)
    if _CARD_WORD.search(words) and not _NO_CARD.search(words):
        for match in _CARD.finditer(row.text):
            yield Identifier("card", re.sub(r"[ -]", "", match[1]), row, match.start(), match.end(), luhn_holds)
    if _ROUTING_WORD.search(words):
        for match in _ROUTING.finditer(row.text):
            yield Identifier("routing", match[1], row, match.start(), match.end(), routing)


CODES = {
    "iban": "documents.iban",
    "reference": "documents.creditor-reference",
    "vat": "documents.tax-number",
    "social-credit": "documents.tax-number",
    "identity": "documents.person-number",
    "card": "documents.card-number",
    "routing": "documents.routing-number",
}


def issues_of(paper: Paper) -> list[Issue]:
    """Numbers whose check digits do not hold. The number itself is not repeated: its last characters only."""
    issues = []
    for one in identifiers_of(paper):
        if one.holds:
            continue
        place = Place(one.row.page, one.row.index, one.row.box_of(one.start, one.end, seen=True))
        values: dict[str, str | int] = {"page": one.row.page, "ending": one.bare[-4:]}
        issues.append(Issue(CODES[one.what], (place,), values, unsure=not paper.layer and _misreadable(one)))
    return issues[:4]


def _misreadable(one: Identifier) -> bool:
    """Would it hold with one or, where recognition was poor, any characters read otherwise? Also true where characters may
    have been lost."""
    chars = [
        char for k in one.row.between(one.start, one.end) for char in one.row.words[k].chars if char.char.isalnum()
    ]
    texts = "".join(char.char for char in chars)
    at = texts.find(one.bare)
    if at < 0:
        return True
    chars = chars[at : at + len(one.bare)]
    if min((char.sure for char in chars), default=0.0) < 0.8 or sum(char.sure < DOUBT for char in chars) > 1:
        return True
    alike = {"0": "OQD8", "O": "0", "1": "I7", "I": "1", "8": "B3", "B": "8", "5": "S6", "S": "5", "2": "Z7", "Z": "2",
             "6": "G58", "G": "6", "9": "4", "4": "9", "7": "1", "3": "8"}  # fmt: skip
    for i, char in enumerate(chars):
        likely = {char.other.upper()} if char.other_sure >= RUNNER_UP else set()
        if char.sure < DOUBT:
            likely |= set(alike.get(char.char, ""))
        for other in likely:
            if len(other) == 1 and other in _ALPHABET:
                changed = Identifier(one.what, one.bare[:i] + other + one.bare[i + 1 :], one.row, 0, 0, one.check)
                if changed.holds:
                    return True
    return False
