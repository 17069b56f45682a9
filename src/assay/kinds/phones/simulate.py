"""Backups as iOS writes them, of made-up phones: the folder's layout, `Manifest.db`, the keybag and the payloads' encryption.

For tests and the bench; a made-up life proves how the parts work, never how often a real phone would be told wrongly.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.kinds.phones.backup.manifest import DIRECTORY, FILE, file_id
from assay.kinds.phones.timeline import APPLE

ROUNDS = 10_000
START, DAY = 1_690_000_000, 86_400
_CLASS = 3
_MESSAGES = """CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT, attributedBody BLOB, date INTEGER);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, created_date INTEGER, filename TEXT);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT);"""
_USAGE = """CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZFIRSTTIMESTAMP REAL, ZTIMESTAMP REAL, ZBUNDLENAME TEXT, ZPROCNAME TEXT);
CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL, ZWWANOUT REAL);"""
_HISTORY = """CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, visit_time REAL);"""


@dataclass
class Phone:
    """A made-up phone; times are Unix seconds. `processes`: (first, last, name, bundle); `files`: (domain, path, flags,
    modified, born, content)."""

    version: str = "16.5"
    end: int = START + 120 * DAY
    messages: list[tuple[int, str]] = field(default_factory=list)
    attachments: list[tuple[int, str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    processes: list[tuple[int, int, str, str]] = field(default_factory=list)
    visits: list[tuple[int, str]] = field(default_factory=list)
    locations: list[tuple[int, str]] = field(default_factory=list)
    profiles: list[tuple[int, str]] = field(default_factory=list)
    apps: list[str] = field(default_factory=list)
    files: list[tuple[str, str, int, int, int, bytes]] = field(default_factory=list)
    without: tuple[str, ...] = ()  # relative paths of artefacts that this backup lacks

    def infect(self, when: int, process: str = "qrtbd") -> None:
        """What a zero-click message leaves: its attachment emptied, rare settings born, a bundle's location stopped, and a
        process without a bundle on the network, all within minutes."""
        leaf = "Library/SMS/Attachments/4e/14/" + hashlib.sha256(str(when).encode()).hexdigest()[:12].upper()
        self.files.append(("MediaDomain", leaf, DIRECTORY, when + 20, when, b""))
        self.files.append(
            ("RootDomain", "Library/Preferences/com.apple.ImageIO.plist", FILE, when + 45, when + 45, b"x")
        )
        self.locations.append((when + 90, "/System/Library/LocationBundles/IonosphereHarvest.bundle"))
        self.processes.append((when + 120, when + 240, process, ""))

    def upgrade(self, when: int) -> None:
        """An operating system's upgrade: many settings born and many daemons first seen at once."""
        rng = random.Random(when)  # noqa: S311
        for i in range(60):
            born = when + rng.randrange(240)
            self.files.append(
                ("HomeDomain", f"Library/Preferences/com.apple.new{when % 997}.{i}.plist", FILE, born, born, b"")
            )
        for i in range(25):
            self.processes.append((when + rng.randrange(240), when + DAY, f"new{when % 997}d{i}", ""))
        self.locations.append((when + 100, "/System/Library/LocationBundles/WRMLinkSelection.bundle"))
        leaf = f"Library/SMS/Attachments/1a/10/UPGRADE{when}"
        self.files.append(("MediaDomain", leaf, DIRECTORY, when + 60, when - 50 * DAY, b""))


