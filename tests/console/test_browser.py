"""The console in a real Chromium: keys, the live feed, themes, narrow screens; and a clean log throughout."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from assay.console import lists
from assay.console.render import BASE
from assay.console.router import router
from assay.console.source import Person
from assay.core.clock import now
from assay.lists import Told
from tests.console.world import Door, World

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Chromium (apt-get install chromium chromium-driver)"),
]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
]  # fmt: skip
PATHS = [
    "",
    "/decisions/{id}",
    "/entities",
    "/entities/customer/C-20417",
    "/models",
    "/models/payments.model",
    "/policy",
]


class Keeper:
    """One empty list, and what was put on it."""

    def __init__(self) -> None:
        self.added: list[str] = []

    def told(self) -> list[Told]:
        return [Told(room="payments", list="blocked_merchants", policy="cards")]

    def add(self, person: Person, room: str, name: str, value: str, why: str, expires: str) -> None:
        self.added.append(f"{name} {value} {why} {expires}")

    def remove(self, person: Person, room: str, name: str, value: str, why: str) -> None:
        raise AssertionError("nothing is taken off")


class Bank:
    """The made-up bank behind a real server; `decide` adds a decision and tells the live feed."""

    def __init__(self) -> None:
        self.world, self.news = World(), asyncio.Event()
        app = FastAPI(docs_url=None)
        self.keeper = Keeper()
        app.include_router(lists.router(self.keeper, Door("engineer")))
        app.include_router(router(self.world, Door()))
        app.get("/v1/live")(self.live)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_level="warning", timeout_graceful_shutdown=1)
        )
        self.loop: asyncio.AbstractEventLoop | None = None

    async def live(self) -> StreamingResponse:
        self.loop = asyncio.get_running_loop()

        async def events() -> Any:
            yield "retry: 500\n\n"
            while not self.server.should_exit:
                await self.news.wait()
                self.news.clear()
                yield "event: decision\ndata: {}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    def decide(self, id_: str, outcome: str = "block") -> None:
        last = self.world.made[-1]
        self.world.made.append(
            msgspec.structs.replace(last, id=id_, outcome=outcome, seq=10**6, time=now(), decided=now())
        )
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.news.set)


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    bank = Bank()
    thread = threading.Thread(target=bank.server.run, daemon=True)
    thread.start()
    while not bank.server.started:
        time.sleep(0.02)
    yield bank
    bank.server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def chromium(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True})
    browser = webdriver.Chrome(
        options=options, service=Service(str(DRIVER), env=os.environ | {"NO_PROXY": "127.0.0.1"})
    )
    yield browser
    browser.quit()


@pytest.fixture
def visit(bank: Bank, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page, signed in, at a width; afterwards nothing may have gone wrong or left for another site."""

    def go(path: str = "", *, width: int = 1280, dark: bool = False) -> Any:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        chromium.get(f"http://127.0.0.1:{bank.port}/static/mark.svg")
        chromium.delete_all_cookies()
        chromium.add_cookie({"name": "assay_session", "value": "good"})
        chromium.get_log("performance")
        chromium.get_log("browser")
        chromium.get(f"http://127.0.0.1:{bank.port}{BASE}{path}")
        return chromium

    yield go
    assert [entry["message"] for entry in chromium.get_log("browser")] == []
    messages = [msgspec.json.decode(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert all(url.startswith((f"http://127.0.0.1:{bank.port}/", "data:")) for url in asked), asked


def press(browser: Any, keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(keys).perform()


def wait(browser: Any, condition: Callable[[], Any], seconds: float = 8) -> Any:
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, seconds, 0.05, [StaleElementReferenceException]).until(lambda _: condition())


def focused(browser: Any) -> str | None:
    return browser.execute_script("return document.activeElement.closest('[data-row]')?.dataset.row ?? null")


def rows(browser: Any) -> list[str]:
    return browser.execute_script("return [...document.querySelectorAll('[data-row]')].map(r => r.dataset.row)")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_needs_sideways_scrolling(visit: Callable[..., Any], bank: Bank, width: int, dark: bool) -> None:
    stopped = next(d.id for d in reversed(bank.world.made) if d.outcome == "block")
    for path in PATHS:
        browser = visit(path.format(id=stopped), width=width, dark=dark)
        wide, shown = browser.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= shown <= width, path
        ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 150) == dark


def test_everything_that_can_be_pressed_on_a_phone_is_large_enough(visit: Callable[..., Any]) -> None:
    browser = visit(width=390)
    small = browser.execute_script(
        "return [...document.querySelectorAll('.pages a, .tool, .button, .pill, .row')].filter(e => e.offsetParent)"
        ".map(e => e.getBoundingClientRect()).filter(r => r.height < 24 || r.width < 24).length"
    )
    assert small == 0  # WCAG 2.2, 2.5.8: 24 by 24 CSS pixels


def test_j_and_k_move_enter_opens_and_back_returns(visit: Callable[..., Any]) -> None:
    browser = visit()
    listed = rows(browser)
    press(browser, "jjj")
    assert focused(browser) == listed[2]
    press(browser, "k")
    assert focused(browser) == listed[1]
    press(browser, "\ue007")
    wait(browser, lambda: browser.current_url.endswith(f"/decisions/{listed[1]}"))


@pytest.mark.parametrize(("key", "path"), [("e", "/entities"), ("m", "/models"), ("p", "/policy"), ("f", "")])
def test_g_and_a_letter_go_to_a_page(visit: Callable[..., Any], key: str, path: str) -> None:
    browser = visit("/policy" if key != "p" else "")
    press(browser, "g" + key)
    wait(browser, lambda: browser.current_url.endswith(BASE + path))


def test_slash_searches_and_keys_typed_there_are_text(visit: Callable[..., Any]) -> None:
    browser = visit()
    press(browser, "/")
    press(browser, "jt?g")
    field = browser.switch_to.active_element
    assert (field.get_attribute("name"), field.get_attribute("value")) == ("q", "jt?g")
    press(browser, "\ue00c")
    assert browser.execute_script("return document.activeElement === document.body")


def test_what_changes_something_is_sent_when_it_is_said_and_not_when_a_field_is_left(
    visit: Callable[..., Any], bank: Bank
) -> None:
    browser = visit("/lists")
    browser.find_element("name", "value").click()
    press(browser, "m-7\tchargebacks\t")
    assert browser.switch_to.active_element.get_attribute("name") == "expires"
    press(browser, "\ue015")  # down: another term
    time.sleep(0.3)
    assert bank.keeper.added == []
    press(browser, "\t\ue007")
    wait(browser, lambda: browser.current_url.endswith("done=added"))
    assert bank.keeper.added == ["blocked_merchants m-7 chargebacks 90d"]


def test_the_help_opens_by_question_mark_and_closes_by_escape(visit: Callable[..., Any]) -> None:
    browser = visit("/models")
    press(browser, "?")
    assert browser.execute_script("return document.querySelector('#help').open")
    press(browser, "\ue00c")
    assert not browser.execute_script("return document.querySelector('#help').open")


def test_t_turns_the_theme_at_once_and_the_next_page_remembers(visit: Callable[..., Any], bank: Bank) -> None:
    browser = visit(dark=False)
    press(browser, "t")
    assert browser.execute_script("return document.documentElement.dataset.theme") == "dark"
    browser.get(f"http://127.0.0.1:{bank.port}{BASE}/policy")
    assert browser.execute_script("return document.documentElement.dataset.theme") == "dark"


def test_a_filter_applies_when_it_changes_and_the_address_keeps_only_what_is_set(visit: Callable[..., Any]) -> None:
    browser = visit()
    browser.execute_script("document.querySelector('input[value=block]').click()")
    wait(browser, lambda: "outcome=block" in browser.current_url)
    assert browser.current_url.endswith("?outcome=block")
    outcomes = browser.execute_script(
        "return [...new Set([...document.querySelectorAll('.row')].map(r => r.className))]"
    )
    assert outcomes == ["row o-block"]


def test_a_new_decision_appears_by_itself_where_the_filters_let_it_through(
    visit: Callable[..., Any], bank: Bank
) -> None:
    browser = visit("?outcome=block")
    wait(browser, lambda: browser.execute_script("return document.querySelector('[data-live]').dataset.state") == "on")
    bank.decide("live-allowed", "allow")
    bank.decide("live-blocked")
    wait(browser, lambda: "live-blocked" in rows(browser))
    assert "live-allowed" not in rows(browser)


def test_the_selected_row_stays_selected_while_the_feed_moves(visit: Callable[..., Any], bank: Bank) -> None:
    browser = visit()
    wait(browser, lambda: browser.execute_script("return document.querySelector('[data-live]').dataset.state") == "on")
    press(browser, "jj")
    chosen = focused(browser)
    bank.decide("live-moving")
    wait(browser, lambda: "live-moving" in rows(browser))
    assert focused(browser) == chosen


def test_l_pauses_the_feed_and_takes_it_up_again(visit: Callable[..., Any], bank: Bank) -> None:
    browser = visit()
    button = browser.find_element("css selector", "[data-live]")
    wait(browser, lambda: button.get_attribute("data-state") == "on")
    press(browser, "l")
    assert (button.get_attribute("data-state"), button.get_attribute("aria-pressed")) == ("off", "false")
    bank.decide("live-paused")
    time.sleep(1.5)
    assert "live-paused" not in rows(browser)
    press(browser, "l")
    wait(browser, lambda: "live-paused" in rows(browser))


def test_a_label_is_given_by_hand_and_shown(visit: Callable[..., Any], bank: Bank) -> None:
    stopped = next(d.id for d in reversed(bank.world.made) if d.outcome == "review" and d.id not in bank.world.given)
    browser = visit(f"/decisions/{stopped}")
    browser.execute_script("document.querySelector('input[name=truth][value=genuine]').click()")
    browser.find_element("name", "note").send_keys("the customer confirmed it")
    browser.find_element("css selector", ".label-form .button").click()
    wait(browser, lambda: browser.find_elements("css selector", ".done"))
    assert "the customer confirmed it" in browser.find_element("id", "labels").text


def test_everything_works_without_the_script(visit: Callable[..., Any], chromium: Any) -> None:
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser = visit()
        browser.find_element("css selector", ".pill input[value=review]").click()
        browser.find_element("css selector", ".filters .button").click()
        wait(browser, lambda: "outcome=review" in browser.current_url)
        browser.find_element("css selector", ".row .go").click()
        wait(browser, lambda: "/decisions/" in browser.current_url)
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_first_view_is_mostly_decisions(visit: Callable[..., Any]) -> None:
    """The first view of the feed holds rows, not only furniture, at both widths."""
    for width, least in ((1280, 10), (390, 4)):
        browser = visit(width=width)
        seen = browser.execute_script(
            "return [...document.querySelectorAll('.row')].filter(r => r.getBoundingClientRect().bottom < innerHeight).length"
        )
        assert seen >= least
