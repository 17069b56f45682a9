"""A made bank for the bench of campaigns: hosts, their users and servers, a month of findings that mean nothing, and attacks
of several stages among them. Every number of it stands here; the truth of each finding is known.

Shapes of attacks are of two sorts: those in `KNOWN` were looked at while weights and links were chosen, those in `UNSEEN` were
written afterwards and not looked at until the figures were.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from assay.core.clock import DAY, HOUR, MINUTE
from assay.core.entity import Entity
from assay.core.finding import Finding, Reason

START = 1_767_225_600_000_000
SEVERITIES = ("low", "medium", "high", "critical")
NOISE = (0.60, 0.33, 0.069, 0.001)  # share of severities among findings that mean nothing
ATTACK = (0.25, 0.45, 0.27, 0.03)  # and among those of an attack
SEEN = 0.8  # chance that a step of an attack is found at all


class Made(NamedTuple):
    """One finding of the world. `attack` numbers the attack that it is of (-1: none), `stage` its stage."""

    time: int
    id: str
    finding: Finding
    attack: int = -1
    stage: int = -1


class Attack(NamedTuple):
    """`stages` how many of it were found at all."""

    shape: str
    number: int
    first: int
    last: int
    stages: frozenset[int]


class World(NamedTuple):
    findings: list[Made]
    attacks: list[Attack]
    days: int


class _Bank:
    """Who there is: workstations with one user each, servers, administrators, service accounts, a proxy, a scanner."""

    def __init__(self, rng: random.Random, hosts: int) -> None:
        self.rng, self.hosts = rng, hosts
        self.servers = max(6, hosts // 25)
        self.admins = [f"adm{i}" for i in range(3)]
        self.services = [f"svc-{name}" for name in ("backup", "deploy", "scan", "sql")]
        self.proxy, self.scanner, self.dc = "10.9.0.1", "10.9.0.7", "dc1"

    def workstation(self, i: int, *, user: bool = True, ip: bool = True) -> list[Entity]:
        out = [Entity("host", f"ws{i:04}")]
        if user:
            out.append(Entity("user", f"BANK\\u{i:04}"))
        if ip:
            out.append(Entity("ip", f"10.1.{i // 250}.{i % 250 + 1}"))
        return out

    def server(self, i: int) -> list[Entity]:
        return [Entity("host", f"srv{i:03}"), Entity("ip", f"10.2.0.{i + 1}")]


_RULES = 160
_TECHNIQUES = (
    "T1566.001", "T1059.001", "T1204.002", "T1547.001", "T1053.005", "T1543.003", "T1548.002", "T1027", "T1036", "T1562.001",
    "T1003.001", "T1110.003", "T1558.003", "T1082", "T1018", "T1087", "T1021.002", "T1021.001", "T1560", "T1071.001", "T1105",
    "T1041", "T1486", "T1490",
)  # fmt: skip


def world(
    seed: int, *, hosts: int = 400, days: int = 14, a_day: float = 1000.0, shapes: Sequence[str] = (), attacks: int = 6
) -> World:
    """`a_day`: findings a day that mean nothing."""
    rng = random.Random(seed)  # noqa: S311 - a made world
    bank = _Bank(rng, hosts)
    made = list(_noise(rng, bank, days, a_day))
    told = []
    for number in range(attacks):
        shape = shapes[number % len(shapes)]
        begin = START + int(rng.uniform(2, days - 4) * DAY)
        steps = [one for one in SHAPES[shape](rng, bank, begin) if rng.random() < SEEN]
        mine = [_finding(rng, number, i, *step) for i, step in enumerate(steps)]
        made += mine
        if mine:
            times = [one.time for one in mine]
            told.append(Attack(shape, number, min(times), max(times), frozenset(one.stage for one in mine)))
    made.sort(key=lambda one: (one.time, one.id))
    return World(made, told, days)


# -- what means nothing ------------------------------------------------------------------------------------------------


def _noise(rng: random.Random, bank: _Bank, days: int, a_day: float) -> Iterator[Made]:
    """Half of it scattered over hosts by rules of very different rates; the rest from things that happen in every house."""
    total = int(days * a_day)
    house = _House(rng, bank, days)
    told = (
        house.scattered(total // 2), house.chronic(total * 0.15), house.rollouts(total * 0.1), house.administrators(total // 10),
        house.scanner(), house.strangers(total // 20), house.proxy(total // 20),
    )  # fmt: skip
    number = count(1)
    for source in told:
        for time, rule, severity, technique, entities in source:
            yield Made(time, f"n{next(number)}", _said(rule, severity, technique, entities))


Said = tuple[int, str, str, str, Sequence[Entity]]  # time, rule, severity, technique, what it names


class _House:
    """Where findings that mean nothing come from."""

    def __init__(self, rng: random.Random, bank: _Bank, days: int) -> None:
        self.rng, self.bank, self.days = rng, bank, days
        self.severity = [rng.choices(SEVERITIES, NOISE)[0] for _ in range(_RULES)]
        self.technique = [rng.choice(_TECHNIQUES) for _ in range(_RULES)]
        self.rate = [1.0 / (r + 1) ** 0.8 for r in range(_RULES)]

    def _by(self, rule: int, time: int, entities: Sequence[Entity]) -> Said:
        usual = self.rng.random() < 0.85
        severity = self.severity[rule] if usual else self.rng.choices(SEVERITIES, NOISE)[0]
        return time, f"rule{rule}", severity, self.technique[rule], entities

    def _when(self) -> int:
        return START + int(_working(self.rng, self.days))

    def scattered(self, n: int) -> Iterator[Said]:
        rng, bank = self.rng, self.bank
        for _ in range(n):
            rule = rng.choices(range(_RULES), self.rate)[0]
            who = bank.workstation(rng.randrange(bank.hosts), user=rng.random() < 0.7, ip=rng.random() < 0.4)
            yield self._by(rule, self._when(), who)

    def chronic(self, n: float) -> Iterator[Said]:
        """A developer's machine, a badly packed program: the same few rules on one host, for ever."""
        rng, bank = self.rng, self.bank
        machines = bank.hosts // 12
        for _ in range(machines):
            who, rules = bank.workstation(rng.randrange(bank.hosts)), rng.sample(range(_RULES), rng.randint(1, 3))
            for _ in range(int(n / machines)):
                yield self._by(rng.choice(rules), self._when(), who)

    def rollouts(self, n: float) -> Iterator[Said]:
        """Every third day: two rules on many hosts within an hour."""
        rng, bank = self.rng, self.bank
        times = max(1, self.days // 3)
        for _ in range(times):
            begin, rules = START + int(rng.uniform(0, self.days) * DAY), rng.sample(range(_RULES), 2)
            for who in rng.sample(range(bank.hosts), min(bank.hosts, int(n / times))):
                named = [bank.workstation(who)[0], Entity("user", "svc-deploy")]
                yield self._by(rng.choice(rules), begin + rng.randrange(HOUR), named)

    def administrators(self, n: int) -> Iterator[Said]:
        """Many hosts, by rules that look like lateral movement."""
        rng, bank = self.rng, self.bank
        techniques = ("T1021.002", "T1569.002", "T1087", "T1047", "T1053.005", "T1021.001")
        for _ in range(n):
            rule, admin = rng.randrange(len(techniques)), Entity("user", rng.choice(bank.admins))
            on_server = rng.random() < 0.6
            target = (
                bank.server(rng.randrange(bank.servers))
                if on_server
                else bank.workstation(rng.randrange(bank.hosts), user=False)
            )
            severity = rng.choices(SEVERITIES, (0.5, 0.45, 0.05, 0))[0]
            yield self._when(), f"admin{rule}", severity, techniques[rule], [*target, admin]

    def scanner(self) -> Iterator[Said]:
        """Once a week, every server."""
        rng, bank = self.rng, self.bank
        for day in range(0, self.days, 7):
            for server in range(bank.servers):
                for rule in range(5):
                    time = START + day * DAY + 2 * HOUR + rng.randrange(3 * HOUR)
                    named = [*bank.server(server), Entity("ip", bank.scanner)]
                    yield time, f"scan{rule}", rng.choice(("low", "low", "medium")), "T1595.002", named

    def strangers(self, n: int) -> Iterator[Said]:
        """At the door: three servers stand on the internet."""
        rng, bank = self.rng, self.bank
        for _ in range(n):
            named = [*bank.server(rng.randrange(3)), Entity("ip", f"203.0.113.{rng.randrange(250)}")]
            severity = rng.choice(("low", "low", "low", "medium"))
            yield START + rng.randrange(self.days * DAY), f"door{rng.randrange(6)}", severity, "T1190", named

    def proxy(self, n: int) -> Iterator[Said]:
        """Everybody goes out through one address."""
        rng, bank = self.rng, self.bank
        for _ in range(n):
            named = [*bank.workstation(rng.randrange(bank.hosts), ip=False), Entity("ip", bank.proxy)]
            yield self._when(), f"proxy{rng.randrange(8)}", rng.choice(("low", "medium")), "T1071.001", named


def _working(rng: random.Random, days: int) -> float:
    """A moment, four times in five of a working day."""
    day = rng.randrange(days)
    return day * DAY + (rng.gauss(13, 2.5) % 24 if rng.random() < 0.8 else rng.uniform(0, 24)) * HOUR


def _said(rule: str, severity: str, technique: str, entities: Sequence[Entity]) -> Finding:
    reason = Reason("made.rule", 0.5, {"rule": rule, "title": rule})
    room = "networks" if rule.startswith(("door", "proxy", "scan")) else "hosts"
    return Finding(
        detector=f"{room}.made", version="1", verdict="suspicious", severity=severity, reasons=(reason,),
        techniques=(technique,), entities=tuple(entities),
    )  # fmt: skip


# -- attacks -----------------------------------------------------------------------------------------------------------

Step = tuple[int, int, str, Sequence[Entity]]  # time, stage, technique, what it names
Stages = list[tuple[str, Sequence[Entity]]]  # technique, what it names


def _finding(
    rng: random.Random, attack: int, i: int, time: int, stage: int, technique: str, entities: Sequence[Entity]
) -> Made:
    """A third of what finds an attack are rules that also fire without one."""
    rule = f"rule{rng.randrange(_RULES)}" if rng.random() < 0.33 else f"tell-{technique}-{rng.randrange(3)}"
    severity = rng.choices(SEVERITIES, ATTACK)[0]
    return Made(time, f"a{attack}-{i}", _said(rule, severity, technique, entities), attack, stage)


def _spaced(
    rng: random.Random, begin: int, stages: Sequence[tuple[str, Sequence[Entity]]], gap: float
) -> Iterator[Step]:
    """Stages one after another, `gap` apart on average, each with one to four steps."""
    time = float(begin)
    for stage, (technique, entities) in enumerate(stages):
        for _ in range(rng.randint(1, 4)):
            yield int(time), stage, technique, entities
            time += rng.expovariate(1 / (gap * 0.1))
        time += rng.expovariate(1 / gap)


def _phish(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """A mail, a macro, credentials, two more hosts, data out: an afternoon."""
    a, b = rng.sample(range(bank.hosts), 2)
    first, second, server = (
        bank.workstation(a),
        bank.workstation(b, user=False),
        bank.server(rng.randrange(bank.servers)),
    )
    user = first[1]
    stages: Stages = [("T1566.001", first), ("T1059.001", first), ("T1547.001", first), ("T1003.001", first[:1]), ("T1021.002", [*second, user]),
              ("T1018", [*second, user]), ("T1021.002", [*server, user]), ("T1560", server), ("T1041", [*server, Entity("destination", "198.51.100.9")])]  # fmt: skip
    yield from _spaced(rng, begin, stages, 0.5 * HOUR)


def _ransom(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """A stolen administrator, twenty hosts in half an hour."""
    admin = Entity("user", f"BANK\\{rng.choice(bank.admins)}")
    entry = bank.workstation(rng.randrange(bank.hosts), user=False)
    yield from _spaced(
        rng, begin, [("T1078", [*entry, admin]), ("T1003.001", entry[:1]), ("T1562.001", [*entry, admin])], 5 * MINUTE
    )
    for i, who in enumerate(rng.sample(range(bank.hosts), 20)):
        time, victim = begin + 30 * MINUTE + i * MINUTE, bank.workstation(who, user=False, ip=False)
        yield time, 3, "T1021.002", [*victim, admin]
        yield time + MINUTE // 2, 4, "T1490", victim
        yield time + MINUTE, 5, "T1486", victim


def _web(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """A web server at the door, a shell, and inwards by a service account."""
    door, inner = bank.server(rng.randrange(3)), bank.server(3 + rng.randrange(bank.servers - 3))
    stranger, service = Entity("ip", "192.0.2.77"), Entity("user", "svc-sql")
    stages: Stages = [("T1595.002", [*door, stranger]), ("T1190", [*door, stranger]), ("T1505.003", door[:1]), ("T1059", door[:1]),
              ("T1552", [door[0], service]), ("T1021", [*inner, service, door[1]]), ("T1005", [*inner, service]), ("T1048", inner)]  # fmt: skip
    yield from _spaced(rng, begin, stages, 1.5 * HOUR)


def _slow(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """Patient: four days, one host and one server, little of it loud."""
    first, server = bank.workstation(rng.randrange(bank.hosts)), bank.server(rng.randrange(bank.servers))
    stages: Stages = [("T1566.002", first), ("T1204.002", first), ("T1053.005", first), ("T1071.001", first), ("T1087", first),
              ("T1558.003", [first[1], Entity("host", bank.dc)]), ("T1021.001", [*server, first[1]]), ("T1560", [*server, first[1]]), ("T1041", server)]  # fmt: skip
    yield from _spaced(rng, begin, stages, 8 * HOUR)


def _account(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """No host at all: an account in the cloud, from a new address each time."""
    user = Entity("user", f"u{rng.randrange(bank.hosts):04}@bank.example")
    stages: Stages = [(t, [user, Entity("ip", f"198.51.100.{rng.randrange(1, 250)}")])
              for t in ("T1110.003", "T1078.004", "T1098", "T1114", "T1530", "T1537")]  # fmt: skip
    yield from _spaced(rng, begin, stages, 3 * HOUR)


def _insider(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """Somebody of the house: rights, collection, and out by a stick and the web, over two days."""
    who = bank.workstation(rng.randrange(bank.hosts))
    server = bank.server(rng.randrange(bank.servers))
    stages: Stages = [("T1548.002", who), ("T1083", who[:2]), ("T1039", [*server, who[1]]), ("T1074", who[:2]), ("T1052", who[:1]),
              ("T1567", [who[0], Entity("destination", "files.example")]), ("T1070.001", who[:1])]  # fmt: skip
    yield from _spaced(rng, begin, stages, 4 * HOUR)


def _spray(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """A password tried on sixty accounts from one address; one opens, and mail goes out."""
    stranger = Entity("ip", "192.0.2.5")
    for i, who in enumerate(rng.sample(range(bank.hosts), 60)):
        yield begin + i * MINUTE, 0, "T1110.003", [stranger, Entity("user", f"u{who:04}")]
    victim = Entity("user", f"u{who:04}")
    stages: Stages = [
        ("T1078", [victim, stranger]),
        ("T1114", [victim]),
        ("T1534", [victim]),
        ("T1657", [victim, stranger]),
    ]
    yield from ((t, s + 1, x, e) for t, s, x, e in _spaced(rng, begin + 2 * HOUR, stages, HOUR))


def _supply(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """An update that was tampered with runs on a dozen hosts; two days later three of them call home, and one is worked on."""
    hosts = [bank.workstation(i, user=False) for i in rng.sample(range(bank.hosts), 12)]
    update = Entity("file", f"{rng.getrandbits(256):064x}")
    for i, host in enumerate(hosts):
        yield begin + i * 10 * MINUTE, 0, "T1195.002", [host[0], update]
    home = Entity("destination", "cdn.updates.example")
    stages: Stages = [("T1071.001", [*host[:1], home]) for host in hosts[:3]]
    stages += [
        ("T1082", hosts[0]),
        ("T1555", hosts[0][:1]),
        ("T1105", [hosts[0][0], home]),
        ("T1041", [hosts[0][0], home]),
    ]
    yield from ((t, s + 1, x, e) for t, s, x, e in _spaced(rng, begin + 2 * DAY, stages, 2 * HOUR))


def _edge(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """An appliance at the edge is broken into and used as a stand: every step inwards comes from its address."""
    edge = [Entity("host", "vpn1"), Entity("ip", "10.0.0.2")]
    targets = [bank.server(i) for i in rng.sample(range(3, bank.servers), 2)]
    who = Entity("user", f"BANK\\{rng.choice(bank.admins)}")
    stages: Stages = [("T1190", edge), ("T1505.003", edge[:1]), ("T1110.001", [*targets[0], edge[1]]), ("T1021.004", [*targets[0], edge[1], who]),
              ("T1003.008", targets[0][:1]), ("T1021.004", [*targets[1], edge[1], who]), ("T1074", targets[1][:1]), ("T1048", [*targets[1], edge[1]])]  # fmt: skip
    yield from _spaced(rng, begin, stages, 5 * HOUR)


def _mailbox(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """A mailbox is taken over, its rules hide the answers, colleagues are asked to pay, and one of them does."""
    first, second = rng.sample(range(bank.hosts), 2)
    user, other = Entity("user", f"u{first:04}@bank.example"), Entity("user", f"u{second:04}@bank.example")
    sender, payee = Entity("sender", f"{user.id}"), Entity("payee", f"DE{rng.randrange(10**20):020}")
    stages: Stages = [("T1078.004", [user, Entity("ip", f"198.51.100.{rng.randrange(1, 250)}")]), ("T1564.008", [user]), ("T1114.003", [user]),
              ("T1534", [sender, other]), ("F1036", [other, payee]), ("F1047", [other, payee])]  # fmt: skip
    yield from _spaced(rng, begin, stages, 7 * HOUR)


def _tickets(rng: random.Random, bank: _Bank, begin: int) -> Iterator[Step]:
    """Tickets are asked for at the domain controller, cracked elsewhere, and used a day later on servers nobody goes to."""
    host, dc = bank.workstation(rng.randrange(bank.hosts)), Entity("host", bank.dc)
    service = Entity("user", rng.choice(bank.services))
    far = [bank.server(i) for i in rng.sample(range(3, bank.servers), 3)]
    yield from _spaced(rng, begin, [("T1087.002", host), ("T1558.003", [host[1], dc])], HOUR)
    stages: Stages = [("T1021.006", [*far[0], service, host[2]]), ("T1543.003", far[0][:1]), ("T1021.006", [*far[1], service, far[0][1]]),
              ("T1003.002", far[1][:1]), ("T1005", [*far[2], service, far[1][1]]), ("T1567.002", far[2])]  # fmt: skip
    yield from ((t, s + 2, x, e) for t, s, x, e in _spaced(rng, begin + DAY, stages, 3 * HOUR))


SHAPES: dict[str, Callable[[random.Random, _Bank, int], Iterator[Step]]] = {
    "phish": _phish, "web": _web, "ransom": _ransom, "slow": _slow, "account": _account, "insider": _insider, "spray": _spray,
    "supply": _supply, "edge": _edge, "mailbox": _mailbox, "tickets": _tickets,
}  # fmt: skip
KNOWN = ("phish", "web", "ransom", "slow", "account", "insider", "spray")
UNSEEN = ("supply", "edge", "mailbox", "tickets")

__all__ = ["KNOWN", "SHAPES", "UNSEEN", "Attack", "Made", "World", "world"]
