"""`assay train networks`: what is normal on this network, from logs of a time when nothing was wrong, or hardly anything.

The last quarter of the time is held out to rank against. Rows that the rest makes strange are left out and the learning is done
again, so that a few attacks in the logs do not become normal; what is left out stays in the ranks' tail.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay import __version__
from assay.core.batch import Batch
from assay.core.errors import AssayError, UnreadableInput
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.anomaly.hours import COLUMNS, rows_of
from assay.kinds.networks.anomaly.normal import Normal
from assay.kinds.networks.anomaly.past import FILE, Past
from assay.kinds.networks.evidence import Conduct
from assay.learning import TrainReport, TrainRequest, registry

NAME = "networks.anomalies"
LEAST = 200  # hours of machines, below which nothing is learned
TRIM = 0.02  # share of rows left out as too strange to be learned from
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
    seed = int(request.options.get("seed", 1))
    normal, figures = learn(rows_of(hours), hours.time, seed)
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


def learn(rows: np.ndarray, time: np.ndarray, seed: int = 1) -> tuple[Normal, dict[str, Any]]:
    """`rows` float64[n, k], `time` int64[n]. The later rows are held out; the strangest of the earlier are not learned."""
    order = np.argsort(time, kind="stable")
    cut = int(len(rows) * (1 - _HELD))
    early, late = rows[order[:cut]], rows[order[cut:]]
    first = Normal.learn(early, late, list(COLUMNS), seed=seed)
    strange = first.score(early)
    kept = early[strange <= np.quantile(strange, 1 - TRIM)]
    normal = Normal.learn(kept, late, list(COLUMNS), seed=seed)
    return normal, {
        "hours": len(rows),
        "learned from": len(kept),
        "left out": len(early) - len(kept),
        "held out": len(late),
    }


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
