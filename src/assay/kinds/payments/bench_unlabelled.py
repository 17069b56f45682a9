"""`assay bench unlabelled`: what checks and the novelty detector find without a single label, and at what price.

On the simulated bank, whose truth is known to the row: recall by scenario, alerts a day and how many of them are fraud.
The novelty detector learns from the first weeks (with the fraud in them) and is judged on the last ones; each scenario
is also withheld from what it learns from. Its peers run on the same numbers and the same budget: scikit-learn's
isolation forest on the plain numbers, and the sum of tails (ECOD) without a forest. With a table of labelled payments,
the same detector on that.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch, concat
from assay.core.clock import DAY
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.payments.checks import CHECKS, Checks
from assay.kinds.payments.features import payment_features
from assay.kinds.payments.novelty import NoveltyModel, fit
from assay.kinds.payments.novelty.model import numbers_of
from assay.kinds.payments.simulate import SCENARIOS, simulate
from assay.profiles import Profiles

BUDGET = 0.005  # alerts, as a share of payments


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """Figures of one simulated world (seed 7), and of `data` where given. Times are CPU time of one pass."""
    size, days = (600, 50) if short else (4000, 90)
    worlds = list(simulate(7, size=size, days=days, fraud_rate=0.006))
    scenario = np.concatenate([world.scenario for world in worlds])
    batch, profile = _profiled(world.protected(_seal) for world in worlds)
    day = (batch.time - batch.time[0]) // DAY
    learn, judge = (day >= days // 3) & (day < 2 * days // 3), day >= 2 * days // 3
    found: dict[str, Any] = {"world": {"seed": 7, "customers": size, "days": days, "payments": len(batch)}}
    found["checks"] = _checks(batch, profile, judge, scenario)
    found["novelty"] = _novelty(batch, profile, learn, judge, scenario)
    found["novelty"]["recall_when_withheld"] = {
        name: _withheld(batch, profile, learn & (scenario != name), judge, scenario, name) for name in SCENARIOS
    }
    found["peers"] = _peers(batch, profile, learn, judge, scenario)
    return found | ({} if data is None else {"data": _table(data)})


def _profiled(batches: Iterable[Batch[Any]]) -> tuple[Batch[Any], Profile]:
    """All batches as one, with the profile each payment met; no labels are applied."""
    profiles, seen, values = Profiles(payment_features()), [], []
    for batch in batches:
        seen.append(batch)
        values.append(profiles.observe(batch).values)
    return concat(seen), Profile(profiles.names, np.concatenate(values))


def _part(batch: Batch[Any], profile: Profile, rows: np.ndarray) -> tuple[Batch[Any], Profile]:
    return batch.take(rows), Profile(profile.names, profile.values[rows])


def _seal(kind: str, value: str) -> str:
    # No secret: the world is made up. A deployment's seal is keyed.
    return f"{kind}_{hashlib.blake2b(value.encode(), digest_size=8).hexdigest()}"


def _by_scenario(alert: np.ndarray, scenario: np.ndarray) -> dict[str, Any]:
    genuine = scenario == ""
    return {
        "alerts": int(alert.sum()),
        "precision": _share(alert & ~genuine, alert),
        "alerts_per_1000_genuine": 1000 * _share(alert & genuine, genuine),
        "recall": {name: _share(alert & (scenario == name), scenario == name) for name in SCENARIOS},
    }


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def _checks(batch: Batch[Any], profile: Profile, judge: np.ndarray, scenario: np.ndarray) -> dict[str, Any]:
    detector, kind = Checks(), scenario[judge]
    said, its = _part(batch, profile, judge)
    began = time.process_time()
    findings = detector.examine(said, its)
    spent = time.process_time() - began
    each = {
        check.code: {
            "genuine_per_1000": 1000 * _share(findings.codes[check.code] & (kind == ""), kind == ""),
            "fraud": int((findings.codes[check.code] & (kind != "")).sum()),
        }
        for check in CHECKS
    }
    return {
        "us_per_payment": 1e6 * spent / len(said),
        **_by_scenario(findings.verdict >= Verdict.SUSPICIOUS, kind),
        "each": each,
    }


def _novelty(
    batch: Batch[Any], profile: Profile, learn: np.ndarray, judge: np.ndarray, scenario: np.ndarray
) -> dict[str, Any]:
    began = time.process_time()
    model = _fit(batch, profile, learn)
    spent_learning = time.process_time() - began
    said = _part(batch, profile, judge)
    _scores(model, *_part(batch, profile, np.flatnonzero(judge)[:10]))  # compiled before it is timed
    began = time.process_time()
    scores = _scores(model, *said)
    spent = time.process_time() - began
    alert, span = scores <= model.threshold, (said[0].time[-1] - said[0].time[0]) / DAY
    p, genuine = model.p_values(scores), scenario[judge] == ""
    return {
        "learned_from": int(learn.sum()),
        "learn_s": spent_learning,
        "us_per_payment": 1e6 * spent / len(said[0]),
        "numbers": len(model.tails.names),
        "budget_per_day": model.budget_per_day,
        "alerts_per_day": float(alert.sum() / span),
        "share_of_genuine_with_p_below": {str(a): float((p[genuine] <= a).mean()) for a in (0.001, 0.01, 0.1)},
        **_by_scenario(alert, scenario[judge]),
    }


def _fit(batch: Batch[Any], profile: Profile, learn: np.ndarray) -> NoveltyModel:
    said = _part(batch, profile, learn)
    per_day = BUDGET * len(said[0]) / ((said[0].time[-1] - said[0].time[0]) / DAY)
    return fit(*said, budget_per_day=per_day, seed=1)


def _scores(model: NoveltyModel, batch: Batch[Any], profile: Profile) -> np.ndarray:
    return model.scores(model.codes(batch, profile)[0])


def _withheld(
    batch: Batch[Any], profile: Profile, learn: np.ndarray, judge: np.ndarray, scenario: np.ndarray, name: str
) -> float:
    model, rows = _fit(batch, profile, learn), np.flatnonzero(judge & (scenario == name))
    alert = _scores(model, *_part(batch, profile, rows)) <= model.threshold
    return _share(alert, np.ones(len(rows), bool))


def _peers(
    batch: Batch[Any], profile: Profile, learn: np.ndarray, judge: np.ndarray, scenario: np.ndarray
) -> dict[str, Any]:
    """Each peer's most unusual payments, as many as the budget allows, among those judged; ours likewise, to compare."""
    from sklearn.ensemble import IsolationForest

    model = _fit(batch, profile, learn)
    numbers = numbers_of(model.tails.names, batch, profile)
    plain = np.where(np.isnan(numbers), -1.0, np.sign(numbers) * np.log1p(np.abs(numbers)))
    forest = IsolationForest(n_estimators=100, max_samples=1024, random_state=1).fit(plain[learn])
    said = _part(batch, profile, judge)
    codes = model.codes(*said)[0]
    scores = {
        "ours": -model.scores(codes).astype(float),
        "isolation_forest": -forest.score_samples(plain[judge]),
        "sum_of_tails": model.tails.by_family(codes).sum(axis=1).astype(float),
    }
    return {name: _by_scenario(_top(score), scenario[judge]) for name, score in scores.items()}


