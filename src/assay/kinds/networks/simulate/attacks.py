"""Eight attacks, one machine each; all on the last day, so that there is a past."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from assay.kinds.networks.generated.makers import made_up
from assay.kinds.networks.reading.rows import Row
from assay.kinds.networks.simulate.rows import DAY, FILES, HOUR, SHELL, flow, lookup

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
Made = Iterator[Row]


class Attack(NamedTuple):
    """`source` did `what`, beginning `at` seconds after the begin; `code` is the reason that should tell."""

    what: str
    source: str
    at: float
    code: str


def strike(rng: random.Random, hosts: list[str], days: int, rows: list[Row], jitter: float) -> Iterator[Attack]:
    """Who did what; what that looks like is added to `rows`."""
    last = (days - 1) * DAY
    who = iter(rng.sample(hosts, 1 + len(_WITHIN_HOURS)))
    host, every = next(who), rng.uniform(60, 900)
    at = last + rng.random() * every
    yield Attack("beacon", host, at, "networks.beacon")
    rows += _beacon(rng, host, at, every, days * DAY, jitter)
    for what, code, hours, made in _WITHIN_HOURS:
        host, at = next(who), last + rng.uniform(*hours) * HOUR
        yield Attack(what, host, at, code)
        rows += made(rng, host, at, hosts)


def _beacon(rng: random.Random, host: str, at: float, every: float, end: float, jitter: float) -> Made:
    while at < end:
        yield flow(at, host, "203.0.113.66", 443, sent=480.0 + rng.randrange(30), received=250.0)
        at += every * (1 + rng.uniform(-jitter, jitter))


def _tunnel(rng: random.Random, host: str, at: float, hosts: Sequence[str]) -> Made:
    for i in range(400):
        name = "".join(rng.choice(_ALPHABET) for _ in range(rng.randint(40, 58)))
        yield lookup(at + i * rng.uniform(0.2, 2), host, f"{name}.t.offsite.net", rng.choice(["TXT", "A", "CNAME"]))


def _made_up_names(rng: random.Random, host: str, at: float, hosts: Sequence[str]) -> Made:
    import numpy as np

    for i, (_, name) in enumerate(made_up(np.random.default_rng(rng.randrange(1 << 30)), 60)):
        yield lookup(at + i * 5, host, f"{name}.{rng.choice(['com', 'net', 'info'])}", code="NXDOMAIN")


def _host_scan(rng: random.Random, host: str, at: float, hosts: Sequence[str]) -> Made:
    for i in range(120):
        state = "open" if rng.random() < 0.1 else "attempt"
        yield flow(at + i * 0.8, host, f"10.1.{rng.randrange(4)}.{i + 5}", 445, state=state, duration=3.0, sent=120.0)


def _port_scan(rng: random.Random, host: str, at: float, hosts: Sequence[str]) -> Made:
    for i, port in enumerate(rng.sample(range(1, 10_000), 200)):
        yield flow(at + i * 0.1, host, FILES, port, state="open" if rng.random() < 0.03 else "rejected", sent=40.0)


def _guesses(rng: random.Random, host: str, at: float, hosts: Sequence[str]) -> Made:
    for i in range(200):
        yield flow(at + i * rng.uniform(1.5, 2.5), host, SHELL, 22, duration=rng.uniform(0.5, 3), sent=1800.0)


def _theft(rng: random.Random, host: str, at: float, hosts: Sequence[str]) -> Made:
    for i in range(6):
        sent = 6e8 * rng.uniform(0.7, 1.3)
        yield flow(at + i * 120, host, "203.0.113.77", 443, duration=100.0, sent=sent, received=2e5)


def _steps(rng: random.Random, host: str, at: float, hosts: Sequence[str]) -> Made:
    for i in range(6):
        yield flow(at + i * 200, host, rng.choice(hosts), (445, 3389, 5985)[i % 3], duration=60.0, sent=40_000.0)


_Maker = Callable[[random.Random, str, float, Sequence[str]], Made]
_WITHIN_HOURS: tuple[tuple[str, str, tuple[float, float], _Maker], ...] = (  # of the day in which each may begin
    ("tunnel", "networks.dns-tunnel", (9, 16), _tunnel),
    ("made-up names", "networks.generated-names", (1, 23), _made_up_names),
    ("host scan", "networks.host-scan", (1, 23), _host_scan),
    ("port scan", "networks.port-scan", (1, 23), _port_scan),
    ("password guessing", "networks.logins", (1, 23), _guesses),
    ("exfiltration", "networks.exfiltration", (9, 16), _theft),
    ("lateral movement", "networks.lateral", (9, 16), _steps),
)

__all__ = ["Attack", "strike"]
