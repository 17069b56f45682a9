"""The databases of an iPhone as events: messages, network use, visits, permissions, use of apps.

Bodies of messages are looked through for links and then forgotten; numbers of people are never read out. Table and column names
follow the published readers (triangle_check, MVT's documentation, iLEAPP); columns that a version of iOS lacks are left out.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from assay.kinds.phones.backup.database import Broken, columns, database
from assay.kinds.phones.gathering import Content
from assay.kinds.phones.ios.gaps import gaps_of
from assay.kinds.phones.timeline import Event, event, since_2001, unix

ROWS = 2_000_000  # of one table: more than the timeline takes, which says so
MAX_TEXT = 65_536
CHROME = 11_644_473_600  # seconds from 1601 to 1970, Chrome's epoch
_URL = re.compile(r"https?://[^\s<>\"'\x00-\x1f\x7f\ufffd]{3,1000}", re.IGNORECASE)
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{3,255}")

Found = Iterator[Event]


def messages(content: Content, source: str) -> Found:
    """sms.db: that a message came (never what it said), links in it, attachments, addresses that are e-mail, rows deleted."""
    with database(content) as db:
        have = columns(db, "message")
        if not {"DATE", "TEXT"} <= have:
            raise Broken("there is no table of messages")
        body = ", attributedBody" if "ATTRIBUTEDBODY" in have else ""
        for date, text, *rest in _rows(db, f"SELECT date, text{body} FROM message"):
            when = since_2001(date)
            yield event(when, "message", "", source)
            raw = rest[0][:MAX_TEXT].decode("utf-8", "replace") if rest and isinstance(rest[0], bytes) else ""
            yield from links_of(when, (text[:MAX_TEXT] if isinstance(text, str) else "", raw), source)
        if {"CREATED_DATE", "FILENAME"} <= columns(db, "attachment"):
            for date, name in _rows(db, "SELECT created_date, filename FROM attachment"):
                yield event(since_2001(date), "attachment", name or "", source)
        if "ID" in columns(db, "handle"):
            for (id_,) in _rows(db, "SELECT id FROM handle"):
                if isinstance(id_, str) and EMAIL.fullmatch(id_):
                    yield event(0, "address", id_.lower(), source)
        yield from gaps_of(db, "message", "ROWID", "date", source)


def whatsapp(content: Content, source: str) -> Found:
    """ChatStorage.sqlite: that a message came, and links in it."""
    with database(content) as db:
        if not {"ZMESSAGEDATE", "ZTEXT"} <= columns(db, "ZWAMESSAGE"):
            raise Broken("there is no table of messages")
        for date, text in _rows(db, "SELECT ZMESSAGEDATE, ZTEXT FROM ZWAMESSAGE"):
            when = since_2001(date)
            yield event(when, "message", "", source, actor="net.whatsapp.WhatsApp")
            yield from links_of(when, (text[:MAX_TEXT] if isinstance(text, str) else "",), source)


def data_usage(content: Content, source: str) -> Found:
    """DataUsage.sqlite, netusage.sqlite: first and last network use of each process and how much; use by a process that is no
    longer listed; rows deleted."""
    with database(content) as db:
        have = columns(db, "ZPROCESS")
        if not {"ZFIRSTTIMESTAMP", "ZTIMESTAMP", "ZPROCNAME"} <= have:
            raise Broken("there is no table of processes")
        owner = "ZBUNDLENAME" if "ZBUNDLENAME" in have else "NULL"
        used = _used(db)
        for key, first, last, name, bundle in _rows(
            db, f"SELECT Z_PK, ZFIRSTTIMESTAMP, ZTIMESTAMP, ZPROCNAME, {owner} FROM ZPROCESS"
        ):
            if not isinstance(name, str) or not name:
                continue
            process, _, rest = name.partition("/")
            own = bundle if isinstance(bundle, str) and bundle else rest
            for kind, when in (("process.first", since_2001(first)), ("process.last", since_2001(last))):
                yield event(when, kind, process, source, own)
            if key in used:
                yield event(since_2001(last), "process.used", process, source, "{:.0f}/{:.0f}".format(*used[key]), own)
        if {"ZHASPROCESS", "ZTIMESTAMP"} <= columns(db, "ZLIVEUSAGE"):
            lost = "SELECT ZTIMESTAMP FROM ZLIVEUSAGE WHERE ZHASPROCESS NOT IN (SELECT Z_PK FROM ZPROCESS)"
            for (when,) in _rows(db, lost):
                yield event(since_2001(when), "process.deleted", "", source)
        yield from gaps_of(db, "ZPROCESS", "Z_PK", "ZFIRSTTIMESTAMP", source)


def _used(db: sqlite3.Connection) -> dict[int, tuple[float, float]]:
    """Bytes in and out of each process by its key, over whatever networks are counted."""
    have = columns(db, "ZLIVEUSAGE")
    into, out = ([f"coalesce({c}, 0)" for c in (f"ZWIFI{way}", f"ZWWAN{way}") if c in have] for way in ("IN", "OUT"))
    if "ZHASPROCESS" not in have or not into or not out:
        return {}
    query = f"SELECT ZHASPROCESS, sum({'+'.join(into)}), sum({'+'.join(out)}) FROM ZLIVEUSAGE GROUP BY ZHASPROCESS"
    rows = _rows(db, query)
    return {
        k: (float(i), float(o))
        for k, i, o in rows
        if isinstance(k, int) and all(isinstance(v, (int, float)) for v in (i, o))
    }


def history(content: Content, source: str) -> Found:
    """Safari's History.db: sites visited."""
    with database(content) as db:
        if not {"URL", "ID"} <= columns(db, "history_items") or "VISIT_TIME" not in columns(db, "history_visits"):
            raise Broken("there is no table of visits")
        visits = "SELECT v.visit_time, i.url FROM history_visits v JOIN history_items i ON i.id = v.history_item"
        for when, url in _rows(db, visits):
            if isinstance(url, str):
                yield event(since_2001(when), "site.visited", url, source)


