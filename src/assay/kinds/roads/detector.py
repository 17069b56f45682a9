"""`roads.misbehaviour`: senders whose messages contradict themselves, one another, or how anything moves.

It remembers, within bounds, what every sender said lately (`motion.watch`); that depends on the order of messages alone.
`forget` begins anew; what is `kept` can be brought back after a start, and what it `took` since is heard `again`.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

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
from assay.kinds.roads.rules import WEAK, Rule, rules

NAME = "roads.misbehaviour"
_SURE = 0.985  # probability from which the model's word alone is of medium severity
_DOUBTED = 0.2  # probability below which a weak rule alone is not told
_BIT = {code: np.uint64(1 << i) for i, code in enumerate(reasons.MOTION)}


def detectors(models: Path | None) -> list[Detector]:
    """Rules and model in one, so that senders are followed once; and what signatures say."""
    from assay.kinds.roads.security import Security

    return [Misbehaviour(models), Security()]


class Misbehaviour:
    """Rules speak for themselves, weak ones where the model does not hold the sender for honest. Its probability stands on every
    row; above its limit it is a reason."""

    name = NAME
    reads: tuple[type[Evidence], ...] = (RoadMessage,)

    def __init__(self, models: Path | None = None) -> None:
        from assay.kinds.roads.model import model_of

        self.model = model_of(models)
        self.version = f"1+{self.model.version[:12]}" if self.model is not None else "1"
        self.card = None if self.model is None else self.model.card
        self._lock = Lock()
        self._memory: Any = None
        self._said: Any = None  # of the batch examined last

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

    def took(self, batch: Batch[Any]) -> bytes:
        """The messages of the batch just examined: every one moves what is remembered of its sender."""
        return bytes(self._said.packed()) if len(batch) else b""

    def again(self, taken: bytes) -> None:
        """Remembers what `took` told."""
        from assay.kinds.roads.rows import Said

        with self._lock:
            self._hear(Said.unpacked(taken))

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        from assay.kinds.roads.rows import Said

        with self._lock:
            self._said = Said.of(batch)
            heard = self._hear(self._said)
        found, told, probability = heard.found, heard.told, heard.probability
        severity = np.where(told & (probability >= _SURE), Severity.MEDIUM, Severity.INFORMATIONAL).astype(np.int8)
        for rule in found:
            severity = np.where(rule.hit & told, np.maximum(severity, rule.severity), severity)
        return Findings(
            self.name, self.version, np.where(told, Verdict.SUSPICIOUS, Verdict.NONE).astype(np.int8), probability=probability,
            severity=severity, codes={rule.code: rule.hit & told for rule in found if (rule.hit & told).any()},
            explain=lambda asked: self._explained(batch, heard, severity, asked),
        )  # fmt: skip

    def _hear(self, said: Any) -> _Heard:
        """What is made of messages with all that came before; they become part of that."""
        from assay.kinds.roads.memory import Memory

        memory = self._memory = self._memory or Memory()
        probability, bits = np.full(len(said.key), np.nan), np.zeros(len(said.key), np.uint64)
        seen = memory.watch.observe(said.key, said.receiver, said.rows)
        found = rules(seen, said.rows, said.reverse)
        if self.model is not None:
            known = seen.slot >= 0
            probability[known] = self.model.probability(seen.take(known))
            found = [_seconded(rule, probability) for rule in found] + self._history(self.model, probability)
        for rule in found:
            bits[rule.hit] |= _BIT[rule.code]
        told = memory.told.choose(seen.key, said.rows[:, T], bits)
        return _Heard(seen, found, told, probability, memory.scenes(said, seen.key, seen.companion))

    def _history(self, model: Any, probability: np.ndarray) -> list[Rule]:
        hit = probability >= model.limit

        def values(i: int) -> dict[str, Any]:
            return {"percent": min(99.9, round(100 * float(probability[i]), 1))}  # a model is never certain

        weight = np.round(0.4 * np.nan_to_num(probability), 3)  # what is exact is told first
        return [Rule(reasons.HISTORY, hit, Severity.LOW, weight, values)] if hit.any() else []

    def _explained(self, batch: Batch[Any], heard: _Heard, severity: np.ndarray, asked: np.ndarray) -> list[Finding]:
        """The full findings of these rows; what weighs in the model's word is worked out for all of them at once."""
        doubts: dict[int, str] = {}
        if self.model is not None and len(
            rows := asked[heard.told[asked] & (heard.probability[asked] >= self.model.limit)]
        ):
            why = self.model.why(heard.seen, rows)
            doubts = {int(i): " ".join(name for name, _ in told) for i, told in zip(rows, why, strict=True)}
        return [self._finding(batch, heard, int(severity[i]), int(i), doubts.get(int(i), "")) for i in asked]

    def _finding(self, batch: Batch[Any], heard: _Heard, severity: int, i: int, doubts: str) -> Finding:
        if not heard.told[i]:
            return Finding(detector=self.name, version=self.version, verdict=Verdict.NONE.word)
        probability = float(heard.probability[i])
        told = [_reason(rule, i, doubts) for rule in heard.found if rule.hit[i]]
        told.sort(key=lambda reason: -reason.weight)
        scene, linked = heard.scenes.at(i)
        told[0] = Reason(told[0].code, told[0].weight, told[0].values | {"scene": scene})
        about = [Entity(kind, id_) for kind in batch.entity_kinds() if (id_ := batch.entity(kind)[i])]
        if any(reason.code == reasons.SYBIL for reason in told):
            about += [Entity("pseudonym", id_) for id_ in linked]
        return Finding(
            detector=self.name, version=self.version, verdict=Verdict.SUSPICIOUS.word,
            severity=Severity(severity).word, probability=None if np.isnan(probability) else probability,
            reasons=tuple(told), entities=tuple(dict.fromkeys(about)),
            techniques=tuple(dict.fromkeys(name for r in told if (name := reasons.STANDARD.get(r.code)))),
        )  # fmt: skip


class _Heard(NamedTuple):
    """What was made of n messages. told bool[n]; probability float64[n], NaN where a sender is not known."""

    seen: Any
    found: list[Rule]
    told: np.ndarray
    probability: np.ndarray
    scenes: Any


def _seconded(rule: Rule, probability: np.ndarray) -> Rule:
    """A weak rule is not told where the model, which sees all doubts together, holds the sender for honest."""
    return rule._replace(hit=rule.hit & ~(probability < _DOUBTED)) if rule.code in WEAK else rule


def _reason(rule: Rule, i: int, doubts: str) -> Reason:
    values = rule.values(i)
    if name := reasons.STANDARD.get(rule.code):
        values["observation"] = name
    if rule.code == reasons.HISTORY and doubts:
        values["doubts"] = doubts
    return Reason(rule.code, float(rule.weight[i]), values)


__all__ = ["NAME", "Misbehaviour", "detectors"]
