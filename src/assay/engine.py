"""The flow, in one place: read → profile → detect → decide → record → respond.

`Engine.assess_batch` is that flow over a batch; `assess` is the same over a batch of one. A service, a command, a
backtest and a distributed job all call it, so a number seen in a backtest is the number seen live, bit for bit.
"""

from __future__ import annotations

import time as _time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY, now
from assay.core.decision import Decision, Decisions, Detail, Outcome
from assay.core.entity import Entity
from assay.core.errors import AssayError, InvalidEvidence, NotFound
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.kind import Detector, Kind, kinds
from assay.core.label import Label
from assay.core.profile import Profile
from assay.lane import Lane, Numbering, furnish
from assay.ledger.base import Ledger, Record
from assay.ledger.snapshots import Snapshots
from assay.parts import Parts, gather
from assay.policy import Policy
from assay.policy.standing import Open, OpenFindings, of_parts
from assay.policy.view import View
from assay.profiles import Profiles

Listener = Callable[[Decisions], None]
THREADED = 1024  # rows from which detectors are worth a thread each


@dataclass
class Examined:
    """A batch after profile and detect: what a policy will look at."""

    batch: Batch[Any]
    profile: Profile
    findings: dict[str, Findings]
    parts: list[tuple[Findings, np.ndarray]] = field(default_factory=list)

    def explain(self, rows: np.ndarray) -> dict[int, tuple[Finding, ...]]:
        """The findings that say something against these rows, in full, with their parts'."""
        told: dict[int, list[Finding]] = {int(i): [] for i in rows}
        for findings in self.findings.values():
            speaks = rows[findings.verdict[rows] >= Verdict.INCONCLUSIVE]
            for i, finding in zip(speaks, findings.explain(speaks), strict=True):
                told[int(i)].append(finding)
        for findings, wholes in self.parts:
            speaks = np.flatnonzero((findings.verdict >= Verdict.INCONCLUSIVE) & np.isin(wholes, rows))
            for part, finding in zip(speaks, findings.explain(speaks), strict=True):
                told[int(wholes[part])].append(finding)
        return {i: tuple(found) for i, found in told.items()}


class Snapshot(msgspec.Struct, frozen=True):
    """The state as of one record: type tag -> its profiles and their numbering; and what stands open."""

    lanes: dict[str, tuple[bytes, list[tuple[int, int]]]]
    open: dict[str, dict[int, list[Open]]]


