"""Findings of real attacks, laid over the made world: what our rules find in recorded attack samples (`hosts/` of the data
folder, as they are or packed), a sample a stage, the machines and people in them renamed to some of the world.

Rules, severities, techniques and how many findings a stage has are real; when they happen and on whom is made up.
"""

from __future__ import annotations

import random
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from assay.bench.campaigns.world import START, Attack, Made, World
from assay.core.clock import DAY, HOUR
from assay.core.entity import Entity
from assay.core.finding import Finding, Verdict
from assay.core.kind import sniff
from assay.engine import Engine

PACKED = ("evtx-attack-samples", "cloudtrail-stratus")
ORDER = (
    "Execution", "Persistence", "Privilege Escalation", "Defense Evasion", "Credential Access", "Discovery",
    "Lateral Movement", "Command and Control",
)  # fmt: skip
SECOND = ORDER.index("Lateral Movement")  # from here on the attack is on another machine
MEMBER = 64 << 20
Found = list[tuple[int, Finding, tuple[Entity, ...]]]


def unpacked(data: Path, into: Path) -> Path:
    """The samples as files, those that came packed below `into`."""
    import zstandard

    for name in PACKED:
        packed = data / f"{name}.tar.zst"
        if packed.exists():
            with (
                packed.open("rb") as file,
                zstandard.ZstdDecompressor().stream_reader(file) as plain,
                tarfile.open(fileobj=plain, mode="r|") as tar,
            ):
                for member in tar:
                    if member.isfile() and member.size <= MEMBER:
                        tar.extract(member, into, filter="data")
        elif (data / name).is_dir():
            (into / name).symlink_to((data / name).resolve())
    return into


def samples(folder: Path) -> tuple[dict[str, list[Found]], Found]:
    """Tactic -> what was found in each sample of it, those without a finding left out; and what was found in the cloud's
    log, all of it one attack."""
    engine = Engine()
    by_tactic: dict[str, list[Found]] = {}
    for tactic in ORDER:
        for path in sorted((folder / PACKED[0] / tactic).glob("*.evtx")):
            found = list(_found(engine, path))
            engine.restore()  # to nothing: one sample is no past of another
            if found:
                by_tactic.setdefault(tactic, []).append(found)
    cloud = [one for path in sorted((folder / PACKED[1]).rglob("*.json")) for one in _found(engine, path)]
    return by_tactic, sorted(cloud, key=lambda one: one[0])


def _found(engine: Engine, path: Path) -> Iterator[tuple[int, Finding, tuple[Entity, ...]]]:
    known = sniff(path, engine.rooms)
    if known is None:
        return
    batches: Any = known[1].read(path, reject=lambda _error: None)
    for batch in batches:
        examined = engine.examine(batch)
        hit = np.zeros(len(batch), bool)
        for findings in examined.findings.values():
            hit |= findings.verdict >= Verdict.SUSPICIOUS
        for i, told in examined.explain(np.flatnonzero(hit)).items():
            for finding in told:
                yield int(batch.time[i]), finding, finding.entities


def overlaid(world: World, by_tactic: dict[str, list[Found]], cloud: Found, seed: int, attacks: int = 6) -> World:
    """The world with these attacks in it, made up of samples chosen by lot; half as many stages as there are tactics."""
    rng = random.Random(seed)  # noqa: S311 - a made world
    made, told = list(world.findings), list(world.attacks)
    for number in range(len(told), len(told) + attacks):
        chosen = sorted(rng.sample([t for t in ORDER if t in by_tactic], k=min(5, len(by_tactic))), key=ORDER.index)
        begin = START + int(rng.uniform(1, world.days - 3) * DAY)
        hosts = [f"ws{rng.randrange(400):04}" for _ in range(2)]
        mine: list[Made] = []
        for stage, tactic in enumerate(chosen):
            host = hosts[ORDER.index(tactic) >= SECOND]
            mine += _stage(rng.choice(by_tactic[tactic]), number, stage, begin, host, f"u{host[2:]}")
            begin += int(rng.expovariate(1 / (3 * HOUR)))
        made += mine
        told.append(_attack("recorded hosts", number, mine))
    if cloud:
        number, begin = len(told), START + int(rng.uniform(1, world.days - 3) * DAY)
        stages = {t: i for i, t in enumerate(sorted({f.techniques[:1] for _, f, _ in cloud}))}
        mine = [
            Made(begin + time - cloud[0][0], f"a{number}-{i}", msgspec.structs.replace(finding, entities=entities), number,
                 stages[finding.techniques[:1]])
            for i, (time, finding, entities) in enumerate(cloud)
        ]  # fmt: skip
        made += mine
        told.append(_attack("recorded cloud", number, mine))
    return World(sorted(made, key=lambda one: (one.time, one.id)), told, world.days)


def _attack(shape: str, number: int, mine: list[Made]) -> Attack:
    times = [one.time for one in mine]
    return Attack(shape, number, min(times), max(times), frozenset(one.stage for one in mine))


def _stage(found: Found, attack: int, stage: int, begin: int, host: str, user: str) -> Iterator[Made]:
    """One sample's findings at this time, its machines and people under the world's names; a long one is drawn together."""
    first = min(time for time, _, _ in found)
    span = max(time for time, _, _ in found) - first
    shrink = min(1.0, 2 * HOUR / span) if span else 1.0
    for i, (time, finding, entities) in enumerate(found):
        whom = tuple(
            Entity("host", host) if e.kind == "host" else Entity("user", user) if e.kind == "user" else e
            for e in entities if e.kind in ("host", "user", "ip", "process", "logon", "file")
        )  # fmt: skip
        renamed = msgspec.structs.replace(finding, entities=tuple(dict.fromkeys(whom)))
        yield Made(begin + int((time - first) * shrink), f"a{attack}-{stage}-{i}", renamed, attack, stage)


__all__ = ["overlaid", "samples", "unpacked"]
