"""The pages of rules on the real service, over the hosts room: coverage, what held, how often wrongly, and the rule's own text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from assay.console.render import BASE
from assay.console.rules import RULES, Held, coverage, matching
from assay.core.kind import kind_of
from assay.core.tactics import TACTICS
from assay.core.words import LANGUAGES
from assay.engine import Engine
from assay.kinds.hosts import rulebook
from assay.ledger.seal import Seal
from assay.ledger.sqlite import SqliteLedger
from tests.service.running import Running, running

SHADOWS = {
    "kind": "log-record", "id": "x1", "time": "2026-03-02T10:00:00Z", "product": "windows", "host": "pc7", "user": "<b>eva</b>",
    "fields": {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": "1", "Image": "C:\\Windows\\System32\\vssadmin.exe",
               "CommandLine": "vssadmin delete shadows /all /quiet", "Computer": "pc7"},
}  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("rules")
    engine = Engine(
        rooms=[kind_of("hosts")], ledger=SqliteLedger(folder / "ledger"), seal=Seal.open(folder / "secrets")
    )
    with running(folder, engine=engine) as service:
        assert service.client.post("/v1/assess", json=SHADOWS).status_code == 200
        yield service


@contextmanager
def browser(service: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address, timeout=60) as client:
        client.post("/login", data={"key": service.tokens["auditor"], "next": BASE})
        yield client


def the_rule(service: Running) -> str:
    (record,) = service.engine.ledger.findings(limit=1)
    return str(record.finding.reasons[0].values["rule"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_coverage_and_what_held(service: Running, language: str) -> None:
    with browser(service) as client:
        page = client.get(RULES, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert 'class="technique met"' in page.text
    assert f'href="{RULES}/hosts/{the_rule(service)}"' in page.text
    assert not re.search(r"console\.[a-z]+\.[a-z]", page.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_whole_with_its_findings(service: Running, language: str) -> None:
    with browser(service) as client:
        page = client.get(f"{RULES}/hosts/{the_rule(service)}", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f"{BASE}/decisions/x1" in page.text
    assert "detection:" in page.text
    assert "<b>eva</b>" not in page.text
    assert not re.search(r"console\.[a-z]+\.[a-z]", page.text)


def test_a_dismissed_finding_counts_as_wrong(service: Running) -> None:
    service.client.post("/v1/labels", json={"evidence": "x1", "truth": "genuine"})
    with browser(service) as client:
        page = client.get(f"{RULES}/hosts/{the_rule(service)}", headers={"Accept-Language": "en"}).text
    assert "dismissed" in page


def test_rules_are_searched_and_what_is_not_there_is_404(service: Running) -> None:
    with browser(service) as client:
        found = client.get(RULES, params={"q": "T1110"}, headers={"Accept-Language": "en"}).text
        none = client.get(RULES, params={"q": "<script>"}, headers={"Accept-Language": "en"}).text
        assert client.get(f"{RULES}/hosts/nobody").status_code == 404
        assert client.get(f"{RULES}/nowhere/{the_rule(service)}").status_code == 404
    assert "data-row" in found
    assert "0 of" in none
    assert "<script>" not in none.replace("<script src=", "")
    assert httpx.get(service.address + RULES).status_code == 303


def test_every_rule_is_listed_and_its_text_is_its_own() -> None:
    listed = rulebook.listed(None)
    assert len(listed) == rulebook.coverage(None)["rules"] + rulebook.coverage(None)["correlations"]
    assert len({one["id"] for one in listed}) == len(listed)
    for one in listed[::9]:
        text = rulebook.text(one["id"], None)
        assert one["title"] in text
        assert one["id"] in text
        assert text.count("\ntitle:") + text.startswith("title:") == 1


def test_coverage_shows_every_tactic_and_counts_what_held() -> None:
    rules = [
        {"id": "a", "tactics": ["execution"], "techniques": ["T1059"]},
        {"id": "b", "tactics": ["execution", "impact"], "techniques": ["T1059", "T1490"]},
        {"id": "c", "tactics": ["no tactic"], "techniques": []},
    ]
    table = dict(coverage(rules, {"b": Held(times=3)}))
    assert list(table) == [t for t in TACTICS if t != "defense-evasion"]
    assert [(t.id, t.rules, t.held) for t in table["execution"]] == [("T1059", 2, 3)]
    assert [(t.id, t.rules, t.held) for t in table["impact"]] == [("T1490", 1, 3)]
    assert table["exfiltration"] == []


def test_all_words_of_a_search_must_be_said() -> None:
    rules = rulebook.listed(None)
    assert matching(rules, "windows t1490")
    assert not matching(rules, "windows t1490 nonsense")
