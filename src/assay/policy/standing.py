"""Findings that still stand: on the entities of new evidence (`OpenFindings`) and on the parts of it (`of_parts`).

A finding opens on the entities it is about, stands for a while in event time, and closes early when a label says the
evidence was genuine. So a payment feels yesterday's forged payslip, or last night's report on the phone that signs it.

What stands: findings of high severity, always; of medium severity those with a reason that some policy asks for by its code
(`asked`). The milder ones are seen only by who asks for their code: they count in no sum.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.finding import Finding, Findings, Severity, Verdict
from assay.policy.view import NEVER, Standing

_AGAINST = frozenset(verdict.word for verdict in Verdict if verdict >= Verdict.SUSPICIOUS)
_SEVERITIES = {severity.word: int(severity) for severity in Severity}
_NOTHING: dict[int, list[Open]] = {}
PER_ENTITY = 32  # newest findings kept per entity
ASKED = Severity.MEDIUM


class Open(NamedTuple):
    """One finding as it stands on an entity."""

    time: int
    evidence: str
    detector: str
    severity: int
    probability: float
    codes: tuple[str, ...]


class OpenFindings:
    """Open findings by entity. `days`: how long one stands, in event time; `at_least`: how grave it must be to stand;
    `asked`: reason codes, or `room.*`, for which `ASKED` is grave enough."""

    def __init__(
        self,
        days: float = 30.0,
        at_least: Severity = Severity.HIGH,
        standing: dict[str, dict[int, list[Open]]] | None = None,
        asked: Collection[str] = (),
    ) -> None:
        self.asked = frozenset(asked)
        self.width = int(days * DAY)
        self.at_least = at_least
        self._open: dict[str, dict[int, list[Open]]] = standing or {}

    def standing(self) -> dict[str, dict[int, list[Open]]]:
        """All that stands, by entity kind and key: plain values, to be kept and given back to a new one."""
        return self._open

    def __len__(self) -> int:
        return sum(len(found) for entities in self._open.values() for found in entities.values())

    def add(self, batch: Batch[Any], i: int, findings: Iterable[Finding]) -> None:
        """Open each finding of row i on the entities it is about; on all of the row's where it names none.

        A stolen card so stands on the card, and not on the shop where it was tried.
        """
        kept = [
            (Open(int(batch.time[i]), batch.ids[i], f.detector, int(Severity[f.severity.upper()]),
                  float("nan") if f.probability is None else f.probability, tuple(r.code for r in f.reasons)),
             {entity.kind for entity in f.entities})
            for f in findings
            if self.opens(f)
        ]  # fmt: skip
        for kind in batch.entity_kinds() if kept else ():
            key = int(batch.keys(kind)[i])
            about = [found for found, kinds in kept if not kinds or kind in kinds]
            if key and about:
                standing = self._open.setdefault(kind, {})
                standing[key] = (standing.get(key, []) + about)[-PER_ENTITY:]

    def close(self, batch: Batch[Any], i: int) -> None:
        """Close the findings that row i's evidence opened: it was genuine."""
        for kind in batch.entity_kinds():
            standing = self._open.get(kind, {})
            key = int(batch.keys(kind)[i])
            if key in standing:
                left = [o for o in standing[key] if o.evidence != batch.ids[i]]
                if left:
                    standing[key] = left
                else:
                    del standing[key]

    def expire(self, now: int) -> None:
        """Forget what can no longer stand at `now` (event time). `through` ignores such findings anyway."""
        for standing in self._open.values():
            for key in [key for key, found in standing.items() if found[-1].time <= now - self.width]:
                del standing[key]

    def opens(self, finding: Finding) -> bool:
        """Is this a finding that stands: against the evidence, and grave enough?"""
        if finding.verdict not in _AGAINST:
            return False
        severity = _SEVERITIES[finding.severity]
        return severity >= self.at_least or (severity >= ASKED and any(self._asks(r.code) for r in finding.reasons))

    def _asks(self, code: str) -> bool:
        return code in self.asked or f"{code.partition('.')[0]}.*" in self.asked

    def through(self, batch: Batch[Any], found: Mapping[int, Sequence[Finding]]) -> Standing:
        """What stands on each row's entities at its event time, row by row: what `found` says of a row opens for the
        rows after it, never for itself. So it does not matter how evidence was cut into batches."""
        opening = [i for i, told in found.items() if any(map(self.opens, told))]
        where: dict[int, list[tuple[str, int]]] = {i: [] for i in opening}  # row -> entities that matter
        for kind in batch.entity_kinds() if opening else self._open:
            if kind not in batch.type.ENTITIES:
                continue
            keys, known = batch.keys(kind).tolist(), self._open.get(kind, _NOTHING)
            soon = {keys[i] for i in opening}
            for i, key in enumerate(keys):
                if key and (key in known or key in soon):
                    where.setdefault(i, []).append((kind, key))
        if not where:
            return Standing.none(len(batch))
        tally = _Tally(len(batch), self.at_least)
        for i in sorted(where):
            opens = self._on(int(batch.time[i]), where[i])
            if opens:
                tally.add(i, opens)
            if i in found:
                self.add(batch, i, found[i])  # what does not open is passed over
        return tally.standing()

    def _on(self, time: int, entities: Sequence[tuple[str, int]]) -> Collection[Open]:
        """What stands at a moment on some entities, each finding once."""
        opens: dict[Open, None] = {}
        for kind, key in entities:
            for o in self._open.get(kind, _NOTHING).get(key, ()):
                if time - self.width < o.time <= time:
                    opens[o] = None
        return opens


