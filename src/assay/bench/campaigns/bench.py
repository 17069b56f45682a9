"""The bench itself: worlds by several seeds, ours and the reference on the same findings, and what it costs."""

from __future__ import annotations

import gc
import random
import resource
import statistics
import tempfile
import tracemalloc
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assay.bench.campaigns import calibration, payments, real
from assay.bench.campaigns.figures import ours, reference, timed
from assay.bench.campaigns.world import KNOWN, UNSEEN, Made, World, world
from assay.campaigns import Campaigns
from assay.campaigns.signs import Rule, Sign, linked, sign_of
from assay.core.clock import SECOND
from assay.core.entity import Entity

SEEDS = (11, 12, 13, 14, 15)  # those of 1 to 10 were looked at, and it was learned on those above 100
BANKS = (401, 402, 403)
COLLECT = (1_000, 5, 4_000)  # as the service sets it
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}  # 97.5 % quantiles by degrees of freedom


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """`data`: a folder with recorded attack samples (`evtx-attack-samples`, `cloudtrail-stratus`), unpacked or as
    `.tar.zst`, or its parent; without it only made attacks."""
    seeds = SEEDS[:2] if short else SEEDS
    figures: dict[str, Any] = {
        "about": "made bank: 400 hosts, 14 days, 1,000 findings a day that mean nothing; an attack of each shape; means over "
        f"{len(seeds)} seeds with 95 % intervals",
        "known_shapes": _beside([world(seed, shapes=KNOWN, attacks=len(KNOWN)) for seed in seeds]),
        "unseen_shapes": _beside([world(seed, shapes=UNSEEN, attacks=len(UNSEEN)) for seed in seeds]),
        "twice_the_noise": _beside([world(seed, shapes=UNSEEN, attacks=len(UNSEEN), a_day=2000.0) for seed in seeds]),
        "no_attack": _beside([world(seed, shapes=KNOWN, attacks=0) for seed in seeds]),
    }
    banks = [payments.bank(seed) for seed in BANKS[: len(seeds) - 1]]
    figures["payments"] = _means(payments.figures(one) for one in banks)
    cold = [payments.bank(seed, before=0, days=42) for seed in BANKS[: len(seeds) - 1]]
    figures["a_bank_without_a_past_by_week"] = [_means(week) for week in zip(*map(payments.by_week, cold), strict=True)]
    figures["calibration"] = calibration.report([world(s, shapes=UNSEEN, attacks=len(UNSEEN)) for s in seeds], banks)
    folder = next((f for f in (data, data / "hosts") if any(f.glob("evtx-attack*"))), None) if data else None
    if folder is not None:
        figures["recorded_attacks"] = _recorded(folder, seeds)
    figures["cost"] = _cost(short)
    return figures


def _beside(worlds: Sequence[World]) -> dict[str, Any]:
    """Ours, the reference as published, and the reference at the same work: as many incidents, those of highest score."""
    mine = [ours(one) for one in worlds]
    return {
        "campaigns": _means(mine),
        "risk_by_entity": _means(reference(one) for one in worlds),
        "risk_by_entity_at_equal_work": _means(
            reference(one, most=int(own["cases"])) for one, own in zip(worlds, mine, strict=True)
        ),
    }


def _means(runs: Iterable[dict[str, float]]) -> dict[str, list[float]]:
    """Figure -> mean and half of its interval (Student's t over seeds)."""
    rows = list(runs)
    out = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        spread = statistics.stdev(values) * STUDENT[len(values) - 1] / len(values) ** 0.5 if len(values) > 1 else 0.0
        out[name] = [round(statistics.fmean(values), 3), round(spread, 3)]
    return out


def _recorded(folder: Path, seeds: Sequence[int]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        by_tactic, cloud = real.samples(real.unpacked(folder, Path(temporary)))
    worlds = [real.overlaid(world(seed, attacks=0), by_tactic, cloud, seed) for seed in seeds]
    about = {
        "samples": sum(map(len, by_tactic.values())),
        "findings": sum(len(f) for s in by_tactic.values() for f in s),
    }
    return {**about, "findings_in_the_cloud": len(cloud), **_beside(worlds)}


def _cost(short: bool) -> dict[str, Any]:
    """Processor time a finding, in bulk; from the recorded finding to the state, and of the state alone."""
    n = 50_000 if short else 200_000
    made = world(7, hosts=4000, days=14, a_day=n / 14, attacks=0).findings
    gc.collect()
    gc.freeze()  # what the bench itself holds is no part of the cost
    before = gc.get_threshold()
    gc.set_threshold(*COLLECT)
    campaigns, taking = timed(lambda: _taken(made))
    _, weighing = timed(lambda: [None for m in made if not sign_of(m.id, 0, m.time, m.finding, m.finding.entities)])
    flooded, flooding = timed(lambda: _flood(n))
    gc.set_threshold(*before)
    gc.unfreeze()
    return {
        "findings": len(made),
        "microseconds_a_finding": round(taking / len(made) * 1e6, 2),
        "findings_a_second": round(len(made) / taking),
        "of_it_weighing_microseconds": round(weighing / len(made) * 1e6, 2),
        "campaigns": len(campaigns.all),
        "flood": {**flooded, "microseconds_a_finding": round(flooding / n * 1e6, 2)},
        "memory_mib": round(_memory(), 1),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _taken(made: Sequence[Made]) -> Campaigns:
    campaigns = Campaigns()
    for m in made:
        sign = sign_of(m.id, 0, m.time, m.finding, m.finding.entities)
        if sign is not None:
            campaigns.take(sign)
    return campaigns


def _strange(rng: random.Random, i: int) -> Sign:
    """A finding that shares nothing with any other: what a flood is made of."""
    entities = (Entity("host", f"flood{i}"), Entity("user", f"flood{i}"))
    rule = Rule("hosts.made", "made.rule", f"flood{rng.randrange(50)}")
    links, keys = linked(entities)
    return Sign(f"f{i}", 0, i * SECOND, 1.5, 0, "medium", (rule,), ("",), links, entities, keys)


def _flood(n: int) -> dict[str, int]:
    """Every finding about hosts and users never seen before."""
    rng, campaigns = random.Random(1), Campaigns()  # noqa: S311 - a made world
    for i in range(n):
        campaigns.take(_strange(rng, i))
    return {"findings": n, "campaigns_kept": len(campaigns.all), "entities_kept": len(campaigns.nodes)}


def _memory() -> float:
    """MiB that a full memory takes: as many campaigns and entities as are kept."""
    tracemalloc.start()
    rng, campaigns = random.Random(1), Campaigns()  # noqa: S311 - a made world
    for i in range(campaigns.most):
        campaigns.take(_strange(rng, i))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / 2**20


__all__ = ["bench"]
