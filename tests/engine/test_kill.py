"""Kill -9 at any moment: nothing acknowledged is lost, nothing is decided twice, profiles and campaigns come back bit for bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from assay_parcels import Parcel

from assay.campaigns.kept import kept

from .child import main, script
from .world import digest, open_engine

ROOT = Path(__file__).parents[2]


def run_until_killed(folder: Path, actions: int, seed: int, after: float, *how: str) -> tuple[list[str], bool]:
    """Lines the child told before it was killed (or came to its end)."""
    command = [sys.executable, "-m", "tests.engine.child", str(folder), str(actions), str(seed), *how]
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert child.stdout is not None
    lines = [child.stdout.readline()]  # started: the engine is open
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.readlines()
    child.wait()
    return [line for line in lines if line.endswith("\n")], "done\n" in lines


def kill_many_times(folder: Path, kills: int, actions: int, seed: int, *how: str) -> None:
    rng = random.Random(seed)
    told: dict[str, tuple[str, int]] = {}
    killed, least = 0, min(kills, 3)
    for round_ in range(kills * 3):
        lines, done = run_until_killed(folder / "killed", actions, seed + round_, rng.expovariate(1 / 0.15), *how)
        killed += not done
        for line in lines:
            if line != "done\n":
                id_, outcome, seq = line.split()
                assert told.setdefault(id_, (outcome, int(seq))) == (outcome, int(seq)), (
                    f"{id_} decided twice (seed {seed})"
                )
        if killed >= kills or (done and killed >= least):
            break
        if done:  # it was quicker than we were: the list goes on as it began
            actions *= 2
    assert killed >= least, "the child was hardly ever killed"
    main(folder / "killed", actions, seed)  # to the end
    main(folder / "whole", actions, seed + 1)  # the same actions, never interrupted, cut into other batches

    killed_engine, whole = open_engine(folder / "killed"), open_engine(folder / "whole")
    assert killed_engine.ledger.verify().ok
    assert digest(killed_engine) == digest(whole), f"profiles differ (seed {seed})"
    assert whole.campaigns.number > 20
    assert kept(killed_engine.campaigns) == kept(whole.campaigns), f"campaigns differ (seed {seed})"
    expected = [f"p{i}" for what, i in script(actions) if what == "parcel"]
    for id_ in expected:
        a, b = killed_engine.ledger.decision(id_), whole.ledger.decision(id_)
        assert a is not None
        assert b is not None
        assert (a.outcome, a.seq, a.reasons, a.profile) == (b.outcome, b.seq, b.reasons, b.profile)
        if id_ in told:
            assert told[id_] == (a.outcome, a.seq), f"{id_} was acknowledged otherwise (seed {seed})"
    recorded = [r.decisions.batch.ids for r in killed_engine.ledger.replay() if r.decisions]
    assert [id_ for ids in recorded for id_ in ids] == expected, "each id once, in order"
    assert killed_engine.lanes[Parcel].profiles is not None


def test_killed_at_random_points(tmp_path: Path) -> None:
    kill_many_times(tmp_path, kills=6, actions=2500, seed=20261121)


def test_killed_at_random_points_with_several_batches_under_way(tmp_path: Path) -> None:
    kill_many_times(tmp_path, 4, 2500, 20261122, "piped")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_killed_at_very_many_points(tmp_path: Path, seed: int) -> None:
    kill_many_times(tmp_path, kills=60, actions=20_000, seed=1000 * seed)
