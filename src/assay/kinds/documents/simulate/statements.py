"""Bank statements: the facts, and the layouts of invented banks. Balances run exactly; a long one carries forward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from assay.kinds.documents.simulate import mint, people
from assay.kinds.documents.simulate.fonts import bold
from assay.kinds.documents.simulate.locales import Locale
from assay.kinds.documents.simulate.sheet import A4, LETTER, Area, Colour, Rule, Sheet, Text
from assay.kinds.documents.simulate.words import said

GREY: Colour = (0.45, 0.45, 0.45)


@dataclass(frozen=True)
class Entry:
    """A booked row; `amount` is signed, `balance` the balance after it, minor units."""

    day: date
    text: str
    amount: int
    balance: int


@dataclass(frozen=True)
class Statement:
    """What a statement states. Nothing here is computed when it is drawn, so a forged one may contradict itself."""

    locale: Locale
    holder: people.Person
    account: people.Account
    number: int
    start: date
    end: date
    opening: int
    entries: tuple[Entry, ...]
    closing: int
    paid_in: int
    paid_out: int

    @property
    def issued(self) -> date:
        return self.end

    def recomputed(self, amounts: bool = True) -> Statement:
        """With balances and totals that follow from opening balance and amounts."""
        running, rows = self.opening, []
        for entry in self.entries:
            running += entry.amount
            rows.append(replace(entry, balance=running))
        return replace(
            self,
            entries=tuple(rows),
            closing=running,
            paid_in=sum(e.amount for e in rows if e.amount > 0),
            paid_out=-sum(e.amount for e in rows if e.amount < 0),
        )


@dataclass(frozen=True)
class Template:
    """A bank's layout. `columns` of date, valued, text, out, in, amount, balance; `sign` of a signed amount: lead, trail,
    letters (CR/DR), halves (S/H), plus; `head` and `sums` name where the letterhead and the totals stand."""

    id: str
    locales: tuple[str, ...]
    check: bool
    columns: tuple[str, ...]
    sign: str = "lead"
    head: str = "left"
    sums: str = "box"
    rules: str = "lines"
    font: str = "Helvetica"
    size: float = 8.5
    accent: Colour = (0.1, 0.25, 0.5)
    rows: tuple[int, int] = (9, 22)
    page_rows: int = 26
    carry: bool = True
    words: str = ""  # "_2" for the second set of titles
    date: str = ""  # a pattern of its own


TEMPLATES = (
    Template("statement-1", ("en-GB", "es-ES"), False, ("date", "text", "out", "in", "balance")),
    Template("statement-2", ("de-DE", "fr-FR"), False, ("date", "valued", "text", "amount", "balance"), sign="trail", head="right", sums="lines", rules="none", font="Times-Roman", size=9.5, accent=(0.55, 0.1, 0.1), words="_2"),
    Template("statement-3", ("zh-CN", "en-US"), False, ("date", "text", "amount", "balance"), head="banner", rules="zebra", font="Vera", size=8, rows=(24, 40), page_rows=22),
    Template("statement-4", ("de-DE", "en-GB"), False, ("date", "text", "amount", "balance"), sign="letters", head="centre", sums="lines", rules="grid", font="DejaVuSansCondensed", size=8.5, accent=(0.0, 0.35, 0.25)),
    Template("statement-9", ("en-US", "zh-CN"), False, ("date", "text", "out", "in", "balance"), head="right", sums="side", rules="none", font="Times-Roman", size=9, accent=(0.3, 0.2, 0.1), rows=(14, 30), page_rows=20, carry=False),
    Template("statement-5", ("fr-FR", "es-ES"), True, ("date", "text", "valued", "out", "in", "balance"), head="centre", sums="lines", rules="zebra", font="NotoSans", size=8, accent=(0.4, 0.1, 0.4), words="_2"),
    Template("statement-6", ("en-US", "en-GB"), False, ("date", "text", "amount", "balance"), sign="plus", head="left", sums="side", rules="none", font="Courier", size=8.5, rows=(22, 36), page_rows=24, accent=(0.1, 0.1, 0.1)),
    Template("statement-7", ("de-DE", "zh-CN"), True, ("date", "valued", "text", "out", "in", "balance"), head="right", sums="box", rules="lines", font="DejaVuSerif", size=7.8, words="_2", accent=(0.6, 0.3, 0.0)),
    Template("statement-8", ("es-ES", "fr-FR", "en-GB"), False, ("text", "date", "amount", "balance"), sign="trail", head="banner", sums="side", rules="grid", font="Helvetica", size=9, accent=(0.0, 0.3, 0.45)),
    Template("statement-10", ("en-GB", "de-DE"), True, ("valued", "date", "text", "amount", "balance"), sign="plus", head="banner", sums="lines", rules="lines", font="NotoSerif", size=8.2, accent=(0.25, 0.25, 0.3), rows=(12, 30), page_rows=24),
    Template("statement-11", ("en-US", "es-ES", "zh-CN"), True, ("date", "in", "out", "balance", "text"), head="centre", sums="box", rules="grid", font="DejaVuSans", size=7.6, accent=(0.1, 0.35, 0.45), words="_2"),
)  # fmt: skip


def state(rng: Random, template: Template, locale: Locale, one_page: bool = False) -> Statement:
    """A month of an invented customer's account; `one_page`: no more rows than a page holds."""
    holder = people.person(rng, locale)
    account = people.account(rng, locale, int(template.id[-1]))
    start = date(2024, 1, 1) + timedelta(days=30 * rng.randrange(28))
    start = start.replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    count = rng.randint(*template.rows)
    if one_page:
        count = min(count, template.page_rows - 2)
    days = sorted(rng.randrange((end - start).days + 1) for _ in range(count))
    scale = 7 if locale.country == "CN" else 1
    rows = [Entry(start + timedelta(days=d), *_booking(rng, locale, scale), 0) for d in days]
    opening = scale * rng.randrange(40_000, 900_000)
    # A person's account: short of money means a transfer comes in first.
    running, checked = opening, []
    for row in rows:
        if running + row.amount < 0:
            row = replace(row, text=said(locale.language, "received", x=_other(rng, locale)), amount=-row.amount)
        running += row.amount
        checked.append(row)
    number = start.month if locale.country != "US" else rng.randrange(100, 999)
    blank = Statement(locale, holder, account, number, start, end, opening, tuple(checked), 0, 0, 0)
    return blank.recomputed()


