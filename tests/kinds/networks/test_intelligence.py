"""Known bad things are found wherever they show themselves, once for each pair and not for each connection, and in their term."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.profile import Profile
from assay.intelligence.indicator import Indicator
from assay.intelligence.store import write
from assay.kinds.networks.detectors.intelligence import KnownBad
from assay.kinds.networks.reading.rows import (
    FlowRow,
    HandshakeRow,
    LookupRow,
    TransferRow,
    WebRequestRow,
    batches,
)

T = 1_700_000_000_000_000
DAY = T // 86_400_000_000
HERE, THERE = "10.0.0.5", "198.51.100.7"
ROWS = {
    "ip": [FlowRow(T + i * 1_000_000, HERE, THERE, 443) for i in range(100)],
    "network": [FlowRow(T, HERE, THERE, 443)],
    "domain": [LookupRow(T, HERE, "10.0.0.1", "a.bad.example", "A", "NOERROR", "203.0.113.1")],
    "answer": [LookupRow(T, HERE, "10.0.0.1", "ok.example", "A", "NOERROR", "203.0.113.1 198.51.100.7")],
    "ja3": [HandshakeRow(T, HERE, THERE, ja3="cd" * 16)],
    "ja4": [HandshakeRow(T, HERE, THERE, ja4="t13d1516h2_8daaf6152771_e5627efa2ab1")],
    "certificate": [HandshakeRow(T, HERE, THERE, certificate="ef" * 20)],
    "url": [WebRequestRow(T, HERE, THERE, method="GET", host="ok.example", path="/x?y")],
    "sha256": [TransferRow(T, HERE, THERE, sha256="ab" * 32)],
}
KNOWN = {
    "ip": Indicator("ip", THERE), "network": Indicator("network", "198.51.100.0/24"), "domain": Indicator("domain", "bad.example", "Ferret", 95),
    "answer": Indicator("ip", THERE), "ja3": Indicator("ja3", "cd" * 16), "ja4": Indicator("ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1"),
    "certificate": Indicator("sha1", "ef" * 20), "url": Indicator("url", "ok.example/x"), "sha256": Indicator("sha256", "ab" * 32),
}  # fmt: skip


def found(rows: list[Any], indicator: Indicator, models: Path) -> list[Any]:
    write([indicator], models / "intelligence" / "test")
    detector = KnownBad(models / "networks")
    out = []
    for batch in batches(rows, "x"):
        if batch.type in detector.reads:
            told = detector.examine(batch, Profile.empty(len(batch)))
            out += told.explain(np.flatnonzero(told.verdict))
    return out


@pytest.mark.parametrize("kind", ROWS)
def test_each_kind_is_found_once(tmp_path: Path, kind: str) -> None:
    (finding,) = found(ROWS[kind], KNOWN[kind], tmp_path)
    assert finding.reasons[0].code == "networks.known-bad"
    assert finding.severity == {"network": "low", "domain": "high"}.get(kind, "medium")


@pytest.mark.parametrize("kind", ROWS)
def test_others_are_not(tmp_path: Path, kind: str) -> None:
    other = "domain" if kind != "domain" else "url"
    assert found(ROWS[kind], KNOWN[other] if kind != "url" else KNOWN["domain"], tmp_path) == []


def test_what_was_over_by_then_is_not(tmp_path: Path) -> None:
    assert found(ROWS["domain"], Indicator("domain", "bad.example", until=DAY - 1), tmp_path) == []


def test_without_any_source_nothing_is_said(tmp_path: Path) -> None:
    detector = KnownBad(tmp_path / "networks")
    for batch in batches(ROWS["ip"], "x"):
        if batch.type in detector.reads:
            assert not detector.examine(batch, Profile.empty(len(batch))).verdict.any()
