"""An engine's state as bytes, and brought back: the newest snapshot, then every record after it in the ledger's order, which
is the order in which profiles saw them. Whoever calls has the engine to himself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from assay.campaigns import Campaigns
from assay.campaigns.kept import Kept as KeptCampaigns
from assay.campaigns.kept import bring_back
from assay.campaigns.kept import kept as kept_campaigns
from assay.campaigns.work import apply
from assay.core.clock import DAY
from assay.core.errors import AssayError
from assay.core.kind import Detector
from assay.lane import Numbering
from assay.ledger.base import Record
from assay.ledger.journal import Journal
from assay.memory.traces import Kept, Traces, owner_of
from assay.policy.standing import Open, OpenFindings
from assay.profiles import Profiles

if TYPE_CHECKING:
    from assay.engine import Engine


class Snapshot(msgspec.Struct, frozen=True):
    """The state as of one record: type tag -> its profiles and their numbering; what stands open; who showed what; what
    gathers into campaigns."""

    lanes: dict[str, tuple[bytes, list[tuple[int, int]]]]
    open: dict[str, dict[int, list[Open]]]
    traces: Kept = Kept()
    asked: frozenset[str] = frozenset()  # codes of which milder findings stand too
    memories: dict[str, bytes] = {}  # detector -> what it keeps of observations (`kept`)
    campaigns: KeptCampaigns = KeptCampaigns()
    journal: int = 0  # the first file of the journal that came after it


def dump(engine: Engine) -> bytes:
    """All that is not in the ledger, as a snapshot's bytes; findings that can no longer stand are forgotten."""
    lanes = [lane for lane in engine.lanes.values() if lane.profiles is not None]
    for lane in lanes:
        if lane.profiles is not None and lane.profiles.seen:
            engine.open.expire(lane.profiles.clock)
    states = {
        lane.type.tag(): (lane.profiles.snapshot(), lane.numbering.changes)
        for lane in lanes
        if lane.profiles is not None
    }
    memories = {d.name: memory for d in _detectors(engine) if (memory := getattr(d, "kept", _nothing)())}
    return msgspec.msgpack.encode(
        Snapshot(
            states,
            engine.open.standing(),
            engine.traces.kept(),
            engine.open.asked,
            memories,
            kept_campaigns(engine.campaigns),
            0 if engine.journal is None else engine.journal.turn(),
        )
    )


def rebuild(engine: Engine) -> int:
    """The state that the ledger's records make; returns how many were replayed."""
    kept = None
    if engine.snapshots is not None and engine.ledger is not None:
        kept = engine.snapshots.newest(engine.ledger.last_seq)
    after, replayed = _load(engine, kept), 0
    if engine.ledger is not None:
        for record in engine.ledger.replay(after):
            _replay(engine, record)
            replayed += record.count
    return replayed


def _load(engine: Engine, kept: tuple[int, bytes] | None) -> int:
    """Start from a snapshot, or from nothing where it does not fit; returns the record to replay from."""
    lanes = [lane for lane in engine.lanes.values() if lane.profiles is not None]
    restored, open_, after, traces = None, {}, 0, Kept()
    memories: dict[str, bytes] = {}
    since = 0
    campaigns = Campaigns(engine.campaigns.terms)
    if kept is not None:
        try:
            snapshot = msgspec.msgpack.decode(kept[1], type=Snapshot)
            memories, since = snapshot.memories, snapshot.journal
            if not engine.open.asked <= snapshot.asked:
                raise KeyError("a policy asks for findings that did not stand then")
            bring_back(campaigns, snapshot.campaigns)
            states = [snapshot.lanes[lane.type.tag()] for lane in lanes]
            restored = [
                (Profiles.restore(engine.features[lane.type], state, threads=engine.threads), Numbering(changes))
                for lane, (state, changes) in zip(lanes, states, strict=True)
            ]
            open_, after, traces = snapshot.open, kept[0], snapshot.traces
        except (AssayError, KeyError, ValueError, msgspec.MsgspecError):
            restored, campaigns = None, Campaigns(engine.campaigns.terms)
    for i, lane in enumerate(lanes):
        fresh = (Profiles(engine.features[lane.type], threads=engine.threads), Numbering())
        lane.profiles, lane.numbering = restored[i] if restored is not None else fresh
    # Observations are on no record: what detectors remember of them is all there is. Where nothing at all is recorded, they
    # begin anew, as they do where a journal says what came since; else they take up what they kept, unless they remember more
    # already.
    for detector in _detectors(engine):
        if engine.ledger is None or (engine.journal is not None and hasattr(detector, "again")):
            getattr(detector, "forget", _nothing)()
        if engine.ledger is not None and detector.name in memories:
            getattr(detector, "bring_back", _nothing)(memories[detector.name])
    if engine.journal is not None and engine.ledger is not None:
        _hear_again(engine, engine.journal, since)
    engine.open = OpenFindings(engine.open.width / DAY, engine.open.at_least, open_, engine.open.asked)
    engine.traces = Traces(engine.traces.most, traces, engine.traces.vault)
    engine.campaigns = campaigns
    return after


def framed(taken: dict[str, bytes]) -> bytes:
    """What detectors took in of one batch, as a frame of the journal."""
    return msgspec.msgpack.encode(taken)


def _hear_again(engine: Engine, journal: Journal, since: int) -> None:
    """What detectors took in since the snapshot, in the order in which they did. What a detector cannot make anything of (another
    release wrote it) is passed over: a start must not depend on it."""
    hearing = {d.name: d.again for d in _detectors(engine) if hasattr(d, "again")}
    for frame in journal.frames(since):
        with suppress(msgspec.MsgspecError, ValueError, TypeError, KeyError, IndexError):
            for name, taken in msgspec.msgpack.decode(frame, type=dict[str, bytes]).items():
                if name in hearing:
                    hearing[name](taken)


def _detectors(engine: Engine) -> Iterator[Detector]:
    for lane in engine.lanes.values():
        yield from lane.detectors


def _nothing(*_: bytes) -> bytes:
    """What a detector does that remembers nothing."""
    return b""


def _replay(engine: Engine, record: Record) -> None:
    if record.decisions is not None:
        batch = record.decisions.batch
        lane = engine.lanes.get(batch.type)
        if lane is not None and lane.profiles is not None and batch.type.WEIGHT == "transaction":
            lane.numbering.note(record.seq, lane.profiles.seen)
            lane.profiles.observe(batch)
        for i, detail in sorted(record.decisions.details.items()):
            engine.open.add(batch, i, detail.findings)
            engine.campaigns.add(batch, i, detail.findings)
            if detail.traces:
                engine.traces.remember(detail.traces, owner_of(batch, i), batch.ids[i], int(batch.time[i]))
    for label in record.labels:
        decision = None if engine.ledger is None else engine.ledger.decision(label.evidence)
        if decision is not None:
            engine.close_findings([label], [decision])
            engine.learn([label], [decision])
    if record.audit is not None:
        apply(engine.campaigns, record.audit.actor, record.audit.action, record.audit.about)
