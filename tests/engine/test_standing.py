"""A payment feels the message that came before it: for so many hours, for that customer, and after a restart as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.finding import Finding, Findings, Reason
from assay.core.kind import kinds
from assay.core.label import Label
from assay.core.profile import Profile
from assay.engine import Engine
from assay.kinds.messages.evidence import Message
from assay.kinds.payments.evidence import Payment
from assay.ledger.snapshots import Snapshots
from assay.ledger.sqlite import SqliteLedger
from assay.policy import Policy, check
from assay.policy.problem import PolicyProblems

from .world import START

CODE = "messages.intent-payee-change"
POLICY = """
name: transfers
version: 1
applies_to: payment
otherwise: allow
rules:
  - name: told by message
    when: {when}
    at_least: challenge
"""


class Told:
    """Says of a message what its subject says: a severity."""

    name, version, reads = "messages.intent", "1", (Message,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        def finding(severity: str) -> Finding:
            return Finding(
                detector=self.name, version="1", verdict="suspicious", severity=severity, reasons=(Reason(CODE, 0.5),)
            )

        said = [(i, s) for i, s in enumerate(batch.columns["subject"]) if s]
        return Findings.of(self.name, "1", len(batch), ((i, finding(s)) for i, s in said))


def opened(folder: Path, when: str = f'open.within(72, "{CODE}")') -> Engine:
    rooms = [kinds()["messages"], kinds()["payments"]]
    types = {type_.tag(): type_ for room in rooms for type_ in room.evidence}
    policies = {"payments": Policy.parse(POLICY.format(when=when))}
    engine = Engine(
        rooms=rooms, ledger=SqliteLedger(folder / "ledger", types=types), policies=policies,
        snapshots=Snapshots(folder / "snapshots"),
    )  # fmt: skip
    engine.lanes[Message].detectors = [Told()]
    engine.restore()
    return engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = opened(tmp_path)
    yield engine
    engine.ledger.close()


def message(severity: str, hours: float = 0, customer: str = "c1", id_: str = "m1") -> Message:
    when = moment(START) + timedelta(hours=hours)
    return Message(id=id_, time=when, customer=customer, subject=severity, text="pay to this account from now on")


def pay(engine: Engine, hours: float, customer: str = "c1") -> str:
    when = moment(START) + timedelta(hours=hours)
    payment = Payment(id=f"{customer}-{hours}", time=when, amount=Decimal("80.00"), currency="EUR", customer=customer)
    return engine.assess(payment).outcome


@pytest.mark.parametrize("severity", ["medium", "high", "critical"])
def test_the_payment_after_the_message_is_challenged_within_the_hours(engine: Engine, severity: str) -> None:
    assert pay(engine, -1) == "allow"
    engine.assess(message(severity))
    assert [pay(engine, hours) for hours in (0.5, 71.9, 72.1, 200)] == ["challenge", "challenge", "allow", "allow"]
    assert pay(engine, 1, customer="c2") == "allow"
    engine.label([Label(evidence="m1", truth="genuine")])
    assert pay(engine, 2) == "allow", "a label that says genuine closes it"


def test_a_mild_one_never_stands(engine: Engine) -> None:
    engine.assess(message("low"))
    assert pay(engine, 1) == "allow"


def test_a_newer_message_counts_anew(engine: Engine) -> None:
    engine.assess(message("high"))
    engine.assess(message("medium", hours=60, id_="m2"))
    assert [pay(engine, hours) for hours in (100, 131, 133)] == ["challenge", "challenge", "allow"]


def test_of_medium_severity_only_what_is_asked_for_stands_and_it_counts_in_no_sum(tmp_path: Path) -> None:
    counting = opened(tmp_path / "a", "open.count > 0")
    counting.assess(message("medium"))
    assert pay(counting, 1) == "allow"
    both = opened(tmp_path / "b", f'open.count > 0 || (open.within(1, "{CODE}") && false)')
    both.assess(message("medium"))
    assert pay(both, 1) == "allow"
    both.assess(message("high", id_="m2"))
    assert pay(both, 2) == "challenge"


@pytest.mark.parametrize(
    ("when", "outcome"),
    [
        ('open.within(72, "messages.*")', "challenge"),
        ("open.within(72)", "challenge"),
        ("open.within(0.5)", "allow"),
        (f'open.within(72, "payments.burst", "{CODE}")', "challenge"),
        ('open.within(72, "payments.*")', "allow"),
        (f'"{CODE}" in open.reasons', "challenge"),
    ],
)
def test_ways_to_ask(tmp_path: Path, when: str, outcome: str) -> None:
    when = when.replace("payments.burst", next(iter(kinds()["payments"].reasons)))
    engine = opened(tmp_path, f"'{when}'" if when.startswith('"') else when)
    engine.assess(message("high"))
    assert pay(engine, 1) == outcome


def test_a_restart_and_a_new_question_find_the_same(tmp_path: Path) -> None:
    engine = opened(tmp_path, "open.count > 5")
    engine.assess(message("medium"))
    engine.snapshot()
    engine.ledger.close()
    asking = opened(tmp_path)
    assert pay(asking, 1) == "challenge", "what was found before anybody asked is found in the ledger"
    asking.snapshot()
    asking.ledger.close()
    assert pay(opened(tmp_path), 2) == "challenge"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("findings.payments.modle.probability > 0.5", "payments.model"),
        ('open.within(72, "messages.intent-payee-chance")', CODE),
        ('open.within(72, "mesages.*")', "messages"),
        ("open.within(evidence.amount)", "open.within(72)"),
        ("open.within(0)", "open.within(72)"),
        ("open.whithin(3)", "open.within"),
    ],
)
def test_what_is_misspelt_is_told_with_what_was_meant(tmp_path: Path, when: str, said: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY.format(when=when))
    (problem,) = check(path)
    assert said in problem.hint + problem.message, problem
    if "modle" not in when:
        with pytest.raises(PolicyProblems):
            Policy.load(path)
