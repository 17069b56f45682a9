"""A small made-up world of card payments in which fraud can be learned: stolen cards spend many times the usual, and
compromised terminals defraud everybody for a while. Not the simulated bank: other habits, other lengths, other rates."""

import numpy as np
import polars as pl

from assay.core.clock import DAY, SECOND

START = 20_000 * DAY
MAPPING = """
kind: payment
fields:
  id: ref
  time: {column: when, unit: s}
  amount: {column: cents, scale: 0.01}
  customer: who
  terminal: where
  channel: how
label: {column: bad, fraud: ["1"], delay: 5d}
extra: [mood, distance]
"""


def table(days=60, customers=300, terminals=200, seed=0):
    """polars.DataFrame in time order; `cause` is 0 genuine, 1 stolen card, 2 compromised terminal."""
    rng = np.random.default_rng(seed)
    n = days * customers
    when = np.sort(rng.integers(0, days * DAY // SECOND, n))
    who = rng.integers(0, customers, n)
    where = (who + rng.integers(0, 12, n)) % terminals
    usual = rng.lognormal(3, 0.6, customers)
    cents = np.rint(100 * usual[who] * rng.lognormal(0, 0.4, n)).astype(np.int64) + 1
    cause, day = np.zeros(n, np.int64), when * SECOND // DAY
    for start in range(0, days, 2):
        victim = (who == rng.integers(customers)) & (day >= start) & (day < start + 9)
        cause[victim & (rng.random(n) < 0.5)] = 1
        bad = (where == rng.integers(terminals)) & (day >= start) & (day < start + 17)
        cause[bad & (cause == 0)] = 2
    cents[cause == 1] *= 6
    return pl.DataFrame({
        "ref": [f"p{i}" for i in range(n)],
        "when": when + START // SECOND,
        "cents": cents,
        "who": [f"c{i}" for i in who],
        "where": [f"t{i}" for i in where],
        "how": np.where(rng.random(n) < 0.3, "online", "shop"),
        "mood": np.array(["good", "bad", "odd"])[rng.integers(0, 3, n)],
        "distance": np.where(cause > 0, rng.exponential(30, n), rng.exponential(20, n)),
        "bad": (cause > 0).astype(int),
        "cause": cause,
    })  # fmt: skip


def write(folder, frame, mapping=MAPPING):
    """The table as csv with its mapping beside; the table's path."""
    path = folder / "payments.csv"
    frame.write_csv(path)
    (folder / "payments.mapping.yaml").write_text(mapping)
    return path
