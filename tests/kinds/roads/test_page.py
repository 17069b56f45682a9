"""The console replays the scene around a doubtful message in both languages, from the finding alone; reports name the standards."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import pytest

from assay.console.render import BASE
from assay.core.finding import Finding, Reason
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.roads import reasons
from assay.kinds.roads.detector import Misbehaviour
from assay.kinds.roads.report import report, reports
from assay.kinds.roads.simulate.world import batch_of, world
from assay.kinds.roads.view import MOMENTS, view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World


@pytest.fixture(scope="module")
def decision() -> Any:
    batch = batch_of(world(9, vehicles=10, seconds=120.0, liars=0.5, kinds=("random-position", "congestion-sybil")))
    found = Misbehaviour().examine(batch, Profile.empty(len(batch)))
    rows = np.flatnonzero(found.codes[reasons.JUMP])
    (finding,) = found.explain(rows[:1])
    last = World(count=2).made[-1]
    return msgspec.structs.replace(
        last, id="road-1", kind="road-message", evidence=batch.row(int(rows[0])), findings=(finding,), reasons=finding.reasons,
        outcome="allow", probability=None, profile={}, entities=finding.entities,
    )  # fmt: skip


def test_the_scene_is_drawn_within_its_frame(decision: Any) -> None:
    told = view(decision, ())
    side = told["scene"]["side"]
    assert [m["seconds"] for m in told["moments"]][-1] == "0"
    assert len(told["moments"]) <= len(MOMENTS)
    for dot in told["scene"]["dots"]:
        assert 0 <= dot["x"] <= side
        assert 0 <= dot["y"] <= side
    assert any(car["role"] == "me" for car in told["scene"]["cars"])
    assert told["speeds"]["stated"].count(",") >= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_it_in_both_languages(decision: Any, language: str) -> None:
    with client(Desk(decision, [], view)) as browser:
        found = browser.get(f"{BASE}/decisions/road-1?lang={language}")
        assert found.status_code == 200
        page = Page(found.text)
        cars = [a for tag, a in page.elements if tag == "g" and "rotate" in (a.get("transform") or "")]
        assert len(cars) >= 2
        assert "roads.page." not in found.text
        assert {"en": "as it says", "zh": "按其所述"}[language] in " ".join(page.text)
        assert browser.get(f"{BASE}?lang={language}").status_code == 200


def test_what_a_message_holds_is_text(decision: Any) -> None:
    evil = "<script>alert(1)</script>"
    hostile = msgspec.structs.replace(
        decision, evidence=decision.evidence | {"pseudonym": evil, "form": evil, "faults": evil}
    )
    with client(Desk(hostile, [], view)) as browser:
        found = browser.get(f"{BASE}/decisions/road-1")
        assert found.status_code == 200
        assert "<script>alert" not in found.text


def test_hostile_values_on_record_are_drawn_as_nothing(decision: Any) -> None:
    for scene in (
        {"me": "x"},
        {"me": [[1, 2]]},
        {"me": [[0, float("nan"), 0, 0, 0]]},
        {"me": [[0, 1e308, 1, 1, 1]], "others": [None], "like": 7},
    ):
        bad = Finding(
            detector="roads.misbehaviour",
            version="1",
            verdict="suspicious",
            reasons=(Reason("roads.jump", 1.0, {"scene": scene}),),
        )
        told = view(msgspec.structs.replace(decision, findings=(bad,)), ())
        assert "report" in told


def test_a_report_names_what_the_standards_name() -> None:
    found = Finding(
        detector="roads.security", version="1", verdict="suspicious",
        reasons=(Reason(reasons.PSID, 1.0), Reason(reasons.ACCELERATION, 0.6, {"acceleration": 20.02, "scene": {"me": []}}),
                 Reason(reasons.SYBIL, 0.5)),
    )  # fmt: skip
    told = report("m1", 1_767_600_000_000_000, [found], "bsm", "valid")
    psid, pull, ghost = told["observations"]
    assert (psid["target"], psid["observation"]) == ("Security", "HeaderPsidIncWithCertificate")
    assert psid["j3287"] == {"target": 2, "observation": 3}
    assert pull["j3287"] == {"target": 5, "observation": 4}
    assert pull["measured"] == {"acceleration": 20.02}
    assert ghost["standard"] is None
    assert told["aid"] == 32
    assert "j3287" not in report("m1", 0, [found], "cam")["observations"][0]


def test_reports_are_made_of_what_check_prints(decision: Any) -> None:
    from assay.core.clock import iso

    item = {"id": "m1", "time": iso(decision.time), "findings": msgspec.to_builtins(decision.findings)}
    (one,) = reports({"examinations": [{"kind": "roads", "items": [item]}, {"kind": "files", "items": [item]}]})
    assert one["evidence"]["messages"] == ["m1"]
    assert json.dumps(one)
    assert {o["code"] for o in one["observations"]} == {r.code for r in decision.findings[0].reasons}
