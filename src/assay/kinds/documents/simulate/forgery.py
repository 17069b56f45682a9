"""What forgers change on a paper's facts. Each kind of forgery takes the facts and gives them back changed, with the name of
the field it was after; how the change is put on paper is another matter (`craft.py`).

`exact` says whether the paper then contradicts itself or leaves the old content behind, so that a check which does not guess
could know. Where it is not, only traces of the work may show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from assay.kinds.documents.simulate import mint, people
from assay.kinds.documents.simulate.identity import Identity
from assay.kinds.documents.simulate.invoices import Invoice, Line
from assay.kinds.documents.simulate.statements import Entry, Statement

Changed = tuple[Any, str] | None  # the facts and the field that was meant; None where this paper has no such place


@dataclass(frozen=True)
class Forgery:
    """`change(rng, facts)`; `crafts` by medium say how it is put on paper; `exact` may depend on the paper."""

    name: str
    change: Callable[[Random, Any], Changed]
    pdf: tuple[str, ...] = ("rewritten", "retyped")
    picture: tuple[str, ...] = ("printed", "pasted")
    exact: Callable[[Any], bool] = lambda _facts: True


def amount_stale(rng: Random, facts: Any) -> Changed:
    """One amount, and nothing that follows from it."""
    if isinstance(facts, Statement):
        i = rng.randrange(len(facts.entries))
        return _entry(facts, i, amount=_raised(rng, facts.entries[i].amount)), f"row.{i}.amount"
    if isinstance(facts, Invoice):
        i = rng.randrange(len(facts.lines) + 1)
        if i == len(facts.lines):
            return replace(facts, total=_raised(rng, facts.total)), "total"
        return _line(facts, i, amount=_raised(rng, facts.lines[i].amount)), f"line.{i}.line"
    return None


def amount_recomputed(rng: Random, facts: Any) -> Changed:
    """One amount, and everything that follows from it."""
    if isinstance(facts, Statement):
        i = rng.randrange(len(facts.entries))
        return _entry(facts, i, amount=_raised(rng, facts.entries[i].amount)).recomputed(), f"row.{i}.amount"
    if isinstance(facts, Invoice):
        i = rng.randrange(len(facts.lines))
        made = _line(facts, i, price=_raised(rng, facts.lines[i].price)).recomputed()
        return (made.with_code() if facts.payload else made), f"line.{i}.line"
    return None


def balance_edited(rng: Random, facts: Any) -> Changed:
    """One running balance."""
    if not isinstance(facts, Statement):
        return None
    i = rng.randrange(len(facts.entries))
    return _entry(facts, i, balance=_raised(rng, facts.entries[i].balance)), f"row.{i}.balance"


def row_pasted(rng: Random, facts: Any) -> Changed:
    """A row more, with the totals and balances of before."""
    if isinstance(facts, Statement):
        i = rng.randrange(1, len(facts.entries))
        twin = rng.choice(facts.entries)
        amount = abs(twin.amount) + rng.randrange(1, 90) * 100
        before = facts.entries[i - 1]
        row = Entry(before.day, twin.text, amount, before.balance + amount)
        return replace(facts, entries=(*facts.entries[:i], row, *facts.entries[i:])), f"row.{i}.amount"
    if isinstance(facts, Invoice):
        i = rng.randrange(len(facts.lines))
        line = facts.lines[i]
        price = line.price + rng.randrange(1, 50) * 10
        more = Line(line.text, line.quantity, price, line.rate, line.quantity * price)
        return replace(facts, lines=(*facts.lines, more)), f"line.{len(facts.lines)}.line"
    return None


def row_deleted(rng: Random, facts: Any) -> Changed:
    """A row less, with the totals and balances of before."""
    if isinstance(facts, Statement) and len(facts.entries) > 3:
        i = rng.randrange(1, len(facts.entries) - 1)
        return replace(facts, entries=(*facts.entries[:i], *facts.entries[i + 1 :])), f"row.{i}.balance"
    if isinstance(facts, Invoice) and len(facts.lines) > 1:
        i = rng.randrange(len(facts.lines) - 1)
        return replace(facts, lines=(*facts.lines[:i], *facts.lines[i + 1 :])), "net"
    return None


def date_changed(rng: Random, facts: Any) -> Changed:
    """A day that cannot be: a row outside its period, a bill due before it was written, a paper that ends before it began."""
    if isinstance(facts, Statement):
        i = rng.randrange(len(facts.entries))
        day = rng.choice((facts.start - timedelta(days=rng.randrange(5, 60)), facts.end + timedelta(days=rng.randrange(3, 60))))  # fmt: skip
        return _entry(facts, i, day=day), f"row.{i}.date"
    if isinstance(facts, Invoice):
        return replace(facts, due=facts.issued - timedelta(days=rng.randrange(10, 200))), "due"
    return None


def iban_bad(rng: Random, facts: Any) -> Changed:
    """Another account number, its check digits forgotten."""
    if isinstance(facts, Statement | Invoice) and facts.account.iban:
        account = replace(facts.account, iban=mint.spoilt(rng, facts.account.iban, 12))
        return replace(facts, account=account), "iban"
    return None


def iban_valid(rng: Random, facts: Any) -> Changed:
    """Another account number that is right in itself. A payment code beside it is left as it was."""
    if isinstance(facts, Statement | Invoice) and facts.account.iban:
        other = people.account(rng, facts.locale)
        return replace(facts, account=replace(facts.account, iban=other.iban)), "iban"
    return None


def vat_invented(rng: Random, facts: Any) -> Changed:
    """A tax number out of the air."""
    if isinstance(facts, Invoice) and facts.locale.country != "US":
        return replace(facts, seller=replace(facts.seller, vat=mint.spoilt(rng, facts.seller.vat))), "vat"
    return None


def code_payee(rng: Random, facts: Any) -> Changed:
    """A payment code that pays somebody else."""
    if not isinstance(facts, Invoice) or not facts.payload:
        return None
    other, thief = people.account(rng, facts.locale), people.person(rng, facts.locale)
    swapped = replace(facts, account=other, seller=replace(facts.seller, name=thief.name)).with_code()
    return replace(facts, payload=swapped.payload), "code"


def name_retyped(rng: Random, facts: Any) -> Changed:
    """Somebody else's name on an otherwise genuine paper; on an identity paper in both zones, with all check digits."""
    other = people.person(rng, facts.locale)
    if isinstance(facts, Statement):
        while other.name == facts.holder.name:
            other = people.person(rng, facts.locale)
        named = replace(facts.holder, given=other.given, family=other.family)
        return replace(facts, holder=named), "holder"
    if isinstance(facts, Invoice):
        while other.name == facts.buyer.name:
            other = people.person(rng, facts.locale)
        return replace(facts, buyer=replace(facts.buyer, given=other.given, family=other.family)), "buyer"
    if isinstance(facts, Identity):
        given = rng.choice([g for g in facts.locale.given if g not in facts.given] or ["Max"])
        if not given.isascii():
            given = "Robin"
        zone = replace(facts.zone, given=given)
        return replace(facts, zone=zone, given=given, lines=zone.lines()), "viz.given"
    return None