def life(seed: int, *, busy: float = 1.0) -> Phone:
    """120 days of a phone on which nothing happened."""
    rng, phone = random.Random(seed), Phone()  # noqa: S311

    def moment() -> int:
        return START + rng.randrange(120 * DAY)

    for _ in range(int(600 * busy)):
        phone.messages.append((moment(), rng.choice(["See you at six", "Done.", "https://example.org/menu?d=4"])))
    for i in range(int(60 * busy)):
        when, leaf = moment(), f"Library/SMS/Attachments/{i % 256:02x}/{i % 16:02d}/{seed:06X}{i:06X}"
        phone.attachments.append((when, f"~/{leaf}/IMG_{i}.heic"))
        phone.files.append(("MediaDomain", leaf, DIRECTORY, when, when, b""))
        if rng.random() < 0.9:  # the rest a person deleted, sooner or later
            phone.files.append(("MediaDomain", f"{leaf}/IMG_{i}.heic", FILE, when, when, b"picture"))
    for i in range(40):
        first = START + rng.randrange(DAY) if rng.random() < 0.8 else moment()
        bundle = f"com.example.app{i}" if rng.random() < 0.6 else ""
        phone.processes.append((first, rng.randrange(first, phone.end), f"daemon{i}", bundle))
    for i in range(80):
        born = START if rng.random() < 0.7 else moment()
        phone.files.append(
            ("HomeDomain", f"Library/Preferences/com.apple.setting{i}.plist", FILE, max(born, moment()), born, b"")
        )
    for i in range(12):
        phone.locations.append((moment(), f"/System/Library/LocationBundles/Bundle{i}.bundle"))
    for i in range(int(300 * busy)):
        phone.visits.append((moment(), f"https://site{i % 70}.example.com/page/{i}"))
    phone.apps += [f"com.example.app{i}" for i in range(40)]
    return phone


def write(phone: Phone, folder: Path, password: bytes | None = None, rounds: int = ROUNDS) -> Path:
    """The phone's backup in `folder`, encrypted where a password is given."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = _Lock(password, rounds) if password is not None else None
    rows: list[tuple[str, str, str, int, bytes]] = []
    for domain, path, flags, modified, born, content in [*phone.files, *_artefacts(phone)]:
        id_ = file_id(domain, path)
        wrapped = None
        if flags == FILE:
            data = content
            if lock is not None:
                data, wrapped = lock.encrypt(content)
            (folder / id_[:2]).mkdir(exist_ok=True)
            (folder / id_[:2] / id_).write_bytes(data)
        rows.append((id_, domain, path, flags, _metadata(path, modified, born, len(content), wrapped)))
    manifest, key = _manifest(rows), None
    if lock is not None:
        manifest, key = lock.encrypt(manifest)
    (folder / "Manifest.db").write_bytes(manifest)
    about: dict[str, Any] = {"IsEncrypted": lock is not None, "Lockdown": {"ProductVersion": phone.version}}
    if lock is not None:
        about |= {"BackupKeyBag": lock.bag, "ManifestKey": key}
    (folder / "Manifest.plist").write_bytes(plistlib.dumps(about, fmt=plistlib.FMT_BINARY))
    info = {
        "Product Version": phone.version, "Product Type": "iPhone14,5", "Installed Applications": phone.apps,
        "Last Backup Date": datetime.fromtimestamp(phone.end, UTC).replace(tzinfo=None), "Unique Identifier": "0" * 24,
    }  # fmt: skip
    (folder / "Info.plist").write_bytes(plistlib.dumps(info))
    return folder


class _Lock:
    """A keybag of one class, opened by a password; keys are drawn anew for each backup."""

    def __init__(self, password: bytes, rounds: int) -> None:
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap

        first, salt, self.key = os.urandom(20), os.urandom(20), os.urandom(32)
        outer = hashlib.pbkdf2_hmac("sha256", password, first, rounds, 32)
        opener = hashlib.pbkdf2_hmac("sha1", outer, salt, rounds, 32)
        number = rounds.to_bytes(4, "big")
        header = [
            (b"VERS", b"\0\0\0\5"), (b"TYPE", b"\0\0\0\1"), (b"UUID", os.urandom(16)), (b"HMCK", bytes(40)),
            (b"WRAP", b"\0\0\0\1"), (b"SALT", salt), (b"ITER", number), (b"DPWT", b"\0\0\0\0"), (b"DPIC", number),
            (b"DPSL", first),
        ]  # fmt: skip
        one = [
            (b"UUID", os.urandom(16)), (b"CLAS", _CLASS.to_bytes(4, "big")), (b"WRAP", b"\0\0\0\2"),
            (b"KTYP", bytes(4)), (b"WPKY", aes_key_wrap(opener, self.key)),
        ]  # fmt: skip
        self.bag = b"".join(tag + len(value).to_bytes(4, "big") + value for tag, value in header + one)

    def encrypt(self, plain: bytes) -> tuple[bytes, bytes]:
        """The locked bytes, and the key they were locked with, wrapped."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap

        key, pad = os.urandom(32), 16 - len(plain) % 16
        encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
        locked = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return locked, _CLASS.to_bytes(4, "little") + aes_key_wrap(self.key, key)


