"""The same 12 features the way others compute them. Each takes the payments with integer ids and works them all out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from assay.bench.profiles.history import History

_DAYS = (1, 7, 30)


def polars(history: History) -> None:
    """`DataFrame.rolling` for each entity and window; two threads where there are two cores."""
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
    for days in _DAYS:
        of_customer = frame.rolling("t", period=f"{days}d", group_by="customer")
        of_customer.agg(pl.len().alias("n"), pl.col("minor").mean())
        of_terminal = frame.rolling("t", period=f"{days}d", offset=f"-{days + 7}d", group_by="terminal")
        of_terminal.agg(pl.len().alias("n"), pl.col("fraud").mean())


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
    """`TimeRolling` statistics per key, an event at a time. They forget only when they learn, so that a terminal's numbers
    with labels a week late are not on offer: here labels come at once, which is less work."""
    from datetime import datetime

    from river import stats, utils

    periods = [timedelta(days=days) for days in _DAYS]
    state: dict[tuple[str, int], list[Any]] = {}
    start = datetime(1970, 1, 1)  # river compares with naive moments
    rows = zip(*(c.tolist() for c in (history.time, history.customer, history.terminal)), strict=True)
    values = zip(history.minor.tolist(), history.fraud.astype(float).tolist(), strict=True)
    for (time, customer, terminal), (minor, fraud) in zip(rows, values, strict=True):
        moment = start + timedelta(microseconds=time)
        for key, value in ((("customer", customer), minor), (("terminal", terminal), fraud)):
            rolling = state.get(key)
            if rolling is None:
                rolling = state[key] = [utils.TimeRolling(stats.Mean(), p) for p in periods]
            for one in rolling:
                one.update(value, t=moment)
                one.get()  # the mean; its `n` is the count
