"""A small world of accusations: one kind of evidence that names addresses, domains, files and accounts, and a ledger of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import HOUR
from assay.core.decision import Decisions, Detail, Outcome
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Reason
from assay.core.label import Label
from assay.ledger.sqlite import SqliteLedger


class Alert(Evidence, frozen=True, kw_only=True, tag="alert"):
    ENTITIES: ClassVar[dict[str, str]] = {"ip": "ip", "domain": "domain", "file": "digest", "account": "account"}

    ip: str | None = None
    domain: str | None = None
    digest: str | None = None
    account: str | None = None


TYPES = {"alert": Alert}
NOW = 1_767_225_600_000_000  # 2026-01-01
BAD, WORSE, OTHER = "45.33.32.156", "185.220.101.1", "91.189.91.157"
SIX = "2a03:2880:f12f:83:face:b00c:0:25de"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def finding(
    severity: str = "high", verdict: str = "counterfeit", detector: str = "tests.wary", **fields: Any
) -> Finding:
    reasons = (Reason("tests.seen", 0.8, {"value": "x"}),)
    return Finding(detector=detector, version="1", verdict=verdict, severity=severity, reasons=reasons, **fields)


def decided(
    id_: str,
    findings: Sequence[Finding] = (),
    *,
    at: int = NOW - HOUR,
    outcome: Outcome = Outcome.ALLOW,
    **entities: str,
) -> Decisions:
    """One alert, decided and found at this moment."""
    columns = {name: np.array([value], object) for name, value in entities.items()}
    batch: Batch[Any] = Batch(Alert, [id_], np.array([at], np.int64), columns)
    nothing = np.full(1, np.nan)
    decisions = Decisions(batch, np.array([int(outcome)]), nothing, nothing, np.array([-1]), decided=at)
    if findings:
        decisions.details[0] = Detail(findings=tuple(findings))
    return decisions


def record(ledger: SqliteLedger, id_: str, *findings: Finding, **fields: Any) -> None:
    ledger.append(decided(id_, findings, **fields))
    ledger.commit()


def label(ledger: SqliteLedger, id_: str, truth: str) -> None:
    ledger.append_labels([Label(evidence=id_, truth=truth)], NOW)  # type: ignore[arg-type]
    ledger.commit()


def open_ledger(folder: Path) -> SqliteLedger:
    return SqliteLedger(folder / "ledger", types=TYPES)


def entities(**named: str) -> tuple[Entity, ...]:
    return tuple(Entity(kind, id_) for kind, id_ in named.items())
