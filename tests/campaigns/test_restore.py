"""Long random lives in small memories: one that was kept and brought back on the way is the same to the last bit at the end,
and the books are right whatever happened."""

from __future__ import annotations

import random

import msgspec
import pytest

from assay.campaigns import Campaigns
from assay.campaigns.kept import Kept, bring_back, kept
from assay.campaigns.signs import Sign
from assay.campaigns.work import ASSIGNED, LABELLED, REOPENED, apply

from .signs import sign


def finding(rng: random.Random, i: int) -> Sign:
    """One finding about few things or many, in order or late, now and then after a long while."""
    names = []
    for kind, chance, few, many in (
        ("host:h", 0.7, 3, 30),
        ("user:u", 0.6, 3, 40),
        ("ip:10.0.0.", 0.5, 2, 60),
        ("process:p", 0.3, 20, 20),
    ):
        if rng.random() < chance:
            names.append(f"{kind}{rng.randrange(rng.choice((few, many)))}")
    return sign(
        f"e{i}", " ".join(names), f"r{rng.randrange(rng.choice((2, 12)))}", rng.choice(("low", "medium", "high", "critical")),
        hours=rng.choice((i / 10, i / 10 - rng.random() * 5, i * 5)), technique=rng.choice(("", "T1059", "T1003", "T1021")),
    )  # fmt: skip


def live_through(seed: int) -> None:
    rng = random.Random(seed)
    bounds = {
        "most": rng.choice((6, 20, 200)),
        "most_nodes": rng.choice((8, 30, 400)),
        "most_hits": rng.choice((60, 400, 10**6)),
    }
    lives = [Campaigns(**bounds)]
    for i in range(300):
        one = finding(rng, i)
        for life in lives:
            life.take(one)
        if lives[0].cases and rng.random() < 0.03:
            about = {"case": rng.choice(sorted(lives[0].cases)), "truth": "genuine", "owner": "o", "time": 1}
            action = rng.choice((LABELLED, REOPENED, ASSIGNED))
            for life in lives:
                apply(life, "a", action, about)
        if rng.random() < 0.01:
            lives = [lives[0], Campaigns(**bounds)]
            bring_back(lives[1], msgspec.msgpack.decode(msgspec.msgpack.encode(kept(lives[0])), type=Kept))
    first = lives[0]
    standing: dict[object, int] = {}
    for campaign in first.all.values():
        for rule in campaign.rules:
            standing[rule] = standing.get(rule, 0) + 1
    assert standing == first.standing
    assert first.hits == sum(len(t.hits) for c in first.all.values() for t in c.rules.values())
    assert len(first.all) <= bounds["most"]
    assert len(first.nodes) <= bounds["most_nodes"]
    assert len({msgspec.msgpack.encode(kept(life)) for life in lives}) == 1, "brought back, it went on otherwise"


@pytest.mark.parametrize("seed", [*range(12), 27, 376])
def test_a_life_that_was_cut_goes_on_the_same(seed: int) -> None:
    live_through(seed)


@pytest.mark.soak
def test_very_many_lives() -> None:
    for seed in range(5000):
        live_through(seed)
