"""How each language writes money, dates and telephone numbers, whom and what its messages speak of
(`people.toml`), and who may speak (`brands.toml`)."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

Rng = np.random.Generator
Money = Callable[[str], str]


def one(rng: Rng, of: Sequence[str]) -> str:
    """Any of them."""
    return of[int(rng.integers(len(of)))]


@cache
def people() -> dict[str, dict[str, list[str]]]:
    """Language -> slot -> what may stand there."""
    return tomllib.loads((Path(__file__).parent / "people.toml").read_text("utf-8"))


@cache
def brands() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Language (or "any") -> slot -> who may speak there: (name, domain)."""
    told = tomllib.loads((Path(__file__).parent / "brands.toml").read_text("utf-8"))
    return {
        language: {
            slot: [(name, domain) for name, _, domain in (who.partition("|") for who in named)]
            for slot, named in slots.items()
        }
        for language, slots in told.items()
    }


@cache
def domains() -> tuple[str, ...]:
    """Every domain of `brands`, once, in order."""
    return tuple(dict.fromkeys(d for slots in brands().values() for named in slots.values() for _, d in named))


def _comma(amount: str) -> str:
    return amount.translate(str.maketrans(",.", ".,"))


MONEY: dict[str, tuple[Money, ...]] = {
    "en": (lambda a: f"£{a}", lambda a: f"${a}", lambda a: f"${a}", lambda a: f"{a} USD", lambda a: f"EUR {a}"),
    "zh": (lambda a: f"{a}元", lambda a: f"￥{a}", lambda a: f"人民币{a}元"),
    "es": (lambda a: f"{_comma(a)} €", lambda a: f"{_comma(a)}€", lambda a: f"${a}"),
    "de": (lambda a: f"{_comma(a)} €", lambda a: f"{_comma(a)} EUR", lambda a: f"{_comma(a)}€"),
    "fr": (lambda a: f"{_comma(a)} €",),
    "it": (lambda a: f"{_comma(a)} €",),
    "pt": (lambda a: f"R$ {_comma(a)}",),
    "nl": (lambda a: f"€ {_comma(a)}",),
}
"""An amount such as `1,250.00` as people of a language write it."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date(rng: Rng, language: str) -> str:
    """Some day, written in one of the language's ways."""
    day, month = int(rng.integers(1, 29)), int(rng.integers(1, 13))
    both = f"{day:02d}/{month:02d}"
    ways: tuple[str, ...] = (both, f"{both}/2026", f"{day}/{month}")
    if language == "en":
        name = _MONTHS[month - 1]
        ways = (f"{day} {name}", both, f"{name} {day}", f"{both}/2026")
    elif language == "zh":
        ways = (f"{month}月{day}日", f"{month}-{day}", f"2026年{month}月{day}日")
    elif language == "de":
        ways = (f"{day:02d}.{month:02d}.", f"{day:02d}.{month:02d}.2026", f"{day}.{month}.")
    return one(rng, ways)


# How numbers begin: first the landline, then all others.
_DIALLED = {
    "en": ("020", "07", "0800", "+1 888", "+44 7"),
    "zh": ("010-", "138", "156", "400", "199"),
    "de": ("030", "0151", "0176", "+49 157", "069"),
    "es": ("91", "6", "7", "+34 6", "900"),
    "fr": ("01", "06", "07", "+33 6", "09"),
    "it": ("06", "3", "+39 34"),
    "pt": ("21", "91", "+55 11 9"),
    "nl": ("020", "06", "+31 6"),
}


def phone(rng: Rng, language: str, *, landline: bool) -> str:
    """A number that nobody has."""
    starts = _DIALLED[language]
    start = starts[0] if landline else one(rng, starts[1:])
    rest = "".join(one(rng, string.digits) for _ in range(8))
    return f"{start} {rest[:4]} {rest[4:]}" if rng.random() < 0.5 else f"{start}{rest}".replace(" ", "")