class Engine:
    """The flow over some rooms, one ledger and one policy a room.

    rooms     which rooms (all installed ones by default)
    ledger    where decisions are recorded; None: nothing is recorded (checks, backtests)
    policies  room name -> policy; rooms without one use the policy their `Kind` ships, or decide nothing
    models    folder that holds a folder of trained models for each room
    shipped   use the models that come with a room where it has no trained ones (they learned from simulated worlds)
    snapshots where snapshots of the profiles are kept, so that a start need not replay the whole ledger
    seal      turns sensitive values into tokens; see `Evidence.protect`
    threads   for large batches; the numbers are the same with any
    replaying batches bring their labels (`truth`, `known`), and profiles learn each when it became known: for backtests
              and training; live, labels come through `label`
    """

    def __init__(
        self,
        *,
        rooms: Iterable[Kind] | None = None,
        ledger: Ledger | None = None,
        snapshots: Snapshots | None = None,
        policies: dict[str, Policy] | None = None,
        models: Path | None = None,
        shipped: bool = False,
        seal: Callable[[str, str], str] | None = None,
        open_days: float = 30.0,
        replaying: bool = False,
        threads: int = 1,
        clock: Callable[[], int] = now,
    ) -> None:
        self.rooms = list(kinds().values() if rooms is None else rooms)
        self.ledger, self.snapshots, self.seal, self.clock = ledger, snapshots, seal, clock
        self.open = OpenFindings(open_days)
        self.replaying, self.threads = replaying, threads
        self._workers = ThreadPoolExecutor(threads, "assay-detect") if threads > 1 else None
        self.lanes = {
            lane.type: lane
            for room in self.rooms
            for lane in furnish(room, policies or {}, models, shipped=shipped, threads=threads)
        }
        self._features = {type_: lane.profiles.features for type_, lane in self.lanes.items() if lane.profiles}
        self.listeners: list[Listener] = []
        self._lock = RLock()  # profiles and open findings
        self._handover = Lock()  # what is appended and not yet committed: held for a moment only
        self._uncommitted: list[Decisions] = []
        self._term: int | None = None  # what the ledger said of the last append

    # -- the flow ---------------------------------------------------------------------------------------------------

    def examine(self, batch: Batch[Any]) -> Examined:
        """Profile, then detect, for a batch of any type; its parts by their own rooms. Updates profiles."""
        lane = self._lane(batch)
        parts = [found for part in gather(batch) for found in self._examine_parts(part)]
        if self.seal is not None:
            batch = batch.protected(self.seal)
        if lane.profiles is None:
            profile = Profile.empty(len(batch))
        else:
            profile = lane.profiles.replay(batch) if self.replaying else lane.profiles.observe(batch)
        return Examined(batch, profile, self._detect(lane.detectors, batch, profile), parts)

    def _detect(self, detectors: Sequence[Detector], batch: Batch[Any], profile: Profile) -> dict[str, Findings]:
        if self._workers is None or len(batch) < THREADED:
            return {d.name: d.examine(batch, profile) for d in detectors}
        found = [self._workers.submit(d.examine, batch, profile) for d in detectors]
        return {d.name: future.result() for d, future in zip(detectors, found, strict=True)}

    def _examine_parts(self, parts: Parts) -> list[tuple[Findings, np.ndarray]]:
        """Parts are judged by what they are; they move no profile, since the whole does."""
        batch = parts.batch if self.seal is None else parts.batch.protected(self.seal)
        lane, profile = self._lane(batch), Profile.empty(len(batch))
        return [(d.examine(batch, profile), parts.wholes) for d in lane.detectors]

    def view(self, examined: Examined) -> tuple[View, dict[int, tuple[Finding, ...]]]:
        """What a policy sees of an examined batch, with findings open on its entities; and what was found in the rows
        worth recording. The gravest of it opens for evidence that comes later."""
        batch, n = examined.batch, len(examined.batch)
        notable = np.zeros(n, bool)
        for findings in examined.findings.values():
            notable |= _notable(findings)
        for findings, wholes in examined.parts:
            notable[wholes[_notable(findings)]] = True
        told = examined.explain(np.flatnonzero(notable))
        standing = self.open.through(batch, told)
        return View(batch, examined.profile, examined.findings, of_parts(n, examined.parts), standing), told

    def decide(self, examined: Examined) -> Decisions:
        """Findings to decisions by the room's policy. Every row that is not plainly allowed (another outcome, or a
        finding of medium severity) keeps its findings, reasons and profile."""
        lane, batch = self._lane(examined.batch), examined.batch
        view, told = self.view(examined)
        codes: tuple[str, ...] = ()
        if lane.policy is None:
            decisions = _undecided(batch, lane.models)
        else:
            result = lane.policy.decide(view)
            codes = result.reasons
            decisions = Decisions(
                batch,
                result.outcome,
                result.probability,
                result.expected_loss,
                result.rule,
                rules=result.rules,
                policy=lane.policy.identity,
                models=lane.models,
            )
        stopped = decisions.outcome != Outcome.ALLOW
        stopped[list(told)] = False
        told |= examined.explain(np.flatnonzero(stopped))
        for i, findings in told.items():
            rule = codes[decisions.rule[i]] if decisions.rule[i] >= 0 else ""
            decisions.details[i] = Detail(_tipping(findings, rule), findings, examined.profile.row(i))
        return decisions

    def assess_batch(self, batch: Batch[Any], *, commit: bool = True) -> Decisions:
        """The whole flow. Each id is decided once: a row whose id was decided before gets that decision again.

        With `commit=False` the decisions are in the ledger's hands but not yet durable: nobody may be told before
        `commit` has returned. Raises `LedgerUnavailable` when the ledger cannot record.
        """
        began = _time.perf_counter_ns()
        with self._lock:
            fresh, repeated = self._fresh(batch)
            if fresh is None:
                decisions = self._assess_fresh(batch, began)
            else:
                decisions = self._merge(batch, fresh, self._assess_fresh(batch.take(fresh), began), repeated)
        if commit:
            self.commit()
        return decisions

    def assess(self, evidence: Evidence) -> Decision:
        """A decision on one piece of evidence, durable when it returns."""
        return self.assess_batch(Batch.of([evidence])).decision(0)

    def _assess_fresh(self, batch: Batch[Any], began: int) -> Decisions:
        examined = self.examine(batch)
        observed = batch.type.WEIGHT == "observation"
        decisions = self._observed(examined) if observed else self.decide(examined)
        decisions.decided = self.clock()
        decisions.took_us = (_time.perf_counter_ns() - began) // 1000
        if self.ledger is None or not len(decisions):
            with self._handover:
                self._uncommitted.append(decisions)
        else:
            self._append(decisions)
            lane = self._lane(batch)
            if lane.profiles is not None and not observed:
                lane.numbering.note(int(decisions.seq[0]), lane.profiles.seen - len(batch))
        return decisions

    def _append(self, decisions: Decisions) -> None:
        """Into the ledger's hands. Where it refuses (a value that cannot be recorded), profiles and open findings have
        already moved: they are rebuilt from what is on record."""
        assert self.ledger is not None
        try:
            with self._handover:
                self._term = self.ledger.append(decisions)
                self._uncommitted.append(decisions)
        except InvalidEvidence:
            self.commit()
            self.restore()
            raise

    def _observed(self, examined: Examined) -> Decisions:
        """Of observations only the findings are kept: the rows that something was found in."""
        found = np.zeros(len(examined.batch), bool)
        for findings in examined.findings.values():
            found |= findings.verdict >= Verdict.SUSPICIOUS
        rows = np.flatnonzero(found)
        told = examined.explain(rows)
        decisions = _undecided(examined.batch.take(rows), self._lane(examined.batch).models)
        for j, i in enumerate(rows.tolist()):
            decisions.details[j] = Detail(_tipping(told[i]), told[i], examined.profile.row(i))
            self.open.add(decisions.batch, j, told[i])
        return decisions

    def _fresh(self, batch: Batch[Any]) -> tuple[np.ndarray | None, dict[int, Decision]]:
        """Which rows are new (None: all), and the decisions of those that are not."""
        repeated = {} if self.ledger is None else self.ledger.repeated(batch.ids)
        if not repeated and len(set(batch.ids)) == len(batch):
            return None, repeated
        seen: set[str] = set()
        fresh = []
        for i, id_ in enumerate(batch.ids):
            if i not in repeated and id_ not in seen:
                fresh.append(i)
                seen.add(id_)
        return np.array(fresh, np.int64), repeated

    def _merge(
        self, batch: Batch[Any], fresh: np.ndarray, decided: Decisions, repeated: dict[int, Decision]
    ) -> Decisions:
        """Decisions on the whole batch, from those on its new rows and the earlier ones on the rest."""
        if batch.type.WEIGHT == "observation":
            return decided
        n = len(batch)
        whole = Decisions(
            batch, np.zeros(n), np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1), rules=decided.rules,
            policy=decided.policy, models=decided.models, decided=decided.decided, took_us=decided.took_us,
        )  # fmt: skip
        first = {id_: j for j, id_ in enumerate(decided.batch.ids)}
        new = set(fresh.tolist())
        for i, id_ in enumerate(batch.ids):
            decision = repeated[i] if i in repeated else decided.decision(first[id_])
            whole.given[i] = decision if i in new else msgspec.structs.replace(decision, repeated=True)
            whole.seq[i] = decision.seq
            whole.outcome[i] = Outcome[decision.outcome.upper()]
        return whole

    def commit(self) -> None:
        """Make everything assessed so far durable, then tell the listeners. May run in another thread."""
        with self._handover:
            waiting, self._uncommitted = self._uncommitted, []
            term, self._term = self._term, None
        if self.ledger is not None:
            self.ledger.commit(term)
        for decisions in waiting:
            for listener in self.listeners:
                listener(decisions)

    def warm(self) -> None:
        """Compile what is compiled on first use, on evidence that names nobody and moves nothing: the first real request
        need not wait for it."""
        for lane in self.lanes.values():
            if lane.profiles is None:
                continue
            nobody: Batch[Any] = Batch(lane.type, ["nobody"], np.zeros(1, np.int64), {})
            profile = Profiles(self._features[lane.type]).observe(nobody)
            for detector in lane.detectors:
                with suppress(KeyError):  # it wants a column that nobody has
                    detector.examine(nobody, profile)

    # -- labels -----------------------------------------------------------------------------------------------------

    def label(self, labels: Sequence[Label], *, commit: bool = True) -> None:
        """The truth about evidence decided earlier: recorded, then known to profiles. `NotFound` names an id that is not
        on record; then none of them is taken."""
        if self.ledger is None:
            raise AssayError("labels need a ledger")
        with self._lock:
            spoken = []
            for label in labels:
                decision = self.ledger.decision(label.evidence)
                if decision is None:
                    raise NotFound(f"no evidence {label.evidence!r} was decided here")
                spoken.append(decision)
            arrived = self.clock()
            with self._handover:
                self._term = self.ledger.append_labels(list(labels), arrived)
            for label, decision in zip(labels, spoken, strict=True):
                self._learn(label, decision)
        if commit:
            self.commit()

    def _learn(self, label: Label, decision: Decision) -> None:
        lane = next((lane for type_, lane in self.lanes.items() if type_.tag() == decision.kind), None)
        if lane is None:
            return
        row = _row_batch(lane.type, decision)
        if label.truth == "genuine":
            self.open.close(row, 0)
        number = lane.numbering.number(decision.seq)
        if lane.profiles is not None and number is not None:
            keys = {entity: row.keys(entity) for entity in lane.profiles.labelled}
            lane.profiles.label(keys, row.time, np.array([number]), np.array([label.truth == "fraud"]))

    # -- state ------------------------------------------------------------------------------------------------------

    def snapshot(self) -> int:
        """Keep the profiles as of the last record; returns its number. Commits first: a snapshot is never ahead of what
        is durable."""
        with self._lock:
            self.commit()
            for lane in self.lanes.values():
                if lane.profiles is not None and lane.profiles.seen:
                    self.open.expire(lane.profiles.clock)
            seq = 0 if self.ledger is None else self.ledger.last_seq
            lanes = {
                type_.tag(): (lane.profiles.snapshot(), lane.numbering.changes)
                for type_, lane in self.lanes.items()
                if lane.profiles is not None
            }
            state = msgspec.msgpack.encode(Snapshot(lanes, self.open.standing()))
        if self.snapshots is not None:
            self.snapshots.save(seq, state)
        return seq

    def restore(self) -> int:
        """Profiles and open findings as the ledger says they must be: the newest snapshot, then every record after it,
        in order. Without a usable snapshot (none, damaged, of other features) everything is replayed. Returns how many
        records were replayed."""
        snapshot = None
        if self.snapshots is not None and self.ledger is not None:
            snapshot = self.snapshots.newest(self.ledger.last_seq)
        with self._lock:
            after = self._load(snapshot)
            replayed = 0
            if self.ledger is not None:
                for record in self.ledger.replay(after):
                    self._replay(record)
                    replayed += record.count
            return replayed

    def _load(self, kept: tuple[int, bytes] | None) -> int:
        """Start from a snapshot, or from nothing where it does not fit; returns the record to replay from."""
        lanes = [lane for lane in self.lanes.values() if lane.profiles is not None]
        restored, open_, after = None, {}, 0
        if kept is not None:
            try:
                snapshot = msgspec.msgpack.decode(kept[1], type=Snapshot)
                states = [snapshot.lanes[lane.type.tag()] for lane in lanes]
                restored = [
                    (Profiles.restore(self._features[lane.type], state, threads=self.threads), Numbering(changes))
                    for lane, (state, changes) in zip(lanes, states, strict=True)
                ]
                open_, after = snapshot.open, kept[0]
            except (AssayError, KeyError, msgspec.MsgspecError):
                restored = None
        for i, lane in enumerate(lanes):
            fresh = (Profiles(self._features[lane.type], threads=self.threads), Numbering())
            lane.profiles, lane.numbering = restored[i] if restored is not None else fresh
        self.open = OpenFindings(self.open.width / DAY, self.open.at_least, open_)
        return after

    def _replay(self, record: Record) -> None:
        if record.decisions is not None:
            batch = record.decisions.batch
            lane = self.lanes.get(batch.type)
            if lane is not None and lane.profiles is not None and batch.type.WEIGHT == "transaction":
                lane.numbering.note(record.seq, lane.profiles.seen)
                lane.profiles.observe(batch)
            for i, detail in sorted(record.decisions.details.items()):
                self.open.add(batch, i, detail.findings)
        for label in record.labels:
            decision = None if self.ledger is None else self.ledger.decision(label.evidence)
            if decision is not None:
                self._learn(label, decision)

    def recover(self) -> None:
        """After `LedgerUnavailable`: what was not durable is forgotten, and profiles are rebuilt from what is.

        Raises `LedgerUnavailable` again while the ledger cannot be reopened.
        """
        if self.ledger is None:
            return
        with self._lock:
            with self._handover:
                self._uncommitted, self._term = [], None
            self.ledger.reopen()
            self.restore()

    def _lane(self, batch: Batch[Any]) -> Lane:
        try:
            return self.lanes[batch.type]
        except KeyError:
            raise NotFound(f"no room takes evidence of type {batch.type.__name__}") from None


