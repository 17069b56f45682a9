"""A phone's life on which nothing happened: people write by day, clear conversations, change settings, install apps, restart; daemons
turn up when they are first needed. Everything is drawn from one seed and one `Settings`."""

from __future__ import annotations

import random

from assay.kinds.phones.backup.manifest import DIRECTORY, FILE
from assay.kinds.phones.simulate.names import APPS, BUNDLES, CRASHERS, DAEMONS, RARE, SETTINGS, new_daemon
from assay.kinds.phones.simulate.phone import DAY, START, SYSTEM, Phone, attachment
from assay.kinds.phones.simulate.settings import BUILD, Settings, poisson

VERSIONS = (("13.7", "17H35"), ("14.3", "18C66"), ("14.8", "18H17"), ("15.7", "19H12"), ("16.5", "20F66"), ("17.2", "21C62"),
            ("17.6", "21G80"), ("18.3", "22D63"), ("18.6", "22G86"), ("26.0", "23A341"))  # fmt: skip
_AWAKE = (1, 1, 0, 0, 0, 1, 3, 6, 8, 8, 8, 8, 9, 8, 8, 8, 8, 9, 10, 11, 11, 9, 6, 3)
_TEXTS = ("See you at six", "Done.", "https://example.org/menu?d=4", "On my way", "ok", "https://news.example.com/a/8")


def life(seed: int, settings: Settings = BUILD, *, busy: float = 1.0) -> Phone:
    """A phone of this seed; `busy` below 1 is a sparse one: less of everything that a person does."""
    return _Life(seed, settings, busy).phone


