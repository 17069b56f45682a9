"""The console's `Source` over a running engine and its ledger: what the pages ask, answered from records."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from assay.campaigns.told import Line, of_entities
from assay.console.graph import Edge
from assay.console.source import Person, PolicyRule, PolicyText, Query, Summary, Usual
from assay.console.views import room_of, told
from assay.core.batch import Batch
from assay.core.clock import MINUTE, now
from assay.core.decision import OUTCOMES, Decision, Decisions
from assay.core.enclosed import Enclosed
from assay.core.entity import Entity
from assay.core.errors import AssayError, NotFound
from assay.core.evidence import Evidence
from assay.core.kind import load
from assay.core.label import Label
from assay.core.profile import Profile
from assay.engine import Engine
from assay.examining.examiner import Examiners
from assay.ledger.base import DecisionFilter, Ledger
from assay.ledger.seal import sealed
from assay.policy import Policy
from assay.policy.view import View
from assay.service.batcher import Batcher
from assay.service.checks import Checks, Job
from assay.service.exhibits import Exhibits
from assay.service.room import models_in

log = logging.getLogger("assay.service")
_PAGE = 200
_LOOKED_AT = 2000  # newest decisions that a search by text looks through
_MINUTES = 24 * 60


class Rates:
    """Durable decisions by outcome and minute of decision time, for a day; counted as they happen."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, np.ndarray]] = deque(maxlen=_MINUTES)

    def add(self, decisions: Decisions) -> None:
        """On the event loop, with each durable batch."""
        minute = decisions.decided // MINUTE
        if not self._minutes or self._minutes[-1][0] < minute:
            self._minutes.append((minute, np.zeros(len(OUTCOMES), np.int64)))
        self._minutes[-1][1][:] += np.bincount(decisions.outcome, minlength=len(OUTCOMES))

    def read(self, until: int, step: int, steps: int) -> list[tuple[int, int, int, int]]:
        """Counts over `steps` steps of `step` microseconds (whole minutes), the last ending at `until`, oldest first."""
        out = np.zeros((steps, len(OUTCOMES)), np.int64)
        for minute, counts in list(self._minutes):
            place = steps - 1 - (until - minute * MINUTE) // step
            if 0 <= place < steps:
                out[place] += counts
        return [(int(a), int(c), int(r), int(b)) for a, c, r, b in out]


