"""A made-up office network as rows of its connections and DNS questions, and as Zeek logs: people who work by day, software that
calls home by the clock, backups at night; and, where wanted, eight attacks, each with who did it and when.

Everything is drawn from a seed. It tells whether a detector does what it says, and nothing of a real network's false alarms.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from assay.kinds.networks.generated.makers import made_up
from assay.kinds.networks.reading.rows import FlowRow, LookupRow, Row

SECOND, DAY = 1_000_000, 86_400
BEGIN = 1_700_006_400  # a midnight, UTC
_WORDS = (
    "north", "river", "stone", "market", "green", "cloud", "paper", "light", "harbor", "field", "silver", "garden", "window", "bridge",
    "summer", "copper", "maple", "orbit",
)  # fmt: skip
_UPDATERS = 8  # services that every machine calls by the clock


class Attack(NamedTuple):
    """`source` did `what`, beginning `at` seconds after the begin; `code` is the reason that should tell."""

    what: str
    source: str
    at: float
    code: str


class World(NamedTuple):
    rows: list[Row]
    attacks: list[Attack]
    machines: list[str]
    days: int


def network(seed: int = 1, *, machines: int = 40, days: int = 4, attacks: bool = True, jitter: float = 0.2) -> World:
    """Rows in order of time."""
    rng = random.Random(seed)  # noqa: S311 - a made-up world, not a secret
    hosts = [f"10.1.{i // 200}.{10 + i % 200}" for i in range(machines)]
    sites = [_site(rng) for _ in range(400)]
    rows: list[Row] = []
    for host in hosts:
        rows += _person(rng, host, days, sites)
        rows += _software(rng, host, days, sites)
    told = list(_attacks(rng, hosts, days, rows, jitter)) if attacks else []
    rows.sort(key=lambda row: row.time)
    return World(rows, told, hosts, days)


def _site(rng: random.Random) -> tuple[str, str]:
    name = f"{rng.choice(_WORDS)}{rng.choice(_WORDS)}{rng.choice(['', 's', '-online', rng.choice(_WORDS)])}.com"
    return name, f"{rng.choice([23, 52, 104, 151])}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _flow(at: float, source: str, destination: str, port: int, **more: Any) -> FlowRow:
    told: dict[str, Any] = {
        "protocol": "tcp",
        "state": "open",
        "duration": 1.0,
        "sent": 900.0,
        "received": 4000.0,
    } | more
    return FlowRow(int((BEGIN + at) * SECOND), source, destination, float(port), **told)


def _lookup(at: float, source: str, name: str, kind: str = "A", code: str = "NOERROR", answers: str = "") -> LookupRow:
    return LookupRow(int((BEGIN + at) * SECOND), source, "10.1.0.2", name, kind, code, answers)


def _person(rng: random.Random, host: str, days: int, sites: list[tuple[str, str]]) -> Iterator[Row]:
    """Pages in bursts between eight and six, with what pages load; now and then a name mistyped and a server that is down."""
    favourites = rng.sample(sites, 25)
    for day in range(days):
        if day % 7 in (5, 6):
            continue
        at = day * DAY + rng.gauss(8.5, 0.7) * 3600
        end = day * DAY + rng.gauss(17.5, 0.7) * 3600
        while at < end:
            for _ in range(rng.randint(1, 8)):
                name, address = rng.choice(favourites if rng.random() < 0.8 else sites)
                yield _lookup(at, host, f"{rng.choice(['www', 'static', 'api', 'cdn'])}.{name}", answers=address)
                for _ in range(rng.randint(1, 4)):
                    yield _flow(
                        at + rng.random() * 3, host, address, 443, name=name, service="ssl", duration=rng.expovariate(1 / 20),
                        sent=rng.lognormvariate(7.5, 1.0), received=rng.lognormvariate(10, 1.5),
                    )  # fmt: skip
                at += rng.expovariate(1 / 8)
            if rng.random() < 0.02:
                yield _lookup(
                    at, host, f"{rng.choice(_WORDS)}{rng.choice(_WORDS)}{rng.choice('aeio')}.com", code="NXDOMAIN"
                )
            if rng.random() < 0.03:
                yield _flow(
                    at, host, rng.choice(sites)[1], 443, state="attempt", duration=3.0, sent=180.0, received=0.0
                )
            at += rng.expovariate(1 / 400)


def _software(rng: random.Random, host: str, days: int, sites: list[tuple[str, str]]) -> Iterator[Row]:
    """Updaters that every machine has, mail that is polled, one programme of this machine's own, a backup at night."""
    for i in range(_UPDATERS):
        every, name, address = (1800, 3600, 7200, 14_400)[i % 4], f"update{i}.vendor.com", f"20.42.{i}.10"
        at = rng.random() * every
        while at < days * DAY:
            yield _flow(
                at, host, address, 443, name=name, service="ssl", sent=1200.0 + rng.randrange(40), received=3000.0
            )
            at += every * (1 + 0.05 * rng.random())
    for day in range(days):
        start = day * DAY + 8 * 3600
        for i in range(100):
            yield _flow(start + 360 * i, host, "10.1.0.3", 993, service="imap", sent=400.0)
        yield _flow(day * DAY + 2 * 3600 + rng.random() * 600, host, "198.18.7.7", 443, name="backup.vendor.com", duration=900.0,
                    sent=rng.lognormvariate(18.5, 0.3), received=90_000.0)  # fmt: skip


