"""What lives in an office beside people's machines: servers that watch, keep copies, send mail, build and administer; printers,
cameras, telephones and tunnels. Each does by design what some attack does too."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assay.kinds.networks.reading.rows import Row
from assay.kinds.networks.simulate.rows import DAY, FILES, HOUR, MAIL, MINUTE, RESOLVER, SHELL, WORDS, flow, lookup

_SERVERS = (RESOLVER, MAIL, FILES, SHELL)
_MONITOR, _BACKUP, _BUILDER, _ADMIN = (f"10.1.250.{i}" for i in range(10, 14))
_PRINTERS = tuple(f"10.1.250.{i}" for i in range(30, 33))
_CAMERAS = tuple(f"10.1.250.{i}" for i in range(40, 44))
_RETIRED = ("10.1.250.90", "10.1.250.91")  # still in the list of what is watched


class Machine(NamedTuple):
    """`role` in a word."""

    address: str
    role: str
    rows: list[Row]


def house(rng: random.Random, hosts: Sequence[str], days: int) -> Iterator[Machine]:
    """Every machine that is nobody's own; last what people's own machines do because of them."""
    domains = [
        f"{rng.choice(WORDS)}{rng.choice(WORDS)}{i}.com" for i in range(250)
    ]  # first: the same however many days
    yield Machine(_MONITOR, "monitor", list(_monitor(days)))
    yield Machine(_BACKUP, "backup", list(_backup(rng, days)))
    yield Machine(_BUILDER, "builder", list(_builder(rng, days)))
    yield Machine(_ADMIN, "administration", list(_administration(rng, hosts, days)))
    yield Machine(MAIL, "mail", list(_mail(rng, domains, days)))
    for address in _PRINTERS:
        yield Machine(address, "printer", list(_printer(rng, address, days)))
    for address in _CAMERAS:
        yield Machine(address, "camera", list(_camera(rng, address, days)))
    for host in hosts:
        yield Machine(host, "workstation", list(_own(rng, host, hosts, days)))


def _working(days: int) -> Iterator[int]:
    """Seconds at which each day begins on which people work."""
    return (day * DAY for day in range(days) if day % 7 not in (5, 6))


def _monitor(days: int) -> Iterator[Row]:
    """Every machine of the house once in five minutes; two that are no more never answer."""
    watched = (*_SERVERS, _BACKUP, _BUILDER, _ADMIN, *_PRINTERS, *_CAMERAS, *_RETIRED)
    for at in range(0, days * DAY, 300):
        for i, host in enumerate(watched):
            state = "attempt" if host in _RETIRED else "open"
            port, protocol = ((161, "udp"), (9100, "tcp"), (22, "tcp"))[i % 3]
            yield flow(
                at + i / 4,
                _MONITOR,
                host,
                port,
                protocol=protocol,
                state=state,
                duration=0.2,
                sent=300.0,
                received=700.0,
            )


def _backup(rng: random.Random, days: int) -> Iterator[Row]:
    """Every server at night, and all of it to a store outside."""
    for day in range(days):
        at = day * DAY + 1 * HOUR + rng.random() * 600
        for host in _SERVERS:
            yield flow(at, _BACKUP, host, 10_006, duration=900.0, sent=4e5, received=rng.lognormvariate(22, 0.2))
            at += 1000
        for i in range(40):
            yield flow(at + 150 * i, _BACKUP, "198.18.9.9", 443, name="vault.keeper.com", service="ssl", duration=140.0,
                       sent=rng.lognormvariate(19, 0.4), received=2e5)  # fmt: skip


def _builder(rng: random.Random, days: int) -> Iterator[Row]:
    """Builds fetch their sources by SSH, many within minutes, and what they are made of from everywhere."""
    for day in _working(days):
        for _ in range(6):
            at = day + rng.uniform(8, 18) * HOUR
            for i in range(45):
                yield flow(at + i * rng.uniform(6, 12), _BUILDER, SHELL, 22, duration=rng.uniform(1, 9), sent=rng.uniform(3e3, 2e4),
                           received=rng.lognormvariate(14, 1.5))  # fmt: skip
            for i in range(150):
                yield flow(at + 3 * i, _BUILDER, f"151.101.{i % 4}.{rng.randrange(1, 250)}", 443, name="packages.registry.com", service="ssl",
                           sent=2e3, received=rng.lognormvariate(12, 2))  # fmt: skip


def _administration(rng: random.Random, hosts: Sequence[str], days: int) -> Iterator[Row]:
    """Servers every day, and people's machines where help is asked for."""
    for day in _working(days):
        for host in (*_SERVERS, _BACKUP, _BUILDER, *rng.sample(list(hosts), min(6, len(hosts)))):
            at = day + rng.uniform(8, 17) * HOUR
            yield flow(
                at,
                _ADMIN,
                host,
                rng.choice((22, 3389, 5985)),
                duration=rng.expovariate(1 / 900),
                sent=9e4,
                received=4e5,
            )