class LedgerSource:
    """Reads come from worker threads, several at a time; a label goes through the batcher like any other."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        batcher: Batcher,
        rates: Rates,
        exhibits: Exhibits,
        checks: Checks,
        backtest: Path | None = None,
    ) -> None:
        """`backtest`: where `assay backtest --out` puts figures for the console to show."""
        self._engine, self._ledger, self._batcher, self._rates = engine, ledger, batcher, rates
        self._exhibits, self._checks, self._backtest = exhibits, checks, backtest

    def decisions(self, query: Query) -> Sequence[Decision]:
        """A text that is an evidence's or an entity's id finds it however old; any other, the newest whose ids hold it."""
        if query.text and (exact := self._exactly(query)) is not None:
            return exact
        where = _filter(query, _PAGE if query.text else query.limit)
        found: list[Decision] = []
        looked = 0
        while True:
            page = self._ledger.decisions(where)
            found += [d for d in page.decisions if not query.text or _mentions(d, query.text)]
            looked += len(page.decisions)
            if len(found) >= query.limit or page.next_before is None or looked >= _LOOKED_AT:
                return found[: query.limit]
            where = msgspec.structs.replace(where, before_seq=page.next_before)

    def _exactly(self, query: Query) -> Sequence[Decision] | None:
        decision = self._ledger.decision(query.text)
        if decision is not None:
            return [decision]
        for kind in self._kinds() if query.entity is None else ():
            entity = Entity(kind, query.text)
            if self._on_record(entity):
                return self._ledger.decisions(
                    _filter(msgspec.structs.replace(query, entity=entity), query.limit)
                ).decisions
        return None

    def _kinds(self) -> list[str]:
        return sorted({kind for type_ in self._engine.lanes for kind in type_.ENTITIES})

    def sealed(self, text: str) -> str:
        """See `assay.ledger.seal.sealed`."""
        seal = self._engine.seal
        return text if seal is None else sealed(text, self._engine.lanes, seal, self._on_record)

    def _on_record(self, entity: Entity) -> bool:
        return bool(self._ledger.entity(entity, limit=1).total)

    def rates(self, until: int, step: int, steps: int) -> Sequence[tuple[int, int, int, int]]:
        return self._rates.read(until, step, steps)

    def decision(self, id_: str) -> Decision | None:
        return self._ledger.decision(id_)

    def view(self, decision: Decision, person: Person) -> Mapping[str, Any]:
        """A room whose view fails shows what is on record: a page must not depend on a hostile file."""
        room = room_of(decision.kind)
        if room is None or room.view is None:
            return {}
        try:
            return self._shown(decision, person, room.view)
        except AssayError as error:
            log.warning("%s cannot be shown: %s", decision.id, error)
            return {}

    def _shown(self, decision: Decision, person: Person, name: str) -> Mapping[str, Any]:
        files = self._files(decision, person)
        if files and isinstance(self._engine.examiner, Examiners):  # without files there is nothing hostile to look at
            return self._engine.examiner.view(name, decision, files)
        try:
            return dict(load(name)(decision, files))
        except Exception as error:
            raise AssayError(f"{type(error).__name__}: {error}") from error

    def picture(self, decision: Decision, name: str, person: Person) -> bytes:
        room = room_of(decision.kind)
        if room is None or room.pictures is None:
            raise NotFound(f"no picture {name!r}")
        files = self._files(decision, person)
        try:
            if isinstance(self._engine.examiner, Examiners):
                drawn = self._engine.examiner.picture(room.pictures, name, files)
            else:
                drawn = bytes(load(room.pictures)(name, files))
        except Exception as error:
            raise NotFound(f"no picture {name!r}") from error
        return drawn

    def _files(self, decision: Decision, person: Person) -> list[Enclosed]:
        """Those still kept; that this person looked is on record before anybody sees them."""
        if self._exhibits.store is None or not decision.exhibits:
            return []
        self._exhibits.looked(person.key, decision)
        return self._exhibits.store.whole(decision)

    def job(self, id_: str) -> Job:
        return self._checks.job(id_)

    def kept(self, decision: Decision) -> Sequence[bool]:
        store = self._exhibits.store
        return [store is not None and store.has(exhibit) for exhibit in decision.exhibits]

    def labels(self, id_: str) -> Sequence[Label]:
        return [record.label for record in self._ledger.labels(id_)]

    def add_label(self, label: Label) -> None:
        call = self._batcher.call(lambda: self._engine.label([label]))
        asyncio.run_coroutine_threadsafe(call, self._batcher.loop).result()

    def summary(self, entity: Entity) -> Summary | None:
        timeline = self._ledger.entity(entity, limit=500)
        return _summary(entity, timeline.total, timeline.decisions) if timeline.total else None

    def history(self, entity: Entity, limit: int) -> Sequence[Decision]:
        return self._ledger.entity(entity, limit=limit).decisions

    def links(self, entity: Entity, limit: int) -> Sequence[Edge]:
        edges = sorted(self._ledger.links(entity, hops=1).edges, key=lambda edge: (-edge.count, edge.a, edge.b))
        return [Edge(edge.a, edge.b, edge.count) for edge in edges[:limit]]

    def cases(self, entities: Sequence[Entity]) -> Sequence[Line]:
        return of_entities(self._engine.campaigns, entities, now())

    def search(self, text: str, limit: int) -> Sequence[Summary]:
        """Exact ids of any kind first, then entities of the newest decisions whose id holds the text, busiest first."""
        exact = [s for kind in self._kinds() if text and (s := self.summary(Entity(kind, text)))]
        newest = self._ledger.decisions(DecisionFilter(limit=_LOOKED_AT)).decisions
        seen: dict[Entity, list[Decision]] = {}
        for decision in newest:
            for entity in decision.entities:
                if text.lower() in entity.id.lower():
                    seen.setdefault(entity, []).append(decision)
        for summary in exact:
            seen.pop(summary.entity, None)
        busiest = sorted(seen.items(), key=lambda item: (-len(item[1]), item[0]))[: max(0, limit - len(exact))]
        return [*exact, *(_summary(entity, len(found), found) for entity, found in busiest)][:limit]

    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        return {model["detector"]: model.get("card", {}) for model in models_in(self._engine)}

    def usual(self, kind: str) -> Mapping[str, Usual]:
        found: dict[str, Usual] = {}
        for model in models_in(self._engine):
            if kind in model["reads"]:
                usual = model.get("card", {}).get("usual", {})
                found |= {name: (v[0], v[1], v[2]) for name, v in usual.items() if len(v) == 3}
        return found

    def costs(self, decision: Decision) -> Mapping[str, float]:
        """By the policy in force, at the probability weighed then."""
        lane = next((lane for type_, lane in self._engine.lanes.items() if type_.tag() == decision.kind), None)
        if lane is None or lane.policy is None or decision.probability is None:
            return {}
        view = View.of(_row(lane.type, decision), _profile(decision))
        losses = lane.policy.losses(view, np.array([decision.probability]))[:, 0]
        return {} if np.isnan(losses).any() else dict(zip(OUTCOMES, losses.tolist(), strict=True))

    def policy(self, room: str = "") -> PolicyText | None:
        in_force = self._policies()
        room = room or next(iter(in_force), "")
        if room not in in_force:
            return None
        policy, tested = in_force[room], self._tested()
        shown = tested is not None and self._room_of(tested, in_force) == room
        rules = tuple(
            PolicyRule(
                name=rule.name,
                lowest=rule.lowest.word,
                highest=rule.highest.word,
                when=rule.when.text,
                line=_line_of(rule.name, policy.text),
            )
            for rule in policy.rules
        )
        return PolicyText(
            name=policy.identity, room=room, rooms=tuple(in_force), text=policy.text, rules=rules, facts=policy.facts,
            backtest=tested if shown else None,
        )  # fmt: skip

    def _policies(self) -> dict[str, Policy]:
        """Room -> its policy, in the order of the rooms."""
        return {lane.kind.name: lane.policy for lane in self._engine.lanes.values() if lane.policy is not None}

    @staticmethod
    def _room_of(tested: Mapping[str, Any], in_force: Mapping[str, Policy]) -> str:
        """Whose policy a backtest is about: the one of its name, else the first."""
        name = str(tested.get("candidate", {}).get("policy", "")).partition("@")[0]
        return next((room for room, policy in in_force.items() if policy.name == name), next(iter(in_force)))

    def _tested(self) -> dict[str, Any] | None:
        try:
            return msgspec.json.decode(self._backtest.read_bytes(), type=dict[str, Any]) if self._backtest else None
        except (OSError, msgspec.DecodeError):
            return None

    def hits(self, room: str = "") -> Mapping[str, int]:
        room = room or next(iter(self._policies()), "")
        kinds = {type_.tag() for type_, lane in self._engine.lanes.items() if lane.kind.name == room}
        newest = self._ledger.decisions(DecisionFilter(outcome=OUTCOMES[1:], limit=_LOOKED_AT)).decisions
        return Counter(decision.rule for decision in newest if decision.kind in kinds)


def _filter(query: Query, limit: int) -> DecisionFilter:
    return DecisionFilter(
        outcome=tuple(sorted(query.outcomes)),
        kind=query.kind,
        entity=query.entity,
        min_probability=query.at_least or None,
        before_seq=query.before,
        limit=limit,
    )


def _row(type_: type[Evidence], decision: Decision) -> Batch[Any]:
    """The evidence as recorded, as a batch of one."""
    columns = {
        name: np.array([value], dtype=np.float64 if isinstance(value, (int, float)) else object)
        for name, value in decision.evidence.items()
    }
    return Batch(type_, [decision.id], np.array([decision.time], np.int64), columns)


def _profile(decision: Decision) -> Profile:
    return Profile(tuple(decision.profile), np.array([list(decision.profile.values())], dtype=np.float64))


def _line_of(rule: str, text: str) -> int:
    """The line that names a rule, 1-based; 0 where it is not to be found."""
    named = re.compile(rf"\s*(?:-\s*)?name:\s*['\"]?{re.escape(rule)}['\"]?\s*(?:#.*)?$")
    return next((i for i, line in enumerate(text.splitlines(), 1) if named.match(line)), 0)


def _mentions(decision: Decision, text: str) -> bool:
    text = text.lower()
    return text in decision.id.lower() or any(text in entity.id.lower() for entity in decision.entities)


def _summary(entity: Entity, total: int, decisions: Sequence[Decision]) -> Summary:
    times = [decision.time for decision in decisions]
    tally = Counter(told(decision) for decision in decisions)  # an observation was decided upon by nobody
    allow, challenge, review, block = (tally[word] for word in OUTCOMES)
    return Summary(
        entity=entity, events=total, first=min(times, default=0), last=max(times, default=0),
        outcomes=(allow, challenge, review, block), noted=tally["noted"],
    )  # fmt: skip
