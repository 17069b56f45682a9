"""Correlations at work: hits of rules go in as they come, and what they amount to comes out.

A group (the values of `group-by`, without regard to case) alarms at most once a timespan. An event that lacks a field of the
group, or has no time of its own, is not counted. What is remembered is bounded: the group that has been silent for longest is
forgotten first, and `forgotten` counts them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from assay.kinds.hosts.sigma.correlation import Correlation
from assay.kinds.hosts.sigma.judge import judge_of
from assay.kinds.hosts.sigma.memory import KEPT_NUMBERS, KEPT_ORDERED, SLACK, Course, Hit, Judge, Presence, hashable
from assay.kinds.hosts.sigma.rule import Rule

MOST_HITS = 1_000_000  # remembered by all correlations together
MOST_GROUPS = 50_000  # of one correlation
UNTIMED = "_untimed"  # a record that has this has no time of its own
SHOWN = 10  # events that an alarm names
Group = tuple[Any, ...]


class Alarm(NamedTuple):
    """`value` what was counted, `group` (field, value) as the event that completed it has them, `events` the newest of
    those that it is made of."""

    correlation: Correlation
    value: float
    group: tuple[tuple[str, str], ...]
    events: tuple[str, ...]


@dataclass
class _Ready:
    """A correlation with what it needs to run: for each place in its rules, the fields of the group and what is counted."""

    rule: Correlation
    judge: Judge
    groups: list[tuple[str, ...]]
    counted: list[tuple[str, ...]]
    states: dict[Group, Course | Presence] = field(default_factory=dict)
    size: int = 0


class Correlator:
    """`silent`: ids of rules whose hits are told only by correlations; `refused` (path, reason): correlations that cannot
    run, since a rule they name is not there or they go round in a circle."""

    def __init__(self, rules: Sequence[Rule], correlations: Sequence[Correlation]) -> None:
        usable, targets, self.refused = linked(rules, correlations)
        self._ready = [_ready(rule, targets[i], rules, usable) for i, rule in enumerate(usable)]
        self._of_rule: dict[str, list[tuple[int, int]]] = {}
        self._of_correlation: dict[int, list[tuple[int, int]]] = {}
        kept: set[tuple[str, int | None]] = set()
        silent: set[tuple[str, int | None]] = set()
        for i, named in enumerate(targets):
            for place, (id_, other) in enumerate(named):
                if other is None:
                    self._of_rule.setdefault(id_, []).append((i, place))
                else:
                    self._of_correlation.setdefault(other, []).append((i, place))
                (kept if usable[i].generate else silent).add((id_, other))
        self.silent = frozenset(id_ for id_, other in silent - kept if other is None)
        self._quiet = frozenset(other for _, other in silent - kept if other is not None)
        self._most = max(10_000, MOST_HITS // max(1, len(usable)))
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def correlations(self) -> list[Correlation]:
        return [one.rule for one in self._ready]

    def forget(self) -> None:
        """As if nothing had come yet."""
        for one in self._ready:
            one.states.clear()
            one.size = 0
        self.forgotten = 0

    def kept(self) -> dict[str, list[Any]]:
        """All that is remembered, as plain values: correlation (by all that it says) -> [group, what of it] …"""
        return {_identity(one): [[group, state.kept()] for group, state in one.states.items()] for one in self._ready}

    def bring_back(self, kept: Mapping[str, list[Any]]) -> None:
        """What a correlation that says the same had kept; the others begin anew. Raises what plain values of another shape
        make it raise."""
        for one in self._ready:
            for group, told in kept.get(_identity(one), ()):
                state = _state(one.rule)
                state.bring_back(told)
                one.states[hashable(group)] = state
                one.size += len(state)

    def feed(self, hits: Iterable[Rule], record: Mapping[str, Any], time: int, event: str) -> list[Alarm]:
        """An event (`time` in microseconds) that some rules hold for; what now alarms, chains of correlations followed."""
        waiting: dict[int, list[tuple[int, Mapping[str, Any]]]] = {}
        for rule in hits:
            for i, place in self._of_rule.get(rule.id, ()):
                waiting.setdefault(i, []).append((place, record))
        if not waiting or UNTIMED in record:
            return []
        alarms = []
        i = min(waiting)
        while i < len(self._ready):  # in an order in which every correlation stands after those that it names
            for alarm, seen in self._step(self._ready[i], waiting.get(i, ()), time, event):
                if i not in self._quiet:
                    alarms.append(alarm)
                for parent, place in self._of_correlation.get(i, ()):
                    waiting.setdefault(parent, []).append((place, seen))
            i = min((j for j in waiting if j > i), default=len(self._ready))
        return alarms

    def _step(
        self, one: _Ready, came: Iterable[tuple[int, Mapping[str, Any]]], time: int, event: str
    ) -> Iterable[tuple[Alarm, Mapping[str, Any]]]:
        """One event in one correlation; with each alarm, the record as a correlation over this one sees it."""
        rule = one.rule
        groups: dict[Group, list[tuple[int, Mapping[str, Any]]]] = {}
        for place, record in came:
            group = _group(record, one.groups[place])
            if group is not None:
                groups.setdefault(group, []).append((place, record))
        for group, places in groups.items():
            hits = _hits(one, places, event)
            if not hits:
                continue
            state = one.states.pop(group, None)
            if state is None:
                state = _state(rule)
            before = len(state)
            for hit in hits:
                state.add(time, hit, rule.span)
            one.states[group] = state  # the newest last
            one.size += len(state) - before
            if (state.fired is None or abs(time - state.fired) >= rule.span) and (
                found := state.judge(time, rule.span, one.judge)
            ):
                state.fired = time
                place, record = places[0]
                named = tuple(zip(rule.group_by, (str(record[f]) for f in one.groups[place]), strict=True))
                events = tuple(dict.fromkeys(found[1]))[-SHOWN:]
                yield Alarm(rule, found[0], named, events), {**record, **dict(named)}
            while one.size > self._most or len(one.states) > MOST_GROUPS:
                one.size -= len(one.states.pop(next(iter(one.states))))
                self.forgotten += 1


def linked(
    rules: Sequence[Rule], correlations: Sequence[Correlation]
) -> tuple[list[Correlation], list[list[tuple[str, int | None]]], list[tuple[str, str]]]:
    """The correlations whose rules are all there, each after those that it names; for each the rules it names, as (id,
    number of that correlation or None); and (path, reason) of the rest."""
    by_name: dict[str, list[Rule | Correlation]] = {}
    everyone: list[Rule | Correlation] = [*rules, *correlations]
    for rule in everyone:
        for name in {rule.id, rule.name} - {""}:
            by_name.setdefault(name, []).append(rule)
    refused: list[tuple[str, str]] = []
    found: dict[int, list[Rule | Correlation]] = {}
    for number, one in enumerate(correlations):
        named = [_chosen(by_name.get(name, ()), one) for name in one.rules]
        missing = [name for name, rule in zip(one.rules, named, strict=True) if rule is None]
        if missing:
            refused.append((one.path, f"there is no rule {missing[0]!r}, which {one.title or one.id!r} names"))
        else:
            found[number] = [rule for rule in named if rule is not None]
    order: list[int] = []
    numbers = {id(one): number for number, one in enumerate(correlations)}
    while True:
        now = [
            n for n in found
            if n not in order and all(numbers.get(id(rule)) in (None, *order) for rule in found[n])
        ]  # fmt: skip
        if not now:
            break
        order += now
    refused += [
        (correlations[n].path, f"{correlations[n].title!r} waits for itself, or for one that cannot run")
        for n in found if n not in order
    ]  # fmt: skip
    places = {n: i for i, n in enumerate(order)}
    targets = [[(rule.id, places.get(numbers.get(id(rule), -1))) for rule in found[n]] for n in order]
    return [correlations[n] for n in order], targets, refused


def _chosen(found: Sequence[Rule | Correlation], one: Correlation) -> Rule | Correlation | None:
    """Of several rules of one name that of the same file; else the first."""
    near = [rule for rule in found if rule.path == one.path and rule is not one]
    return next(iter(near or [rule for rule in found if rule is not one]), None)


def _ready(
    rule: Correlation, named: Sequence[tuple[str, int | None]], rules: Sequence[Rule], usable: Sequence[Correlation]
) -> _Ready:
    names = {one.id: one.name for one in rules} | {one.id: one.name for one in usable}
    groups, counted = [], []
    for place, (id_, _) in enumerate(named):
        called = {id_, names.get(id_, ""), rule.rules[place]}
        real = {alias: field for alias, fields in rule.aliases for name, field in fields if name in called}
        groups.append(tuple(real.get(name, name) for name in rule.group_by))
        counted.append(tuple(real.get(name, name) for name in rule.fields))
    return _Ready(rule, judge_of(rule), groups, counted)


def _identity(one: _Ready) -> str:
    return hashlib.sha256(repr((replace(one.rule, path=""), one.groups, one.counted)).encode()).hexdigest()


def _state(rule: Correlation) -> Course | Presence:
    most = max(64, SLACK * rule.highest)
    if rule.type in ("value_count", "temporal"):
        return Presence(most)
    if rule.type == "temporal_ordered":
        return Course(KEPT_ORDERED, fair=True)
    return Course(most if rule.type == "event_count" else KEPT_NUMBERS)


def _hits(one: _Ready, places: Sequence[tuple[int, Mapping[str, Any]]], event: str) -> list[Hit]:
    """What an event adds: one hit where events are counted, one a rule where rules are; none where what is counted is not
    there or no number."""
    kind = one.rule.type
    if kind.startswith("temporal"):
        falling = sorted({place for place, _ in places}, reverse=True)
        return [Hit(place, place, event) for place in falling]
    place, record = places[0]
    if kind == "event_count":
        return [Hit(place, None, event)]
    if kind == "value_count":
        value = _group(record, one.counted[place])
        return [] if value is None else [Hit(place, value, event)]
    number = _number(record.get(one.counted[place][0]))
    return [] if number is None else [Hit(place, number, event)]


def _group(record: Mapping[str, Any], fields: Sequence[str]) -> Group | None:
    out = []
    for name in fields:
        value = record.get(name)
        if value is None or value == "":
            return None
        out.append(value.casefold() if isinstance(value, str) else tuple(str(v).casefold() for v in value))
    return tuple(out)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e300 else None  # neither infinite nor no number


__all__ = ["UNTIMED", "Alarm", "Correlator", "linked"]
