"""A made-up phone as iOS backs it up: `Manifest.db`, the artefacts' databases and lists, the keybag and the payloads' encryption.

Tables have the columns of the real ones that readers use, keys count up in the order in which things happened, and what was
deleted leaves its gap. Follows reference §5.1-5.2.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.kinds.phones.backup.manifest import DIRECTORY, FILE, file_id
from assay.kinds.phones.simulate.phone import Phone
from assay.kinds.phones.timeline import APPLE

ROUNDS = 10_000
_CLASS = 3
ATTACHMENTS = "Library/SMS/Attachments/"
_MESSAGES = """CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT);
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT, text TEXT, handle_id INTEGER DEFAULT 0, attributedBody BLOB,
 service TEXT, date INTEGER, is_from_me INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT, created_date INTEGER DEFAULT 0, filename TEXT, mime_type TEXT);
CREATE TABLE message_attachment_join (message_id INTEGER, attachment_id INTEGER);"""
_USAGE = """CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFIRSTTIMESTAMP TIMESTAMP, ZTIMESTAMP TIMESTAMP,
 ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR);
CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZKIND INTEGER, ZHASPROCESS INTEGER, ZBILLCYCLEEND TIMESTAMP,
 ZTIMESTAMP TIMESTAMP, ZWIFIIN FLOAT, ZWIFIOUT FLOAT, ZWWANIN FLOAT, ZWWANOUT FLOAT);
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);"""
_HISTORY = """CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, visit_count INTEGER);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT, history_item INTEGER NOT NULL, visit_time REAL NOT NULL, title TEXT);"""
_ACCESS = """CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL, auth_value INTEGER NOT NULL,
 auth_reason INTEGER, auth_version INTEGER, last_modified INTEGER);
