"""Profiles as their definition reads, in plain Python: every number is worked out from the list of an entity's events, by
filtering it, with exact integers and fractions. Slow and obviously right."""

from __future__ import annotations

import math
from bisect import insort
from dataclasses import dataclass, field
from fractions import Fraction

from assay.core.clock import parse_duration
from assay.profiles import Feature

NAN = math.nan
TIMELESS = ("last_seen", "time_since", "age")


@dataclass(order=True)
class Event:
    time: int
    number: int
    row: dict = field(compare=False)  # column or entity kind -> value, None where absent
    fraud: bool = field(default=False, compare=False)


@dataclass
class Past:
    """One entity: its events in order of time, then arrival; and, per `where`, what is remembered of dropped ones."""

    events: list[Event] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)


class Reference:
    def __init__(self, features, *, lateness="1d", max_keys=5_000_000, forget="180d", round_size=32_768):
        self.features = features
        self.lateness, self.max_keys, self.round_size = parse_duration(lateness), max_keys, round_size
        self.kinds = list(dict.fromkeys(f.entity for f in features))
        self.kept = {}
        for kind in self.kinds:
            spans = [span(f) for f in features if f.entity == kind]
            self.kept[kind] = max(1, max(spans) + self.lateness)
        self.forget = {kind: max(parse_duration(forget), self.kept[kind]) for kind in self.kinds}
        self.crowd = dict.fromkeys(self.kinds, 2 * round_size)
        self.pasts: dict[str, dict] = {kind: {} for kind in self.kinds}
        self.seen, self.clock, self.waiting = 0, -math.inf, []
        self.late = self.too_late = 0

    def replay(self, rows):
        """rows: dicts with `time`, columns, entities, and perhaps `known` (then it is a fraud, known from then on)."""
        return [self.event(row) for row in rows]

    def event(self, row):
        if self.seen and self.seen % self.round_size == 0:
            for kind in self.kinds:
                self.tidy(kind)
        t, number = row["time"], self.seen
        self.seen += 1
        self.clock = max(self.clock, t)
        for label in [label for label in self.waiting if label[0] <= self.clock]:
            self.waiting.remove(label)
            self.label(label[1])
        out = {}
        for kind in self.kinds:
            mine = [f for f in self.features if f.entity == kind]
            key = entity(row, kind)
            if key is None:
                out |= {f.key: NAN for f in mine}
                continue
            past = self.pasts[kind].setdefault(key, Past())
            newest = past.events[-1].time if past.events else t
            self.late += t < newest
            self.too_late += t < newest - self.lateness
            event = Event(t, number, row)
            insort(past.events, event)
            for where in {f.where for f in mine}:
                if counted(row, where):
                    past.first[where] = min(t, past.first.get(where, t))
            visible = past.events[: past.events.index(event) + 1]
            out |= {f.key: read(f, past, visible, visible[:-1], row, t) for f in mine}
            limit = past.events[-1].time - self.kept[kind]
            for old in [e for e in past.events if e.time <= limit]:
                past.events.remove(old)
                for where in {f.where for f in mine}:
                    if counted(old.row, where):
                        past.dropped[where] = max(old.time, past.dropped.get(where, old.time))
        if row.get("known") is not None:
            self.waiting.append((row["known"], number))
        return [out[f.key] for f in self.features]

    def label(self, number, fraud=True):
        for pasts in self.pasts.values():
            for past in pasts.values():
                for event in past.events:
                    if event.number == number:
                        event.fraud = fraud

    def tidy(self, kind):
        pasts = self.pasts[kind]
        if len(pasts) > self.crowd[kind]:
            newest = sorted(p.events[-1].time for p in pasts.values())
            present = newest[99 * (len(newest) - 1) // 100]
            for key in [k for k, p in pasts.items() if p.events[-1].time < present - self.forget[kind]]:
                del pasts[key]
            self.crowd[kind] = max(2 * self.round_size, 2 * len(pasts))
        if len(pasts) > self.max_keys:
            coldest = sorted(pasts, key=lambda key: (pasts[key].events[-1].time, hashed(key)))
            for key in coldest[: len(pasts) - self.max_keys * 15 // 16]:
                del pasts[key]

    def peek(self, kind, key, t):
        past = self.pasts[kind][key]
        visible = [e for e in past.events if e.time <= t]
        return {f.key: read(f, past, visible, visible, {}, t) for f in self.features if f.entity == kind}


def hashed(key):
    from assay.core.keys import key_of

    return key_of(key)


def entity(row, kind):
    ids = [row.get(part) for part in kind.split("+")]
    return None if None in ids else ids[0] if len(ids) == 1 else tuple(ids)


def span(feature):
    if feature.stat in TIMELESS:
        return 0
    return feature.lag + feature.width


def counted(row, where):
    value = row.get(where) if where else True
    return value is not None and value == value and bool(value)


def number_of(row, column):
    value = row.get(column)
    if value is None or value != value:
        return None
    return Fraction(value) if isinstance(value, int) else Fraction(round(value * 1_000_000), 1_000_000)


def mean_of(values):
    return sum(values) / len(values)


def std_of(values):
    mean = mean_of(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))


def read(f: Feature, past: Past, visible, earlier, row, t):
    """`visible`: events up to and including the one at t; `earlier`: without it."""
    counting = [e for e in visible if counted(e.row, f.where)]
    if f.stat in TIMELESS:
        if f.stat == "age":
            first = past.first.get(f.where)
            return NAN if first is None or first > t else (t - first) / 1e6
        before = [e.time for e in earlier if counted(e.row, f.where)]
        dropped = past.dropped.get(f.where)
        if not before and dropped is not None and dropped <= t:
            before = [dropped]
        if not before:
            return NAN
        return (before[-1] if f.stat == "last_seen" else t - before[-1]) / 1e6
    if f.stat == "unlabelled":
        return float(sum(e.time > t - f.lag for e in counting))
    window = [e for e in counting if t - f.lag - f.width < e.time <= t - f.lag]
    if f.stat == "count":
        return float(len(window))
    if f.stat == "distinct":
        values = [entity(e.row, f.of) for e in window]
        return float(len({v for v in values if v is not None and v == v}))
    if f.stat in ("ratio", "zscore"):
        if (not earlier and not visible) or len(earlier) == len(visible) or not counted(row, f.where):
            return NAN
        mine = number_of(row, f.of)
        others = [number_of(e.row, f.of) for e in window if e is not visible[-1]]
        others = [v for v in others if v is not None]
        if mine is None or not others:
            return NAN
        mean = mean_of(others)
        if f.stat == "ratio":
            return float(mine / mean) if mean else NAN
        if len(others) < 2 or std_of(others) == 0:
            return NAN
        return float(mine - mean) / std_of(others)
    if f.stat in ("sum", "mean", "std", "min", "max"):
        values = [v for e in window if (v := number_of(e.row, f.of)) is not None]
        if f.stat == "sum":
            return float(sum(values))
        if not values:
            return NAN
        return float({"mean": mean_of, "std": std_of, "min": min, "max": max}[f.stat](values))
    frauds = [e for e in window if e.fraud]
    if f.stat == "frauds":
        return float(len(frauds))
    if f.stat == "fraud_rate":
        return len(frauds) / len(window) if frauds else 0.0
    run = []
    for e in reversed(window):
        if not e.fraud:
            break
        run.append(e)
    if f.stat == "fraud_run":
        return float(len(run))
    if f.stat == "fraud_run_age":
        return (t - run[-1].time) / 1e6 if run else NAN
    if not frauds:
        return NAN
    if f.stat == "since_fraud":
        return (t - frauds[-1].time) / 1e6
    assert f.stat == "clean_since_fraud"
    return float(len(window) - 1 - window.index(frauds[-1]))
