"""Sentences with slots, filled: `texts/*.toml` hold them by language, kind and number; `brands.toml` who may speak.

A template is `[a|b]` choices and `{slot}`s. One message names one bank, one courier, one shop: a slot drawn twice says the
same, but for amounts, times and dates. A lure's `{lure}` imitates whoever the message speaks for.
"""

from __future__ import annotations

import re
import string
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assay.kinds.messages.simulate.links import lure_link, official_link
from assay.kinds.messages.simulate.local import MONEY, brands, date, one, people, phone
from assay.kinds.messages.simulate.vocabulary import STEMS

Rng = np.random.Generator
_HERE = Path(__file__).parent
LANGUAGES = ("en", "zh", "de", "es", "fr", "it", "pt", "nl")
GENUINE, LURE = "genuine", "lure"


@dataclass(frozen=True, order=True)
class Template:
    """`name` is stable: language, kind, category and number, such as "de/lure/parcel/2"."""

    language: str
    kind: str
    category: str
    number: int
    text: str

    @property
    def name(self) -> str:
        return f"{self.language}/{self.kind}/{self.category}/{self.number}"


@cache
def templates() -> tuple[Template, ...]:
    """All of them, in the order of the files."""
    found = []
    for language in LANGUAGES:
        told = tomllib.loads((_HERE / "texts" / f"{language}.toml").read_text("utf-8"))
        for kind in (GENUINE, LURE):
            for category, texts in told[kind].items():
                found += [Template(language, kind, category, i, text) for i, text in enumerate(texts)]
    return tuple(found)


@dataclass(frozen=True)
class Filled:
    """`text` as it is sent; `speaks` whom it speaks for, "" for nobody in particular."""

    text: str
    speaks: str


def fill(template: Template, rng: Rng) -> Filled:
    """One message of a template."""
    slots = _Slots(rng, template.language)
    chosen = _CHOICE.sub(lambda m: one(rng, m[1].split("|")), template.text)
    brand = next((slot for slot in _SLOT.findall(chosen) if slot.partition(".")[0] in _BRANDED), "")
    if brand:
        slots.speaker = slots.brand(brand.partition(".")[0])
        if template.kind == GENUINE and ".link}" not in chosen and rng.random() < LINKED:
            chosen = f"{chosen} {one(rng, _SEE[template.language])}{{{brand.partition('.')[0]}.link}}"
    text = _SLOT.sub(lambda m: slots.fill(m[1]), chosen)
    return Filled(_worn(text, template, rng), slots.speaker[0])


LINKED = 0.4  # share of honest messages of companies that end in a link: a link must not give a lure away
_SEE: dict[str, tuple[str, ...]] = {
    "en": ("", "See ", "Details: ", "More at ", "Visit ", "Manage it: ", "Help: "), "zh": ("", "详情：", "查看 ", "点击 ", "更多请见 "),
    "de": ("", "Infos: ", "Mehr unter ", "Details: ", "Ansehen: "), "es": ("", "Más información: ", "Consúltalo en ", "Detalles: "),
    "fr": ("", "Détails : ", "Plus d'infos : ", "À voir sur "), "it": ("", "Dettagli: ", "Info su "), "pt": ("", "Detalhes: ", "Saiba mais em "),
    "nl": ("", "Meer info: ", "Bekijk "),
}  # fmt: skip
_SLOT = re.compile(r"\{([a-z0-9_.]+)\}")
_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_BRANDED = ("bank", "courier", "shop", "app", "stream", "telecom", "utility", "agency", "airline", "market")


