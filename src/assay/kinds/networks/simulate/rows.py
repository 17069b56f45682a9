"""What every made-up machine's rows are made with: a midnight from which seconds count, a connection, a question, a site."""

from __future__ import annotations

import random
from typing import Any

from assay.kinds.networks.reading.rows import FlowRow, LookupRow

SECOND, DAY, HOUR, MINUTE = 1_000_000, 86_400, 3600, 60
BEGIN = 1_700_006_400  # a midnight, UTC
RESOLVER, MAIL, FILES, SHELL = "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5"  # servers of the house
WORDS = (
    "north", "river", "stone", "market", "green", "cloud", "paper", "light", "harbor", "field", "silver", "garden", "window", "bridge",
    "summer", "copper", "maple", "orbit",
)  # fmt: skip


def site(rng: random.Random) -> tuple[str, str]:
    name = f"{rng.choice(WORDS)}{rng.choice(WORDS)}{rng.choice(['', 's', '-online', rng.choice(WORDS)])}.com"
    return name, f"{rng.choice([23, 52, 104, 151])}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def flow(at: float, source: str, destination: str, port: int, **more: Any) -> FlowRow:
    told: dict[str, Any] = {
        "protocol": "tcp",
        "state": "open",
        "duration": 1.0,
        "sent": 900.0,
        "received": 4000.0,
    } | more
    return FlowRow(int((BEGIN + at) * SECOND), source, destination, float(port), **told)


def lookup(at: float, source: str, name: str, kind: str = "A", code: str = "NOERROR", answers: str = "") -> LookupRow:
    return LookupRow(int((BEGIN + at) * SECOND), source, RESOLVER, name, kind, code, answers)


__all__ = [
    "BEGIN",
    "DAY",
    "FILES",
    "HOUR",
    "MAIL",
    "MINUTE",
    "RESOLVER",
    "SECOND",
    "SHELL",
    "WORDS",
    "flow",
    "lookup",
    "site",
]
