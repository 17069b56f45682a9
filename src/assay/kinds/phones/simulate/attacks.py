"""Compromises of several shapes: what came over a message or a page, what each left and when, what was tidied away afterwards, and
what the implant called itself. No implant is here, only the traces that published cases describe (reference §5.3-5.6)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from assay.kinds.phones.simulate.life import program
from assay.kinds.phones.simulate.names import RARE, READERS, implant
from assay.kinds.phones.simulate.phone import SYSTEM, Phone

STYLES = ("alike", "random", "plain")
PLACES = ("/private/var/tmp/{}", "/private/var/db/com.apple.xpc.roleaccountd.staging/{}", "/private/var/root/Library/{}",
          "/private/var/mobile/Library/Caches/{}", "/private/var/containers/Bundle/Application/5C0F22AD-1111-4222-8333-00000000A11C/x.app/{}")  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """`spread` seconds that the steps take in all, drawn log-evenly between the two; `lost` the chance that a trace was tidied
    away or never left, of which at least `least` stay; `wiped` the chance that the process's entry was removed; `web`: it came by
    a page and no message was emptied; `returns`: it came back after a restart; `stays` seconds that the attachment stayed;
    `looked_up` the chance that the sender's address was looked up in a form made to confuse a reader."""

    name: str
    spread: tuple[float, float] = (60, 240)
    styles: tuple[str, ...] = STYLES
    lost: float = 0.0
    least: int = 4
    wiped: float = 0.0
    web: bool = False
    returns: int = 0
    stays: tuple[int, int] = (4, 90)
    looked_up: float = 0.0


SHAPES = {
    s.name: s
    for s in (
        Shape("triangulation", styles=("triangulation",)),
        Shape("renamed"),
        Shape("renamed, jitter", spread=(240, 900)),
        Shape("renamed, tidied in part", lost=0.35, least=3),
        Shape("renamed, process wiped", wiped=1.0),
        Shape("renamed, two traces left", lost=1.0, least=2),
        Shape("renamed as a known program", styles=("known",)),
        Shape("by a page", web=True),
        Shape("slow, 1-4 hours", spread=(3600, 4 * 3600)),
        Shape("slow, 4-12 hours", spread=(4 * 3600, 12 * 3600)),
        Shape("emptied late", stays=(600, 6000)),
        Shape("returns after restarts", returns=3),
    )
}


def attack(phone: Phone, when: int, rng: random.Random, shape: Shape) -> str:
    """Puts a compromise of this shape on the phone, from `when`; returns what the implant called itself."""
    low, high = shape.spread
    spread = low * (high / low) ** rng.random()
    steps = sorted(when + int(rng.random() * spread) for _ in range(3))
    name = implant(rng, rng.choice(shape.styles))
    traces = ["process", "setting", "bundle"] + ([] if shape.web else ["message"])
    keep = [t for t in traces if rng.random() >= shape.lost]
    while len(keep) < min(shape.least, len(traces)):
        keep.append(rng.choice([t for t in traces if t not in keep]))
    if shape.least == 2 and shape.lost == 1.0:
        keep = ["message", "process"]
    if "message" in keep:
        phone.emptied(when, when + rng.randrange(*shape.stays), f"attack {when}", leaf_stays=rng.random() < 0.5)
        phone.deleted_messages.append(when)
    if shape.looked_up and not shape.web and rng.random() < shape.looked_up:
        phone.looked_up.append((when - 5, f"a{when}\0\0b@example.com"))
    if shape.web:
        phone.visits.append((when, f"https://d{rng.randrange(10**6)}.example.net/x"))
    reader = "com.apple.WebKit.WebContent" if shape.web else rng.choice(READERS)
    phone.crashes.append((when + rng.randrange(3, 60), reader, program(reader)))
    if "setting" in keep:
        name_of = rng.choice(RARE) if rng.random() < 0.5 else f"fresh{rng.randrange(10**6)}"
        phone.files = [f for f in phone.files if not f[1].endswith(f"com.apple.{name_of}.plist")]
        phone.setting(name_of, steps[0], steps[0], rng.choice(("HomeDomain", "RootDomain")))
    if "bundle" in keep:
        bundle = SYSTEM + rng.choice(("IonosphereHarvest", "WRMLinkSelection", "AutoTimeZone", "Routine")) + ".bundle"
        phone.locations = [one for one in phone.locations if one[1] != bundle] + [(steps[1], bundle)]
    if "process" in keep:
        _process(phone, steps[2], rng, name, shape)
    path = rng.choice(PLACES).format(name)
    for time, clients in phone.reboots:
        if time > when and (shape.returns or rng.random() < 0.7):
            clients.append((path, rng.randrange(2, 12) * 1.0))
    if rng.random() < 0.5:
        phone.runs.append(path)
    for i in range(shape.returns):
        later = when + (i + 1) * rng.randrange(3, 12) * 86_400
        if later < phone.end - 7200:
            phone.emptied(later, later + 30, f"again {later}")
            phone.reboots.append((later - 900, [(path, 3.0)]))
    phone.reboots.sort(key=lambda one: one[0])
    return name


def _process(phone: Phone, when: int, rng: random.Random, name: str, shape: Shape) -> None:
    stays = int(rng.choice((240, 3600, 86_400, 10 * 86_400)) * rng.uniform(0.3, 1))
    last = min(phone.end - 30, when + stays)
    phone.processes = [p for p in phone.processes if p[2] != name]
    phone.processes.append((when, last, name, ""))
    sent = rng.lognormvariate(15, 1.2)
    phone.usage[name] = (sent * rng.uniform(0.02, 0.4), sent)
    if rng.random() < shape.wiped:
        phone.deleted_processes[name] = rng.random() < 0.5


__all__ = ["SHAPES", "STYLES", "Shape", "attack"]
