"""Databases and lists of an iPhone: what is read out of each, what never is, and rows that are missing."""

from __future__ import annotations

import plistlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.integrity import Integrity
from assay.kinds.phones.ios import databases, plists
from assay.kinds.phones.simulate import life
from assay.kinds.phones.simulate.backup import database
from assay.kinds.phones.timeline import APPLE, KINDS, Event
from tests.kinds.phones.test_coincidence import image

WHEN = 1_700_000_000
COCOA = WHEN - APPLE
MADE: dict[Any, tuple[str, dict[str, Any], list[str]]] = {
    databases.whatsapp: ("CREATE TABLE ZWAMESSAGE (ZMESSAGEDATE REAL, ZTEXT TEXT);",
                         {"ZWAMESSAGE VALUES (?, ?)": [(COCOA, "the word is kingfisher https://example.org/x")]}, ["message", "link.received"]),
    databases.knowledge: ("CREATE TABLE ZOBJECT (ZSTREAMNAME TEXT, ZVALUESTRING TEXT, ZSTARTDATE REAL);",
                          {"ZOBJECT VALUES (?, ?, ?)": [("/app/inFocus", "com.a", COCOA), ("/device/isLocked", "x", COCOA)]}, ["app.used"]),
    databases.interactions: ("CREATE TABLE ZINTERACTIONS (ZSTARTDATE REAL, ZBUNDLEID TEXT, ZACCOUNT TEXT);",
                             {"ZINTERACTIONS VALUES (?, ?, ?)": [(COCOA, "com.apple.MobileSMS", "+441632960000 kingfisher")]}, ["message"]),
    databases.chrome: ("CREATE TABLE urls (id INTEGER, url TEXT); CREATE TABLE visits (url INTEGER, visit_time INTEGER);",
                       {"urls VALUES (?, ?)": [(1, "https://a.example/")], "visits VALUES (?, ?)": [(1, (WHEN + 11_644_473_600) * 10**6)]}, ["site.visited"]),
    databases.firefox: ("CREATE TABLE history (id INTEGER, url TEXT); CREATE TABLE visits (siteID INTEGER, date INTEGER);",
                        {"history VALUES (?, ?)": [(1, "https://a.example/")], "visits VALUES (?, ?)": [(1, WHEN * 10**6)]}, ["site.visited"]),
}  # fmt: skip
Parse = Callable[[bytes, str], Iterator[Event]]


@pytest.mark.parametrize("parse", MADE, ids=lambda p: p.__name__)
def test_what_a_database_tells_and_when(parse: Parse) -> None:
    schema, rows, kinds = MADE[parse]
    found = list(parse(database(schema, rows), "x"))
    assert [e.kind for e in found] == kinds
    assert {e.time for e in found} == {WHEN * 10**6}
    assert not any("kingfisher" in str(e) or "1632960000" in str(e) for e in found)
    with pytest.raises(Broken):
        list(parse(database("CREATE TABLE other (a);", {}), "x"))


def test_gaps_in_keys_lie_between_their_neighbours() -> None:
    schema = "CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT, date INTEGER);"
    content = database(
        schema, {"message VALUES (?, ?, ?)": [(n, "", (COCOA + n * 100) * 10**9) for n in (5, 6, 9, 10, 12)]}
    )
    with sqlite3.connect(":memory:") as db:
        db.deserialize(content)
        db.execute("DELETE FROM message WHERE ROWID = 12")
        db.commit()
        content = db.serialize()
    gaps = [e for e in databases.messages(content, "sms.db") if e.kind == "records.missing"]
    assert [(e.detail, e.actor) for e in gaps] == [("2", ""), ("2", "newest")]
    assert (gaps[0].time, gaps[0].within) == ((WHEN + 600) * 10**6, 300 * 10**6)


def test_gaps_are_told_without_a_verdict_and_odd_look_ups_with_one() -> None:
    phone = life(41)
    told = Integrity().finding(image(phone))
    assert told is not None
    assert told.verdict == "inconclusive"
    assert "phones.rows-missing" in {r.code for r in told.reasons}
    odd = plistlib.dumps({"com.apple.madrid": {"mailto:a\0\0b@example.org": {"LookupDate": float(COCOA)}, "mailto:c@example.org": {}}},
                         fmt=plistlib.FMT_BINARY)  # fmt: skip
    assert [e.kind for e in plists.looked_up(odd, "x")] == ["address.odd", "address", "address"]


def test_lists_that_tell_settings_only() -> None:
    networks = plistlib.dumps(
        {"wifi.network.ssid.Home of Ann": {"AddedAt": datetime(2024, 1, 2), "SupportedSecurityTypes": "Open"}}
    )
    (joined,) = plists.networks(networks, "x")
    assert (joined.kind, joined.subject, joined.detail) == ("network.joined", "", "Open")
    (version,) = plists.version(plistlib.dumps({"ProductVersion": "17.4", "ProductName": "iPhone OS"}), "x")
    assert (version.subject, version.detail) == ("ProductVersion", "17.4")


def test_every_kind_of_event_is_in_the_list() -> None:
    assert {e.kind for e in image(life(42)).events} <= set(KINDS)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_databases_are_read_or_broken(data: st.DataObject) -> None:
    parse = data.draw(st.sampled_from(list(MADE)))
    schema, rows, _ = MADE[parse]
    content = bytearray(database(schema, rows))
    for _ in range(data.draw(st.integers(1, 30))):
        content[data.draw(st.integers(16, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        list(parse(bytes(content), "x"))
    except Broken:
        return
