"""Till receipts on narrow paper: quantity × price, coupons, tax within the price (or on top of it), rounding of cash, change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from assay.kinds.documents.simulate import mint, people
from assay.kinds.documents.simulate.invoices import Line, half_up
from assay.kinds.documents.simulate.locales import Locale
from assay.kinds.documents.simulate.pen import Pen
from assay.kinds.documents.simulate.sheet import Rule, Sheet
from assay.kinds.documents.simulate.words import groceries


@dataclass(frozen=True)
class Receipt:
    """`taxes` are (rate, net, tax) of what was bought; `rounded` is what rounding adds to the total for cash, `paid` what
    was handed over."""

    locale: Locale
    shop: people.Firm
    customer: people.Person  # who hands the receipt in; not printed
    number: str
    issued: date
    clock: str
    lines: tuple[Line, ...]
    coupon: int
    subtotal: int
    taxes: tuple[tuple[int, int, int], ...]
    total: int
    rounded: int
    cash: bool
    paid: int
    change: int
    step: int  # cash is rounded to this many minor units

    def recomputed(self) -> Receipt:
        """With everything that follows from quantities, prices and the coupon; the money handed over grows if it must."""
        rows = tuple(replace(w, amount=w.quantity * w.price) for w in self.lines)
        goods = sum(w.amount for w in rows) - self.coupon
        on_top = self.locale.country == "US"
        taxes, first = [], True
        for rate in sorted({w.rate for w in rows}, reverse=True):
            of_rate = sum(w.amount for w in rows if w.rate == rate) - (self.coupon if first else 0)
            first = False
            tax = half_up(of_rate * rate, 100) if on_top else of_rate - half_up(of_rate * 100, 100 + rate)
            taxes.append((rate, of_rate if on_top else of_rate - tax, tax))
        total = goods + (sum(tax for _, _, tax in taxes) if on_top else 0)
        due = half_up(total, self.step) * self.step if self.cash else total
        paid = self.paid
        if not self.cash:
            paid = due
        elif paid < due:
            paid = -(-due // 1000) * 1000
        return replace(
            self, lines=rows, subtotal=goods, taxes=tuple(taxes), total=total, rounded=due - total, paid=paid, change=paid - due
        )  # fmt: skip


@dataclass(frozen=True)
class Template:
    """A till's layout: `form` says how a line with a quantity is set: wide (3 x 1.20  3.60), under (on a second line) or
    columns."""

    id: str
    locales: tuple[str, ...]
    check: bool
    form: str = "wide"
    font: str = "Courier"
    size: float = 8.5
    width: float = 227.0
    step: int = 1
    table: bool = True  # taxes as a table of rate, net and tax
    rule: str = "-"
    coupons: bool = False
    lines: tuple[int, int] = (3, 10)


TEMPLATES = (
    Template("receipt-1", ("en-GB", "de-DE"), False),
    Template("receipt-2", ("fr-FR", "es-ES"), False, "under", font="DejaVuSansMono", size=7.8, rule="=", coupons=True),
    Template("receipt-3", ("zh-CN", "en-US"), False, "columns", font="Helvetica", size=9, table=False, step=10, width=240),
    Template("receipt-4", ("de-DE", "es-ES"), False, "columns", font="JetBrainsMono", size=7.6, step=5, rule="*"),
    Template("receipt-5", ("fr-FR", "en-GB"), True, "columns", font="Courier", size=8.2, rule="=", step=5, width=216),
    Template("receipt-6", ("en-US", "zh-CN"), False, "under", font="Vera", size=8.4, table=False, coupons=True, rule="_"),
    Template("receipt-7", ("de-DE", "fr-FR"), True, "wide", font="DejaVuSansMono", size=7.4, width=210, rule=""),
    Template("receipt-8", ("es-ES", "en-GB"), True, "under", font="NotoSans", size=9, width=250, coupons=True),
    Template("receipt-9", ("en-US", "de-DE"), True, "columns", font="DejaVuSansCondensed", size=8.6, rule="-", coupons=True, width=232),
    Template("receipt-10", ("zh-CN", "fr-FR"), True, "wide", font="Courier", size=8.4, rule="*", step=10, table=False),
)  # fmt: skip


def state(rng: Random, template: Template, locale: Locale, one_page: bool = False) -> Receipt:
    """An invented purchase."""
    scale = 5 if locale.country == "CN" else 1
    texts = rng.sample(groceries(locale.language), rng.randint(*template.lines))
    rates = locale.vat_rates[:2]
    rows = tuple(
        Line(text, rng.choice((1, 1, 1, 1, 2, 2, 3, 4)), rng.randrange(59, 1899) * scale, rng.choice(rates), 0)
        for text in texts
    )
    issued = date(2025, 1, 3) + timedelta(days=rng.randrange(480))
    coupon = rng.randrange(1, 5) * 10 * scale if template.coupons and rng.random() < 0.7 else 0
    cash = rng.random() < 0.6
    blank = Receipt(
        locale, people.firm(rng, locale), people.person(rng, locale), mint.digits(rng, 6), issued,
        f"{rng.randrange(8, 21):02d}:{rng.randrange(60):02d}", rows, coupon, 0, (), 0, 0, cash, 0, 0, template.step,
    )  # fmt: skip
    made = blank.recomputed()
    if cash:
        made = replace(made, paid=max(made.paid, -(-(made.total + made.rounded) // 500) * 500)).recomputed()
    return made


def draw(template: Template, facts: Receipt, font: str) -> Sheet:
    """The receipt as a sheet as long as it needs to be."""
    return _Drawing(template, facts, font).sheet


class _Drawing(Pen):
    def __init__(self, template: Template, facts: Receipt, font: str) -> None:
        step = template.size * 1.5
        under = sum(1 for w in facts.lines if w.quantity > 1) if template.form == "under" else 0
        high = step * (20 + len(facts.lines) + under + 2 * len(facts.taxes)) + 30
        super().__init__(facts.locale, font, template.size, (template.width, high))
        self.left, self.right, self.step, self.y = 12.0, template.width - 12.0, step, 24.0
        self.t, self.f = template, facts
        self._shop()
        self._goods()
        self._sums()

    def row(self, text: str, value: str = "", *, field: str = "", heavy: bool = False, size: float = 0.0) -> None:
        self.text(self.left, self.y, text, heavy=heavy, size=size)
        if value:
            self.text(self.right, self.y, value, align="right", field=field, heavy=heavy, size=size)
        self.y += max(self.step, size * 1.5)

    def line(self) -> None:
        """A line across: of characters, as tills print it, or ruled."""
        if self.t.rule in ("", "_"):
            self.sheet.add(Rule(self.left, self.y - self.step * 0.5, self.right, self.y - self.step * 0.5, 0.6))
            self.y += self.step * 0.4
            return
        from assay.kinds.documents.simulate.fonts import width

        count = int((self.right - self.left) / width(self.t.rule, self.font, self.size))
        self.row(self.t.rule * count)

    def number(self, minor: int) -> str:
        return ("-" if minor < 0 else "") + self.locale.number(minor, grouped=False)

    def _shop(self) -> None:
        f, middle = self.f, self.page[0] / 2
        self.text(middle, self.y, f.shop.name, size=self.size + 3, heavy=True, align="centre", field="issuer")  # fmt: skip
        for text in (f.shop.street, f.shop.town):
            self.y += self.step
            self.text(middle, self.y, text, align="centre")
        if self.locale.country != "US":
            self.y += self.step
            self.text(middle, self.y, f"{self.say('vat_id')} {f.shop.vat}", align="centre", size=self.size - 1, field="vat")  # fmt: skip
        self.y += self.step * 1.6
        self.text(middle, self.y, self.say("receipt"), align="centre", heavy=True)
        self.y += self.step * 1.3
        self.text(self.left, self.y, f"{self.locale.date(f.issued)} {f.clock}", field="issued")
        self.text(self.right, self.y, f"{self.say('receipt_no')} {f.number}", align="right", field="number")
        self.y += self.step
        self.line()

    def _letter(self, rate: int) -> str:
        return "AB"[self.locale.vat_rates[:2].index(rate)]

    def _goods(self) -> None:
        f, marked = self.f, len(self.f.taxes) > 1 or self.t.table
        edge = self.right - (12 if marked else 0)
        for i, w in enumerate(f.lines):
            times = f"{w.quantity} x {self.number(w.price)}"
            if self.t.form == "under" and w.quantity > 1:
                self.text(self.left, self.y, w.text, field=f"line.{i}.text")
                self.y += self.step
                self.text(self.left + 14, self.y, times, field=f"line.{i}.times")
            elif self.t.form == "columns":
                self.text(self.left, self.y, str(w.quantity), field=f"line.{i}.quantity")
                self.text(self.left + 16, self.y, w.text, field=f"line.{i}.text")
                self.text(edge - 52, self.y, self.number(w.price), align="right", field=f"line.{i}.unit")
            else:
                self.text(self.left, self.y, w.text, field=f"line.{i}.text")
                if w.quantity > 1:
                    self.text(edge - 48, self.y, times, align="right", field=f"line.{i}.times")
            self.text(edge, self.y, self.number(w.amount), align="right", field=f"line.{i}.line")
            if marked:
                self.text(self.right, self.y, self._letter(w.rate), align="right")
            self.y += self.step
        if f.coupon:
            self.row(self.say("coupon"), "", field="")
            self.text(edge, self.y - self.step, self.number(-f.coupon), align="right", field="coupon")
        self.line()

    def _sums(self) -> None:
        f = self.f
        if self.locale.country == "US":
            self.row(self.say("net"), self.number(f.subtotal), field="subtotal")
            for rate, _, tax in f.taxes:
                self.row(self.say("tax", x=rate), self.number(tax), field=f"tax.{rate}")
        self.y += self.size * 0.4
        self.row(self.say("receipt_total"), self.locale.money(f.total), field="total", heavy=True, size=self.size + 3)
        if f.cash and f.step > 1:
            self.row(self.say("rounding"), self.number(f.rounded), field="rounded")
        if f.cash:
            self.row(self.say("cash_paid"), self.number(f.paid), field="paid")
            self.row(self.say("change"), self.number(f.change), field="change")
        else:
            self.row(self.say("card_paid"), self.number(f.paid), field="paid")
        self.line()
        if self.locale.country != "US":
            for rate, net, tax in f.taxes:
                letter = f"{self._letter(rate)} " if self.t.table else ""
                self.row(f"{letter}{self.say('tax', x=rate)}", self.number(tax), field=f"tax.{rate}")
                if self.t.table:
                    self.row(f"{letter}{self.say('receipt_net')}", self.number(net), field=f"net.{rate}")
            self.line()
        self.text(self.page[0] / 2, self.y + 4, self.say("thanks"), align="centre", size=self.size - 1)


def fields(facts: Receipt) -> dict[str, str]:
    """The ground truth of what it states, in plain notation."""
    return {
        "shop": facts.shop.name,
        "vat": facts.shop.vat,
        "number": facts.number,
        "issued": facts.issued.isoformat(),
        "total": f"{facts.total / 100:.2f}",
        "paid": f"{facts.paid / 100:.2f}",
        "lines": str(len(facts.lines)),
    }
