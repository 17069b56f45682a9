"""The pages of cases on the real service: the queue, a case whole, what an analyst does; in both languages, safe, and in a real
browser at both widths."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.console.lanes import HELD, Lane, Mark, lanes, squares
from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.clock import now
from assay.core.tactics import TACTICS
from tests.console.test_pages import Page
from tests.engine.conftest import parcels_installed  # noqa: F401
from tests.service.running import Running, running

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:  # noqa: F811
    from tests.engine.test_campaigns import attack, log, opened

    folder = tmp_path_factory.mktemp("cases")
    engine = opened(folder)
    hours = (now() - 1_767_225_600_000_000) / 3_600_000_000 - 2
    engine.assess_batch(Batch.of(attack(hours=hours)))
    engine.assess_batch(Batch.of([log("odd", f"{HOSTILE.replace(' ', '')} critical T1486", hours, host=HOSTILE)]))
    engine.assess_batch(Batch.of([log("weak", "little low T1082", hours, host="ws-9")]))
    with running(folder, engine=engine) as service:
        yield service


@contextmanager
def browser(service: Running, role: str = "analyst") -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address) as client:
        client.post("/login", data={"key": service.tokens[role], "next": BASE})
        yield client


def ids(client: httpx.Client, query: str = "") -> list[str]:
    return re.findall(r'data-row="(case-\w+)"', client.get(f"{BASE}/cases{query}").text)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def case_of(client: httpx.Client) -> str:
    return ids(client, "?state=open&state=closed&entity=host:ws-7")[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_are_whole_in_every_language_and_safe(service: Running, language: str) -> None:
    with browser(service) as client:
        client.headers["accept-language"] = language
        pages = [f"{BASE}/cases", f"{BASE}/cases?state=open&state=closed&state=gathering"]
        pages += [f"{BASE}/cases/{id_}" for id_ in ids(client, "?state=open&state=gathering")]
        assert len(pages) == 5
        for address in pages:
            answer = client.get(address)
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text
            page = Page(answer.text)
            assert len(page.all("h1")) == 1
            assert not re.findall(r"\bconsole\.[a-z][\w.-]+", " ".join(page.text))
            assert not any("style" in a or any(n.startswith("on") for n in a) for _, a in page.elements)
            for picture in page.all("svg"):
                assert picture.get("aria-hidden") == "true" or picture.get("aria-label")
            found = [a["id"] for _, a in page.elements if "id" in a]
            assert len(found) == len(set(found))


def test_a_case_shows_its_stages_and_leads_to_every_piece_of_evidence(service: Running) -> None:
    with browser(service) as client:
        page = client.get(f"{BASE}/cases/{case_of(client)}").text
        for stage in ("Initial access", "Execution", "Credential access", "Lateral movement"):
            assert stage in page
        for i in range(4):
            assert f"{BASE}/decisions/a{i}" in page
            decision = client.get(f"{BASE}/decisions/a{i}").text
            assert case_of(client) in decision, "and from there back"
        assert case_of(client) in client.get(f"{BASE}/entities/host/WS-7").text


def test_a_case_is_exported_whole(service: Running) -> None:
    with browser(service) as client:
        case = case_of(client)
        answer = client.get(f"{BASE}/cases/{case}/json")
        assert answer.headers["content-disposition"] == f'attachment; filename="{case}.json"'
        whole = answer.json()
        assert {
            piece["evidence"] for stage in whole["stages"] for said in stage["said"] for piece in said["pieces"]
        } >= {f"a{i}" for i in range(4)}
        assert all(said["title"] for stage in whole["stages"] for said in stage["said"])
        assert client.get(f"{BASE}/cases/case-nothing/json").status_code == 404


def test_the_queue_is_filtered(service: Running) -> None:
    with browser(service) as client:
        assert len(ids(client)) == 2
        assert len(ids(client, "?state=gathering")) == 1
        assert ids(client, "?entity=host:nobody") == []
        assert client.get(f"{BASE}/cases?state=lost").status_code == 422
        assert client.get(f"{BASE}/cases/case-nothing").status_code == 404


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_analyst_takes_notes_closes_and_opens_and_it_is_on_record(service: Running) -> None:
    with browser(service) as client:
        case = case_of(client)
        address = f"{BASE}/cases/{case}"
        page = client.get(address).text

        def do(**form: str) -> str:
            answer = client.post(f"{address}/work", data={"csrf": csrf(page), **form})
            assert answer.status_code == 303
            return words(client.get(answer.headers["location"].partition("#")[0]).text)

        assert "the analyst" in do(action="assign", owner="the analyst")
        assert ids(client, "?owner=the+analyst") == [case]
        assert "rebuilt on Monday" in do(action="note", note="rebuilt on Monday")
        assert "No attack" in do(action="label", truth="genuine", note="a drill")
        assert case not in ids(client)
        assert case in ids(client, "?state=closed")
        assert "Opened again" in do(action="reopen")
        assert client.post(f"{address}/work", data={"csrf": "forged", "action": "reopen"}).status_code == 403
    with browser(service, "auditor") as client:
        page = client.get(address).text
        assert "Close the case" not in page
        assert client.post(f"{address}/work", data={"csrf": csrf(page), "action": "reopen"}).status_code == 403
    done = [one.audit.action for one in service.engine.ledger.audit(limit=500) if one.audit.action.startswith("case.")]
    assert done[::-1][:4] == ["case.assigned", "case.noted", "case.labelled", "case.reopened"]


@given(st.sets(st.sampled_from(TACTICS)))
def test_there_is_a_square_for_each_stage_and_the_reached_ones_are_filled(reached: set[str]) -> None:
    root = ElementTree.fromstring(squares(reached, "stages"))
    filled = [e.get("class") == "reached" for e in root.iter() if e.tag.endswith("rect")]
    assert filled == [t in reached or (t == "stealth" and "defense-evasion" in reached) for t in HELD]


MARKS = st.builds(
    Mark,
    st.integers(0, 4 * 10**15),
    st.sampled_from(["low", "medium", "high", "critical", "odd"]),
    st.just("/x"),
    st.text(),
)


@given(
    st.lists(st.builds(Lane, st.text(max_size=30), st.lists(MARKS, max_size=20)), max_size=14),
    st.sampled_from([360, 1160]),
)
def test_lanes_hold_every_finding_inside_the_picture(stages: list[Lane], width: int) -> None:
    drawn = str(lanes(stages, "lanes", width))
    drawn = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]", "", drawn)
    root = ElementTree.fromstring(drawn)
    assert sum(e.tag.endswith("a") for e in root.iter()) == sum(len(lane.marks) for lane in stages)
    for e in root.iter():
        if e.tag.endswith("circle"):
            assert 0 <= float(e.get("cx", "0")) <= width


CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.mark.browser
@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Chromium (apt-get install chromium chromium-driver)")
def test_in_a_browser_keys_work_and_nothing_needs_sideways_scrolling(service: Running, tmp_path: Path) -> None:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.support.ui import WebDriverWait

    from tests.console.test_browser import FLAGS

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver: Any = webdriver.Chrome(
        options=options, service=Service(str(DRIVER), env=os.environ | {"NO_PROXY": "127.0.0.1"})
    )
    try:
        with browser(service) as client:
            case = case_of(client)
            driver.get(f"{service.address}/static/mark.svg")
            for name, value in client.cookies.items():
                driver.add_cookie({"name": name, "value": value})
        driver.get_log("browser")
        for width in (1280, 390):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            for address in (f"{BASE}/cases", f"{BASE}/cases/{case}"):
                driver.get(service.address + address)
                wide = driver.execute_script("return document.documentElement.scrollWidth")
                assert wide <= width, address
        driver.get(f"{service.address}{BASE}/policy")
        ActionChains(driver).send_keys("ga").perform()
        WebDriverWait(driver, 8, 0.05).until(lambda d: d.current_url.endswith("/cases"))
        ActionChains(driver).send_keys("j\ue007").perform()
        WebDriverWait(driver, 8, 0.05).until(lambda d: "/cases/case-" in d.current_url)
        assert [entry["message"] for entry in driver.get_log("browser")] == []
    finally:
        driver.quit()
