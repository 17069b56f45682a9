"""`Conduct`: each machine inside by the hour, beside its own earlier hours. Earlier hours are those in which it sent anything to
the outside; the destination that got most is known where the machine met it before the three hours up to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.networks.accounts.memory import MOST_HOURS, Memory
from assay.kinds.networks.evidence import Conduct
from assay.kinds.networks.places import internal, sides_of

if TYPE_CHECKING:
    import polars as pl

HOUR = 3_600_000_000
SETTLED = 3 * HOUR  # microseconds after which a destination once met is a known one
ADMIN = (22, 23, 135, 139, 445, 3389, 5900, 5985, 5986)
_FIGURES = ("sent", "received", "connections", "failed", "outside", "inside", "ports", "admin", "longest")


def account(flows: pl.DataFrame | None, memory: Memory, name: str) -> Batch[Any] | None:
    """In order of time; `memory` goes on from one log to the next."""
    import polars as pl

    if flows is None:
        return None
    destinations = flows["destination"].unique().to_list()
    found, leaving_to = sides_of(flows)
    outside, inside = list(leaving_to), list(found | {d for d in destinations if d and internal(d)})
    ours = flows.filter(pl.col("source").is_in(list(found))).with_columns(
        (pl.col("time") // HOUR).alias("hour"), pl.col("destination").is_in(outside).alias("leaves"),
        pl.col("destination").is_in(inside).alias("stays"),
        pl.col("sent").fill_nan(0.0).fill_null(0.0), pl.col("received").fill_nan(0.0).fill_null(0.0),
        pl.col("duration").fill_nan(0.0).fill_null(0.0),
    )  # fmt: skip
    if not len(ours):
        return None
    who = ["source", "hour"]
    hours = ours.group_by(who).agg(
        pl.col("sent").filter(pl.col("leaves")).sum(), pl.col("received").filter(pl.col("leaves")).sum(),
        pl.len().alias("connections"), pl.col("state").is_in(["attempt", "rejected"]).sum().alias("failed"),
        pl.col("destination").filter(pl.col("leaves")).n_unique().alias("outside"),
        pl.col("destination").filter(pl.col("stays")).n_unique().alias("inside"), pl.col("port").n_unique().alias("ports"),
        pl.col("destination").filter(pl.col("stays") & pl.col("port").is_in(ADMIN)).n_unique().alias("admin"),
        pl.col("duration").max().alias("longest"), pl.col("time").max().alias("last"),
    ).sort(["hour", "source"])  # fmt: skip
    leaving = ours.filter(pl.col("leaves"))
    met = (
        leaving.group_by([*who, "destination"])
        .agg(pl.col("sent").sum(), pl.col("time").min())
        .sort([*who, "sent"], descending=[False, False, True])
    )
    best = {
        (s, h): (d, b)
        for s, h, d, b in met.group_by(who, maintain_order=True)
        .first()
        .select([*who, "destination", "sent"])
        .iter_rows()
    }
    firsts = {(s, d): t for s, d, t in met.group_by("source", "destination").agg(pl.col("time").min()).iter_rows()}
    return _batch(hours, best, firsts, memory, name)


def _batch(
    hours: pl.DataFrame, best: dict[tuple[str, int], tuple[str, float]], firsts: dict[tuple[str, str], int], memory: Memory,
    name: str,
) -> Batch[Any]:  # fmt: skip
    destination, top, top_sent, known, usual, spread, past = [], [], [], [], [], [], []
    for source, hour, sent in hours.select("source", "hour", "sent").iter_rows():
        earlier = memory.hours.setdefault(source, [])
        there, amount = best.get((source, hour), ("", 0.0))
        destination.append(there)
        top.append(amount / sent if sent > 0 else 0.0)
        top_sent.append(amount)
        since = min(memory.days.get((source, there), 1 << 62), firsts.get((source, there), 1 << 62))
        known.append(float(since <= hour * HOUR - SETTLED))
        past.append(float(len(earlier)))
        if earlier:
            logs = np.array(earlier)
            middle = float(np.median(logs))
            usual.append(middle)
            spread.append(float(np.median(np.abs(logs - middle))))
        else:
            usual.append(float("nan"))
            spread.append(float("nan"))
        if sent > 0:
            earlier.append(float(np.log1p(sent)))
            del earlier[:-MOST_HOURS]
    for pair, first in firsts.items():
        memory.remember(pair, first)
    sources = hours["source"].to_list()
    columns = {"source": column(sources, numeric=False), "destination": column(destination, numeric=False)}
    columns |= {figure: hours[figure].to_numpy().astype(float) for figure in _FIGURES}
    columns |= {
        "top": np.minimum(1.0, np.array(top)), "top_sent": np.array(top_sent), "known": np.array(known),
        "usual": np.array(usual), "spread": np.array(spread), "past": np.array(past),
    }  # fmt: skip
    ids = [f"{name}:hour:{s}:{h}"[-128:] for s, h in zip(sources, hours["hour"].to_list(), strict=True)]
    return Batch(Conduct, ids, hours["last"].to_numpy().astype(np.int64), columns)


__all__ = ["ADMIN", "account"]
