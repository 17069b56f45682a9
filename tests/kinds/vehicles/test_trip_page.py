"""A journey in the console: its way in metres, both sides of every comparison, in both languages; no place of it on the page."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.evidence import Evidence
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.vehicles.cloud.evidence import VehicleEvent
from assay.kinds.vehicles.detectors import detectors
from assay.kinds.vehicles.mileage.bench import account
from assay.kinds.vehicles.trips.evidence import Trip
from assay.kinds.vehicles.trips.spoof import KINDS
from assay.kinds.vehicles.trips.track import Track, pack
from assay.kinds.vehicles.view import view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World
from tests.kinds.vehicles.journeys import honest


def recorded(evidence: Evidence) -> Decision:
    """As a decision on record."""
    batch: Batch[Any] = Batch.of([evidence])
    findings = []
    for detector in detectors(None):
        if batch.type in detector.reads:
            told = detector.examine(batch, Profile.empty(1))
            findings += told.explain(np.flatnonzero(told.verdict))
    last = World(count=2).made[-1]
    return msgspec.structs.replace(
        last, id=evidence.id, kind=batch.type.tag(), evidence=batch.row(0), findings=tuple(findings), outcome="review", reasons=(),
        probability=None, entities=evidence.entities(), profile={},
    )  # fmt: skip


@cache
def forged() -> Trip:
    track = KINDS["delay-30"](Track(honest().gnss, honest().imu), np.random.default_rng(1))
    return Trip(id="trip-1", time=moment(0), vehicle="v-1", policy="<b>pol</b>", content=pack(track), odometer=1200.0)


def page(evidence: Evidence, language: str = "en", kept: bool = True) -> tuple[Page, str]:
    with client(Desk(recorded(evidence), evidence.exhibits() if kept else [], view)) as browser:
        found = browser.get(f"{BASE}/decisions/{evidence.id}?lang={language}")
    assert found.status_code == 200
    return Page(found.text), found.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_and_both_sides_are_drawn(language: str) -> None:
    shown, html = page(forged(), language)
    charts = [a.get("class") or "" for a in shown.all("svg")]
    assert sum("way" in c.split() for c in charts) == 1
    assert sum("felt" in c.split() for c in charts) == 2  # one for wide screens, one for narrow ones
    assert "&lt;b&gt;pol" in html
    assert "<b>pol" not in html
    assert not re.findall(r"vehicles\.(page|number)\.[a-z-]+", html)


def test_no_place_is_on_the_page_and_every_point_is_inside_the_drawing() -> None:
    _, html = page(forged())
    first = honest().gnss["latitude"][0], honest().gnss["longitude"][0]
    assert not any(f"{place:.3f}" in html for place in first)
    for points in re.findall(r'points="([^"]+)"', html):
        for x, y in (pair.split(",") for pair in points.split()):
            assert -1 <= float(x) <= 1001
            assert -1 <= float(y) <= 401


def test_an_erased_or_unreadable_record_leaves_what_was_said() -> None:
    for kept in (True, False):
        shown, _ = page(forged(), kept=kept)
        assert any("earlier or later" in text for text in shown.text)
    broken = Trip(id="x", time=moment(0), content=b"ATRK1\nrubbish")
    assert "not be read" in page(broken)[1]
    assert view(recorded(forged()), [Enclosed(content=b"\xff" * 100)])["kept"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_accounts_and_events_have_their_pages(language: str) -> None:
    made = msgspec.structs.replace(account(np.random.default_rng(1), shaved=0.1), id="m-1")
    shown, html = page(made, language)
    assert any("odometers" in (a.get("class") or "") for a in shown.all("svg"))
    event = VehicleEvent(
        id="e-1", time=moment(0), action="fuel", vehicle="v", station="p<1>", litres=80.0, tank=50.0, refused=True
    )
    shown, html = page(event, language)
    assert "p&lt;1&gt;" in html
    assert not re.findall(r"vehicles\.(page|action)\.[a-z-]+", html)
