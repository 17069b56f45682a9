"""Campaigns in the flow: found in logs, felt by payments, closed by analysts, and the same after a restart or a kill."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from assay.campaigns import Terms, told
from assay.campaigns.kept import kept
from assay.campaigns.replay import replayed
from assay.campaigns.work import Work
from assay.core.batch import Batch
from assay.core.clock import DAY, moment
from assay.core.errors import InvalidEvidence, NotFound
from assay.core.finding import Finding, Findings, Reason
from assay.core.kind import kinds
from assay.core.label import Label
from assay.core.profile import Profile
from assay.engine import Engine
from assay.kinds.hosts.evidence import LogRecord
from assay.kinds.payments.evidence import Payment
from assay.ledger.snapshots import Snapshots
from assay.ledger.sqlite import SqliteLedger
from assay.policy import Policy

from .world import START

POLICY = """
name: transfers
version: 1
applies_to: payment
otherwise: allow
rules:
  - name: campaign
    when: {when}
    at_least: challenge
"""
ROOMS = ("hosts", "payments")


class Says:
    """Says of a log record what its product says: `rule severity technique`."""

    name, version, reads = "hosts.said", "1", (LogRecord,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        found = []
        for i, said in enumerate(batch.columns["product"]):
            if said:
                rule, severity, technique = said.split()
                found.append((i, Finding(
                    detector=self.name, version="1", verdict="suspicious", severity=severity, techniques=(technique,),
                    reasons=(Reason("hosts.rule", 0.5, {"rule": rule, "title": rule}),),
                )))  # fmt: skip
        return Findings.of(self.name, "1", len(batch), found)


def opened(folder: Path, when: str = "campaign.strength >= 0.5", terms: Terms | None = None) -> Engine:
    rooms = [kinds()[name] for name in ROOMS]
    types = {type_.tag(): type_ for room in rooms for type_ in room.evidence}
    engine = Engine(
        rooms=rooms, ledger=SqliteLedger(folder / "ledger", types=types), snapshots=Snapshots(folder / "snapshots"),
        policies={"payments": Policy.parse(POLICY.format(when=when))}, terms=terms,
    )  # fmt: skip
    engine.lanes[LogRecord].detectors = [Says()]
    engine.lanes[Payment].detectors = []
    engine.restore()
    return engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = opened(tmp_path)
    yield engine
    engine.ledger.close()


def log(id_: str, said: str, hours: float = 0, **whom: str) -> LogRecord:
    return LogRecord(id=id_, time=moment(START) + timedelta(hours=hours), product=said, **whom)


def attack(host: str = "WS-7", ip: str = "10.0.0.5", name: str = "a", hours: float = 0) -> list[LogRecord]:
    said = ("mail high T1566", "shell high T1059", "dump high T1003", "hop medium T1021")
    return [log(f"{name}{i}", one, hours + i / 10, host=host, ip=ip) for i, one in enumerate(said)]


def pay(engine: Engine, id_: str, hours: float = 1, **whom: str) -> str:
    when = moment(START) + timedelta(hours=hours)
    return engine.assess(Payment(id=id_, time=when, amount=Decimal("80.00"), currency="EUR", **whom)).outcome


def observe(engine: Engine, records: list[LogRecord]) -> None:
    engine.assess_batch(Batch.of(records))


def state(engine: Engine) -> bytes:
    return msgspec.msgpack.encode(kept(engine.campaigns))


def test_a_payment_from_a_host_with_an_open_campaign_is_challenged_and_no_other(engine: Engine) -> None:
    assert pay(engine, "before", device="ws-7") == "allow"
    observe(engine, attack())
    assert pay(engine, "device", device="WS-7") == "challenge", "a host's name is a device's, as it was written"
    assert pay(engine, "lower", device="ws-7") == "challenge", "or as it links"
    assert pay(engine, "address", ip="10.0.0.5") == "challenge"
    assert pay(engine, "other", device="WS-8", ip="10.0.0.6") == "allow"
    assert pay(engine, "nobody") == "allow"


def test_a_batch_is_told_row_by_row_in_any_size(tmp_path: Path) -> None:
    outcomes = []
    for size in (1, 3, 40):
        engine = opened(tmp_path / str(size))
        observe(engine, attack())
        when = moment(START) + timedelta(hours=2)
        many = [Payment(id=f"p{i}", time=when, amount=Decimal(5), currency="EUR", device="ws-7" if i % 4 == 0 else f"d{i}",
                        ip="10.0.0.5" if i % 5 == 0 else None) for i in range(40)]  # fmt: skip
        found = [engine.assess_batch(Batch.of(many[i : i + size])).outcome.tolist() for i in range(0, 40, size)]
        outcomes.append([one for part in found for one in part])
        engine.ledger.close()
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert [bool(o) for o in outcomes[0]] == [i % 4 == 0 or i % 5 == 0 for i in range(40)]


@pytest.mark.parametrize(
    ("when", "outcome"),
    [
        ("campaign.count == 1", "challenge"),
        ("campaign.count > 1", "allow"),
        ("campaign.strength > 0.9", "challenge"),
        ("campaign.stages >= 4", "challenge"),
        ("campaign.stages >= 5", "allow"),
        ("'\"credential-access\" in campaign.tactics'", "challenge"),
        ("'\"exfiltration\" in campaign.tactics'", "allow"),
        ("'\"hosts\" in campaign.rooms'", "challenge"),
        ("'\"payments\" in campaign.rooms'", "allow"),
    ],
)
def test_ways_to_ask(tmp_path: Path, when: str, outcome: str) -> None:
    engine = opened(tmp_path, when)
    assert pay(engine, "quiet", device="ws-7", hours=-1) == "allow"
    observe(engine, attack())
    assert pay(engine, "p", device="ws-7") == outcome
    engine.ledger.close()


def test_its_strength_fades(engine: Engine) -> None:
    observe(engine, attack())
    assert pay(engine, "soon", device="ws-7", hours=12) == "challenge"
    assert pay(engine, "late", device="ws-7", hours=24 * 30) == "allow"


def test_closed_it_is_felt_no_more_stays_closed_for_what_was_known_and_opens_for_what_is_new(engine: Engine) -> None:
    observe(engine, attack())
    (case,) = engine.campaigns.cases
    engine.work("key-1", case, Work(action="label", truth="genuine", note="a drill of ours"))
    assert pay(engine, "closed", device="ws-7") == "allow"
    for again in range(5):
        observe(engine, attack(name=f"again{again}-", hours=2 + again))
    assert engine.campaigns.cases[case].state == "closed"
    assert pay(engine, "same", device="ws-7", hours=8) == "allow"
    fresh = ("wipe high T1486", "out high T1041", "key high T1552")
    observe(engine, [log(f"new{i}", one, 9, host="ws-7") for i, one in enumerate(fresh)])
    assert engine.campaigns.cases[case].state == "open"
    assert pay(engine, "new", device="ws-7", hours=10) == "challenge"
    assert [e.what for e in engine.campaigns.cases[case].history] == ["opened", "labelled", "reopened"]


def test_what_analysts_do_is_on_record_done_once_and_refused_where_it_makes_no_sense(engine: Engine) -> None:
    observe(engine, attack())
    (case,) = engine.campaigns.cases
    for _ in range(2):
        engine.work("key-1", case, Work(action="assign", owner="anna"))
        engine.work("key-1", case, Work(action="note", note="card 4111111111111111 seen", key="n-1"))
        engine.work("key-1", case, Work(action="label", truth="fraud"))
    audit = [a.audit for a in engine.ledger.audit()]
    assert [(a.actor, a.action) for a in reversed(audit)] == [
        ("key-1", f"case.{w}") for w in ("assigned", "noted", "labelled")
    ]
    assert "4111111111111111" not in str(audit)
    engine.work("key-2", case, Work(action="reopen"))
    assert engine.campaigns.cases[case].state == "open"
    for wrong in (Work(action="burn"), Work(action="note"), Work(action="label"), Work(action="note", note="x" * 3000)):
        with pytest.raises(InvalidEvidence):
            engine.work("key-1", case, wrong)
    with pytest.raises(NotFound):
        engine.work("key-1", "case-nothing", Work(action="reopen"))


def test_a_label_that_says_genuine_takes_its_evidence_out(engine: Engine) -> None:
    observe(engine, attack())
    (case,) = engine.campaigns.cases.values()
    engine.label([Label(evidence=f"a{i}", truth="genuine") for i in range(3)])
    assert [t.rule.rule for t in case.rules.values()] == ["hop"]
    engine.label([Label(evidence="a3", truth="genuine")])
    assert (case.state, case.truth) == ("closed", "genuine")


def live_through(engine: Engine, seed: int) -> None:
    """Logs, payments, labels and analysts' work, in an order by lot."""
    rng = random.Random(seed)
    said = [f"r{i} {s} {t}" for i, (s, t) in enumerate(
        (s, t) for s in ("low", "medium", "high") for t in ("T1566", "T1059", "T1003", "T1021"))]  # fmt: skip
    for i in range(60):
        hours = i / 3
        match rng.randrange(6):
            case 0:
                pay(engine, f"p{i}", hours, device=f"h{rng.randrange(4)}")
            case 1 if engine.campaigns.cases:
                case = rng.choice(list(engine.campaigns.cases))
                action = rng.choice(
                    [Work(action="label", truth="genuine"), Work(action="assign", owner=f"o{i}"), Work(action="reopen")]
                )
                engine.work("k", case, action)
            case 2 if i > 5:
                ids = [f"l{j}-0" for j in range(i) if engine.ledger.decision(f"l{j}-0")]
                if ids:
                    engine.label([Label(evidence=rng.choice(ids), truth="genuine")])
            case _:
                observe(engine, [
                    log(f"l{i}-{j}", rng.choice(said), hours, host=f"h{rng.randrange(4)}", user=f"u{rng.randrange(30)}")
                    for j in range(rng.randint(1, 4))
                ])  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_restart_makes_the_same_to_the_bit_with_or_without_a_snapshot(tmp_path: Path, seed: int) -> None:
    engine = opened(tmp_path)
    live_through(engine, seed)
    expected = state(engine)
    assert engine.campaigns.cases
    engine.ledger.close()
    again = opened(tmp_path)
    assert state(again) == expected, "from the ledger alone"
    again.snapshot()
    assert msgspec.msgpack.encode(kept(replayed(again.ledger))) == expected, "as the command line reads it"
    again.ledger.close()
    snapped = opened(tmp_path)
    assert state(snapped) == expected
    observe(snapped, attack(name="z", hours=30))
    other = state(snapped)
    snapped.ledger.close()
    last = opened(tmp_path)
    assert state(last) == other, "a snapshot and what came after it"
    last.ledger.close()


