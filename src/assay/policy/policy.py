"""A policy: versioned rules and a cost model that turn findings into decisions, column by column.

Every rule that holds narrows the outcomes still open to the row, and an earlier rule is never loosened by a later one;
among those left, the outcome with the least expected loss is taken, as far as the review budget goes. A policy has no
state and reads no clock, so a replay decides as the live engine did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from assay.core.decision import Outcome
from assay.core.errors import InvalidPolicy
from assay.policy.budget import Budget, least, ration
from assay.policy.costs import Costs
from assay.policy.expression import Expression, Names, Scope, Vector
from assay.policy.expression.scope import highest_probability
from assay.policy.view import View

_NO_THRESHOLD, _NO_RULE = np.array([-np.inf]), np.int32(-1)
_ALLOW, _BLOCK = int(Outcome.ALLOW), int(Outcome.BLOCK)  # numpy is slow with enums


@dataclass(frozen=True)
class Rule:
    """Where `when` holds (and the event time is in [since, until)), the outcome lies in lowest..highest.

    `settles`: it named one outcome. `reason`: a code or a sentence for the decision's reasons; may be empty. `line`:
    where it stands in the file, from 1.
    """

    name: str
    when: Expression
    lowest: Outcome
    highest: Outcome
    reason: str = ""
    since: int | None = None
    until: int | None = None
    line: int = 0

    @property
    def effect(self) -> str:
        """In the policy's own words, such as "block" or "at_least review"."""
        if self.settles:
            return self.lowest.word
        low = f"at_least {self.lowest.word}" if self.lowest > Outcome.ALLOW else ""
        high = f"at_most {self.highest.word}" if self.highest < Outcome.BLOCK else ""
        return " ".join(part for part in (low, high) if part)

    @property
    def settles(self) -> bool:
        return self.lowest == self.highest

    def active(self, time: np.ndarray) -> np.ndarray | None:
        """bool[n]; None: always."""
        if self.since is None and self.until is None:
            return None
        early = time >= (-(2**63) if self.since is None else self.since)
        return np.asarray(early & (time < self.until) if self.until is not None else early)