class _Life:
    def __init__(self, seed: int, settings: Settings, busy: float) -> None:
        self.rng = random.Random(f"{settings.name} {seed}")  # noqa: S311 - a made-up life, no secret
        self.settings, self.busy = settings, busy
        version, build = self.rng.choice(VERSIONS)
        self.days = max(12, int(settings.draw(self.rng, "days") * (busy**0.3)))
        end = START + 900 * DAY + self.rng.randrange(200 * DAY)
        self.phone = Phone(version=version, build=build, start=end - self.days * DAY, end=end)
        self._messages()
        self._daemons()
        self._settings()
        self._apps()
        self._bundles()
        self._rest()

    def moment(self, after: int | None = None) -> int:
        """Some time of the life, by day rather than by night."""
        first = self.phone.start if after is None else after
        day = first + self.rng.random() * max(1, self.phone.end - first)
        hour = self.rng.choices(range(24), _AWAKE)[0]
        when = int(day // DAY) * DAY + hour * 3600 + self.rng.randrange(3600)
        return min(max(when, first), self.phone.end - 60)

    def lately(self, mean_days: float, after: int) -> int:
        """A time that is the last of many: near the end."""
        return max(after, int(self.phone.end - 60 - self.rng.expovariate(1 / (mean_days * DAY))))

    def _messages(self) -> None:
        rng, phone, draw = self.rng, self.phone, self.settings.draw
        for _ in range(self.settings.number(rng, "messages_per_day", self.days * self.busy)):
            phone.messages.append((self.moment(), rng.choice(_TEXTS)))
        clearings = sorted(self.moment() for _ in range(max(1, poisson(rng, self.days / 30))))
        deleted, regretted, stays = (draw(rng, n) for n in ("deleted", "regretted", "leaf_stays"))
        for i in range(self.settings.number(rng, "attachments_per_day", self.days * self.busy)):
            when, name = self.moment(), f"{phone.end} {i}"
            phone.messages.append((when, ""))
            luck = rng.random()
            later = [c for c in clearings if c > when]
            if luck < regretted or (luck < regretted + deleted and later):
                gone = when + rng.randrange(20, 900) if luck < regretted else rng.choice(later) + rng.randrange(20)
                phone.messages.pop()
                phone.deleted_messages.append(when)
                phone.emptied(when, gone, name, leaf_stays=rng.random() < stays)
                continue
            leaf = attachment(name)
            phone.attachments.append((when, f"~/{leaf}/IMG_{i}.heic"))
            phone.files.append(("MediaDomain", leaf, DIRECTORY, when, when, b""))
            phone.files.append(("MediaDomain", f"{leaf}/IMG_{i}.heic", FILE, when, when, b"picture"))

    def _daemons(self) -> None:
        rng, phone = self.rng, self.phone
        number = min(len(DAEMONS), max(4, int(self.settings.draw(rng, "daemons") * self.busy**0.5)))
        names = rng.sample(DAEMONS, number)
        for name in names:
            first = phone.start + int(abs(rng.gauss(0, 6 * 3600)))
            phone.processes.append((first, self.lately(1.5, first), *self._entry(name)))
        others = [d for d in DAEMONS if d not in names]
        brief, strange = self.settings.draw(rng, "brief"), self.settings.draw(rng, "strange")
        for _ in range(self.settings.number(rng, "late_daemons_per_30", self.days / 30)):
            name = new_daemon(rng) if rng.random() < strange or not others else others.pop(rng.randrange(len(others)))
            if any(p[2] == name for p in phone.processes):
                continue
            first = self.moment()
            last = first + rng.randrange(1, 600) if rng.random() < brief else self.lately(4, first)
            phone.processes.append((first, last, *self._entry(name)))
        for _, _, name, _ in phone.processes:
            into = rng.lognormvariate(12, 2)
            uploads = name in ("cloudd", "nsurlsessiond", "mstreamd", "photoanalysisd", "bird") or rng.random() < 0.05
            phone.usage[name] = (into, into * (rng.uniform(1, 20) if uploads else rng.uniform(0.02, 0.8)))

    def _entry(self, name: str) -> tuple[str, str]:
        """A daemon's name and, after a bar, what it works for, as the table of processes has them."""
        process, _, bundle = name.partition("/")
        return process, bundle

    def _settings(self) -> None:
        rng, phone = self.rng, self.phone
        number = int(self.settings.draw(rng, "settings") * self.busy**0.5)
        names = [*SETTINGS, *(f"{rng.choice(SETTINGS)}.{i}" for i in range(max(0, number - len(SETTINGS))))][:number]
        late = [name for name in names if rng.random() < 0.2]
        names += [name for name in RARE if rng.random() < 0.4]
        for name in names:
            if name not in late:
                born = phone.start + int(abs(rng.gauss(0, 3600)))
                phone.setting(name, born, self.lately(4, born), "RootDomain" if rng.random() < 0.1 else "HomeDomain")
        sessions = [self.moment() for _ in range(1 + self.settings.number(rng, "sessions_per_30", self.days / 30))]
        if phone.messages and rng.random() < 0.5:
            sessions += [rng.choice(phone.messages)[0] + rng.randrange(300) for _ in range(2)]
        for name in late:
            born = rng.choice(sessions) + rng.randrange(90)
            phone.setting(name, born, self.lately(4, born) if rng.random() < 0.7 else born)

    def _apps(self) -> None:
        rng, phone = self.rng, self.phone
        number = max(1, int(self.settings.draw(rng, "apps") * self.busy**0.5))
        names = [*APPS, *(f"com.maker{i % 13}.app{i}" for i in range(number))][:number]
        late = set(rng.sample(names, min(number, self.settings.number(rng, "installs_per_30", self.days / 30))))
        for name in names:
            when = self.moment() if name in late else phone.start + int(abs(rng.gauss(0, 5 * 3600)))
            phone.installs.append((when, name))
            phone.apps.append(name)
            first = when + int(rng.expovariate(1 / 1800))
            process = name.rpartition(".")[2]
            phone.processes.append((first, self.lately(2, first), process, name))
            phone.usage[process] = (rng.lognormvariate(14, 2), rng.lognormvariate(12, 2))
            phone.files.append(
                (f"AppDomain-{name}", f"Library/Preferences/{name}.plist", FILE, self.lately(3, first), first, b"")
            )
            if rng.random() < 0.5:
                phone.permissions.append(
                    (first, name, rng.choice(("kTCCServicePhotos", "kTCCServiceCamera", "kTCCServiceMicrophone")))
                )

    def _bundles(self) -> None:
        rng, phone = self.rng, self.phone
        mean = self.settings.draw(rng, "stop_days")
        number = min(len(BUNDLES), max(1, int(self.settings.draw(rng, "bundles") * self.busy**0.5)))
        for name in rng.sample(BUNDLES, number):
            phone.locations.append((self.lately(mean, phone.start), f"{SYSTEM}{name}.bundle"))
        for name in phone.apps[::2]:
            phone.locations.append((self.lately(mean, phone.start), name))

    def _rest(self) -> None:
        rng, phone = self.rng, self.phone
        for _ in range(self.settings.number(rng, "visits_per_day", self.days * self.busy)):
            phone.visits.append(
                (self.moment(), f"https://site{rng.randrange(70)}.example.com/page/{rng.randrange(500)}")
            )
        when = float(phone.start)
        pace = self.settings.draw(rng, "reboot_days")
        while (when := when + rng.expovariate(1 / (pace * DAY))) < phone.end:
            phone.reboots.append((int(when), delays(rng)))
        for _ in range(self.settings.number(rng, "crashes_per_week", self.days / 7)):
            name = rng.choice(CRASHERS)
            phone.crashes.append((self.moment(), name, program(name)))
        phone.runs = [program(name) for _, _, name, bundle in phone.processes if not bundle][:80]
        phone.runs += [app(name) for name in phone.apps[:20]]
        phone.upgrades = [(phone.start, phone.build)]
        phone.looked_up = [
            (when, f"friend{i}@example.org")
            for i, (when, _) in enumerate(phone.messages[:: max(1, len(phone.messages) // 9)])
        ]
        phone.lockdown = rng.random() < 0.05
        phone.airdrop = rng.choice(("Contacts Only", "Contacts Only", "Off", "Everyone"))


def delays(rng: random.Random) -> list[tuple[str, float]]:
    """Programs that hold up one shutdown; some shutdowns are slow, and that is ordinary."""
    number = 0 if rng.random() < 0.4 else rng.randrange(1, 30)
    names = rng.sample(DAEMONS, min(number, len(DAEMONS)))
    return [(program(name.partition("/")[0]), rng.randrange(1, 9) * 1.0) for name in names]


def program(name: str) -> str:
    """Where a program of the system lies."""
    if name in ("mobilesafari", "MobileSMS"):
        return f"/Applications/{name}.app/{name}"
    if name == "SpringBoard":
        return "/System/Library/CoreServices/SpringBoard.app/SpringBoard"
    if name.startswith("com.apple.WebKit"):
        return f"/System/Library/Frameworks/WebKit.framework/XPCServices/{name}.xpc/{name}"
    if name in ("IMTranscoderAgent", "MessagesBlastDoorService"):
        return f"/System/Library/PrivateFrameworks/IMDPersistence.framework/XPCServices/{name}.xpc/{name}"
    return app("net.maker." + name) if name in ("WhatsApp", "Gmail", "Instagram") else f"/usr/libexec/{name}"


def app(bundle: str) -> str:
    """Where an app's program lies."""
    name = bundle.rpartition(".")[2]
    number = sum(map(ord, bundle)) * 7919
    return f"/private/var/containers/Bundle/Application/{number:08X}-1111-4222-8333-{number:012X}/{name}.app/{name}"


__all__ = ["VERSIONS", "app", "delays", "life", "program"]
