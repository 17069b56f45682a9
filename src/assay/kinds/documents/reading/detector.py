"""`documents.arithmetic`: does a paper agree with itself? Sums, balances, rates, dates, check digits and page numbers,
computed exactly from what is printed and held against what is printed beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.documents.coded import codes_of
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.opened import Opened, open_document
from assay.kinds.documents.reading import asked, calendar, identifiers, paging, pay, running, statement, totals
from assay.kinds.documents.reading.figures import Figure, figures_of
from assay.kinds.documents.reading.items import items_of, wrong_products
from assay.kinds.documents.reading.paper import Issue, Paper
from assay.kinds.documents.reading.repair import explained_by_misreading

UNSURE = "documents.reading-unsure"
UNREAD = "documents.reading-failed"
_WEAK = {  # seldom, but honest papers may
    "documents.date-order", "documents.future-date", "documents.outside-period", "documents.due-before-issue"
}  # fmt: skip
_SHOWN = 8  # reasons of one document
_MANY = 4  # issues in a photograph, from which it was rather read badly


class Arithmetic:
    """The detector `documents.arithmetic`. A text layer that contradicts itself is counterfeit; a photograph suspicious
    where it was read beyond doubt, inconclusive where one misread character would explain it. Silent otherwise: that sums
    hold proves nothing."""

    name = "documents.arithmetic"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Document,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(self.name, self.version, len(batch), self._findings(batch))

    def _findings(self, batch: Batch[Any]) -> Iterator[tuple[int, Finding]]:
        for i in range(len(batch)):
            document = batch.item(i)
            content = getattr(document, "content", b"")
            if not content:
                continue
            finding = self._finding(open_document(content), document.time.date())
            if finding is not None:
                yield i, finding

    def _finding(self, opened: Opened, handed_in: date) -> Finding | None:
        if opened.problem:
            return None  # the room's other detectors say so once
        try:
            paper = Paper.of(opened)
            issues = issues_of(paper, handed_in)
            if paper.may_ask_for_money:
                issues += asked.issues_of(paper, codes_of(opened.content))
        except (ValueError, ArithmeticError, IndexError, KeyError, RecursionError, MemoryError):
            return self._say(Verdict.INCONCLUSIVE, Severity.INFORMATIONAL, [Reason(UNREAD)], [])
        return self._judged(paper, issues) if issues else None

    def _judged(self, paper: Paper, issues: list[Issue]) -> Finding:
        """The gravest issue decides; those that a misreading explains count as one doubt together."""
        read = [one for one in issues if not one.unsure]
        sure = read if paper.layer else [one for one in read if not explained_by_misreading(paper, one)]
        doubts = len(issues) - len(sure)
        if not paper.layer and len(issues) >= _MANY:
            sure, doubts = [], len(issues)
        if not sure:
            places = [place for one in issues for place in one.places[:1]]
            reasons = [Reason(UNSURE, 0.0, {"count": doubts})]
            return self._say(Verdict.INCONCLUSIVE, Severity.INFORMATIONAL, reasons, places)
        exact = [one for one in sure if not one.weak and one.code not in _WEAK]
        if exact and paper.layer:
            verdict, severity = Verdict.COUNTERFEIT, Severity.HIGH
        else:
            verdict, severity = Verdict.SUSPICIOUS, Severity.MEDIUM if exact else Severity.LOW
        shown = (exact + [one for one in sure if one not in exact])[:_SHOWN]
        reasons = [Reason(one.code, 1.0 if one in exact else 0.5, dict(one.values)) for one in shown]
        return self._say(verdict, severity, reasons, [place for one in shown for place in one.places[:4]])

    def _say(self, verdict: Verdict, severity: Severity, reasons: list[Reason], places: list[Any]) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=verdict.word,
            severity=severity.word,
            reasons=tuple(reasons),
            where=tuple(Where(page=p.page, line=p.line, box=p.box) for p in places[:32]),
        )


def issues_of(paper: Paper, handed_in: date) -> list[Issue]:
    """Everything that does not agree, sums first."""
    issues: list[Issue] = []
    found = running.running_of(paper)
    if found is not None:
        issues += running.issues_of(paper, found)
        issues += calendar.of_rows(paper, found.rows)
    figures = figures_of(paper)
    issues += statement.issues_of(paper, figures, found)
    if found is None:
        issues += _sums(paper, figures)
    checks: tuple[Callable[[Paper], list[Issue]], ...] = (
        calendar.impossible, calendar.due_before_issue, identifiers.issues_of, paging.issues_of
    )  # fmt: skip
    for check in checks:
        issues += check(paper)
    issues += calendar.after(paper, handed_in)
    return issues


def _sums(paper: Paper, figures: list[Figure]) -> list[Issue]:
    """A paper without a running balance: a payslip, or lines and their totals."""
    roles = {f.role for f in figures}
    items = items_of(paper, figures)
    found = wrong_products(paper, items) if items is not None else []
    if paper.kind == "payslip" or {"gross_pay", "net_pay"} <= roles or {"gross_pay", "deductions"} <= roles:
        return found + pay.issues_of(paper, figures)
    return found + totals.issues_of(paper, figures, items)