def of_parts(n: int, found: Sequence[tuple[Findings, np.ndarray]]) -> Standing:
    """Sum of the parts' findings per whole: `found` holds findings over parts, and the whole's row of each part."""
    by_whole: dict[int, list[Open]] = {}
    for findings, wholes in found:
        for part in np.flatnonzero(findings.verdict >= Verdict.SUSPICIOUS):
            codes = tuple(code for code, hit in findings.codes.items() if hit[part])
            one = Open(0, "", findings.detector, int(findings.severity[part]), float(findings.probability[part]), codes)
            by_whole.setdefault(int(wholes[part]), []).append(one)
    tally = _Tally(n)
    for whole, opens in by_whole.items():
        tally.add(whole, opens)
    return tally.standing()


class _Tally:
    """Sums of findings per row, kept as plain lists until all rows are in: most rows of a batch have none. Findings less
    grave than `at_least` count in no sum; their codes are told all the same."""

    def __init__(self, n: int, at_least: int = 0) -> None:
        self.n, self.at_least = n, at_least
        self.rows: list[int] = []
        self.sums: list[tuple[int, int, float]] = []
        self.codes: dict[str, dict[int, int]] = {}  # code -> row -> when it was last found

    def add(self, i: int, opens: Collection[Open]) -> None:
        if len(opens) == 1:  # as most often
            (one,) = opens
            if one.severity >= self.at_least:
                self.rows.append(i)
                self.sums.append((1, one.severity, one.probability))
                self.codes.setdefault("", {})[i] = one.time
            for code in one.codes:
                self.codes.setdefault(code, {})[i] = one.time
            return
        grave = [o for o in opens if o.severity >= self.at_least]
        if grave:
            probabilities = [o.probability for o in grave if o.probability == o.probability]
            self.rows.append(i)
            self.sums.append((len(grave), max(o.severity for o in grave), max(probabilities, default=float("nan"))))
            self.codes.setdefault("", {})[i] = max(o.time for o in grave)
        for o in opens:
            for code in o.codes:
                at = self.codes.setdefault(code, {})
                at[i] = max(o.time, at.get(i, o.time))

    def standing(self) -> Standing:
        found = Standing.none(self.n)
        if self.rows:
            count, severity, probability = zip(*self.sums, strict=True)
            found.count[self.rows], found.severity[self.rows], found.probability[self.rows] = (
                count,
                severity,
                probability,
            )
        for code, at in self.codes.items():
            rows = list(at)
            found.last[code] = np.full(self.n, NEVER, np.int64)
            found.last[code][rows] = list(at.values())
            if code:
                found.codes[code] = np.zeros(self.n, bool)
                found.codes[code][rows] = True
        return found
