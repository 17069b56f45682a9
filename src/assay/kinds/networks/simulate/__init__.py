"""A made-up office network as rows of its connections and DNS questions, and as Zeek logs: people who work by day, software that
calls home by the clock, the servers and things of the house; and, where wanted, eight attacks, each with who did it and when.

Everything is drawn from a seed. It tells whether a detector does what it says, and nothing of a real network's false alarms.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from assay.core.errors import InvalidSetting
from assay.kinds.networks.reading.rows import FlowRow, LookupRow, Row
from assay.kinds.networks.simulate.attacks import Attack, strike
from assay.kinds.networks.simulate.house import house
from assay.kinds.networks.simulate.office import person, software
from assay.kinds.networks.simulate.rows import BEGIN, site


class World(NamedTuple):
    """`machines` are those of people; `roles` machine -> what it is, of all."""

    rows: list[Row]
    attacks: list[Attack]
    machines: list[str]
    roles: dict[str, str]
    days: int


def network(seed: int = 1, *, machines: int = 40, days: int = 4, attacks: bool = True, jitter: float = 0.2) -> World:
    """Rows in order of time."""
    rng = random.Random(seed)  # noqa: S311 - a made-up world, not a secret
    hosts = [f"10.1.{i // 200}.{10 + i % 200}" for i in range(machines)]
    sites = [site(rng) for _ in range(400)]
    rows: list[Row] = []
    for host in hosts:
        rows += person(rng, host, days, sites)
        rows += software(rng, host, days, sites)
    told = list(strike(rng, hosts, days, rows, jitter)) if attacks else []
    roles: dict[str, str] = {}
    for host, role, theirs in house(random.Random(seed + 1_000_000), hosts, days):  # noqa: S311 - no secret either
        roles[host] = role
        rows += theirs
    rows.sort(key=lambda row: row.time)
    return World(rows, told, hosts, roles, days)


def simulate(seed: int = 1, *, size: int = 40, days: int = 4, **_options: Any) -> Iterator[dict[str, Any]]:
    """Zeek's `conn.log` and `dns.log`, and `attacks.tsv`: who did what and when."""
    if size < 8:
        raise InvalidSetting("a network needs at least eight machines, one for each attack")
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
