"""`roads.misbehaviour`: senders whose messages contradict themselves, one another, or how anything moves.

It remembers, within bounds, what every sender said lately (`motion.watch`); that depends on the order of messages alone.
`forget` begins anew, and what is `kept` can be brought back after a start.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.roads import reasons
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.motion.layout import T
from assay.kinds.roads.rules import Rule, rules

NAME = "roads.misbehaviour"
_SURE = 0.9  # probability from which the model's word alone is of medium severity
_BIT = {code: np.uint64(1 << i) for i, code in enumerate(reasons.MOTION)}


def detectors(models: Path | None) -> list[Detector]:
    """Rules and model in one, so that senders are followed once; and what signatures say."""
    from assay.kinds.roads.security import Security

    return [Misbehaviour(models), Security()]


class Misbehaviour:
    """Rules speak for themselves. The model's probability stands on every row; above its limit it is a reason."""

    name = NAME
    reads: tuple[type[Evidence], ...] = (RoadMessage,)

    def __init__(self, models: Path | None = None) -> None:
        from assay.kinds.roads.model import model_of

        self.model = model_of(models)
        self.version = f"1+{self.model.version[:12]}" if self.model is not None else "1"
        self._lock = Lock()
        self._memory: Any = None

    def forget(self) -> None:
        """As if no message had come yet."""
        self._memory = None

    def kept(self) -> bytes:
        """What it remembers, for a start of the service."""
        return b"" if self._memory is None else bytes(self._memory.kept())

    def bring_back(self, kept: bytes) -> None:
        """Takes up what `kept` gave; one that already remembers something, or is given anything else, leaves it."""
        if self._memory is None and kept:
            from assay.kinds.roads.memory import Memory

            self._memory = Memory.of(kept)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        from assay.kinds.roads.memory import Memory
        from assay.kinds.roads.rows import keys, number, rows_of

        name, receiver = keys(batch)
        rows = rows_of(batch)
        with self._lock:
            if self._memory is None:
                self._memory = Memory()
            memory = self._memory
            seen = memory.watch.observe(name, receiver, rows)
            found = rules(seen, rows, number(batch, "reverse"))
            probability = np.full(len(batch), np.nan)
            if self.model is not None:
                said = seen.slot >= 0
                probability[said] = self.model.probability(_part(seen, said))
                found += self._history(self.model, seen, probability)
            bits = np.zeros(len(batch), np.uint64)
            for rule in found:
                bits[rule.hit] |= _BIT[rule.code]
            told = memory.told.choose(seen.key, rows[:, T], bits)
            scenes = memory.scenes(batch, seen.key, seen.companion, rows)
        severity = np.ones(len(batch), np.int8)
        for rule in found:
            severity[rule.hit & told] = np.maximum(severity[rule.hit & told], rule.severity)
        if self.model is not None:
            severity[told & (probability >= _SURE)] = np.maximum(
                severity[told & (probability >= _SURE)], Severity.MEDIUM
            )
        verdict = np.where(told, Verdict.SUSPICIOUS, Verdict.NONE).astype(np.int8)
        codes = {rule.code: rule.hit & told for rule in found if (rule.hit & told).any()}

        def explain(asked: np.ndarray) -> list[Finding]:
            return [self._finding(batch, int(i), found, told, severity, probability, scenes) for i in asked]

        return Findings(
            self.name, self.version, verdict, probability=probability, severity=severity, codes=codes, explain=explain
        )

    def _history(self, model: Any, seen: Any, probability: np.ndarray) -> list[Rule]:
        hit = probability >= model.limit

        def values(i: int) -> dict[str, Any]:
            ((*names,),) = ([name for name, _ in why] for why in model.why(seen, np.array([i])))
            return {"percent": round(100 * float(probability[i]), 1), "doubts": " ".join(names)}

        weight = np.round(0.5 * np.nan_to_num(probability), 3)  # what is exact is told first
        return [Rule(reasons.HISTORY, hit, Severity.LOW, weight, values)] if hit.any() else []

    def _finding(
        self, batch: Batch[Any], i: int, found: list[Rule], told: np.ndarray, severity: np.ndarray, probability: np.ndarray,
        scenes: Any,
    ) -> Finding:  # fmt: skip
        if not told[i]:
            return Finding(detector=self.name, version=self.version, verdict=Verdict.NONE.word)
        reasons_ = [
            Reason(rule.code, float(rule.weight[i]), rule.values(i) | _standard(rule.code))
            for rule in found
            if rule.hit[i]
        ]
        reasons_.sort(key=lambda reason: -reason.weight)
        scene, linked = scenes.at(i)
        reasons_[0] = Reason(reasons_[0].code, reasons_[0].weight, reasons_[0].values | {"scene": scene})
        own = [Entity(kind, id_) for kind in batch.entity_kinds() if (id_ := batch.entity(kind)[i])]
        moved_as_one = any(reason.code == reasons.SYBIL for reason in reasons_)
        own += [Entity("pseudonym", id_) for id_ in linked if moved_as_one]
        return Finding(
            detector=self.name, version=self.version, verdict=Verdict.SUSPICIOUS.word,
            severity=Severity(int(severity[i])).word,
            probability=None if np.isnan(probability[i]) else float(probability[i]),
            reasons=tuple(reasons_), entities=tuple(dict.fromkeys(own)),
            techniques=tuple(dict.fromkeys(n for r in reasons_ if (n := reasons.STANDARD.get(r.code)))),
        )  # fmt: skip


def _standard(code: str) -> dict[str, str]:
    name = reasons.STANDARD.get(code)
    return {"observation": name} if name else {}


def _part(seen: Any, rows: np.ndarray) -> Any:
    return type(seen)(*(array[rows] for array in seen))


__all__ = ["NAME", "Misbehaviour", "detectors"]
