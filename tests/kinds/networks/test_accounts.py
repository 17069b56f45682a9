"""Accounts of many and what is found in them: each attack in the form it takes on the wire, and beside it the everyday thing that
looks most like it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.kind import load
from assay.core.profile import Profile
from assay.kinds.networks import KIND
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.accounts.sweeps import densest, weigh
from assay.kinds.networks.places import registered, sides
from assay.kinds.networks.reading.rows import FlowRow, HandshakeRow, LookupRow, batches

T = 1_700_006_400_000_000
SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
US, THEM = "10.0.0.5", "198.51.100.7"


def found(rows: Iterable[Any], memory: Memory | None = None, models: Path | None = None) -> dict[str, list[Any]]:
    """Code -> findings with it, over everything the rows tell."""
    detectors = load(KIND.detectors)(models)  # type: ignore[arg-type]
    out: dict[str, list[Any]] = {}
    for batch in batches(rows, "x", memory):
        for detector in detectors:
            if batch.type in detector.reads:
                told = detector.examine(batch, Profile.empty(len(batch)))
                for finding in told.explain(np.flatnonzero(told.verdict)):
                    for reason in finding.reasons:
                        out.setdefault(reason.code.removeprefix("networks."), []).append(finding)
    return out


def flow(
    seconds: float, source: str = US, destination: str = THEM, port: int = 443, state: str = "open", **more: Any
) -> FlowRow:
    told = {"protocol": "tcp", "sent": 500.0, "received": 900.0, "duration": 1.0} | more
    return FlowRow(int(T + seconds * SECOND), source, destination, float(port), state=state, **told)


def asked(seconds: float, name: str, kind: str = "A", code: str = "NOERROR") -> LookupRow:
    return LookupRow(int(T + seconds * SECOND), US, "10.0.0.1", name, kind, code)


def encoded(rng: random.Random, n: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz234567") -> str:
    return "".join(rng.choice(alphabet) for _ in range(n))


def test_data_in_names_is_a_tunnel_and_many_plain_names_are_not() -> None:
    rng = random.Random(1)
    tunnel = [asked(i, f"{encoded(rng, 50)}.{encoded(rng, 50)}.t.bad.example.com") for i in range(150)]
    (finding,) = found(tunnel)["dns-tunnel"]
    assert (finding.severity, finding.techniques) == ("medium", ("T1071.004", "T1572"))
    assert {e.id for e in finding.entities} == {US, "example.com"}
    odd = [asked(i * 2, f"{encoded(rng, 22, '0123456789abcdef')}.example.com", "TXT") for i in range(25)]
    assert "dns-tunnel" in found(odd)
    videos = [asked(i * 5, f"rr{i % 9}---sn-{encoded(rng, 8)}.videos.example.com") for i in range(300)]
    pages = [asked(i, f"{word}.example.com") for i, word in enumerate(["www", "mail", "static", "api"] * 100)]
    reverse = [asked(i, f"{i % 256}.{i // 256}.0.10.in-addr.arpa", "PTR") for i in range(400)]
    assert found([*videos, *pages, *reverse]) == {}


def test_a_reputation_service_carries_data_by_design() -> None:
    rng = random.Random(1)
    told = found(asked(i, f"{encoded(rng, 60)}.avqs.mcafee.com") for i in range(300))
    assert [f.verdict for f in told["dns-data"]] == ["inconclusive"]
    assert "dns-tunnel" not in told


def test_made_up_names_that_do_not_exist_are_told_and_typing_errors_are_not() -> None:
    rng = random.Random(2)
    made = [asked(i, f"{encoded(rng, 14, 'abcdefghijklmnopqrstuvwxyz')}.com", code="NXDOMAIN") for i in range(40)]
    real = [asked(i, name) for i, name in enumerate(["github.com", "wikipedia.org", "python.org"])]
    (finding,) = found([*made, *real])["generated-names"]
    assert finding.reasons[0].values["missing"] == 40
    typed = [
        "gihtub.com",
        "wikipeda.org",
        "goggle-search.com",
        "facebok-login.com",
        "printer-office.com",
        "weatherreport.net",
    ]
    assert found([asked(i, name, code="NXDOMAIN") for i, name in enumerate(typed)]) == {}
    words = [f"{a}{b}.net" for a, b in itertools.product(["green", "river", "silver", "market", "window"], ["table", "horse", "garden", "street", "paper", "stone", "light", "water", "point", "trade", "house", "chair"])]  # fmt: skip
    told = found(asked(i, name, code="NXDOMAIN") for i, name in enumerate(words))
    assert [f.verdict for f in told["missing-names"]] == ["inconclusive"]


def test_sweeps_over_hosts_and_ports() -> None:
    hosts = [flow(i, destination=f"10.0.{i // 200}.{i % 200 + 1}", port=445, state="attempt") for i in range(60)]
    (finding,) = found(hosts)["host-scan"]
    assert (finding.severity, finding.reasons[0].values["tried"]) == ("medium", 60)
    ports = [flow(i / 10, destination="10.0.0.9", port=1000 + i, state="rejected") for i in range(40)]
    assert len(found(ports)["port-scan"]) == 1
    outside = [flow(i, source=THEM, destination=f"10.0.0.{i}", port=22, state="attempt") for i in range(1, 60)]
    told = found([*outside, flow(0)])
    assert "host-scan" not in told
    assert [f.severity for f in told["scanned"]] == ["informational"]


def test_a_busy_browser_and_a_monitor_scan_nothing() -> None:
    rng = random.Random(3)
    pages = [
        flow(i / 2, destination=f"198.51.{i % 100}.{i % 250 + 1}", state="open" if rng.random() < 0.95 else "attempt")
        for i in range(500)
    ]
    monitor = [flow(60 * i, destination=f"10.0.0.{host}", port=22) for i in range(60) for host in range(20, 30)]
    seen_from_the_middle = [flow(i, destination=f"198.51.{i % 100}.9", state="partial") for i in range(200)]
    assert found([*pages, *monitor, *seen_from_the_middle]) == {}


def test_logins_again_and_again_and_doors_that_stay_shut() -> None:
    guesses = [flow(i * 2, destination="10.0.0.9", port=22, duration=1.5) for i in range(150)]
    assert [f.severity for f in found(guesses)["logins"]] == ["medium"]
    assert "logins" not in found(flow(i * 2, destination="10.0.0.9", port=22, duration=300.0) for i in range(150))
    knocks = [flow(i * 5 + (i * 7919 % 5), port=5888, state="rejected") for i in range(100)]
    assert "retries" in found(knocks)
    assert "retries" not in found(
        flow(i * 5 + (i * 7919 % 5), destination="10.0.0.9", port=5888, state="rejected") for i in range(100)
    )


def office(days: int, seed: int = 1) -> list[FlowRow]:
    """Two machines in their hours of work, to the same few servers."""
    rng = random.Random(seed)
    return [
        flow(day * 86_400 + hour * 3600 + rng.random() * 3500, source=host, destination=f"198.51.100.{rng.randint(1, 9)}", sent=rng.lognormvariate(13, 0.7))
        for day in range(days)
        for hour in range(8, 18)
        for host in (US, "10.0.0.6")
        for _ in range(8)
    ]  # fmt: skip


def test_far_more_than_ever_to_somebody_new() -> None:
    late = 5 * 86_400 + 14 * 3600
    stolen = flow(late, destination="203.0.113.9", sent=3e9)
    (finding,) = found([*office(6), stolen])["exfiltration"]
    assert finding.entities[0].id == US
    assert found(office(6)) == {}
    assert (
        found([*office(6), stolen._replace(destination="198.51.100.5")]) == {}
    )  # the backup goes where it always goes
    assert found([*office(1), stolen._replace(time=int(T + 15 * HOUR))]) == {}  # too little is known of it


def test_a_machine_that_begins_to_administer_others() -> None:
    late = 3 * 86_400
    moves = [flow(late + i * 60, destination=f"10.0.0.{20 + i}", port=3389, duration=600.0) for i in range(4)]
    (finding,) = found([*office(4), *moves])["lateral"]
    assert finding.reasons[0].values["machines"] == 4
    daily = [
        flow(day * 86_400 + i * 60, destination=f"10.0.0.{20 + i}", port=3389, duration=600.0)
        for day in range(4)
        for i in range(4)
    ]
    assert "lateral" not in found([*office(4), *daily])


def test_a_certificate_that_vouches_for_itself_after_a_day() -> None:
    def hello(seconds: float, subject: str, issuer: str) -> HandshakeRow:
        return HandshakeRow(
            int(T + seconds * SECOND),
            US,
            THEM,
            443.0,
            "x.example",
            certificate="ab" * 32,
            subject=subject,
            issuer=issuer,
        )

    before = [HandshakeRow(T, US, THEM, 443.0, "y.example", certificate="cd" * 32, subject="CN=y", issuer="CN=ca")]
    assert "self-signed" in found([*before, hello(100_000, "CN=me", "CN=me")])
    assert found([*before, hello(100_000, "CN=x", "CN=ca")]) == {}
    assert found([*before, hello(1000, "CN=me", "CN=me")]) == {}


def test_accounts_of_a_log_in_two_parts_are_those_of_the_whole() -> None:
    rows = sorted([*office(6), flow(5 * 86_400 + 14 * 3600, destination="203.0.113.9", sent=3e9)], key=lambda r: r.time)
    cut = next(i for i, row in enumerate(rows) if row.time >= T + 5 * DAY)
    memory = Memory()
    assert "exfiltration" not in found(rows[:cut], memory)
    assert "exfiltration" in found(rows[cut:], memory)


def test_the_sequential_test_and_the_densest_span() -> None:
    assert weigh(np.array([True] * 4)) == pytest.approx(4 * np.log10(4))
    assert weigh(np.array([True, False] * 50)) < 1
    assert weigh(np.array([False] * 50 + [True] * 10)) == pytest.approx(10 * np.log10(4))
    assert densest(np.array([0, 1, 2, 50, 51, 52, 53, 100]), 10) == (4, 3)


def test_names_and_sides() -> None:
    assert registered("a.b.example.co.uk") == ("a.b", "example.co.uk")
    assert registered("a/b.c@d?e.example.com") == ("a/b.c@d?e", "example.com")
    assert registered("x.github.io") == ("", "x.github.io")
    assert registered("4.3.2.1.in-addr.arpa") == registered("printer.local") == registered("host") == ("", "")
    assert sides(["10.0.0.1", "8.8.8.8"], ["8.8.4.4", "10.0.0.9"]) == ({"10.0.0.1"}, {"8.8.4.4"})
    assert sides(["147.32.80.37"], ["8.8.8.8"]) == ({"147.32.80.37"}, {"8.8.8.8"})
