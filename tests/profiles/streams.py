"""Streams of events for the tests of profiles: a small type of evidence, and Hypothesis strategies that crowd events onto
few entities and few moments, so that ties, window edges and late arrivals are the rule."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import HOUR, MINUTE
from assay.core.evidence import Evidence
from assay.profiles import Feature, windows

NAN = float("nan")


class Swipe(Evidence, frozen=True, kw_only=True, tag="swipe"):
    ENTITIES: ClassVar[dict[str, str]] = {"card": "card", "shop": "shop"}
    card: str | None = None
    shop: str | None = None


# Every stat, several windows, delays, wheres, a pair, integer and float columns.
EVERY = [
    *windows("card", ["count"], ["30m", "4h"]),
    *windows("card", ["sum", "mean", "std", "min", "max", "ratio", "zscore"], ["30m", "4h"], of="minor"),
    *windows("card", ["sum", "mean", "std", "min", "max", "ratio", "zscore"], ["2h"], of="score", where="online"),
    *windows("card", ["distinct"], ["30m", "4h"], of="shop"),
    *windows("card", ["distinct"], ["4h"], of="city", where="online"),
    *windows("card", ["distinct"], ["1h"], of="score"),
    *windows("card", ["count"], ["2h"], where="online"),
    Feature(entity="card", stat="last_seen"),
    Feature(entity="card", stat="time_since"),
    Feature(entity="card", stat="time_since", where="online"),
    Feature(entity="card", stat="age"),
    Feature(entity="card", stat="previous", of="score"),
    Feature(entity="card", stat="previous", of="minor", where="online"),
    Feature(entity="card", stat="time_since", of="score"),
    Feature(entity="card", stat="last_seen", of="score", where="online"),
    *windows("card", ["count", "mean", "max"], ["4h"], of="minor", where="card_minor_ratio_4h > 2"),
    Feature(entity="card", stat="age", where="not card_minor_ratio_4h > 2"),
    *windows("card|shop", ["count", "distinct"], ["4h"], of="card|shop"),
    *(
        Feature(entity="shop", at="card", stat=stat, of=of, window=window)
        for stat, of, window in [
            ("count", "", "2h"),
            ("sum", "minor", "2h"),
            ("mean", "minor", "2h"),
            ("max", "minor", "2h"),
            ("distinct", "city", "2h"),
            ("previous", "score", ""),
            ("age", "", ""),
            ("fraud_rate", "", "2h"),
        ]
    ),
    Feature(entity="shop", at="card+shop", stat="count", window="2h"),
    Feature(entity="card", stat="age", where="online"),
    *windows("card+shop", ["count"], ["1h"]),
    Feature(entity="card+shop", stat="time_since"),
    *windows("shop", ["count", "sum", "mean", "std", "min", "max", "distinct"], ["1h"], of="minor", delay="30m"),
    *windows(
        "shop",
        ["frauds", "fraud_rate", "fraud_run", "fraud_run_age", "since_fraud", "clean_since_fraud"],
        ["1h", "4h"],
        delay="30m",
    ),
    *windows("shop", ["frauds", "fraud_rate"], ["4h"]),
    *windows(
        "shop",
        ["frauds", "fraud_rate", "fraud_run", "fraud_run_age", "since_fraud", "clean_since_fraud"],
        ["4h"],
        delay="30m",
        where="online",
    ),
    Feature(entity="shop", stat="unlabelled", delay="30m"),
    Feature(entity="shop", stat="unlabelled", delay="30m", where="online"),
]


@st.composite
def rows(draw, *, late=True, size=40):
    """Rows in arrival order. Steps are multiples of 15 minutes or nothing, so that events meet on window edges."""
    steps = st.sampled_from([0, 0, 1, 1, 2, 4, 16])
    backward = st.sampled_from([0, 0, 0, 0, 1, 2, 5, 24]) if late else st.just(0)
    out, clock = [], 1_000 * HOUR
    for _ in range(draw(st.integers(1, size))):
        clock += draw(steps) * 15 * MINUTE
        delay = draw(st.sampled_from([None, None, 0, 1, 2, 4, 20]))
        time = clock - draw(backward) * 15 * MINUTE
        out.append(
            {
                "time": time,
                "card": draw(st.sampled_from(["a", "a", "b", None])),
                "shop": draw(st.sampled_from(["x", "x", "a", "b", None])),
                "minor": draw(st.sampled_from([0, 1, 99, 250, 250, 10**13, -(10**13)])),
                "score": draw(st.sampled_from([0.0, 0.1, -2.5, 1e9, NAN])),
                "city": draw(st.sampled_from(["Rome", "Oslo", None])),
                "online": draw(st.sampled_from([0.0, 1.0, 1.0, NAN])),
                "known": None if delay is None else time + delay * 15 * MINUTE,
            }
        )
    return out


def batch(rows):
    """The rows as a batch, with the truth of those that have `known`."""
    n = len(rows)

    def objects(name):
        out = np.empty(n, object)
        out[:] = [row.get(name) for row in rows]
        return out

    columns = {name: objects(name) for name in ("card", "shop", "city")}
    columns |= {name: np.array([row.get(name, NAN) for row in rows], np.float64) for name in ("score", "online")}
    columns["minor"] = np.array([row.get("minor", 0) for row in rows], np.int64)
    made = Batch(Swipe, [str(i) for i in range(n)], np.array([row["time"] for row in rows], np.int64), columns)
    made.truth = np.array([float(row.get("known") is not None) for row in rows])
    made.known = np.array([row.get("known") or 0 for row in rows], np.int64)
    return made
