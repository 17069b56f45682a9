"""`Novelty` says of each payment whether it is among the most unusual, and which of its numbers are out of the ordinary."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.payments.evidence import Payment
from assay.kinds.payments.novelty.model import NAME, NoveltyModel
from assay.kinds.payments.novelty.tails import RATIO, Numbers

UNUSUAL = "payments.unusual"
# What a number is about, by its name: the first that fits. Each has a sentence of its own, `payments.unusual-<what>`.
_ABOUT_WHAT = {
    "number": r"^extra\.",
    "share": r"^share_of_balance$",
    "receipts": r"_at_account_",
    "silence": r"time_since",
    "declines": r"declined",
    "device": r"device_age$",
    "payee": r"(payee|pair|counterparty|merchant|terminal)_age$",
    "customer": r"_age$",
    "amount": r"amount|ratio|zscore|usual|mean|max|sum|large",
    "crowd": r"^(merchant|terminal|counterparty|payee|device|ip)_",
    "pace": r"count|distinct",
}
REASONS = (UNUSUAL, *(f"{UNUSUAL}-{what}" for what in _ABOUT_WHAT))
_VERDICT = np.array([Verdict.NONE, Verdict.SUSPICIOUS], np.int8)
_SEVERITY = np.array([Severity.INFORMATIONAL, Severity.LOW, Severity.MEDIUM], np.int8)
_SHOWN = 3  # numbers named in a finding, of different families,
_WORTH_NAMING = 15  # each reached by at most about one in eleven ordinary payments
_ENTITIES = ("customer", "account", "card", "device", "payee")  # never the shop or the shared address


class Novelty:
    """The detector `payments.novelty`, from a model folder. Its version is the model's content hash."""

    name = NAME
    reads: tuple[type[Evidence], ...] = (Payment,)

    def __init__(self, folder: Path) -> None:
        self.model, self.version = NoveltyModel.load(folder)
        self.folder = folder

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        """Suspicious where a payment is among the budget's most unusual; of medium severity in the most unusual tenth
        of those. No probability: how unusual a payment is does not say how often such payments are fraud."""
        codes, table = self.model.codes(batch, profile)
        scores = self.model.scores(codes)
        alert = scores <= self.model.threshold
        p = self.model.p_values(scores)
        verdict, severity = (
            _VERDICT[alert.view(np.int8)],
            _SEVERITY[alert.astype(np.int8) + (alert & (p <= self.model.limit / 10))],
        )

        def explain(rows: np.ndarray) -> list[Finding]:
            if not len(rows):
                return []
            numbers = self._numbers(batch, profile, rows)
            return [
                Finding(
                    detector=self.name,
                    version=self.version,
                    verdict=Verdict(int(verdict[i])).word,
                    severity=Severity(int(severity[i])).word,
                    reasons=self._reasons(numbers[r], codes[i], int(table[i]), float(p[i])),
                    entities=tuple(
                        Entity(kind, id_) for kind in _ENTITIES if alert[i] and (id_ := batch.entity(kind)[i])
                    ),
                )
                for r, i in enumerate(rows)
            ]

        return Findings(self.name, self.version, verdict, severity=severity, codes={UNUSUAL: alert}, explain=explain)

    def p_values(self, batch: Batch[Any], profile: Profile) -> Numbers:
        """float64[n]: the share of held-out payments at least as unusual as each of these."""
        return self.model.p_values(self.model.scores(self.model.codes(batch, profile)[0]))

    def _numbers(self, batch: Batch[Any], profile: Profile, rows: np.ndarray) -> Numbers:
        """float64[len(rows), m]: what the model judged these rows by."""
        from assay.kinds.payments.novelty.model import numbers_of

        asked = Profile(profile.names, profile.values[rows])
        return numbers_of(self.model.tails.names, batch.take(rows), asked)

    def _reasons(self, numbers: Numbers, codes: npt.NDArray[np.uint8], table: int, p: float) -> tuple[Reason, ...]:
        """How unusual the whole is, then the numbers furthest out, one a family and one a sentence."""
        tails = self.model.tails
        reasons = [Reason(UNUSUAL, 1.0 - p, {"one_in": round(1 / p)})]
        named: set[int] = set()
        said: set[str] = set()
        for j in np.argsort(-codes.astype(np.int64), kind="stable").tolist():
            if len(named) == _SHOWN or codes[j] < _WORTH_NAMING:
                break
            what = what_of(tails.names[j])
            if int(tails.families[j]) in named or what in said:
                continue
            named.add(int(tails.families[j]))
            said.add(what)
            reach = RATIO ** float(codes[j])
            values = {
                "feature": tails.names[j],
                "value": float(numbers[j]),
                "usual": tails.usual(j, table),
                "one_in": round(1 / reach),
            }
            reasons.append(Reason(f"{UNUSUAL}-{what}", 1.0 - reach, values))
        return tuple(reasons)


@cache
def what_of(name: str) -> str:
    """What a number is about, for its sentence: `payments.unusual-<what>`."""
    return next((what for what, pattern in _ABOUT_WHAT.items() if re.search(pattern, name)), "number")
