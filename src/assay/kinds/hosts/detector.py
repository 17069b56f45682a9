"""`hosts.sigma`: the rules that an event meets, with the field and value that met each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.hosts.sigma.rule import Rule, load_rules
from assay.kinds.hosts.sigma.ruleset import RuleSet

OWN_RULES = Path(__file__).parent / "rules"
RULE = "hosts.rule"
_WEIGHT = {"informational": 0.05, "low": 0.2, "medium": 0.4, "high": 0.7, "critical": 0.9}
SHOWN = 160  # characters of a value that are told


def detectors(models: Path | None) -> list[Detector]:
    """Our own rules, and those that an operator added (`rules` in the room's folder of models)."""
    folders = [OWN_RULES] + ([models / "rules"] if models is not None and (models / "rules").is_dir() else [])
    return [Sigma(RuleSet(load_rules(folders).rules))]


class Sigma:
    """`rules` are compiled for each kind of event when the first of it comes."""

    name = "hosts.sigma"
    version = "1"
    reads: tuple[type[Evidence], ...] = (LogRecord,)

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        records = batch.columns["record"]
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        hits: dict[int, list[Rule]] = {}
        match = self.rules.match
        for i in range(n):
            found = match(records[i])
            if found:
                hits[i] = found
                verdict[i] = Verdict.SUSPICIOUS
                severity[i] = max(Severity[rule.level.upper()] for rule in found)
        met = np.zeros(n, bool)
        met[list(hits)] = True

        def explain(rows: np.ndarray) -> list[Finding]:
            return [self._finding(batch, int(i), hits.get(int(i), [])) for i in rows]

        return Findings(self.name, self.version, verdict, severity=severity, codes={RULE: met}, explain=explain)

    def _finding(self, batch: Batch[Any], i: int, found: list[Rule]) -> Finding:
        if not found:
            return Finding(detector=self.name, version=self.version, verdict=Verdict.NONE.word)
        record: Mapping[str, Any] = batch.columns["record"][i]
        ranked = sorted(found, key=lambda rule: -_WEIGHT[rule.level])
        reasons, where = [], []
        for rule in ranked[:20]:
            told = self.rules.why(record, rule)
            values = {"title": rule.title, "rule": rule.id, "author": rule.author}
            if told:
                field = told[0][1]
                values |= {"field": field, "value": str(record.get(field, ""))[:SHOWN]}
                where.append(Where(field=field, rule=rule.id))
            else:
                values |= {"field": "", "value": ""}
                where.append(Where(rule=rule.id))
            reasons.append(Reason(RULE, _WEIGHT[rule.level], values))
        techniques = dict.fromkeys(t for rule in ranked for t in rule.techniques)
        return Finding(
            detector=self.name, version=self.version, verdict=Verdict.SUSPICIOUS.word, severity=ranked[0].level,
            reasons=tuple(reasons), where=tuple(where), techniques=tuple(techniques),
            entities=tuple(Entity(k, v) for k in batch.entity_kinds() if (v := batch.entity(k)[i])),
        )  # fmt: skip


__all__ = ["OWN_RULES", "Sigma", "detectors"]
