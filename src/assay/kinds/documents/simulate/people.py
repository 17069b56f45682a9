"""Invented people and firms: who holds an account, who bills, who is billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from assay.kinds.documents.simulate import mint
from assay.kinds.documents.simulate.locales import Locale


@dataclass(frozen=True)
class Person:
    """`customer` is the id under which a bank would know this person."""

    given: str
    family: str
    sex: str
    birth: date
    street: str
    town: str
    customer: str
    chinese: bool = False

    @property
    def name(self) -> str:
        return self.family + self.given if self.chinese else f"{self.given} {self.family}"


@dataclass(frozen=True)
class Firm:
    name: str
    street: str
    town: str
    vat: str


@dataclass(frozen=True)
class Account:
    """`number` as the place writes it; `iban` is "" where the country has none."""

    bank: str
    number: str
    iban: str
    bic: str


def person(rng: Random, locale: Locale) -> Person:
    birth = date(1950, 1, 1) + timedelta(days=rng.randrange(54 * 365))
    return Person(
        rng.choice(locale.given),
        rng.choice(locale.family),
        rng.choice("FM"),
        birth,
        street(rng, locale),
        rng.choice(locale.towns),
        f"c-{rng.randrange(10**8):08d}",
        locale.country == "CN",
    )


def street(rng: Random, locale: Locale) -> str:
    number, name = rng.randrange(1, 190), rng.choice(locale.streets)
    if locale.country == "CN":
        return f"{name}{number}号"
    return f"{name} {number}" if locale.country in ("DE", "ES") else f"{number} {name}"


def firm(rng: Random, locale: Locale) -> Firm:
    name, suffix = rng.choice(locale.firms), rng.choice(locale.suffixes)
    joined = f"{name}{suffix}" if locale.country == "CN" else f"{name} {suffix}"
    return Firm(joined, street(rng, locale), rng.choice(locale.towns), mint.vat(rng, locale.country))


def account(rng: Random, locale: Locale, bank: int | None = None) -> Account:
    """An account with one of the place's banks."""
    name, code, bic = locale.banks[rng.randrange(len(locale.banks)) if bank is None else bank % len(locale.banks)]
    if locale.country == "CN":
        return Account(name, mint.grouped(mint.luhn(code + mint.digits(rng, 15))), "", bic)
    if locale.country == "US":
        return Account(name, f"{mint.routing(rng)} / {mint.digits(rng, 10)}", "", bic)
    bban = mint.bban(rng, locale.country, code)
    return Account(name, bban, mint.iban(locale.country, bban), bic)
