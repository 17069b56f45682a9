"""People at their machines by day, and the software of those machines by the clock."""

from __future__ import annotations

import random
from collections.abc import Iterator

from assay.kinds.networks.reading.rows import Row
from assay.kinds.networks.simulate.rows import DAY, MAIL, WORDS, flow, lookup

_UPDATERS = 8  # services that every machine calls by the clock


def person(rng: random.Random, host: str, days: int, sites: list[tuple[str, str]]) -> Iterator[Row]:
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
                yield lookup(at, host, f"{rng.choice(['www', 'static', 'api', 'cdn'])}.{name}", answers=address)
                for _ in range(rng.randint(1, 4)):
                    yield flow(
                        at + rng.random() * 3, host, address, 443, name=name, service="ssl", duration=rng.expovariate(1 / 20),
                        sent=rng.lognormvariate(7.5, 1.0), received=rng.lognormvariate(10, 1.5),
                    )  # fmt: skip
                at += rng.expovariate(1 / 8)
            if rng.random() < 0.02:
                yield lookup(
                    at, host, f"{rng.choice(WORDS)}{rng.choice(WORDS)}{rng.choice('aeio')}.com", code="NXDOMAIN"
                )
            if rng.random() < 0.03:
                yield flow(at, host, rng.choice(sites)[1], 443, state="attempt", duration=3.0, sent=180.0, received=0.0)
            at += rng.expovariate(1 / 400)


def software(rng: random.Random, host: str, days: int, sites: list[tuple[str, str]]) -> Iterator[Row]:
    """Updaters that every machine has, mail that is polled, one programme of this machine's own, a backup at night."""
    for i in range(_UPDATERS):
        every, name, address = (1800, 3600, 7200, 14_400)[i % 4], f"update{i}.vendor.com", f"20.42.{i}.10"
        at = rng.random() * every
        while at < days * DAY:
            yield flow(
                at, host, address, 443, name=name, service="ssl", sent=1200.0 + rng.randrange(40), received=3000.0
            )
            at += every * (1 + 0.05 * rng.random())
    for day in range(days):
        start = day * DAY + 8 * 3600
        for i in range(100):
            yield flow(start + 360 * i, host, MAIL, 993, service="imap", sent=400.0)
        yield flow(day * DAY + 2 * 3600 + rng.random() * 600, host, "198.18.7.7", 443, name="backup.vendor.com", duration=900.0,
                    sent=rng.lognormvariate(18.5, 0.3), received=90_000.0)  # fmt: skip


__all__ = ["person", "software"]
