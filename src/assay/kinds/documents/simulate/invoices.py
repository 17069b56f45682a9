"""Invoices: lines with quantity, unit price and tax rate, discounts, tax by rate, and where to pay, also as a payment code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from assay.kinds.documents.simulate import codes, mint, people
from assay.kinds.documents.simulate.locales import Locale
from assay.kinds.documents.simulate.pen import GREY, TINT, WHITE, Pen
from assay.kinds.documents.simulate.sheet import Area, Colour, Picture, Sheet
from assay.kinds.documents.simulate.words import goods


@dataclass(frozen=True)
class Line:
    """`quantity` × `price` = `amount` in minor units; `rate` in percent."""

    text: str
    quantity: int
    price: int
    rate: int
    amount: int


@dataclass(frozen=True)
class Invoice:
    """`discount` is in percent of the sum of lines; `taxes` are (rate, net at this rate, tax)."""

    locale: Locale
    seller: people.Firm
    buyer: people.Person
    account: people.Account
    number: str
    issued: date
    due: date
    lines: tuple[Line, ...]
    discount: int
    discounted: int  # what the discount takes off
    net: int
    taxes: tuple[tuple[int, int, int], ...]
    total: int
    payload: str  # of the payment code; "" where there is none
    copied: bool = False  # its stamp stands there twice

    def recomputed(self, lines: bool = True) -> Invoice:
        """With line amounts (unless kept), discount, taxes and total that follow from quantities, prices and rates."""
        rows = tuple(replace(w, amount=w.quantity * w.price) if lines else w for w in self.lines)
        total = sum(w.amount for w in rows)
        off = half_up(total * self.discount, 100)
        nets = {
            rate: sum(w.amount for w in rows if w.rate == rate) for rate in sorted({w.rate for w in rows}, reverse=True)
        }
        rates = list(nets)
        shares = {rate: half_up(nets[rate] * (100 - self.discount), 100) for rate in rates}
        shares[rates[0]] += total - off - sum(shares.values())  # cents of rounding go to the first rate
        taxes = tuple((rate, shares[rate], half_up(shares[rate] * rate, 100)) for rate in rates)
        gross = total - off + sum(tax for _, _, tax in taxes)
        return replace(self, lines=rows, discounted=off, net=total - off, taxes=taxes, total=gross)

    def with_code(self) -> Invoice:
        """With a payment code (EPC069-12) that asks for this total to this account, where the country uses them."""
        if self.locale.currency != "EUR":
            return replace(self, payload="")
        name = self.seller.name[:70]
        payload = codes.epc(name, self.account.iban, self.account.bic, self.total, self.number)
        return replace(self, payload=payload)


def half_up(value: int, by: int) -> int:
    """Division rounded half up, for values not negative."""
    return (2 * value + by) // (2 * by)


@dataclass(frozen=True)
class Template:
    """A seller's layout. `columns` of text, quantity, unit, rate, line; `code`: a payment code is printed."""

    id: str
    locales: tuple[str, ...]
    check: bool
    columns: tuple[str, ...] = ("text", "quantity", "unit", "line")
    head: str = "left"
    rules: str = "lines"
    font: str = "Helvetica"
    size: float = 9.0
    accent: Colour = (0.1, 0.25, 0.5)
    mixed: bool = False  # several tax rates
    discount: int = 0
    code: bool = False
    stamp: bool = False
    money: bool = False  # amounts carry the currency's sign
    words: str = ""
    page_rows: int = 14
    lines: tuple[int, int] = (2, 7)