def _notable(findings: Findings) -> np.ndarray:
    """bool[n]: the rows where a detector found something to keep on record, whatever the outcome."""
    return np.asarray((findings.verdict >= Verdict.SUSPICIOUS) & (findings.severity >= Severity.MEDIUM))


def _undecided(batch: Batch[Any], models: dict[str, str]) -> Decisions:
    """Everything allowed and nothing weighed: where no policy speaks."""
    n = len(batch)
    return Decisions(batch, np.zeros(n, np.int8), np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1), models=models)


def _row_batch(type_: type[Evidence], decision: Decision) -> Batch[Any]:
    """The entities and time of a recorded decision as a batch of one."""
    return _entity_batch(type_, decision.id, decision.time, decision.entities)


def _entity_batch(type_: type[Evidence], id_: str, time: int, entities: Iterable[Entity]) -> Batch[Any]:
    columns: dict[str, np.ndarray] = {}
    for entity in entities:
        if entity.kind in type_.ENTITIES:
            columns[type_.ENTITIES[entity.kind]] = np.array([entity.id], dtype=object)
    return Batch(type_, [id_], np.array([time], np.int64), columns)


def _tipping(findings: Sequence[Finding], rule: str = "", most: int = 6) -> tuple[Reason, ...]:
    """The reason of the rule that settled it, then those that weighed most over all findings, each code once."""
    best: dict[str, Reason] = {}
    for finding in findings:
        for reason in finding.reasons:
            if reason.code not in best or reason.weight > best[reason.code].weight:
                best[reason.code] = reason
    first = best.pop(rule, Reason(rule, 1.0)) if rule else None
    ranked = sorted((r for r in best.values() if r.weight > 0), key=lambda reason: -reason.weight)
    return tuple(([first] if first else []) + ranked)[:most]
