"""What lies in a backup that tells of a phone's life: for each artefact where it is and how it becomes events.

Bodies of messages are looked through for links and then forgotten; numbers of people are never read out. Table and key names
follow the published readers (triangle_check, MVT's documentation); columns that a version of iOS lacks are left out.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from assay.kinds.phones.backup.database import Broken, columns, database, plist
from assay.kinds.phones.timeline import APPLE, Event, event, since_2001, unix

ROWS = 2_000_000  # of one table: more than the timeline takes, which says so
MAX_TEXT = 65_536
_URL = re.compile(r"https?://[^\s<>\"'\x00-\x1f\x7f\ufffd]{3,1000}", re.IGNORECASE)
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{3,255}")

Content = bytes | Path
Found = Iterator[Event]


class Artefact(NamedTuple):
    """`path` may end in `*`: every file whose path begins so. One of several places (older, newer iOS) is enough."""

    name: str
    places: tuple[tuple[str, str], ...]
    parse: Callable[[Content, str], Found]


def messages(content: Content, source: str) -> Found:
    """sms.db: that a message came (never what it said), links in it, attachments, and addresses that are e-mail."""
    with database(content) as db:
        have = columns(db, "message")
        if not {"DATE", "TEXT"} <= have:
            raise Broken("there is no table of messages")
        body = ", attributedBody" if "ATTRIBUTEDBODY" in have else ""
        for date, text, *rest in _rows(db, f"SELECT date, text{body} FROM message"):
            when = since_2001(date)
            yield event(when, "message", "", source)
            raw = rest[0][:MAX_TEXT].decode("utf-8", "replace") if rest and isinstance(rest[0], bytes) else ""
            texts = (text[:MAX_TEXT] if isinstance(text, str) else "", raw)
            for url in dict.fromkeys(u.rstrip(").,;!?’”") for t in texts for u in _URL.findall(t)):
                yield event(when, "link.received", url, source)
        if {"CREATED_DATE", "FILENAME"} <= columns(db, "attachment"):
            for date, name in _rows(db, "SELECT created_date, filename FROM attachment"):
                yield event(since_2001(date), "attachment", name or "", source)
        if "ID" in columns(db, "handle"):
            for (id_,) in _rows(db, "SELECT id FROM handle"):
                if isinstance(id_, str) and _EMAIL.fullmatch(id_):
                    yield event(0, "address", id_.lower(), source)


def data_usage(content: Content, source: str) -> Found:
    """DataUsage.sqlite: first and last network use of each process; use by a process that is no longer listed."""
    with database(content) as db:
        if not {"ZFIRSTTIMESTAMP", "ZTIMESTAMP", "ZPROCNAME", "ZBUNDLENAME"} <= columns(db, "ZPROCESS"):
            raise Broken("there is no table of processes")
        for first, last, name, bundle in _rows(
            db, "SELECT ZFIRSTTIMESTAMP, ZTIMESTAMP, ZPROCNAME, ZBUNDLENAME FROM ZPROCESS"
        ):
            if not isinstance(name, str) or not name:
                continue
            process, _, rest = name.partition("/")
            own = bundle if isinstance(bundle, str) and bundle else rest
            for kind, when in (("process.first", since_2001(first)), ("process.last", since_2001(last))):
                yield event(when, kind, process, source, own)
        if {"ZHASPROCESS", "ZTIMESTAMP"} <= columns(db, "ZLIVEUSAGE"):
            lost = "SELECT ZTIMESTAMP FROM ZLIVEUSAGE WHERE ZHASPROCESS NOT IN (SELECT Z_PK FROM ZPROCESS)"
            for (when,) in _rows(db, lost):
                yield event(since_2001(when), "process.deleted", "", source)


def history(content: Content, source: str) -> Found:
    """Safari's History.db: sites visited."""
    with database(content) as db:
        if not {"URL", "ID"} <= columns(db, "history_items") or "VISIT_TIME" not in columns(db, "history_visits"):
            raise Broken("there is no table of visits")
        visits = "SELECT v.visit_time, i.url FROM history_visits v JOIN history_items i ON i.id = v.history_item"
        for when, url in _rows(db, visits):
            if isinstance(url, str):
                yield event(since_2001(when), "site.visited", url, source)


def observed(content: Content, source: str) -> Found:
    """WebKit's statistics: domains that a page came from or spoke to."""
    with database(content) as db:
        if not {"REGISTRABLEDOMAIN", "LASTSEEN"} <= columns(db, "ObservedDomains"):
            raise Broken("there is no table of domains")
        for domain, when in _rows(db, "SELECT registrableDomain, lastSeen FROM ObservedDomains"):
            if isinstance(domain, str) and _DOMAIN.fullmatch(domain):
                yield event(unix(when), "site.observed", domain, source)


