"""The simulated bank: a stream of payments in event-time order, with labelled fraud whose labels come late.

A day is drawn at a time from random numbers of its own, so the stream is the same for the same seed on every run and
whatever the batch size, and memory holds one day, the population, and the attacks under way. The ideas follow the
simulator of the Fraud Detection Handbook (Le Borgne et al. 2022) and AMLworld (Altman et al. 2023); the code and the
numbers are our own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.errors import InvalidSetting
from assay.kinds.payments.simulate.fraud import Underworld
from assay.kinds.payments.simulate.genuine import Town
from assay.kinds.payments.simulate.population import Population
from assay.kinds.payments.simulate.rows import INSTANT, SCENARIOS, TRANSFER, SimulatedBatch, joined, to_batch

if TYPE_CHECKING:
    import polars as pl

MATURITY = 45  # days after which a payment nobody disputed counts as genuine
_BROKE, _RICH = -2_000_00, 8  # overdraft in minor units; months of income that are left on the account


def simulate(
    seed: int = 7,
    *,
    size: int = 5000,
    days: int = 90,
    start: str = "2026-01-05",
    fraud_rate: float = 0.005,
    scenarios: Sequence[str] = SCENARIOS,
    batch: int = 8192,
) -> Iterator[SimulatedBatch]:
    """Payments of a bank with `size` customers, in time order, in batches of at most `batch`; 1.7 a customer a day.

    `truth` is 1 for fraud and 0 for genuine, `known` the moment that truth arrived; `.scenario` says which fraud.
    Card numbers and IBANs are plain, as an integrator would send them: call `.protected(seal)` as the engine does.
    `fraud_rate` is the share of payments that are fraudulent; `scenarios` may leave some kinds out: the others strike
    when they did, only balances and the names of strange devices shift. Raises `InvalidSetting` for a scenario that does not exist or a population below 50.
    """
    unknown = set(scenarios) - set(SCENARIOS)
    if unknown:
        raise InvalidSetting(f"no scenario {sorted(unknown)[0]!r}", hint="there are: " + ", ".join(SCENARIOS))
    if size < 50 or not 0 <= fraud_rate < 0.2 or batch < 1:
        raise InvalidSetting("a bank needs at least 50 customers, a fraud rate below 0.2 and batches of at least one")
    people = Population(seed, size)
    town = Town(people)
    underworld = Underworld(seed, town, fraud_rate, tuple(scenarios))
    first_day = int(np.datetime64(start, "D").astype(int))
    later: defaultdict[int, list[np.ndarray]] = defaultdict(list)
    made = 0
    for number in range(days):
        midnight = (first_day + number) * DAY
        today = town.day(np.random.default_rng([seed, 1, number]), number, midnight)
        today["known"] = today["time"] + MATURITY * DAY
        for rows in [today, *underworld.day(number, midnight, today)]:
            day = rows["time"] // DAY - first_day
            for ahead in np.unique(day).tolist():
                later[ahead].append(rows[day == ahead])
        rows = joined(later.pop(number, []))
        settle(people, rows)
        for at in range(0, len(rows), batch):
            part = rows[at : at + batch]
            yield to_batch(part, people, [f"{seed}-{made + at + i}" for i in range(len(part))])
        made += len(rows)


def settle(people: Population, rows: np.ndarray) -> None:
    """Move the money: fill `balance` (of the paying account, before the payment) where the payment is a transfer, and
    carry every account into the next day. `rows` are one day's, in time order."""
    n, moved = len(rows), rows["declined"] == 0
    pays = rows["customer"] >= 0
    gets = (rows["payee"] >= 0) & (rows["payee"] < people.customers) & moved
    account = np.concatenate([rows["customer"][pays], rows["payee"][gets]]).astype(np.int64)
    order = np.concatenate([2 * np.flatnonzero(pays), 2 * np.flatnonzero(gets) + 1])
    change = np.concatenate([-(rows["minor"] * moved)[pays], rows["minor"][gets]])
    by_account = np.argsort(account * (2 * n) + order)
    account, order, change = account[by_account], order[by_account], change[by_account]
    before = np.cumsum(change) - change
    first = np.flatnonzero(np.diff(account, prepend=-1))
    before += np.repeat(people.balance[account[first]] - before[first], np.diff(first, append=len(account)))
    paying = order % 2 == 0
    told = np.isin(rows["channel"], (TRANSFER, INSTANT))
    of_row = np.zeros(n, np.int64)
    of_row[order[paying] // 2] = before[paying]
    show = pays & told
    rows["balance"][show] = of_row[show]
    np.add.at(people.balance, account, change)
    # Savings: what is over some months of income goes elsewhere, and what is short comes back from there.
    ceiling = people.income * (100 * _RICH)
    people.balance[: people.people] = np.clip(people.balance[: people.people], _BROKE, np.maximum(ceiling, 200_000))
    people.balance[people.people :] = 10**10


def frame(batch: Batch[Any]) -> pl.DataFrame:
    """A batch as a table: id, time, the evidence with plain card numbers and IBANs, `label`, `label_time`, `scenario`.

    `scenario` is for tables of figures; whoever trains on it has read the answer.
    """
    import polars as pl

    from assay.formats.table_writer import frame_of

    table = frame_of(batch)
    if isinstance(batch, SimulatedBatch):
        table = table.with_columns(pl.Series("scenario", batch.scenario.tolist(), dtype=pl.String))
    return table


__all__ = ["MATURITY", "SCENARIOS", "SimulatedBatch", "frame", "simulate"]
