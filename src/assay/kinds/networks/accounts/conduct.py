"""`Conduct`: each machine inside by the hour, beside its own earlier hours. Earlier hours are those in which it sent anything to
the outside; who got most, by domain or network, is known where the machine met them before the three hours up to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.networks.accounts.memory import MOST_HOURS, Memory
from assay.kinds.networks.evidence import Conduct
from assay.kinds.networks.places import internal, owner_of, sides_of

if TYPE_CHECKING:
    import polars as pl

HOUR = 3_600_000_000
SETTLED = 3 * HOUR  # microseconds after which a destination once met is a known one
ADMIN = (22, 23, 135, 139, 445, 3389, 5900, 5985, 5986)
CALLS = (*range(3478, 3482), *range(8801, 8811), 5004, 9000, *range(19302, 19310))
"""Ports of UDP that voices and pictures of calls go by: STUN and TURN (RFC 8489), and what the makers of such programs publish."""
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
    leaving = with_owners(ours.filter(pl.col("leaves")))
    met = (
        leaving.group_by([*who, "owner"], maintain_order=True)
        .agg(pl.col("sent", "received", "spoken").sum(), pl.col("time").min(), pl.col("destination").first())
        .sort([*who, "sent"], descending=[False, False, True], maintain_order=True)
    )
    best = {(row[0], row[1]): _Best(*row[2:]) for row in met.unique(who, keep="first", maintain_order=True).iter_rows()}
    firsts = met.group_by("source", "owner").agg(pl.col("time").min(), pl.col("destination").first())
    for source, owner, first, address in firsts.iter_rows():
        for whose in dict.fromkeys((owner, owner_of("", address))):  # another log may know no names
            memory.remember((source, whose), first)
    return _batch(hours, best, memory, name)


class _Best(NamedTuple):
    """Who got most in an hour."""

    owner: str = ""
    sent: float = 0.0
    received: float = 0.0
    spoken: float = 0.0
    first: int = 0
    destination: str = ""


def with_owners(leaving: pl.DataFrame) -> pl.DataFrame:
    """Connections to the outside with columns `owner`, and `spoken`: what was sent in calls."""
    import polars as pl

    ends = leaving.select("name", "destination").unique(maintain_order=True)
    owners = [owner_of(name or "", address or "") for name, address in ends.iter_rows()]
    ends = ends.with_columns(pl.Series("owner", owners, dtype=pl.String))
    call = (pl.col("protocol") == "udp") & pl.col("port").is_in(CALLS)
    told = leaving.with_columns(pl.when(call).then(pl.col("sent").fill_nan(0.0)).otherwise(0.0).alias("spoken"))
    return told.join(ends, on=["name", "destination"], how="left", maintain_order="left", nulls_equal=True)


def _batch(hours: pl.DataFrame, best: dict[tuple[str, int], _Best], memory: Memory, name: str) -> Batch[Any]:
    tops, known, usual, spread, past = [], [], [], [], []
    for source, hour, sent in hours.select("source", "hour", "sent").iter_rows():
        earlier = memory.hours.setdefault(source, [])
        top = best.get((source, hour), _Best())
        tops.append(top)
        since = memory.days.get((source, top.owner), 1 << 62)
        known.append(float(since <= hour * HOUR - SETTLED))
        past.append(float(len(earlier)))
        middle, apart = middle_of(earlier)
        usual.append(middle)
        spread.append(apart)
        if sent > 0:
            earlier.append(float(np.log1p(sent)))
            del earlier[:-MOST_HOURS]
    sources = hours["source"].to_list()
    # A name is told by its domain; an address as it is, so that it can be looked up.
    destination = [top.destination if "/" in top.owner else top.owner for top in tops]
    columns = {
        "source": column(sources, numeric=False), "destination": column(destination, numeric=False),
        "address": column([top.destination for top in tops], numeric=False),
    }  # fmt: skip
    columns |= {figure: hours[figure].to_numpy().astype(float) for figure in _FIGURES}
    top_sent = np.array([top.sent for top in tops])
    columns |= {
        "top": np.minimum(1.0, top_sent / np.maximum(columns["sent"], 1e-9)), "top_sent": top_sent,
        "top_received": np.array([top.received for top in tops]), "known": np.array(known),
        "spoken": np.array([top.spoken / max(top.sent, 1e-9) for top in tops]), "others": memory.others(top.owner for top in tops),
        "usual": np.array(usual), "spread": np.array(spread), "past": np.array(past),
    }  # fmt: skip
    ids = [f"{name}:hour:{s}:{h}"[-128:] for s, h in zip(sources, hours["hour"].to_list(), strict=True)]
    return Batch(Conduct, ids, hours["last"].to_numpy().astype(np.int64), columns)


def middle_of(logs: list[float]) -> tuple[float, float]:
    """Median, and median deviation from it; NaN where there is nothing."""
    if not logs:
        return float("nan"), float("nan")
    values = np.array(logs)
    middle = float(np.median(values))
    return middle, float(np.median(np.abs(values - middle)))


__all__ = ["ADMIN", "HOUR", "account", "middle_of", "with_owners"]