def permissions(content: Content, source: str) -> Found:
    """TCC.db: which app may use the microphone, the camera, …"""
    with database(content) as db:
        have = columns(db, "access")
        if not {"SERVICE", "CLIENT"} <= have:
            raise Broken("there is no table of permissions")
        allowed = "auth_value >= 2" if "AUTH_VALUE" in have else "allowed = 1" if "ALLOWED" in have else "1"
        when_ = "last_modified" if "LAST_MODIFIED" in have else "0"
        for service, client, when in _rows(db, f"SELECT service, client, {when_} FROM access WHERE {allowed}"):
            yield event(unix(when), "permission", client, source, str(service)[:64])


def locations(content: Content, source: str) -> Found:
    """locationd's clients.plist: when a client or system bundle began and stopped to ask where the phone is."""
    for name, client in _items(_plist(content)):
        if isinstance(client, dict):
            stopped, authorised = client.get("LocationTimeStopped"), client.get("BundleId") or client.get("BundlePath")
            yield event(since_2001(stopped), "location.stopped", authorised or name, source)


def analytics(content: Content, source: str) -> Found:
    """osanalytics' daily plist: processes of the network baseline."""
    baseline = _plist(content).get("netUsageBaseline")
    for name, values in _items(baseline if isinstance(baseline, dict) else {}):
        when = next((unix(v) for v in values if isinstance(v, datetime)), 0.0) if isinstance(values, list) else 0.0
        yield event(when, "process.seen", str(name).partition("/")[0], source)


def profiles(content: Content, source: str) -> Found:
    """A configuration profile's stub: what was installed, and when."""
    found = _plist(content)
    name = found.get("PayloadIdentifier") or found.get("PayloadUUID")
    if name:
        yield event(unix(found.get("InstallDate")), "profile", name, source, str(found.get("PayloadType", ""))[:64])
        if found.get("PayloadUUID"):
            yield event(unix(found.get("InstallDate")), "profile", found["PayloadUUID"], source)


def looked_up(content: Content, source: str) -> Found:
    """idstatuscache: addresses that Apple's services looked up. Only e-mail addresses are read out."""
    for service, addresses in _items(_plist(content)):
        for address, status in _items(addresses if isinstance(addresses, dict) else {}):
            text = str(address).removeprefix("mailto:").replace("\0", "")
            if _EMAIL.fullmatch(text):
                when = status.get("LookupDate") if isinstance(status, dict) else None
                yield event(since_2001(when), "address", text.lower(), source, str(service)[:64])


def settings(content: Content, source: str) -> Found:
    """Lockdown mode, where the setting is there."""
    mode = _plist(content).get("LDMGlobalEnabled")
    if mode is not None:
        yield event(0, "lockdown", "on" if mode else "off", source)


def sharing(content: Content, source: str) -> Found:
    """Who may see the phone over AirDrop: the setting only, never an identifier."""
    mode = _plist(content).get("DiscoverableMode")
    if isinstance(mode, str):
        yield event(0, "airdrop", mode, source)


HOME, PREFERENCES = "HomeDomain", "Library/Preferences/"
_PROFILES = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
ARTEFACTS = (
    Artefact("messages", ((HOME, "Library/SMS/sms.db"),), messages),
    Artefact("data usage", (("WirelessDomain", "Library/Databases/DataUsage.sqlite"),), data_usage),
    Artefact("Safari history", (
        (HOME, "Library/Safari/History.db"), ("AppDomain-com.apple.mobilesafari", "Library/Safari/History.db"),
    ), history),
    Artefact("WebKit statistics", (
        ("AppDomain-*", "Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db"),
    ), observed),
    Artefact("permissions", ((HOME, "Library/TCC/TCC.db"),), permissions),
    Artefact("location clients", (("RootDomain", "Library/Caches/locationd/clients.plist"),), locations),
    Artefact("daily analytics", ((HOME, PREFERENCES + "com.apple.osanalytics.addaily.plist"),), analytics),
    Artefact("configuration profiles", (
        (_PROFILES, "Library/ConfigurationProfiles/PayloadManifest.plist"),
        (_PROFILES, "Library/ConfigurationProfiles/profile-*"),
    ), profiles),
    Artefact("identity look-ups", ((HOME, PREFERENCES + "com.apple.identityservices.idstatuscache.plist"),), looked_up),
    Artefact("global settings", ((HOME, PREFERENCES + ".GlobalPreferences.plist"),), settings),
    Artefact("AirDrop setting", ((HOME, PREFERENCES + "com.apple.sharingd.plist"),), sharing),
)  # fmt: skip


def _rows(db: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    return iter(db.execute(f"{query} LIMIT {ROWS}"))


def _plist(content: Content) -> dict[str, Any]:
    found = plist(content.read_bytes() if isinstance(content, Path) and content.stat().st_size < 1 << 25 else
                  content if isinstance(content, bytes) else b"")  # fmt: skip
    if not isinstance(found, dict):
        raise Broken("not a property list")
    return found


def _items(found: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    for number, item in enumerate(found.items()):
        if number >= ROWS:
            return
        yield item


__all__ = ["APPLE", "ARTEFACTS", "Artefact", "event"]