class _Slots:
    """What the slots of one message say."""

    def __init__(self, rng: Rng, language: str) -> None:
        self.rng, self.language = rng, language
        self.said: dict[str, str] = {}
        self.brands: dict[str, tuple[str, str]] = {}
        self.speaker = ("", "")
        self.money = MONEY[language][int(rng.integers(len(MONEY[language])))]

    def brand(self, kind: str) -> tuple[str, str]:
        if kind not in self.brands:
            own, any_ = (brands().get(language, {}).get(kind, []) for language in (self.language, "any"))
            choice = own if own and (not any_ or self.rng.random() < 0.7) else any_
            self.brands[kind] = choice[int(self.rng.integers(len(choice)))]
        return self.brands[kind]

    def fill(self, slot: str) -> str:
        kind, _, what = slot.partition(".")
        if kind in _BRANDED:
            name, domain = self.brand(kind)
            return self._link(official_link(self.rng, domain), honest=True) if what else name
        if slot in _FRESH:
            return self._draw(slot)
        if slot not in self.said:
            self.said[slot] = self._draw(slot)
        return self.said[slot]

    def _link(self, bare: str, *, honest: bool) -> str:
        scheme = one(self.rng, ("https://", "https://", "", "https://www." if honest else "http://"))
        return scheme + bare

    def _draw(self, slot: str) -> str:
        rng, words = self.rng, people()[self.language]
        number = rng.integers
        digits = string.digits
        match slot:
            case "lure":
                imitated = self.speaker[1].split(".")[0] if rng.random() < 0.7 and self.speaker[1] else None
                return self._link(lure_link(rng, imitated)[0], honest=False)
            case "page":
                return self._link(official_link(rng, f"{one(rng, STEMS)}{one(rng, STEMS)}.com"), honest=True)
            case "amount":
                return self.money(_grouped(rng, float(rng.choice([5, 20, 60, 250, 900, 4000])) * (0.5 + rng.random())))
            case "fee":
                return self.money(f"{number(0, 9)}.{number(10, 99)}" if self.language != "zh" else str(number(2, 60)))
            case "code":
                return "".join(one(rng, digits) for _ in range(int(rng.choice([4, 6, 6, 6, 8]))))
            case "last4":
                return "".join(one(rng, digits) for _ in range(4))
            case "small":
                return str(number(2, 60))
            case "short":
                return str(number(10000, 99999))
            case "time":
                return f"{number(6, 22)}:{int(number(0, 12)) * 5:02d}"
            case "date":
                return date(rng, self.language)
            case "phone" | "mobile" | "landline":
                return phone(rng, self.language, landline=slot == "landline")
            case "ref" | "tracking":
                length = 8 if slot == "ref" else 12
                return one(rng, ("", "", "JD", "RB", "INV-", "1Z")) + "".join(one(rng, digits) for _ in range(length))
            case "flight":
                return one(rng, ("BA", "LH", "AF", "IB", "FR", "CA", "MU", "U2")) + str(number(100, 9999))
            case "plate":
                return f"{_letters(rng, 2)}{number(10, 99)} {_letters(rng, 3)}"
            case "iban":
                return f"{one(rng, ('DE', 'ES', 'FR', 'GB', 'LT', 'PL'))}{number(10, 99)} " + " ".join(
                    f"{number(1000, 9999)}" for _ in range(4)
                )
            case "qq":
                return str(number(10**8, 10**10))
            case "handle":
                return f"{one(rng, STEMS)}{one(rng, ('_job', 'hr', '88', '_vip', '66', ''))}{number(1, 99)}"
            case "mail":
                return f"{one(rng, STEMS)}.{one(rng, ('claims', 'agent', 'office'))}{number(1, 99)}@{one(rng, ('gmail.com', 'outlook.com', 'mail.ru'))}"
            case "word":
                return one(rng, STEMS).upper() + one(rng, ("", str(number(10, 30))))
            case "person":
                return self._name()
            case _:
                return one(rng, words.get(slot) or people()["en"][slot])

    def _name(self) -> str:
        words = people()[self.language]
        first, last = one(self.rng, words["first"]), one(self.rng, words["last"])
        return last + first if self.language == "zh" else f"{first} {last}"


_FRESH = {"amount", "time", "date", "small", "code"}


def _letters(rng: Rng, length: int) -> str:
    return "".join(one(rng, string.ascii_uppercase) for _ in range(length))


def _grouped(rng: Rng, amount: float) -> str:
    return f"{amount:,.2f}" if rng.random() < 0.6 else f"{amount:,.0f}"


def _worn(text: str, template: Template, rng: Rng) -> str:
    """As people and machines really send it: sometimes without accents, in lower case, without a full stop, in haste."""
    chance = rng.random(4)
    if chance[0] < 0.12 and template.language != "zh":
        import unicodedata

        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    if chance[1] < (0.35 if template.category == "chat" else 0.04):
        text = text.lower()
    if chance[2] < 0.25:
        text = text.rstrip(".。!")
    if chance[3] < 0.04:
        text = text.upper() if template.kind == LURE and rng.random() < 0.3 else text.replace(". ", "  ")
    return text
