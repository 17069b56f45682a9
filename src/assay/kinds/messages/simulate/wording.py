"""Sentences with slots, filled: `texts/*.toml` hold them by language, kind and number; `brands.toml` who may speak.

A template is `[a|b]` choices and `{slot}`s. One message names one bank, one courier, one shop: a slot drawn twice says the
same, but for amounts, times and dates. A lure's `{lure}` imitates whoever the message speaks for.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.messages.simulate.links import lure_link, official_link
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
    chosen = _CHOICE.sub(lambda m: _one(rng, m[1].split("|")), template.text)
    brand = next((slot for slot in _SLOT.findall(chosen) if slot.partition(".")[0] in _BRANDED), "")
    if brand:
        slots.speaker = slots.brand(brand.partition(".")[0])
    text = _SLOT.sub(lambda m: slots.fill(m[1]), chosen)
    return Filled(_worn(text, template, rng), slots.speaker[0])


_SLOT = re.compile(r"\{([a-z0-9_.]+)\}")
_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_BRANDED = ("bank", "courier", "shop", "app", "stream", "telecom", "utility", "agency", "airline", "market")


@cache
def _brands() -> dict[str, dict[str, list[tuple[str, str]]]]:
    told = tomllib.loads((_HERE / "brands.toml").read_text("utf-8"))
    return {
        language: {kind: [(name, domain) for name, _, domain in (b.partition("|") for b in brands)] for kind, brands in kinds.items()}
        for language, kinds in told.items()
    }  # fmt: skip


def _one(rng: Rng, of: Sequence[str]) -> str:
    return of[int(rng.integers(len(of)))]


class _Slots:
    """What the slots of one message say."""

    def __init__(self, rng: Rng, language: str) -> None:
        self.rng, self.language = rng, language
        self.said: dict[str, str] = {}
        self.brands: dict[str, tuple[str, str]] = {}
        self.speaker = ("", "")
        money = _MONEY.get(language)
        self.money: Callable[[str], str] = money[int(rng.integers(len(money)))] if money else _LOCAL[language]["money"]

    def brand(self, kind: str) -> tuple[str, str]:
        if kind not in self.brands:
            own, any_ = (_brands().get(language, {}).get(kind, []) for language in (self.language, "any"))
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
        scheme = _one(self.rng, ("https://", "https://", "", "https://www." if honest else "http://"))
        return scheme + bare

    def _draw(self, slot: str) -> str:
        rng, words = self.rng, _LOCAL.get(self.language, _LOCAL["en"])
        number = rng.integers
        digits = string.digits
        match slot:
            case "lure":
                imitated = self.speaker[1].split(".")[0] if rng.random() < 0.7 and self.speaker[1] else None
                return self._link(lure_link(rng, imitated)[0], honest=False)
            case "page":
                return self._link(official_link(rng, f"{_one(rng, STEMS)}{_one(rng, STEMS)}.com"), honest=True)
            case "amount":
                return self.money(_grouped(rng, float(rng.choice([5, 20, 60, 250, 900, 4000])) * (0.5 + rng.random())))
            case "fee":
                return self.money(f"{number(0, 9)}.{number(10, 99)}" if self.language != "zh" else str(number(2, 60)))
            case "code":
                return "".join(_one(rng, digits) for _ in range(int(rng.choice([4, 6, 6, 6, 8]))))
            case "last4":
                return "".join(_one(rng, digits) for _ in range(4))
            case "small":
                return str(number(2, 60))
            case "short":
                return str(number(10000, 99999))
            case "time":
                return f"{number(6, 22)}:{int(number(0, 12)) * 5:02d}"
            case "date":
                return str(words["date"](int(number(1, 29)), int(number(1, 13)), rng))
            case "phone" | "mobile" | "landline":
                return str(words["phone"](rng, slot))
            case "ref" | "tracking":
                length = 8 if slot == "ref" else 12
                return _one(rng, ("", "", "JD", "RB", "INV-", "1Z")) + "".join(_one(rng, digits) for _ in range(length))
            case "flight":
                return _one(rng, ("BA", "LH", "AF", "IB", "FR", "CA", "MU", "U2")) + str(number(100, 9999))
            case "plate":
                return f"{_letters(rng, 2)}{number(10, 99)} {_letters(rng, 3)}"
            case "iban":
                return f"{_one(rng, ('DE', 'ES', 'FR', 'GB', 'LT', 'PL'))}{number(10, 99)} " + " ".join(
                    f"{number(1000, 9999)}" for _ in range(4)
                )
            case "qq":
                return str(number(10**8, 10**10))
            case "handle":
                return f"{_one(rng, STEMS)}{_one(rng, ('_job', 'hr', '88', '_vip', '66', ''))}{number(1, 99)}"
            case "mail":
                return f"{_one(rng, STEMS)}.{_one(rng, ('claims', 'agent', 'office'))}{number(1, 99)}@{_one(rng, ('gmail.com', 'outlook.com', 'mail.ru'))}"
            case "word":
                return _one(rng, STEMS).upper() + _one(rng, ("", str(number(10, 30))))
            case "person":
                return self._name()
            case _:
                return _one(rng, words.get(slot) or _LOCAL["en"][slot])

    def _name(self) -> str:
        words = _LOCAL.get(self.language, _LOCAL["en"])
        first, last = _one(self.rng, words["first"]), _one(self.rng, words["last"])
        return last + first if self.language == "zh" else f"{first} {last}"


_FRESH = {"amount", "time", "date", "small", "code"}


def _letters(rng: Rng, length: int) -> str:
    return "".join(_one(rng, string.ascii_uppercase) for _ in range(length))


def _grouped(rng: Rng, amount: float) -> str:
    return f"{amount:,.2f}" if rng.random() < 0.6 else f"{amount:,.0f}"


def _comma(amount: str) -> str:
    return amount.translate(str.maketrans(",.", ".,"))


def _plain_date(day: int, month: int, rng: Rng) -> str:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return _one(
        rng,
        (
            f"{day} {names[month - 1]}",
            f"{day:02d}/{month:02d}",
            f"{names[month - 1]} {day}",
            f"{day:02d}/{month:02d}/2026",
        ),
    )


def _slashed(day: int, month: int, rng: Rng) -> str:
    return _one(rng, (f"{day:02d}/{month:02d}", f"{day:02d}/{month:02d}/2026", f"{day}/{month}"))


def _dialled(*starts: str) -> Callable[[Rng, str], str]:
    def dial(rng: Rng, slot: str) -> str:
        start = starts[0] if slot == "landline" else _one(rng, starts[1:])
        rest = "".join(_one(rng, string.digits) for _ in range(8))
        return f"{start} {rest[:4]} {rest[4:]}" if rng.random() < 0.5 else f"{start}{rest}".replace(" ", "")

    return dial


_LATIN_LAST = ["Meyer", "Costa", "Novak", "Lambert", "Ortiz", "Ricci", "Jansen", "Weiss", "Duval", "Serra", "Marino", "Bakker", "Keller", "Vidal", "Roche", "Pinto", "Vos", "Bruns"]  # fmt: skip
_EURO: dict[str, Any] = {"money": lambda a: f"{_comma(a)} €", "date": _slashed}
_LOCAL: dict[str, dict[str, Any]] = {
    "en": {
        "money": lambda a: f"£{a}", "date": _plain_date, "phone": _dialled("020", "07", "0800", "+1 888", "+44 7"),
        "first": ["Sam", "Alex", "Priya", "Tom", "Grace", "Aisha", "Ben", "Chloe", "Daniel", "Emma", "Farah", "Jack", "Lucy", "Omar", "Ruth", "Zoe", "Nina", "Leo"],
        "last": ["Taylor", "Brown", "Khan", "Wilson", "Davies", "Roberts", "Wright", "Ali", "Green", "Harris", "Walker", "Price", "Bennett", "Shaw"],
        "day": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        "city": ["London", "Leeds", "Bristol", "Dublin", "Boston", "Chicago", "Sydney", "Toronto", "Cardiff", "Glasgow"],
        "street": ["14 Mill Lane", "the village hall, Church Road", "2 Station Road", "220 Main Street"],
        "thing": ["blue armchair", "road bike", "iPhone 12", "pram", "Lego set", "oak table", "winter coat"],
        "merchant": ["Tesco Express", "Shell", "Pret", "Uber", "Spar", "Apple.com/bill", "Corner Books", "Ticketmaster", "Greggs"],
        "clinic": ["Park Surgery", "Riverside Health Centre", "St Anne's Hospital"], "hair": ["Curl & Co", "The Barber Room", "Studio Nine"],
        "garage": ["Hill Garage", "QuickFit Motors"], "company": ["Harper Ltd", "Nordline Supplies", "Bell & Sons", "Acton Freight"],
        "school": ["Oak Primary", "St John's School", "Hillside Nursery"],
    },
    "zh": {
        "money": lambda a: f"{a}元", "date": lambda d, m, rng: _one(rng, (f"{m}月{d}日", f"{m}-{d}", f"2026年{m}月{d}日")), "phone": _dialled("010-", "138", "156", "400", "199"),
        "first": ["伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "杰", "婷", "雪", "晨", "浩"], "last": ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"], "day": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
        "city": ["北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "南京"], "street": ["人民路12号", "中山东路88号", "科技园3栋", "和平小区5号楼"], "thing": ["自行车", "婴儿车", "手机", "显卡", "书桌", "相机"],
        "merchant": ["菜鸟驿站", "便利店", "星巴克", "中石化", "丰巢柜", "超市发", "美团"], "clinic": ["市第一医院", "口腔门诊", "社区卫生中心"], "hair": ["名剪造型", "小李理发"], "garage": ["途虎养车", "顺达汽修"],
        "company": ["鸿达贸易有限公司", "新宇科技", "华安物流"], "school": ["实验小学", "阳光幼儿园", "育才中学"],
    },
    "de": _EURO | {
        "date": lambda d, m, rng: _one(rng, (f"{d:02d}.{m:02d}.", f"{d:02d}.{m:02d}.2026", f"{d}.{m}.")), "phone": _dialled("030", "0151", "0176", "+49 157", "069"),
        "first": ["Anna", "Lukas", "Mia", "Jonas", "Lena", "Felix", "Sabine", "Thomas", "Petra", "Kai", "Emil", "Nele"], "last": ["Schulz", "Wolf", "Braun", "Richter", "Klein", "Neumann", "Schwarz", "Koch"], "day": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
        "city": ["Berlin", "Hamburg", "Köln", "München", "Leipzig", "Wien", "Zürich", "Bremen"], "street": ["der Gartenstraße", "der Bahnhofstraße 5", "der Lindenallee"], "thing": ["Fahrrad", "Kinderwagen", "Sofa", "Kaffeemaschine", "Winterjacke", "Bücherregal"],
        "merchant": ["Aral", "Edeka", "Bäckerei Huth", "Deutsche Bahn", "Rossmann", "Cafe Mitte"], "clinic": ["Hausarztpraxis am Markt", "Klinikum Nord"], "hair": ["Salon Schick", "Haarwerk"], "garage": ["Autohaus Brandt", "KFZ Weber"],
        "company": ["Brandt GmbH", "Nordlicht Handel", "Maschinenbau Kurz"], "school": ["Ihre Grundschule", "Kita Sonnenschein"],
    },
    "es": _EURO | {
        "phone": _dialled("91", "6", "7", "+34 6", "900"), "first": ["Lucía", "Marta", "Pablo", "Diego", "Carmen", "Javier", "Sofía", "Hugo", "Elena", "Mario"], "last": ["García", "Pérez", "Sánchez", "Ruiz", "Díaz", "Torres", "Vega", "Molina"],
        "day": ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado"], "city": ["Madrid", "Sevilla", "Valencia", "Bilbao", "Málaga", "Bogotá", "Lima", "México"], "street": ["la calle Mayor", "la avenida del Sol 8", "la plaza Nueva"],
        "thing": ["bicicleta", "sofá", "carrito de bebé", "cafetera", "móvil", "patinete"], "merchant": ["Repsol", "Cafetería Luna", "Renfe", "Farmacia Central", "Estanco 12", "Día"], "clinic": ["Centro de Salud Norte", "Clínica del Mar"],
        "hair": ["Peluquería Alba", "Corte y Color"], "garage": ["Talleres Gómez"], "company": ["Suministros Vega S.L.", "Transportes Ruiz"], "school": ["CEIP Cervantes", "Colegio San José"],
    },
    "fr": _EURO | {
        "phone": _dialled("01", "06", "07", "+33 6", "09"), "first": ["Camille", "Louis", "Chloé", "Hugo", "Manon", "Paul", "Inès", "Jules", "Sarah", "Nicolas"], "last": ["Durand", "Petit", "Roux", "Fournier", "Lefebvre", "Garnier", "Faure"],
        "day": ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"], "city": ["Paris", "Lyon", "Lille", "Nantes", "Toulouse", "Genève", "Bruxelles"], "street": ["rue des Lilas", "avenue de la Gare", "place du Marché"],
        "thing": ["vélo", "canapé", "poussette", "machine à café", "manteau", "console"], "merchant": ["Total", "Boulangerie Paul", "SNCF", "Pharmacie du Parc", "Tabac de la Gare", "Monoprix"], "clinic": ["Cabinet médical du Parc", "Clinique Saint-Luc"],
        "hair": ["Salon Élégance", "Coiff'Art"], "garage": ["Garage Martin"], "company": ["Fournitures Leroy", "Transports Dumas SARL"], "school": ["École Jules Ferry", "Crèche Les Petits"],
    },
    "it": _EURO | {"phone": _dialled("06", "3", "+39 34"), "first": ["Giulia", "Marco", "Sara", "Luca", "Anna", "Paolo"], "last": _LATIN_LAST, "day": ["lunedì", "martedì", "giovedì", "venerdì", "sabato"], "city": ["Roma", "Milano", "Torino", "Napoli"], "merchant": ["Bar Sport", "Conad", "Trenitalia", "Farmacia Rossi"], "company": ["Forniture Bianchi srl", "Trasporti Neri"]},
    "pt": _EURO | {"money": lambda a: f"R$ {_comma(a)}", "phone": _dialled("21", "91", "+55 11 9"), "first": ["Ana", "João", "Maria", "Pedro", "Rita", "Tiago"], "last": _LATIN_LAST, "day": ["segunda", "terça", "quarta", "quinta", "sexta"], "city": ["Lisboa", "Porto", "Braga", "Recife", "Curitiba"], "merchant": ["Pingo Doce", "Galp", "Padaria Real"], "company": ["Casa Fornos Lda", "Transportes Mar"]},
    "nl": _EURO | {"money": lambda a: f"€ {_comma(a)}", "phone": _dialled("020", "06", "+31 6"), "first": ["Sanne", "Daan", "Lotte", "Bram", "Eva", "Niels"], "last": _LATIN_LAST, "day": ["maandag", "dinsdag", "donderdag", "vrijdag", "zaterdag"], "city": ["Utrecht", "Rotterdam", "Gent", "Breda"], "merchant": ["Jumbo", "Primera", "NS", "Bakkerij Smit"], "company": ["Groothandel De Wit", "Vervoer Maas bv"]},
}  # fmt: skip
_MONEY: dict[str, tuple[Callable[[str], str], ...]] = {"en": (lambda a: f"£{a}", lambda a: f"${a}", lambda a: f"${a}", lambda a: f"{a} USD", lambda a: f"EUR {a}"), "zh": (lambda a: f"{a}元", lambda a: f"￥{a}", lambda a: f"人民币{a}元"), "es": (lambda a: f"{_comma(a)} €", lambda a: f"{_comma(a)}€", lambda a: f"${a}"), "de": (lambda a: f"{_comma(a)} €", lambda a: f"{_comma(a)} EUR", lambda a: f"{_comma(a)}€")}  # fmt: skip


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
