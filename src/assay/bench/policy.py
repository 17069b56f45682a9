"""`assay bench policy`: ten rules and a cost model, in batch and one at a time, beside the Rust CEL in the same run.

The peer is `common-expression-language`, which evaluates a row at a time; it is timed both with its context built for
every row, as a decision would have to, and with the context built beforehand. Every row's every rule must agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY, moment
from assay.core.finding import Findings, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.payments.evidence import Payment
from assay.policy import Policy, names_of
from assay.policy.expression import Scope
from assay.policy.expression.names import CONSTANTS
from assay.policy.view import View

RULES = (
    "evidence.amount > 5000.0",
    'evidence.channel == "online" && evidence.amount > 900.0',
    "has(evidence.merchant) && evidence.merchant in lists.blocked",
    'evidence.country in ["KP", "IR", "SY", "CU"]',
    "evidence.time.getHours() < 5 && evidence.amount > 300.0",
    "profile.card_count_1h > 6.0 && profile.card_amount_mean_7d < 20.0",
    "has(profile.card_amount_mean_7d) && evidence.amount > 10.0 * profile.card_amount_mean_7d",
    "findings.payments.model.verdict == verdict.inconclusive",
    "findings.payments.checks.severity >= severity.high || probability > 0.9",
    'evidence.merchant.startsWith("m99") && !(evidence.channel == "transfer")',
)
FEATURES = ("card_count_1h", "card_amount_mean_7d")
BLOCKED = tuple(f"m{i}" for i in range(0, 900, 9))
COSTS = """costs:
  lgd: 0.9
  step_up: 0.4
  step_up_stops: 0.75
  review: 6.0
  review_delay: 2.0
  review_stops: 0.95
  block: 15.0 + 0.05 * evidence.amount
