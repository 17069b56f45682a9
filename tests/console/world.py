"""A small made-up bank for the console's tests: a few hundred payments with decisions, held in memory."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from assay.console.graph import Edge
from assay.console.source import Job, Person, PolicyRule, PolicyText, Query, Summary, Usual
from assay.core.clock import HOUR, SECOND, now
from assay.core.decision import OUTCOMES, Decision
from assay.core.enclosed import Enclosed
from assay.core.entity import Entity
from assay.core.errors import NotFound
from assay.core.finding import Finding, Reason
from assay.core.label import Label

POLICY = """\
# What to do about a payment
name: house
version: 7
costs:
  loss_given_fraud: 0.85
  challenge: 0.35
  review: 6.00
  block: 18.00
budget:
  reviews_per_day: 120

rules:
  - name: known-bad-payee
    when: open.severity >= 4 && evidence.channel == "instant"
    outcome: block
  - name: card-testing
    when: '"payments.card-testing" in codes'
    outcome: block
  - name: new-payee-large
    when: profile.customer_payee_count_90d <= 1.0 && evidence.amount > 900.0
    outcome: review
"""
USUAL: dict[str, Usual] = {
    "customer_count_1d": (1, 2, 5),
    "customer_amount_sum_7d": (24, 180, 690),
    "customer_amount_ratio_30d": (0.2, 0.9, 2.6),
    "card_count_1h": (1, 1, 2),
    "terminal_fraud_rate_30d_after_7d": (0, 0, 0.04),
    "device_distinct_customer_7d": (1, 1, 2),
    "payee_age": (86_400, 5_400_000, 31_000_000),
}
VERSIONS = {"payments.model": "9f27c1d04be8a6d2", "payments.novelty": "41b0ce77aa12", "payments.checks": "1"}


class World:
    """A `Source` over decisions made up from a seed. `drawn`: what it gives for every picture."""

    drawn = b""

    def __init__(self, seed: int = 7, count: int = 420, until: int | None = None) -> None:
        draw = random.Random(seed)
        end = until or now()
        self.made = [
            _decision(draw, i, end - (count - i) * 9 * SECOND - draw.randrange(4 * SECOND)) for i in range(count)
        ]
        for i in range(160):  # one customer with a past of weeks
            self.made.append(_decision(draw, count + i, end - (160 - i) * 5 * HOUR, customer="C-20417"))
        self.made.sort(key=lambda d: d.decided)
        self.given: dict[str, list[Label]] = {}
        for d in self.made[:-80]:
            if d.outcome == "block" and draw.random() < 0.5:
                at = datetime.fromtimestamp(d.time / 1e6 + 3600, UTC)
                self.given[d.id] = [Label(evidence=d.id, truth="fraud", source="chargeback", time=at)]

    def decisions(self, query: Query) -> Sequence[Decision]:
        return [d for d in reversed(self.made) if _matches(d, query)][: query.limit]

    def rates(self, until: int, step: int, steps: int) -> Sequence[tuple[int, int, int, int]]:
        table = [[0, 0, 0, 0] for _ in range(steps)]
        for d in self.made:
            at = steps - 1 - (until - d.decided) // step
            if 0 <= at < steps:
                table[at][OUTCOMES.index(d.outcome)] += 1
        return [(a, b, c, e) for a, b, c, e in table]

    def decision(self, id_: str) -> Decision | None:
        return next((d for d in self.made if d.id == id_), None)

    def view(self, decision: Decision, person: Person) -> Mapping[str, Any]:
        return {}

    def picture(self, decision: Decision, name: str, person: Person) -> bytes:
        return self.drawn

    def job(self, id_: str) -> Job:
        raise NotFound("no such job")

    def kept(self, decision: Decision) -> Sequence[bool]:
        return [True for _ in decision.exhibits]

    def labels(self, id_: str) -> Sequence[Label]:
        return self.given.get(id_, [])

    def add_label(self, label: Label) -> None:
        if self.decision(label.evidence) is None:
            raise NotFound(f"no decision on {label.evidence!r}")
        self.given.setdefault(label.evidence, []).append(label)

    def summary(self, entity: Entity) -> Summary | None:
        mine = [d for d in self.made if entity in d.entities]
        if not mine:
            return None
        counts = Counter(d.outcome for d in mine)
        times = [d.time for d in mine]
        outcomes = (counts["allow"], counts["challenge"], counts["review"], counts["block"])
        return Summary(entity=entity, events=len(mine), first=min(times), last=max(times), outcomes=outcomes)

    def history(self, entity: Entity, limit: int) -> Sequence[Decision]:
        return [d for d in reversed(self.made) if entity in d.entities][:limit]

    def links(self, entity: Entity, limit: int) -> Sequence[Edge]:
        pairs: Counter[tuple[Entity, Entity]] = Counter()
        near = {e for d in self.made if entity in d.entities for e in d.entities}
        for d in self.made:
            met = sorted(e for e in d.entities if e in near)
            if entity in met:
                pairs.update((a, b) for i, a in enumerate(met) for b in met[i + 1 :] if entity in (a, b))
            elif len(met) > 1:
                pairs.update((a, b) for i, a in enumerate(met) for b in met[i + 1 :])
        return [Edge(a, b, n) for (a, b), n in pairs.most_common(limit)]

    def cases(self, entities: Sequence[Entity]) -> Sequence[Any]:
        return []

    def search(self, text: str, limit: int) -> Sequence[Summary]:
        seen = Counter(e for d in self.made for e in d.entities if text.lower() in e.id.lower())
        return [s for e, _ in seen.most_common(limit) if (s := self.summary(e))]

    def sealed(self, text: str) -> str:
        return "tok_4f204179b1c" if text == "4111111111111111" else text

    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        return {"payments.model": CARD, "payments.novelty": {}, "payments.checks": {}}

    def usual(self, kind: str) -> Mapping[str, Usual]:
        return USUAL if kind == "payment" else {}

    def costs(self, decision: Decision) -> Mapping[str, float]:
        if decision.probability is None:
            return {}
        loss, p = float(decision.evidence["amount"]) * 0.85, decision.probability
        return {
            "allow": p * loss,
            "challenge": 0.35 + 0.3 * p * loss,
            "review": 6 + 0.1 * p * loss,
            "block": 18 * (1 - p),
        }

    def policy(self, room: str = "") -> PolicyText | None:
        lines = POLICY.splitlines()
        found = [i for i, line in enumerate(lines) if "- name:" in line]
        rules = tuple(
            PolicyRule(
                name=lines[i].split(": ")[1],
                when=lines[i + 1].split(": ", 1)[1],
                lowest=lines[i + 2].split(": ")[1],
                highest=lines[i + 2].split(": ")[1],
                line=i + 1,
            )
            for i in found
        )
        facts = (
            ("loss_given_fraud", "0.85"),
            ("challenge", "0.35"),
            ("review", "6.00"),
            ("block", "18.00"),
            ("reviews_per_day", "120"),
        )
        return PolicyText(name="house@7", text=POLICY, rules=rules, facts=facts)

    def hits(self, room: str = "") -> Mapping[str, int]:
        return Counter(d.rule for d in self.made)


class Desk(World):
    """The made-up bank, to which one thing more was handed in. `files`: those still kept of it; `view` and `picture`: what
    its room makes of them."""

    def __init__(
        self,
        decision: Decision,
        files: Sequence[Enclosed] = (),
        view: Callable[..., Mapping[str, Any]] = lambda decision, files: {},
        picture: Callable[..., bytes] = lambda name, files: b"",
    ) -> None:
        super().__init__(count=20)
        self.made.append(decision)
        self._files, self._view, self._picture = files, view, picture

    def view(self, decision: Decision, person: Person) -> Mapping[str, Any]:
        return self._view(decision, self._files)

    def picture(self, decision: Decision, name: str, person: Person) -> bytes:
        return self._picture(name, self._files)


class Door:
    """An `Access` with one key, `secret`; `open_door` lets everybody in without it."""

    def __init__(self, role: str = "analyst", open_door: bool = False) -> None:
        self.role, self.open_door = role, open_door

    def person(self, request: Request) -> Person | None:
        if self.open_door or request.cookies.get("assay_session") == "good":
            return Person(
                name="Lin Wei", role=self.role, csrf="token-of-this-session", may_label=self.role == "analyst",
                may_check=self.role == "analyst",
            )  # fmt: skip
        return None

    def sign_in(self, request: Request, key: str, response: Response) -> bool:
        if key == "secret":
            response.set_cookie("assay_session", "good", httponly=True, samesite="strict")
        return key == "secret"

    def sign_out(self, request: Request, response: Response) -> None:
        response.delete_cookie("assay_session")


def _matches(d: Decision, query: Query) -> bool:
    return (
        (not query.outcomes or d.outcome in query.outcomes)
        and (query.entity is None or query.entity in d.entities)
        and (not query.kind or d.kind == query.kind)
        and (not query.text or any(query.text.lower() in text.lower() for text in (d.id, *(e.id for e in d.entities))))
        and (query.at_least == 0 or (d.probability or 0) >= query.at_least)
        and (query.before is None or d.seq < query.before)
    )


def _decision(draw: random.Random, i: int, time: int, customer: str = "") -> Decision:
    risky = draw.random() < 0.09
    customer = customer or f"C-{draw.randrange(20400, 20440)}"
    online = draw.random() < 0.5
    amount = round(draw.lognormvariate(5.6 if risky else 3.6, 0.8), 2)
    payee = (
        f"tok_{draw.choice('abcdef')}{draw.randrange(16**9):09x}"
        if risky
        else f"tok_c0ffee{customer[-4:]}{draw.randrange(6)}"
    )
    evidence: dict[str, Any] = {
        "amount": amount,
        "currency": "EUR",
        "customer": customer,
        "country": draw.choice(["DE", "DE", "FR", "NL"]),
    }
    if online:
        evidence |= {
            "channel": "instant" if risky else "transfer",
            "account": f"tok_acc{customer[-5:]}",
            "payee": payee,
        }
        evidence |= {
            "payee_name": draw.choice(["M. Keller", "Stadtwerke", "J. Novák", "Haus & Co"]),
            "device": "D-7f3a" if risky else f"D-{customer[-4:]}",
        }
        evidence |= {"balance": round(amount * draw.uniform(1.05, 9), 2), "payee_valid": True, "payee_country": "DE"}
    else:
        evidence |= {
            "channel": "card-present",
            "card": f"tok_4f{customer[-5:]}9b1c",
            "card_bin": "411111",
            "card_valid": True,
        }
        evidence |= {
            "merchant": f"M-{draw.randrange(90):03d}",
            "terminal": f"T-{draw.randrange(900, 960)}",
            "merchant_category": "5411",
        }
    probability = min(0.995, draw.betavariate(5, 3)) if risky else min(0.2, draw.lognormvariate(-6.3, 1))
    outcome, rule = _outcome(draw, probability, amount)
    reasons, findings, profile = _why(draw, risky, probability, amount) if outcome != "allow" else ((), (), {})
    fields = {
        "customer": "customer",
        "account": "account",
        "card": "card",
        "device": "device",
        "merchant": "merchant",
        "terminal": "terminal",
        "payee": "payee",
    }
    return Decision(
        id=f"pay-{i:06d}", kind="payment", time=time, decided=time + 41_000, outcome=outcome, probability=probability,
        expected_loss=probability * amount * 0.85, rule=rule, reasons=reasons, findings=findings, profile=profile,
        entities=tuple(Entity(k, evidence[f]) for k, f in fields.items() if f in evidence),
        policy="house@7", models=VERSIONS, took_us=draw.randrange(600, 2400), seq=i, evidence=evidence,
    )  # fmt: skip


def _outcome(draw: random.Random, p: float, amount: float) -> tuple[str, str]:
    if p > 0.75:
        return "block", draw.choice(["", "", "known-bad-payee"])
    if p > 0.35:
        return "review", "new-payee-large" if amount > 900 else ""
    return ("challenge", "") if p > 0.08 else ("allow", "")


def _why(
    draw: random.Random, risky: bool, p: float, amount: float
) -> tuple[tuple[Reason, ...], tuple[Finding, ...], dict[str, float]]:
    weighed = (
        Reason("payments.test.amount-above-usual", 1.9, {"ratio": round(draw.uniform(4, 11), 1)}),
        Reason("payments.test.new-payee", 1.2, {}),
        Reason("payments.test.device-shared", 0.7, {"count": 6}),
        Reason("payments.test.known-place", -0.4, {}),
        Reason("payments.test.hour-usual", -0.2, {}),
    )
    checked = (Reason("payments.test.burst", 0.8, {"count": 7}),)
    findings = (
        Finding(
            detector="payments.model",
            version=VERSIONS["payments.model"],
            verdict="suspicious",
            severity="high",
            probability=p,
            reasons=weighed,
        ),
        Finding(
            detector="payments.checks",
            version="1",
            verdict="suspicious",
            severity="medium",
            reasons=checked,
            techniques=("T1078",),
        ),
        Finding(detector="payments.novelty", version="41b0ce77aa12", verdict="inconclusive"),
    )
    profile = {
        "customer_count_1d": float(draw.randrange(1, 9)), "customer_amount_sum_7d": amount * draw.uniform(1, 4),
        "customer_amount_ratio_30d": draw.uniform(3, 12), "card_count_1h": float(draw.randrange(1, 8)),
        "terminal_fraud_rate_30d_after_7d": draw.random() * 0.03, "device_distinct_customer_7d": 6.0, "payee_age": 0.0,
        "customer_time_since": draw.uniform(30, 90_000),
    }  # fmt: skip
    return weighed + checked, findings, profile


_EDGES = [10 ** (-4 + i * 0.4) for i in range(10)]
CARD: dict[str, Any] = {
    "detector": "payments.model", "version": VERSIONS["payments.model"], "seed": 11, "trees": 180, "calibration": "isotonic",
    "about": "Gradient boosting over window features of customer, card, payee and device, calibrated on a later week.",
    "data": {"name": "simulated bank, seed 11", "licence": "Apache-2.0", "rows": 306_877, "sha256": "4c0eca383d6637f1314de20542f3b20e"},
    "split": {part: {"from": f"2026-0{m}-01T00:00:00Z", "to": f"2026-0{m}-28T00:00:00Z", "rows": 9000 * m, "frauds": 40 * m}
              for m, part in enumerate(("train", "calibrate", "test"), 1)},
    "figures": {
        "average_precision": 0.761, "auc": 0.889, "calibration_error": 0.0021, "brier": 0.0029, "recall_at_1%_fpr": 0.774,
        "rows": 58_264, "frauds": 385,
        "calibration_curve": [
            {"predicted": p, "observed": min(1.0, p * (0.8 + 0.05 * i)), "count": int(60_000 / 2.4**i) + 40} for i, p in enumerate(_EDGES)
        ],
        "precision_recall_curve": [
            {"recall": i / 60, "precision": 1 - 0.93 * (i / 60) ** 3.2 - 0.04 * math.sin(i / 4) * (i / 60)} for i in range(61)
        ],
        "segments": [
            {"segment": "channel card-present", "rows": 30_120, "frauds": 160, "recall_at_1%_fpr": 0.71},
            {"segment": "channel online", "rows": 28_144, "frauds": 225, "recall_at_1%_fpr": None},
        ],
    },
    "fails": ["A scam the customer confirms on a known device to an old payee.", "The first day of a stolen card that buys as its owner does."],
    "rebuild": "assay train payments --data bank.parquet --seed 11 --out MODEL",
    "usual": USUAL,
}  # fmt: skip
