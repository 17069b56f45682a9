"""A phone in the console: coverage, days to zoom and choose from, what was found, the report to download; in both languages, and once
its file is gone. In a real Chromium the lanes follow their inputs without a word from the script."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from assay.check import check_path
from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.entity import Entity
from assay.core.profile import Profile
from assay.core.words import LANGUAGES, say
from assay.engine import Engine
from assay.kinds.phones import KIND
from assay.kinds.phones.detectors import detectors
from assay.kinds.phones.evidence import Event, Gap, PhoneImage
from assay.kinds.phones.exposure.versions import REVIEWED
from assay.kinds.phones.redact.copy import redact
from assay.kinds.phones.simulate import life, sysdiagnose, write
from assay.kinds.phones.summary import summary
from assay.kinds.phones.timeline import KINDS
from assay.kinds.phones.view import ZOOMS, picture, view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World

from .report.desk import EXPOSED, LEAD, SENT, TRACE, phone, statement
from .report.test_paper import paper

HOSTILE = "<script>alert(1)</script>\"'&"


def image(**fields: Any) -> PhoneImage:
    days = [Event(SENT + i * DAY, kind, "x", "s") for i in range(200) for kind in ("message", "file", "process.last")]
    odd = (Event(SENT, "site.visited", HOSTILE, HOSTILE, HOSTILE), Event(0, "app", HOSTILE, "s"))
    given: dict[str, Any] = {
        "customer": "C-20417",
        "events": (*days, *odd),
        "version": "16.5",
        "gaps": (Gap(HOSTILE, HOSTILE), Gap("permissions", "absent")),
    }
    return phone(**(given | fields))


def decided(evidence: Any, **fields: Any) -> Decision:
    batch = Batch.of([evidence])
    told = [
        d.examine(batch, Profile.empty(1)).explain(np.array([0]))[0]
        for d in detectors(None)
        if type(evidence) in d.reads and not hasattr(d, "looks_back")
    ]
    last = World(count=2).made[-1]
    return msgspec.structs.replace(
        last, id="i-1", kind=evidence.tag(), evidence=batch.row(0), findings=tuple(f for f in told if f.verdict != "none"), outcome="review",
        reasons=(), probability=None, entities=(Entity("customer", "C-20417"),), profile={}, exhibits=(), **fields,
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kept", [True, False])
def test_an_image_s_page(language: str, kept: bool) -> None:
    one = image()
    with client(Desk(decided(one), one.exhibits() if kept else [], view, picture)) as browser:
        browser.headers["accept-language"] = language
        answer = browser.get(f"{BASE}/decisions/i-1")
        assert answer.status_code == 200, answer.text
        page = Page(answer.text)
        assert HOSTILE not in answer.text
        assert (say("phones.page.timeline", language) in answer.text) == kept
        assert (say("phones.page.not-kept", language) in answer.text) == (not kept)
        assert (say("phones.page.table", language, reviewed=REVIEWED) in answer.text) == kept
        lanes = [attrs for tag, attrs in page.elements if tag == "input" and attrs.get("name") == "lane-zoom"]
        assert len(lanes) == (len(ZOOMS) if kept else 0)
        assert browser.get(BASE).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_s_page_shows_who_vouched_and_its_paper(tmp_path: Path, language: str) -> None:
    from assay.kinds.phones.report.evidence import PhoneReport

    pdf, _ = paper(tmp_path, statement(TRACE, LEAD, EXPOSED), language)
    one = PhoneReport(id="i-1", time=phone().time, content=pdf, nonce="nonce-of-case-17-a", customer="c-1")
    with client(Desk(decided(one), one.exhibits(), view, picture)) as browser:
        browser.headers["accept-language"] = language
        answer = browser.get(f"{BASE}/decisions/i-1")
        assert answer.status_code == 200, answer.text
        Page(answer.text)
        assert say("phones.pdf.level.high", language) in answer.text
        assert "the customer" in answer.text
        assert browser.get(f"{BASE}/pictures/page-1/i-1").headers["content-type"] == "image/png"
        assert browser.get(f"{BASE}/pictures/page-9/i-1").status_code == 404


def test_bars_lie_within_their_lane_however_odd_the_times() -> None:
    odd = tuple(Event(time, "message", "x", "s") for time in (1, SENT, SENT + 10**17, 2**62, -5, 0))
    shown = view(decided(image()), image(events=odd).exhibits())
    for lane in shown["lanes"]:
        assert all(-0.01 <= bar["x"] <= 100 and bar["w"] > 0 for bar in lane["bars"])
    assert view(decided(image()), [Enclosed(name="x", content=b"")]) == {"kept": False}
    msgspec.msgpack.encode(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_event_has_a_name(language: str) -> None:
    for kind in KINDS:
        assert say(f"phones.event.{kind}", language) != f"phones.event.{kind}"


def test_check_says_first_what_it_comes_to_in_plain_words(tmp_path: Path) -> None:
    made = life(4)
    made.infect(made.end - 20 * 86_400)
    engine = Engine(rooms=[KIND])
    (item,) = check_path(write(made, tmp_path / "b") / "Manifest.db", engine).items
    assert item.summary[0].code == "phones.pdf.level.suspicious"
    assert item.summary[2].code == "phones.coincidence"  # what was found stands before what could not be read
    assert any(sentence.values.get("reviewed") == REVIEWED for sentence in item.summary)
    for language in LANGUAGES:
        for sentence in item.summary:
            told = say(sentence.code, language, **sentence.values)
            assert told != sentence.code
            assert "{" not in told
    assert summary(phone(problem="locked"), ())[0].code == "phones.pdf.level.unknown"
    assert summary(phone(), ())[0].code == "phones.pdf.level.none"


def test_an_archive_that_names_nobody_can_still_be_examined(tmp_path: Path) -> None:
    (tmp_path / "in.tar.gz").write_bytes(sysdiagnose.write(life(5)))
    told = redact(tmp_path / "in.tar.gz", tmp_path / "out.tar.gz")
    assert told["files"] > 3
    engine = Engine(rooms=[KIND])
    before, after = (check_path(tmp_path / name, engine) for name in ("in.tar.gz", "out.tar.gz"))
    assert (after.kind, after.evidence, after.problem) == ("phones", 1, "")
    assert set(after.counts) <= set(before.counts) | {"phones.gap"}
    assert {"phones.trace", "phones.odd-place"}.isdisjoint(set(after.counts) - set(before.counts))


CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@contextmanager
def served(world: World) -> Iterator[str]:
    import socket
    import time

    import uvicorn
    from fastapi import FastAPI

    from assay.console.router import router
    from tests.console.world import Door

    app = FastAPI(docs_url=None)
    app.include_router(router(world, Door("analyst")))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def press(browser: Any, selector: str) -> None:
    element = browser.find_element("css selector", selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


@pytest.mark.browser
@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Chromium (apt-get install chromium chromium-driver)")
@pytest.mark.parametrize("script", [True, False])
def test_lanes_follow_their_inputs(tmp_path: Path, script: bool) -> None:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path}",
    ):
        options.add_argument(flag)
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    one = image()
    with served(Desk(decided(one), one.exhibits(), view, picture)) as address:
        browser = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        try:
            browser.get(address + "/login")
            browser.add_cookie({"name": "assay_session", "value": "good"})
            for wide in (1280, 390):
                browser.set_window_size(wide, 1600)
                browser.get(f"{address}{BASE}/decisions/i-1")
                assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
                lanes = browser.find_element("css selector", ".day-wide")
                before = lanes.size["width"]
                press(browser, "input.z16")
                assert 15 < lanes.size["width"] / before < 17
                first = browser.find_element("css selector", ".day-lane.l1")
                assert first.is_displayed()
                press(browser, "input.c1")
                assert not first.is_displayed()
                ticks = [t.is_displayed() for t in browser.find_elements("css selector", ".day-ticks")]
                assert ticks == [False, False, True, False]
        finally:
            browser.quit()
