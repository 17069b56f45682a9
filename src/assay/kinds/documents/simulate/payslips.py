"""Payslips: earnings and deductions that add up to what is paid out, and sums since January."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from assay.kinds.documents.simulate import mint, people
from assay.kinds.documents.simulate.invoices import half_up
from assay.kinds.documents.simulate.locales import Locale
from assay.kinds.documents.simulate.pen import GREY, TINT, WHITE, Pen
from assay.kinds.documents.simulate.sheet import Area, Colour, Picture, Rule, Sheet
from assay.kinds.documents.simulate.words import said


@dataclass(frozen=True)
class Item:
    """An earning or deduction in minor units; `units` (hundredths of an hour) × `rate` where it is paid by the hour."""

    key: str
    amount: int
    units: int = 0
    rate: int = 0


@dataclass(frozen=True)
class Payslip:
    """What a payslip states; nothing is computed when it is drawn."""

    locale: Locale
    employer: people.Firm
    employee: people.Person
    account: people.Account
    staff: str
    month: date  # its first day
    paid: date
    earnings: tuple[Item, ...]
    deductions: tuple[Item, ...]
    gross: int
    deducted: int
    net: int
    before: int  # gross of the months before in this year
    to_date: int
    copied: bool = False  # its stamp stands there twice

    @property
    def issued(self) -> date:
        return self.paid

    def recomputed(self) -> Payslip:
        """With sums that follow from the items."""
        gross, off = sum(i.amount for i in self.earnings), sum(i.amount for i in self.deductions)
        return replace(self, gross=gross, deducted=off, net=gross - off, to_date=self.before + gross)


@dataclass(frozen=True)
class Template:
    """An employer's layout: `body` side (two tables side by side), stack (one under the other) or signed (one table)."""

    id: str
    locales: tuple[str, ...]
    check: bool
    body: str = "side"
    head: str = "left"
    font: str = "Helvetica"
    size: float = 9.0
    accent: Colour = (0.1, 0.25, 0.5)
    hourly: bool = False
    to_date: bool = True
    stamp: bool = False
    words: str = ""


TEMPLATES = (
    Template("payslip-1", ("en-GB", "en-US"), False),
    Template("payslip-2", ("de-DE", "es-ES"), False, "stack", head="right", font="Vera", size=8.5, accent=(0.1, 0.4, 0.3)),
    Template("payslip-3", ("fr-FR", "zh-CN"), False, "signed", head="banner", font="Times-Roman", size=10, accent=(0.35, 0.15, 0.4), stamp=True, words="_2"),
    Template("payslip-4", ("en-US", "de-DE"), False, "side", head="centre", font="Courier", size=8.5, accent=(0.2, 0.2, 0.2), hourly=True, words="_2"),
    Template("payslip-5", ("fr-FR", "en-GB"), True, "side", head="right", font="NotoSans", size=8.8, accent=(0.5, 0.25, 0.05), hourly=True),
    Template("payslip-6", ("es-ES", "zh-CN"), False, "stack", head="banner", font="Helvetica", size=9.5, accent=(0.0, 0.3, 0.45), words="_2", stamp=True),
    Template("payslip-7", ("de-DE", "en-US"), True, "signed", head="left", font="DejaVuSerif", size=8.2, accent=(0.45, 0.1, 0.1), hourly=True, to_date=False),
    Template("payslip-8", ("en-GB", "fr-FR"), True, "stack", head="centre", font="DejaVuSansCondensed", size=9, accent=(0.15, 0.35, 0.15)),
    Template("payslip-9", ("en-US", "es-ES"), True, "signed", head="centre", font="Vera", size=8.6, accent=(0.2, 0.3, 0.4), stamp=True),
    Template("payslip-10", ("zh-CN", "de-DE"), False, "side", head="banner", font="NotoSerif", size=8.8, accent=(0.35, 0.2, 0.3), words="_2", hourly=True),
    Template("payslip-11", ("zh-CN", "en-GB"), True, "side", head="left", font="DejaVuSans", size=8.4, accent=(0.2, 0.35, 0.25)),
)  # fmt: skip


