"""The page in a real Chromium with a camera that is a file: it runs to its end, what it captured is judged, a recording is found
out whatever it shows, and an answer counts once. The camera's file is a painted head, made here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from assay.core.clock import iso
from assay.kinds.identity.bundle import unpacked
from assay.kinds.identity.challenge.plan import draw
from assay.kinds.identity.simulated.portrait import frames
from tests.kinds.identity.world import serving
from tests.service.running import Running

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Chromium (apt-get install chromium chromium-driver)"),
]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
]  # fmt: skip
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("identity")) as service:
        yield service


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a head that turns left and looks up, over and over, as a film of JPEGs."""
    path = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    film = frames(draw("another", 0), [("turn-left", 0.5), ("look-up", 2.8)], light=0.0, until=5.0, every=0.1)
    path.write_bytes(b"".join(frame.image for frame in film))
    return path


@contextmanager
def chromium(folder: Path, *more: str) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, *more, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True})
    browser = webdriver.Chrome(
        options=options, service=Service(str(DRIVER), env=os.environ | {"NO_PROXY": "127.0.0.1"})
    )
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture(scope="module")
def person(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser whose camera is the recording, and who lets every page have it."""
    film = f"--use-file-for-fake-video-capture={recording}"
    with chromium(tmp_path_factory.mktemp("chromium"), "--use-fake-ui-for-media-stream", film) as browser:
        yield browser


def wait(browser: Any, condition: Callable[[], Any], seconds: float = 60) -> Any:
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, seconds, 0.1).until(lambda _: condition())


def state(browser: Any) -> str:
    return str(browser.execute_script("return document.body.dataset.state"))


def link(service: Running, **asked: Any) -> dict[str, Any]:
    return dict(service.client.post("/v1/verifications", json={"customer": "c-1"} | asked).json())


def visit(
    browser: Any, service: Running, made: dict[str, Any], *, width: int = 390, dark: bool = False, query: str = ""
) -> None:
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    browser.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": PERSON})
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(f"{service.address}{made['path']}{query}")


def test_a_recording_runs_to_the_end_and_is_found_out(person: Any, service: Running) -> None:
    made = link(service)
    visit(person, service, made)
    person.execute_script(
        "window.asked = []; new MutationObserver(() => window.asked.push(document.getElementById('asked').textContent)).observe(document.getElementById('asked'), {childList: true})"
    )
    colours = "window.shown = []; new MutationObserver(() => window.shown.push(document.getElementById('screen').style.backgroundColor)).observe(document.getElementById('screen'), {attributes: true})"
    person.execute_script(colours)
    person.find_element("id", "start").click()
    wait(person, lambda: state(person) in ("received", "again"))
    told = service.client.get(f"/v1/verifications/{made['id']}").json()
    assert told["outcome"] in ("review", "challenge")
    decision = service.client.get(f"/v1/decisions/{told['answers'][0]}").json()
    found = {finding["detector"]: finding for finding in decision["findings"]}
    codes = {
        reason["code"].removeprefix("identity.") for finding in decision["findings"] for reason in finding["reasons"]
    }
    assert found["identity.injection"]["severity"] == "high", "its camera is a program, and says so"
    assert codes >= {"virtual-camera", "frames-looped"}, "and the same noise comes again"
    if "faces-unavailable" not in codes:
        assert found["identity.answer"]["verdict"] in ("suspicious", "inconclusive")
        assert codes & {"step-missed", "step-wrong", "step-early"}, "another order than was asked"
        assert "flash-answered" not in codes, "no light of the screen falls on a recording"
    # What the page did: every prompt of the plan in its order, every colour, frames at about ten a second, no word to elsewhere.
    bundle = service.client.get(f"/v1/decisions/{told['answers'][0]}/exhibits/1").content
    check = unpacked(bundle)
    assert check.plan is not None
    assert [p.name for p in check.prompts] == [*check.plan.actions, *check.plan.flashes, "end"]
    assert 60 <= len(check.frames) <= 240
    assert len(check.selfie) > 1000
    assert check.camera is not None
    assert check.camera.settings
    assert len([c for c in person.execute_script("return window.shown") if c]) >= len(check.plan.flashes)
    assert person.find_elements("css selector", "video")[0].get_property("srcObject") is None, "the camera is off"
    assert [entry["message"] for entry in person.get_log("browser")] == []
    messages = [msgspec.json.decode(entry["message"])["message"] for entry in person.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert asked
    assert all(url.startswith((service.address, "data:", "blob:")) for url in asked), asked
    # The same answer again, under the same link and past it, is an answer used again.
    body = {
        k: v
        for k, v in msgspec.to_builtins(check).items()
        if k in ("challenge", "prompts", "frames", "camera", "selfie")
    }
    with httpx.Client(base_url=service.address, timeout=120) as guest:
        assert guest.post(f"{made['path']}/answer", json=body).status_code == 409
        other = link(service)
        guest.post(f"{other['path']}/begin", json={})
        assert guest.post(f"{other['path']}/answer", json=body).status_code == 200
    again = service.client.get(f"/v1/decisions/{other['id']}-1").json()
    replayed = {r["code"] for f in again["findings"] if f["detector"] == "identity.challenge" for r in f["reasons"]}
    assert replayed == {"identity.challenge-replayed", "identity.challenge-elsewhere"}
    assert again["outcome"] == "review"
    stale = {"kind": "identity-check", "id": "stale", "time": iso(check.plan.expires + 10**6), **body}
    said = service.client.post("/v1/assess", json=stale).json()
    assert "identity.challenge-stale" in {reason["code"] for reason in said["reasons"]}
    assert said["outcome"] == "review"


def test_without_colours_one_more_movement_is_asked(person: Any, service: Running) -> None:
    made = link(service)
    visit(person, service, made, query="?lang=zh")
    person.find_element("id", "gentle").click()
    person.find_element("id", "start").click()
    wait(person, lambda: state(person) in ("received", "again"))
    told = service.client.get(f"/v1/verifications/{made['id']}").json()
    check = unpacked(service.client.get(f"/v1/decisions/{told['answers'][0]}/exhibits/1").content)
    assert [p.name for p in check.prompts] == list(check.plan.actions)  # type: ignore[union-attr]
    assert len(check.prompts) == 4


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_every_word_can_be_read(person: Any, service: Running, width: int, dark: bool) -> None:
    for language in ("en", "zh"):
        visit(person, service, link(service, ask_document=True), width=width, dark=dark, query=f"?lang={language}")
        wide, shown = person.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= shown <= width
        ground = person.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 150) == dark
        small = person.execute_script(
            "return [...document.querySelectorAll('button, summary, input')].filter(e => e.offsetParent)"
            ".map(e => (e.type === 'checkbox' ? e.parentElement : e).getBoundingClientRect()).filter(r => r.height < 24).length"
        )
        assert small == 0
        person.find_element("id", "start").click()
        assert state(person) == "document-missing", "the document is asked for before the camera"


def test_it_can_be_stopped_and_begun_again_by_keyboard(person: Any, service: Running) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    visit(person, service, link(service))
    person.execute_script("document.getElementById('start').focus()")
    ActionChains(person).send_keys(Keys.ENTER).perform()
    wait(person, lambda: not person.find_element("id", "live").get_property("hidden"))
    person.execute_script("document.getElementById('stop').focus()")
    ActionChains(person).send_keys(Keys.SPACE).perform()
    wait(person, lambda: state(person) == "stopped", 20)
    assert person.execute_script("return document.activeElement.id") == "told-title"
    person.find_element("id", "again").click()
    assert person.execute_script("return document.activeElement.id") == "intro-title"


def test_a_used_or_unknown_link_says_so(person: Any, service: Running) -> None:
    for path in ("/verify/nothing", "/verify/v-aaaaaaaaaaaaaaaa." + "b" * 43):
        visit(person, service, {"path": path})
        assert person.find_elements("id", "start") == []
        assert person.find_element("css selector", "h1").text


def test_a_refused_camera_is_told_and_nothing_is_begun(service: Running, tmp_path: Path) -> None:
    with chromium(tmp_path / "chromium", "--deny-permission-prompts") as browser:
        made = link(service)
        visit(browser, service, made)
        browser.find_element("id", "start").click()
        wait(browser, lambda: state(browser) in ("refused", "no-camera"), 20)
        assert browser.find_element("id", "told-title").text
        assert service.client.get(f"/v1/verifications/{made['id']}").json()["state"] == "open"
