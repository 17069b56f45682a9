"""What takes its time, and beside it the everyday thing that takes its time too: each attack spread over hours or days is told, and
the quiet thing that looks most like it is not, or is left open."""

from __future__ import annotations

import random

import pytest

from assay.kinds.networks.reading.rows import FlowRow, LookupRow
from tests.kinds.networks.test_accounts import US, asked, encoded, flow, found, office

DAY, HOUR = 86_400, 3600
NEW = "203.0.113.77"


def suspected(rows: list[FlowRow | LookupRow], source: str = US) -> set[str]:
    told = found(sorted(rows, key=lambda row: row.time))
    return {
        code
        for code, those in told.items()
        if any(f.verdict == "suspicious" and f.entities[0].id == source for f in those)
    }


def every(seconds: float, start: float, end: float, jitter: float = 0.0, **more: object) -> list[FlowRow]:
    rng, at, out = random.Random(8), start, []
    while at < end:
        out.append(flow(at, **more))  # type: ignore[arg-type]
        at += seconds * (1 + rng.uniform(-jitter, jitter))
    return out


def test_a_beacon_that_begins_is_told_and_what_was_always_there_is_left_open() -> None:
    rng = random.Random(3)
    late = every(300, 3 * DAY, 4 * DAY, 0.3, name="cdn.bad.example.net", sent=480.0 + rng.randrange(30))
    assert suspected([*office(4), *late]) == {"beacon"}
    always = every(300, 0, 4 * DAY, 0.05, name="poll.vendor.example.net", sent=500.0)
    assert suspected([*office(4), *always]) == set()
    assert [f.verdict for f in found([*office(4), *always])["beacon-settled"]] == ["inconclusive"]
    things = every(60, 0, DAY, 0.02, port=8883, sent=90.0)
    maker = every(900, 0, DAY, 0.05, name="update.microsoft.com", destination="198.51.100.99", sent=900.0)
    assert suspected([*things, *maker]) == set()


def test_a_pair_is_told_once_however_many_days_it_beats() -> None:
    assert len(found(every(300, 0, 5 * DAY, 0.1, sent=480.0))["beacon"]) == 1


def test_uploads_in_small_parts_to_somebody_new() -> None:
    rng = random.Random(4)
    parts = [
        flow(
            3 * DAY + i * HOUR + rng.random() * 600,
            destination=NEW,
            name="files.bad.example.net",
            sent=2e7 * rng.uniform(0.5, 1.5),
        )
        for i in range(40)
    ]
    assert "exfiltration-slow" in suspected([*office(6), *parts])
    calls = [row._replace(received=1.5 * row.sent) for row in parts]
    assert "exfiltration-slow" not in suspected([*office(6), *calls])
    theirs = [row._replace(source=f"10.0.0.{host}", sent=1e5) for host in (6, 7, 8) for row in parts[::9]]
    assert not {"exfiltration", "exfiltration-slow"} & suspected([*office(6), *parts, *theirs])
    camera = every(1800, 0, 6 * DAY, 0.5, destination=NEW, sent=1e7)
    assert "exfiltration-slow" not in suspected([*office(6), *camera])


def test_a_call_and_a_service_that_others_use_are_no_theft() -> None:
    late = 5 * DAY + 14 * HOUR
    stolen = flow(late, destination=NEW, name="up.storage.example.net", sent=3e9)
    assert suspected([*office(6), stolen]) == {"exfiltration"}
    assert suspected([*office(6), stolen._replace(received=3e9)]) == set()
    theirs = [
        flow(DAY + i, source=f"10.0.0.{i}", destination="203.0.113.9", name="cdn.storage.example.net")
        for i in (6, 7, 8)
    ]
    told = found(sorted([*office(6), *theirs, stolen], key=lambda row: row.time))
    assert [f.verdict for f in told["upload-shared"]] == ["inconclusive"]


def test_who_speaks_to_many_in_a_call_is_left_open() -> None:
    spoken = flow(
        5 * DAY + 14 * HOUR, destination=NEW, port=3478, protocol="udp", duration=3600.0, sent=9e8, received=4e7
    )
    told = found([*office(6), spoken])
    assert suspected([*office(6), spoken]) == set()
    assert [f.verdict for f in told["upload-call"]] == ["inconclusive"]
    assert suspected([*office(6), spoken._replace(port=443.0)]) == {"exfiltration"}


