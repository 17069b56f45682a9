"""Profiles say exactly what their definition says, however events arrive and however the stream is cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.profiles import Profiles, windows

from .reference import Reference
from .streams import EVERY, batch, rows

INEXACT = ("std", "ratio", "zscore")  # these round; everything else must be the same to the last bit


def assert_same(features, ours, theirs):
    for j, feature in enumerate(features):
        want = np.array([row[j] for row in theirs])
        tolerance = 1e-9 if feature.stat in INEXACT else 0
        np.testing.assert_allclose(ours[:, j], want, rtol=tolerance, atol=tolerance, err_msg=feature.key)


@settings(max_examples=150, deadline=None)
@given(rows())
def test_every_stat_is_exact_with_ties_late_events_window_edges_and_late_labels(stream):
    profiles, reference = Profiles(EVERY, lateness="1h"), Reference(EVERY, lateness="1h")
    assert_same(EVERY, profiles.replay(batch(stream)).values, reference.replay(stream))
    counts = profiles.counts().values()
    assert sum(c.late for c in counts) == reference.late
    assert sum(c.too_late for c in counts) == reference.too_late


@settings(max_examples=50, deadline=None)
@given(rows(), st.data())
def test_a_stream_may_be_cut_anywhere(stream, data):
    whole, parts = Profiles(EVERY), Profiles(EVERY)
    want = whole.replay(batch(stream)).values
    got, start = [], 0
    while start < len(stream):
        stop = start + data.draw(st.integers(1, 10))
        got.append(parts.replay(batch(stream[start:stop])).values)
        start = stop
    assert np.concatenate(got).tobytes() == want.tobytes()
    assert parts.digest() == whole.digest()


@settings(max_examples=50, deadline=None)
@given(rows(), st.data())
def test_a_snapshot_in_the_middle_changes_nothing(stream, data):
    cut = data.draw(st.integers(0, len(stream)))
    straight, before = Profiles(EVERY, lateness="1h"), Profiles(EVERY, lateness="1h")
    want = straight.replay(batch(stream)).values[cut:]
    before.replay(batch(stream[:cut]))
    after = Profiles.restore(EVERY, before.snapshot())
    assert after.digest() == before.digest()
    assert after.replay(batch(stream[cut:])).values.tobytes() == want.tobytes()
    assert after.digest() == straight.digest()


@settings(max_examples=50, deadline=None)
@given(rows(), st.data())
def test_cold_keys_go_exactly_as_stated(stream, data):
    for row in stream:
        row["card"] = data.draw(st.sampled_from("abcdefgh"))
    features = [f for f in EVERY if "+" not in f.entity and "|" not in f.entity]
    options = {
        "max_keys": data.draw(st.integers(1, 6)),
        "round_size": data.draw(st.integers(1, 4)),
        "forget": data.draw(st.sampled_from(["1h", "6h", "180d"])),
        "lateness": "15m",
    }
    profiles, reference = Profiles(features, **options), Reference(features, **options)
    cut = data.draw(st.integers(0, len(stream)))
    first = profiles.replay(batch(stream[:cut])).values
    profiles = Profiles.restore(features, profiles.snapshot())
    rest = profiles.replay(batch(stream[cut:])).values
    assert_same(features, np.concatenate([first, rest]), reference.replay(stream))
    whole = Profiles(features, **options)
    whole.replay(batch(stream))
    assert profiles.digest() == whole.digest()
    assert profiles.counts()["card"].keys == len(reference.pasts[False, "card"])


@settings(max_examples=50, deadline=None)
@given(rows(), st.data())
def test_live_labels_arrive_in_any_order_and_may_be_taken_back(stream, data):
    for row in stream:
        row["known"] = None
    profiles, reference = Profiles(EVERY), Reference(EVERY)
    for i, row in enumerate(stream):
        one = batch([row])
        assert_same(EVERY, profiles.observe(one).values, [reference.event(row)])
        for j in data.draw(st.lists(st.integers(0, i), max_size=3)):
            fraud = data.draw(st.booleans())
            keys = {"shop": batch([stream[j]]).keys("shop")}
            profiles.label(keys, np.array([stream[j]["time"]]), np.array([j]), np.array([fraud]))
            reference.label(j, fraud)


@settings(max_examples=50, deadline=None)
@given(rows(), st.integers(0, 60))
def test_peek_is_the_definition_at_any_moment(stream, back):
    profiles, reference = Profiles(EVERY), Reference(EVERY)
    made = batch(stream)
    profiles.replay(made)
    reference.replay(stream)
    time = max(row["time"] for row in stream) + 1_800_000_000 - back * 900_000_000
    for kind in ("card", "shop"):
        for i in np.flatnonzero(made.keys(kind)):
            mine = [f for f in EVERY if f.entity == kind]
            got = profiles.peek(kind, int(made.keys(kind)[i]), time)
            want = reference.peek(kind, stream[i][kind], time)
            assert_same(mine, np.array([[got[f.key] for f in mine]]), [[want[f.key] for f in mine]])


def test_a_long_ring_stays_exact():
    """One shop, thousands of events, some late: rings grow, trees of minima deepen, edges sweep far."""
    rng = np.random.default_rng(7)
    features = [
        *windows("shop", ["count", "sum", "mean", "std", "min", "max"], ["1h", "12h"], of="minor"),
        *windows("shop", ["distinct"], ["1h", "12h"], of="card"),
        *windows("shop", ["frauds", "fraud_run", "clean_since_fraud"], ["12h"], delay="1h"),
    ]
    clock = np.cumsum(rng.integers(0, 30, 3000)) * 1_000_000
    stream = [
        {
            "time": int(t) - (int(rng.integers(0, 1800)) * 1_000_000 if rng.random() < 0.05 else 0),
            "shop": "x",
            "card": str(rng.integers(0, 300)),
            "minor": int(rng.integers(-500, 10**6)),
            "known": int(t) + int(rng.integers(0, 7200)) * 1_000_000 if rng.random() < 0.1 else None,
        }
        for t in clock
    ]
    profiles, reference = Profiles(features), Reference(features)
    values = profiles.replay(batch(stream)).values
    theirs = reference.replay(stream[:500])
    assert_same(features, values[:500], theirs)
    by_ones = Profiles(features)
    ones = np.concatenate([by_ones.replay(batch([row])).values for row in stream])
    assert ones.tobytes() == values.tobytes()
    assert by_ones.digest() == profiles.digest()
