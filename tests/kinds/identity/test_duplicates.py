"""The same face under another customer's name is told at once, from templates that lie encrypted and can be forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.finding import Finding, Verdict
from assay.core.profile import Profile
from assay.core.trace import Sighting
from assay.engine import Engine
from assay.kinds.identity import KIND
from assay.kinds.identity.evidence import IdentityCheck
from assay.kinds.identity.templates.detector import SameFace
from assay.kinds.identity.templates.traces import REACH, traces
from assay.ledger.seal import Seal
from assay.ledger.sqlite import SqliteLedger
from assay.ledger.templates import Templates
from assay.vision import assets
from tests.kinds.identity.faces import jpeg, one, other, paper, png

WHEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
needs_networks = pytest.mark.skipif(bool(assets.missing()), reason="the face networks are not installed")


def check(id_: str, customer: str | None, **fields: Any) -> IdentityCheck:
    return IdentityCheck(id=id_, time=WHEN, customer=customer, **fields)


def opened(folder: Path, *, templates: bool = True) -> Engine:
    engine = Engine(
        rooms=[KIND],
        ledger=SqliteLedger(folder / "ledger", types={IdentityCheck.tag(): IdentityCheck}),
        seal=Seal.open(folder / "secrets"),
        templates=Templates.open(folder / "templates", folder / "secrets") if templates else None,
    )
    engine.restore()
    return engine


def codes(engine: Engine, *given: Any, **fields: Any) -> set[str]:
    decision = engine.assess(check(*given, **fields))
    return {
        reason.code for finding in decision.findings for reason in finding.reasons if finding.verdict == "suspicious"
    }


@needs_networks
def test_the_same_face_under_another_name_is_told_until_it_is_forgotten(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    assert codes(engine, "i1", "c1", selfie=png(one())) == set()
    assert codes(engine, "i2", "c1", selfie=jpeg(one(300))) == set(), "a customer may come again"
    assert codes(engine, "i3", "c2", selfie=png(other())) == set(), "another face"
    assert codes(engine, "i4", "c3", selfie=jpeg(one(), 70)) == {"identity.same-face"}
    (finding,) = [f for f in engine.ledger.decision("i4").findings if f.detector == "identity.duplicate"]
    assert finding.severity == "medium"
    assert finding.reasons[0].values["evidence"] in ("i1", "i2")
    assert engine.traces.vault.forget("c1") == 2
    assert engine.traces.vault.forget("c3") == 1
    assert codes(engine, "i5", "c4", selfie=png(one(350))) == set()
    recorded = [
        t for r in engine.ledger.replay(0) if r.decisions for d in r.decisions.details.values() for t in d.traces
    ]
    assert recorded
    assert not any(trace.vector for trace in recorded)


@needs_networks
def test_where_no_templates_are_kept_nobody_is_known_again(tmp_path: Path) -> None:
    engine = opened(tmp_path, templates=False)
    for n, customer in enumerate(("c1", "c2", "c3")):
        assert codes(engine, f"i{n}", customer, selfie=png(one())) == set()


@needs_networks
def test_only_a_good_view_of_the_person_leaves_a_template() -> None:
    import cv2

    blurred = cv2.GaussianBlur(one(), (0, 0), 14)
    shown = traces(
        Batch.of(
            [
                check("a", "c", selfie=png(one())),
                check("b", "c", selfie=png(blurred)),
                check("c", "c", document=jpeg(paper(one()))),
                check("d", "c", selfie=b"nothing"),
                check("e", "c"),
            ]
        )
    )
    assert [len(found) for found in shown] == [1, 0, 0, 0, 0]
    assert len(shown[0][0].value) == 512


def told(distance: float, among: int, kind: str = "face") -> Finding | None:
    sighting = Sighting(kind, "e9", "c9", 0, distance=int(1000 * distance / REACH), among=among)
    profile = Profile.empty(1).seeing({0: (sighting,)})
    findings = SameFace().examine(Batch.of([check("i", "c")]), profile)
    return None if findings.verdict[0] == Verdict.NONE else findings.explain(np.array([0]))[0]


def test_the_more_faces_there_are_the_nearer_one_must_lie() -> None:
    assert told(0.5, 10).severity == "medium"  # type: ignore[union-attr]
    assert told(0.54, 100_000) is None, "among so many somebody looks alike"
    assert told(0.25, 100_000).severity == "medium"  # type: ignore[union-attr]
    assert told(0.1, 10, kind="portrait") is None
    order = ["medium", "low", None]
    grades = [told(share, 10_000) for share in np.linspace(0.2, REACH, 30)]
    places = [order.index(None if g is None else g.severity) for g in grades]
    assert places == sorted(places), "further is never graver"