def test_sources_are_fetched_by_the_doors_that_passwords_are_guessed_at() -> None:
    clones = [
        flow(i * 8, destination="10.0.0.9", port=22, duration=4.0, sent=5e3, received=2e5 + 1e4 * i) for i in range(60)
    ]
    assert suspected([*clones]) == set()
    assert suspected([row._replace(received=2600.0) for row in clones]) == {"logins"}


def test_who_administers_every_day_may_help_somebody_new() -> None:
    usual = [
        flow(day * DAY + 9 * HOUR + host, destination=f"10.0.0.{20 + host}", port=22) for day in range(4) for host in range(8)
    ]  # fmt: skip
    helped = [flow(3 * DAY + 12 * HOUR + i, destination=f"10.0.0.{60 + i}", port=3389) for i in range(9)]
    assert suspected([*office(4), *usual, *helped]) == set()
    assert suspected([*office(4), *usual[:0], *helped]) == {"lateral"}


def test_scans_that_no_minute_shows() -> None:
    hosts = [flow(i * 600, destination=f"10.0.{i // 200}.{i % 200 + 1}", port=445, state="attempt") for i in range(60)]
    assert suspected([*hosts]) == {"slow-scan"}
    ports = [flow(i * 600, destination="10.0.0.9", port=1000 + i, state="rejected") for i in range(60)]
    assert suspected([*ports]) == {"slow-scan"}
    monitor = [
        flow(day * DAY + i * 300, destination=f"10.0.0.{i}", port=22, state="open" if i % 3 else "attempt")
        for day in range(3) for i in range(20, 120)
    ]  # fmt: skip
    assert suspected(monitor) == set()


def test_programs_that_look_for_peers_are_left_open() -> None:
    rng = random.Random(5)
    peers = [
        flow(i * 2, destination=f"{rng.randrange(20, 200)}.7.{i % 250}.9", port=6881, protocol="udp", state="attempt" if i % 4 else "open")
        for i in range(300)
    ]  # fmt: skip
    assert suspected([*peers]) == set()
    assert "peers" in found(peers)
    assert suspected([row._replace(port=445.0) for row in peers]) == {"host-scan"}


@pytest.mark.parametrize("gap", [60, 300, 600])
def test_a_tunnel_of_a_name_now_and_then(gap: int) -> None:
    rng = random.Random(gap)
    names = [encoded(rng, 48) for _ in range(DAY // gap)]
    slow = [asked(i * gap, f"{name}.bad.example.com") for i, name in enumerate(names)]
    assert suspected([*slow]) == {"dns-tunnel"}
    others = [row._replace(source=f"10.0.0.{9 + i % 3}") for i, row in enumerate(slow)]
    assert suspected([*slow, *others]) == set()
    pages = [asked(i * gap, f"{name[:32]}.safeframe.googlesyndication.com") for i, name in enumerate(names)]
    assert suspected([*pages]) == set()


def test_steps_to_other_machines_hours_apart_and_a_machine_that_is_new_here() -> None:
    steps = [flow(3 * DAY + i * 2 * HOUR, destination=f"10.0.0.{20 + i}", port=445, duration=60.0) for i in range(4)]
    assert suspected([*office(5), *steps]) == {"lateral"}
    everybody = [
        flow(day * DAY + 8 * HOUR + host, source=f"10.0.0.{host}", destination=server, port=445)
        for day in range(4) for host in range(10, 20) for server in ("10.0.0.2", "10.0.0.3", "10.0.0.4")
    ]  # fmt: skip
    newcomer = [flow(3 * DAY + 9 * HOUR + i, destination=f"10.0.0.{2 + i}", port=445) for i in range(3)]
    assert suspected([*office(5), *everybody, *newcomer]) == set()


def test_resets_in_netflow_are_doors_that_were_shut(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from assay.kinds.networks.reading import tables

    lines = ["ts,te,td,sa,da,sp,dp,pr,flg,ibyt"]
    for i in range(40):
        when = f"2023-11-15 00:00:{i:02}"
        lines.append(f"{when},{when},0.0,10.0.0.5,10.0.0.9,40000,{1000 + i},TCP,......S.,60")
        lines.append(f"{when},{when},0.0,10.0.0.9,10.0.0.5,{1000 + i},40000,TCP,...A.R..,40")
    path = tmp_path / "flows.csv"
    path.write_text("\n".join(lines) + "\n")
    rows = list(tables.rows(path, lambda error: pytest.fail(str(error))))
    assert {row.state for row in rows if isinstance(row, FlowRow)} == {"rejected"}
    assert "port-scan" in suspected(rows)  # type: ignore[arg-type]
