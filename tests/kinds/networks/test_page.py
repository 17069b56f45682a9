"""The console shows who talked to whom and when, in both languages; whatever a log holds is text."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.networks.detectors import detectors
from assay.kinds.networks.reading.rows import FlowRow, LookupRow, batches
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World

T = 1_700_006_400_000_000


def recorded(rows: list[Any], tag: str) -> Any:
    """The first finding of an account, as it is on record."""
    known = detectors(None)
    for batch in batches(rows, "x"):
        if batch.type.tag() == tag:
            return _decision(batch, known)
    raise AssertionError(tag)


def _decision(batch: Batch[Any], known: list[Any]) -> Any:
    findings = []
    for detector in known:
        if batch.type in detector.reads:
            told = detector.examine(batch, Profile.empty(len(batch)))
            findings += told.explain(np.flatnonzero(told.verdict)[:1])
    last = World(count=2).made[-1]
    return msgspec.structs.replace(
        last, id="net-1", kind=batch.type.tag(), evidence=batch.row(0), findings=tuple(findings), outcome="review", reasons=(),
        probability=None, entities=findings[0].entities, profile={},
    )  # fmt: skip


BEACON = [FlowRow(T + i * 600_000_000, "10.0.0.5", "198.51.100.7", 443.0, "tcp", sent=500.0) for i in range(144)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_beacon_is_drawn(language: str) -> None:
    with client(Desk(recorded(BEACON, "contact"))) as browser:
        found = browser.get(f"{BASE}/decisions/net-1?lang={language}")
        assert found.status_code == 200
        page = Page(found.text)
        (chart,) = [a for tag, a in page.elements if tag == "svg" and "rhythm" in (dict(a).get("class") or "")]
        assert dict(chart)["role"] == "img"
        assert len([a for tag, a in page.elements if tag == "rect" and dict(a).get("width") == "5"]) >= 90
        text = " ".join(page.text)
        assert "10.0.0.5" in text
        assert "198.51.100.7" in text
        assert "networks.page" not in found.text
        assert browser.get(f"{BASE}?lang={language}").status_code == 200


def test_what_a_log_holds_is_text() -> None:
    name = "x" * 40 + "<script>alert(1)</script>.example.com"
    rows = [LookupRow(T + i, "10.0.0.5", "10.0.0.1", f"{i}{name}", "TXT") for i in range(50)]
    with client(Desk(recorded(rows, "naming"))) as browser:
        found = browser.get(f"{BASE}/decisions/net-1")
        assert found.status_code == 200
        assert "<script>alert" not in found.text