def state(rng: Random, template: Template, locale: Locale, one_page: bool = False) -> Payslip:
    """A month's pay of an invented employee."""
    month = date(2024, 1 + rng.randrange(12), 1).replace(year=rng.choice((2024, 2025)))
    paid = (month + timedelta(days=31)).replace(day=1) - timedelta(days=rng.randrange(1, 5))
    scale = 5 if locale.country == "CN" else 1
    if template.hourly:
        units, rate = rng.randrange(120, 180) * 100, rng.randrange(1400, 4200) * scale
        earnings = [Item("base_pay", half_up(units * rate, 100), units, rate)]
        more = rng.randrange(2, 18) * 50
        over = half_up(rate * 5, 4)
        earnings.append(Item("overtime", half_up(more * over, 100), more, over))
    else:
        earnings = [Item("base_pay", rng.randrange(1800, 5200) * 100 * scale)]
        earnings.append(Item("overtime", rng.randrange(40, 420) * 97 * scale))
    if rng.random() < 0.6:
        earnings.append(Item("bonus", rng.randrange(50, 400) * 100 * scale))
    gross = sum(item.amount for item in earnings)
    deductions = tuple(
        Item(key, half_up(gross * rng.randrange(low, high), 1000))
        for key, low, high in (("income_tax", 90, 220), ("social", 60, 110), ("pension", 30, 95))
    )
    before = (month.month - 1) * gross + (rng.randrange(-300, 300) * 100 if month.month > 1 else 0)
    blank = Payslip(
        locale, people.firm(rng, locale), people.person(rng, locale), people.account(rng, locale), mint.digits(rng, 6),
        month, paid, tuple(earnings), deductions, 0, 0, 0, max(0, before), 0,
    )  # fmt: skip
    return blank.recomputed()


def draw(template: Template, facts: Payslip, font: str) -> Sheet:
    """The payslip as a sheet of one page."""
    return _Drawing(template, facts, font).sheet