def template_reused(rng: Random, facts: Any) -> Changed:
    """The whole paper again under another customer's name and account."""
    other = people.person(rng, facts.locale)
    if isinstance(facts, Statement):
        return replace(facts, holder=other, account=_same_bank(rng, facts)), "holder"
    if isinstance(facts, Invoice):
        return replace(facts, buyer=other), "buyer"
    return None


def portrait_swapped(rng: Random, facts: Any) -> Changed:
    """Another face in the portrait; the ghost still shows the first."""
    if not isinstance(facts, Identity):
        return None
    return replace(facts, face=f"other-{rng.getrandbits(40)}"), "portrait"


def zone_stale(rng: Random, facts: Any) -> Changed:
    """One digit of the machine-readable zone, its check digit forgotten."""
    if not isinstance(facts, Identity):
        return None
    # The days of birth and expiry stand in the second line of every shape, each before its check digit.
    line = facts.lines[1]
    starts = (0, 8) if len(facts.lines) == 3 else (13, 21)
    at = rng.choice([start + k for start in starts for k in range(6)])
    changed = line[:at] + str((int(line[at]) + rng.randrange(1, 10)) % 10) + line[at + 1 :]
    lines = (facts.lines[0], changed, *facts.lines[2:])
    return replace(facts, lines=lines), "mrz.1"