def _artefacts(phone: Phone) -> list[tuple[str, str, int, int, int, bytes]]:
    messages = _database(_MESSAGES, {
        "message (text, date) VALUES (?, ?)": [(text, (when - APPLE) * 10**9) for when, text in phone.messages],
        "attachment (created_date, filename) VALUES (?, ?)": [(when - APPLE, name) for when, name in phone.attachments],
        "handle (id) VALUES (?)": [(address,) for address in phone.addresses],
    })  # fmt: skip
    usage = _database(_USAGE, {
        "ZPROCESS (ZFIRSTTIMESTAMP, ZTIMESTAMP, ZPROCNAME, ZBUNDLENAME) VALUES (?, ?, ?, ?)": [
            (first - APPLE, last - APPLE, name, bundle or None) for first, last, name, bundle in phone.processes
        ],
    })  # fmt: skip
    history = _database(_HISTORY, {
        "history_items (id, url) VALUES (?, ?)": [(i, url) for i, (_, url) in enumerate(phone.visits)],
        "history_visits (history_item, visit_time) VALUES (?, ?)": [
            (i, when - APPLE) for i, (when, _) in enumerate(phone.visits)
        ],
    })  # fmt: skip
    clients = {path: {"LocationTimeStopped": float(when - APPLE), "BundlePath": path} for when, path in phone.locations}
    named: list[tuple[str, str, bytes]] = [
        ("HomeDomain", "Library/SMS/sms.db", messages),
        ("WirelessDomain", "Library/Databases/DataUsage.sqlite", usage),
        ("HomeDomain", "Library/Safari/History.db", history),
        ("RootDomain", "Library/Caches/locationd/clients.plist", plistlib.dumps(clients)),
    ]
    for i, (when, name) in enumerate(phone.profiles):
        stub = {"PayloadIdentifier": name, "InstallDate": datetime.fromtimestamp(when, UTC).replace(tzinfo=None)}
        domain = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
        named.append((domain, f"Library/ConfigurationProfiles/profile-{i}.stub", plistlib.dumps(stub)))
    return [(d, p, FILE, phone.end, START, content) for d, p, content in named if p not in phone.without]


def _database(schema: str, tables: dict[str, Sequence[tuple[Any, ...]]]) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.executescript(schema)
    for into, rows in tables.items():
        connection.executemany(f"INSERT INTO {into}", rows)
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def _manifest(rows: Sequence[tuple[str, str, str, int, bytes]]) -> bytes:
    schema = """CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);"""
    return _database(schema, {"Files VALUES (?, ?, ?, ?, ?)": rows})


def _metadata(path: str, modified: int, born: int, size: int, wrapped: bytes | None) -> bytes:
    """An archived `MBFile`, as NSKeyedArchiver writes it."""
    uid = plistlib.UID
    root: dict[str, Any] = {
        "LastModified": modified, "LastStatusChange": modified, "Birth": born, "Size": size, "Mode": 0o100644,
        "UserID": 501, "GroupID": 501, "InodeNumber": 4, "ProtectionClass": _CLASS, "Flags": 0, "RelativePath": uid(2),
        "$class": uid(3),
    }  # fmt: skip
    objects: list[Any] = ["$null", root, path, {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]
    if wrapped is not None:
        root["EncryptionKey"] = uid(4)
        objects += [{"NS.data": wrapped, "$class": uid(5)}, {"$classname": "NSMutableData", "$classes": ["NSData"]}]
    archive = {"$version": 100_000, "$archiver": "NSKeyedArchiver", "$top": {"root": uid(1)}, "$objects": objects}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


__all__ = ["Phone", "life", "write"]
