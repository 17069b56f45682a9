"""The same 12 features the way others compute them. Each takes the payments with integer ids and works them all out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from assay.bench.profiles.history import History

_DAYS = (1, 7, 30)


def polars(history: History) -> None:
    """`rolling` for each entity and window over payments sorted by entity, all six at once on every core: the fastest of
    four ways tried (`rolling_sum_by(...).over(...)` takes a quarter longer, `rolling` unsorted six times as long)."""
    import polars as pl

    frame = pl.DataFrame(
        {
            "t": pl.from_numpy(history.time, schema=["t"])["t"].cast(pl.Datetime("us")),
            "customer": history.customer.astype(np.int32),
            "terminal": history.terminal.astype(np.int32),
            "minor": history.minor,
            "fraud": history.fraud.astype(np.int64),
        }
    )
    queries = []
    for entity, value, delay in (("customer", "minor", 0), ("terminal", "fraud", 7)):
        ordered = frame.select("t", entity, value).sort(entity, "t").lazy()
        for days in _DAYS:
            window = ordered.rolling("t", period=f"{days}d", offset=f"-{days + delay}d", group_by=entity)
            read = window.agg(pl.len().alias("n"), pl.col(value).sum())
            queries.append(read.with_columns((pl.col(value) / pl.col("n")).fill_nan(0)))
    pl.collect_all(queries)


def pandas(history: History) -> None:
    """The way of the Handbook, chapter 3.5: a group-by-apply of time rolling per customer and per terminal."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "t": pd.to_datetime(history.time, unit="us"),
            "customer": history.customer,
            "terminal": history.terminal,
            "amount": history.minor / 100,
            "fraud": history.fraud.astype(int),
        }
    )

    def of_customer(group: Any) -> Any:
        group = group.sort_values("t").set_index("t")
        for days in _DAYS:
            total = group["amount"].rolling(f"{days}d").sum()
            n = group["amount"].rolling(f"{days}d").count()
            group[f"n_{days}"], group[f"mean_{days}"] = n, total / n
        return group

    def of_terminal(group: Any) -> Any:
        group = group.sort_values("t").set_index("t")
        late_frauds, late_n = group["fraud"].rolling("7d").sum(), group["fraud"].rolling("7d").count()
        for days in _DAYS:
            n = group["fraud"].rolling(f"{days + 7}d").count() - late_n
            group[f"n_{days}"] = n
            group[f"rate_{days}"] = (group["fraud"].rolling(f"{days + 7}d").sum() - late_frauds) / n
        return group.fillna(0)

    for entity, of in (("customer", of_customer), ("terminal", of_terminal)):
        frame.groupby(entity)[list(frame.columns)].apply(of)


def duckdb(history: History) -> None:
    """One SQL query of range windows; two threads where there are two cores."""
    import duckdb as db

    seconds = history.time // 1_000_000
    names = ("t", "customer", "terminal", "minor", "fraud")
    columns = (seconds, history.customer, history.terminal, history.minor, history.fraud.astype(np.int64))
    table = dict(zip(names, columns, strict=True))
    windows, chosen = [], []
    for days in _DAYS:
        span = days * 86_400 - 1
        delay = 7 * 86_400
        windows.append(f"c{days} AS (PARTITION BY customer ORDER BY t RANGE BETWEEN {span} PRECEDING AND CURRENT ROW)")
        windows.append(
            f"m{days} AS (PARTITION BY terminal ORDER BY t RANGE BETWEEN {span + delay} PRECEDING AND {delay} PRECEDING)"
        )
        chosen.append(f"count(*) OVER c{days}, avg(minor) OVER c{days}, count(*) OVER m{days}, avg(fraud) OVER m{days}")
    with db.connect() as connection:
        connection.register("payments", table)
        connection.execute(f"SELECT {', '.join(chosen)} FROM payments WINDOW {', '.join(windows)}").fetchnumpy()


def river(history: History) -> None:
    """`TimeRolling` means per key, an event at a time; their `n` is the count. A terminal's delayed window is the
    difference of two, as in the Handbook, with labels at once: river has no way to have them come late."""
    from datetime import datetime

    from river import stats, utils

    of_customer, of_terminal = ([timedelta(days=days) for days in spans] for spans in (_DAYS, (7, 8, 14, 37)))
    customers: dict[int, list[Any]] = {}
    terminals: dict[int, list[Any]] = {}
    start = datetime(1970, 1, 1)  # river compares with naive moments
    rows = (history.time, history.customer, history.minor, history.terminal, history.fraud.astype(np.float64))
    for time, customer, minor, terminal, fraud in zip(*(column.tolist() for column in rows), strict=True):
        moment = start + timedelta(microseconds=time)
        for past, key, value, periods in (
            (customers, customer, minor, of_customer),
            (terminals, terminal, fraud, of_terminal),
        ):
            rolling = past.get(key)
            if rolling is None:
                rolling = past[key] = [utils.TimeRolling(stats.Mean(), period) for period in periods]
            for one in rolling:
                one.update(value, t=moment)
                one.get()
