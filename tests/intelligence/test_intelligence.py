"""Threat intelligence: whatever publishers write comes out as the same indicators; look-ups find exactly what was added, and
nothing whose term was over."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.cli import main
from assay.core.errors import UnreadableInput
from assay.intelligence.indicator import FOREVER, Indicator, guess, normal
from assay.intelligence.sources import indicators
from assay.intelligence.store import Intelligence, add, write

SHA = "ab" * 32


def read(path: Path, **options: Any) -> tuple[list[Indicator], list[str]]:
    refused: list[str] = []
    found = list(indicators(path, lambda _place, _value, why: refused.append(why), **options))
    return found, refused


@pytest.mark.parametrize(("word", "told"), [
    ("198.51.100.7", ("ip", "198.51.100.7")), ("198.51.100.7:8080", ("ip", "198.51.100.7")),
    ("2001:DB8::1", ("ip", "2001:db8::1")), ("198.51.100.0/24", ("network", "198.51.100.0/24")),
    ("Bad[.]Example", ("domain", "bad.example")), ("*.bad.example", ("domain", "bad.example")),
    ("hxxps://Bad.example:443/A?b#c", ("url", "bad.example/A?b")), ("bad.example/x", ("url", "bad.example/x")),
    (SHA.upper(), ("sha256", SHA)), ("cd" * 16, ("md5", "cd" * 16)), ("münchen.example", ("domain", "xn--mnchen-3ya.example")),
    ("t13d1516h2_8daaf6152771_e5627efa2ab1", ("ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1")),
])  # fmt: skip
def test_a_word_is_what_it_says(word: str, told: tuple[str, str]) -> None:
    assert guess(word) == told
    assert normal(*told) == told[1]


@pytest.mark.parametrize("word", ["", "hello", "1.2.3", "a b.example", "999.1.1.1", "x" * 5000, "-.-", "/etc/passwd"])
def test_what_is_nothing_known_is_refused(word: str) -> None:
    with pytest.raises(ValueError):
        guess(word)


def test_a_bundle_of_stix(tmp_path: Path) -> None:
    def one(pattern: str, **more: Any) -> dict[str, Any]:
        return {"type": "indicator", "id": f"indicator--{pattern}", "pattern": pattern, "pattern_type": "stix", **more}

    objects = [
        {"type": "malware", "id": "malware--1", "name": "Ferret"},
        {"type": "relationship", "source_ref": "indicator--[domain-name:value='bad.example']", "target_ref": "malware--1"},
        one("[domain-name:value='bad.example']", confidence=90, valid_from="2024-01-02T00:00:00Z", valid_until="2024-02-02T00:00:00Z"),
        one("[ipv4-addr:value='198.51.100.0/24' OR ipv4-addr:value='203.0.113.9']"),
        one("[file:hashes.'SHA-256'='" + SHA.upper() + "']", name="dropper"),
        one("[domain-name:value='a.example' AND ipv4-addr:value='203.0.113.1']"), one("[process:name='x']"), one("[oops"),
        one("[domain-name:value='gone.example']", revoked=True),
    ]  # fmt: skip
    path = tmp_path / "set.json"
    path.write_text(json.dumps({"type": "bundle", "objects": objects}))
    found, refused = read(path)
    assert [(i.kind, i.value, i.threat, i.confidence) for i in found] == [
        ("domain", "bad.example", "Ferret", 90), ("network", "198.51.100.0/24", "", 75), ("ip", "203.0.113.9", "", 75),
        ("sha256", SHA, "dropper", 75),
    ]  # fmt: skip
    assert found[0].until - found[0].since == 31
    assert refused == ["cannot be read at character 2"]


def test_an_event_of_misp(tmp_path: Path) -> None:
    attributes = [
        {"type": "ip-dst|port", "value": "198.51.100.7|443", "to_ids": True}, {"type": "domain|ip", "value": "bad.example|203.0.113.1"},
        {"type": "comment", "value": "x"}, {"type": "md5", "value": "no digest"}, {"type": "domain", "value": "ctx.example", "to_ids": False},
    ]  # fmt: skip
    inside = [
        {
            "Attribute": [
                {"type": "ja3-fingerprint-md5", "value": "CD" * 16},
                {"type": "filename|sha256", "value": f"a|{SHA}"},
            ]
        }
    ]
    path = tmp_path / "event.json.gz"
    path.write_bytes(
        gzip.compress(json.dumps({"Event": {"info": "Ferret", "Attribute": attributes, "Object": inside}}).encode())
    )
    found, refused = read(path)
    assert [(i.kind, i.value) for i in found] == [
        ("ip", "198.51.100.7"), ("domain", "bad.example"), ("ip", "203.0.113.1"), ("ja3", "cd" * 16), ("sha256", SHA),
    ]  # fmt: skip
    assert {i.threat for i in found} == {"Ferret"}
    assert len(refused) == 1


def test_lists_of_many_makes(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(
        'id,dateadded,url\n# remark\n0.0.0.0 ads.example # why\n"7","2024-01-02 03:04:05","hxxp://bad.example/x"\n\n198.51.100.7\n???\n'
    )
    found, refused = read(path)
    assert [(i.kind, i.value) for i in found] == [
        ("domain", "ads.example"),
        ("url", "bad.example/x"),
        ("ip", "198.51.100.7"),
    ]
    assert refused == ["nothing in it is known"]
    (tmp_path / "ja3.txt").write_text("CD" * 16 + "\n")
    assert [i.kind for i in read(tmp_path / "ja3.txt", kind="ja3")[0]] == ["ja3"]


def known(folder: Path, *found: Indicator) -> Intelligence:
    write(found, folder / "all" / "test")
    return Intelligence(folder / "all")


def test_a_domain_is_met_with_all_below_it_and_an_address_in_its_network(tmp_path: Path) -> None:
    book = known(
        tmp_path, Indicator("domain", "bad.example", "Ferret", 60), Indicator("domain", "c2.bad.example", "Stoat", 60),
        Indicator("network", "198.51.100.0/24"), Indicator("network", "2001:db8::/32"), Indicator("url", "ok.example/x"),
    )  # fmt: skip
    hits = book.look_up("domain", ["bad.example", "a.c2.bad.example", "notbad.example", "bad.example.org"])
    assert {i: hit.threat for i, hit in hits.items()} == {0: "Ferret", 1: "Stoat"}
    assert set(book.look_up("ip", ["198.51.100.255", "198.51.101.0", "2001:db8:1::1", "x.bad.example"])) == {0, 2, 3}
    assert set(book.look_up("url", ["ok.example/x?y", "ok.example/y", "w.bad.example/z"])) == {0, 2}


def test_a_term_that_was_over_by_then_is_none(tmp_path: Path) -> None:
    book = known(tmp_path, Indicator("ip", "198.51.100.7", until=100))
    assert set(book.look_up("ip", ["198.51.100.7"] * 3, np.array([99, 100, 101]))) == {0, 1}
    assert book.look_up("ip", ["198.51.100.7"])


def test_of_several_the_surest_is_told(tmp_path: Path) -> None:
    write(
        [Indicator("ip", "198.51.100.7", "a", 30), Indicator("ip", "198.51.100.7", "b", 50)], tmp_path / "all" / "one"
    )
    write([Indicator("ip", "198.51.100.7", "c", 90, 0, FOREVER)], tmp_path / "all" / "two")
    hit = Intelligence(tmp_path / "all").look_up("ip", ["198.51.100.7"])[0]
    assert (hit.threat, hit.source, hit.confidence) == ("c", "two", 90)
    assert len(Intelligence(tmp_path / "all").sources[0]) == 1


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, 3000), max_size=300), st.sets(st.integers(0, 3000), max_size=100))
def test_exactly_what_was_added_is_found(
    tmp_path_factory: pytest.TempPathFactory, added: set[int], asked: set[int]
) -> None:
    book = known(tmp_path_factory.mktemp("x"), *(Indicator("md5", f"{n:032x}", str(n)) for n in added))
    words = sorted(asked)
    hits = book.look_up("md5", [f"{n:032x}" for n in words])
    assert {words[i] for i in hits} == added & asked
    assert all(hit.threat == str(words[i]) for i, hit in hits.items())


def test_a_source_is_added_replaced_looked_up_and_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, models = tmp_path / "feed.txt", tmp_path / "models"
    source.write_text("bad.example\n198.51.100.7\n")

    def intel(*words: str) -> tuple[int, Any]:
        status = main(["intel", *words, "--models", str(models), "--json"])
        return status, json.loads(capsys.readouterr().out)

    assert intel("add", str(source), "--days", "30")[1]["indicators"] == 2
    assert intel("look", "x.bad.example")[1]["source"] == "feed"
    source.write_text("worse.example\n")
    intel("add", str(source))
    assert intel("look", "bad.example") == (0, {})
    assert intel("look", "worse.example")[0] == 1
    assert intel("list")[1]["feed"]["kinds"] == {"domain": 1}
    intel("remove", "feed")
    assert intel("list")[1] == {}
    assert main(["intel", "remove", "../models", "--models", str(models)]) == 2


def test_nothing_in_it_leaves_the_old_source(tmp_path: Path) -> None:
    source = tmp_path / "feed.txt"
    source.write_text("bad.example\n")
    add(source, tmp_path / "i")
    source.write_text("nothing here\n")
    with pytest.raises(UnreadableInput, match="nothing in it"):
        add(source, tmp_path / "i")
    assert Intelligence(tmp_path / "i").look_up("domain", ["bad.example"])
    assert [p.name for p in (tmp_path / "i").iterdir()] == ["feed"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,Event objects', max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("x") / "feed"
    path.write_bytes(content)
    try:
        found, _ = read(path)
    except UnreadableInput:
        return
    assert all(normal(i.kind, i.value) == i.value for i in found)