@dataclass(frozen=True)
class PolicyResult:
    """Decisions over n rows.

    outcome        int8[n], values of `Outcome`
    probability    float64[n], the probability weighed; NaN where unknown
    expected_loss  float64[n], of the outcome taken; NaN where the cost model could not speak
    losses         float64[4, n], of every outcome
    rule           int32[n], index into `rules` of the rule that settled or shifted the outcome; -1: the cost model did
    reasons        the rules' reasons, in the order of `rules`
    unknown        rule name (or costs.<name>, probability) -> rows where it could not be evaluated; a rule so did not fire
    gain           float64[n], what a review saves against the next best outcome; NaN where a review was not in question
    """

    outcome: np.ndarray
    probability: np.ndarray
    expected_loss: np.ndarray
    losses: np.ndarray
    rule: np.ndarray
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    policy: str
    unknown: dict[str, int]
    gain: np.ndarray

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True)
class Policy:
    """Read one with `Policy.load` or `Policy.parse`; both raise `InvalidPolicy` with every mistake found."""

    name: str
    version: str
    about: str
    applies_to: tuple[str, ...]
    names: Names = field(repr=False)
    costs: Costs | None
    rules: tuple[Rule, ...]
    probability: Expression | None = None
    otherwise: Outcome = Outcome.REVIEW
    budget: Budget | None = None
    text: str = field(default="", repr=False)
    where: str = "policy"
    folder: Path | None = None

    @classmethod
    def load(cls, path: Path | str, names: Names | None = None) -> Policy:
        """From a file. `names`: see `names_of`; by default what the rooms of `applies_to` declare."""
        from assay.policy.reading import load

        return load(Path(path), names)

    @classmethod
    def parse(cls, text: str, where: str = "policy", names: Names | None = None, folder: Path | None = None) -> Policy:
        """From text. `where` names it in errors; `folder` is where its list files are looked for."""
        from assay.policy.reading import parse

        return parse(text, where, names, folder)

    def holding(self, more: Mapping[str, Sequence[str]]) -> Policy:
        """This policy with more values on its lists (name -> values, in this order behind its own; a list of numbers reads them as
        such, names that it has no list of are left out). Raises `InvalidPolicy` where they fit no expression."""
        from assay.policy.reading import parse

        more = {name: values for name, values in more.items() if values and name in self.names.lists}
        return parse(self.text, self.where, folder=self.folder, more=more) if more else self

    @cached_property
    def identity(self) -> str:
        """`name@version+hash`: the hash is of the file and of the lists it reads, so any change shows."""
        digest = hashlib.sha256(self.text.encode())
        for name in sorted(self.names.lists):
            digest.update(repr((name, self.names.lists[name])).encode())
        return f"{self.name}@{self.version}+{digest.hexdigest()[:8]}"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The costs and the budget, key and text, for a page."""
        costs = self.costs
        found = [] if costs is None else [(name, getattr(costs, name).text) for name in costs.__dataclass_fields__]
        for share in self.budget.shares if self.budget else ():
            where = f" where {share.when.text}" if share.when else ""
            found.append(("reviews_per_day", f"{share.reviews_per_day:g}{where}"))
            if share.threshold is not None:
                found.append(("threshold", f"{share.threshold:g}"))
        return (*found, ("otherwise", self.otherwise.word))

    @cached_property
    def _otherwise(self) -> int:
        return int(self.otherwise)

    @cached_property
    def _told(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names and reasons of the rules."""
        return tuple(rule.name for rule in self.rules), tuple(rule.reason for rule in self.rules)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The dotted names that any of its expressions reads."""
        return frozenset().union(*(expression.reads for expression in self._expressions()))

    @cached_property
    def asks(self) -> frozenset[str]:
        """The reason codes (or `room.*`) that any of its expressions asks of open findings."""
        return frozenset().union(*(expression.asks for expression in self._expressions()))

    @cached_property
    def feels(self) -> bool:
        """Does any of its expressions ask for open campaigns?"""
        return any(name.startswith("campaign.") for name in self.reads)

    def _expressions(self) -> list[Expression]:
        costs = (
            () if self.costs is None else tuple(getattr(self.costs, name) for name in self.costs.__dataclass_fields__)
        )
        shares = self.budget.shares if self.budget else ()
        whens = (*(rule.when for rule in self.rules), *(share.when for share in shares))
        return [e for e in (self.probability, *costs, *whens) if e is not None]

    def at_stake(self, view: View) -> np.ndarray:
        """float64[n]: what is at stake in each row by the cost model; NaN where unknown or without one."""
        n = len(view.batch)
        if self.costs is None:
            return np.full(n, np.nan)
        values, known = self.costs.at_stake.evaluate(Scope(view, self.names.fields))
        return np.broadcast_to(values if known is None else np.where(known, values, np.nan), n).astype(np.float64)

    def losses(self, view: View, probability: np.ndarray) -> np.ndarray:
        """float64[4, n]: what each outcome would lose at these probabilities (NaN: unknown), in the order of `Outcome`."""
        scope = Scope(view, self.names.fields)
        scope.probability = Vector(probability, ~np.isnan(probability))
        if self.costs is None:
            return np.full((4, len(probability)), np.nan)
        with np.errstate(all="ignore"):
            return self.costs.losses(scope, probability, {})

    def decide(self, view: View) -> PolicyResult:
        """The decisions for every row of a view. Pure; a batch of one gives the bits that a batch of many does."""
        tag = view.batch.type.tag()
        if tag not in self.applies_to:
            raise InvalidPolicy(f"{self.name} decides {', '.join(self.applies_to)}, not {tag}", where=self.where)
        n = len(view.batch)
        unknown: dict[str, int] = {}
        scope = Scope(view, self.names.fields)
        with np.errstate(all="ignore"):
            p = self._weigh(scope, n, unknown)
            losses = np.full((4, n), np.nan) if self.costs is None else self.costs.losses(scope, p, unknown)
            lowest, highest, raised, lowered, settled = self._bounds(scope, n, unknown)
            free, best = least(losses)
            mute = np.isnan(best)
            free[mute] = self._otherwise
            outcome = free.copy()
            narrowed = np.flatnonzero((lowest > _ALLOW) | (highest < _BLOCK))
            if len(narrowed):
                low, high = lowest[narrowed], highest[narrowed]
                within, _ = least(losses[:, narrowed], low, high)
                outcome[narrowed] = np.where(mute[narrowed], np.clip(free[narrowed], low, high), within)
            thresholds = _NO_THRESHOLD if self.budget is None else self.budget.thresholds(scope, n)
            gain = ration(losses, outcome, lowest, highest, thresholds)
        rule = np.where(free < lowest, raised, np.where(free > highest, lowered, _NO_RULE))
        rule = np.where(settled >= 0, settled, rule)
        expected = losses[outcome, np.arange(n)]
        names, reasons = self._told
        return PolicyResult(outcome, p, expected, losses, rule, names, reasons, self.identity, unknown, gain)

    def share_of(self, view: View) -> np.ndarray:
        """int32[n]: the share of the review budget each row falls under; -1 for none."""
        n = len(view.batch)
        return np.full(n, -1, np.int32) if self.budget is None else self.budget.share_of(self.scope(view), n)

    def scope(self, view: View) -> Scope:
        """Where this policy's expressions are evaluated: the view, with the probability weighed."""
        scope = Scope(view, self.names.fields)
        with np.errstate(all="ignore"):
            self._weigh(scope, len(view.batch), {})
        return scope

    def _weigh(self, scope: Scope, n: int, unknown: dict[str, int]) -> np.ndarray:
        if self.probability is None:
            weighed = highest_probability(scope.view)
        else:
            values, known = self.probability.run(scope)
            fine = (values >= 0.0) & (values <= 1.0)
            weighed = Vector(values, fine if known is None else fine & known)
        scope.probability = weighed
        values, known = weighed
        p = np.broadcast_to(values if known is None else np.where(known, values, np.nan), n).astype(np.float64)
        if known is not None:
            unknown["probability"] = int(np.count_nonzero(np.isnan(p)))
        return p

    def _bounds(self, scope: Scope, n: int, unknown: dict[str, int]) -> tuple[np.ndarray, ...]:
        """int8 lowest, highest; int32 the rule that raised, lowered and settled each row, or -1."""
        lowest, highest = np.zeros(n, np.int8), np.full(n, _BLOCK, np.int8)
        raised, lowered, settled = np.full((3, n), -1, np.int32)
        for k, rule in enumerate(self.rules):
            held, known = rule.when.run(scope)
            active = rule.active(scope.view.batch.time)
            if known is not None:
                blank = ~known & (lowest < highest)
                count = int(np.count_nonzero(blank if active is None else blank & active))
                if count:
                    unknown[rule.name] = count
            held = held if active is None else held & active
            if not np.count_nonzero(held):
                continue
            rows = np.flatnonzero(np.broadcast_to(held, n))
            old_low, old_high = lowest[rows], highest[rows]
            low = np.minimum(np.maximum(old_low, np.int8(int(rule.lowest))), old_high)
            high = np.minimum(np.maximum(old_low, np.int8(int(rule.highest))), old_high)
            raised[rows[low != old_low]] = k
            lowered[rows[high != old_high]] = k
            if rule.settles:
                settled[rows[old_low != old_high]] = k
            lowest[rows], highest[rows] = low, high
        return lowest, highest, raised, lowered, settled