CREATE TABLE policies (id INTEGER PRIMARY KEY, bundle_id TEXT, uuid TEXT, display TEXT);"""

_OBSERVED = "CREATE TABLE ObservedDomains (domainID INTEGER PRIMARY KEY, registrableDomain TEXT NOT NULL UNIQUE, lastSeen REAL NOT NULL);"
_PROFILES = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"

File = tuple[str, bytes]  # name within the backup's folder, content


def write(phone: Phone, folder: Path, password: bytes | None = None, rounds: int = ROUNDS) -> Path:
    """The phone's backup in `folder`, encrypted where a password is given."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents(phone, password, rounds):
        if "/" in name:
            (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def contents(phone: Phone, password: bytes | None = None, rounds: int = ROUNDS) -> Iterator[File]:
    """Every file of the backup's folder."""
    lock = _Lock(password, rounds) if password is not None else None
    rows: list[tuple[str, str, str, int, bytes]] = []
    files = {
        (one[0], one[1]): one for one in [*_folders(phone), *phone.files, *_artefacts(phone)]
    }  # the last of a name is the one that is kept
    for domain, path, flags, modified, born, content in files.values():
        id_ = file_id(domain, path)
        wrapped = None
        if flags == FILE:
            data = content
            if lock is not None:
                data, wrapped = lock.encrypt(content)
            yield f"{id_[:2]}/{id_}", data
        rows.append((id_, domain, path, flags, _metadata(path, modified, born, len(content), wrapped)))
    manifest, key = _manifest(rows), None
    if lock is not None:
        manifest, key = lock.encrypt(manifest)
    yield "Manifest.db", manifest
    about: dict[str, Any] = {
        "IsEncrypted": lock is not None, "Version": "10.0", "Date": _date(phone.end), "WasPasscodeSet": True,
        "Lockdown": {"ProductVersion": phone.version, "BuildVersion": phone.build, "ProductType": phone.product},
    }  # fmt: skip
    if lock is not None:
        about |= {"BackupKeyBag": lock.bag, "ManifestKey": key}
    yield "Manifest.plist", plistlib.dumps(about, fmt=plistlib.FMT_BINARY)
    info = {
        "Product Version": phone.version, "Product Type": phone.product, "Build Version": phone.build, "Device Name": "Phone",
        "Installed Applications": phone.apps, "Last Backup Date": _date(phone.end), "Unique Identifier": "0" * 24,
        "Target Identifier": "0" * 24, "GUID": "0" * 32, "iTunes Version": "12.12",
    }  # fmt: skip
    yield "Info.plist", plistlib.dumps(info)
    status = {
        "BackupState": "new",
        "Date": _date(phone.end),
        "IsFullBackup": True,
        "SnapshotState": "finished",
        "Version": "3.3",
    }
    yield "Status.plist", plistlib.dumps(status, fmt=plistlib.FMT_BINARY)


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


def _folders(phone: Phone) -> Iterator[tuple[str, str, int, int, int, bytes]]:
    """The folders by digest that attachments lie in: each changed when something came into it or went."""
    leaves = [
        (born, changed, path)
        for d, path, flags, changed, born, _ in phone.files
        if flags == DIRECTORY and d == "MediaDomain"
    ]
    first: dict[str, int] = {}
    turns: dict[str, list[int]] = {}
    for born, gone, path in sorted([(b, b, p) for b, _, p in leaves if p.startswith(ATTACHMENTS)] + phone.removed):
        above = path.rpartition("/")[0]
        turns.setdefault(above, []).extend((born, gone))
        if above not in first:
            first[above] = born
            turns.setdefault(above.rpartition("/")[0], []).append(born)
    for path, times in turns.items():
        yield "MediaDomain", path, DIRECTORY, max(times), min(times), b""


def _artefacts(phone: Phone) -> list[tuple[str, str, int, int, int, bytes]]:
    clients = {path: {"LocationTimeStopped": float(when - APPLE), "BundlePath": path} for when, path in phone.locations}
    baseline = {name: [_date(last), 1.0, 1.0] for _, last, name, bundle in phone.processes
                if not bundle and name not in phone.deleted_processes and last > phone.end - 20 * 86_400}  # fmt: skip
    home = "HomeDomain"
    named: list[tuple[str, str, bytes]] = [
        (home, "Library/SMS/sms.db", messages(phone)),
        ("WirelessDomain", "Library/Databases/DataUsage.sqlite", usage(phone)),
        (home, "Library/Safari/History.db", history(phone)),
        (home, "Library/TCC/TCC.db", permissions(phone)),
        ("RootDomain", "Library/Caches/locationd/clients.plist", plistlib.dumps(clients, fmt=plistlib.FMT_BINARY)),
        (
            home,
            "Library/Preferences/com.apple.osanalytics.addaily.plist",
            plistlib.dumps({"netUsageBaseline": baseline}),
        ),
        (home, "Library/Preferences/com.apple.sharingd.plist", plistlib.dumps({"DiscoverableMode": phone.airdrop})),
        (
            home,
            "Library/Preferences/.GlobalPreferences.plist",
            plistlib.dumps({"AppleLocale": "en_GB", "LDMGlobalEnabled": phone.lockdown}),
        ),
        (
            home,
            "Library/Preferences/com.apple.identityservices.idstatuscache.plist",
            plistlib.dumps(
                {
                    "com.apple.madrid": {
                        f"mailto:{who}": {"LookupDate": float(when - APPLE)} for when, who in phone.looked_up
                    }
                },
                fmt=plistlib.FMT_BINARY,
            ),
        ),
        (_PROFILES, "Library/ConfigurationProfiles/PayloadManifest.plist", plistlib.dumps({"OrderedProfiles": []})),
        (
            "AppDomain-com.apple.mobilesafari",
            "Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db",
            observed(phone),
        ),
    ]
    for i, (when, name) in enumerate(phone.profiles):
        named.append((_PROFILES, f"Library/ConfigurationProfiles/profile-{i}.stub", profile(name, when)))
    return [(d, p, FILE, phone.end, phone.start, content) for d, p, content in named if p not in phone.without]


def messages(phone: Phone) -> bytes:
    """sms.db; rows of deleted messages are gone, and their keys with them."""
    rows = sorted(
        [(when, text, 1) for when, text in phone.messages] + [(when, "", 0) for when in phone.deleted_messages]
    )
    return database(_MESSAGES, {
        "message (ROWID, guid, text, date, service) VALUES (?, ?, ?, ?, 'iMessage')": [
            (i, f"{i:032X}", text, (when - APPLE) * 10**9) for i, (when, text, stays) in enumerate(rows, 1) if stays
        ],
        "attachment (guid, created_date, filename, mime_type) VALUES (?, ?, ?, 'image/heic')": [
            (f"{i:032X}", when - APPLE, name) for i, (when, name) in enumerate(sorted(phone.attachments))
        ],
        "handle (id, service) VALUES (?, 'iMessage')": [(address,) for address in phone.addresses],
    })  # fmt: skip


def usage(phone: Phone) -> bytes:
    """DataUsage.sqlite: an entry for each process, and how much each used."""
    entries = list(enumerate(sorted(phone.processes), 1))
    kept = [(i, p) for i, p in entries if p[2] not in phone.deleted_processes]
    used = [(i, p) for i, p in entries if not phone.deleted_processes.get(p[2], False) and p[2] in phone.usage]
    return database(_USAGE, {
        "ZPROCESS VALUES (?, 1, 1, ?, ?, ?, ?)": [
            (i, first - APPLE, last - APPLE, bundle or None, f"{name[:16]}/{bundle}" if bundle else name)
            for i, (first, last, name, bundle) in kept
        ],
        "ZLIVEUSAGE (Z_PK, Z_ENT, Z_OPT, ZKIND, ZHASPROCESS, ZTIMESTAMP, ZWWANIN, ZWWANOUT) VALUES (?, 2, 1, 0, ?, ?, ?, ?)": [
            (n, i, last - APPLE, *phone.usage[name]) for n, (i, (_, last, name, _)) in enumerate(used, 1)
        ],
        "Z_PRIMARYKEY VALUES (?, ?, 0, ?)": [(1, "PROCESS", len(entries)), (2, "LIVEUSAGE", len(used))],
    })  # fmt: skip


def history(phone: Phone) -> bytes:
    urls = {url: i for i, url in enumerate(dict.fromkeys(url for _, url in phone.visits), 1)}
    return database(_HISTORY, {
        "history_items VALUES (?, ?, 1)": [(i, url) for url, i in urls.items()],
        "history_visits (history_item, visit_time) VALUES (?, ?)": [(urls[u], when - APPLE) for when, u in sorted(phone.visits)],
    })  # fmt: skip


def observed(phone: Phone) -> bytes:
    last = {url.split("/")[2].partition(".")[2]: when for when, url in sorted(phone.visits)}
    return database(_OBSERVED, {"ObservedDomains (registrableDomain, lastSeen) VALUES (?, ?)": list(last.items())})


def permissions(phone: Phone) -> bytes:
    rows = [(service, app, when) for when, app, service in phone.permissions]
    return database(_ACCESS, {"access VALUES (?, ?, 0, 2, 2, 1, ?)": rows})


def profile(name: str, when: int) -> bytes:
    return plistlib.dumps({"PayloadIdentifier": name, "PayloadType": "Configuration", "InstallDate": _date(when)})


def database(schema: str, tables: dict[str, Sequence[tuple[Any, ...]]]) -> bytes:
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
    return database(schema, {"Files VALUES (?, ?, ?, ?, ?)": rows})


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


def _date(when: int) -> datetime:
    return datetime.fromtimestamp(when, UTC).replace(tzinfo=None)


__all__ = ["ROUNDS", "contents", "database", "permissions", "profile", "usage", "write"]
