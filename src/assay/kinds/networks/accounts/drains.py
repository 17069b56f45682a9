"""`Drain`s: what a machine sent to one owner outside over a whole log, where it is much and took hours. What goes out in small
parts is in no hour remarkable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.networks.accounts.conduct import HOUR, middle_of, with_owners
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.evidence import Drain
from assay.kinds.networks.places import sides_of

if TYPE_CHECKING:
    import polars as pl

LEAST, LEAST_HOURS = 50e6, 4  # bytes, hours


def account(flows: pl.DataFrame | None, memory: Memory, name: str) -> Batch[Any] | None:
    """After `conduct`, which remembers the machines' hours and whom they met."""
    import polars as pl

    if flows is None:
        return None
    inside, outside = sides_of(flows)
    leaving = flows.filter(pl.col("source").is_in(list(inside)) & pl.col("destination").is_in(list(outside)))
    sums = with_owners(leaving).group_by("source", "owner", maintain_order=True).agg(
        pl.col("sent", "received").fill_nan(0.0).sum(), pl.col("spoken").sum(), pl.col("destination").first(),
        (pl.col("time") // HOUR).n_unique().alias("hours"), pl.col("time").max().alias("last"),
    ).filter((pl.col("sent") >= LEAST) & (pl.col("hours") >= LEAST_HOURS))  # fmt: skip
    if not len(sums):
        return None
    sources, owners = sums["source"].to_list(), sums["owner"].to_list()
    began = memory.since or 0
    first = np.array([memory.days.get(pair, began) for pair in zip(sources, owners, strict=True)])
    to = [d if "/" in owner else owner for owner, d in zip(owners, sums["destination"].to_list(), strict=True)]
    hours = [memory.hours.get(source, []) for source in sources]
    columns = {
        "source": column(sources, numeric=False), "destination": column(to, numeric=False),
        "address": column(sums["destination"].to_list(), numeric=False),
        **{figure: sums[figure].to_numpy().astype(float) for figure in ("sent", "received", "hours")},
        "before": np.maximum(0.0, first - began) / 1e6,
        "spoken": sums["spoken"].to_numpy() / np.maximum(sums["sent"].to_numpy(), 1e-9), "others": memory.others(owners),
        "usual": np.array([middle_of(logs)[0] for logs in hours]), "past": np.array([float(len(logs)) for logs in hours]),
    }  # fmt: skip
    ids = [f"{name}:drain:{s}>{d}"[-128:] for s, d in zip(sources, to, strict=True)]
    return Batch(Drain, ids, sums["last"].to_numpy().astype(np.int64), columns)


__all__ = ["account"]
