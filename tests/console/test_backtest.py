"""A backtest's figures on the policy page: those the real one writes are read; any other shape is shown as it is."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assay.console.backtest import heat, read
from assay.console.render import BASE
from assay.console.router import router
from assay.console.source import PolicyText
from assay.core.batch import Batch
from assay.core.clock import HOUR, moment
from assay.core.decision import OUTCOMES
from assay.core.kind import kind_of
from assay.kinds.payments.evidence import Payment
from assay.learning.backtest import backtest
from assay.policy import Policy
from assay.policy.view import View
from tests.console.world import Door, World

SIDE = {
    "policy": "house@7", "alerts": 41, "reviews_per_day": {"mean": 3.2, "max": 9}, "precision": 0.61,
    "outcomes": {word: {"count": 10 * (4 - i)} for i, word in enumerate(OUTCOMES)}, "value_saved": 1234.5,
    "false_positives": {"count": 16, "per_1000_genuine": 1.25}, "fraud_found": 0.8, "fraud_value_found": 0.9,
}  # fmt: skip
FIGURES = {
    "history": {"rows": 100, "frauds": 5, "unlabelled": 0, "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"},
    "candidate": SIDE, "baseline": SIDE | {"policy": "house@6", "value_saved": None},
    "difference": {"value_saved": 77.0, "value_saved_per_week": {"mean": 20.0, "low": 11.0, "high": 29.0}, "weeks": 4},
    "changes": {
        "rows": 3, "matrix": {a: {b: 3 if (a, b) == ("allow", "block") else 0 for b in OUTCOMES} for a in OUTCOMES},
        "examples": [{"id": "pay-000001", "from": "allow", "to": "block", "truth": "fraud", "amount": 99.0, "saves": 84.1}],
    },
    "segments": {"channel": {"online": {"rows": 60, "candidate": SIDE, "baseline": SIDE}}},
}  # fmt: skip


def page(figures: dict | None) -> str:
    class Tested(World):
        def policy(self, room: str = "") -> PolicyText | None:
            found = super().policy(room)
            assert found is not None
            return msgspec.structs.replace(found, backtest=figures)

    app = FastAPI()
    app.include_router(router(Tested(), Door(open_door=True)))
    with TestClient(app) as browser:
        answer = browser.get(f"{BASE}/policy")
    assert answer.status_code == 200
    return answer.text


def test_the_figures_stand_beside_each_other_with_what_would_change() -> None:
    html = page(FIGURES)
    for shown in ("77.00", "1,234.50", "11.00", "29.00", "pay-000001", "84.10", "online", "2026-02-01", "1.2"):
        assert shown in html


def test_what_the_real_backtest_writes_is_read() -> None:
    payments = [
        Payment(
            id=f"p{i}",
            time=moment(i * HOUR),
            amount=Decimal(10 + i),
            currency="EUR",
            channel="online",
            card_valid=i % 9 != 0,
        )
        for i in range(60)
    ]
    batch = Batch.of(payments)
    batch.truth = np.array([float(i % 9 == 0) for i in range(60)])
    batch.known = batch.time.copy()
    policy = kind_of("payments").policy
    assert policy is not None
    found = read(msgspec.json.decode(msgspec.json.encode(backtest([View.of(batch)], Policy.load(policy)))))
    assert found is not None
    assert 0 < found.history.rows <= 60
    assert sum(group.rows for group in found.segments["amount"].values()) == found.history.rows


def test_figures_of_another_shape_are_shown_whole() -> None:
    assert read({"verdict": "fine"}) is None
    assert "&#34;verdict&#34;" in page({"verdict": "fine"})


def test_without_a_backtest_the_page_says_how_to_get_one() -> None:
    assert "assay backtest --policy" in page(None)


def test_only_changes_are_shaded_and_more_of_them_darker() -> None:
    found = read(FIGURES)
    assert found is not None
    shades = heat(found.changes)
    assert {cell for cell, shade in shades.items() if shade} == {("allow", "block")}
    thousand = msgspec.structs.replace(found.changes, matrix={"allow": {"block": 1000, "allow": 10**6}})
    assert heat(thousand)["allow", "block"] > shades["allow", "block"]
    assert heat(thousand)["allow", "allow"] == 0
