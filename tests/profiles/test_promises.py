"""What profiles promise beside exact numbers: bounds on memory, honest refusals, arithmetic that does not drift."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.clock import DAY, HOUR
from assay.core.errors import InvalidSetting
from assay.profiles import Feature, Profiles, wide, windows

from .reference import Reference
from .streams import EVERY, batch, rows
from .test_exact import assert_same

int64 = st.integers(-(2**63) + 1, 2**63 - 1)


@settings(max_examples=50, deadline=None)
@given(rows())
def test_within_the_lateness_nothing_that_was_dropped_is_missed(stream):
    """The streams come at most 6 hours late: a reference that never drops an event says the same."""
    profiles, reference = Profiles(EVERY, lateness="6h"), Reference(EVERY, lateness="6h")
    reference.kept = dict.fromkeys(reference.kept, 10**18)
    assert_same(EVERY, profiles.replay(batch(stream)).values, reference.replay(stream))
    assert all(c.too_late == 0 for c in profiles.counts().values())


@settings(max_examples=50, deadline=None)
@given(rows())
def test_what_knows_only_ages_says_the_same_and_keeps_no_events(stream):
    ages = [Feature(entity=entity, stat="age") for entity in ("card", "shop", "card+shop")]
    profiles, reference = Profiles(ages), Reference(ages)
    reference.kept = dict.fromkeys(reference.kept, 10**18)
    assert_same(ages, profiles.replay(batch(stream)).values, reference.replay(stream))


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30), st.integers(1, 30))
def test_everything_together_is_as_old_as_the_first_event_of_all(hours, cut):
    stream = [{"time": h * HOUR, "card": f"c{i}"} for i, h in enumerate(hours)]
    profiles = Profiles([Feature(entity="*", stat="age", name="past")])
    parts = [profiles.observe(batch(part)).values[:, 0] for part in (stream[:cut], stream[cut:]) if part]
    expected = [(h - min(hours[: i + 1])) * 3600.0 for i, h in enumerate(hours)]
    assert np.concatenate(parts).tolist() == expected


@given(int64, int64)
def test_products_are_exact_in_128_bits(a, b):
    low, high = wide.product(a, b)
    assert ((high << 64) | (low & (2**64 - 1))) == a * b


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=50), st.integers(-(2**45), 2**45))
def test_variance_loses_nothing_far_from_zero(values, away):
    values = [v + away for v in values]
    squares = sum(v * v for v in values)
    low, high = squares & (2**64 - 1), squares >> 64
    low = low - 2**64 if low >= 2**63 else low
    got = wide.variance(len(values), sum(values), low, high)
    mean = Fraction(sum(values), len(values))
    assert math.isclose(got, float(sum((v - mean) ** 2 for v in values) / len(values)), rel_tol=1e-12)


def test_sums_of_floats_do_not_drift():
    """A million pairs in and out of the window later, three dimes are still 0.3."""
    n = 3000
    stream = [{"time": i * HOUR, "card": "a", "score": 1e8 if i % 2 else 1e-6} for i in range(n)]
    stream += [{"time": (n + 99) * HOUR, "card": "a", "score": 0.1}] * 3
    profiles = Profiles(windows("card", ["sum", "std"], ["3h"], of="score"))
    assert profiles.observe(batch(stream)).values[-1].tolist() == [0.3, 0.0]


def test_a_flood_of_new_keys_stays_within_bounds():
    features = windows("card", ["count", "sum"], ["1d"], of="minor")
    profiles, sizes = Profiles(features, max_keys=2000, round_size=500), []
    for start in range(0, 40_000, 1000):
        profiles.observe(batch([{"time": i * HOUR, "card": str(i), "minor": 1} for i in range(start, start + 1000)]))
        counts = profiles.counts()["card"]
        assert counts.keys <= 2500
        assert counts.keys + counts.evicted + counts.forgotten == start + 1000
        sizes.append(profiles.memory())
    assert sizes[-1] == sizes[10]


def test_idle_keys_are_forgotten_when_the_pool_is_crowded():
    profiles = Profiles(windows("card", ["count"], ["1h"]), forget="30d", round_size=10)
    profiles.observe(batch([{"time": i * DAY, "card": str(i)} for i in range(1000)]))
    assert profiles.counts()["card"].keys <= 2 * (31 + 10)
    assert profiles.counts()["card"].evicted == 0


def test_one_event_from_the_far_future_empties_nothing():
    profiles = Profiles(windows("card", ["count"], ["1h"]), round_size=10)
    stream = [{"time": i * HOUR, "card": str(i)} for i in range(300)]
    stream[150]["time"] = 10**17
    profiles.observe(batch(stream))
    assert profiles.counts()["card"].forgotten == 0


def test_outgrown_rings_are_used_again():
    """Keys that grow through every ring length hold no more than twice what they use, and some slack."""
    profiles = Profiles(windows("card", ["count"], ["30d"]))
    n, keys = 40_000, 1000
    profiles.observe(batch([{"time": i * 1_000_000, "card": str(i % keys)} for i in range(n)]))
    pool = profiles._pools["card"]
    rings = int(pool.memory.state[:keys, 2].sum())  # slots beyond the keys hold nothing yet
    assert rings == 64 * keys
    assert len(pool.memory.arena) < 1.6 * rings


def test_labels_without_their_event_are_counted_and_change_nothing():
    profiles = Profiles(windows("shop", ["frauds"], ["1h"]))
    stream = [{"time": HOUR, "shop": "x"}, {"time": 90 * DAY, "shop": "x"}]
    profiles.observe(batch(stream))
    before = profiles.snapshot()
    x, unknown = batch(stream).keys("shop")[:1], np.array([5], np.uint64)
    profiles.label({"shop": x}, np.array([HOUR]), np.array([0]), np.array([True]))  # dropped by now
    profiles.label({"shop": x}, np.array([90 * DAY]), np.array([0]), np.array([True]))  # another event's number
    profiles.label({"shop": unknown}, np.array([90 * DAY]), np.array([1]), np.array([True]))
    assert profiles.counts()["shop"].unmatched == 3
    assert profiles.peek("shop", int(x[0]), 90 * DAY)["shop_frauds_1h"] == 0
    for _ in range(2):  # told twice, counted once
        profiles.label({"shop": x}, np.array([90 * DAY]), np.array([1]), np.array([True]))
    assert profiles.peek("shop", int(x[0]), 90 * DAY)["shop_frauds_1h"] == 1
    assert profiles.snapshot() != before


def test_a_column_or_an_entity_that_is_not_there_is_absent():
    features = [*windows("card", ["count", "sum", "mean"], ["1h"], of="nothing"), *windows("device", ["count"], ["1h"])]
    row = Profiles(features).observe(batch([{"time": HOUR, "card": "a"}])).row(0)
    assert row == {"card_count_1h": 1.0, "card_nothing_sum_1h": 0.0}


def test_threads_change_nothing():
    rng = np.random.default_rng(5)
    stream = [
        {"time": i * 10**9, "card": str(rng.integers(50)), "shop": str(rng.integers(9)), "minor": int(rng.integers(99)),
         "known": i * 10**9 + 10**10 if rng.random() < 0.1 else None}
        for i in range(3000)
    ]  # fmt: skip
    one, two = Profiles(EVERY), Profiles(EVERY, threads=2)
    assert one.replay(batch(stream)).values.tobytes() == two.replay(batch(stream)).values.tobytes()
    assert one.digest() == two.digest()


def test_an_unknown_entity_has_no_peek():
    assert Profiles(windows("card", ["count"], ["1h"])).peek("card", 12345, HOUR) == {}


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        (Feature(entity="card", stat="count"), "needs a window"),
        (Feature(entity="card", stat="age", window="1d"), "has no window"),
        (Feature(entity="card", stat="count", window="0d"), "longer than zero"),
        (Feature(entity="card", stat="mean", window="1d"), "needs a column"),
        (Feature(entity="card", stat="frauds", window="1d", of="minor"), "reads no column"),
        (Feature(entity="card", stat="unlabelled"), "needs the delay"),
        (Feature(entity="card", stat="age", delay="7d"), "has no delay"),
        (Feature(entity="", stat="age"), "no entity"),
        (Feature(entity="card", stat="median", window="1d"), "not a stat"),  # type: ignore[arg-type]
    ],
)
def test_a_feature_that_makes_no_sense_is_refused_by_name(feature, says):
    with pytest.raises(InvalidSetting, match=says) as error:
        Profiles([feature])
    assert feature.key in error.value.where


def test_two_features_of_one_name_are_refused():
    with pytest.raises(InvalidSetting, match="two features"):
        Profiles([Feature(entity="card", stat="age"), Feature(entity="card", stat="age")])


def _taken():
    features = windows("card", ["count", "max"], ["1h"], of="minor")
    profiles = Profiles(features)
    profiles.observe(batch([{"time": HOUR, "card": "a", "minor": 5}, {"time": 2 * HOUR, "card": "b", "minor": 7}]))
    return features, profiles.snapshot()


def test_a_snapshot_of_other_features_is_refused():
    _, data = _taken()
    with pytest.raises(InvalidSetting, match="other features"):
        Profiles.restore(windows("card", ["count"], ["1h"]), data)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_damaged_snapshot_is_refused(data):
    features, snapshot = _taken()
    at = data.draw(st.integers(0, len(snapshot) - 1))
    damaged = snapshot[:at] + bytes([snapshot[at] ^ data.draw(st.integers(1, 255))]) + snapshot[at + 1 :]
    for broken in (damaged, snapshot[:at]):
        with pytest.raises(InvalidSetting):
            Profiles.restore(features, broken)


def test_a_snapshot_of_another_version_is_refused():
    features, snapshot = _taken()
    with pytest.raises(InvalidSetting, match="version"):
        Profiles.restore(features, snapshot[:8] + b"\x63\0\0\0" + snapshot[12:])