def _top(score: np.ndarray) -> np.ndarray:
    k = max(1, int(BUDGET * len(score)))
    chosen = np.zeros(len(score), bool)
    chosen[np.argsort(-score, kind="stable")[:k]] = True
    return chosen


def _table(path: Path) -> dict[str, Any]:
    """The same on labelled payments: learned from the third fifth of the time, judged on the fourth."""
    from assay.kinds.payments.reader import PaymentTable

    refused: list[Any] = []
    batches = (b.protected(_seal) for b in PaymentTable().read(path, reject=refused.append))
    batch, profile = _profiled(batches)
    fifth = (batch.time - batch.time[0]) * 5 // (batch.time[-1] - batch.time[0] + 1)
    learn, judge = fifth == 2, fifth == 3
    model = _fit(batch, profile, learn)
    scores = _scores(model, *_part(batch, profile, judge))
    alert, time_ = scores <= model.threshold, batch.time[judge]
    out: dict[str, Any] = {
        "payments": len(batch),
        "refused": len(refused),
        "budget_per_day": model.budget_per_day,
        "alerts_per_day": float(alert.sum() / ((time_[-1] - time_[0]) / DAY)),
    }
    if batch.truth is not None:
        fraud = batch.truth[judge] == 1
        out |= {"precision": _share(alert & fraud, alert), "recall": _share(alert & fraud, fraud)}
    return out