class _Drawing(Pen):
    def __init__(self, template: Template, facts: Payslip, font: str) -> None:
        super().__init__(facts.locale, font, template.size)
        self.t, self.f, self.step = template, facts, template.size * 1.9
        y = self._about(self.letterhead(template.head, facts.employer.name, template.accent))
        middle = (self.left + self.right) / 2
        earned = ("earnings", facts.earnings, "gross", facts.gross)
        taken = ("deductions", facts.deductions, "deducted", facts.deducted)
        if template.body == "side":
            a = self._table(y, self.left, middle - 8, *earned)
            b = self._table(y, middle + 8, self.right, *taken)
            y = max(a, b)
        elif template.body == "stack":
            y = self._table(y, self.left, self.right, *earned)
            y = self._table(y + 8, self.left, self.right, *taken)
        else:
            y = self._signed(y)
        self._sums(y + 10)

    def number(self, minor: int) -> str:
        return self.locale.number(minor)

    def _about(self, y: float) -> float:
        f, t = self.f, self.t
        self.text(self.left, y + 6, f"{f.employer.street}, {f.employer.town}", size=7.5, colour=GREY)
        if self.locale.country != "US":
            self.text(self.left, y + 16, f"{self.say('vat_id')} {f.employer.vat}", size=7.5, field="vat")
        self.text(self.left, y + 42, self.say(f"payslip{t.words}"), size=15, heavy=True, colour=t.accent)
        period = self.locale.date(f.month, "YYYY年M月" if self.locale.country == "CN" else "MMMM YYYY")
        left = (("employee", f.employee.name, "employee"), ("staff_no", f.staff, "staff"))
        right = (("month", period, "month"), ("paid_on", self.locale.date(f.paid), "paid"))
        for x, told in ((self.left, left), (self.right - 230, right)):
            for i, (key, value, name) in enumerate(told):
                self.text(x, y + 64 + 15 * i, self.say(key), size=8, colour=GREY)
                self.text(x + 108, y + 64 + 15 * i, value, field=name)
        return y + 116

    def _heads(self, y: float, x0: float, x1: float, title: str) -> float:
        self.sheet.add(Area(x0, y - self.size * 1.2, x1, y + self.size * 0.6, self.t.accent))
        self.text(x0 + 5, y, title, heavy=True, colour=WHITE)
        self.text(x1 - 5, y, self.say("amount"), heavy=True, colour=WHITE, align="right")
        return y + self.step * 1.1

    def _label(self, item: Item) -> str:
        text = self.say(item.key)
        if item.units:
            return f"{text}  {self.locale.number(item.units)} h × {self.locale.number(item.rate)}"
        return text

    def _table(self, y: float, x0: float, x1: float, key: str, items: tuple[Item, ...], sum_key: str, total: int) -> float:  # fmt: skip
        y = self._heads(y, x0, x1, self.say(key))
        for i, item in enumerate(items):
            self.text(x0 + 5, y, self._label(item), field=f"{key}.{i}.text")
            self.text(x1 - 5, y, self.number(item.amount), align="right", field=f"{key}.{i}")
            y += self.step
        self.sheet.add(Rule(x0, y - self.step * 0.65, x1, y - self.step * 0.65, 0.5, self.t.accent))
        self.text(x0 + 5, y + 2, self.say(sum_key), heavy=True)
        self.text(x1 - 5, y + 2, self.number(total), heavy=True, align="right", field=sum_key)
        return y + self.step * 1.6

    def _signed(self, y: float) -> float:
        y = self._heads(y, self.left, self.right, f"{self.say('earnings')} / {self.say('deductions')}")
        rows = [(f"earnings.{i}", item, "") for i, item in enumerate(self.f.earnings)]
        rows += [(f"deductions.{i}", item, "-") for i, item in enumerate(self.f.deductions)]
        for i, (name, item, sign) in enumerate(rows):
            if i % 2:
                self.band(y - self.step * 0.68, y + self.step * 0.32, TINT)
            self.text(self.left + 5, y, self._label(item), field=f"{name}.text")
            self.text(self.right - 5, y, sign + self.number(item.amount), align="right", field=name)
            y += self.step
        for key, minor in (("gross", self.f.gross), ("deducted", self.f.deducted)):
            self.text(self.right - 130, y + 4, self.say(key), align="right")
            self.text(self.right - 5, y + 4, self.number(minor), align="right", field=key)
            y += self.step
        return y + 4

    def _sums(self, y: float) -> None:
        f, t = self.f, self.t
        self.band(y - 6, y + 28, TINT, t.accent)
        self.text(self.left + 8, y + 16, self.say("net_pay"), heavy=True, size=self.size + 3)
        self.text(self.right - 8, y + 16, self.locale.money(f.net), heavy=True, size=self.size + 3, align="right", field="net")  # fmt: skip
        y += 50
        if t.to_date:
            self.text(self.left, y, self.say("gross_ytd"), size=8, colour=GREY)
            self.text(self.left + 150, y, self.number(f.to_date), size=8, field="to_date")
        number = mint.grouped(f.account.iban) if f.account.iban else f.account.number
        label = "IBAN" if f.account.iban else said(self.locale.language, "account")
        self.text(self.left, y + 14, label, size=8, colour=GREY)
        self.text(self.left + 150, y + 14, number, size=8, field="iban")
        if t.stamp:
            from assay.kinds.documents.simulate.marks import signature, stamp

            key, x = f.employer.name, self.right - 130
            self.sheet.add(Picture(x + 44, y + 18, x + 116, y + 90, stamp(key, f.staff), "stamp", key=key))
            if f.copied:
                self.sheet.add(
                    Picture(
                        self.left + 60, y + 50, self.left + 132, y + 122, stamp(key, f.staff), "stamp.copy", key=key
                    )
                )
            self.sheet.add(Picture(x, y + 42, x + 96, y + 82, signature(key), "signature", key=key))
            self.text(x, y + 100, self.say("signature"), size=7.5, colour=GREY)


def fields(facts: Payslip) -> dict[str, str]:
    """The ground truth of what it states, in plain notation."""
    return {
        "employer": facts.employer.name,
        "employee": facts.employee.name,
        "staff": facts.staff,
        "month": f"{facts.month:%Y-%m}",
        "paid": facts.paid.isoformat(),
        "iban": facts.account.iban,
        "gross": f"{facts.gross / 100:.2f}",
        "deducted": f"{facts.deducted / 100:.2f}",
        "net": f"{facts.net / 100:.2f}",
    }
