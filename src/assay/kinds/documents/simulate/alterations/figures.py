"""Alterations of amounts, balances, rows and days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from assay.kinds.documents.simulate.alterations import Altered
from assay.kinds.documents.simulate.invoices import Invoice, half_up
from assay.kinds.documents.simulate.payslips import Item, Payslip
from assay.kinds.documents.simulate.receipts import Receipt
from assay.kinds.documents.simulate.statements import Entry, Statement


def amount_stale(rng: Random, facts: Any) -> Altered:
    """One amount or one sum, and nothing that follows from it."""
    if isinstance(facts, Statement):
        i = rng.randrange(len(facts.entries))
        return _at(facts, "entries", i, amount=_raised(rng, facts.entries[i].amount)), f"row.{i}.amount"
    if isinstance(facts, Invoice | Receipt):
        i = rng.randrange(len(facts.lines) + 1)
        if i == len(facts.lines):
            return replace(facts, total=_raised(rng, facts.total)), "total"
        return _at(facts, "lines", i, amount=_raised(rng, facts.lines[i].amount)), f"line.{i}.line"
    if isinstance(facts, Payslip):
        i = rng.randrange(len(facts.earnings) + 1)
        if i == len(facts.earnings):
            return replace(facts, net=_raised(rng, facts.net)), "net"
        return _at(facts, "earnings", i, amount=_raised(rng, facts.earnings[i].amount)), f"earnings.{i}"
    return None


def amount_recomputed(rng: Random, facts: Any) -> Altered:
    """One amount, and everything that follows from it."""
    if isinstance(facts, Statement):
        i = rng.randrange(len(facts.entries))
        return _at(facts, "entries", i, amount=_raised(rng, facts.entries[i].amount)).recomputed(), f"row.{i}.amount"
    if isinstance(facts, Invoice | Receipt):
        i = rng.randrange(len(facts.lines))
        made = _at(facts, "lines", i, price=_raised(rng, facts.lines[i].price)).recomputed()
        return (made.with_code() if getattr(made, "payload", "") else made), f"line.{i}.line"
    if isinstance(facts, Payslip):
        i = rng.randrange(len(facts.earnings))
        item = facts.earnings[i]
        if item.units:
            rate = _raised(rng, item.rate)
            return _at(facts, "earnings", i, rate=rate, amount=half_up(item.units * rate, 100)).recomputed(), f"earnings.{i}"  # fmt: skip
        return _at(facts, "earnings", i, amount=_raised(rng, item.amount)).recomputed(), f"earnings.{i}"
    return None


def balance_edited(rng: Random, facts: Any) -> Altered:
    """One running balance."""
    if not isinstance(facts, Statement):
        return None
    i = rng.randrange(len(facts.entries))
    return _at(facts, "entries", i, balance=_raised(rng, facts.entries[i].balance)), f"row.{i}.balance"


def row_pasted(rng: Random, facts: Any) -> Altered:
    """A row more, with the totals and balances of before."""
    if isinstance(facts, Statement):
        i = rng.randrange(1, len(facts.entries))
        twin, before = rng.choice(facts.entries), facts.entries[i - 1]
        amount = abs(twin.amount) + rng.randrange(1, 90) * 100
        row = Entry(before.day, twin.text, amount, before.balance + amount)
        return replace(facts, entries=(*facts.entries[:i], row, *facts.entries[i:])), f"row.{i}.amount"
    if isinstance(facts, Invoice | Receipt):
        line: Any = rng.choice(facts.lines)
        price = line.price + rng.randrange(1, 50) * 10
        more = replace(line, price=price, amount=line.quantity * price)
        return _with(facts, lines=(*facts.lines, more)), f"line.{len(facts.lines)}.line"
    if isinstance(facts, Payslip):
        more_pay = Item("bonus", rng.randrange(100, 900) * 100)
        return replace(facts, earnings=(*facts.earnings, more_pay)), f"earnings.{len(facts.earnings)}"
    return None


def row_deleted(rng: Random, facts: Any) -> Altered:
    """A row less, with the totals and balances of before."""
    if isinstance(facts, Statement) and len(facts.entries) > 3:
        i = rng.randrange(1, len(facts.entries) - 1)
        return replace(facts, entries=_without(facts.entries, i)), f"row.{i}.balance"
    if isinstance(facts, Invoice | Receipt) and len(facts.lines) > 1:
        i = rng.randrange(len(facts.lines) - 1)
        return _with(facts, lines=_without(facts.lines, i)), "net" if isinstance(facts, Invoice) else "total"
    if isinstance(facts, Payslip):
        i = rng.randrange(len(facts.deductions))
        return replace(facts, deductions=_without(facts.deductions, i)), "deducted"
    return None


def date_changed(rng: Random, facts: Any) -> Altered:
    """A day that cannot be: a row outside its period, a bill due before it was written, a paper from years ahead."""
    if isinstance(facts, Statement):
        i = rng.randrange(len(facts.entries))
        early, late = (
            facts.start - timedelta(days=rng.randrange(5, 60)),
            facts.end + timedelta(days=rng.randrange(3, 60)),
        )
        return _at(facts, "entries", i, day=rng.choice((early, late))), f"row.{i}.date"
    if isinstance(facts, Invoice):
        return replace(facts, due=facts.issued - timedelta(days=rng.randrange(10, 200))), "due"
    if isinstance(facts, Payslip):
        return replace(facts, paid=_years_on(facts.paid, rng)), "paid"
    if isinstance(facts, Receipt):
        return replace(facts, issued=_years_on(facts.issued, rng)), "issued"
    return None


def _years_on(day: date, rng: Random) -> date:
    return day.replace(year=day.year + rng.randrange(8, 40), day=min(day.day, 28))


def _at(facts: Any, name: str, i: int, **changed: Any) -> Any:
    """The facts with item i of one of their tables changed."""
    rows = tuple(replace(row, **changed) if k == i else row for k, row in enumerate(getattr(facts, name)))
    return replace(facts, **{name: rows})


def _with(facts: Any, **changed: Any) -> Any:
    return replace(facts, **changed)


def _without(rows: tuple[Any, ...], i: int) -> tuple[Any, ...]:
    return (*rows[:i], *rows[i + 1 :])


def _raised(rng: Random, minor: int) -> int:
    """Another amount of about as many digits, never the same."""
    sign, size = (-1 if minor < 0 else 1), abs(minor)
    return sign * (size + rng.choice((100, 1000, 10_000)) * rng.randrange(1, 10) + rng.choice((0, 0, 7, 30)))
