"""What the room's detectors share: rules over columns, each with a reason, a severity a row and the values it is told with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict

WEIGHT = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)  # of a reason, by severity


class Rule(NamedTuple):
    """`hit` bool[n]; `severity` int8[n] or one for all; `values` what is told of row i; `open` bool[n]: where it only leaves
    the matter open. `techniques` ATT&CK numbers, of all rows or of row i."""

    code: str
    hit: np.ndarray
    severity: np.ndarray | int
    values: Callable[[int], dict[str, Any]]
    techniques: tuple[str, ...] | Callable[[int], tuple[str, ...]] = ()
    probability: np.ndarray | None = None
    open: np.ndarray | None = None


def findings(detector: Any, batch: Batch[Any], rules: Sequence[Rule]) -> Findings:
    """One finding a row that any rule hits, with the reasons of all that do."""
    n = len(batch)
    verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
    probability = np.full(n, np.nan)
    for rule in rules:
        said = np.full(n, int(Verdict.SUSPICIOUS), np.int8)
        if rule.open is not None:
            said[rule.open] = int(Verdict.INCONCLUSIVE)
        verdict = np.where(rule.hit, np.maximum(verdict, said), verdict)
        grave = np.where(rule.hit, rule.severity, 1).astype(np.int8)
        severity = np.maximum(severity, grave)
        if rule.probability is not None:
            probability = np.where(rule.hit, np.fmax(probability, rule.probability), probability)

    def explain(rows: np.ndarray) -> list[Finding]:
        return [_finding(detector, batch, rules, int(i), verdict, severity, probability) for i in rows]

    codes = {rule.code: rule.hit for rule in rules}
    return Findings(
        detector.name,
        detector.version,
        verdict,
        probability=probability,
        severity=severity,
        codes=codes,
        explain=explain,
    )


def _finding(
    detector: Any, batch: Batch[Any], rules: Sequence[Rule], i: int, verdict: np.ndarray, severity: np.ndarray,
    probability: np.ndarray,
) -> Finding:  # fmt: skip
    if not verdict[i]:
        return Finding(detector=detector.name, version=detector.version, verdict="none")
    met = [rule for rule in rules if rule.hit[i]]
    reasons = []
    for rule in met:
        grave = int(rule.severity[i]) if isinstance(rule.severity, np.ndarray) else rule.severity
        reasons.append(Reason(rule.code, WEIGHT[grave], rule.values(i)))
    entities = tuple(Entity(k, v) for k in batch.entity_kinds() if (v := batch.entity(k)[i]))
    chance = float(probability[i])
    return Finding(
        detector=detector.name, version=detector.version, verdict=Verdict(int(verdict[i])).word,
        severity=Severity(int(severity[i])).word, probability=None if np.isnan(chance) else chance, reasons=tuple(reasons),
        techniques=tuple(dict.fromkeys(t for rule in met for t in _techniques(rule, i))), entities=entities,
    )  # fmt: skip


def _techniques(rule: Rule, i: int) -> tuple[str, ...]:
    return rule.techniques(i) if callable(rule.techniques) else rule.techniques


def numbers(batch: Batch[Any], name: str) -> np.ndarray:
    """A column as float64 with 0 for what is absent."""
    values = batch.columns.get(name)
    return np.zeros(len(batch)) if values is None else np.nan_to_num(values.astype(np.float64))


def texts(batch: Batch[Any], name: str) -> list[str]:
    values = batch.columns.get(name)
    return [""] * len(batch) if values is None else [v or "" for v in values.tolist()]


__all__ = ["WEIGHT", "Rule", "findings", "numbers", "texts"]