TEMPLATES = (
    Template("invoice-1", ("en-GB", "en-US"), False),
    Template("invoice-2", ("de-DE", "fr-FR"), False, ("text", "quantity", "unit", "rate", "line"), head="right", rules="grid", font="Vera", size=8.2, accent=(0.1, 0.4, 0.3), mixed=True, code=True),
    Template("invoice-3", ("es-ES", "zh-CN"), False, ("quantity", "text", "unit", "line"), head="banner", rules="zebra", font="Times-Roman", size=10, accent=(0.5, 0.2, 0.1), discount=5, stamp=True),
    Template("invoice-4", ("en-GB", "de-DE"), False, ("text", "rate", "quantity", "unit", "line"), head="centre", rules="none", font="DejaVuSans", size=8.2, mixed=True, stamp=True, words="_2", accent=(0.2, 0.2, 0.2)),
    Template("invoice-5", ("fr-FR", "es-ES"), True, ("text", "quantity", "unit", "rate", "line"), head="left", rules="zebra", font="NotoSans", size=8.8, accent=(0.45, 0.1, 0.35), mixed=True, code=True, discount=3),
    Template("invoice-6", ("en-US", "zh-CN"), False, ("quantity", "unit", "text", "line"), head="right", rules="lines", font="Courier", size=9, accent=(0.15, 0.15, 0.15), stamp=True),
    Template("invoice-7", ("de-DE", "es-ES"), True, head="centre", rules="grid", font="DejaVuSerif", size=8, accent=(0.05, 0.3, 0.45), code=True, stamp=True, words="_2"),
    Template("invoice-8", ("en-GB", "fr-FR"), True, ("text", "unit", "quantity", "rate", "line"), head="banner", rules="none", font="Helvetica", size=9.2, accent=(0.6, 0.35, 0.0), mixed=True, discount=10, money=True, words="_2"),
    Template("invoice-9", ("en-US", "de-DE"), True, ("quantity", "text", "rate", "unit", "line"), head="centre", rules="lines", font="NotoSerif", size=9, accent=(0.3, 0.1, 0.1), mixed=True, code=True),
    Template("invoice-10", ("zh-CN", "en-GB", "fr-FR"), True, ("text", "unit", "quantity", "line"), head="right", rules="none", font="DejaVuSansCondensed", size=9.4, accent=(0.1, 0.1, 0.4), discount=7, stamp=True, words="_2"),
)  # fmt: skip


def state(rng: Random, template: Template, locale: Locale, one_page: bool = False) -> Invoice:
    """An invented firm bills an invented person."""
    seller, buyer = people.firm(rng, locale), people.person(rng, locale)
    issued = date(2024, 1, 8) + timedelta(days=rng.randrange(800))
    scale = 7 if locale.country == "CN" else 1
    texts = rng.sample(goods(locale.language), rng.randint(*template.lines))
    rates = locale.vat_rates
    rows = tuple(
        Line(text, rng.choice((1, 1, 2, 3, 4, 5, 8, 10, 12, 25)), rng.randrange(250, 24_000) * scale, rates[0] if not template.mixed else rng.choice(rates[:2]), 0)
        for text in texts
    )  # fmt: skip
    number = rng.choice((f"{issued.year}-{rng.randrange(10**4):04d}", f"INV{rng.randrange(10**6):06d}"))
    due = issued + timedelta(days=rng.choice((14, 30)))
    blank = Invoice(locale, seller, buyer, people.account(rng, locale), number, issued, due, rows, template.discount, 0, 0, (), 0, "")  # fmt: skip
    made = blank.recomputed()
    return made.with_code() if template.code else made


def draw(template: Template, facts: Invoice, font: str) -> Sheet:
    """The invoice as a sheet of one page or more."""
    return _Drawing(template, facts, font).sheet


