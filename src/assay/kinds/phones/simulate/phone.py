"""A made-up iPhone: everything that happened on it, before any of it is written as a backup or a sysdiagnose."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field

from assay.kinds.phones.backup.manifest import DIRECTORY, FILE

START, DAY = 1_690_000_000, 86_400
SYSTEM = "/System/Library/LocationBundles/"


@dataclass
class Phone:
    """Times are Unix seconds. `processes`: (first, last, name, bundle); `files`: (domain, path, flags, modified, born, content);
    `reboots`: (time, [(path, seconds that it held up)]); `crashes`: (time, process, path); `usage`: name -> bytes in, out;
    `deleted_messages`: times of messages deleted since; `deleted_processes`: names whose entries were removed, True where the
    use they had was removed as well; `looked_up`: (time, address) asked of Apple's directory; `runs`: paths of programs that run now; `upgrades`: (time, build); `removed`: (came, went,
    path) of attachments that are gone with their folders."""

    version: str = "16.5"
    build: str = "20F66"
    product: str = "iPhone14,5"
    start: int = START
    end: int = START + 120 * DAY
    messages: list[tuple[int, str]] = field(default_factory=list)
    deleted_messages: list[int] = field(default_factory=list)
    attachments: list[tuple[int, str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    looked_up: list[tuple[int, str]] = field(default_factory=list)
    processes: list[tuple[int, int, str, str]] = field(default_factory=list)
    deleted_processes: dict[str, bool] = field(default_factory=dict)
    usage: dict[str, tuple[float, float]] = field(default_factory=dict)
    visits: list[tuple[int, str]] = field(default_factory=list)
    locations: list[tuple[int, str]] = field(default_factory=list)
    profiles: list[tuple[int, str]] = field(default_factory=list)
    permissions: list[tuple[int, str, str]] = field(default_factory=list)
    installs: list[tuple[int, str]] = field(default_factory=list)
    apps: list[str] = field(default_factory=list)
    files: list[tuple[str, str, int, int, int, bytes]] = field(default_factory=list)
    removed: list[tuple[int, int, str]] = field(default_factory=list)
    reboots: list[tuple[int, list[tuple[str, float]]]] = field(default_factory=list)
    upgrades: list[tuple[int, str]] = field(default_factory=list)
    crashes: list[tuple[int, str, str]] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    airdrop: str = "Contacts Only"
    lockdown: bool = False
    without: tuple[str, ...] = ()  # relative paths of artefacts that this backup lacks

    def emptied(self, arrived: int, gone: int, name: str, *, leaf_stays: bool = True) -> None:
        """An attachment whose file is gone: its own folder stays empty, or is gone as well and the one above shows when."""
        if leaf_stays:
            self.files.append(("MediaDomain", attachment(name), DIRECTORY, gone, arrived, b""))
        else:
            self.removed.append((arrived, gone, attachment(name)))

    def setting(self, name: str, born: int, modified: int, domain: str = "HomeDomain") -> None:
        self.files.append((domain, f"Library/Preferences/com.apple.{name}.plist", FILE, max(born, modified), born, b""))

    def infect(self, when: int, process: str = "qrtbd") -> None:
        """What a zero-click message leaves: its attachment emptied, a rare setting born, a bundle's location stopped, and a
        process without a bundle on the network, all within minutes."""
        self.emptied(when, when + 20, f"attack{when}")
        self.setting("ImageIO", when + 45, when + 45, "RootDomain")
        self.locations.append((when + 90, SYSTEM + "IonosphereHarvest.bundle"))
        self.processes.append((when + 120, when + 240, process, ""))

    def upgrade(self, when: int) -> None:
        """An operating system's upgrade: many settings born and many daemons first seen at once."""
        rng = random.Random(when)  # noqa: S311
        for i in range(60):
            born = when + rng.randrange(240)
            self.setting(f"new{when % 997}.{i}", born, born)
        for i in range(25):
            self.processes.append((when + rng.randrange(240), when + DAY, f"new{when % 997}d{i}", ""))
        self.locations.append((when + 100, SYSTEM + "WRMLinkSelection.bundle"))
        self.emptied(when - 50 * DAY, when + 60, f"UPGRADE{when}")


def attachment(name: str) -> str:
    """Where iOS keeps an attachment of that name: two folders by digest, and one of its own."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"Library/SMS/Attachments/{digest[:2]}/{int(digest[2:4], 16) % 16:02d}/{digest[4:12].upper()}-{digest[12:24].upper()}"


__all__ = ["DAY", "START", "SYSTEM", "Phone", "attachment"]
