"""A quiet day gives no alarm: nothing of medium severity or more from our own rules and correlations, however it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assay.core.finding import Severity, Verdict
from assay.core.kind import sniff
from assay.core.profile import Profile
from assay.kinds.hosts.detector import detectors
from tests.kinds.hosts import quiet

LOGS = {
    "workstation.json": lambda: quiet.stamped(quiet.workstation(), 40), "server.json": lambda: quiet.stamped(quiet.server(), 2.5),
    "cloud.json": lambda: quiet.stamped(quiet.cloud(), 20), "linux.log": quiet.linux,
}  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_a_quiet_day_gives_no_alarm(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("\n".join(LOGS[name]()) + "\n", "utf-8")
    found = sniff(path)
    assert found is not None
    assert found[0].name == "hosts"
    (sigma,) = detectors(None)
    refused: list[object] = []
    alarms, count = [], 0
    for batch in found[1].read(path, reject=refused.append):
        count += len(batch)
        findings = sigma.examine(batch, Profile.empty(len(batch)))
        rows = np.flatnonzero(findings.verdict >= Verdict.SUSPICIOUS)
        for finding in findings.explain(rows):
            if Severity[finding.severity.upper()] >= Severity.MEDIUM:
                alarms += [
                    (reason.values["title"], reason.values.get("value"), reason.values.get("group"))
                    for reason in finding.reasons
                ]
    assert not refused
    assert count >= 60
    assert alarms == []
