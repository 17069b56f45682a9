"""What the novelty detector has learned, how it learns it, and the folder it is kept in (plain JSON, hashed)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.errors import InvalidSetting, ModelError
from assay.core.profile import Profile
from assay.kinds.payments.checks import PAST, CheckLimits
from assay.kinds.payments.novelty import tails as tail_model
from assay.kinds.payments.novelty.forest import Forest, grow
from assay.kinds.payments.novelty.tails import Numbers, Tails

NAME = "payments.novelty"
FILE = "novelty.json"
OWN = ("amount", "share_of_balance")  # the numbers looked at beside the profile's
_EXACT = 1000  # the most unusual held-out payments keep ranks of their own; the others share
_SCALE = 1 << 20  # weights are whole numbers of about this over a standard deviation, so scores are exact
WATCHED = CheckLimits().payees_watched  # seconds
_MOST_ROWS = 300_000  # tails and trees gain nothing from more


@dataclass(frozen=True)
class NoveltyModel:
    """weights           what a 64th of a path and a code weigh in a score, so that both vary alike
    levels, ranks     int64[k]: a score, and how many of `held_out` payments had one at most so high
    threshold         the highest score that still raises an alert: the lower, the more unusual
    budget_per_day    how many alerts a day that was to be, on the held-out days
    """

    tails: Tails
    forest: Forest
    weights: tuple[int, int]
    levels: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]
    held_out: int
    threshold: int
    budget_per_day: float

    def codes(self, batch: Batch[Any], profile: Profile) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """uint8[n, numbers], how far out each number lies, and int64[n], the table each row was compared with."""
        table = self.tails.table_of(batch.column("channel"), len(batch))
        return self.tails.codes(numbers_of(self.tails.names, batch, profile), table), table

    def scores(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """int64[n]: the lower, the more unusual. Short paths through the forest lower it (an odd combination), and so do
        high codes (odd numbers); each finds what the other misses."""
        return self.forest.scores(self.tails.by_family(codes), self.weights)

    def p_values(self, scores: npt.NDArray[np.int64]) -> Numbers:
        """float64[n]: the share of held-out payments at least so unusual, each payment counted among them (conformal:
        of ordinary payments, a share p has a p-value of at most p). Never below 1 / (held_out + 1)."""
        at = self.levels.searchsorted(scores, "left")
        rank = np.where(scores < self.levels[0], 0, self._ranks[at])
        p: Numbers = (1 + rank) / (1 + self.held_out)
        return p

    @cached_property
    def _ranks(self) -> npt.NDArray[np.int64]:
        return np.append(self.ranks, self.held_out)

    @cached_property
    def limit(self) -> float:
        """The p-value of the threshold."""
        return float(self.p_values(np.array([self.threshold]))[0])

    def save(self, folder: Path, **card: Any) -> str:
        """Writes the model folder with a card (further entries by name) and returns its version, the content hash."""
        from assay.learning import registry

        tails, forest = self.tails, self.forest
        plain = {
            "names": tails.names,
            "families": tails.families.tolist(),
            "low": tails.low.tolist(),
            "channels": tails.channels,
            # A knot that nobody reached is infinite, and so are those after it: they are left out.
            "knots": [[row[np.isfinite(row)].tolist() for row in table] for table in tails.knots],
            "feature": forest.feature.tolist(),
            "split": forest.split.tolist(),
            "right": forest.right.tolist(),
            "length": forest.length.tolist(),
            "roots": forest.roots.tolist(),
            "depth": forest.depth,
            "weights": list(self.weights),
            "levels": self.levels.tolist(),
            "ranks": self.ranks.tolist(),
            "held_out": self.held_out,
            "threshold": self.threshold,
            "budget_per_day": self.budget_per_day,
        }
        about = {"detector": NAME, "budget_per_day": self.budget_per_day, "held_out": self.held_out, **card}
        return registry.save(folder, {FILE: json.dumps(plain, separators=(",", ":"))}, about).version

    @classmethod
    def load(cls, folder: Path) -> tuple[NoveltyModel, str]:
        """The model and its version. Raises `ModelError` where the folder is not, or no longer, what was saved."""
        from assay.learning import registry

        opened = registry.open_folder(folder)
        plain = opened.json(FILE)
        try:
            model = cls._from(plain)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ModelError(f"not a novelty model: {error!r}", where=f"{folder}/{FILE}") from None
        return model, opened.version

    @classmethod
    def _from(cls, plain: dict[str, Any]) -> NoveltyModel:
        knots = np.full((len(plain["channels"]) + 1, len(plain["names"]), tail_model.CODES), np.inf)
        for t, table in enumerate(plain["knots"]):
            for j, row in enumerate(table):
                knots[t, j, : len(row)] = row
        tails = Tails(
            tuple(plain["names"]),
            np.array(plain["families"], np.int64),
            np.array(plain["low"], bool),
            tuple(plain["channels"]),
            knots,
        )
        if not (len(tails.names) == len(tails.families) == len(tails.low) > 0 <= tails.families.min()):
            raise ValueError("names, families and directions do not match")
        forest = Forest(
            np.array(plain["feature"], np.uint8),
            np.array(plain["split"], np.uint8),
            np.array(plain["right"], np.int32),
            np.array(plain["length"], np.int32),
            np.array(plain["roots"], np.int64),
            int(plain["depth"]),
        )
        forest.check(tails.family_count)
        return cls(
            tails,
            forest,
            (int(plain["weights"][0]), int(plain["weights"][1])),
            np.array(plain["levels"], np.int64),
            np.array(plain["ranks"], np.int64),
            int(plain["held_out"]),
            int(plain["threshold"]),
            float(plain["budget_per_day"]),
        )


def fit(
    batch: Batch[Any],
    profile: Profile,
    *,
    budget_per_day: float | None = None,
    seed: int = 0,
    held_out: float = 0.3,
    trees: int = 48,
    sample: int = 4096,
) -> NoveltyModel:
    """Learns what is ordinary from a batch in time order and its profile; labels are not read, some fraud does no harm.

    The first part of the time teaches, the last `held_out` share of payments sets ranks and threshold, so that
    `budget_per_day` alerts a day would have come then (default: one payment in a thousand). Give it history whose
    longest window is filled. Raises `InvalidSetting` below 2,000 payments or for a budget that is not positive.
    """
    n = len(batch)
    if n < 2000:
        raise InvalidSetting(f"{n} payments are too few to learn what is ordinary", hint="2,000 are the least")
    if budget_per_day is not None and budget_per_day <= 0:
        raise InvalidSetting("an alert budget is a positive number of alerts a day", where="budget_per_day")
    rng = np.random.default_rng(seed)
    first = int(np.searchsorted(batch.time, batch.time[int(n * (1 - held_out))], "left"))
    rows = np.arange(first)
    if first > _MOST_ROWS:
        rows = np.sort(rng.choice(first, _MOST_ROWS, replace=False))
    extra = [c for c, v in batch.columns.items() if c.startswith("extra.") and v.dtype != object]
    names = [*OWN, *extra, *tail_model.usable(profile.names)]
    numbers, channel = numbers_of(names, batch, profile), batch.column("channel")
    tails = tail_model.learn(names, numbers[rows], None if channel is None else channel[rows])
    families = tails.by_family(tails.codes(numbers, tails.table_of(channel, n)))
    forest = grow(families[rows], rng, trees=trees, sample=sample)
    paths, sums = forest.paths(families[rows]), families[rows].sum(axis=1, dtype=np.int64)
    weights = (round(_SCALE / max(1.0, float(paths.std()))), round(_SCALE / max(1.0, float(sums.std()))))
    scores = np.sort(forest.scores(families[first:], weights))
    days = max(1.0, float(batch.time[-1] - batch.time[first])) / DAY
    budget = 0.001 * len(scores) / days if budget_per_day is None else float(budget_per_day)
    levels = np.unique(np.concatenate([scores[:_EXACT], scores[_EXACT :: max(1, len(scores) // 1000)], scores[-1:]]))
    ranks = np.searchsorted(scores, levels, "right")
    threshold = _threshold(scores, budget * days)
    return NoveltyModel(tails, forest, weights, levels, ranks, len(scores), threshold, budget)


def _threshold(scores: npt.NDArray[np.int64], alerts: float) -> int:
    """The highest score that at most `alerts` of these (sorted) do not exceed; below all where that is none."""
    k = min(int(alerts), len(scores))
    if k == len(scores):
        return int(scores[-1])
    return int(scores[k]) - 1  # equal scores alert together or not at all


def numbers_of(names: tuple[str, ...] | list[str], batch: Batch[Any], profile: Profile) -> Numbers:
    """float64[n, F]: the numbers of these names, from the payment or its profile; NaN where neither has them, and for ages
    while payments have not been watched for long: everything looks new then."""
    out: Numbers = np.empty((len(batch), len(names)))
    for j in profile.spread(tuple(names), out):
        name = names[j]
        if name == "share_of_balance":
            out[:, j] = _share_of_balance(batch)
        else:
            column = batch.column(name)
            out[:, j] = np.nan if column is None or column.dtype == object else column
    if PAST in profile and (early := profile.column(PAST) < WATCHED).any():
        ages = np.array([j for j, name in enumerate(names) if name.endswith("_age")], np.intp)
        out[np.ix_(np.flatnonzero(early), ages)] = np.nan
    return out


def _share_of_balance(batch: Batch[Any]) -> Numbers:
    balance = batch.column("balance")
    if balance is None:
        return np.full(len(batch), np.nan)
    share: Numbers = batch.columns["amount"] / np.where(balance > 0, balance, np.nan)
    return share
