"""The index finds exactly what was added, however it is spread over memory and runs."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.entity import Entity
from assay.ledger.index import Index
from assay.ledger.recent import entity_key, id_keys
from assay.ledger.runs import Run, Runs, write_run

steps = st.lists(
    st.tuples(st.lists(st.sampled_from("abcdefg") | st.none(), min_size=1, max_size=30), st.sampled_from(["", "flush", "reopen"])),
    max_size=14,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(steps, st.integers(1, 40))
def test_ids_and_entities_are_found_like_in_a_plain_dictionary(steps: list, flush_rows: int):
    ids: dict[str, int] = {}
    people: dict[str, list[int]] = {}
    log: list[tuple[list[str], list[str | None], int]] = []

    def add(index: Index, names: list[str], whom: list[str | None], first: int) -> None:
        keys = np.array([0 if w is None else entity_key(Entity("person", w)) for w in whom], np.uint64)
        index.add(names, id_keys(names), (keys[keys != 0], first + np.flatnonzero(keys)), first)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        index = Index(path, 0, writable=True, flush_rows=flush_rows)
        last = 0
        for whom, then in steps:
            names = [f"id{last + i}" for i in range(len(whom))]
            add(index, names, whom, last + 1)
            log.append((names, whom, last + 1))
            for i, person in enumerate(whom):
                ids[names[i]] = last + 1 + i
                if person is not None:
                    people.setdefault(person, []).append(last + 1 + i)
            last += len(whom) + 1
            index.skip(last)  # a label
            if then == "flush":
                index.flush(last)
            elif then == "reopen":  # after a crash: runs stay, memory is rebuilt from the log
                index = Index(path, last, writable=True, flush_rows=flush_rows)
                for names_, whom_, first in log:
                    if first > index.last:
                        add(index, names_, whom_, first)
                index.skip(last)
        wanted = [*ids, "other"]
        certain, maybe = index.find(wanted)
        assert {wanted[row]: seq for row, seq in [*maybe, *certain.items()]} == ids
        for person in "abcdefgh":
            seqs, key = people.get(person, []), entity_key(Entity("person", person))
            assert index.count(key, last + 1) == len(seqs)
            for before, limit in ((last + 1, 100), (last + 1, 3), (last // 2, 4)):
                assert index.newest(key, before, limit).tolist() == [s for s in seqs if s < before][-limit:]
        assert not index.damaged()


def test_a_hub_among_many_is_found_newest_first(tmp_path: Path):
    """Many runs, merged: still each seq once, in order."""
    runs = Runs(tmp_path, "ids", 0, writable=True, check=True)
    rng = np.random.default_rng(5)
    hub, at = np.uint64(2**63 + 5), []
    for k in range(40):
        keys = rng.integers(0, 2**64, 100, dtype=np.uint64)
        keys[rng.random(100) < 0.2] = hub
        seqs = np.arange(100) + 100 * k + 1
        at += seqs[keys == hub].tolist()
        runs.add(keys, seqs, 100 * (k + 1))
        runs.merge()
    assert len(runs.runs) <= 7
    assert runs.covered == 4000
    assert runs.newest(hub, 4001, 10**6).tolist() == at
    assert runs.newest(hub, 2000, 9).tolist() == [s for s in at if s < 2000][-9:]
    assert sorted(seq for _, seq in runs.find(np.array([hub]))) == at
    assert len(list(tmp_path.iterdir())) == len(runs.runs)
    again = Runs(tmp_path, "ids", 4000, writable=True, check=True)
    assert again.newest(hub, 4001, 10**6).tolist() == at


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 1000])
def test_every_key_is_found_whatever_its_bits(tmp_path: Path, n: int):
    rng = np.random.default_rng(n)
    keys = np.sort(
        np.concatenate([rng.integers(0, 2**64, n, dtype=np.uint64), np.array([0, 1, 2**64 - 1] * (n > 0), np.uint64)])
    )
    run = write_run(tmp_path, "ids", keys, np.arange(len(keys), dtype=np.uint32), 1, max(1, len(keys)))
    assert isinstance(run, Run)
    assert (keys[run.find(keys)] == keys).all() if n else run.find(np.array([5], np.uint64)).tolist() == [-1]
    absent = np.setdiff1d(rng.integers(0, 2**64, 500, dtype=np.uint64), keys)
    assert (run.find(absent) == -1).all()


def test_runs_past_the_end_of_the_ledger_are_not_used(tmp_path: Path):
    runs = Runs(tmp_path, "ids", 0, writable=True, check=True)
    runs.add(np.array([3, 1], np.uint64), np.array([1, 2]), 2)
    runs.add(np.array([7], np.uint64), np.array([3]), 3)
    assert Runs(tmp_path, "ids", 2, writable=False, check=True).covered == 2
    assert len(list(tmp_path.iterdir())) == 2  # a reader removes nothing
    assert Runs(tmp_path, "ids", 2, writable=True, check=True).covered == 2
    assert len(list(tmp_path.iterdir())) == 1
