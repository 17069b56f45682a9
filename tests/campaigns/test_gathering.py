"""Findings gather: what is linked lies together, hubs join nothing, memory is bounded, and order matters as little as it can."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from assay.campaigns import told
from assay.campaigns.campaigns import MOST_ENTITIES, Campaigns
from assay.campaigns.kept import Kept, bring_back, kept
from assay.campaigns.signs import Sign
from assay.campaigns.state import EARLY, LATE, OPEN
from assay.campaigns.strength import ELSEWHERE, Strength
from assay.campaigns.terms import Terms
from assay.core.clock import DAY
from assay.core.entity import Entity

from .signs import START, gathered, sign, together


def test_what_shares_an_entity_lies_together_across_rooms_and_names() -> None:
    found = gathered([
        sign("e1", "host:WS-7 user:BANK\\anna", "phish"), sign("e2", "ip:10.0.0.9", "other"),
        sign("e3", "user:anna ip:10.0.0.5", "spray"), sign("e4", "destination:10.0.0.5", "beacon"), sign("e5", "device:ws-7", "pay"),
    ])  # fmt: skip
    assert together(found) == {frozenset(("e1", "e3", "e4", "e5")), frozenset(("e2",))}


def test_a_process_links_where_its_host_cannot() -> None:
    crowd = [sign(f"c{i}", f"host:srv user:u{i}", "noise") for i in range(40)]
    chain = [sign("a", "host:srv process:{p1}", "x"), sign("b", "host:srv process:{p1}", "y")]
    assert frozenset(("a", "b")) in together(gathered(crowd + chain))


def test_a_weak_finding_joins_nothing_but_is_not_lost() -> None:
    found = gathered(
        [sign("a", "host:w1"), sign("b", "host:w2", "s"), sign("weak", "host:w1 ip:10.0.0.1 host:w2", "t", "low")]
    )
    assert together(found) == {frozenset(("a", "weak")), frozenset(("b",))}


def test_a_finding_that_names_nothing_still_opens_a_case() -> None:
    found = gathered([sign("alone", "", severity="critical")])
    assert [c.state for c in found.all.values()] == [OPEN]


def test_a_case_opens_by_the_weight_of_several_rules_and_not_by_repeats_of_one() -> None:
    assert not gathered(sign(f"e{i}", "host:w", hours=i) for i in range(500)).cases
    assert gathered(
        [sign("a", "host:w", "1", "high"), sign("b", "host:w", "2", "high"), sign("c", "host:w", "3")]
    ).cases
    several = [sign(f"e{i}", "host:w", f"r{i}") for i in range(4)]
    assert gathered(several).cases
    assert not gathered(several[:1]).cases


def test_a_rule_that_stands_everywhere_opens_nothing_any_more() -> None:
    everywhere = [sign(f"n{h}-{r}", f"host:h{h}", f"noisy{r}", hours=h / 60) for h in range(300) for r in range(4)]
    found = gathered(everywhere)
    assert len(found.cases) <= 0.01 * 300
    attack = [sign(f"a{i}", "host:h7", f"rare{i}", "high", hours=6) for i in range(3)]
    for one in attack:
        found.take(one)
    (case,) = (c for c in found.all.values() if c.state == OPEN and "machine:h7" in c.nodes)
    assert {hit.evidence for t in case.rules.values() for hit in t.hits} >= {"a0", "a1", "a2"}


def test_old_findings_fade_and_what_is_long_past_is_another_campaign() -> None:
    terms = Terms()
    found = gathered([sign("a", "host:w", "1", "high"), sign("b", "host:w", "2", "high", hours=24 * 12)])
    (campaign,) = found.all.values()
    strength = Strength(terms, found.standing)
    apart = strength.log_odds(campaign, campaign.last)
    close = gathered([sign("a", "host:w", "1", "high"), sign("b", "host:w", "2", "high")])
    assert apart < Strength(terms, close.standing).log_odds(next(iter(close.all.values())), START)
    assert strength.log_odds(campaign, campaign.last + 365 * DAY) == pytest.approx(strength.line.prior)
    only = gathered([sign("a", "host:w", "1", "high")])
    (one,) = only.all.values()
    for lives in range(4):
        assert only.strength.weighed(one, START + lives * terms.half_life).heaviest == pytest.approx(3.5 / 2**lives)
    assert only.strength.weighed(one, START - DAY).heaviest == pytest.approx(3.5), "whole before"
    later = gathered([sign("a", "host:w"), sign("b", "host:w", "2", hours=24 * 15)])
    assert together(later) == {frozenset(("a",)), frozenset(("b",))}


def test_a_hub_does_not_join_what_only_shares_it() -> None:
    """Forty hosts, each with a past of its own, all through one proxy."""
    signs = []
    for h in range(40):
        signs += [
            sign(f"own{h}", f"host:w{h} user:u{h}", f"own{h % 9}"),
            sign(f"p{h}", f"host:w{h} ip:10.9.9.9", f"via{h % 7}"),
        ]
    found = gathered(signs)
    assert max(map(len, together(found))) <= 4
    for h in range(40):
        assert any({f"own{h}", f"p{h}"} <= ids for ids in together(found)), "a host keeps its own"


def test_what_only_ever_met_a_hub_by_one_rule_is_one_campaign_until_it_has_more() -> None:
    spray = [sign(f"s{i}", f"ip:203.0.113.9 user:u{i}", "spray") for i in range(60)]
    found = gathered(spray)
    largest = max(found.all.values(), key=lambda c: c.findings)
    assert largest.findings >= 55
    found.take(sign("later", "user:u50 host:w50", "new-service", "high"))
    assert any({"s50", "later"} <= ids for ids in together(found)), "what is parked follows its entity"
    assert any({"s0", "s1"} <= ids and "later" not in ids for ids in together(found))


def test_at_a_hub_what_follows_an_open_campaign_at_once_is_taken_to_be_of_it() -> None:
    crowd = [sign(f"c{i}", f"host:dc user:u{i}", "noise", hours=i / 100) for i in range(40)]
    attack = [sign(f"a{i}", "user:eve host:eve-pc", f"bad{i}", "high", hours=1) for i in range(3)]
    found = gathered([*crowd, *attack, sign("at-dc", "user:eve host:dc", "admin", "high", hours=1.1),
                      sign("dump", "host:dc", "dump", "high", hours=1.2), sign("later", "host:dc", "dump2", "high", hours=9)])  # fmt: skip
    (case,) = (ids for ids in together(found) if "a0" in ids)
    assert {"a1", "at-dc", "dump"} <= case
    assert "later" not in case


def test_an_account_that_does_the_same_on_host_after_host_is_one_attack_however_busy_it_is() -> None:
    busy = [sign(f"n{i}", f"user:adm host:n{i}", f"daily{i}", hours=i / 10) for i in range(30)]
    spree = []
    for i in range(12):
        spree += [sign(f"s{i}", f"user:adm host:v{i}", "remote", "high", hours=9 + i / 60), sign(f"k{i}", f"host:v{i}", "wipe", "critical", hours=9 + i / 60)]  # fmt: skip
    found = gathered([*busy, *spree, sign("next-day", "user:adm host:x", "remote", "high", hours=40)])
    (case,) = (ids for ids in together(found) if "s5" in ids)
    assert {f"s{i}" for i in range(1, 12)} <= case
    assert not {"next-day", *(f"n{i}" for i in range(20))} & case


def test_a_payment_alone_has_its_decision_and_two_of_one_account_are_a_case() -> None:
    pay = [
        replace(sign(f"p{i}", f"account:a{i % 2} payee:p{i % 2}", "model", "critical"), decided=True) for i in range(4)
    ]
    assert not gathered(pay[:2]).cases
    assert len(gathered(pay).cases) == 2
    assert gathered([sign("log", "host:w", "x", "critical")]).cases, "a log record has none"


def test_a_rule_that_is_met_all_over_the_house_joins_nothing() -> None:
    everywhere = [sign(f"n{h}", f"host:h{h}", "noisy", "high", hours=h / 60) for h in range(40)]
    found = gathered([*everywhere, sign("both", "host:h3 host:h4", "noisy", "high", hours=1)])
    assert not any({"n3", "n4"} <= ids for ids in together(found))


SMALL = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 4),
        st.sampled_from(["low", "medium", "high"]),
        st.integers(0, 3),
        st.integers(0, 4),
    ),
    max_size=40,
)


def made(rows: list[tuple[int, int, str, int, int]], spread: bool = True) -> list[Sign]:
    return [
        sign(f"e{i}", f"host:h{h} user:u{u}", f"r{r}", severity, hours=hour if spread else 0, technique=("T1059", "T1003", "T1021", "T1486")[r])
        for i, (h, u, severity, r, hour) in enumerate(rows)
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(SMALL, st.randoms(use_true_random=False))
def test_among_strong_findings_of_one_moment_order_changes_neither_what_lies_together_nor_what_it_weighs(
    rows: list[tuple[int, int, str, int, int]], random_: random.Random
) -> None:
    signs = made([(h, u, "high", r, t) for h, u, _, r, t in rows], spread=False)  # of rules that stay rare
    shuffled = list(signs)
    random_.shuffle(shuffled)
    a, b = gathered(signs), gathered(shuffled)
    assert together(a) == together(b)
    assert a.standing == b.standing
    weighed = [sorted(c.strength.log_odds(x, START) for x in c.all.values()) for c in (a, b)]
    assert weighed[0] == weighed[1], "to the last bit"


@settings(max_examples=60, deadline=None)
@given(SMALL, st.integers(0, 40))
def test_kept_and_brought_back_anywhere_it_goes_on_the_same_to_the_bit(
    rows: list[tuple[int, int, str, int, int]], at: int
) -> None:
    signs = made(rows)
    whole = gathered(signs, most=6, most_nodes=6)
    first = gathered(signs[:at], most=6, most_nodes=6)
    again = Campaigns(most=6, most_nodes=6)
    bring_back(again, msgspec.msgpack.decode(msgspec.msgpack.encode(kept(first)), type=Kept))
    for one in signs[at:]:
        again.take(one)
    assert msgspec.msgpack.encode(kept(again)) == msgspec.msgpack.encode(kept(whole))


def test_what_was_kept_under_other_terms_is_refused() -> None:
    with pytest.raises(ValueError):
        bring_back(Campaigns(Terms(half_life=DAY)), kept(Campaigns()))


@settings(max_examples=100, deadline=None)
@given(SMALL, st.integers(0, 2**32))
def test_books_are_kept(rows: list[tuple[int, int, str, int, int]], seed: int) -> None:
    """Rules stand in as many campaigns as have them; nodes and campaigns point at each other; nothing of what is gone is left."""
    rng = random.Random(seed)
    found = Campaigns(most=8, most_nodes=12)
    hub = [sign(f"x{i}", f"ip:10.0.0.1 user:u{rng.randrange(40)}", f"r{i % 3}", hours=i / 9) for i in range(60)]
    for one in sorted(made(rows) + hub, key=lambda s: (s.time, s.evidence)):
        found.take(one)
    standing: dict[object, int] = {}
    for campaign in found.all.values():
        assert campaign.into is None
        assert not campaign.gone
        for rule, tally in campaign.rules.items():
            standing[rule] = standing.get(rule, 0) + 1
            assert tally.rule == rule
            assert 0 < len(tally.hits) <= min(tally.n, EARLY + LATE)
            assert [hit.number for hit in tally.hits] == sorted({hit.number for hit in tally.hits})
        for key, node in campaign.nodes.items():
            assert node.key == key
    assert standing == found.standing
    assert found.hits == sum(len(t.hits) for c in found.all.values() for t in c.rules.values())
    assert set(found.line) >= set(found.all)
    assert set(found.node_line) >= set(found.nodes)
    assert len(found.all) <= 8
    assert len(found.nodes) <= 12


def test_a_flood_of_fresh_names_pushes_out_floods_and_not_the_attack() -> None:
    found = Campaigns(most=400, most_nodes=1000)
    found.take(sign("first", "host:victim", "quiet", "high"))
    for i in range(5000):
        found.take(sign(f"f{i}", f"host:fake{i} user:fake{i}", f"flood{i % 3}", "high", hours=i / 500))
    assert len(found.all) <= 400
    assert len(found.nodes) <= 1000
    found.take(sign("second", "host:victim", "louder", "high", hours=11))
    found.take(sign("third", "host:victim", "loudest", "high", hours=11))
    (case,) = (ids for ids in together(found) if "second" in ids)
    assert {"first", "second", "third"} <= case
    assert any(c.state == OPEN and "machine:victim" in c.nodes for c in found.all.values())


def test_in_a_full_memory_what_is_new_is_taken_in_all_the_same() -> None:
    found = Campaigns(most=64, most_nodes=256)
    for i in range(64):
        for r in range(3):
            found.take(sign(f"o{i}-{r}", f"host:h{i}", f"r{i}-{r}", "high", hours=i))
    newest = [sign(f"n{r}", "host:new", f"n{r}", "high", hours=70) for r in range(3)]
    for one in newest:
        found.take(one)
    assert any(c.state == OPEN and "machine:new" in c.nodes for c in found.all.values())


def test_one_wrong_clock_neither_empties_the_memory_nor_ages_the_rest() -> None:
    found = Campaigns(most=64, most_nodes=256)
    found.take(sign("a", "host:victim", "1", "high", hours=100))
    found.take(sign("wrong", "host:clock", "x", "high", hours=24 * 365 * 70))
    for i in range(200):
        found.take(sign(f"f{i}", f"host:f{i}", "flood", "low", hours=100))
    found.take(sign("b", "host:victim", "2", "high", hours=101))
    assert frozenset(("a", "b")) in together(found)


def test_one_campaign_does_not_grow_without_bound() -> None:
    found = gathered(sign(f"e{i}", f"host:h{i} host:h{i + 1}", f"r{i % 700}", hours=i / 1000) for i in range(2000))
    for campaign in found.all.values():
        assert len(campaign.nodes) <= MOST_ENTITIES
        assert len(campaign.rules) <= 256


def test_findings_kept_one_by_one_are_bounded_over_all_campaigns() -> None:
    found = Campaigns(most_hits=500)
    for i in range(6000):
        found.take(sign(f"e{i}", f"host:h{i % 40}", f"r{i % 90}", hours=i / 1000))
    assert sum(len(t.hits) for c in found.all.values() for t in c.rules.values()) == found.hits <= 500
    assert len(found.all) > 3


def test_the_first_and_the_newest_hits_of_a_rule_are_kept() -> None:
    (campaign,) = gathered(sign(f"e{i}", "host:w", hours=i / 10) for i in range(100)).all.values()
    (tally,) = campaign.rules.values()
    assert tally.n == campaign.findings == 100
    assert [hit.evidence for hit in tally.hits] == [f"e{i}" for i in [*range(EARLY), *range(100 - LATE, 100)]]


def test_genuine_evidence_weighs_no_more_and_a_case_without_any_other_is_closed() -> None:
    found = gathered([sign("a", "host:w", "1", "critical"), sign("b", "host:w", "2", "low")])
    (case,) = found.cases.values()
    from assay.core.entity import Entity
    from assay.core.finding import Finding

    said = [Finding(detector="hosts.sigma", version="1", verdict="suspicious", entities=(Entity("host", "w"),))]
    found.dismiss("a", said, ())
    assert [t.rule.rule for t in case.rules.values()] == ["2"]
    found.dismiss("b", said, ())
    assert (case.state, case.truth) == ("closed", "genuine")
    assert not found.standing


def test_what_is_critical_opens_a_case_at_once_unless_its_rule_is_met_in_several_places() -> None:
    assert gathered([sign("one", "host:w0", "exact", "critical")]).cases
    many = gathered(sign(f"e{i}", f"host:w{i}", "noisy", "critical", hours=i) for i in range(60))
    assert len(many.cases) <= ELSEWHERE


def test_two_rules_open_a_case_where_one_of_twice_the_weight_does_not() -> None:
    assert not gathered([sign("one", "host:w", "a", "high")]).cases
    assert gathered([sign("one", "host:w", "a"), sign("two", "host:w", "b")]).cases


def test_what_goes_on_for_weeks_says_less_than_what_is_new() -> None:
    old = [sign(f"o{day}-{i}", "host:old", f"r{i}", hours=24 * day + i) for day in range(20) for i in (0, 1, 1, 0)]
    new = [sign(f"n{i}", "host:new", f"s{i}", hours=24 * 20 + i) for i in (0, 1)]
    found = gathered([*old, *new])
    chance = {key: found.strength.probability(c, c.last) for c in found.all.values() for key in c.nodes}
    assert chance["machine:old"] < chance["machine:new"] / 2


def test_what_has_faded_is_not_told_as_what_is_met_everywhere() -> None:
    found = gathered([sign("one", "host:w", "a", "critical"), *(sign(f"n{i}", f"host:h{i}", "b") for i in range(60))])
    found.take(sign("two", "host:w", "b", hours=1))
    (case,) = found.cases
    for moment in (START, START + 60 * DAY):
        rules = {said.rule: said for stage in told.whole(found, case, moment).stages for said in stage.said}
        assert (rules["a"].common, rules["b"].common) == (False, True)
    assert rules["a"].weight < 0.05


def test_the_queue_is_searched_by_entity_or_by_any_part_of_a_name() -> None:
    found = gathered([sign("one", "host:ws-7 user:anna", "a", "critical"), sign("two", "host:ws-70", "b", "critical")])

    def asked(about: Entity | str) -> int:
        return len(told.queue(found, None, about=about))

    assert [asked(""), asked("WS-7"), asked("ws-70"), asked("anna"), asked("nobody")] == [2, 2, 1, 1, 0]
    assert [asked(Entity("host", "WS-7")), asked(Entity("user", "ws-7"))] == [1, 0]
    assert asked(next(iter(found.cases))) == 1
