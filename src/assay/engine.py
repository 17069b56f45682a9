"""The flow, in one place: read → profile → detect → decide → record → respond.

`Engine.assess_batch` is that flow over a batch; `assess` is the same over a batch of one. A service, a command, a
backtest and a distributed job all call it, so a number seen in a backtest is the number seen live, bit for bit.
"""

from __future__ import annotations

import time as _time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from threading import Lock, RLock
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np

from assay import recovery
from assay.campaigns import Campaigns, Terms
from assay.campaigns.felt import Index, through
from assay.campaigns.work import Work, apply, found, planned
from assay.core.batch import Batch
from assay.core.clock import now
from assay.core.decision import Decision, Decisions, Detail, Outcome, entities_of
from assay.core.enclosed import Exhibit
from assay.core.errors import AssayError, InvalidEvidence, NotFound
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Verdict, tipping
from assay.core.kind import Detector, Kind, kinds
from assay.core.label import Label
from assay.core.profile import Profile
from assay.core.trace import Trace
from assay.examining.ahead import Prepared, Step, looks_back, prepare
from assay.examining.examined import Examined, take_turn
from assay.lane import Lane, furnish
from assay.ledger.base import Ledger
from assay.ledger.journal import Journal
from assay.ledger.snapshots import Snapshots
from assay.memory.traces import Traces, owner_of
from assay.memory.vectors import Vault, named
from assay.policy import Policy
from assay.policy.standing import OpenFindings, of_parts
from assay.policy.view import View
from assay.profiles import Profiles

Listener = Callable[[Decisions], None]
_ALLOW = int(Outcome.ALLOW)  # numpy is slow with enums
THREADED = 1024  # rows from which detectors are worth a thread each


class Exhibits(Protocol):
    """Where files of evidence are kept; see `assay.ledger.exhibits`."""

    def keep(self, evidence: Evidence) -> tuple[Exhibit, ...]:
        """Its files, durable when this returns; none for evidence that has none. Raises `LedgerUnavailable`."""
        ...


class Examiner(Protocol):
    """Does what `prepare` does, somewhere else; see `assay.examining.examiner`."""

    def __call__(self, batch: Batch[Any], step: Step) -> list[Prepared]: ...


class Ready(NamedTuple):
    """What is already done for a piece of evidence whose turn has not come: it was looked at, and its files are kept."""

    evidence: Evidence
    prepared: Prepared
    exhibits: tuple[Exhibit, ...] = ()


class Begun(NamedTuple):
    """A batch half way: `number` is that of its first event in its profiles, `began` the clock's nanoseconds."""

    batch: Batch[Any]
    examined: Examined
    number: int
    began: int


