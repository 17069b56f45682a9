"""A challenge answered in pictures, from JPEG frames to the decision: a painted head that does as asked, a sheet held up in its
place, the right actions in another order, and light of another recording. Needs the networks that find faces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.errors import ModelError
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.identity.challenge.detector import Answer
from assay.kinds.identity.challenge.plan import ACTIONS, Plan, draw, sign
from assay.kinds.identity.evidence import Frame
from assay.kinds.identity.simulated.portrait import frames, shown
from assay.kinds.identity.simulated.session import schedule
from tests.kinds.identity.test_evidence import NOW, SEAL, check


def networks() -> bool:
    from assay.vision.face import faces

    try:
        return bool(faces(shown(), 1))
    except (ModelError, ImportError):
        return False


pytestmark = pytest.mark.skipif(not networks(), reason="needs the face networks (make setup)")
ORDER = ("turn-left", "look-up", "open-mouth")
ISSUED = int(NOW.timestamp() * 1e6)


def plan_of(*actions: Any) -> Plan:
    return msgspec.structs.replace(
        draw("v-1", ISSUED), actions=actions, flashes=("red", "blue", "white", "green", "red", "green")
    )


def examined(plan: Plan, stream: tuple[Frame, ...]) -> tuple[Verdict, dict[str, int]]:
    one = check(
        challenge=sign(plan, SEAL), prompts=schedule(plan), frames=stream, time=moment(ISSUED) + timedelta(seconds=22)
    )
    found = Answer().examine(Batch.of([one]), Profile.empty(1))
    told = found.explain(np.array([0]))[0]
    codes: dict[str, int] = {}
    for reason in told.reasons:
        codes[reason.code.removeprefix("identity.")] = codes.get(reason.code.removeprefix("identity."), 0) + 1
    return Verdict(int(found.verdict[0])), codes


def after_prompts(plan: Plan, actions: tuple[Any, ...], late: float = 0.6) -> list[tuple[Any, float]]:
    return list(zip(actions, [p.at / 1000 + late for p in schedule(plan) if p.name in ACTIONS], strict=True))


def test_a_head_that_does_as_asked_is_genuine() -> None:
    plan = plan_of(*ORDER)
    verdict, codes = examined(plan, frames(plan, after_prompts(plan, ORDER)))
    assert verdict == Verdict.GENUINE, codes
    assert codes == {"step-done": 3, "relief": 1, "flash-answered": 1}


def test_a_sheet_that_is_turned_in_its_place_is_not() -> None:
    plan = plan_of(*ORDER)
    verdict, codes = examined(plan, frames(plan, after_prompts(plan, ORDER), flat=True))
    assert verdict == Verdict.SUSPICIOUS
    assert codes["step-missed"] >= 1
    assert codes["flash-even"] == 1
    assert "relief" not in codes
    assert "flash-answered" not in codes


def test_a_recording_of_another_order_is_not() -> None:
    plan = plan_of(*ORDER)
    other = ("white", "green", "blue", "red", "green", "blue")
    verdict, codes = examined(
        plan, frames(plan, after_prompts(plan, ("look-up", "open-mouth", "turn-left")), colours=other)
    )
    assert verdict == Verdict.SUSPICIOUS
    assert codes.get("step-missed", 0) + codes.get("step-wrong", 0) == 3
    assert "flash-other" in codes or "flash-absent" in codes


def test_an_empty_room_is_inconclusive() -> None:
    from assay.kinds.identity.simulated.portrait import jpeg, painted

    empty = jpeg(painted(head=False))
    plan = plan_of(*ORDER)
    verdict, codes = examined(plan, tuple(Frame(at=100.0 * i, image=empty) for i in range(60)))
    assert (verdict, codes) == (Verdict.INCONCLUSIVE, {"no-face": 1})
