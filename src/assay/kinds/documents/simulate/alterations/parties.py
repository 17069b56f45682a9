"""Alterations of who pays, who is paid and whose paper it is: account and tax numbers, names, payment codes, stamps."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from assay.kinds.documents.simulate import mint, people
from assay.kinds.documents.simulate.alterations import Altered
from assay.kinds.documents.simulate.identity import Identity
from assay.kinds.documents.simulate.invoices import Invoice
from assay.kinds.documents.simulate.payslips import Payslip
from assay.kinds.documents.simulate.receipts import Receipt
from assay.kinds.documents.simulate.statements import Statement

_HOLDER = {Statement: "holder", Invoice: "buyer", Payslip: "employee"}
_FIRM = {Invoice: "seller", Payslip: "employer", Receipt: "shop"}


def iban_bad(rng: Random, facts: Any) -> Altered:
    """Another account number, its check digits forgotten."""
    account = getattr(facts, "account", None)
    if account is None or not account.iban:
        return None
    return replace(facts, account=replace(account, iban=mint.spoilt(rng, account.iban, 12))), "iban"


def iban_valid(rng: Random, facts: Any) -> Altered:
    """Another account number that is right in itself. A payment code beside it is left as it was."""
    account = getattr(facts, "account", None)
    if account is None or not account.iban:
        return None
    return replace(facts, account=replace(account, iban=people.account(rng, facts.locale).iban)), "iban"


def vat_invented(rng: Random, facts: Any) -> Altered:
    """A tax number out of the air."""
    name = _FIRM.get(type(facts))
    if name is None or facts.locale.country == "US":
        return None
    firm = getattr(facts, name)
    return replace(facts, **{name: replace(firm, vat=mint.spoilt(rng, firm.vat))}), "vat"


def code_payee(rng: Random, facts: Any) -> Altered:
    """A payment code that pays somebody else."""
    if not isinstance(facts, Invoice) or not facts.payload:
        return None
    other, thief = people.account(rng, facts.locale), people.person(rng, facts.locale)
    swapped = replace(facts, account=other, seller=replace(facts.seller, name=thief.name)).with_code()
    return replace(facts, payload=swapped.payload), "code"


def name_retyped(rng: Random, facts: Any) -> Altered:
    """Somebody else's name on an otherwise genuine paper; on an identity paper in both zones, with all check digits."""
    if isinstance(facts, Identity):
        plain = [g for g in facts.locale.given if g.isascii() and g not in facts.given]
        given = rng.choice(plain or ["Robin"])
        zone = replace(facts.zone, given=given)
        return replace(facts, zone=zone, given=given, lines=zone.lines()), "viz.given"
    name = _HOLDER.get(type(facts))
    if name is None:
        return None
    holder = getattr(facts, name)
    other = people.person(rng, facts.locale)
    while other.name == holder.name:
        other = people.person(rng, facts.locale)
    return replace(facts, **{name: replace(holder, given=other.given, family=other.family)}), name


def template_reused(rng: Random, facts: Any) -> Altered:
    """The whole paper again under another customer's name, and account where it is a statement."""
    other = people.person(rng, facts.locale)
    if isinstance(facts, Statement):
        bank = [name for name, _, _ in facts.locale.banks].index(facts.account.bank)
        return replace(facts, holder=other, account=people.account(rng, facts.locale, bank)), "holder"
    name = _HOLDER.get(type(facts))
    return None if name is None else (replace(facts, **{name: other}), name)


def stamp_copied(rng: Random, facts: Any) -> Altered:
    """The paper's own stamp once more, copied to another place. Shows only where the layout has a stamp."""
    return (replace(facts, copied=True), "stamp.copy") if isinstance(facts, Invoice | Payslip) else None
