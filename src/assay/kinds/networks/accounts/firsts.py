"""`FirstSeen`: a server's certificate, a client's fingerprint, a protocol of administration between two machines inside, when
each is met for the first time. How long was watched before stands beside it: in the first hours everything is new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.networks.accounts.conduct import ADMIN
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.evidence import FirstSeen
from assay.kinds.networks.places import external, internal

if TYPE_CHECKING:
    import polars as pl

DAY = 86_400_000_000
MOST = 100_000
Told = tuple[int, str, str, str, str, float, float, float, float]


def account(flows: pl.DataFrame | None, hellos: pl.DataFrame | None, memory: Memory, name: str) -> Batch[Any] | None:
    """In order of time; everything is remembered in `memory`."""
    times = [int(t["time"].min()) for t in (flows, hellos) if t is not None]  # type: ignore[arg-type]
    if not times:
        return None
    memory.begin(min(times))
    told: list[Told] = []
    if hellos is not None:
        told += _hellos(hellos, memory)
    if flows is not None:
        told += _edges(flows, memory)
    if not told:
        return None
    told = sorted(told, key=lambda t: t[0])[:MOST]
    time, what, source, destination, value, port, times_, edges, before = zip(*told, strict=True)
    columns = {
        "what": column(what, numeric=False), "source": column(source, numeric=False),
        "destination": column(destination, numeric=False), "value": column([v[:512] for v in value], numeric=False),
        "port": np.array(port), "times": np.array(times_), "edges": np.array(edges), "before": np.array(before),
    }  # fmt: skip
    ids = [f"{name}:first:{w}:{i}"[-128:] for i, w in enumerate(what)]
    return Batch(FirstSeen, ids, np.array(time, np.int64), columns)


def _hellos(hellos: pl.DataFrame, memory: Memory) -> Iterator[Told]:
    import polars as pl

    began = memory.since or 0
    certificates = hellos.filter(pl.col("certificate").fill_null("") != "").unique(
        "certificate", keep="first", maintain_order=True
    )
    for row in certificates.iter_rows(named=True):
        if memory.meet(("certificate", row["certificate"]), row["time"]) and external(row["destination"]):
            own = bool(row["subject"]) and row["subject"] == row["issuer"]
            yield (row["time"], "self-signed" if own else "certificate", row["source"], row["destination"],
                   f"{row['certificate']} {row['subject'] or ''}".strip(), row["port"] or 0.0, 1.0, 0.0, (row["time"] - began) / 1e6)  # fmt: skip
    print_ = pl.when(pl.col("ja4").fill_null("") != "").then("ja4").otherwise("ja3").alias("print")
    prints = hellos.with_columns(print_).filter(pl.col("print").fill_null("") != "")
    first = prints.group_by("print", maintain_order=True).agg(
        pl.col("time").min(), pl.col("source").first(), pl.col("destination").first(), pl.col("port").first(), pl.len(),
        pl.col("destination").n_unique().alias("servers"), pl.col("source").n_unique().alias("clients"),
    )  # fmt: skip
    for row in first.sort("time").iter_rows(named=True):
        if memory.meet(("fingerprint", row["print"]), row["time"]) and internal(row["source"]):
            yield (row["time"], "fingerprint", row["source"], row["destination"], row["print"], row["port"] or 0.0,
                   float(row["clients"]), float(row["servers"]), (row["time"] - began) / 1e6)  # fmt: skip


def _edges(flows: pl.DataFrame, memory: Memory) -> Iterator[Told]:
    """Machines that one begins to administer within a day of the first are told once: `times` is how many, `edges` how many doors
    the source had opened before. A door that several machines use is a service of theirs, and no step of anybody's."""
    import polars as pl

    began = memory.since or 0
    admin = flows.filter(pl.col("port").is_in(ADMIN) & (pl.col("protocol") == "tcp") & (pl.col("state") == "open"))
    first = (
        admin.group_by(["source", "destination", "port"], maintain_order=True).agg(pl.col("time").min()).sort("time")
    )
    had: dict[str, int] = {}
    steps: dict[str, list[list[tuple[int, str, float]]]] = {}
    for source, destination, port, time in first.iter_rows():
        if not (internal(source) and internal(destination)) or source == destination:
            continue
        had.setdefault(source, memory.administered.get(source, 0))
        door = (destination, str(int(port)))
        if memory.meet(("admin", source, *door), time) and not memory.serves(*door):
            theirs = steps.setdefault(source, [])
            if not theirs or time - theirs[-1][0][0] >= DAY:
                theirs.append([])
            theirs[-1].append((time, destination, port))
    for source, theirs in steps.items():
        for met in theirs:
            time, destination, port = met[0]
            count = len({d for _, d, _ in met})
            yield (met[-1][0], "admin", source, destination, f"{count} machines in {(met[-1][0] - time) / 3.6e9:.1f} h", port,
                   float(count), float(had[source]), (time - began) / 1e6)  # fmt: skip
            had[source] += len(met)


__all__ = ["account"]
