"""`Sweep`s: one source that tries many. Failed first contacts within five minutes are counted as Zeek's scan script counts them,
and the sequential test of Jung, Paxson, Berger and Balakrishnan (2004) weighs all first contacts of the day in their order: a
scanner fails four times of five, a user succeeds four times of five. Logins are connections to one service of one host again and
again, within ten minutes; those count as failed that were in vain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.networks.evidence import Sweep
from assay.kinds.networks.places import external, internal, sides_of

if TYPE_CHECKING:
    import polars as pl

SPAN, LOGIN_SPAN = 300_000_000, 600_000_000  # microseconds
LEAST, LEAST_LOGINS = 10, 20  # targets, connections from which an account is told
STEP = math.log10(0.8 / 0.2)  # what one outcome weighs in the sequential test
LOGINS = (21, 22, 23, 25, 110, 139, 143, 389, 445, 465, 587, 993, 995, 1433, 3306, 3389, 5432, 5900, 5985, 5986, 6379)
SHORT, LITTLE = 15.0, 20_000  # seconds and bytes in both directions of an attempt to log in
MOST = 10_000  # accounts of one log
MOST_TARGETS = 100_000  # of one account that are weighed
_CLEAR = ("open", "attempt", "rejected")


def account(flows: pl.DataFrame | None, name: str) -> Batch[Any] | None:
    """Of connections whose outcome is known; of UDP an answer is the outcome."""
    import polars as pl

    if flows is None:
        return None
    known = flows.filter(pl.col("state").is_in(_CLEAR)).with_columns((pl.col("state") != "open").alias("failed"))
    if not len(known):
        return None
    rows: list[tuple[Any, ...]] = []
    transport = known.filter(pl.col("protocol").is_in(["tcp", "udp", "icmp"]))
    rows += _forms(transport, "hosts", ["source", "protocol", "port"], "destination")
    rows += _forms(
        transport.filter(pl.col("protocol") != "icmp"), "ports", ["source", "protocol", "destination"], "port"
    )
    rows += _retries(known.filter(pl.col("protocol") == "tcp"))
    rows += _logins(known.filter((pl.col("protocol") == "tcp") & pl.col("port").is_in(LOGINS) & ~pl.col("failed")))
    if not rows:
        return None
    names = ("form", "source", "destination", "port", "tried", "failed", "seconds", "odds", "inside", "last")
    parts = dict(zip(names, zip(*rows[:MOST], strict=True), strict=True))
    last = np.array(parts.pop("last"), np.int64)
    columns = {
        k: column(v, numeric=False) if k in ("form", "source", "destination") else np.array(v, np.float64)
        for k, v in parts.items()
    }
    inside, _ = sides_of(flows)
    columns["ours"] = np.array([float(s in inside) for s in columns["source"]])
    ids = [f"{name}:{r[0]}:{r[1]}>{r[2]}:{int(r[3])}"[-128:] for r in rows[:MOST]]
    return Batch(Sweep, ids, last, columns)


def _forms(known: pl.DataFrame, form: str, group: list[str], target: str) -> list[tuple[Any, ...]]:
    import polars as pl

    first = known.group_by([*group, target], maintain_order=True).agg(pl.col("time").min(), pl.col("failed").all())
    many = first.group_by(group, maintain_order=True).agg(
        pl.col("failed").sum().alias("bad"), pl.len().alias("targets")
    ).filter(pl.col("bad") >= LEAST)  # fmt: skip
    out = []
    for key in many.head(MOST).iter_rows(named=True):
        rows = first.filter(pl.all_horizontal(pl.col(k) == key[k] for k in group)).sort("time").head(MOST_TARGETS)
        time, failed = rows["time"].to_numpy(), rows["failed"].to_numpy()
        bad, at = densest(time[failed], SPAN)
        begin = int(time[failed][at])
        within = (time >= begin) & (time < begin + SPAN)
        tried = int(within.sum())
        targets = rows[target].to_list()
        inside = (
            float(np.mean([internal(str(t)) for t in targets[:1000]]))
            if form == "hosts"
            else float(internal(str(key["destination"])))
        )
        destination = "" if form == "hosts" else key["destination"]
        odds, port = weigh(failed), float(key["port"]) if form == "hosts" else 0.0
        out.append((
            form, key["source"], destination, port, float(tried), float(bad), float((time[within].max() - begin) / 1e6), odds, inside,
            int(time[-1]),
        ))  # fmt: skip
        if int(failed.sum()) > bad:
            out.append((
                f"slow-{form}", key["source"], destination, port, float(len(time)), float(failed.sum()),
                float((time[-1] - time[0]) / 1e6), odds, inside, int(time[-1]),
            ))  # fmt: skip
    return out


def weigh(failed: np.ndarray) -> float:
    """log10 of the odds that the sequential test reaches: each failure adds, each success takes away, never below none."""
    steps = np.where(failed, STEP, -STEP).cumsum()
    return float(np.max(steps - np.minimum(np.minimum.accumulate(steps), 0.0), initial=0.0))


def densest(time: np.ndarray, span: int) -> tuple[int, int]:
    """The most times within any `span` (sorted, ascending), and the place of the first of them."""
    counts = np.searchsorted(time, time + span, side="left") - np.arange(len(time))
    at = int(np.argmax(counts))
    return int(counts[at]), at


def _retries(known: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Of one port of one host outside that hardly ever opens."""
    import polars as pl

    group = ["source", "destination", "port"]
    many = known.group_by(group, maintain_order=True).agg(
        pl.len(), pl.col("failed").mean().alias("share"), pl.col("time").filter(pl.col("failed"))
    ).filter((pl.col("len") >= LEAST_LOGINS) & (pl.col("share") >= 0.9))  # fmt: skip
    out = []
    for row in many.head(MOST).iter_rows(named=True):
        time = np.sort(np.array(row["time"], np.int64))
        count, at = densest(time, LOGIN_SPAN)
        if count >= LEAST_LOGINS and external(row["destination"]):
            seconds = (time[at + count - 1] - time[at]) / 1e6
            out.append((
                "retries", row["source"], row["destination"], float(row["port"]), float(row["len"]),
                float(round(row["share"] * row["len"])), float(seconds), 0.0, 0.0, int(time[-1]),
            ))  # fmt: skip
    return out


def _logins(opened: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Of one service of one host. In vain was what ended soon and moved little: a clone of sources ends as soon, and does not."""
    import polars as pl

    group = ["source", "destination", "port"]
    moved = pl.sum_horizontal(pl.col("sent", "received").fill_nan(None).fill_null(0.0))
    vain = (pl.col("duration").fill_nan(None) < SHORT) & (moved <= LITTLE)
    many = opened.group_by(group, maintain_order=True).agg(
        pl.len(), pl.col("time"), vain.mean().fill_null(0.0).alias("vain")
    ).filter(pl.col("len") >= LEAST_LOGINS)  # fmt: skip
    out = []
    for row in many.head(MOST).iter_rows(named=True):
        time = np.sort(np.array(row["time"], np.int64))
        count, at = densest(time, LOGIN_SPAN)
        if count >= LEAST_LOGINS:
            seconds = (time[at + count - 1] - time[at]) / 1e6
            out.append((
                "logins", row["source"], row["destination"], float(row["port"]), float(count), float(round(row["vain"] * count)),
                float(seconds), 0.0, float(internal(row["destination"])), int(time[-1]),
            ))  # fmt: skip
    return out


__all__ = ["LOGINS", "account", "densest", "weigh"]
