"""`vehicles.cloud`: what is asked of vehicles, and paid for them, that does not fit what was known a moment before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.vehicles.cloud import reasons as codes
from assay.kinds.vehicles.cloud.evidence import VehicleEvent
from assay.kinds.vehicles.cloud.rules import RULES, Reading, Rule
from assay.kinds.vehicles.cloud.targets import Targets, find_targets


class Cloud:
    """With `targets.json` in the room's models, images that it does not list are told too."""

    name = "vehicles.cloud"
    version = "1"
    reads: tuple[type[Evidence], ...] = (VehicleEvent,)

    def __init__(self, models: Path | None = None) -> None:
        self.rules = (*RULES, *_of_targets(find_targets(models)))

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        read = Reading(batch, profile)
        n = len(batch)
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        held: dict[str, np.ndarray] = {}
        with np.errstate(all="ignore"):
            for rule in self.rules:
                hit = np.asarray(rule.holds(read), bool)
                held[rule.code] = hit
                if hit.any():
                    verdict[hit] = int(Verdict.SUSPICIOUS)
                    severity[hit] = np.maximum(severity[hit], int(rule.severity))

        def explain(rows: np.ndarray) -> list[Finding]:
            with np.errstate(all="ignore"):
                return [self._finding(read, held, int(i), int(verdict[i]), int(severity[i])) for i in rows]

        return Findings(self.name, self.version, verdict, severity=severity, codes=held, explain=explain)

    def _finding(self, read: Reading, held: dict[str, np.ndarray], i: int, verdict: int, severity: int) -> Finding:
        rules = sorted((rule for rule in self.rules if held[rule.code][i]), key=lambda rule: -rule.severity)
        about = dict.fromkeys(kind for rule in rules for kind in rule.about)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=Verdict(verdict).word,
            severity=Severity(severity).word,
            reasons=tuple(Reason(rule.code, int(rule.severity) / 5, _shown(rule, read, i)) for rule in rules),
            techniques=tuple(dict.fromkeys(t for rule in rules for t in rule.techniques)),
            entities=tuple(Entity(kind, id_) for kind in about if (id_ := read.batch.entity(kind)[i])),
        )


def _shown(rule: Rule, read: Reading, i: int) -> dict[str, Any]:
    """Three significant digits; what is missing is a dash."""
    out: dict[str, Any] = {}
    for name, value in rule.shows.items():
        number = float(value(read)[i])
        if not np.isfinite(number):
            out[name] = "–"
            continue
        short = float(f"{number:.3g}") if abs(number) < 1000 else float(round(number))
        out[name] = int(short) if short == int(short) else short
    return out


def _of_targets(targets: Targets | None) -> tuple[Rule, ...]:
    if targets is None:
        return ()

    def outside(r: Reading) -> np.ndarray:
        images = r.text("image")
        unlisted = np.array([bool(i) and i.lower() not in targets.images for i in images], bool)
        return np.asarray(r.does("install", "offer") & unlisted)

    def expired(r: Reading) -> np.ndarray:
        return np.asarray(r.does("install", "offer") & (r.batch.time > targets.expires))

    return (
        Rule(codes.OUTSIDE, outside, Severity.HIGH, ("vehicle",), {}, ("T1195.002",)),
        Rule(codes.EXPIRED, expired, Severity.LOW, ("vehicle",), {}),
    )


__all__ = ["Cloud"]