def _booking(rng: Random, locale: Locale, scale: int) -> tuple[str, int]:
    kind = rng.choices(("card", "transfer", "direct", "cash", "received", "salary", "rent"), (9, 3, 3, 2, 2, 1, 1))[0]
    x = rng.choice(locale.firms) if kind in ("card", "direct", "salary") else _other(rng, locale)
    low, high = {"salary": (150_000, 420_000), "rent": (55_000, 140_000), "cash": (2, 25)}.get(kind, (350, 38_000))
    amount = rng.randrange(low, high) * (1000 if kind == "cash" else 1) * scale
    return said(locale.language, kind, x=x), amount if kind in ("salary", "received") else -amount


def _other(rng: Random, locale: Locale) -> str:
    given, family = rng.choice(locale.given), rng.choice(locale.family)
    return family + given if locale.country == "CN" else f"{given[0]}. {family}"


def draw(template: Template, facts: Statement, font: str) -> Sheet:
    """The statement as a sheet."""
    return _Drawing(template, facts, font).sheet


class _Drawing:
    def __init__(self, template: Template, facts: Statement, font: str) -> None:
        self.t, self.f, self.font = template, facts, font
        self.size = A4 if facts.locale.country != "US" else LETTER
        self.sheet = Sheet(self.size)
        self.left, self.right = 48.0, self.size[0] - 48.0
        self.language = facts.locale.language
        self.pages = max(1, -(-len(facts.entries) // template.page_rows))
        for page in range(self.pages):
            self._page(page)

    def say(self, key: str, **values: object) -> str:
        return said(self.language, key, **values)

    def text(self, x: float, y: float, text: str, *, field: str = "", size: float = 0.0, heavy: bool = False, align: str = "left", colour: Colour = (0, 0, 0)) -> None:  # fmt: skip
        font = bold(self.font) if heavy else self.font
        self.sheet.add(Text(x, y, text, font, size or self.t.size, colour, align, field))  # type: ignore[arg-type]

    def day(self, day: date) -> str:
        return self.f.locale.date(day, self.t.date or None)

    def signed(self, minor: int) -> str:
        """An amount with its sign as this bank writes it."""
        number, sign = self.f.locale.number(minor), self.t.sign
        if sign == "trail":
            return number + ("-" if minor < 0 else "")
        if sign == "letters":
            down, up = ("S", "H") if self.language == "de" else ("DR", "CR")
            return f"{number} {down if minor < 0 else up}"
        return ("-" if minor < 0 else "+" if sign == "plus" else "") + number

    def balance(self, minor: int) -> str:
        if self.t.sign in ("trail", "letters") and "amount" in self.t.columns:
            return self.signed(minor)
        return ("-" if minor < 0 else "") + self.f.locale.number(minor)

    def _page(self, page: int) -> None:
        t, f = self.t, self.f
        if page:
            self.sheet.turn()
        y = self._head(page)
        if page == 0:
            y = self._about(y)
        y = self._column_heads(y + 8)
        per = t.page_rows
        rows = list(enumerate(f.entries))[page * per : (page + 1) * per]
        step = t.size * 1.75
        first_balance = f.opening if page == 0 else f.entries[page * per - 1].balance
        if page == 0 or t.carry:
            word = f"opening{t.words}" if page == 0 else "brought"
            y = self._sum_row(y, self.say(word), first_balance, "opening" if page == 0 else f"brought.{page}")
        for i, entry in rows:
            if t.rules == "zebra" and i % 2:
                self.sheet.add(Area(self.left, y - step * 0.72, self.right, y + step * 0.28, (0.94, 0.95, 0.97)))
            if t.rules == "grid":
                self.sheet.add(Rule(self.left, y + step * 0.28, self.right, y + step * 0.28, 0.3, GREY))
            self._entry(i, entry, y)
            y += step
        if page < self.pages - 1:
            if t.carry:
                self._sum_row(y, self.say("carried"), rows[-1][1].balance, f"carried.{page}")
        else:
            if t.rules == "lines":
                self.sheet.add(Rule(self.left, y - step * 0.6, self.right, y - step * 0.6))
            y = self._sum_row(y, self.say(f"closing{t.words}"), f.closing, "closing")
            if t.sums == "lines":
                y = self._totals(y + 6)
        number = self.say("page_2" if t.words else "page", n=page + 1, of=self.pages)
        self.text(self.right, self.size[1] - 34, number, size=7.5, align="right", colour=GREY, field=f"page.{page}")

    def _head(self, page: int) -> float:
        t, f = self.t, self.f
        bank, top = f.account.bank, 62.0
        if t.head == "banner":
            self.sheet.add(Area(0, 0, self.size[0], 52, t.accent))
            self.text(self.left, 33, bank, size=17, heavy=True, colour=(1, 1, 1))
            top = 74
        elif t.head == "centre":
            self.text(self.size[0] / 2, 48, bank, size=18, heavy=True, align="centre", colour=t.accent)
            self.sheet.add(Rule(self.left, 58, self.right, 58, 1.2, t.accent))
            top = 76
        elif t.head == "right":
            self.text(self.right, 46, bank, size=15, heavy=True, align="right", colour=t.accent)
            self.sheet.add(Area(self.right - 150, 52, self.right, 55, t.accent))
        else:
            self.sheet.add(Area(self.left, 30, self.left + 18, 48, t.accent))
            self.text(self.left + 26, 46, bank, size=16, heavy=True, colour=t.accent)
        if page == 0:
            self.text(self.left, top + 18, self.say(f"statement{t.words}"), size=13, heavy=True)
        return top + 30

    def _about(self, y: float) -> float:
        t, f = self.t, self.f
        mirrored = t.head == "right"
        a, b = (self.right - 190, self.left) if mirrored else (self.left, self.right - 215)
        for i, text in enumerate((f.holder.name, f.holder.street, f.holder.town)):
            self.text(a, y + 14 + 12 * i, text, size=9.5, field=("holder", "street", "town")[i])
        period = f"{self.day(f.start)} - {self.day(f.end)}"
        facts = [("account", f.account.number, "account"), ("period", period, "period"), ("number", f"{f.number}", "number")]  # fmt: skip
        if f.account.iban:
            facts[0] = ("IBAN", mint.grouped(f.account.iban), "iban")
            facts.append(("BIC", f.account.bic, "bic"))
        for i, (key, value, field) in enumerate(facts):
            label = key if key.isupper() else self.say(key)
            self.text(b, y + 14 + 12 * i, label, size=8, colour=GREY)
            self.text(b + 84, y + 14 + 12 * i, value, size=8, field=field)
        y += 14 + 12 * len(facts)
        if t.sums in ("box", "side"):
            y = self._summary_box(y + 6)
        return y

    def _summary_box(self, y: float) -> float:
        t, f = self.t, self.f
        cells = [
            (f"opening{t.words}", self.balance(f.opening), "summary.opening"), ("total_in", f.locale.number(f.paid_in), "paid_in"),
            ("total_out", f.locale.number(f.paid_out), "paid_out"), (f"closing{t.words}", self.balance(f.closing), "summary.closing"),
        ]  # fmt: skip
        if t.sums == "side":
            for i, (key, value, field) in enumerate(cells):
                self.text(self.right - 215, y + 12 * i + 8, self.say(key), size=8)
                self.text(self.right, y + 12 * i + 8, value, size=8, align="right", field=field)
            return y + 56
        self.sheet.add(Area(self.left, y, self.right, y + 34, None, t.accent))
        wide = (self.right - self.left) / 4
        for i, (key, value, field) in enumerate(cells):
            self.text(self.left + wide * i + 8, y + 13, self.say(key), size=7.5, colour=GREY)
            self.text(self.left + wide * i + 8, y + 27, value, size=9.5, heavy=True, field=field)
        return y + 40

    def _totals(self, y: float) -> float:
        f = self.f
        for key, value, field in (("total_in", f.paid_in, "paid_in"), ("total_out", f.paid_out, "paid_out")):
            self.text(self._edge("balance") - 130, y, self.say(key), align="right")
            self.text(self._edge("balance"), y, f.locale.number(value), align="right", field=field)
            y += self.t.size * 1.6
        return y

    def _edges(self) -> dict[str, float]:
        """Left edge of text columns, right edge of number columns."""
        wide = {"date": 62.0, "valued": 62.0, "out": 74.0, "in": 74.0, "amount": 86.0, "balance": 88.0}
        rest = self.right - self.left - sum(wide.get(c, 0.0) for c in self.t.columns)
        edges, x, after = {}, self.left, False
        for name in self.t.columns:
            w = wide.get(name, rest)
            figures = name in ("out", "in", "amount", "balance")
            edges[name] = (
                x + w if figures else x + (10.0 if after else 0.0)
            )  # a text does not touch the figure before it
            after = figures
            x += w
        return edges

    def _edge(self, column: str) -> float:
        return self._edges()[column]

    def _column_heads(self, y: float) -> float:
        t = self.t
        if t.rules in ("grid", "zebra"):
            self.sheet.add(Area(self.left, y - t.size * 1.1, self.right, y + t.size * 0.55, t.accent))
        colour: Colour = (1, 1, 1) if t.rules in ("grid", "zebra") else (0, 0, 0)
        key = {"text": "details", "out": f"out{t.words}", "in": f"in{t.words}"}
        for name, x in self._edges().items():
            right = name in ("out", "in", "amount", "balance")
            inset = -3 if right and t.rules == "grid" else 0
            self.text(x + inset, y, self.say(key.get(name, name)), heavy=True, align="right" if right else "left", colour=colour, size=t.size - 0.5)  # fmt: skip
        if t.rules == "lines":
            self.sheet.add(Rule(self.left, y + 4, self.right, y + 4, 0.8, t.accent))
        return y + t.size * 2

    def _sum_row(self, y: float, label: str, minor: int, field: str) -> float:
        self.text(self._edge("text"), y, label, heavy=True)
        self.text(self._edge("balance"), y, self.balance(minor), heavy=True, align="right", field=field)
        return y + self.t.size * 1.75

    def _entry(self, i: int, entry: Entry, y: float) -> None:
        for name, x in self._edges().items():
            right = name in ("out", "in", "amount", "balance")
            value = {
                "date": self.day(entry.day),
                "valued": self.day(entry.day),
                "text": entry.text,
                "out": self.f.locale.number(entry.amount) if entry.amount < 0 else "",
                "in": self.f.locale.number(entry.amount) if entry.amount > 0 else "",
                "amount": self.signed(entry.amount),
                "balance": self.balance(entry.balance),
            }[name]
            if value:
                field = f"row.{i}." + ("amount" if name in ("out", "in") else name)
                self.text(x, y, value, align="right" if right else "left", field=field)


def fields(facts: Statement) -> dict[str, str]:
    """The ground truth of what it states, in plain notation: amounts as decimals, days in ISO 8601."""
    return {
        "holder": facts.holder.name,
        "iban": facts.account.iban,
        "account": facts.account.number,
        "start": facts.start.isoformat(),
        "end": facts.end.isoformat(),
        "opening": f"{facts.opening / 100:.2f}",
        "closing": f"{facts.closing / 100:.2f}",
        "rows": str(len(facts.entries)),
    }