def _attacks(rng: random.Random, hosts: list[str], days: int, rows: list[Row], jitter: float) -> Iterator[Attack]:
    """One machine each; all on the last day, so that there is a past."""
    last = (days - 1) * DAY
    who = iter(rng.sample(hosts, 8))

    host, every = next(who), rng.uniform(60, 900)
    at = last + rng.random() * every
    yield Attack("beacon", host, at, "networks.beacon")
    while at < days * DAY:
        rows.append(_flow(at, host, "203.0.113.66", 443, sent=480.0 + rng.randrange(30), received=250.0))
        at += every * (1 + rng.uniform(-jitter, jitter))

    host, at = next(who), last + rng.uniform(9, 16) * 3600
    yield Attack("tunnel", host, at, "networks.dns-tunnel")
    for i in range(400):
        name = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(rng.randint(40, 58)))
        rows.append(
            _lookup(at + i * rng.uniform(0.2, 2), host, f"{name}.t.offsite.net", rng.choice(["TXT", "A", "CNAME"]))
        )

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("made-up names", host, at, "networks.generated-names")
    import numpy as np

    for i, (_, name) in enumerate(made_up(np.random.default_rng(rng.randrange(1 << 30)), 60)):
        rows.append(_lookup(at + i * 5, host, f"{name}.{rng.choice(['com', 'net', 'info'])}", code="NXDOMAIN"))

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("host scan", host, at, "networks.host-scan")
    for i in range(120):
        state = "open" if rng.random() < 0.1 else "attempt"
        rows.append(
            _flow(at + i * 0.8, host, f"10.1.{rng.randrange(4)}.{i + 5}", 445, state=state, duration=3.0, sent=120.0)
        )

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("port scan", host, at, "networks.port-scan")
    for i, port in enumerate(rng.sample(range(1, 10_000), 200)):
        rows.append(
            _flow(at + i * 0.1, host, "10.1.0.4", port, state="open" if rng.random() < 0.03 else "rejected", sent=40.0)
        )

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("password guessing", host, at, "networks.logins")
    for i in range(200):
        rows.append(
            _flow(at + i * rng.uniform(1.5, 2.5), host, "10.1.0.5", 22, duration=rng.uniform(0.5, 3), sent=1800.0)
        )

    host, at = next(who), last + rng.uniform(9, 16) * 3600
    yield Attack("exfiltration", host, at, "networks.exfiltration")
    for i in range(6):
        rows.append(
            _flow(
                at + i * 120, host, "203.0.113.77", 443, duration=100.0, sent=6e8 * rng.uniform(0.7, 1.3), received=2e5
            )
        )

    host, at = next(who), last + rng.uniform(9, 16) * 3600
    yield Attack("lateral movement", host, at, "networks.lateral")
    for i in range(6):
        rows.append(
            _flow(at + i * 200, host, rng.choice(hosts), (445, 3389, 5985)[i % 3], duration=60.0, sent=40_000.0)
        )


def simulate(seed: int = 1, *, size: int = 40, days: int = 4, **_options: Any) -> Iterator[dict[str, Any]]:
    """Zeek's `conn.log` and `dns.log`, and `attacks.tsv`: who did what and when."""
    world = network(seed, machines=size, days=days)
    conn, dns = [_CONN], [_DNS]
    states = {"open": "SF", "attempt": "S0", "rejected": "REJ"}
    for i, row in enumerate(world.rows):
        stamp = f"{row.time / 1e6:.6f}\tC{i}\t{row.source}\t{40_000 + i % 20_000}\t{row.destination}"
        if isinstance(row, FlowRow):
            conn.append(f"{stamp}\t{row.port:.0f}\t{row.protocol}\t{row.service or '-'}\t{row.duration:.6f}\t{states[row.state]}\t"
                        f"{row.sent:.0f}\t{row.received:.0f}")  # fmt: skip
        elif isinstance(row, LookupRow):
            dns.append(f"{stamp}\t53\tudp\t{row.name}\t{row.type}\t{row.code}\t{row.answers or '-'}")
    told = [
        "what\tsource\ttime\treason",
        *(f"{a.what}\t{a.source}\t{BEGIN + math.floor(a.at)}\t{a.code}" for a in world.attacks),
    ]
    for name, lines in (("conn.log", conn), ("dns.log", dns), ("attacks.tsv", told)):
        label = "genuine" if name == "attacks.tsv" else "mixed"
        yield {"file": name, "content": ("\n".join(lines) + "\n").encode(), "label": label}


_CONN = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\t"
    "id.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\tconn_state\torig_ip_bytes\tresp_ip_bytes"
)
_DNS = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#fields\tts\tuid\tid.orig_h\t"
    "id.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers"
)

__all__ = ["Attack", "World", "network", "simulate"]
