"""`assay train networks`: what is normal on this network, from logs of a time when nothing was wrong, or hardly anything.

Every fourth day is held out to rank against (of less than four days the last quarter): weekends stand among what is learned and what is
held out alike. Whoever owns a machine while we learn could teach us his ways: so each
machine's hours are first judged by what the others do, and what is strange to all others is not learned; but a machine that was strange
from its first hours on is one of its own kind, as many a server is.
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
from assay.kinds.networks.anomaly import roles as roles_
from assay.kinds.networks.anomaly.hours import COLUMNS, rows_of
from assay.kinds.networks.anomaly.normal import Normal
from assay.kinds.networks.anomaly.past import FILE, Past
from assay.kinds.networks.anomaly.roles import Roles, with_role
from assay.kinds.networks.evidence import Conduct
from assay.learning import TrainReport, TrainRequest, registry

NAME = "networks.anomalies"
LEAST = 200  # hours of machines, below which nothing is learned
TRIM = 0.01  # share of other machines' hours that are as strange, from which on an hour is not learned
PARTS = 4
FIRST = 6 * 3_600_000_000  # microseconds
OWN_KIND = 0.5  # share of a machine's first hours that are strange to all others, from which it is of its own kind
EVERY = 4  # days of which one is held out


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
    normal, roles, figures = learn(rows_of(hours), hours.time, hours.columns["source"], seed)
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
    kept = {"normal.json": normal.plain(), FILE: Past.of_memory(memory).plain(), roles_.FILE: roles.plain()}
    files = {name: registry.dumps(plain) for name, plain in kept.items()}
    folder = registry.save(request.out, files, card)
    return TrainReport(request.out, folder.version, figures)


def learn(
    rows: np.ndarray, time: np.ndarray, machines: np.ndarray, seed: int = 1
) -> tuple[Normal, Roles, dict[str, Any]]:
    """`rows` float64[n, k], `time` int64[n], `machines` object[n]. Of all rows those go that are strange to the machines of other
    parts (each machine falls into one of `PARTS`)."""
    order = np.argsort(time, kind="stable")
    rows, time, machines = rows[order], time[order], machines[order]
    roles = Roles.learn(rows, time, machines)
    rows = with_role(rows, roles.of(machines.tolist()))
    held = _held(time)
    strange = _strange(rows, held, machines, seed)
    normal = _learned(rows[~held & ~strange], rows[held & ~strange], seed)
    figures = {
        "hours": len(rows), "learned from": int((~held & ~strange).sum()), "held out": int((held & ~strange).sum()),
        "left out": int(strange.sum()), "roles": roles.count,
        "votes": {name: round(weight, 2) for name, weight in normal.weighs.items()},
    }  # fmt: skip
    return normal, roles, figures


def _held(time: np.ndarray) -> np.ndarray:
    """bool[n]: the rows held out, of those in order of time."""
    day = (time - time[0]) // 86_400_000_000
    return (
        day % EVERY == EVERY - 1 if day[-1] >= EVERY - 1 else np.arange(len(time)) >= int(len(time) * (1 - 1 / EVERY))
    )


def _learned(rows: np.ndarray, held: np.ndarray, seed: int) -> Normal:
    return Normal.learn(rows, held, [*COLUMNS, "role"], frozenset([len(COLUMNS)]), seed)


def _strange(rows: np.ndarray, held: np.ndarray, machines: np.ndarray, seed: int) -> np.ndarray:
    """bool[n]: what is strange to the machines of other parts, and is not of a machine of its own kind."""
    part = keys_of(list(machines)) % np.uint64(PARTS)
    strange = np.zeros(len(rows), bool)
    for p in range(PARTS):
        others, ours = part != p, np.flatnonzero(part == p)
        if others.sum() < LEAST // 2 or not len(ours):
            continue
        judge = _learned(rows[others & ~held], rows[others & held], seed)
        strange[ours] = judge.rare(rows[ours]) <= TRIM
    for name in set(machines[strange].tolist()):
        theirs = np.flatnonzero(machines == name)
        if strange[theirs[: max(1, len(theirs) // 3)]].mean() >= OWN_KIND:
            strange[theirs] = False
    return strange


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
