"""`Contact`s: every pair from inside to outside, over that of its days which looks most like a machine's. A connection whose
server said its name counts for the name, any other for the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch, concat
from assay.core.evidence import column
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.evidence import Contact
from assay.kinds.networks.places import sides_of

if TYPE_CHECKING:
    import polars as pl

MOST_PAIRS = 5_000_000
MOST_DAYS = 62
MOST = 86_400  # connections a day, from which a pair has no score
CHATTER = (53, 123, 137, 138, 1900, 5353, 5355)
DAY = 86_400


def account(
    flows: pl.DataFrame | None,
    hellos: pl.DataFrame | None,
    requests: pl.DataFrame | None,
    memory: Memory,
    name: str,
    since: int | None = None,
) -> Batch[Any] | None:
    """From connections; where a log has none, from its handshakes and requests, which tell times and no sizes. `since` seconds,
    where it is known that watching began before the first of these."""
    import polars as pl

    pairs = _pairs(_connections(flows, hellos, requests))
    if pairs is None:
        return None
    keys = pairs.select("source", "destination").unique(maintain_order=True).head(MOST_PAIRS).with_row_index("pair")
    pairs = pairs.join(keys, on=["source", "destination"], maintain_order="left")
    times = pairs["time"].to_numpy()
    first = pairs.group_by("source", "destination").agg(pl.col("time").min())
    for source, destination, when in first.iter_rows():
        memory.remember((source, destination), when)
    whole, pair = _by_day(pairs, len(keys), memory, name, since)
    best = whole.take(_most_even(whole, pair))
    began, last = memory.since or int(times.min()), int(times.max())
    met = [memory.days.get(p, began) for p in zip(best.columns["source"], best.columns["destination"], strict=True)]
    best.columns |= {
        "before": np.maximum(0.0, np.array(met) - began) / 1e6, "watched": np.full(len(best), (last - began) / 1e6),
    }  # fmt: skip
    return best


def _connections(
    flows: pl.DataFrame | None, hellos: pl.DataFrame | None, requests: pl.DataFrame | None
) -> pl.DataFrame | None:
    import polars as pl

    if flows is not None:
        # Resolvers and clocks are asked all day; what hides in DNS shows in its names.
        return flows.filter(~(pl.col("port").is_in(CHATTER) & (pl.col("protocol") != "tcp")))
    parts = []
    if hellos is not None:
        parts.append(hellos.select("time", "source", "destination", "name", pl.lit(0.0).alias("sent")))
    if requests is not None:
        host, sent = pl.col("host").alias("name"), pl.col("sent").fill_nan(0.0)
        parts.append(requests.select("time", "source", "destination", host, sent))
    return pl.concat(parts).sort("time").with_columns(pl.lit(0.0).alias("duration")) if parts else None


def _pairs(connections: pl.DataFrame | None) -> pl.DataFrame | None:
    """Those from inside to outside, by the name of the destination where it is known."""
    import polars as pl

    if connections is None:
        return None
    named = pl.col("name").fill_null("").str.len_chars() > 0
    pairs = connections.select(
        "time", "source", pl.col("destination").alias("address"),
        pl.when(named).then("name").otherwise("destination").alias("destination"),
        pl.col("sent").fill_nan(0.0).fill_null(0.0), pl.col("duration").fill_nan(0.0).fill_null(0.0),
        *(c for c in ("state", "port") if c in connections.columns),
    )  # fmt: skip
    inside, outside = sides_of(pairs)
    pairs = pairs.filter(pl.col("source").is_in(list(inside)) & pl.col("destination").is_in(list(outside)))
    return pairs if len(pairs) else None


def _by_day(pairs: pl.DataFrame, n: int, memory: Memory, name: str, since: int | None) -> tuple[Batch[Any], np.ndarray]:
    """A contact for each day of each of `n` pairs, and which pair each is of."""
    import polars as pl

    time = pairs["time"].to_numpy() // 1_000_000
    day = (int(time.max()) - time) // DAY  # counted back from the last, so that the latest day is whole
    days, at = [], []
    for k in sorted(set(day.tolist()))[:MOST_DAYS]:
        of_day = pairs.filter(pl.Series(day == k))
        here = of_day.unique("pair", keep="first", maintain_order=True)
        numbers = np.full(n, -1, np.int64)
        numbers[here["pair"].to_numpy()] = np.arange(len(here))
        called = f"{name}:{k}" if k else name
        days.append(_batch(here, numbers[of_day["pair"].to_numpy()], of_day, memory, called, since))
        at.append(here["pair"].to_numpy())
    return concat(days), np.concatenate(at)


def _most_even(days: Batch[Any], pair: np.ndarray) -> np.ndarray:
    """The place of each pair's day that counts: by score and share of even gaps; of days alike to a tenth the one with most
    connections, and of those the latest."""
    columns = days.columns
    even = np.nan_to_num(columns["score"]) + columns["even"] / np.maximum(columns["gaps"], 1)
    even = np.where(columns["count"] >= MOST, 3.0, even)
    order = np.lexsort((np.arange(len(pair))[::-1], columns["count"], np.floor(10 * even), pair))
    return np.sort(order[np.append(np.flatnonzero(np.diff(pair[order])), len(pair) - 1)])


def _batch(
    keys: pl.DataFrame, pair: np.ndarray, rows: pl.DataFrame, memory: Memory, name: str, since: int | None
) -> Batch[Any]:
    from assay.kinds.networks.beacons import beacon_scores, beats, rhythms  # compiled: not before it is needed

    n, exact, sent, lasted = len(keys), rows["time"].to_numpy(), rows["sent"].to_numpy(), rows["duration"].to_numpy()
    time = exact // 1_000_000
    found = beacon_scores(pair, time, sent.astype(np.int64), n, since)
    order = np.lexsort((exact, pair))
    bounds = np.searchsorted(pair[order], np.arange(n + 1))
    sorted_time = time[order]
    last = sorted_time[bounds[1:] - 1]
    beat = beats(exact[order], bounds)
    sources, destinations = keys["source"].to_list(), keys["destination"].to_list()
    others = memory.others(destinations)
    longest = np.zeros(n)
    np.maximum.at(longest, pair, lasted)
    columns = {
        "source": column(sources, numeric=False),
        "destination": column([d[:255] for d in destinations], numeric=False),
        "address": column([a[:64] for a in keys["address"].to_list()], numeric=False),
        "port": keys["port"].to_numpy().astype(float) if "port" in keys.columns else np.zeros(n),
        "count": np.bincount(pair, minlength=n).astype(np.float64),
        "score": found.score, "interval": found.interval, "size": found.size,
        "histogram": found.histogram, "duration": found.duration,
        "hosts": np.minimum(1.0, (others + 1) / max(len(memory.machines), 1)), "others": others,
        "period": beat.period,
        "gaps": beat.gaps.astype(np.float64),
        "even": beat.even.astype(np.float64),
        "sent": np.bincount(pair, sent, minlength=n),
        "seconds": longest,
        "rhythm": column(rhythms(sorted_time, bounds, found.score), numeric=False),
    }  # fmt: skip
    ids = [f"{name}:{s}>{d}"[-128:] for s, d in zip(sources, destinations, strict=True)]
    return Batch(Contact, ids, last * 1_000_000, columns)


__all__ = ["account"]
