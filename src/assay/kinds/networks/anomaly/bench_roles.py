"""Part of `assay bench networks`: what roles are worth. Made-up offices of 14 days, learned from the first ten; of the last four every
machine's hours count as false alarms, and beside them stand hours in which a machine does what one of another role does, or is misused."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch, concat
from assay.kinds.networks.anomaly.hours import COLUMNS, rows_of
from assay.kinds.networks.anomaly.roles import with_role
from assay.kinds.networks.anomaly.train import FIRST, learn
from assay.kinds.networks.detectors.anomalies import BUDGET
from assay.kinds.networks.evidence import Conduct
from assay.kinds.networks.simulate import network

MACHINES, DAYS, LEARNED = 20, 14, 10
DAY = 86_400_000_000
_AT = {name: i for i, name in enumerate(COLUMNS)}


def roles_bench(seeds: range) -> dict[str, Any]:
    """By the roles that were found, and as if all machines were one."""
    told: dict[str, list[dict[str, float]]] = {"by roles": [], "all as one": []}
    for seed in seeds:
        hours, truth = _office(400 + seed)
        for name, found in told.items():
            found.append(_figures(hours, truth, seed, apart=name == "by roles"))
    return {
        name: {figure: round(float(np.mean([one[figure] for one in found])), 3) for figure in found[0]}
        for name, found in told.items()
    } | {"offices": len(seeds), "budget of false alarms a day": BUDGET}  # fmt: skip


def _office(seed: int) -> tuple[Batch[Any], dict[str, str]]:
    """Every machine's hours, and what each machine is."""
    from assay.kinds.networks.reading.rows import batches

    world = network(seed, machines=MACHINES, days=DAYS, attacks=False)
    return concat([batch for batch in batches(world.rows, "x") if batch.type is Conduct]), world.roles


def _figures(hours: Batch[Any], truth: dict[str, str], seed: int, *, apart: bool) -> dict[str, float]:
    rows, machines = rows_of(hours), hours.columns["source"]
    since = hours.time - hours.time.min()
    first, last = (since >= FIRST) & (since < LEARNED * DAY), since >= LEARNED * DAY
    named = machines if apart else np.full(len(machines), "one", object)
    normal, roles, _ = learn(rows[first], hours.time[first], named[first], seed)
    mine = roles.of(named.tolist())
    limit = max(BUDGET / (first.sum() / LEARNED), 1 / (normal.held + 1))

    def told(some: np.ndarray, whose: np.ndarray) -> float:
        return float((normal.rare(with_role(some, mine[whose])) <= limit).mean())

    rng, ours = np.random.default_rng(seed), np.flatnonzero(last)
    i, j = rng.choice(ours, 2000), rng.choice(ours, 2000)
    is_ = np.array([truth[name] for name in machines], object)
    i, j = i[is_[i] != is_[j]], j[is_[i] != is_[j]]
    other, sent = rows[j].copy(), _AT["sent"]
    other[:, _AT["against its own hours"]] = other[:, sent] - (rows[i, sent] - rows[i, _AT["against its own hours"]])
    theft = rows[i].copy()
    theft[:, [sent, _AT["against its own hours"]]] += np.log(30)
    theft[:, _AT["top"]], theft[:, _AT["known"]] = 0.98, 0.0
    return {
        "false alarms a day": told(rows[last], ours) * len(ours) / (DAYS - LEARNED),
        "recall, does what another role does, with who is known": told(_known(other, 1.0), i),
        "recall, the same with somebody new": told(_known(other, 0.0), i),
        "recall, thirty times as much to somebody new": told(theft, i),
    }  # fmt: skip


def _known(rows: np.ndarray, known: float) -> np.ndarray:
    out = rows.copy()
    out[:, _AT["known"]] = known
    return out


__all__ = ["roles_bench"]
