"""Features turned into a plan: which words each event of an entity keeps, which window edges move, what to read at the end.

Every additive stat is a difference of two prefix sums: an event keeps, per *lane*, the sum over the events before it. A
window is then two positions in the entity's ring, and a position is shared by every feature whose window has that edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from assay.core.errors import InvalidSetting
from assay.profiles.condition import conditional
from assay.profiles.spec import Feature

# What the kernel does for a feature; the numbers are internal and never stored.
COUNT, SUM, MEAN, STD, EXTREME, DISTINCT, RATIO, ZSCORE, LAST_SEEN, TIME_SINCE, AGE = range(11)
FRAUDS, FRAUD_RATE, FRAUD_RUN, FRAUD_RUN_AGE, SINCE_FRAUD, CLEAN_SINCE_FRAUD, PREVIOUS = range(11, 18)

TIMELESS = frozenset({"previous", "last_seen", "time_since", "age"})
OF_LABELS = frozenset({"frauds", "fraud_rate", "fraud_run", "fraud_run_age", "since_fraud", "clean_since_fraud"})
OF_NUMBERS = frozenset({"sum", "mean", "std", "min", "max", "ratio", "zscore"})
_OPS = {
    "count": COUNT, "unlabelled": COUNT, "sum": SUM, "mean": MEAN, "std": STD, "min": EXTREME, "max": EXTREME,
    "distinct": DISTINCT, "ratio": RATIO, "zscore": ZSCORE, "last_seen": LAST_SEEN, "time_since": TIME_SINCE, "age": AGE,
    "previous": PREVIOUS, "frauds": FRAUDS, "fraud_rate": FRAUD_RATE, "fraud_run": FRAUD_RUN, "fraud_run_age": FRAUD_RUN_AGE,
    "since_fraud": SINCE_FRAUD, "clean_since_fraud": CLEAN_SINCE_FRAUD,
}  # fmt: skip


class Input(NamedTuple):
    """One word an event brings: `what` is value, present, flag (additive) or seq, identity, low, high (kept as is)."""

    what: str
    column: str = ""
    where: str = ""
    conditional: bool = False  # `where` is a condition on another feature, known only once that was read


class Program(NamedTuple):
    """The plan as arrays, as the kernel reads it. A lane of -1 means "every event": its prefix is the position itself.

    dims      int64[8]: edges, fed lanes, label lanes, squares, kept words, trees, memories, distincts
    spans     int64[2]: retention and lateness, microseconds
    edges     int64[E]: lags of window edges, ascending, microseconds
    features  int64[F, 9]: op, edge from, edge to (-1: now), count lane, sum lane, square lane, other, output column,
              whose key it is read under (-1: the event's own, else a position in `Plan.ats`)
    labels    int64[·]: for each label lane, the flag lane it is restricted to
    squares   int64[·]: for each square, the lane whose value is squared
    trees     int64[·]: for each tree, the word of the event row whose minimum it holds
    memories  int64[·, 2]: for each kind of event remembered after it is dropped, its count lane and value lane
    distincts int64[·, 3]: word of the event row, edge from, edge to
    sources   int64[inputs]: where in the words of an event (over all plans) each input of this plan stands
    """

    dims: np.ndarray
    spans: np.ndarray
    edges: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    squares: np.ndarray
    trees: np.ndarray
    memories: np.ndarray
    distincts: np.ndarray
    sources: np.ndarray


@dataclass(frozen=True)
class Plan:
    """How one entity kind is kept: `inputs` are the words its events bring, in order; `names` its features."""

    entity: str
    names: tuple[str, ...]
    inputs: tuple[Input, ...]
    program: Program
    columns: tuple[str, ...]  # per feature, the number column it is scaled by; empty: none
    labelled: bool
    ats: tuple[str, ...] = ()  # entity kinds under whose keys features are read too
    conditional: bool = False  # its features count only events of which other features said something


class Ordered(list[Any]):
    """A list that gives the position of a thing, taking it in when new."""

    def at(self, thing: Any) -> int:
        if thing not in self:
            self.append(thing)
        return self.index(thing)


def plan(entity: str, features: Sequence[Feature], outputs: Sequence[int], lateness: int, words: Ordered) -> Plan:
    """The plan of one entity kind. `outputs` are the features' columns in the profile; `words` the inputs of all plans, to
    which this one adds its own.

    Raises InvalidSetting, naming the feature, where a declaration makes no sense.
    """
    for feature in features:
        check(feature)
    edges = sorted({lag for f in features for lag in _lags(f) if lag > 0})
    fed, kept, labels, squares, trees, memories, distincts, ats = (Ordered() for _ in range(8))
    labelled = any(f.stat in OF_LABELS for f in features)
    if labelled:
        kept.append(Input("seq"))
    rows = []
    for feature in features:
        start, stop = _lags(feature)
        first, last = (edges.index(lag) if lag else -1 for lag in (start, stop))
        wanted = partial(_wanted, feature.where, conditional(feature))
        count = total = square = other = -1
        if feature.where:
            count = fed.at(wanted("flag"))
        if feature.stat in OF_NUMBERS:
            count = fed.at(wanted("present", feature.of))
            if feature.stat in ("min", "max"):
                word = kept.at(wanted("low" if feature.stat == "min" else "high", feature.of))
                other = trees.at(word)
                total = -1 if feature.stat == "min" else 1  # the sign: a maximum is kept as the minimum of negatives
            else:
                total = fed.at(wanted("value", feature.of))
            if feature.stat in ("std", "zscore"):
                square = squares.at(total)
        elif feature.stat == "distinct":
            other = distincts.at((kept.at(wanted("identity", feature.of)), first, last))
        elif feature.stat in TIMELESS:
            if feature.of:
                count = fed.at(wanted("present", feature.of))
            if feature.stat == "previous":
                total = fed.at(wanted("value", feature.of))
            other = memories.at((count, total))
        elif feature.stat in OF_LABELS:
            other = labels.at(count)
        at = ats.at(feature.at) if feature.at else -1
        rows.append([_OPS[feature.stat], first, last, count, total, square, other, 0, at])
    for row, output in zip(rows, outputs, strict=True):
        row[7] = output
    base = 1 + len(fed) + len(labels) + 2 * len(squares)  # where the kept words of an event row begin
    horizon = edges[-1] if edges else 0
    # What knows only ages needs no event after the next one: its first is remembered apart.
    kept_for = 0 if all(feature.stat == "age" for feature in features) else horizon + lateness
    dims = [len(edges), len(fed), len(labels), len(squares), len(kept), len(trees), len(memories), len(distincts)]
    program = Program(
        dims=np.array(dims, np.int64),
        spans=np.array([max(1, kept_for), lateness], np.int64),
        edges=np.array(edges, np.int64),
        features=np.array(rows, np.int64).reshape(-1, 9),
        labels=np.array(labels, np.int64),
        squares=np.array(squares, np.int64),
        trees=np.array([base + word for word in trees], np.int64),
        memories=np.array(memories, np.int64).reshape(-1, 2),
        distincts=np.array([(base + word, *lags) for word, *lags in distincts], np.int64).reshape(-1, 3),
        sources=np.array([words.at(word) for word in (*fed, *kept)], np.int64),
    )
    scaled = tuple(f.of if f.stat in ("sum", "mean", "std", "min", "max", "previous") else "" for f in features)
    names = tuple(f.key for f in features)
    return Plan(entity, names, (*fed, *kept), program, scaled, labelled, tuple(ats), conditional(features[0]))


def _wanted(where: str, conditional: bool, what: str, column: str = "") -> Input:
    return Input(what, column, where, conditional)


def _lags(feature: Feature) -> tuple[int, int]:
    """How far before now the window begins and ends, microseconds; (0, 0) for stats without a window."""
    if feature.stat in TIMELESS:
        return 0, 0
    if feature.stat == "unlabelled":
        return feature.lag, 0
    return feature.lag + feature.width, feature.lag


def check(feature: Feature) -> None:
    """Raises InvalidSetting where a declaration lacks something, or says something its stat cannot mean."""
    stat, where = feature.stat, f"feature {feature.key}"
    if not feature.entity:
        raise InvalidSetting("no entity is named", where=where)
    if stat not in _OPS:
        raise InvalidSetting(f"{stat!r} is not a stat", where=where, hint="one of " + ", ".join(_OPS))
    windowed = stat not in TIMELESS and stat != "unlabelled"
    if windowed != bool(feature.window):
        raise InvalidSetting(f"{stat} {'needs a' if windowed else 'has no'} window", where=where)
    if windowed and feature.width <= 0:
        raise InvalidSetting("the window must be longer than zero", where=where)
    if stat == "unlabelled" and feature.lag <= 0:
        raise InvalidSetting("unlabelled needs the delay of labels", where=where)
    if stat in TIMELESS and feature.delay:
        raise InvalidSetting(f"{stat} has no delay", where=where)
    needs_column = stat in OF_NUMBERS or stat in ("distinct", "previous")
    if needs_column != bool(feature.of) and stat not in ("last_seen", "time_since"):
        raise InvalidSetting(f"{stat} {'needs a' if needs_column else 'reads no'} column (of)", where=where)
