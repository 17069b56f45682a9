"""What a payment code on the paper asks for, against what the paper prints: the account, the amount, the payee.

Someone who pays by telephone pays the code. A code that names another account than the print is the whole forgery.
"""

from __future__ import annotations

from collections.abc import Sequence

from assay.formats.payment_code import PaymentCode, payment_code
from assay.kinds.documents.coded import Printed
from assay.kinds.documents.reading.identifiers import identifiers_of
from assay.kinds.documents.reading.paper import Issue, Paper, Place, minor
from assay.kinds.documents.reading.repair import readings_of
from assay.kinds.documents.reading.text import folded

_ALIKE = 2  # characters by which a recognised account number may differ and be the same


def issues_of(paper: Paper, codes: Sequence[Printed]) -> list[Issue]:
    """One for each thing that differs, at most one code's worth."""
    for printed in codes:
        asked = payment_code(printed.code.text)
        if asked is None:
            continue
        found = [
            issue
            for issue in (
                _account(paper, printed, asked),
                _amount(paper, printed, asked),
                _payee(paper, printed, asked),
            )
            if issue is not None
        ]
        if found:
            return found
    return []


def _account(paper: Paper, printed: Printed, asked: PaymentCode) -> Issue | None:
    ibans = [one for one in identifiers_of(paper) if one.what == "iban"]
    if not ibans or not asked.account[:2].isalpha() or len(asked.account) < 15:
        return None
    if any(_distance(one.bare, asked.account) <= (0 if paper.layer else _ALIKE) for one in ibans):
        return None
    unsure = not paper.layer and not any(one.holds for one in ibans)
    values: dict[str, str | int] = {
        "page": printed.page, "printed": ibans[0].bare[-4:], "asked": asked.account[-4:]
    }  # fmt: skip
    row = ibans[0].row
    there = Place(row.page, row.index, row.box_of(ibans[0].start, ibans[0].end, seen=True))
    return Issue("documents.payment-code-account", (_at(printed), there), values, unsure=unsure)


def _amount(paper: Paper, printed: Printed, asked: PaymentCode) -> Issue | None:
    if not asked.amount:
        return None
    money = [n for row in paper.numbers for n in row if n.money]
    wanted = minor(asked.amount, paper.locale.decimals)
    if not money or any(abs(paper.minor(n)) == wanted for n in money):
        return None
    unsure = not paper.layer and any(
        minor(value, paper.locale.decimals) == wanted for n in money for value in readings_of(n, paper.locale.mark)
    )
    values: dict[str, str | int] = {"page": printed.page, "asked": paper.show(wanted)}
    return Issue("documents.payment-code-amount", (_at(printed),), values, unsure=unsure)


def _payee(paper: Paper, printed: Printed, asked: PaymentCode) -> Issue | None:
    """None of the payee's words stands on the paper."""
    words = [word for word in folded(asked.payee).split() if len(word) >= 3]
    text = folded("\n".join(row.text for row in paper.rows)).replace(" ", "")
    if not words or len(text) < 40 or any(word in text for word in words):
        return None
    return Issue(
        "documents.payment-code-payee", (_at(printed),), {"page": printed.page}, weak=True, unsure=not paper.layer
    )


def _at(printed: Printed) -> Place:
    return Place(printed.page, 0, printed.code.box)


def _distance(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))