class Engine:
    """The flow over some rooms, one ledger and one policy a room.

    rooms     which rooms (all installed ones by default)
    ledger    where decisions are recorded; None: nothing is recorded (checks, backtests)
    policies  room name -> policy; rooms without one use the policy their `Kind` ships, or decide nothing
    models    folder that holds a folder of trained models for each room
    shipped   use the models that come with a room where it has no trained ones (they learned from simulated worlds)
    snapshots where snapshots of the profiles are kept, so that a start need not replay the whole ledger
    journal   where it is kept what detectors took in of observations since the last snapshot; None: a crash loses that
    seal      turns sensitive values into tokens; see `Evidence.protect`
    exhibits  where the files of evidence are kept; None: they are not
    templates where vectors by which a person's face is known again are kept; None: none is remembered
    terms     by which findings gather into campaigns
    examiner  does what `prepare` does, elsewhere: in processes of their own, so that a hostile file can harm nobody
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
        journal: Journal | None = None,
        policies: dict[str, Policy] | None = None,
        models: Path | None = None,
        shipped: bool = False,
        seal: Callable[[str, str], str] | None = None,
        exhibits: Exhibits | None = None,
        templates: Vault | None = None,
        examiner: Examiner | None = None,
        open_days: float = 30.0,
        terms: Terms | None = None,
        replaying: bool = False,
        threads: int = 1,
        clock: Callable[[], int] = now,
    ) -> None:
        self.rooms = list(kinds().values() if rooms is None else rooms)
        self.ledger, self.snapshots, self.seal, self.clock = ledger, snapshots, seal, clock
        self.exhibits, self.examiner, self.journal = exhibits, examiner, journal
        self._needed = 0  # the first file of the journal that the last snapshot kept needs
        self.replaying, self.threads = replaying, threads
        self._workers = ThreadPoolExecutor(threads, "assay-detect") if threads > 1 else None
        self.lanes = {
            lane.type: lane
            for room in self.rooms
            for lane in furnish(room, policies or {}, models, shipped=shipped, threads=threads)
        }
        asked = {code for lane in self.lanes.values() if lane.policy for code in lane.policy.asks}
        self.open = OpenFindings(open_days, asked=asked)
        self.traces = Traces(vault=templates)
        self.campaigns = Campaigns(terms)
        self._felt = Index()
        self._ready: dict[int, Ready] = {}  # by the evidence's own identity
        self.features = {type_: lane.profiles.features for type_, lane in self.lanes.items() if lane.profiles}
        self.listeners: list[Listener] = []
        self._lock = RLock()  # profiles and open findings
        self._handover = Lock()  # what is appended and not yet committed: held for a moment only
        self._uncommitted: list[Decisions] = []
        self._term: int | None = None  # what the ledger said of the last append

    # -- the flow ---------------------------------------------------------------------------------------------------

    def prepare(self, batch: Batch[Any], step: Step = lambda _what: None) -> list[Prepared]:
        """The heavy part of examining, ahead of the evidence's turn. Pure: may run in any thread, takes no lock, moves
        nothing. Hand the answer to `hold`; without it, `examine` does the same work itself. `step` hears how far it is."""
        if self.examiner is not None and batch.type.HEAVY:
            return self.examiner(batch, step)
        return prepare(batch, self.lanes, self.seal, step)

    def hold(self, evidence: Evidence, prepared: Prepared, exhibits: tuple[Exhibit, ...] = ()) -> None:
        """Keep what was prepared of this very object until its turn; `release` it afterwards, whatever became of it."""
        self._ready[id(evidence)] = Ready(evidence, prepared, exhibits)

    def release(self, evidence: Evidence) -> None:
        """Forget what was held of it."""
        self._ready.pop(id(evidence), None)

    def examine(self, batch: Batch[Any], step: Step = lambda _what: None) -> Examined:
        """Profile, then detect, for a batch of any type; its parts by their own rooms. Updates profiles, and remembers
        who showed what."""
        lane = self._lane(batch)
        prepared = self._prepared(batch, step) if lane.ahead else None
        if self.seal is not None:
            batch = batch.protected(self.seal)
        if lane.profiles is None:
            profile = Profile.empty(len(batch))
        else:
            profile = lane.profiles.replay(batch) if self.replaying else lane.profiles.observe(batch)
        if prepared is not None:
            return take_turn(batch, profile, prepared, self.lanes, self.traces)
        return Examined(batch, profile, self._detect(lane.detectors, batch, profile))

    def _prepared(self, batch: Batch[Any], step: Step) -> list[Prepared]:
        """What is held of each row, and the rest prepared now."""
        if not self._ready:
            return self.prepare(batch, step)
        held = [self._ready.get(id(batch.item(i))) for i in range(len(batch))]
        missing = [i for i, ready in enumerate(held) if ready is None]
        made = iter(self.prepare(batch.take(np.array(missing, np.int64)), step) if missing else ())
        return [next(made) if ready is None else ready.prepared for ready in held]

    def _detect(self, detectors: Sequence[Detector], batch: Batch[Any], profile: Profile) -> dict[str, Findings]:
        if self._workers is None or len(batch) < THREADED:
            return {d.name: d.examine(batch, profile) for d in detectors}
        found = [self._workers.submit(d.examine, batch, profile) for d in detectors]
        return {d.name: future.result() for d, future in zip(detectors, found, strict=True)}

    def view(self, examined: Examined) -> tuple[View, dict[int, tuple[Finding, ...]]]:
        """What a policy sees of an examined batch, with findings and campaigns open on its entities; and what was found in
        the rows worth recording, which gathers into campaigns. The gravest of it opens for evidence that comes later."""
        batch, n = examined.batch, len(examined.batch)
        notable = np.zeros(n, bool)
        for findings in examined.findings.values():
            notable |= findings.notable()
        for findings, wholes in examined.parts:
            notable[wholes[findings.notable()]] = True
        told = examined.explain(np.flatnonzero(notable)) if np.count_nonzero(notable) else {}
        standing = self.open.through(batch, told)
        lane = self._lane(batch)
        felt = through(self.campaigns, self._felt, batch, told, asked=lane.feels)
        return View(batch, examined.profile, examined.findings, of_parts(n, examined.parts), standing, felt), told

    def decide(self, examined: Examined) -> Decisions:
        """Findings to decisions by the room's policy. Every row that is not plainly allowed (another outcome, or a
        finding of medium severity) keeps its findings, reasons and profile; of heavy evidence every row does."""
        lane, batch = self._lane(examined.batch), examined.batch
        view, told = self.view(examined)
        codes: tuple[str, ...] = ()
        if lane.policy is None:
            decisions = Decisions.unweighed(batch, lane.models)
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
        stopped = decisions.outcome != _ALLOW
        if examined.prepared is not None:
            stopped |= np.array([batch.type.HEAVY or row.lost is not None for row in examined.prepared], bool)
        stopped[list(told)] = False
        if np.count_nonzero(stopped):
            told |= examined.explain(np.flatnonzero(stopped))
        for i, findings in told.items():
            rule = codes[decisions.rule[i]] if decisions.rule[i] >= 0 else ""
            decisions.details[i] = Detail(tipping(findings, rule), findings, examined.profile.row(i))
        if examined.prepared is not None:
            self._keep_beside(decisions, examined)
        return decisions

    def _keep_beside(self, decisions: Decisions, examined: Examined) -> None:
        """The parts and traces of each row go on record with it; templates go into their store, and only their names on
        record. Raises `LedgerUnavailable` where they cannot be made durable."""
        for i in range(len(decisions)):
            parts, traces = examined.inside(i), examined.traces(i)
            if any(trace.vector for trace in traces):
                traces = self._keep_templates(examined.batch, i, traces)
            if parts or traces:
                detail = decisions.details.get(i, Detail())
                decisions.details[i] = msgspec.structs.replace(detail, parts=parts, traces=traces)

    def _keep_templates(self, batch: Batch[Any], i: int, traces: Sequence[Trace]) -> tuple[Trace, ...]:
        """The traces of row i as they may be recorded."""
        vault = self.traces.vault
        if vault is not None:
            found = [(vault.name(batch.ids[i], n), trace.value) for n, trace in enumerate(traces) if trace.vector]
            vault.keep(owner_of(batch, i), found)
        return named(traces, batch.ids[i], vault)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else uses the engine meanwhile."""
        with self._lock:
            yield

    def assess_batch(self, batch: Batch[Any], *, commit: bool = True) -> Decisions:
        """The whole flow. Each id is decided once: a row whose id was decided before gets that decision again.

        With `commit=False` the decisions are in the ledger's hands but not yet durable: nobody may be told before
        `commit` has returned. Raises `LedgerUnavailable` when the ledger cannot record.
        """
        began = _time.perf_counter_ns()
        with self._lock:
            fresh, repeated = self.fresh(batch)
            if fresh is None:
                decisions = self._assess_fresh(batch, began)
            else:
                decisions = self._assess_fresh(batch.take(fresh), began)
                if batch.type.WEIGHT != "observation":
                    decisions = Decisions.woven(batch, fresh, decisions, repeated)
        if commit:
            self.commit()
        return decisions

    def assess(self, evidence: Evidence) -> Decision:
        """A decision on one piece of evidence, durable when it returns. An observation that nothing was found in is allowed and
        on no record (`seq` is -1); one that was recorded before gets what was recorded."""
        batch = Batch.of([evidence])
        decisions = self.assess_batch(batch)
        if len(decisions):
            return decisions.decision(0)
        earlier = None if self.ledger is None else self.ledger.decision(evidence.id)
        if earlier is not None:
            return msgspec.structs.replace(earlier, repeated=True)
        decided = Decisions.unweighed(batch, decisions.models)
        decided.decided, decided.took_us = decisions.decided, decisions.took_us
        return decided.decision(0)

    def _assess_fresh(self, batch: Batch[Any], began: int) -> Decisions:
        begun = self.begin(batch, began)
        try:
            return self.finish(begun)
        except InvalidEvidence:  # profiles and open findings have already moved
            self.commit()
            self.restore()
            raise

    def begin(self, batch: Batch[Any], began: int) -> Begun:
        """The first half of the flow over a batch of new ids: profile and detect. What was begun is finished in that order,
        and by whoever holds the engine for both; see `assay.pipeline`."""
        profiles = self._lane(batch).profiles
        number = 0 if profiles is None else profiles.seen
        examined = self.examine(batch)
        if self.journal is not None and batch.type.WEIGHT == "observation":
            self._note_taken(self.journal, examined.batch)
        return Begun(batch, examined, number, began)

    def _note_taken(self, journal: Journal, batch: Batch[Any]) -> None:
        """What detectors remember of observations is on no record: it goes into the journal."""
        asked = ((d.name, getattr(d, "took", None)) for d in self._lane(batch).detectors)
        taken = {name: told for name, took in asked if took is not None and (told := took(batch))}
        if taken:
            journal.add(recovery.framed(taken))

    def finish(self, begun: Begun) -> Decisions:
        """The second half: decide, and hand over to the ledger. Raises `InvalidEvidence` where that refuses (a value that
        cannot be recorded): then profiles and open findings must be rebuilt from what is on record."""
        batch, examined, number, began = begun
        observed = batch.type.WEIGHT == "observation"
        decisions = self._observed(examined) if observed else self.decide(examined)
        if self.exhibits is not None and batch.type.exhibits is not Evidence.exhibits and not observed:
            self._keep_exhibits(batch, decisions)
        decisions.decided = self.clock()
        decisions.took_us = (_time.perf_counter_ns() - began) // 1000 + self._took_ahead(batch)
        if self.ledger is None or not len(decisions):
            with self._handover:
                self._uncommitted.append(decisions)
        else:
            with self._handover:
                self._term = self.ledger.append(decisions)
                self._uncommitted.append(decisions)
            lane = self._lane(batch)
            if lane.profiles is not None and not observed:
                lane.numbering.note(int(decisions.seq[0]), number)
        return decisions

    def _took_ahead(self, batch: Batch[Any]) -> int:
        """Microseconds that were spent on these rows before their turn; the most of any."""
        if not self._ready or not batch.type.HEAVY:
            return 0
        held = [self._ready.get(id(batch.item(i))) for i in range(len(batch))]
        return max((ready.prepared.took_us for ready in held if ready is not None), default=0)

    def _keep_exhibits(self, batch: Batch[Any], decisions: Decisions) -> None:
        """The files of each row go into the store, and their names on record. Raises `LedgerUnavailable` where they cannot
        be made durable."""
        assert self.exhibits is not None
        for i in range(len(batch)):
            item = batch.item(i)
            ready = self._ready.get(id(item))
            kept = self.exhibits.keep(item) if ready is None else ready.exhibits
            if kept:
                detail = decisions.details.get(i, Detail())
                decisions.details[i] = msgspec.structs.replace(detail, exhibits=kept)

    def _observed(self, examined: Examined) -> Decisions:
        """Of observations only the findings are kept: the rows that something was found in."""
        found = np.zeros(len(examined.batch), bool)
        for findings in examined.findings.values():
            found |= findings.verdict >= Verdict.SUSPICIOUS
        rows = np.flatnonzero(found)
        told = examined.explain(rows)
        decisions = Decisions.unweighed(examined.batch.take(rows), self._lane(examined.batch).models)
        for j, i in enumerate(rows.tolist()):
            decisions.details[j] = Detail(tipping(told[i]), told[i], examined.profile.row(i))
            self.open.add(decisions.batch, j, told[i])
            self.campaigns.add(decisions.batch, j, told[i])
        return decisions

    def fresh(self, batch: Batch[Any]) -> tuple[np.ndarray | None, dict[int, Decision]]:
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

    def write(self) -> None:
        """The part of `commit` that does not wait for the disk, done ahead of it. Nothing is durable yet."""
        if self.ledger is not None:
            with self._handover:
                term = self._term
            self.ledger.write(term)

    def commit(self) -> None:
        """Make everything assessed so far durable, then tell the listeners. May run in another thread."""
        with self._handover:
            waiting, self._uncommitted = self._uncommitted, []
            term, self._term = self._term, None
        if self.ledger is not None:
            self.ledger.commit(term)
        if self.journal is not None:
            self.journal.sync()
        for decisions in waiting:
            for listener in self.listeners:
                listener(decisions)

    def warm(self) -> None:
        """Compile what is compiled on first use, on evidence that names nobody and moves nothing: the first real request
        need not wait for it."""
        if any(lane.kind.traces for lane in self.lanes.values()):
            import_module("assay.memory.nearest")
        for lane in self.lanes.values():
            nobody: Batch[Any] = Batch(lane.type, ["nobody"], np.zeros(1, np.int64), {})
            if lane.profiles is None:
                profile, detectors = Profile.empty(1), [d for d in lane.detectors if looks_back(d)]
            else:
                profile, detectors = Profiles(self.features[lane.type]).observe(nobody), lane.detectors
            for detector in detectors:
                with suppress(Exception):  # it wants a column that nobody has
                    detector.examine(nobody, profile)
            for detector in lane.detectors:
                if hasattr(detector, "warm"):
                    detector.warm()

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
            self.record_labels(labels, spoken)
            self.learn(labels, spoken)
        if commit:
            self.commit()

    def record_labels(self, labels: Sequence[Label], spoken: Sequence[Decision]) -> None:
        """Into the ledger's hands; the findings that genuine evidence opened stand no longer. `spoken`: the decisions they
        are about."""
        assert self.ledger is not None
        with self._handover:
            self._term = self.ledger.append_labels(list(labels), self.clock())
        self.close_findings(labels, spoken)

    def close_findings(self, labels: Sequence[Label], spoken: Sequence[Decision]) -> None:
        """What genuine evidence opened stands no longer, and weighs in no campaign."""
        for label, decision in zip(labels, spoken, strict=True):
            lane = self._lane_of(decision)
            if label.truth == "genuine":
                if lane is not None:
                    self.open.close(entities_of(decision, lane.type), 0)
                self.campaigns.dismiss(decision.id, decision.findings, decision.entities)

    def learn(self, labels: Sequence[Label], spoken: Sequence[Decision]) -> None:
        """Profiles come to know of labels."""
        for label, decision in zip(labels, spoken, strict=True):
            lane = self._lane_of(decision)
            number = None if lane is None else lane.numbering.number(decision.seq)
            if lane is not None and lane.profiles is not None and number is not None:
                row = entities_of(decision, lane.type)
                keys = {entity: row.keys(entity) for entity in lane.profiles.labelled}
                lane.profiles.label(keys, row.time, np.array([number]), np.array([label.truth == "fraud"]))

    def _lane_of(self, decision: Decision) -> Lane | None:
        return next((lane for type_, lane in self.lanes.items() if type_.tag() == decision.kind), None)

    # -- cases ------------------------------------------------------------------------------------------------------

    def work(self, actor: str, case: str, work: Work, *, commit: bool = True) -> str:
        """Something that an analyst does to a case: recorded as an audit event, then so. What would change nothing is not
        recorded. Returns the id that the case goes by now; raises `NotFound`, or `InvalidEvidence` for what cannot be."""
        if self.ledger is None:
            raise AssayError("cases need a ledger")
        with self._lock:
            planned_ = planned(self.campaigns, case, work, self.clock())
            if planned_ is not None:
                action, about = planned_
                with self._handover:
                    self._term = self.ledger.append_audit(actor, action, about)
                apply(self.campaigns, actor, action, about)
            id_ = found(self.campaigns, case).id
        if commit:
            self.commit()
        return id_

    # -- state ------------------------------------------------------------------------------------------------------

    def snapshot(self) -> int:
        """Keep the state as of the last record; returns its number. Commits first: a snapshot is never ahead of what is
        durable."""
        with self._lock:
            self.commit()
            seq = 0 if self.ledger is None else self.ledger.last_seq
            state = recovery.dump(self)
            begun = 0 if self.journal is None else self.journal.number
        if self.snapshots is not None:
            self.snapshots.save(seq, state)
            if self.journal is not None:  # two snapshots are kept, should the newer one be damaged
                self.journal.forget(self._needed)
                self._needed = begun
        return seq

    def restore(self) -> int:
        """Profiles, open findings and campaigns as the ledger says they must be: the newest snapshot, then every record after it,
        in order. Without a usable snapshot (none, damaged, of other features) everything is replayed. Returns how many
        records were replayed."""
        with self._lock:
            return recovery.rebuild(self)

    def recover(self) -> None:
        """After `LedgerUnavailable`: what was not durable is forgotten, and profiles are rebuilt from what is.

        Raises `LedgerUnavailable` again while the ledger cannot be reopened.
        """
        if self.ledger is None:
            return
        with self._lock:
            with self._handover:
                self._uncommitted, self._term = [], None
            if self.journal is not None and self.ledger.failed:
                self.journal.drop()  # whoever sent it was refused, and will send it again
            self.ledger.reopen()
            self.restore()

    def _lane(self, batch: Batch[Any]) -> Lane:
        try:
            return self.lanes[batch.type]
        except KeyError:
            raise NotFound(f"no room takes evidence of type {batch.type.__name__}") from None
