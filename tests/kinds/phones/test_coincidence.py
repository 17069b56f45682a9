"""What comes together on a phone: marks by their rarity, slow sequences after a delivery, storms that explain themselves."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.clock import DAY, HOUR, SECOND
from assay.kinds.phones.bench.lives import Held
from assay.kinds.phones.coincidence import THRESHOLD, coincidence
from assay.kinds.phones.daemons import distance, looks_like
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.ios.from_backup import examine
from assay.kinds.phones.marks import marks_of
from assay.kinds.phones.programs import Programs
from assay.kinds.phones.simulate import Phone, life
from assay.kinds.phones.simulate.attacks import SHAPES, attack
from assay.kinds.phones.simulate.backup import contents
from assay.kinds.phones.simulate.upheavals import UPHEAVALS
from assay.kinds.phones.storms import calm
from assay.kinds.phones.timeline import Event

START = 1_700_000_000 * SECOND
SETTING = "HomeDomain/Library/Preferences/com.apple.{}.plist"


def image(phone: Phone) -> PhoneImage:
    return examine(Held(contents(phone)), None, "x", float(phone.end))


def middle(phone: Phone) -> int:
    return (phone.start + phone.end) // 2


def background() -> list[Event]:
    """A hundred days with a setting, a program and a bundle now and then."""
    out = [Event(START + i * 5 * DAY, "file", SETTING.format(f"s{i}"), "manifest", "mcb") for i in range(20)]
    out += [Event(START + i * 20 * DAY + HOUR, "process.first", f"daemon{i}", "usage") for i in range(5)]
    return out + [
        Event(START + i * 25 * DAY + 2 * HOUR, "location.stopped", f"/System/B{i}.bundle", "clients") for i in range(4)
    ]


def steps(*hours: float) -> list[Event]:
    """A delivery, and a setting, a bundle and a program that many hours after it."""
    when = START + 42 * DAY
    setting, bundle, program = (when + int(h * HOUR) for h in hours)
    return [
        Event(when, "attachments.emptied", "Library/SMS/Attachments/aa/10/X", "manifest", "20"),
        Event(setting, "file", SETTING.format("ImageIO"), "manifest", "mcb"),
        Event(bundle, "location.stopped", "/System/L.bundle", "clients"),
        Event(program, "process.first", "qrtbd", "usage"),
    ]


def test_nothing_comes_together_by_itself() -> None:
    assert coincidence(background()).score == 0
    assert coincidence([]).score == 0


def test_what_comes_within_minutes_is_told_with_its_traces() -> None:
    found = coincidence(background() + steps(0.01, 0.02, 0.03))
    assert found.score > 2 * THRESHOLD
    assert [m.kind for m in found.traces] == ["a", "b", "L", "N"]


def test_slower_is_less_surprising_and_still_told() -> None:
    scores = [coincidence(background() + steps(h / 3, h / 2, h)).score for h in (0.05, 0.8, 3.5, 11)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


def test_hours_apart_it_must_begin_with_a_delivery() -> None:
    events = steps(1.0, 2.0, 3.0)
    assert coincidence(background() + events).score > THRESHOLD
    last = msgspec.structs.replace(events[0], time=events[-1].time + HOUR)
    assert coincidence([*background(), *events[1:], last]).score < THRESHOLD


def test_an_attachment_that_was_there_for_days_is_no_delivery() -> None:
    def kinds(stayed: str) -> list[str]:
        return [m.kind for m in marks_of([Event(START, "attachments.emptied", "x", "manifest", stayed)])]

    assert [kinds(s) for s in ("20", "0", "", "4000", "90000")] == [["a"], ["A"], ["A"], ["A"], []]


def test_several_things_of_one_kind_are_one_mark() -> None:
    when = START + 42 * DAY
    many = [
        Event(when + i * SECOND, "attachments.emptied", f"a{i}", "manifest", s)
        for i, s in enumerate(("20", "4000", "30"))
    ]
    assert coincidence(background() + many).score == 0


def test_a_storm_explains_itself() -> None:
    when = START + 42 * DAY
    storm = [Event(when + i * SECOND, "file", SETTING.format(f"n{i}"), "manifest", "mcb") for i in range(40)]
    storm += [Event(when + i * SECOND, "process.first", f"new{i}", "usage") for i in range(9)]
    events = background() + storm
    assert coincidence(events).score == 0
    assert not [m for m in calm(marks_of(events), events) if abs(m.time - when) < HOUR]


@pytest.mark.parametrize("name", list(UPHEAVALS))
def test_upheavals_raise_no_alarm(name: str) -> None:
    for seed in range(3):
        phone = life(900 + seed)
        UPHEAVALS[name](phone, middle(phone), random.Random(seed))
        assert coincidence(image(phone).events).score < THRESHOLD


@pytest.mark.parametrize("name", ["triangulation", "renamed", "renamed, jitter", "slow, 1-4 hours"])
def test_compromises_are_leads(name: str) -> None:
    found = 0
    for seed in range(4):
        phone = life(950 + seed)
        attack(phone, middle(phone), random.Random(seed), SHAPES[name])
        found += coincidence(image(phone).events).score >= THRESHOLD
    assert found >= 3


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from("ABLN"), st.integers(0, 3)), max_size=40))
def test_the_score_does_not_depend_on_the_order_of_events(told: list[tuple[int, str, int]]) -> None:
    kinds = {"A": ("attachments.emptied", "x{}", "30"), "B": ("file", SETTING, "b"), "L": ("location.stopped", "/S/{}.bundle", ""),
             "N": ("process.first", "p{}", "")}  # fmt: skip
    events = [Event(START + t * SECOND, kinds[k][0], kinds[k][1].format(n), "s", kinds[k][2]) for t, k, n in told]
    forth, back = coincidence(events), coincidence(events[::-1])
    assert forth.score == back.score
    assert 0 <= forth.score < 100


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("nehelprd", "nehelper"), ("nehelper", ""), ("locationd", ""), ("l0cationd", "locationd"), ("com.apple.Mappit.SnapshotService", "com.apple.mapkit.snapshotservice"),
        ("bh", ""), ("myapp", ""), ("facetimedd", ""), ("trusdt", "trustd"), ("apsdd", ""), ("IMRemoteURLConne", ""),
    ],
)  # fmt: skip
def test_names_made_to_look_like_the_system_s(name: str, like: str) -> None:
    assert looks_like(name) == like


@settings(max_examples=200, deadline=None)
@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_a_distance_is_one(a: str, b: str) -> None:
    assert distance(a, b, 8) == distance(b, a, 8)
    assert (distance(a, b, 8) == 0) is (a == b)
    assert distance(a, b, 1) == min(distance(a, b, 8), 2)


def test_a_mask_alone_is_a_lead_and_one_that_mostly_sends_is_suspicious() -> None:
    phone = life(31)
    when = middle(phone)
    phone.processes.append((when, when + 900, "nehelprd", ""))
    for sent, verdict in ((1e4, "inconclusive"), (5e7, "suspicious")):
        phone.usage["nehelprd"] = (1e5, sent)
        finding = Programs().finding(image(phone))
        assert finding is not None
        assert finding.verdict == verdict
        (told,) = (r for r in finding.reasons if r.code == "phones.masquerade")
        assert (told.values["name"], told.values["like"]) == ("nehelprd", "nehelper")


def test_an_unknown_program_that_mostly_sends_is_a_lead_and_no_alarm() -> None:
    phone = life(32)
    when = middle(phone)
    phone.processes.append((when, when + 900, "zzqxyw", ""))
    phone.usage["zzqxyw"] = (1e5, 5e7)
    finding = Programs().finding(image(phone))
    assert finding is not None
    assert finding.verdict == "inconclusive"
    assert "zzqxyw" in {r.values.get("name") for r in finding.reasons}
