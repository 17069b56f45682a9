"""`assay train networks`: what is normal on this network, from logs of a time when nothing was wrong, or hardly anything.

The last quarter of the time is held out to rank against. Whoever owns a machine while we learn could teach us his ways: so each
machine's hours are first judged by what the others do, and what is strange to all others is not learned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay import __version__
from assay.core.batch import Batch
from assay.core.errors import AssayError, UnreadableInput
from assay.core.keys import keys_of
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.anomaly.hours import COLUMNS, rows_of
from assay.kinds.networks.anomaly.normal import Normal
from assay.kinds.networks.anomaly.past import FILE, Past
from assay.kinds.networks.evidence import Conduct
from assay.learning import TrainReport, TrainRequest, registry

NAME = "networks.anomalies"
LEAST = 200  # hours of machines, below which nothing is learned
TRIM = 0.01  # share of other machines' hours that are as strange, from which on an hour is not learned
PARTS = 4
FIRST = 6 * 3_600_000_000  # microseconds
_HELD = 0.25  # of the time


def train(request: TrainRequest) -> TrainReport:
    """`request.data`: a log or a folder of logs; or a text file of names, for the model of made-up names."""
    from assay.core.kind import sniff
    from assay.kinds.networks import KIND

    if request.data.is_file() and sniff(request.data, [KIND]) is None:
        from assay.kinds.networks.generated import train as names

        return names.train(request)
    memory = Memory()
    hours, refused = hours_of(request.data, memory)
    if hours is None or len(hours) < LEAST:
        found = 0 if hours is None else len(hours)
        raise AssayError(
            f"{found} hours of machines were found", where=str(request.data), hint=f"at least {LEAST} are needed"
        )
    # In the first hours everything is new: they would teach that new is usual.
    settled = hours.time >= int(hours.time.min()) + FIRST
    hours = hours.take(settled) if settled.sum() >= LEAST else hours
    seed = int(request.options.get("seed", 1))
    normal, figures = learn(rows_of(hours), hours.time, hours.columns["source"], seed)
    figures["machines"] = len(set(hours.columns["source"].tolist()))
    figures["hours a day"] = round(
        len(hours) / max((int(hours.time.max()) - int(hours.time.min())) / 86_400e6, 1 / 24), 1
    )
    figures["lines refused"] = refused
    card = {
        "detector": NAME, "assay": __version__, "figures": figures,
        "about": "How rare an hour of a machine is among this network's normal hours.",
        "data": [{"name": request.data.name, "sha256": registry.file_hash(request.data), "rows": len(hours),
                  "licence": str(request.options.get("licence", "unknown"))}],
        "fails": "A machine that was owned throughout the learning time; attacks that fit into an ordinary hour; another network.",
    }  # fmt: skip
    files = {"normal.json": registry.dumps(normal.plain()), FILE: registry.dumps(Past.of_memory(memory).plain())}
    folder = registry.save(request.out, files, card)
    return TrainReport(request.out, folder.version, figures)


def learn(rows: np.ndarray, time: np.ndarray, machines: np.ndarray, seed: int = 1) -> tuple[Normal, dict[str, Any]]:
    """`rows` float64[n, k], `time` int64[n], `machines` object[n]. The later rows are held out; of all rows those go that are
    strange to the machines of other parts (each machine falls into one of `PARTS`)."""
    order = np.argsort(time, kind="stable")
    rows, time, machines = rows[order], time[order], machines[order]
    cut = int(len(rows) * (1 - _HELD))
    part = keys_of(list(machines)) % np.uint64(PARTS)
    strange = np.zeros(len(rows), bool)
    for p in range(PARTS):
        others, ours = np.flatnonzero(part != p), np.flatnonzero(part == p)
        if len(others) < LEAST // 2 or not len(ours):
            continue
        first = int(len(others) * (1 - _HELD))
        judge = Normal.learn(rows[others[:first]], rows[others[first:]], list(COLUMNS), seed=seed)
        strange[ours] = judge.rare(rows[ours]) <= TRIM
    learned, held = ~strange & (np.arange(len(rows)) < cut), ~strange & (np.arange(len(rows)) >= cut)
    normal = Normal.learn(rows[learned], rows[held], list(COLUMNS), seed=seed)
    figures = {
        "hours": len(rows), "learned from": int(learned.sum()), "held out": int(held.sum()), "left out": int(strange.sum()),
        "votes": {name: round(weight, 2) for name, weight in normal.weighs.items()},
    }  # fmt: skip
    return normal, figures


def hours_of(path: Path, memory: Memory) -> tuple[Batch[Any] | None, int]:
    """Every machine's hours in a log or folder of logs, in order of the files' names, as rotated logs are called; and how many
    lines were refused. `memory` goes on through all of them."""
    from assay.core.batch import concat
    from assay.core.kind import load, sniff
    from assay.kinds.networks import KIND
    from assay.kinds.networks.reading.rows import batches

    found, refused = [], 0

    def refuse(_error: Any) -> None:
        nonlocal refused
        refused += 1

    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        known = sniff(file, [KIND])
        if known is None:
            continue
        try:
            rows = load(f"{type(known[1]).__module__}:rows")(file, refuse)
            found += [b for b in batches(rows, file.name, memory) if b.type is Conduct]
        except (UnreadableInput, OSError):
            refused += 1
    return (concat(found) if found else None), refused


__all__ = ["LEAST", "NAME", "hours_of", "learn", "train"]
