"""Profiles as their definition reads, in plain Python: every number is worked out from the list of an entity's events, by
filtering it, with exact integers and fractions. Slow and obviously right."""

from __future__ import annotations

import math
import re
from bisect import insort
from dataclasses import dataclass, field
from fractions import Fraction

from assay.core.clock import parse_duration
from assay.profiles import Feature

NAN = math.nan
CONDITION = re.compile(r"(not )?(\w+) > (\d+)")
TIMELESS = ("previous", "last_seen", "time_since", "age")


@dataclass(order=True)
class Event:
    time: int
    number: int
    row: dict = field(compare=False)  # column or entity kind -> value, None where absent
    fraud: bool = field(default=False, compare=False)


@dataclass
class Past:
    """One entity: its events in order of time, then arrival; and, per (where, of), what is remembered of dropped ones: the
    last of them and the time of the first event ever."""

    events: list[Event] = field(default_factory=list)
    dropped: dict = field(default_factory=dict)
    first: dict = field(default_factory=dict)


class Reference:
    def __init__(self, features, *, lateness="1d", max_keys=5_000_000, forget="180d", round_size=32_768):
        self.features = features
        self.lateness, self.max_keys, self.round_size = parse_duration(lateness), max_keys, round_size
        # Features that stand on others are kept apart, since they may have to be kept for longer.
        self.kinds = sorted({(conditional(f), f.entity) for f in features})
        self.features_of = {kind: [f for f in features if (conditional(f), f.entity) == kind] for kind in self.kinds}
        self.kept = {kind: max(1, max(map(span, fs)) + self.lateness) for kind, fs in self.features_of.items()}
        self.forget = {kind: max(parse_duration(forget), kept) for kind, kept in self.kept.items()}
        self.crowd = dict.fromkeys(self.kinds, 2 * round_size)
        self.pasts: dict[tuple, dict] = {kind: {} for kind in self.kinds}
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
            out |= self.at_one(kind, t, number, row | judged(self.features, out))
        if row.get("known") is not None:
            self.waiting.append((row["known"], number))
        return [out[f.key] for f in self.features]

    def at_one(self, kind, t, number, row):
        """What the features of one kind say of this event."""
        mine, out = self.features_of[kind], {}
        for f in mine:
            if f.at:
                key = entity(row, f.at)
                past = self.pasts[kind].get(key, Past())
                visible = [e for e in past.events if e.time <= t]
                out[f.key] = NAN if key is None else read(f, past, visible, visible, row, t)
        key = entity(row, kind[1])
        if key is None:
            return out | {f.key: NAN for f in mine if not f.at}
        past = self.pasts[kind].setdefault(key, Past())
        newest = past.events[-1].time if past.events else t
        self.late += t < newest
        self.too_late += t < newest - self.lateness
        event = Event(t, number, row)
        insort(past.events, event)
        marks = {(f.where, f.of) for f in mine if f.stat in TIMELESS}
        for mark in marks:
            if counted(row, *mark):
                past.first[mark] = min(t, past.first.get(mark, t))
        visible = past.events[: past.events.index(event) + 1]
        out |= {f.key: read(f, past, visible, visible[:-1], row, t) for f in mine if not f.at}
        limit = past.events[-1].time - self.kept[kind]
        for old in [e for e in past.events if e.time <= limit]:
            past.events.remove(old)
            for mark in marks:
                if counted(old.row, *mark) and (mark not in past.dropped or past.dropped[mark].time <= old.time):
                    past.dropped[mark] = old
        return out

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
        out = {}
        for group in self.kinds:
            if group[1] == kind:
                past = self.pasts[group][key]
                visible = [e for e in past.events if e.time <= t]
                out |= {f.key: read(f, past, visible, visible, {}, t) for f in self.features_of[group]}
        return out


def hashed(key):
    from assay.core.keys import key_of

    return key_of(key)


def judged(features, said):
    """For each condition among the features, whether it holds of what has been said so far."""
    out = {}
    for f in features:
        match = CONDITION.fullmatch(f.where)
        if match and match[2] in said:
            above = said[match[2]] > float(match[3])
            out[f.where] = not above if match[1] else above
    return out


def conditional(feature):
    return CONDITION.fullmatch(feature.where) is not None


def entity(row, kind):
    if "|" in kind:
        return next(((part, row[part]) for part in kind.split("|") if row.get(part) is not None), None)
    ids = [row.get(part) for part in kind.split("+")]
    return None if None in ids else ids[0] if len(ids) == 1 else tuple(ids)


def span(feature):
    if feature.stat in TIMELESS:
        return 0
    return feature.lag + feature.width


def counted(row, where, of=""):
    if of and number_of(row, of) is None:
        return False
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
        mark = (f.where, f.of)
        if f.stat == "age":
            first = past.first.get(mark)
            return NAN if first is None or first > t else (t - first) / 1e6
        before = [e for e in earlier if counted(e.row, *mark)]
        dropped = past.dropped.get(mark)
        if not before and dropped is not None and dropped.time <= t:
            before = [dropped]
        if not before:
            return NAN
        last = before[-1]
        if f.stat == "previous":
            return float(number_of(last.row, f.of))
        return (last.time if f.stat == "last_seen" else t - last.time) / 1e6
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
