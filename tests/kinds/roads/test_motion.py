"""What is made of messages depends on what they say and in which order they came, and on nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.motion.layout import DOUBT, MESSAGE, SENDERS, H, T, X, Y
from assay.kinds.roads.motion.watch import Seen, Watch
from assay.kinds.roads.rows import keys, rows_of
from assay.kinds.roads.simulate.world import batch_of, world


@pytest.fixture(scope="module")
def town() -> Batch[RoadMessage]:
    return batch_of(world(11, vehicles=40, seconds=120.0, rate=2.0))


def seen(batch: Batch[RoadMessage], sizes: list[int] | None = None) -> Seen:
    watch, parts, at = Watch(), [], 0
    name, receiver = keys(batch)
    rows = rows_of(batch)
    for size in sizes or [len(batch)]:
        parts.append(watch.observe(name[at : at + size], receiver[at : at + size], rows[at : at + size]))
        at += size
    return Seen(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def test_how_messages_are_cut_into_batches_changes_nothing(town: Batch[RoadMessage]) -> None:
    n, whole = len(town), seen(town)
    rng = np.random.default_rng(1)
    cuts = np.sort(rng.choice(np.arange(1, n), 40, replace=False))
    for sizes in (np.diff([0, *cuts, n]).tolist(), [1] * 200 + [n - 200]):
        for a, b in zip(whole, seen(town, sizes), strict=True):
            np.testing.assert_array_equal(a, b)


def test_where_when_and_under_which_name_do_not_matter(town: Batch[RoadMessage]) -> None:
    whole = seen(town)
    moved = town.take(np.arange(len(town)))
    moved.columns = town.columns | {
        "x": town.columns["x"] + 960 * 500.0,  # whole cells of both grids, so that their edges lie alike
        "y": town.columns["y"] - 960 * 300.0,
        "pseudonym": np.array([name[::-1] + "z" for name in town.columns["pseudonym"]], object),
    }
    moved.time = town.time + 86_400_000_000 * 100
    other = seen(moved)
    own = [DOUBT[name] for name in ("path", "speed", "innovation", "velocity", "net", "gain", "turn", "course", "fit")]
    np.testing.assert_allclose(other.now[:, own], whole.now[:, own], atol=1e-3)
    np.testing.assert_allclose(other.now, whole.now, atol=0.02)


def test_a_turned_world_is_the_same_world(town: Batch[RoadMessage]) -> None:
    rows = rows_of(town)
    name, receiver = keys(town)
    turned = rows.copy()
    turned[:, X], turned[:, Y], turned[:, H] = rows[:, Y], -rows[:, X], (rows[:, H] + np.pi / 2) % (2 * np.pi)
    a, b = Watch().observe(name, receiver, rows), Watch().observe(name, receiver, turned)
    own = [DOUBT[d] for d in ("path", "across", "speed", "innovation", "velocity", "net", "companion", "course")]
    np.testing.assert_allclose(a.now[:, own], b.now[:, own], atol=1e-6)


def test_honest_motion_raises_no_doubt_and_a_jump_does() -> None:
    t = np.arange(30.0)
    rows = np.full((30, MESSAGE), np.nan)
    rows[:, : MESSAGE - 3] = np.stack([t, 10 * t, 0 * t, 0 * t + 10, 0 * t + np.pi / 2, 0 * t, 0 * t + 1], axis=1)
    name, none = np.full(30, 7, np.uint64), np.zeros(30, np.uint64)
    assert Watch().observe(name, none, rows).now.max() < 0.2
    rows[20:, X] += 60
    told = Watch().observe(name, none, rows)
    assert told.now[20, DOUBT["path"]] > 3
    assert told.now[22:, DOUBT["path"]].max() < 0.5
    assert told.peak[29, DOUBT["path"]] > 3, "what was said once is remembered"


def test_two_receivers_of_one_message_are_no_replay(town: Batch[RoadMessage]) -> None:
    both = np.repeat(np.arange(len(town)), 2)
    twice = town.take(both)
    twice.columns["receiver"] = np.array(["a", "b"] * len(town), object)
    once, doubled = seen(town), seen(twice)
    assert doubled.now[:, DOUBT["overlap"]].max() <= once.now[:, DOUBT["overlap"]].max() + 1e-9
    assert (doubled.now[:, DOUBT["echo"]] > 0).sum() <= 2 * (once.now[:, DOUBT["echo"]] > 0).sum()


def test_millions_of_senders_take_no_more_room() -> None:
    watch, rng = Watch(), np.random.default_rng(3)
    before = {name: getattr(watch, name).nbytes for name in ("keys", "state", "past", "grid", "echoes")}
    rows = np.zeros((40_000, MESSAGE))
    rows[:, X:H], rows[:, MESSAGE - 3 :] = rng.uniform(-5000, 5000, (40_000, H - X)), np.nan
    for k in range(5):
        rows[:, T] = k
        told = watch.observe(rng.integers(1, 1 << 62, 40_000).astype(np.uint64), np.zeros(40_000, np.uint64), rows)
    assert {name: getattr(watch, name).nbytes for name in before} == before
    assert np.isfinite(told.peak).all()
    assert np.count_nonzero(watch.keys) <= SENDERS


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0])
def test_no_number_breaks_it(bad: float, town: Batch[RoadMessage]) -> None:
    part = town.take(np.arange(400))
    for column in ("x", "y", "speed", "heading", "acceleration", "delay"):
        broken = part.take(np.arange(400))
        values = broken.columns[column].copy()
        values[::7] = bad
        broken.columns = broken.columns | {column: values}
        told = seen(broken)
        assert np.isfinite(told.now).all()
        assert np.isfinite(told.peak).all()


def test_clocks_that_jump_are_lived_through(town: Batch[RoadMessage]) -> None:
    part = town.take(np.arange(2000))
    rng = np.random.default_rng(5)
    part.time = part.time + rng.choice([0, 3_600_000_000, -(10**15), 5_000_000], 2000)
    told = seen(part)
    assert np.isfinite(told.now).all()


def test_what_is_kept_goes_on_where_it_was(town: Batch[RoadMessage]) -> None:
    name, receiver = keys(town)
    rows, half = rows_of(town), len(town) // 2
    first, second = Watch(), Watch()
    first.observe(name[:half], receiver[:half], rows[:half])
    second.bring_back(first.kept())
    a, b = (w.observe(name[half:], receiver[half:], rows[half:]) for w in (first, second))
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)
    with pytest.raises((KeyError, IndexError, ValueError)):
        second.bring_back({"common": np.zeros(1)})
    assert not second.keys.any()
