"""Detector `identity.challenge`: is the challenge ours, in time, for this session, and answered for the first time? Exact:
a signature, two clocks of the server, and the record of all answers (`Profile`), which a restart does not forget.

Where nobody holds the key (a bundle examined away from its home) it cannot say whether the challenge is ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.identity.evidence import IdentityCheck
from assay.kinds.identity.features import ANSWERS

_CLOCKS = 5_000_000  # microseconds by which two clocks of one operator may differ


class Nonce:
    """Looks back: only the record knows whether a challenge was answered before."""

    name = "identity.challenge"
    version = "1"
    reads: tuple[type[Evidence], ...] = (IdentityCheck,)
    looks_back = True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(
            self.name, self.version, len(batch), ((i, self._one(batch, profile, i)) for i in range(len(batch)))
        )

    def _one(self, batch: Batch[Any], profile: Profile, i: int) -> Finding:
        row = batch.row(i)
        if not row.get("nonce"):
            missing = row.get("signed") is None and "challenge_text" not in row
            reason = Reason("identity.challenge-missing" if missing else "identity.challenge-forged", 1.0)
            return self._finding(Verdict.INCONCLUSIVE if missing else Verdict.COUNTERFEIT, [reason])
        wrong = self._wrong(row, int(batch.time[i]), _answers(profile, i))
        if wrong:
            proved = any(reason.code != "identity.challenge-stale" for reason in wrong)
            return self._finding(Verdict.COUNTERFEIT if proved else Verdict.SUSPICIOUS, wrong)
        if row.get("signed") is None:
            return self._finding(Verdict.INCONCLUSIVE, [Reason("identity.challenge-unverified", 0.2)])
        age = (int(batch.time[i]) - int(row["issued"])) / 1e6
        return self._finding(Verdict.GENUINE, [Reason("identity.challenge-holds", 0.5, {"seconds": round(age, 1)})])

    @staticmethod
    def _wrong(row: dict[str, Any], time: int, answers: float) -> list[Reason]:
        wrong = []
        if row.get("signed") == 0.0:
            wrong.append(Reason("identity.challenge-forged", 1.0))
        if answers > 1:
            wrong.append(Reason("identity.challenge-replayed", 1.0, {"times": int(answers)}))
        if time > row["expires"]:
            wrong.append(Reason("identity.challenge-stale", 0.8, {"seconds": round((time - row["expires"]) / 1e6, 1)}))
        if time < row["issued"] - _CLOCKS:
            wrong.append(Reason("identity.challenge-early", 1.0, {"seconds": round((row["issued"] - time) / 1e6, 1)}))
        if row.get("issued_for") and row.get("session") and row["issued_for"] != row["session"]:
            wrong.append(Reason("identity.challenge-elsewhere", 1.0))
        return wrong

    def _finding(self, verdict: Verdict, reasons: list[Reason]) -> Finding:
        grave = {
            Verdict.COUNTERFEIT: Severity.HIGH,
            Verdict.SUSPICIOUS: Severity.HIGH,
            Verdict.INCONCLUSIVE: Severity.LOW,
        }
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=verdict.word,
            severity=grave.get(verdict, Severity.INFORMATIONAL).word,
            reasons=tuple(reasons),
        )


def _answers(profile: Profile, i: int) -> float:
    """How often this challenge was answered, this time included; 1 where no record is at hand."""
    answers = float(profile.column(ANSWERS)[i]) if ANSWERS in profile else float("nan")
    return 1.0 if np.isnan(answers) else answers
