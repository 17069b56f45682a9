"""What turns much of a phone over at once and is no attack: upgrades, small updates, restores, moves to a new phone, an evening of
installing, a conversation cleared. Each spreads over minutes to hours and trails off over days."""

from __future__ import annotations

import random

from assay.kinds.phones.backup.manifest import FILE
from assay.kinds.phones.simulate.names import BUNDLES, DAEMONS, RARE, SETTINGS, new_daemon
from assay.kinds.phones.simulate.phone import DAY, SYSTEM, Phone


def upgrade(phone: Phone, when: int, rng: random.Random) -> None:
    """A new version: a restart, settings and daemons by the dozen within minutes to an hour, the rest over two days."""
    _turn(
        phone,
        when,
        rng,
        settings=rng.randrange(25, 90),
        daemons=rng.randrange(8, 35),
        minutes=rng.choice((4, 10, 30, 60)),
        after=2.0,
    )
    phone.upgrades.append((when, "22H" + str(rng.randrange(10, 99))))
    for _ in range(rng.randrange(4)):  # old attachments are tidied away on such a day
        phone.emptied(when - rng.randrange(10, 200) * DAY, when + rng.randrange(600), f"tidied {when} {rng.random()}")


def small_update(phone: Phone, when: int, rng: random.Random) -> None:
    """A rapid security response: a restart, a handful of settings and daemons."""
    _turn(
        phone,
        when,
        rng,
        settings=rng.randrange(3, 12),
        daemons=rng.randrange(1, 6),
        minutes=rng.choice((3, 6, 15)),
        after=0.5,
    )


def migrate(phone: Phone, when: int, rng: random.Random) -> None:
    """A move to a new phone: every file and process is born over one evening; what is older is what came along."""
    hours = rng.uniform(0.3, 4) * 3600

    def moved(time: int) -> int:
        return max(time, when + int(rng.random() * hours))

    phone.files = [(d, p, f, moved(m), when + int(rng.random() * hours), c) for d, p, f, m, _, c in phone.files]
    phone.removed = []  # an empty folder does not come along
    phone.processes = [(moved(a), max(moved(a), b), n, u) for a, b, n, u in phone.processes]
    phone.locations = [(moved(t), n) for t, n in phone.locations]
    phone.installs = [(moved(t), n) for t, n in phone.installs]
    phone.reboots = [(t, c) for t, c in phone.reboots if t > when]
    phone.crashes = [c for c in phone.crashes if c[0] > when]
    phone.deleted_messages = [t for t in phone.deleted_messages if t > when]
    phone.start = when
    _turn(phone, when, rng, settings=20, daemons=4, minutes=120, after=3.0)


def restore(phone: Phone, when: int, rng: random.Random) -> None:
    """The same phone, erased and filled from its backup."""
    migrate(phone, when, rng)
    phone.reboots.append((when - 600, []))


def spree(phone: Phone, when: int, rng: random.Random) -> None:
    """An evening of installing apps and answering their questions."""
    for i in range(rng.randrange(5, 14)):
        at = when + i * rng.randrange(60, 500)
        name = f"org.spree{when % 9973}.app{i}"
        phone.apps.append(name)
        phone.installs.append((at, name))
        phone.processes.append((at + rng.randrange(20, 200), phone.end - 60, f"app{i}", name))
        phone.permissions.append((at + 60, name, "kTCCServicePhotos"))
        phone.files.append((f"AppDomain-{name}", f"Library/Preferences/{name}.plist", FILE, at + 90, at + 40, b""))
    for _ in range(rng.randrange(1, 4)):
        at = when + rng.randrange(3600)
        phone.setting(f"spree{rng.randrange(10**6)}", at, at)


def cleared(phone: Phone, when: int, rng: random.Random) -> None:
    """A conversation cleared by hand, while settings are looked through."""
    for i in range(rng.randrange(1, 9)):
        phone.emptied(when - rng.randrange(1, 90) * DAY, when + i, f"cleared {when} {i}")
    for _ in range(rng.randrange(2)):
        at = when + rng.randrange(-200, 200)
        phone.setting(f"looked{rng.randrange(10**6)}", at, at)


def _turn(
    phone: Phone, when: int, rng: random.Random, *, settings: int, daemons: int, minutes: int, after: float
) -> None:
    known = {p[2] for p in phone.processes}
    phone.reboots.append((when - rng.randrange(30, 200), []))
    for i in range(settings):
        late = rng.random() < 0.1
        born = when + int(rng.expovariate(1 / (after * DAY / 3)) if late else rng.random() * minutes * 60)
        born = min(born, phone.end - 60)
        name = rng.choice(RARE) if rng.random() < 0.03 else f"{rng.choice(SETTINGS)}.v{when % 997}.{i}"
        phone.setting(name, born, born if rng.random() < 0.5 else min(phone.end - 60, born + rng.randrange(20 * DAY)),
                      rng.choice(("HomeDomain", "HomeDomain", "RootDomain")))  # fmt: skip
    for _ in range(daemons):
        late = rng.random() < 0.15
        first = when + int(rng.expovariate(1 / (after * DAY / 3)) if late else rng.random() * minutes * 60)
        first = min(first, phone.end - 60)
        name = new_daemon(rng) if rng.random() < 0.4 else rng.choice(DAEMONS).partition("/")[0]
        if name in known:
            continue
        known.add(name)
        brief = rng.random() < 0.25
        phone.processes.append(
            (first, first + rng.randrange(1, 300) if brief else phone.end - rng.randrange(60, DAY), name, "")
        )
        phone.usage[name] = (rng.lognormvariate(11, 2), rng.lognormvariate(9, 2))
    for name in rng.sample(BUNDLES, rng.randrange(1, 4)):
        phone.locations.append((min(when + rng.randrange(minutes * 60), phone.end - 60), f"{SYSTEM}{name}.bundle"))


UPHEAVALS = {"upgraded": upgrade, "small update": small_update, "moved to a new phone": migrate, "restored": restore,
             "installed much": spree, "cleared a conversation": cleared}  # fmt: skip

__all__ = ["UPHEAVALS", "cleared", "migrate", "restore", "small_update", "spree", "upgrade"]