class _Drawing(Pen):
    def __init__(self, template: Template, facts: Invoice, font: str) -> None:
        super().__init__(facts.locale, font, template.size)
        self.t, self.f = template, facts
        y = self._about(self.letterhead(template.head, facts.seller.name, template.accent))
        self._sums(self._lines(y))

    def amount(self, minor: int) -> str:
        return self.f.locale.money(minor) if self.t.money else self.f.locale.number(minor)

    def _about(self, y: float) -> float:
        f, t = self.f, self.t
        seller = f"{f.seller.street}, {f.seller.town}"
        self.text(self.left, y + 4, seller, size=7.5, colour=GREY)
        if f.locale.country != "US":
            self.text(self.left, y + 14, f"{self.say('vat_id')} {f.seller.vat}", size=7.5, field="vat")
        self.text(self.left, y + 44, self.say(f"invoice{t.words}"), size=16, heavy=True, colour=t.accent)
        self.text(self.left, y + 68, self.say("bill_to"), size=8, colour=GREY)
        for i, (text, name) in enumerate(((f.buyer.name, "buyer"), (f.buyer.street, ""), (f.buyer.town, ""))):
            self.text(self.left, y + 82 + 12 * i, text, field=name)
        x = self.right - 190
        told = (("invoice_no", f.number, "number"), ("issued", f.locale.date(f.issued), "issued"), ("due", f.locale.date(f.due), "due"))  # fmt: skip
        for i, (key, value, name) in enumerate(told):
            self.text(x, y + 68 + 13 * i, self.say(key), size=8, colour=GREY)
            self.text(self.right, y + 68 + 13 * i, value, align="right", field=name)
        return y + 138

    def _edges(self) -> dict[str, float]:
        wide = {"quantity": 46.0, "unit": 82.0, "rate": 52.0, "line": 90.0}
        rest = self.right - self.left - sum(wide.get(c, 0.0) for c in self.t.columns)
        edges, x = {}, self.left
        for name in self.t.columns:
            w = wide.get(name, rest)
            edges[name] = x + 8 if name == "text" else x + w - (4 if self.t.rules in ("grid", "zebra") else 0)
            x += w
        return edges

    def _heads(self, y: float) -> float:
        t = self.t
        filled = t.rules in ("grid", "zebra")
        if filled:
            self.band(y - t.size * 1.15, y + t.size * 0.6, t.accent)
        for name, x in self._edges().items():
            key = "item" if name == "text" else name
            self.text(x, y, self.say(key), heavy=True, align="left" if name == "text" else "right", colour=WHITE if filled else (0, 0, 0))  # fmt: skip
        if t.rules == "lines":
            self.rule(y + 5, 0.8, t.accent)
        return y + t.size * 2.1

    def _lines(self, y: float) -> float:
        t, step = self.t, self.t.size * 2.0
        y = self._heads(y)
        for i, line in enumerate(self.f.lines):
            if i and i % t.page_rows == 0:
                self.sheet.turn()
                y = self._heads(70.0)
            if t.rules == "zebra" and i % 2:
                self.band(y - step * 0.7, y + step * 0.3, TINT)
            if t.rules == "grid":
                self.rule(y + step * 0.3, 0.3, GREY)
            values = {
                "text": line.text, "quantity": str(line.quantity), "unit": self.amount(line.price),
                "rate": str(line.rate), "line": self.amount(line.amount),
            }  # fmt: skip
            for name, x in self._edges().items():
                self.text(x, y, values[name], align="left" if name == "text" else "right", field=f"line.{i}.{name}")
            y += step
        return y

    def _sums(self, y: float) -> None:
        t, f, step = self.t, self.f, self.t.size * 1.8
        edge, label = self._edges()["line"], self.right - 240
        self.rule(y - step * 0.5, 0.6, t.accent)
        y += 8
        rows: list[tuple[str, int, str, bool]] = []
        if f.discount:
            rows.append((self.say("discount", x=f.discount), -f.discounted, "discount", False))
        rows.append((self.say("net"), f.net, "net", False))
        rows += [(self.say("tax", x=rate), tax, f"tax.{rate}", False) for rate, _, tax in f.taxes]
        rows.append((self.say("total"), f.total, "total", True))
        for text, minor, name, heavy in rows:
            value = ("-" if minor < 0 and not t.money else "") + self.amount(minor)
            self.text(label, y, text, heavy=heavy, size=t.size + 2 * heavy)
            self.text(edge, y, value, align="right", heavy=heavy, size=t.size + 2 * heavy, field=name)
            y += step
        self._payment(y + 26)

    def _payment(self, y: float) -> None:
        f, t = self.f, self.t
        self.text(self.left, y, self.say("pay_to"), heavy=True)
        number = mint.grouped(f.account.iban) if f.account.iban else f.account.number
        self.text(self.left, y + 14, f.seller.name, field="payee")
        self.text(self.left, y + 27, f"{'IBAN ' if f.account.iban else ''}{number}", field="iban")
        self.text(self.left, y + 40, f"{f.account.bank}  BIC {f.account.bic}", size=8, colour=GREY)
        if f.payload:
            pixels = codes.modules(f.payload, "QRCode")
            self.sheet.add(Picture(self.right - 84, y - 6, self.right, y + 78, pixels, "code", True, f.payload))
            self.text(self.right - 42, y + 88, self.say("scan_pay"), size=7, align="centre", colour=GREY)
        if t.stamp:
            from assay.kinds.documents.simulate.marks import signature, stamp

            x = self.left + 240
            self.text(x, y + 70, self.say("signature"), size=7.5, colour=GREY)
            self.sheet.add(Area(x, y + 60, x + 110, y + 60.5, GREY))
            key = f.seller.name
            self.sheet.add(Picture(x + 40, y - 6, x + 110, y + 64, stamp(key, f.number), "stamp", key=key))
            if f.copied:
                self.sheet.add(
                    Picture(
                        self.left + 150, y + 60, self.left + 220, y + 130, stamp(key, f.number), "stamp.copy", key=key
                    )
                )
            self.sheet.add(Picture(x, y + 18, x + 96, y + 58, signature(key), "signature", key=key))
        self.text(self.page[0] / 2, self.page[1] - 40, self.say("thanks"), size=8, align="centre", colour=GREY)


def fields(facts: Invoice) -> dict[str, str]:
    """The ground truth of what it states, in plain notation."""
    return {
        "seller": facts.seller.name,
        "vat": facts.seller.vat,
        "buyer": facts.buyer.name,
        "number": facts.number,
        "issued": facts.issued.isoformat(),
        "due": facts.due.isoformat(),
        "iban": facts.account.iban,
        "net": f"{facts.net / 100:.2f}",
        "total": f"{facts.total / 100:.2f}",
        "lines": str(len(facts.lines)),
    }
