"""What the detector tells of a stream: the same however it is cut, every rule that held on a host, and ever less of what only
repeats itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.decision import Decision
from assay.core.finding import Finding, reason_at
from assay.core.kind import evidence_types
from assay.core.profile import Profile
from assay.engine import Engine
from assay.kinds.hosts import KIND
from assay.kinds.hosts.detector import Sigma
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.hosts.repeats import Repeats, lowered
from assay.kinds.hosts.sigma.load import load_rules
from assay.kinds.hosts.sigma.ruleset import RuleSet
from assay.kinds.hosts.view import address, view
from assay.ledger.snapshots import Snapshots
from assay.ledger.sqlite import SqliteLedger

RULES = """
title: Logon failed
name: failed
id: f
level: low
logsource: {product: windows}
detection: {s: {EventID: '4625'}, condition: s}
---
title: Logon
name: logon
id: l
logsource: {product: windows}
detection: {s: {EventID: '4624'}, condition: s}
---
title: Tool of an attacker
id: tool
level: high
tags: [attack.t1003]
logsource: {product: windows}
detection: {s: {CommandLine|contains: katz}, condition: s}
---
title: Guessed
id: guessed
level: critical
tags: [attack.t1110.001]
correlation: {type: event_count, rules: [failed], group-by: [user], timespan: 5m, condition: {gte: 3}}
"""
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "r.yml"
    path.write_text(RULES)
    return path


def sigma(path: Path) -> Sigma:
    loaded = load_rules([path])
    return Sigma(RuleSet(loaded.rules), loaded.correlations)


def record(number: int, seconds: float, host: str = "pc", **fields: str) -> LogRecord:
    return LogRecord(id=f"e{number}", time=BEGIN + timedelta(seconds=seconds), host=host, fields=fields)


def examined(detector: Sigma, records: Sequence[LogRecord], cuts: Sequence[int] = ()) -> list[Finding]:
    batch: Batch[Any] = Batch.of(records)
    out: list[Finding] = []
    for part in np.split(np.arange(len(records)), sorted(cuts)):
        if len(part):
            findings = detector.examine(batch.take(part), Profile.empty(len(part)))
            out += findings.explain(np.arange(len(part)))
    return out


def test_a_correlation_names_its_group_and_its_events(rules: Path) -> None:
    stream = [record(i, i, EventID="4625", user="Eve") for i in range(3)]
    *_, last = examined(sigma(rules), stream)
    assert (last.severity, last.techniques) == ("critical", ("T1110.001",))
    assert last.reasons[0].code == "hosts.correlation"
    assert last.reasons[0].values | {"author": ""} == {
        "title": "Guessed", "rule": "guessed", "author": "", "count": "3", "span": "5m", "group": "user Eve", "events": "e0, e1, e2",
    }  # fmt: skip


def test_rules_that_only_serve_a_correlation_are_not_told(rules: Path) -> None:
    first, second, _ = examined(sigma(rules), [record(i, i, EventID="4625", user="Eve") for i in range(3)])
    assert (first.verdict, second.verdict) == ("none", "none")


def test_places_belong_to_their_reasons(rules: Path) -> None:
    (finding,) = examined(sigma(rules), [record(0, 0, EventID="4624", CommandLine="mimikatz")])
    for place in finding.where:
        number = reason_at(finding, place)
        assert number is not None
    spans = {(place.field, place.span) for place in finding.where}
    assert ("CommandLine", (4.0, 8.0)) in spans
    assert {finding.reasons[0].values["field"]} <= {field for field, _ in spans}


def test_the_same_hit_again_and_again_is_told_ever_more_rarely_and_weighs_less(rules: Path) -> None:
    found = examined(sigma(rules), [record(i, i, CommandLine="katz") for i in range(100)])
    told = [i + 1 for i, finding in enumerate(found) if finding.verdict == "suspicious"]
    assert told == [1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64]
    assert [found[i - 1].severity for i in (1, 2, 4, 8, 16)] == [
        "high",
        "medium",
        "low",
        "informational",
        "informational",
    ]
    weights = [found[i - 1].reasons[0].weight for i in told]
    assert weights == sorted(weights, reverse=True)


def test_nothing_new_is_passed_over(rules: Path) -> None:
    stream = [record(i, i, CommandLine="katz") for i in range(50)]
    stream += [
        record(50, 50, CommandLine="katz two"),
        record(51, 51, "other", CommandLine="katz"),
        record(52, 86_402, CommandLine="katz"),
    ]
    *_, value, host, day = examined(sigma(rules), stream)
    assert (value.verdict, value.severity) == ("suspicious", "informational")
    assert (host.severity, day.severity) == ("high", "high")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_does_not_matter_how_a_stream_is_cut(rules: Path, data: st.DataObject) -> None:
    kinds = [
        {"EventID": "4625", "user": "a"},
        {"EventID": "4625", "user": "b"},
        {"EventID": "4624"},
        {"CommandLine": "katz"},
        {"x": "y"},
    ]
    chosen = data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=30))
    stream = [record(i, i * 40, **fields) for i, fields in enumerate(chosen)]
    whole = examined(sigma(rules), stream)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=4))
    detector = sigma(rules)
    assert examined(detector, stream, cuts) == whole
    detector.forget()
    assert examined(detector, stream) == whole


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_it_keeps_is_all_that_it_remembers(rules: Path, data: st.DataObject) -> None:
    kinds = [
        {"EventID": "4625", "user": "a"},
        {"EventID": "4625", "user": "b"},
        {"CommandLine": "katz"},
        {"CommandLine": "katz 2"},
    ]
    chosen = data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=40))
    stream = [record(i, i * 40, **fields) for i, fields in enumerate(chosen)]
    cut = data.draw(st.integers(0, len(stream)))
    first, second = sigma(rules), sigma(rules)
    before = examined(first, stream[:cut]) if cut else []
    second.bring_back(first.kept())
    after = examined(second, stream[cut:]) if cut < len(stream) else []
    assert before + after == examined(sigma(rules), stream)


@pytest.mark.parametrize("kept", [b"", b"\xff\x00", b"\x92\x80\x90", b"\x93\x80\x90\x90", b"\x92\x81\xa1x\x91\x01\x90"])
def test_what_was_kept_otherwise_is_left(rules: Path, kept: bytes) -> None:
    detector = sigma(rules)
    detector.bring_back(kept)
    assert len(detector.repeats) == 0
    examined(detector, [record(0, 0, CommandLine="katz")])
    memory = detector.kept()
    detector.bring_back(sigma(rules).kept())
    assert detector.kept() == memory  # it remembers more already


def test_an_engine_takes_up_what_its_detectors_kept(tmp_path: Path) -> None:
    def opened() -> Engine:
        ledger = SqliteLedger(tmp_path / "ledger", types=evidence_types())
        return Engine(rooms=[KIND], ledger=ledger, snapshots=Snapshots(tmp_path / "snapshots"))

    def fails(number: int) -> LogRecord:
        return record(number, number, Channel="Security", EventID="4625", TargetUserName="eva", Computer="pc")

    engine = opened()
    engine.assess_batch(Batch.of([fails(i) for i in range(15)]))
    engine.snapshot()
    assert engine.ledger is not None
    engine.ledger.close()
    engine = opened()
    engine.restore()
    told = engine.assess_batch(Batch.of([fails(i) for i in range(15, 20)]))
    assert [reason.code for i in range(len(told)) for reason in told.decision(i).reasons] == ["hosts.correlation"]
    engine.restore()  # and keeps what it has since come to know
    assert len(engine.assess_batch(Batch.of([fails(20)]))) == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 2 * DAY)), max_size=80))
def test_every_value_of_a_run_is_told_at_least_once(hits: list[tuple[str, str, int]]) -> None:
    repeats = Repeats()
    told = {(host, value) for host, value, _ in hits if repeats.hit(host, "r", 0, lambda value=value: value) > 0}  # type: ignore[misc]
    assert told == {(host, value) for host, value, _ in hits}


def test_severity_falls_one_step_at_each_doubling() -> None:
    assert [lowered(5, n) for n in (1, 2, 3, 4, 8, 16, 1000)] == [5, 4, 4, 3, 2, 1, 1]


def test_a_record_comes_back_out_of_its_columns() -> None:
    item = record(1, 5, CommandLine="katz", Channel="Security", EventID="1")
    batch: Batch[Any] = Batch.of([item])
    again = Batch(batch.type, batch.ids, batch.time, batch.columns).item(0)
    assert (again.fields, again.host, again.time) == (item.fields, item.host, item.time)


def test_the_page_has_what_met_first_and_every_technique(rules: Path) -> None:
    item = record(0, 0, Channel="Security", Note="x", CommandLine="run katz <b>", time="2026-03-01T00:00:00Z")
    batch: Batch[Any] = Batch.of([item])
    findings = tuple(sigma(rules).examine(batch, Profile.empty(1)).explain(np.array([0])))
    decision = Decision(
        id="e0", kind="log-record", time=0, decided=0, outcome="allow", findings=findings, evidence=batch.row(0)
    )
    shown = view(decision, [])
    assert [field["name"] for field in shown["fields"]] == ["CommandLine", "Note", "time", "Channel"]
    assert shown["techniques"] == [{"id": "T1003", "address": "attack.mitre.org/techniques/T1003/"}]
    assert shown["rules"][0]["fields"] == ["CommandLine"]
    assert shown["timed"]
    assert address("T1003.001") == "attack.mitre.org/techniques/T1003/001/"
    assert view(Decision(id="x", kind="log-record", time=0, decided=0, outcome="allow"), [])["fields"] == []
