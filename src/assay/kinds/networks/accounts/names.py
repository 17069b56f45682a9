"""`Naming`s: what a client asked below one domain. `Search`es: which domains a client asked for in an hour, and which of them do
not exist. Reverse and local names are left out."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.evidence import Naming, Search
from assay.kinds.networks.places import registered

if TYPE_CHECKING:
    import polars as pl

DAY, HOUR, PACE = 86_400_000_000, 3_600_000_000, 600_000_000
LEAST_NAMES = 8  # below which an account of names would say nothing
MOST_TOLD = 200  # domains of one hour that are listed
UNUSUAL = ("TXT", "NULL", "CNAME", "MX", "SRV", "KEY", "PRIVATE", "ANY", "HINFO", "TYPE65399")


def _with_domains(lookups: pl.DataFrame | None) -> pl.DataFrame | None:
    import polars as pl

    if lookups is None:
        return None
    names = lookups["name"].unique().to_list()
    split = [registered(n or "") for n in names]
    known = pl.DataFrame(
        {"name": names, "below": [b for b, _ in split], "domain": [d for _, d in split]},
        schema={"name": pl.String, "below": pl.String, "domain": pl.String},
    )
    told = lookups.join(known, on="name", how="left", maintain_order="left").filter(pl.col("domain") != "")
    return told if len(told) else None


def namings(lookups: pl.DataFrame | None, memory: Memory, name: str) -> Batch[Any] | None:
    """Of every client and domain with enough names, by days from its first question. `memory` comes to know who asks below which
    domain."""
    import polars as pl

    told = _with_domains(lookups)
    if told is None:
        return None
    for source, domain, first in told.group_by("source", "domain").agg(pl.col("time").min()).iter_rows():
        memory.remember((source, domain), first)
    who = ["source", "domain", "day"]
    told = told.with_columns(
        ((pl.col("time") - pl.col("time").min().over("source", "domain")) // DAY).alias("day"),
        pl.col("type").fill_null("").is_in(UNUSUAL).alias("unusual"),
        (pl.col("code") == "NXDOMAIN").fill_null(False).alias("absent"),
    )
    groups = told.group_by(who, maintain_order=True).agg(
        pl.len().alias("queries"), pl.col("below").n_unique().alias("names"), pl.col("unusual").mean(),
        pl.col("absent").mean(), pl.col("time").min().alias("first"), pl.col("time").max().alias("last"),
    ).filter(pl.col("names") >= LEAST_NAMES)  # fmt: skip
    if not len(groups):
        return None
    told = told.join(groups.select(who), on=who, how="semi", maintain_order="left")
    fresh = told.unique([*who, "below"], keep="first", maintain_order=True).with_columns(
        (pl.col("time") // PACE).alias("bin"), pl.col("below").str.len_chars().alias("length")
    )
    pace = fresh.group_by([*who, "bin"]).len().group_by(who).agg(pl.col("len").max().alias("pace"))
    below = fresh.group_by(who).agg(
        pl.col("below").head(5000), pl.col("length").mean(), pl.col("length").sum().alias("sum")
    )
    groups = groups.join(pace, on=who, maintain_order="left").join(below, on=who, maintain_order="left")
    entropy = np.array([bits(Counter("".join(b).replace(".", ""))) for b in groups["below"].to_list()])
    sources, domains = groups["source"].to_list(), groups["domain"].to_list()
    queries, names = groups["queries"].to_numpy().astype(float), groups["names"].to_numpy().astype(float)
    columns = {
        "source": column(sources, numeric=False), "destination": column([d[:255] for d in domains], numeric=False),
        "queries": queries, "names": names, "length": groups["length"].to_numpy(), "entropy": entropy,
        "unusual": groups["unusual"].to_numpy().astype(float), "fresh": np.minimum(1.0, names / queries),
        "absent": groups["absent"].to_numpy().astype(float), "pace": groups["pace"].to_numpy().astype(float),
        "others": memory.others(domains),
        "carried": groups["sum"].to_numpy() * entropy / 8,
        "seconds": (groups["last"] - groups["first"]).to_numpy() / 1e6,
    }  # fmt: skip
    ids = [
        f"{name}:names:{s}>{d}:{k}"[-128:] for s, d, k in zip(sources, domains, groups["day"].to_list(), strict=True)
    ]
    return Batch(Naming, ids, groups["last"].to_numpy().astype(np.int64), columns)


def bits(counts: Counter[str]) -> float:
    """Shannon entropy in bits a character."""
    total = sum(counts.values())
    return -sum(n / total * math.log2(n / total) for n in counts.values()) if total else 0.0


def searches(lookups: pl.DataFrame | None, name: str) -> Batch[Any] | None:
    """Of every client and hour in which it asked for anything."""
    import polars as pl

    told = _with_domains(lookups)
    if told is None:
        return None
    who = ["source", "hour"]
    told = told.with_columns(
        (pl.col("time") // HOUR).alias("hour"), (pl.col("code") == "NXDOMAIN").fill_null(False).alias("absent")
    )
    domains = told.group_by([*who, "domain"], maintain_order=True).agg(pl.col("absent").all(), pl.col("time").max())
    groups = domains.group_by(who, maintain_order=True).agg(
        pl.len().alias("asked"), pl.col("absent").sum().alias("missing"), pl.col("time").max().alias("last"),
        pl.col("domain").filter(pl.col("absent")).head(MOST_TOLD).alias("absent"),
        pl.col("domain").filter(~pl.col("absent")).head(MOST_TOLD).alias("present"),
    )  # fmt: skip
    sources = groups["source"].to_list()
    columns = {
        "source": column(sources, numeric=False),
        "asked": groups["asked"].to_numpy().astype(float), "missing": groups["missing"].to_numpy().astype(float),
        "absent": column([" ".join(d) for d in groups["absent"].to_list()], numeric=False),
        "present": column([" ".join(d) for d in groups["present"].to_list()], numeric=False),
    }  # fmt: skip
    ids = [f"{name}:search:{s}:{h}"[-128:] for s, h in zip(sources, groups["hour"].to_list(), strict=True)]
    return Batch(Search, ids, groups["last"].to_numpy().astype(np.int64), columns)


__all__ = ["bits", "namings", "searches"]
