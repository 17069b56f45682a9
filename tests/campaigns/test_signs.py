"""What of a finding gathers: its weight, its rules, its stage, what it links; of transactions only what is on record anyway."""

from __future__ import annotations

import numpy as np
import pytest

from assay.campaigns.signs import MOST_RULES, Rule, sign_of, signs_of
from assay.campaigns.weights import NATS
from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import column
from assay.core.finding import Finding, Reason
from assay.core.tactics import TACTICS, names_of, stages, tactic_of, tactics_of
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.payments.evidence import Payment

HOST = (Entity("host", "w"),)


def finding(severity: str = "high", probability: float | None = None, *reasons: Reason) -> Finding:
    return Finding(
        detector="room.d", version="1", verdict="suspicious", severity=severity, probability=probability, reasons=reasons,
        techniques=("T1003.001", "T1021"),
    )  # fmt: skip


def test_rules_are_told_by_their_reason_and_the_rule_it_names_the_weightiest_first() -> None:
    told = finding(
        "high", None, Reason("room.rule", 0.2, {"rule": "b"}), Reason("room.rule", 0.7, {"rule": "a", "title": "A"})
    )
    sign = sign_of("e", 0, 0, told, HOST)
    assert sign is not None
    assert sign.rules == (Rule("room.d", "room.rule", "a"), Rule("room.d", "room.rule", "b"))
    assert sign.titles == ("A", "")
    assert names_of(sign.tactics) == ("credential-access", "lateral-movement")


def test_a_model_s_reasons_are_no_rules() -> None:
    reasons = [Reason(f"room.{name}", 1.0) for name in "abc"]
    for told in (finding("high", 0.9, *reasons), finding("high", 0.9, *reversed(reasons))):
        sign = sign_of("e", 0, 0, told, HOST)
        assert sign is not None
        assert sign.rules == (Rule("room.d", ""),)


def test_of_many_rules_the_weightiest_few_are_looked_at() -> None:
    sign = sign_of(
        "e", 0, 0, finding("high", None, *(Reason("room.rule", i / 99, {"rule": str(i)}) for i in range(99))), HOST
    )
    assert sign is not None
    assert [rule.rule for rule in sign.rules] == [str(i) for i in range(98, 98 - MOST_RULES, -1)]


@pytest.mark.parametrize("values", [{"rule": 7}, {"rule": ["x"]}, {"title": None}, {"rule": "x" * 10_000}])
def test_odd_values_of_a_reason_do_no_harm(values: dict[str, object]) -> None:
    sign = sign_of("e", 0, 0, finding("high", None, Reason("room.rule", 1.0, values)), HOST)
    assert sign is not None
    assert len(sign.rules[0].rule) <= 120


def test_a_finding_that_names_nobody_is_about_its_evidence_s_entities() -> None:
    batch = Batch(LogRecord, ["l1"], np.zeros(1, np.int64), {"host": column(["w"], numeric=False)})
    (sign,) = signs_of(batch, 0, [finding()])
    assert sign.keys == ("machine:w",)


def test_of_a_transaction_mild_findings_are_left_out_of_an_observation_not() -> None:
    columns = {"device": column(["w"], numeric=False), "host": column(["w"], numeric=False)}
    grades = ["informational", "low", "medium", "high", "critical"]
    told = [finding(grade) for grade in grades]
    for type_, expected in ((Payment, grades[2:]), (LogRecord, grades)):
        batch = Batch(type_, ["x"], np.zeros(1, np.int64), columns)
        assert [sign.severity for sign in signs_of(batch, 0, told)] == expected


def test_every_tactic_has_techniques_and_names_lead_to_themselves() -> None:
    for name in TACTICS:
        assert tactic_of(name) == name
        assert names_of(tactics_of((name,))) == (name,)
    assert tactic_of("attack.t1059.001") == "execution"
    assert tactic_of("T1685") == "defense-impairment"
    assert tactic_of("TA0005") == "stealth"
    assert [tactic_of(odd) for odd in ("", "T", "TA", "T99999", "x" * 999, "TA0000")] == [""] * 6
    assert stages(tactics_of(("stealth", "defense-impairment", "defense-evasion"))) == 1, (
        "what was one stage counts once"
    )


def test_detectors_that_accuse_one_piece_of_evidence_count_ever_less() -> None:
    batch = Batch(LogRecord, ["l1"], np.zeros(1, np.int64), {"host": column(["w"], numeric=False)})
    alone = [sign.weight for sign in signs_of(batch, 0, [finding("high")])]
    three = [sign.weight for sign in signs_of(batch, 0, [finding("low"), finding("high"), finding("medium")])]
    assert three == [0.5 / 9, alone[0], 1.5 / 4]


def test_a_rule_that_was_met_once_more_is_the_same_rule() -> None:
    told = [finding("high", None, Reason(code, 0.5, {"rule": "r1"})) for code in ("hosts.rule", "hosts.rule-again")]
    first, again = (sign_of("e", 0, 0, one, HOST) for one in told)
    assert first is not None
    assert again is not None
    assert first.rules == again.rules


def test_what_is_open_to_attack_weighs_next_to_nothing() -> None:
    exposed = Reason("phones.report-exposed", 0.3)
    told = sign_of("e", 0, 0, Finding(detector="phones.report", version="1", verdict="suspicious", severity="medium", reasons=(exposed,)), HOST)  # fmt: skip
    assert told is not None
    assert told.weight == NATS["informational"]
    both = sign_of("e", 0, 0, finding("medium", None, exposed, Reason("phones.report-suspicious", 0.6)), HOST)
    assert both is not None
    assert both.weight == NATS["medium"]


@pytest.mark.parametrize(
    ("detector", "stage"),
    [("documents.structure", "resource-development"), ("images.edited", "resource-development"), ("identity.match", "initial-access"),
     ("messages.links", "initial-access"), ("hosts.sigma", ""), ("nobody.s", "")],
)  # fmt: skip
def test_what_names_no_technique_tells_of_the_stage_that_its_room_says(detector: str, stage: str) -> None:
    told = sign_of("e", 0, 0, Finding(detector=detector, version="1", verdict="suspicious", severity="high"), HOST)
    assert told is not None
    assert "".join(names_of(told.tactics)) == stage


@pytest.mark.parametrize(
    "code",
    [*(f"F10{n:02}" for n in range(1, 51)), *(f"F10{n}" for n in range(53, 60)), "FA0001", "FA0002", "F1047.002"],
)
def test_every_technique_of_the_fight_fraud_framework_has_a_stage(code: str) -> None:
    assert tactic_of(code) in TACTICS
