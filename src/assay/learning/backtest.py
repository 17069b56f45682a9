"""What a policy would have done on history, beside another one (or beside letting everything through).

Both policies decide the same recorded views. Money is reckoned by one cost model, the candidate's, with the truth in the
place of the probability: a reviewed fraud counts as stopped to the share that reviews stop, a blocked genuine payment
costs what the model says. Only labels known by the end of the history count; what is unlabelled is counted and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from assay.core.clock import DAY, iso
from assay.core.decision import OUTCOMES
from assay.core.errors import InvalidSetting
from assay.learning.consequences import Rows, Side, between, figures, plain, share, weekly, weeks
from assay.learning.history import segment, segment_names
from assay.policy import Policy, PolicyResult, fit_budget
from assay.policy.view import View

EXAMPLES = 20
MOST_GROUPS = 20
CANDIDATE, BASELINE = "candidate", "baseline"


def backtest(
    history: Iterable[View],
    policy: Policy,
    against: Policy | None = None,
    *,
    segments: Sequence[str] | None = None,
    end: int | None = None,
    examples: int = EXAMPLES,
) -> dict[str, Any]:
    """Compares `policy` with `against` (None: allow everything) on recorded views, in event order.

    A policy whose review budget has no thresholds yet gets them from the first half of the history (by time), and all
    figures are then of the second half. `segments`: columns to report by (None: found). `end`: labels that arrived
    after this moment do not count (None: the last event's time). Returns plain figures, ready for JSON; see
    docs/policy.md. Raises `InvalidSetting` for a history without rows.
    """
    views = [view for view in history if len(view.batch)]
    if not views:
        raise InvalidSetting("no history to test on")
    views, policy, against, fitted = _fitted(views, policy, against)
    names = segment_names(views) if segments is None else list(segments)
    rows, sides = _decide(views, policy, against, names, end)
    found: dict[str, Any] = {"history": _about(rows), "money": _money(rows, policy)}
    if fitted:
        found["fitted"] = fitted
    everything = np.ones(len(rows.time), dtype=bool)
    for name, side in sides.items():
        found[name] = {
            "policy": side.identity,
            **figures(rows, side, everything),
            "weekly": weekly(rows, side),
            "rules": _rules(rows, side),
            "unknown": side.unknown,
        }
    found["difference"] = _difference(rows, sides)
    found["changes"] = _changes(rows, sides, examples)
    found["segments"] = {name: _by_group(rows, sides, rows.groups[name]) for name in names}
    return found


def _fitted(
    views: list[View], policy: Policy, against: Policy | None
) -> tuple[list[View], Policy, Policy | None, dict[str, Any]]:
    """Budgets that have no thresholds are fitted on the first half by time; the second half is left to test on."""
    wanting = [p for p in (policy, against) if p is not None and p.budget is not None and not p.budget.fitted]
    if not wanting:
        return views, policy, against, {}
    start, stop = min(int(v.batch.time.min()) for v in views), max(int(v.batch.time.max()) for v in views)
    middle = start + (stop - start) // 2
    earlier = [part for view in views if (part := _part(view, view.batch.time < middle)) is not None]
    later = [part for view in views if (part := _part(view, view.batch.time >= middle)) is not None]
    if not earlier or not later:
        raise InvalidSetting("the history is too short to fit the review budget on one half and test on the other")
    told: dict[str, Any] = {"until": iso(middle), "thresholds": {}}

    def fit(unfitted: Policy) -> Policy:
        done = fit_budget(unfitted, earlier)
        shares = done.budget.shares if done.budget else ()
        told["thresholds"][done.identity] = [share.threshold for share in shares]
        return done

    policy = fit(policy) if policy in wanting else policy
    against = fit(against) if against is not None and against in wanting else against
    return later, policy, against, told


def _part(view: View, rows: np.ndarray) -> View | None:
    return view if rows.all() else view.take(np.flatnonzero(rows)) if rows.any() else None


def _decide(
    views: list[View], policy: Policy, against: Policy | None, names: list[str], end: int | None
) -> tuple[Rows, dict[str, Side]]:
    """Every view decided by both, as columns."""
    truth, known, amount, losses, expected = [], [], [], [], []
    results: dict[str, list[PolicyResult]] = {CANDIDATE: [], BASELINE: []}
    currencies: set[Any] = set()
    for view in views:
        batch, n = view.batch, len(view.batch)
        result = policy.decide(view)
        results[CANDIDATE].append(result)
        if against is not None:
            results[BASELINE].append(against.decide(view))
        label = np.full(n, np.nan) if batch.truth is None else batch.truth
        truth.append(label)
        known.append(np.full(n, np.iinfo(np.int64).max) if batch.known is None else batch.known)
        losses.append(policy.losses(view, label))
        expected.append(result.losses)
        amount.append(_stake(view, policy))
        currencies.update(batch.columns["currency"].tolist() if "currency" in batch.columns else ())
    time = np.concatenate([view.batch.time for view in views])
    end = int(time.max()) if end is None else end
    told, arrived = np.concatenate(truth), np.concatenate(known)
    late = ~np.isnan(told) & (arrived > end)
    reckoned = np.concatenate(losses, axis=1)
    reckoned[:, late] = np.nan
    rows = Rows(
        ids=[id_ for view in views for id_ in view.batch.ids],
        time=time,
        truth=np.where(late, np.nan, told),
        late=int(late.sum()),
        amount=np.concatenate(amount),
        losses=reckoned,
        expected=np.concatenate(expected, axis=1),
        groups={name: np.concatenate([segment(view, name) for view in views]) for name in names},
        currencies=sorted(str(c) for c in currencies if c is not None),
    )
    return rows, {name: _side(found, rows) for name, found in results.items()}


def _side(results: list[PolicyResult], rows: Rows) -> Side:
    """One policy's results, joined; without any, those of letting everything through."""
    n = len(rows.time)
    if not results:
        nothing = np.full(n, -1, np.int32)
        return Side("allow everything", rows.losses[0], np.zeros(n, np.int8), nothing, (), {}, np.full(n, np.nan))
    outcome = np.concatenate([r.outcome for r in results])
    unknown: dict[str, int] = {}
    for result in results:
        for name, count in result.unknown.items():
            unknown[name] = unknown.get(name, 0) + count
    return Side(
        results[0].policy,
        rows.losses[outcome, np.arange(n)],
        outcome,
        np.concatenate([r.rule for r in results]),
        results[0].rules,
        unknown,
        np.concatenate([r.probability for r in results]),
    )


def _stake(view: View, policy: Policy) -> np.ndarray:
    if policy.costs is not None:
        return policy.at_stake(view)
    amount = view.batch.columns.get("amount")
    return np.ones(len(view.batch)) if amount is None else amount.astype(np.float64)


def _about(rows: Rows) -> dict[str, Any]:
    fraud, labelled = rows.truth == 1, ~np.isnan(rows.truth)
    return {
        "rows": len(rows.time),
        "from": iso(int(rows.time.min())),
        "to": iso(int(rows.time.max())),
        "days": round((int(rows.time.max()) - int(rows.time.min())) / DAY, 3),
        "labelled": int(labelled.sum()),
        "unlabelled": int((~labelled).sum()),
        "labels_too_late": rows.late,
        "frauds": int(fraud.sum()),
        "fraud_value": float(np.nansum(rows.amount[fraud])),
    }


def _money(rows: Rows, policy: Policy) -> dict[str, Any]:
    """How money was reckoned, and what to beware of."""
    notes = []
    if policy.costs is None:
        notes.append("the candidate has no cost model: nothing is said of money saved")
    if len(rows.currencies) > 1:
        notes.append("amounts of several currencies are added as they stand; read the figures by currency")
    if np.isnan(rows.truth).any():
        notes.append("unlabelled rows count in outcomes, alerts and reviews, and nowhere else")
    return {"costs_of": policy.identity, "currencies": rows.currencies, "notes": notes}


def _difference(rows: Rows, sides: dict[str, Side]) -> dict[str, Any]:
    """What the candidate saves more than the baseline, over all and week by week on the same rows."""
    gain = sides[BASELINE].lost - sides[CANDIDATE].lost
    known = ~np.isnan(gain)
    weekly = [float(gain[week & known].sum()) for week in weeks(rows.time) if (week & known).any()]
    return {
        "value_saved": float(gain[known].sum()) if known.any() else None,
        "value_saved_per_week": between(weekly),
        "weeks": len(weekly),
    }


def _changes(rows: Rows, sides: dict[str, Side], examples: int) -> dict[str, Any]:
    """Which decisions would change: a matrix from baseline to candidate, and those with most money at stake."""
    before, after = sides[BASELINE], sides[CANDIDATE]
    pair = before.outcome.astype(np.int64) * 4 + after.outcome
    counts = np.bincount(pair, minlength=16).reshape(4, 4)
    value = np.bincount(pair, np.nan_to_num(rows.amount), minlength=16).reshape(4, 4)
    changed = np.flatnonzero(before.outcome != after.outcome)
    really = rows.losses[before.outcome[changed], changed] - rows.losses[after.outcome[changed], changed]
    expected = rows.expected[before.outcome[changed], changed] - rows.expected[after.outcome[changed], changed]
    stake = np.where(np.isnan(really), expected, really)
    most = changed[np.argsort(-np.abs(np.nan_to_num(stake)), kind="stable")[:examples]]
    worth = dict(zip(changed.tolist(), stake.tolist(), strict=True))
    return {
        "rows": len(changed),
        "matrix": {a: {b: int(counts[i, j]) for j, b in enumerate(OUTCOMES)} for i, a in enumerate(OUTCOMES)},
        "value": {a: {b: float(value[i, j]) for j, b in enumerate(OUTCOMES)} for i, a in enumerate(OUTCOMES)},
        "examples": [
            {
                "id": rows.ids[i],
                "time": iso(int(rows.time[i])),
                "amount": plain(rows.amount[i]),
                "truth": {1.0: "fraud", 0.0: "genuine"}.get(rows.truth[i]),
                "probability": plain(after.probability[i]),
                "from": OUTCOMES[before.outcome[i]],
                "to": OUTCOMES[after.outcome[i]],
                "rule_from": _rule(before, i),
                "rule_to": _rule(after, i),
                "saves": plain(worth[i]),
            }
            for i in most.tolist()
        ],
    }


def _rule(side: Side, i: int) -> str:
    """The rule that settled a row; empty: the cost model."""
    return side.rules[side.rule[i]] if side.rule[i] >= 0 else ""


def _rules(rows: Rows, side: Side) -> dict[str, Any]:
    """Each rule that settled anything, with how often it was right."""
    found = {}
    for k, name in enumerate(side.rules):
        mine = side.rule == k
        if mine.any():
            frauds, genuine = int((mine & (rows.truth == 1)).sum()), int((mine & (rows.truth == 0)).sum())
            found[name] = {
                "count": int(mine.sum()),
                "frauds": frauds,
                "genuine": genuine,
                "precision": share(frauds, frauds + genuine),
            }
    return found


def _by_group(rows: Rows, sides: dict[str, Side], groups: np.ndarray) -> dict[str, Any]:
    """Both policies' figures for each of the largest groups."""
    names, place, counts = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    largest = np.argsort(-counts, kind="stable")[:MOST_GROUPS]
    return {
        str(names[k]) or "(none)": {
            "rows": int(counts[k]),
            **{name: figures(rows, side, place == k) for name, side in sides.items()},
        }
        for k in largest
    }