def test_other_terms_read_the_ledger_anew(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    observe(engine, attack())
    engine.snapshot()
    engine.ledger.close()
    strict = opened(tmp_path, terms=Terms(prior=1e-9, half_life=DAY))
    assert strict.campaigns.number == 4
    assert all(c.history[0].about.startswith("tactics") for c in strict.campaigns.cases.values())
    strict.ledger.close()


def test_a_case_is_laid_out_by_stages_with_every_finding_to_be_reached(engine: Engine) -> None:
    observe(engine, attack())
    (line,) = told.queue(engine.campaigns, START)
    whole = told.whole(engine.campaigns, line.id, START)
    assert [stage.tactic for stage in whole.stages] == [
        "initial-access",
        "execution",
        "credential-access",
        "lateral-movement",
    ]
    pieces = [piece for stage in whole.stages for said in stage.said for piece in said.pieces]
    assert [piece.evidence for piece in pieces] == ["a0", "a1", "a2", "a3"]
    assert all(engine.ledger.decision(piece.evidence).findings[piece.ordinal] for piece in pieces)
    assert {named.entity.id for named in whole.entities} == {"WS-7", "10.0.0.5"}
    assert line.probability > 0.5


def test_the_policy_that_payments_ship_challenges_what_comes_from_an_attack_and_nothing_else(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    room = kinds()["payments"]
    assert room.policy is not None
    engine.lanes[Payment].policy = Policy.load(room.policy)
    assert pay(engine, "before", device="ws-7") == "allow"
    observe(engine, attack())
    assert pay(engine, "from", device="ws-7") == "challenge"
    assert engine.ledger.decision("from").rule == "part of an attack"
    assert pay(engine, "elsewhere", device="ws-8") == "allow"
    (case,) = engine.campaigns.cases
    engine.work("key", case, Work(action="label", truth="genuine"))
    assert pay(engine, "after", device="ws-7") == "allow"
    engine.ledger.close()
