"""Who stands in a list: what was found and not dismissed, of the kind the list holds, never one's own, and not for ever."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import DAY, HOUR
from assay.core.decision import Outcome
from assay.core.errors import InvalidSetting
from assay.ledger.sqlite import SqliteLedger
from assay.responses.document import BlockList
from assay.responses.entries import Collected, Register, order
from assay.responses.never import Never, canonical

from .world import BAD, HASH, NOW, OTHER, SIX, WORSE, finding, label, record


def collected(ledger: SqliteLedger, now: int = NOW, never: tuple[str, ...] = (), **rules: Any) -> Collected:
    register = Register(BlockList(**{"holds": "ip"} | rules), Never(never))
    register.advance(ledger, now)
    return register.collect(now)


def values(found: Collected) -> list[str]:
    return [entry.value for entry in found.entries]


def test_only_what_is_grave_enough_counts(ledger: SqliteLedger) -> None:
    record(ledger, "a", finding("high"), ip=BAD)
    record(ledger, "b", finding("medium"), ip=WORSE)
    record(ledger, "c", finding("critical", "suspicious"), ip=OTHER)
    record(ledger, "d", ip="91.189.91.158")
    assert values(collected(ledger)) == [BAD, OTHER]
    assert values(collected(ledger, severity="low")) == [BAD, OTHER, WORSE]
    assert values(collected(ledger, verdict="counterfeit")) == [BAD]
    assert values(collected(ledger, detectors=("another",))) == []


def test_an_entry_says_which_finding_caused_it(ledger: SqliteLedger) -> None:
    record(ledger, "a", finding("high"), ip=BAD, at=NOW - 3 * HOUR)
    record(ledger, "b", finding("medium"), finding("critical"), ip=BAD, at=NOW - 2 * HOUR)
    (entry,) = collected(ledger, severity="medium").entries
    assert (entry.why.finding, entry.why.evidence, entry.why.detector) == ("2.1", "b", "tests.wary")
    assert (entry.since, entry.newest, entry.times) == (NOW - 3 * HOUR, NOW - 2 * HOUR, 2)
    assert entry.until == NOW - 2 * HOUR + 7 * DAY


def test_a_label_takes_a_false_alarm_off_and_may_be_needed_to_be_on(ledger: SqliteLedger) -> None:
    record(ledger, "a", finding(), ip=BAD)
    record(ledger, "b", finding(), ip=WORSE)
    register = Register(BlockList(holds="ip"), Never())
    register.advance(ledger, NOW)
    assert values(register.collect(NOW)) == [BAD, WORSE]
    label(ledger, "a", "genuine")
    register.advance(ledger, NOW)
    assert values(register.collect(NOW)) == [WORSE] == values(collected(ledger))
    assert values(collected(ledger, confirmed=True)) == []
    label(ledger, "a", "fraud")
    assert values(collected(ledger, confirmed=True)) == [BAD]


def test_entries_expire_and_come_back_with_a_new_finding(ledger: SqliteLedger) -> None:
    record(ledger, "a", finding(), ip=BAD)
    register = Register(BlockList(holds="ip", expires="2h"), Never())
    register.advance(ledger, NOW)
    assert values(register.collect(NOW)) == [BAD]
    assert values(register.collect(NOW + HOUR)) == []
    record(ledger, "b", finding(), ip=BAD, at=NOW + HOUR)
    register.advance(ledger, NOW + HOUR)
    assert values(register.collect(NOW + HOUR)) == [BAD]


def test_a_list_may_hold_only_what_an_open_case_names(ledger: SqliteLedger) -> None:
    record(ledger, "a", finding(), ip=BAD)
    record(ledger, "b", finding(), ip=WORSE)
    register = Register(BlockList(holds="ip", cases=True), Never())
    register.advance(ledger, NOW)
    assert values(register.collect(NOW)) == []
    assert values(register.collect(NOW, frozenset({f"ip:{BAD}", f"host:{WORSE}"}))) == [BAD]


def test_decisions_may_list_whom_they_name(ledger: SqliteLedger) -> None:
    record(ledger, "a", account="card_abc", outcome=Outcome.BLOCK)
    record(ledger, "b", account="card_def", outcome=Outcome.REVIEW)
    found = collected(ledger, holds="account", outcomes=("block",))
    assert [(e.value, e.why.finding) for e in found.entries] == [("card_abc", "1")]


def test_a_list_has_a_size_and_keeps_the_gravest_and_newest(ledger: SqliteLedger) -> None:
    for i in range(6):
        record(ledger, f"a{i}", finding("critical" if i == 2 else "high"), ip=f"45.33.32.{i + 1}", at=NOW - HOUR + i)
    found = collected(ledger, most=3)
    assert values(found) == ["45.33.32.3", "45.33.32.5", "45.33.32.6"]
    assert found.left_out == 3


def test_what_a_list_never_holds(ledger: SqliteLedger) -> None:
    own = ("45.33.32.0/24", "bank.com", HASH, "card_ours")
    for i, address in enumerate(
        ("10.1.2.3", "127.0.0.1", "169.254.169.254", "8.8.8.8", "::1", "fe80::1", BAD, WORSE, "203.0.113.7")
    ):
        record(ledger, f"i{i}", finding(), ip=address)
    for i, domain in enumerate(
        ("pay.bank.com", "bank.com", "notbank.com", "evil.localhost", "printer.local", "bank.com.evil.net")
    ):
        record(ledger, f"d{i}", finding(), domain=domain)
    record(ledger, "f", finding(), digest=HASH)
    record(ledger, "g", finding(), account="card_ours")
    found = collected(ledger, never=own)
    assert values(found) == [WORSE]
    assert len(found.refused) == 8
    assert all(found.refused.values())
    assert values(collected(ledger, holds="domain", never=own)) == ["bank.com.evil.net", "notbank.com"]
    assert values(collected(ledger, holds="hash", never=own)) == []
    assert values(collected(ledger, holds="account", never=own)) == []


@given(st.ip_addresses())
def test_no_address_that_is_not_public_is_ever_listed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    why = Never().why("ip", canonical("ip", str(address)))
    assert why or (address.is_global and not address.is_multicast)


def test_an_address_inside_an_address_is_judged_too() -> None:
    assert Never().why("ip", "::ffff:10.0.0.1")
    assert Never().why("ip", "2002:0a00:0001::1")
    assert Never(("45.33.32.0/24",)).why("ip", f"2002:{0x2D21:x}:{0x209C:x}::1")


@pytest.mark.parametrize("slip", ["0.0.0.0/0", "::/0", "12.0.0.0/7", " "])
def test_a_never_list_that_would_take_everything_out_is_a_slip(slip: str) -> None:
    with pytest.raises(InvalidSetting):
        Never((slip,))


@given(st.text(max_size=40))
def test_whatever_is_listed_reads_as_what_it_is(value: str) -> None:
    for holds in ("ip", "domain", "hash", "account"):
        try:
            found = canonical(holds, value)
        except (ValueError, UnicodeError):
            continue
        assert canonical(holds, found) == found
        assert found.isprintable()
        assert "\n" not in found
        assert not found.startswith("#")


def test_values_are_sorted_as_people_expect() -> None:
    assert sorted(["9.1.1.1", SIX, "45.1.1.1", "b.com", "a.com"], key=order) == [
        "a.com",
        "b.com",
        "9.1.1.1",
        "45.1.1.1",
        SIX,
    ]


def test_a_register_that_follows_says_what_one_from_the_beginning_says(ledger: SqliteLedger) -> None:
    following = Register(BlockList(holds="ip"), Never())
    for i in range(30):
        record(ledger, f"a{i}", finding("high" if i % 3 else "low"), ip=f"45.33.{i % 7}.{i % 5 + 1}", at=NOW - HOUR + i)
        if i % 4 == 0:
            label(ledger, f"a{i // 2}", "genuine" if i % 8 else "fraud")
        following.advance(ledger, NOW)
        assert msgspec.json.encode(following.collect(NOW)) == msgspec.json.encode(collected(ledger))