"""


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """Figures on made-up payments; `data` is not read. Times are the best of several passes, the median for one row."""
    n = 20_000 if short else 200_000
    policy, view = _policy(), _view(n)
    batch_s = _best(lambda: policy.decide(view))
    rules_s = _best(lambda: _evaluate(policy, view))
    few = view.take(np.arange(min(n, 5_000)))
    found: dict[str, Any] = {
        "rows": n,
        "rules": len(RULES),
        "batch": {
            "rules_ns_per_rule_and_row": 1e9 * rules_s / n / len(RULES),
            "decide_ns_per_row": 1e9 * batch_s / n,
            "decisions_per_second": n / batch_s,
        },
        "one_at_a_time": _single(policy, view, 300 if short else 3_000),
    }
    return found | {"peer": _peer(policy, few, found["batch"]["rules_ns_per_rule_and_row"])}


def _policy() -> Policy:
    rules = "".join(
        f"  - name: r{k}\n    when: >-\n      {text}\n    at_least: challenge\n" for k, text in enumerate(RULES)
    )
    lists = f"lists: {{blocked: [{', '.join(BLOCKED)}]}}\n"
    names = names_of(("payment",), features=FEATURES)
    return Policy.parse(f"name: bench\nversion: 1\napplies_to: payment\n{lists}{COSTS}rules:\n{rules}", names=names)


def _view(n: int) -> View:
    random = np.random.default_rng(1)

    def words(choices: list[str | None]) -> np.ndarray:
        return np.array(choices, dtype=object)[random.integers(0, len(choices), n)]

    columns = {
        "amount": np.round(random.lognormal(4, 1.5, n), 2),
        "merchant": words([None, *(f"m{i}" for i in range(1000))]),
        "channel": words(["online", "transfer", "card-present", None]),
        "country": words(["FR", "CN", "BR", "IR", "DE", None]),
    }
    batch = Batch(Payment, [f"p{i}" for i in range(n)], np.sort(random.integers(0, 30 * DAY, n)), columns)
    profile = np.column_stack([random.integers(1, 9, n).astype(float), random.lognormal(3, 1, n)])
    profile[random.random(n) < 0.1, 1] = np.nan
    verdict = random.choice([Verdict.NONE, Verdict.INCONCLUSIVE, Verdict.COUNTERFEIT], n, p=[0.9, 0.05, 0.05])
    severity = random.choice([Severity.LOW, Severity.HIGH], n, p=[0.98, 0.02])
    findings = {
        "payments.model": Findings("payments.model", "1", verdict.astype(np.int8), probability=random.beta(0.2, 8, n)),
        "payments.checks": Findings("payments.checks", "1", np.zeros(n, np.int8), severity=severity),
    }
    return View.of(batch, Profile(FEATURES, profile), findings)


def _evaluate(policy: Policy, view: View) -> list[Any]:
    """Every rule over the view, and nothing else of a decision."""
    scope = policy.scope(view)
    with np.errstate(all="ignore"):
        return [rule.when.run(scope) for rule in policy.rules]


def _single(policy: Policy, view: View, rounds: int) -> dict[str, float]:
    ones = [view.take(np.array([i])) for i in range(64)]
    times = np.empty(rounds)
    for i in range(rounds):
        one = ones[i % len(ones)]
        start = time.perf_counter_ns()
        policy.decide(one)
        times[i] = time.perf_counter_ns() - start
    rules = _best(lambda: [_evaluate(policy, one) for one in ones]) / len(ones)
    return {
        "decide_p50_us": float(np.median(times)) / 1e3,
        "decide_p99_us": float(np.quantile(times, 0.99)) / 1e3,
        "rules_us": 1e6 * rules,
    }


def _peer(policy: Policy, view: View, ours_ns: float) -> dict[str, Any]:
    """The same rules on the same rows in Rust CEL, row by row."""
    try:
        import cel
    except ImportError:
        return {"name": "common-expression-language", "missing": "install assay[bench]"}
    programs = [cel.compile(text) for text in RULES]
    scope = policy.scope(view)
    rows = range(len(view.batch))

    def decide(context: Any) -> list[bool | None]:
        found: list[bool | None] = []
        for program in programs:
            try:
                found.append(program.execute(context))
            except (KeyError, RuntimeError, TypeError, ValueError):
                found.append(None)
        return found

    shared = {"lists": {"blocked": list(BLOCKED)}, **CONSTANTS}
    dicts = [_row(view, scope, i) for i in rows]
    contexts = [cel.Context(variables=shared | row) for row in dicts]
    context = cel.Context(variables=shared)  # what no row changes is converted once

    def convert_and_decide(row: dict[str, Any]) -> list[bool | None]:
        context.update(row)
        return decide(context)

    per_rule = 1e9 / len(rows) / len(RULES)
    built = per_rule * _best(lambda: [decide(each) for each in contexts])
    whole = per_rule * _best(lambda: [convert_and_decide(row) for row in dicts])
    theirs = [decide(each) for each in contexts]
    results = _evaluate(policy, view)
    ours = [[vector.at(i) for vector in results] for i in rows]
    wrong = sum(a != b for mine, other in zip(ours, theirs, strict=True) for a, b in zip(mine, other, strict=True))
    return {
        "name": "common-expression-language (Rust)",
        "rows": len(rows),
        "ns_per_rule_and_row": whole,
        "ns_per_rule_and_row_context_built": built,
        "times_slower": whole / ours_ns,
        "times_slower_context_built": built / ours_ns,
        "disagreements": wrong,
    }


def _row(view: View, scope: Scope, i: int) -> dict[str, Any]:
    """One row as the peer's variables; what is absent is left out."""
    findings: dict[str, dict[str, Any]] = {}
    for name, found in view.findings.items():
        room, _, detector = name.partition(".")
        values: dict[str, Any] = {"verdict": int(found.verdict[i]), "severity": int(found.severity[i])}
        if not np.isnan(found.probability[i]):
            values["probability"] = float(found.probability[i])
        findings.setdefault(room, {})[detector] = values
    return {
        "evidence": view.batch.row(i) | {"time": moment(int(view.batch.time[i]))},
        "profile": view.profile.row(i),
        "findings": findings,
        "probability": scope.probability.at(i),
    }


def _best(run: Callable[[], Any], rounds: int = 5) -> float:
    """Seconds of the fastest of several runs, the first not counted."""
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)
