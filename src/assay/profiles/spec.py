"""What a room asks profiles to keep: declared window features. A declaration is data; `assay.profiles.Profiles` runs it.

Windows are exact at every event, in event time, and half-open: the window `w` at time t is `(t - w, t]`. Events of the
same time count in arrival order, up to and including the event itself. A delayed window is `(t - delay - w, t - delay]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from assay.core.clock import parse_duration

Stat = Literal[
    "count",  # events in the window, this one included
    "sum", "mean", "std", "min", "max",  # of column `of`, this event included; std is the population's
    "distinct",  # different values of entity or text column `of`
    "ratio",  # this event's `of` over the mean of the window's earlier events; NaN without any
    "zscore",  # (this `of` - mean of earlier events) / their population std; NaN with fewer than 2 or std 0
    "previous",  # `of` at the entity's previous event that had a value there (this event never); NaN without one
    "last_seen",  # event time of the entity's previous event, seconds since 1970; NaN without one
    "time_since",  # seconds since the entity's previous event; NaN without one
    "age",  # seconds since the entity's first event ever; 0 at the first
    # With `of`, last_seen and time_since speak of the previous event that had a value there.
    # Labels. Only labels that had arrived by t are known; events younger than `delay` do not count.
    "frauds",  # known frauds in the delayed window
    "fraud_rate",  # frauds / events of the delayed window; 0 without events
    "fraud_run",  # length of the unbroken run of known frauds that ends the delayed past; 0 without
    "fraud_run_age",  # seconds since that run's first event; NaN without
    "since_fraud",  # seconds since the last known fraud of the delayed past; NaN without
    "clean_since_fraud",  # events of the delayed past after that fraud; NaN without
    "unlabelled",  # events in (t - delay, t]
]  # fmt: skip


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One number kept per entity and read at every event.

    entity  an entity kind, a pair such as "customer+payee", or the first one present: "customer|card|account"; "*" is
            everything together
    stat    see `Stat`
    of      the column it reads (a number; for `distinct`, an entity kind or a text column)
    window  such as "7d"; not for last_seen, time_since, age; label run stats use it as how far back they look
    delay   label delay, such as "7d"
    where   a boolean column: only events where it is true count (this event counts only if true); or a condition on
            another feature, read at each event: "customer_amount_ratio_90d > 3", or "not customer_amount_ratio_90d > 3",
            which also counts events without that number
    at      look the numbers up under this entity's id instead, without counting this event: entity "payee" at
            "account" is what this account has itself received
    """

    entity: str
    stat: Stat
    of: str = ""
    window: str = ""
    delay: str = ""
    where: str = ""
    at: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """The feature's name: its own, or made from the parts, such as `customer_amount_mean_7d`."""
        at = f"at_{self.at}" if self.at else ""
        where = self.where.replace(" > ", "_over_").replace(" ", "_")
        parts = (self.entity.replace("|", "_or_"), at, where, self.of, self.stat, self.window)
        delayed = f"after_{self.delay}" if self.delay else ""
        return self.name or "_".join(part for part in (*parts, delayed) if part).replace("+", "_")

    @property
    def width(self) -> int:
        """The window in microseconds; 0 where it has none."""
        return parse_duration(self.window) if self.window else 0

    @property
    def lag(self) -> int:
        """The delay in microseconds."""
        return parse_duration(self.delay) if self.delay else 0


def windows(
    entity: str, stats: Sequence[Stat], widths: Sequence[str], *, of: str = "", delay: str = "", where: str = ""
) -> list[Feature]:
    """The product of stats and widths over one entity: the usual way to declare a family of features."""
    return [
        Feature(entity=entity, stat=stat, of="" if stat == "count" else of, window=width, delay=delay, where=where)
        for stat in stats
        for width in widths
    ]