def visual_changed(rng: Random, facts: Any) -> Changed:
    """The visual zone alone: a day of birth, a number or an expiry that the machine-readable zone does not know."""
    if not isinstance(facts, Identity):
        return None
    zone, field = _other_fact(rng, facts)
    return replace(facts, zone=zone), f"viz.{field}"


def zone_recomputed(rng: Random, facts: Any) -> Changed:
    """The machine-readable zone alone, with all its check digits."""
    if not isinstance(facts, Identity):
        return None
    zone, _ = _other_fact(rng, facts)
    lines = zone.lines()
    changed = next(i for i, line in enumerate(lines) if line != facts.lines[i])
    return replace(facts, lines=lines), f"mrz.{changed}"


def stamp_copied(rng: Random, facts: Any) -> Changed:
    """The stamp of another paper, copied onto this one. Only papers with a stamp."""
    return (replace(facts), "stamp") if isinstance(facts, Invoice) else None


def anything(rng: Random, facts: Any) -> Changed:
    """What a forger would change who leaves no contradiction: an amount with all that follows, or a name."""
    return amount_recomputed(rng, facts) or name_retyped(rng, facts)


def _never(_facts: Any) -> bool:
    return False


def _has_code(facts: Any) -> bool:
    return bool(getattr(facts, "payload", ""))


FORGERIES: dict[str, Forgery] = {
    forgery.name: forgery
    for forgery in (
        Forgery("amount-stale", amount_stale),
        Forgery("amount-recomputed", amount_recomputed, exact=_never),
        Forgery("balance-edited", balance_edited),
        Forgery("row-pasted", row_pasted, ("rewritten",), ("printed",)),
        Forgery("row-deleted", row_deleted, ("rewritten",), ("printed",)),
        Forgery("date-changed", date_changed),
        Forgery("iban-bad", iban_bad),
        Forgery("iban-valid", iban_valid, exact=_has_code),
        Forgery("vat-invented", vat_invented),
        Forgery("code-payee", code_payee),
        Forgery("name-retyped", name_retyped, ("retyped",), ("pasted",), _never),
        Forgery("template-reused", template_reused, ("rewritten",), ("printed",), _never),
        Forgery("portrait-swapped", portrait_swapped, (), ("pasted",), _never),
        Forgery("zone-stale", zone_stale, ()),
        Forgery("zone-recomputed", zone_recomputed, ()),
        Forgery("visual-changed", visual_changed, ()),
        Forgery("smooth-patch", anything, (), ("smooth",), _never),
        Forgery("resaved", anything, ("editor",), (), _never),
        Forgery("overlay", anything, ("overlay",), ()),
        Forgery("revised", anything, ("revision",), ()),
    )
}


def _entry(facts: Statement, i: int, **changed: Any) -> Statement:
    rows = tuple(replace(row, **changed) if k == i else row for k, row in enumerate(facts.entries))
    return replace(facts, entries=rows)


def _line(facts: Invoice, i: int, **changed: Any) -> Invoice:
    return replace(facts, lines=tuple(replace(row, **changed) if k == i else row for k, row in enumerate(facts.lines)))


def _raised(rng: Random, minor: int) -> int:
    """Another amount of about as many digits, never the same."""
    sign, size = (-1 if minor < 0 else 1), abs(minor)
    return sign * (size + rng.choice((100, 1000, 10_000)) * rng.randrange(1, 10) + rng.choice((0, 0, 7, 30)))


def _same_bank(rng: Random, facts: Statement) -> people.Account:
    banks = [name for name, _, _ in facts.locale.banks]
    return people.account(rng, facts.locale, banks.index(facts.account.bank))


def _other_fact(rng: Random, facts: Identity) -> tuple[Any, str]:
    """The zone with another day of birth, expiry or number."""
    zone, field = facts.zone, rng.choice(("birth", "expiry", "number"))
    if field == "number":
        at = rng.randrange(1, 9)
        other = rng.choice([c for c in "CFGHJKLMNPRTVWXYZ123456789" if c != zone.number[at]])
        return replace(zone, number=zone.number[:at] + other + zone.number[at + 1 :]), field
    moved = getattr(zone, field) + timedelta(days=rng.choice((-1, 1)) * rng.randrange(200, 2500))
    return replace(zone, **{field: moved}), field
