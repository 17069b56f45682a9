"""Eight attacks, one machine each; all on the last day, so that there is a past."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from assay.kinds.networks.generated.makers import made_up
from assay.kinds.networks.reading.rows import Row
from assay.kinds.networks.simulate.rows import DAY, FILES, SHELL, flow, lookup


class Attack(NamedTuple):
    """`source` did `what`, beginning `at` seconds after the begin; `code` is the reason that should tell."""

    what: str
    source: str
    at: float
    code: str


def strike(rng: random.Random, hosts: list[str], days: int, rows: list[Row], jitter: float) -> Iterator[Attack]:
    """Who did what, told before its rows are added."""
    last = (days - 1) * DAY
    who = iter(rng.sample(hosts, 8))

    host, every = next(who), rng.uniform(60, 900)
    at = last + rng.random() * every
    yield Attack("beacon", host, at, "networks.beacon")
    while at < days * DAY:
        rows.append(flow(at, host, "203.0.113.66", 443, sent=480.0 + rng.randrange(30), received=250.0))
        at += every * (1 + rng.uniform(-jitter, jitter))

    host, at = next(who), last + rng.uniform(9, 16) * 3600
    yield Attack("tunnel", host, at, "networks.dns-tunnel")
    for i in range(400):
        name = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(rng.randint(40, 58)))
        rows.append(
            lookup(at + i * rng.uniform(0.2, 2), host, f"{name}.t.offsite.net", rng.choice(["TXT", "A", "CNAME"]))
        )

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("made-up names", host, at, "networks.generated-names")
    import numpy as np

    for i, (_, name) in enumerate(made_up(np.random.default_rng(rng.randrange(1 << 30)), 60)):
        rows.append(lookup(at + i * 5, host, f"{name}.{rng.choice(['com', 'net', 'info'])}", code="NXDOMAIN"))

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("host scan", host, at, "networks.host-scan")
    for i in range(120):
        state = "open" if rng.random() < 0.1 else "attempt"
        rows.append(
            flow(at + i * 0.8, host, f"10.1.{rng.randrange(4)}.{i + 5}", 445, state=state, duration=3.0, sent=120.0)
        )

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("port scan", host, at, "networks.port-scan")
    for i, port in enumerate(rng.sample(range(1, 10_000), 200)):
        rows.append(
            flow(at + i * 0.1, host, FILES, port, state="open" if rng.random() < 0.03 else "rejected", sent=40.0)
        )

    host, at = next(who), last + rng.uniform(1, 23) * 3600
    yield Attack("password guessing", host, at, "networks.logins")
    for i in range(200):
        rows.append(flow(at + i * rng.uniform(1.5, 2.5), host, SHELL, 22, duration=rng.uniform(0.5, 3), sent=1800.0))

    host, at = next(who), last + rng.uniform(9, 16) * 3600
    yield Attack("exfiltration", host, at, "networks.exfiltration")
    for i in range(6):
        rows.append(
            flow(
                at + i * 120, host, "203.0.113.77", 443, duration=100.0, sent=6e8 * rng.uniform(0.7, 1.3), received=2e5
            )
        )

    host, at = next(who), last + rng.uniform(9, 16) * 3600
    yield Attack("lateral movement", host, at, "networks.lateral")
    for i in range(6):
        rows.append(flow(at + i * 200, host, rng.choice(hosts), (445, 3389, 5985)[i % 3], duration=60.0, sent=40_000.0))


__all__ = ["Attack", "strike"]
