"""A decision: what to do about one piece of evidence, and everything an auditor will ask about it later."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.enclosed import Exhibit
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Reason
from assay.core.trace import Trace


class Outcome(IntEnum):
    """Ordered by how much it stands in the way."""

    ALLOW = 0
    CHALLENGE = 1
    REVIEW = 2
    BLOCK = 3

    @property
    def word(self) -> str:
        return self.name.lower()


OUTCOMES = tuple(o.word for o in Outcome)


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of evidence inside another, as the decision on the whole names it."""

    id: str
    kind: str
    name: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id` is the evidence's id; `expected_loss` is in the evidence's currency, major units, of the outcome chosen."""

    id: str
    kind: str  # evidence tag, such as "payment"
    time: int  # event time, microseconds
    decided: int  # when we decided, microseconds by the wall clock
    outcome: str
    probability: float | None = None
    expected_loss: float | None = None
    rule: str = ""  # the policy rule that settled it; empty: the cost model did
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Finding, ...] = ()
    entities: tuple[Entity, ...] = ()
    profile: dict[str, float] = {}
    policy: str = ""  # name@version
    models: dict[str, str] = {}  # detector -> version
    took_us: int = 0
    seq: int = -1  # the ledger's number for it; -1 while unrecorded
    repeated: bool = False  # True when this id had been decided before: the first decision is given again
    evidence: dict[str, Any] = {}  # the evidence as recorded (protected)
    parts: tuple[Part, ...] = ()  # what was inside it and examined with it
    exhibits: tuple[Exhibit, ...] = ()  # its files, kept beside the record


def entities_of(decision: Decision, type_: type[Evidence]) -> Batch[Any]:
    """The entities and time of a recorded decision, as a batch of one."""
    fields = type_.ENTITIES
    columns = {fields[e.kind]: np.array([e.id], object) for e in decision.entities if e.kind in fields}
    return Batch(type_, [decision.id], np.array([decision.time], np.int64), columns)


class Decisions:
    """Decisions over a batch of n, column by column; `decision(i)` makes the full record of one.

    outcome        int8[n], values of `Outcome`
    probability    float64[n], the probability the policy weighed; NaN where no detector could say
    expected_loss  float64[n], of the outcome chosen; NaN where the cost model did not speak
    rule           int32[n], index into `rules` of the rule that settled it, -1 for the cost model
    seq            int64[n], the ledger's number; -1 while unrecorded
    details        row -> what is kept beyond the columns (reasons, findings, profile): every row not plainly allowed
    given          row -> a decision already made in full, where some of the batch's ids had been decided before; those
                   carry `repeated` and are not recorded again
    """

    def __init__(
        self,
        batch: Batch[Any],
        outcome: np.ndarray,
        probability: np.ndarray,
        expected_loss: np.ndarray,
        rule: np.ndarray,
        *,
        rules: tuple[str, ...] = (),
        policy: str = "",
        models: dict[str, str] | None = None,
        decided: int = 0,
        took_us: int = 0,
    ) -> None:
        self.batch = batch
        self.outcome = outcome.astype(np.int8, copy=False)
        self.probability, self.expected_loss = probability, expected_loss
        self.rule = rule.astype(np.int32, copy=False)
        self.rules, self.policy, self.models = rules, policy, models or {}
        self.decided, self.took_us = decided, took_us
        self.seq = np.full(len(batch), -1, np.int64)
        self.details: dict[int, Detail] = {}
        self.given: dict[int, Decision] = {}

    @classmethod
    def unweighed(cls, batch: Batch[Any], models: dict[str, str]) -> Decisions:
        """Everything allowed and nothing weighed: where no policy speaks."""
        n = len(batch)
        return cls(batch, np.zeros(n), np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1), models=models)

    @classmethod
    def woven(
        cls, batch: Batch[Any], fresh: np.ndarray, decided: Decisions, repeated: dict[int, Decision]
    ) -> Decisions:
        """Decisions on the whole batch: those on its new rows (`fresh`), and on the rest the ones that were made before."""
        whole = cls.unweighed(batch, decided.models)
        whole.rules, whole.policy = decided.rules, decided.policy
        whole.decided, whole.took_us = decided.decided, decided.took_us
        first = {id_: j for j, id_ in enumerate(decided.batch.ids)}
        new = set(fresh.tolist())
        for i, id_ in enumerate(batch.ids):
            decision = repeated[i] if i in repeated else decided.decision(first[id_])
            whole.given[i] = decision if i in new else msgspec.structs.replace(decision, repeated=True)
            whole.seq[i] = decision.seq
            whole.outcome[i] = Outcome[decision.outcome.upper()]
        return whole

    def __len__(self) -> int:
        return len(self.batch)

    def decision(self, i: int) -> Decision:
        """The full record of row i, as the API gives it and the ledger can give it again."""
        if i in self.given:
            return self.given[i]
        batch, detail = self.batch, self.details.get(i) or Detail()
        probability, loss = float(self.probability[i]), float(self.expected_loss[i])
        return Decision(
            id=batch.ids[i],
            kind=batch.type.tag(),
            time=int(batch.time[i]),
            decided=self.decided,
            outcome=OUTCOMES[self.outcome[i]],
            probability=probability if probability == probability else None,
            expected_loss=loss if loss == loss else None,
            rule=self.rules[self.rule[i]] if self.rule[i] >= 0 else "",
            reasons=detail.reasons,
            findings=detail.findings,
            entities=tuple(Entity(kind, id_) for kind in batch.entity_kinds() if (id_ := batch.entity(kind)[i])),
            profile=detail.profile,
            policy=self.policy,
            models=self.models,
            took_us=self.took_us,
            seq=int(self.seq[i]),
            evidence=batch.row(i),
            parts=detail.parts,
            exhibits=detail.exhibits,
        )


class Detail(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a decision keeps beyond its columns, where somebody will want to read it."""

    reasons: tuple[Reason, ...] = ()
    findings: tuple[Finding, ...] = ()
    profile: dict[str, float] = {}
    parts: tuple[Part, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    traces: tuple[Trace, ...] = ()  # keyed: see `assay.memory.traces`