def _mail(rng: random.Random, domains: Sequence[str], days: int) -> Iterator[Row]:
    """Letters to servers everywhere, of which some are down or put off; who sent one is looked up in lists of offenders."""
    for at in range(0, days * DAY, 90):
        i = rng.randrange(250)
        yield lookup(at, MAIL, domains[i], "MX")
        yield flow(at + 1, MAIL, f"198.19.{i}.25", 25, service="smtp", state="attempt" if i % 12 == 0 else "open",
                   sent=rng.lognormvariate(10, 1.5), received=2e3)  # fmt: skip
        yield lookup(at + 2, MAIL, f"{i}.{rng.randrange(256)}.0.203.zen.spamhaus.org", code="NXDOMAIN")


def _printer(rng: random.Random, address: str, days: int) -> Iterator[Row]:
    """Its maker, twice an hour; the clock; now and then a page that was scanned."""
    at = rng.random() * 1800
    while at < days * DAY:
        yield lookup(at, address, "connect.printmaker.com")
        yield flow(
            at, address, "20.60.1.8", 443, name="connect.printmaker.com", service="ssl", sent=1500.0, received=900.0
        )
        yield flow(at + 5, address, "20.60.9.123", 123, protocol="udp", sent=76.0, received=76.0, duration=0.05)
        at += 1800 + rng.random() * 20
    for day in _working(days):
        for _ in range(8):
            yield flow(
                day + rng.uniform(8, 18) * HOUR, address, MAIL, 25, sent=rng.lognormvariate(14, 1), received=900.0
            )


def _camera(rng: random.Random, address: str, days: int) -> Iterator[Row]:
    """Pictures to its maker's cloud, day and night; what keeps in touch by MQTT."""
    for hour in range(days * 24):
        yield flow(hour * HOUR + rng.random() * 60, address, "20.61.4.4", 443, name="eu.camcloud.com", service="ssl", duration=3500.0,
                   sent=rng.lognormvariate(18.6, 0.15), received=1e6)  # fmt: skip
    for minute in range(0, days * 24 * 60, 2):
        yield flow(minute * MINUTE, address, "20.61.4.9", 8883, duration=0.4, sent=180.0, received=120.0)


def _own(rng: random.Random, host: str, hosts: Sequence[str], days: int) -> Iterator[Row]:
    """The clock, files, printers, names that a browser tries and the suffixes that the house adds; calls; on the second day a storm of
    updates, which machines fetch from one another; for some a tunnel home."""
    for second in range(rng.randrange(1024), days * DAY, 1024):
        yield flow(second, host, f"20.70.0.{second % 4}", 123, protocol="udp", sent=76.0, received=76.0, duration=0.05)
    for day in _working(days):
        begin = day + rng.uniform(7.8, 9) * HOUR
        for port in (88, 389, 445, 135):
            yield flow(begin, host, RESOLVER, port, sent=4e3, received=9e3)
        for _ in range(12):
            at = begin + rng.random() * 8 * HOUR
            yield flow(
                at,
                host,
                FILES,
                445,
                duration=rng.expovariate(1 / 600),
                sent=rng.lognormvariate(12, 2),
                received=rng.lognormvariate(13, 2),
            )
            yield flow(at, host, rng.choice(_PRINTERS), 9100, sent=rng.lognormvariate(13, 1), received=900.0)
        for _ in range(3):  # a browser tries whether somebody answers for everything
            yield lookup(
                begin,
                host,
                "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(7, 15))),
                code="NXDOMAIN",
            )
        for word in rng.sample(WORDS, 4):
            yield lookup(begin, host, f"{word}.com.corp.example.net", code="NXDOMAIN")
        yield from _calls(rng, host, begin)
        if day == DAY:
            yield from _storm(rng, host, hosts, begin)
        if int(host.rpartition(".")[2]) % 9 == 0:
            yield flow(begin, host, "198.18.55.5", 4500, protocol="udp", duration=8.5 * HOUR, sent=3e7, received=9e7)


def _calls(rng: random.Random, host: str, begin: float) -> Iterator[Row]:
    """Voices and faces to and fro; now and then somebody speaks to many and hardly sees them."""
    for _ in range(rng.randrange(4)):
        at, seconds = begin + rng.random() * 8 * HOUR, rng.uniform(900, 5400)
        sent = seconds * rng.uniform(8e4, 3e5)
        received = sent * (0.15 if rng.random() < 0.1 else rng.uniform(0.7, 2.5))
        to = f"52.112.{rng.randrange(64)}.{rng.randrange(1, 250)}"
        yield flow(
            at, host, to, 3478 + rng.randrange(4), protocol="udp", duration=seconds, sent=sent, received=received
        )


def _storm(rng: random.Random, host: str, hosts: Sequence[str], begin: float) -> Iterator[Row]:
    """A gigabyte of updates, some of it from neighbours, of whom many are switched off or shut."""
    for i in range(30):
        yield flow(
            begin + 40 * i,
            host,
            "20.80.3.3",
            443,
            name="download.vendor.com",
            service="ssl",
            sent=3e4,
            received=rng.lognormvariate(17, 1),
        )
    for other in rng.sample(list(hosts), min(14, len(hosts))):
        state = rng.choice(("open", "attempt", "rejected"))
        yield flow(
            begin + rng.random() * 400, host, other, 7680, state=state, sent=2e3, received=rng.lognormvariate(15, 1)
        )


__all__ = ["Machine", "house"]
