"""What lists look like outside: each form by a grammar of its own written here, and by the tool itself where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import DAY, HOUR, MINUTE
from assay.intelligence.sources import indicators as read_indicators
from assay.intelligence.stix import read_pattern
from assay.responses import nftables, plain, stix, suricata
from assay.responses.document import BlockList, Nftables, Plain, Stix, Suricata
from assay.responses.entries import Entry, Why
from assay.responses.written import written

from .world import BAD, HASH, NOW, OTHER, SIX

LEDGER = "c0ffee"


def entry(value: str, left: int = 7 * DAY, reason: str = "hosts.rule", at: int = NOW - HOUR) -> Entry:
    why = Why("12.0", "e1", "hosts.sigma", reason, "high")
    return Entry(value, at, at, NOW + left, 1, why)


HOSTILE = 'x"; drop;) \\ \n #'
ADDRESSES = [entry(BAD), entry(OTHER, 90 * MINUTE), entry(SIX), entry("45.33.32.9", 30 * 1_000_000)]

NFT = re.compile(
    r"(add table inet assay"
    r"|add set inet assay \w+_[46] \{ type ipv[46]_addr; flags timeout; size \d+; \}"
    r"|flush set inet assay \w+_[46]"
    r"|add element inet assay \w+_[46] \{\n(\t[0-9a-f.:]+ timeout (\d+d)?(\d+h)?(\d+m)?(\d+s)? comment \"[A-Za-z0-9 .:_-]{1,128}\",?\n)+\}"
    r"|#[^\n]*)\n"
)  # fmt: skip
RULE = re.compile(
    r'(alert|drop|reject) (ip|dns|tls|quic|http) \S+ any (->|<>) \S+ any \(msg:"(?:[^"\\;]|\\["\\;])*";(?: [a-z0-9_.]+(?::(?:[^";\\]|"(?:[^"\\;]|\\["\\;])*")*)?;)* sid:(\d+); rev:1;\)'
)  # fmt: skip


def test_plain_text_is_one_value_a_line() -> None:
    lines = plain.render("bad", [entry(BAD, reason=HOSTILE), entry(OTHER)], NOW).decode().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [BAD, OTHER]
    assert "finding 12.0" in lines[1]


def nft(text: str) -> None:
    """The whole text is statements of our grammar, nothing between them."""
    at = 0
    while at < len(text):
        match = NFT.match(text, at)
        assert match, text[at : at + 200]
        at = match.end()


def test_an_nftables_file_is_of_the_grammar_and_every_element_has_its_time() -> None:
    text = nftables.render(
        "bad-ones", "inet assay", [*ADDRESSES, entry("45.33.32.8", reason=HOSTILE)], NOW, 100
    ).decode()
    nft(text)
    assert f"{BAD} timeout 7d comment" in text
    assert f"{OTHER} timeout 1h30m comment" in text
    assert SIX in text.split("bad_ones_6 {\n")[1]
    assert "45.33.32.9 " not in text  # leaves in half a minute
    assert text.index("flush set inet assay bad_ones_4") < text.index("add element inet assay bad_ones_4")
    nft(nftables.render("bad", "inet assay", [], NOW, 1).decode())


@pytest.mark.skipif(shutil.which("nft") is None, reason="nft is not installed")
def test_nft_itself_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "x.nft"
    path.write_bytes(nftables.render("bad", "inet assay", ADDRESSES, NOW, 100))
    done = subprocess.run(["nft", "-c", "-f", str(path)], capture_output=True, check=False)
    if b"Operation not permitted" in done.stderr:
        pytest.skip("nft needs rights that the tests do not have")
    assert done.returncode == 0, done.stderr


def test_suricata_rules_are_of_the_grammar_and_in_their_range() -> None:
    output = Suricata(to="a.rules", action="drop", sid=1_500_000, sids=600)
    for holds, values in (("ip", [BAD, SIX]), ("domain", ["evil.net", "xn--80ak6aa92e.com"])):
        entries = [entry(v, reason=HOSTILE) for v in values]
        lines = suricata.render("bad", holds, output, entries, NOW)[""].decode().splitlines()[1:]
        assert len(lines) == (2 if holds == "ip" else 8)
        sids = [int(RULE.fullmatch(line)[4]) for line in lines]  # type: ignore[index]
        assert len(set(sids)) == len(sids)
        assert all(1_500_000 <= sid < 1_500_600 for sid in sids)
    assert (
        'dns.query; dotprefix; content:".evil.net"; nocase; endswith;'
        in suricata.render("bad", "domain", output, [entry("evil.net")], NOW)[""].decode()
    )


@pytest.mark.skipif(shutil.which("suricata") is None, reason="suricata is not installed")
@pytest.mark.parametrize("action", ["alert", "drop", "reject"])
@pytest.mark.parametrize(
    ("holds", "values"), [("ip", [BAD, SIX]), ("domain", ["evil.net"]), ("hash", [HASH, "0" * 32])]
)
def test_suricata_itself_takes_them(holds: str, values: list[str], action: str, tmp_path: Path) -> None:
    output = Suricata(to=str(tmp_path / "a.rules"), action=action)  # type: ignore[arg-type]
    for suffix, content in suricata.render(
        "bad", holds, output, [entry(v, reason=HOSTILE) for v in values], NOW
    ).items():
        (tmp_path / f"a.rules{suffix}").write_bytes(content)
    command = [
        "suricata",
        "-T",
        "-S",
        str(tmp_path / "a.rules"),
        "-l",
        str(tmp_path),
        "--set",
        f"default-rule-path={tmp_path}",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_value_keeps_its_number_while_others_come_and_go() -> None:
    output = Suricata(to="a.rules", sids=50_000)

    def sids(values: list[str]) -> dict[str, str]:
        lines = suricata.render("bad", "ip", output, [entry(v) for v in values], NOW)[""].decode().splitlines()[1:]
        return {line.split("<> ")[1].split()[0]: line.split("sid:")[1] for line in lines}

    many = [f"45.33.{i // 250}.{i % 250 + 1}" for i in range(500)]
    whole, some = sids(many), sids(many[::3])
    assert sum(whole[v] == some[v] for v in some) > 0.95 * len(some)


def test_a_full_range_still_gives_every_rule_a_number_of_its_own() -> None:
    taken: set[int] = set()
    output = Suricata(to="a", sid=1_000_000, sids=64)
    assert len({suricata.number(str(i), output, taken) for i in range(64)}) == 64


def test_digests_stand_in_files_beside_the_rules() -> None:
    files = suricata.render("bad", "hash", Suricata(to="rules/a.rules"), [entry(HASH), entry("0" * 32)], NOW)
    assert files[".sha256"].decode() == HASH + "\n"
    assert files[".sha1"] == b""
    rules = files[""].decode().splitlines()[1:]
    assert all(RULE.fullmatch(rule) for rule in rules)
    assert "filesha256:a.rules.sha256;" in rules[1]


@given(st.text(max_size=60))
def test_nothing_breaks_out_of_a_rule(text: str) -> None:
    assert re.fullmatch(r'(?:[^"\\;]|\\["\\;])*', suricata.text(text))
    assert re.fullmatch(r'"(?:[A-Za-z0-9._-]|\|[0-9a-f ]+\|)*"', suricata.content(text))
    assert re.fullmatch(r"[A-Za-z0-9._-]*", plain.plain_word(text))


def test_a_stix_bundle_is_whole_marked_and_always_the_same() -> None:
    entries = [entry(BAD), entry(SIX)]
    made = stix.bundle("bad", "ip", "amber", entries, LEDGER)
    assert made == stix.bundle("bad", "ip", "amber", entries, LEDGER)
    bundle = json.loads(made)
    assert bundle["type"] == "bundle"
    by_type = {o["type"]: o for o in bundle["objects"]}
    assert set(by_type) == {"marking-definition", "identity", "indicator"}
    ids = [o["id"] for o in bundle["objects"]]
    assert len(set(ids)) == len(ids)
    for o in bundle["objects"]:
        assert o["spec_version"] == "2.1"
        assert uuid.UUID(o["id"].split("--")[1]).version in (4, 5)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", o["created"])
        if o["type"] == "indicator":
            assert o["created"] <= o["modified"]
            assert o["valid_from"] < o["valid_until"]
            assert o["created_by_ref"] == by_type["identity"]["id"]
            assert o["object_marking_refs"] == [by_type["marking-definition"]["id"]]
            assert o["pattern_type"] == "stix"
            read_pattern(o["pattern"])
    other = json.loads(stix.bundle("bad", "ip", "amber", entries, "another"))["objects"][2]["id"]
    assert other not in ids  # two installations do not speak for each other


@pytest.mark.parametrize(
    ("holds", "value"), [("ip", BAD), ("ip", SIX), ("domain", "evil.net"), ("hash", HASH), ("hash", "0" * 32)]
)
def test_our_own_reader_of_intelligence_takes_what_we_publish(tmp_path: Path, holds: str, value: str) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(stix.bundle("bad", holds, "green", [entry(value)], LEDGER))
    refused: list[object] = []
    found = list(read_indicators(path, lambda *what: refused.append(what)))
    assert not refused
    assert [one.value for one in found] == [value]


@given(st.text(min_size=1, max_size=40))
def test_a_pattern_holds_its_value_whatever_it_is(value: str) -> None:
    pattern = stix.pattern("account", value)
    quoted = pattern.removeprefix("[user-account:user_id = '").removesuffix("']")
    assert re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) == value


def test_every_output_of_a_list_is_written() -> None:
    rules = BlockList(
        holds="ip", write=(Plain(to="a.txt"), Nftables(to="a.nft"), Suricata(to="a.rules"), Stix(to="a.json"))
    )
    files = written("bad", rules, [entry(BAD)], NOW, LEDGER)
    assert set(files) == {"a.txt", "a.nft", "a.rules", "a.json"}
    assert all(BAD.encode() in content for content in files.values())