def chrome(content: Content, source: str) -> Found:
    """Chrome's History: sites visited."""
    with database(content) as db:
        if not {"URL", "ID"} <= columns(db, "urls") or "VISIT_TIME" not in columns(db, "visits"):
            raise Broken("there is no table of visits")
        for when, url in _rows(db, "SELECT v.visit_time, u.url FROM visits v JOIN urls u ON u.id = v.url"):
            if isinstance(url, str) and isinstance(when, int):
                yield event(max(0.0, unix(when / 1e6 - CHROME)), "site.visited", url, source)


def firefox(content: Content, source: str) -> Found:
    """Firefox's browser.db: sites visited."""
    with database(content) as db:
        if not {"URL", "ID"} <= columns(db, "history") or not {"DATE", "SITEID"} <= columns(db, "visits"):
            raise Broken("there is no table of visits")
        for when, url in _rows(db, "SELECT v.date, h.url FROM visits v JOIN history h ON h.id = v.siteID"):
            if isinstance(url, str) and isinstance(when, int):
                yield event(unix(when / 1e6), "site.visited", url, source)


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


def knowledge(content: Content, source: str) -> Found:
    """knowledgeC.db: apps that were in use."""
    with database(content) as db:
        if not {"ZSTREAMNAME", "ZVALUESTRING", "ZSTARTDATE"} <= columns(db, "ZOBJECT"):
            raise Broken("there is no table of use")
        query = "SELECT ZSTARTDATE, ZVALUESTRING FROM ZOBJECT WHERE ZSTREAMNAME IN ('/app/inFocus', '/app/usage', '/app/activity')"
        for when, app in _rows(db, query):
            if isinstance(app, str):
                yield event(since_2001(when), "app.used", app, source)


def interactions(content: Content, source: str) -> Found:
    """interactionC.db: that a message or call came or went, by which app; never with whom."""
    with database(content) as db:
        if not {"ZSTARTDATE", "ZBUNDLEID"} <= columns(db, "ZINTERACTIONS"):
            raise Broken("there is no table of interactions")
        for when, app in _rows(db, "SELECT ZSTARTDATE, ZBUNDLEID FROM ZINTERACTIONS"):
            yield event(since_2001(when), "message", "", source, actor=str(app or ""))


def power(content: Content, source: str) -> Found:
    """A power log (PLSQL): network use of processes in intervals, and processes that ended. Its tables differ by version: any
    with a time and a process is read."""
    with database(content) as db:
        names = db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'PL%' LIMIT 2000"
        ).fetchall()
        known = False
        for (table,) in names:
            have = columns(db, table) if isinstance(table, str) and table.isidentifier() else set()
            process = next((c for c in ("PROCESSNAME", "PROCNAME", "LAUNCHDNAME") if c in have), "")
            if "TIMESTAMP" not in have or not process:
                continue
            known = True
            bundle = next((c for c in ("BUNDLENAME", "BUNDLEID") if c in have), "NULL")
            query = f"SELECT {process}, {bundle}, min(timestamp), max(timestamp), count(*) FROM {table} GROUP BY 1, 2"
            for name, app, first, last, times in _rows(db, query):
                if isinstance(name, str) and name:
                    span = max(0.0, unix(last) - unix(first))
                    yield event(unix(first), "process.seen", name, source, f"{table}: {times}", str(app or ""), span)
        if not known:
            raise Broken("there is no table of processes")


def links_of(when: float, texts: tuple[str, ...], source: str) -> Found:
    """A `link.received` for each address in a message's texts."""
    for url in dict.fromkeys(u.rstrip(").,;!?’”") for t in texts for u in _URL.findall(t)):
        yield event(when, "link.received", url, source)


def _rows(db: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    return iter(db.execute(f"{query} LIMIT {ROWS}"))


__all__ = [
    "EMAIL", "chrome", "data_usage", "firefox", "history", "interactions", "knowledge", "links_of", "messages", "observed", "permissions",
    "power", "whatsapp",
]  # fmt: skip
