"""The report as a page that somebody can read who has never heard of a keybag: what was found, what it means, what to do, how much
of the phone could be looked at, and by whom it was agreed. One to three pages of A4, in English or Chinese.

The signed statement is attached inside; see `paper.py` for what keeps page and statement together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assay.core.clock import DAY, moment
from assay.core.words import say
from assay.formats.signers import Signer
from assay.kinds.phones.report.likelihood import figure
from assay.kinds.phones.report.paper import attached
from assay.kinds.phones.report.sheet import (
    FAINT,
    FOOT,
    HEIGHT,
    INK,
    INNER,
    MARGIN,
    RULE,
    SOFT,
    WIDTH,
    Colour,
    Sheets,
    rgb,
    width,
    wrap,
)  # fmt: skip
from assay.kinds.phones.report.statement import Found, Ground, Level, Statement

COLOURS: dict[Level, Colour] = {
    "high": rgb("b5330a"), "suspicious": rgb("8a5a00"), "exposed": rgb("2458b8"), "none": rgb("16705f"), "unknown": rgb("47505a"),
}  # fmt: skip
WASH: dict[Level, Colour] = {
    "high": rgb("fce9e1"), "suspicious": rgb("fbf0da"), "exposed": rgb("e7eefb"), "none": rgb("e6f2ef"), "unknown": rgb("eceff1"),
}  # fmt: skip
MOST_SHOWN, MOST_SENTENCES = 12, 4  # findings, and reasons of each; the statement holds all


def page(statement: Statement, card: Signer, envelope: bytes, language: str) -> bytes:
    """The PDF with the statement attached; not yet signed."""
    return attached(_Drawing(statement, card, language).drawn(), envelope)


class _Drawing:
    def __init__(self, statement: Statement, card: Signer, language: str) -> None:
        self.said, self.card, self.language = statement, card, language
        self.level = statement.assessment.level
        self.sheets = Sheets(self.word("title"), f"{statement.case} {statement.id}".strip(), self._foot)

    def word(self, key: str, **values: Any) -> str:
        return say(f"phones.pdf.{key}", self.language, **values)

    def drawn(self) -> bytes:
        self._head()
        self._verdict()
        self._what_to_do()
        self._findings()
        self._coverage()
        self._activity()
        self._record()
        return self.sheets.done()

    def _head(self) -> None:
        s = self.sheets
        s.box(MARGIN, MARGIN, 15, 15, rgb("1b2027"), 3)
        s.line(MARGIN + 4, MARGIN + 11.5, MARGIN + 11.5, MARGIN + 4, rgb("d9b45b"), 1.9)
        s.text(MARGIN + 21, MARGIN + 12, "Assay", 13, bold=True)
        s.text(
            WIDTH - MARGIN, MARGIN + 7, self.word("issued", when=_day(self.said.issued)), 8.5, colour=SOFT, right=True
        )
        s.text(
            WIDTH - MARGIN, MARGIN + 18, self.word("until", when=_day(self.said.expires)), 8.5, colour=SOFT, right=True
        )
        s.y = MARGIN + 54
        s.text(MARGIN, s.y, self.word("title"), 22, bold=True)
        s.down(17)
        subject = self.said.subject
        about = [
            subject.product,
            subject.version and f"{_system(self.said)} {subject.version}",
            self.said.case and self.word("case", case=self.said.case),
        ]
        s.text(MARGIN, s.y, "   ·   ".join(a for a in about if a) or self.word("phone"), 9.5, colour=SOFT)
        s.down(16)

    def _verdict(self) -> None:
        s, colour = self.sheets, COLOURS[self.level]
        coverage = round(100 * self.said.coverage.share)
        headline = wrap(self.word(f"level.{self.level}", coverage=coverage), 17, INNER - 84, True)
        about = wrap(self.word(f"means.{self.level}", coverage=coverage), 9.5, INNER - 84)
        tall = 24 + 21 * len(headline) + 13.5 * len(about)
        s.box(MARGIN, s.y, INNER, tall, WASH[self.level], 8)
        _mark(s, self.level, MARGIN + 32, s.y + 30, 13, colour)
        y = s.y + 30
        for line in headline:
            s.text(MARGIN + 62, y, line, 17, bold=True, colour=colour)
            y += 21
        y -= 3
        for line in about:
            s.text(MARGIN + 62, y, line, 9.5)
            y += 13.5
        s.y += tall + 6

    def _what_to_do(self) -> None:
        self._title("do")
        for number in range(1, 4):
            key = f"phones.advice.{self.level}.{number}"
            if (text := say(key, self.language)) == key:
                break
            lines = wrap(text, 9.5, INNER - 20)
            self.sheets.need(14 * len(lines))
            self.sheets.ring(MARGIN + 5, self.sheets.y + 8, 2.2, COLOURS[self.level], filled=True)
            self.sheets.paragraph(text, x=MARGIN + 16, room=INNER - 16)

    def _findings(self) -> None:
        told = [
            f for f in self.said.findings if f.verdict in ("suspicious", "counterfeit") or _posture(f) or _unopened(f)
        ]
        self._title("findings")
        if not told:
            self.sheets.paragraph(
                self.word("findings.unknown" if self.level == "unknown" else "findings.none"), colour=SOFT
            )
        for finding in told[:MOST_SHOWN]:
            self._finding(finding)
        if len(told) > MOST_SHOWN:
            self.sheets.paragraph(self.word("findings.more", count=len(told) - MOST_SHOWN), colour=SOFT)

    def _finding(self, finding: Found) -> None:
        s = self.sheets
        level: Level = "unknown" if _unopened(finding) else "high" if finding.verdict == "counterfeit" and finding.severity in ("high", "critical") else (
            "exposed" if _posture(finding) or finding.severity in ("low", "informational") else "suspicious")  # fmt: skip
        s.need(46)
        s.down(4)
        _mark(s, level, MARGIN + 6, s.y + 8, 4.6, COLOURS[level])
        title = say(f"{finding.reasons[0].code}.title", self.language)
        s.paragraph(title, 10, x=MARGIN + 18, room=INNER - 18, bold=True, colour=COLOURS[level])
        for ground in finding.reasons[:MOST_SENTENCES]:
            s.paragraph(self._sentence(ground), 9, x=MARGIN + 18, room=INNER - 18)
        if len(finding.reasons) > MOST_SENTENCES:
            rest = len(finding.reasons) - MOST_SENTENCES
            s.paragraph(self.word("reasons.more", count=rest), 8.5, x=MARGIN + 18, room=INNER - 18, colour=FAINT)
        note = self.word("evidence", digest=finding.evidence[:16])
        if finding.likelihood_ratio is not None:
            ratio = finding.likelihood_ratio
            weight = self.word(f"ratio.{ratio.basis}", low=figure(ratio.low), high=figure(ratio.high))
            note = f"{weight}  {note}"
        s.paragraph(note, 7.5, x=MARGIN + 18, room=INNER - 18, colour=FAINT)

    def _sentence(self, ground: Ground) -> str:
        """A reason's sentence; its title where another version of it was signed, with other values."""
        told = say(ground.code, self.language, **ground.values)
        return told if "{" not in told else say(f"{ground.code}.title", self.language)

    def _coverage(self) -> None:
        s, coverage = self.sheets, self.said.coverage
        self._title("coverage")
        s.paragraph(self.word("coverage.means", share=round(100 * coverage.share)), colour=SOFT)
        s.need(40)
        s.down(8)
        s.box(MARGIN, s.y, INNER, 8, rgb("e1e5e8"), 4)
        if coverage.share > 0.01:
            s.box(MARGIN, s.y, INNER * coverage.share, 8, rgb("16705f"), 4)
        s.down(18)
        read = [(True, name, "") for name in dict.fromkeys(coverage.read)]
        missing = [(False, gap.artefact, gap.why) for gap in coverage.gaps]
        cells = read + missing
        for at in range(0, len(cells[:48]), 3):
            s.need(15)
            for column, (done, name, why) in enumerate(cells[at : at + 3]):
                self._artefact(MARGIN + column * INNER / 3, s.y + 8, done, name, why)
            s.down(13.5)
        s.down(2)

    def _artefact(self, x: float, y: float, done: bool, name: str, why: str) -> None:
        s = self.sheets
        if done:
            s.ring(x + 4, y - 3, 3, rgb("16705f"), filled=True)
        else:
            s.ring(x + 4, y - 3, 2.7, FAINT, thick=1)
        named = say(f"phones.artefact.{name}", self.language)
        text = named if not named.startswith("phones.artefact.") else name
        reason = say(f"phones.why.{why}", self.language)
        text += "" if done else f" ({reason if not reason.startswith('phones.why.') else why})"
        room = INNER / 3 - 18
        while width(text, 8.5) > room and len(text) > 4:
            text = text[:-2].rstrip("…") + "…"
        s.text(x + 12, y, text, 8.5, colour=INK if done else FAINT)

    def _activity(self) -> None:
        """One bar a week: how much the record holds, so that an empty month is seen."""
        counts, s = self.said.activity.counts, self.sheets
        if not counts or self.said.activity.first is None or self.said.activity.last is None:
            return
        last = counts[-1][0]
        weeks = [0] * 52
        for day, _, number in counts:
            if 0 <= (place := 51 - (last - day) // 7) < 52:
                weeks[place] += number
        self._title("activity", 84)
        top, step = max(weeks) or 1, INNER / 52
        s.down(4)
        for place, number in enumerate(weeks):
            tall = 30 * (number / top) ** 0.5 if number else 0
            s.box(
                MARGIN + place * step + 1, s.y + 30 - tall, step - 2, max(tall, 0.6), rgb("8fa3b8") if number else RULE
            )
        s.down(41)
        first = moment((last - 51 * 7) * DAY).date().isoformat()
        s.text(MARGIN, s.y, first, 7.5, colour=FAINT)
        s.text(WIDTH - MARGIN, s.y, moment(last * DAY).date().isoformat(), 7.5, colour=FAINT, right=True)
        s.down(6)

    def _record(self) -> None:
        said = self.said
        how = self.word("how", form=self.word(f"form.{said.acquisition.form}") if said.acquisition.form else "–",
                        encrypted=self.word("encrypted" if said.acquisition.encrypted else "plain"), when=_day(said.acquisition.made))  # fmt: skip
        rows = [
            ("consent", self.word("consent.by", by=said.consent.by, when=_day(said.consent.at), purpose=said.consent.purpose)),
            ("examined", how),
            ("subject", "   ".join(f"{self.word(n)} {v}" for n, v in (("device", said.subject.device), ("customer", said.subject.customer)) if v)),
            ("how-sure", self._how_sure()),
            ("digest", said.acquisition.source),
            ("nonce", said.nonce),
            ("tool", said.acquisition.tool),
            ("report", f"{said.id}   {self.word('signer', id=self.card.id, name=self.card.name)}"),
        ]  # fmt: skip
        s = self.sheets
        told = [(key, wrap(text, 8.5, INNER - 110)) for key, text in rows]
        self._title("record", 70 + sum(12.5 * len(lines) + 2 for _, lines in told))  # kept together
        for key, lines in told:
            s.need(12.5 * len(lines) + 3)
            s.text(MARGIN, s.y + 10, self.word(f"row.{key}"), 8.5, colour=SOFT)
            for line in lines:
                s.text(MARGIN + 110, s.y + 10, line, 8.5)
                s.down(12.5)
            s.down(2)
        s.down(4)
        s.paragraph(self.word("check"), 8, colour=FAINT)

    def _how_sure(self) -> str:
        found = self.said.assessment
        low, high, prior = (self._share(v) for v in (found.posterior.low, found.posterior.high, found.prior))
        return (
            self.word("how-sure.same", prior=prior)
            if low == high == prior
            else self.word("how-sure.is", low=low, high=high, prior=prior)
        )

    def _share(self, value: float) -> str:
        """A probability for people: a percentage, or one in so many where it is small; two figures of it."""
        if value >= 0.01:
            return f"{100 * value:.2g} %"
        return self.word("one-in", count=f"{float(f'{1 / value:.2g}'):,.0f}") if value > 0 else "0"

    def _title(self, key: str, room: float = 60) -> None:
        s = self.sheets
        s.need(room)
        s.down(20)
        s.text(MARGIN, s.y, self.word(f"title.{key}"), 11.5, bold=True)
        s.down(4)
        s.line(MARGIN, s.y, WIDTH - MARGIN, s.y)
        s.down(5)

    def _foot(self, sheets: Sheets, number: int) -> None:
        y = HEIGHT - FOOT + 20
        sheets.line(MARGIN, y - 10, WIDTH - MARGIN, y - 10)
        sheets.text(MARGIN, y + 2, self.word("foot"), 7.5, colour=FAINT)
        sheets.text(WIDTH - MARGIN, y + 2, self.word("page", number=number), 7.5, colour=FAINT, right=True)


def _mark(sheets: Sheets, level: Level, x: float, y: float, r: float, colour: Colour) -> None:
    """A shape for each level, so that colour is never the only sign: square, triangle, diamond, ring, dashed ring."""
    if level == "high":
        sheets.shape([(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)], colour)
        sheets.line(x, y - r * 0.55, x, y + r * 0.15, (1, 1, 1), r / 4)
        sheets.line(x, y + r * 0.45, x, y + r * 0.65, (1, 1, 1), r / 4)
    elif level == "suspicious":
        sheets.shape([(x, y - r), (x + r * 1.1, y + r * 0.85), (x - r * 1.1, y + r * 0.85)], colour)
    elif level == "exposed":
        sheets.shape(
            [(x, y - r * 1.1), (x + r * 1.1, y), (x, y + r * 1.1), (x - r * 1.1, y)], colour, filled=False, thick=r / 4
        )
    else:
        sheets.ring(x, y, r * 0.9, colour, thick=r / 4)
        if level == "unknown":
            sheets.line(x - r * 0.4, y, x + r * 0.4, y, colour, r / 4)


def _unopened(finding: Found) -> bool:
    return any(ground.code == "phones.unopened" for ground in finding.reasons)


def _posture(finding: Found) -> bool:
    from assay.kinds.phones.reasons import POSTURE

    return any(ground.code in POSTURE for ground in finding.reasons)


def _system(said: Statement) -> str:
    return {"ios": "iOS", "android": "Android"}.get(said.acquisition.system, said.acquisition.system)


def _day(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")


__all__ = ["page"]
