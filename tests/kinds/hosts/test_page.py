"""A host's event in the console: its fields with what met a rule marked, in both languages, and whatever a log holds is text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.decision import Decision
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.hosts.detector import Sigma, detectors
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.hosts.view import view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World


def recorded(count: int = 1, **fields: str) -> Decision:
    """The last of some events, as a ledger has it."""
    (sigma,) = detectors(None)
    assert isinstance(sigma, Sigma)
    start = datetime(2026, 3, 1, 10, tzinfo=UTC)
    items = [LogRecord(id=f"e<{i}>", time=start.replace(second=i), host="pc<7>", fields=fields) for i in range(count)]
    batch: Batch[Any] = Batch.of(items)
    found = sigma.examine(batch, Profile.empty(count)).explain(np.array([count - 1]))
    last = World(count=2).made[-1]
    return msgspec.structs.replace(
        last, id=f"e<{count - 1}>", kind="log-record", evidence=batch.row(count - 1), findings=tuple(found), reasons=(), profile={},
        entities=items[-1].entities(), probability=None,
    )  # fmt: skip


DELETED = {
    "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": "1", "Image": r"C:\x\vssadmin.exe",
    "CommandLine": "vssadmin delete shadows <script>alert(1)</script>",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_record_is_shown_with_what_met_the_rule(language: str) -> None:
    with client(Desk(recorded(**DELETED), [], view)) as browser:
        found = browser.get(f"{BASE}/decisions/e%3C0%3E?lang={language}")
        assert browser.get(f"{BASE}?lang={language}").status_code == 200
    assert found.status_code == 200
    page = Page(found.text)
    assert "<script>alert" not in found.text
    assert "hosts.page" not in found.text
    assert ">delete</mark>" in found.text
    shown = " ".join(page.text)
    assert "attack.mitre.org/techniques/T1490/" in shown
    assert "The Assay authors" in shown


def test_a_correlation_names_its_events() -> None:
    with client(
        Desk(recorded(20, Channel="Security", EventID="4625", TargetUserName="eva", Computer="pc7"), [], view)
    ) as browser:
        found = browser.get(f"{BASE}/decisions/e%3C19%3E?lang=en")
    assert found.status_code == 200
    assert "e&lt;18&gt;" in found.text
    assert '<b class="bad">TargetUserName</b>' in found.text


def test_without_the_record_the_page_says_so() -> None:
    decision = msgspec.structs.replace(recorded(**DELETED), evidence={"host": "pc7"})
    with client(Desk(decision, [], view)) as browser:
        assert "is not kept" in browser.get(f"{BASE}/decisions/e%3C0%3E?lang=en").text
