"""The pages over a made-up bank: complete, in both languages, safe against what evidence may hold, and open to no one else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import assay.console
from assay.console.render import BASE, HEADERS
from assay.console.router import router
from assay.console.source import Query
from assay.core.entity import Entity
from assay.core.kind import kinds
from assay.core.words import LANGUAGES, catalogue
from tests.console.world import Door, World

BLOCKED = next(d for d in reversed(World(until=10**15).made) if d.outcome == "block")
PAGES = (
    BASE, f"{BASE}?outcome=block&outcome=review&q=pay&kind=payment&p=1", f"{BASE}/decisions/{BLOCKED.id}", f"{BASE}/entities",
    f"{BASE}/entities/customer/C-20417", f"{BASE}/models", f"{BASE}/models/payments.model", f"{BASE}/models/payments.checks",
    f"{BASE}/policy", f"{BASE}/check", "/login",
)  # fmt: skip
VOID = {"meta", "link", "input", "br", "img", "hr"}


def client(world: World | None = None, role: str = "analyst", signed_in: bool = True) -> TestClient:
    app = FastAPI(docs_url=None)
    app.include_router(router(world or World(), Door(role)))
    browser = TestClient(app, follow_redirects=False)
    if signed_in:
        browser.cookies.set("assay_session", "good")
    return browser


@pytest.fixture(scope="module")
def analyst() -> Iterator[TestClient]:
    with client() as browser:
        yield browser


class Page(HTMLParser):
    """What a test asks of a page: its elements, whether every one is closed, and the text a person reads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        assert not self.stack, f"left open: {self.stack}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_whole_in_every_language(analyst: TestClient, address: str, language: str) -> None:
    answer = analyst.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.all("html")[0]["lang"] == {"en": "en", "zh": "zh-Hans"}[language]
    assert len(page.all("h1")) == 1
    missing = re.findall(r"\bconsole\.[a-z][\w.-]+", " ".join(page.text))
    assert not missing, "words that the catalogue lacks"


@pytest.mark.parametrize("address", PAGES)
def test_a_page_loads_and_runs_nothing_but_our_own_files(analyst: TestClient, address: str) -> None:
    answer = analyst.get(address)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    page = Page(answer.text)
    for tag, attributes in page.elements:
        assert tag != "style"
        assert not any(name == "style" or name.startswith("on") for name in attributes), (tag, attributes)
        for name in ("src", "href", "action"):
            target = attributes.get(name) or "/"
            assert re.match(r"[/?#]", target), f"{tag} leads away: {target}"
            assert not target.startswith("//")
    assert all((s.get("src") or "").startswith("/static/") for s in page.all("script"))


@pytest.mark.parametrize("address", PAGES)
def test_every_field_has_a_name_to_read_out_and_every_picture_a_description(analyst: TestClient, address: str) -> None:
    html = analyst.get(address).text
    page = Page(html)
    for picture in page.all("svg"):
        assert picture.get("aria-hidden") == "true" or picture.get("aria-label")
    for tag in ("input", "select"):
        fields = [f for f in page.all(tag) if f.get("type") != "hidden"]
        assert len(fields) == len(
            re.findall(rf"<label[^>]*>(?:(?!</label>).)*<{tag}\b(?![^>]*type=.hidden)", html, re.S)
        )
    identifiers = [a["id"] for _, a in page.elements if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    for button in page.all("button"):
        assert button.get("type") in (None, "submit", "button")


def test_every_word_a_template_asks_for_is_in_every_language() -> None:
    folder = Path(assay.console.__file__).parent / "templates"
    pages = [room.page for room in kinds().values() if room.page]
    rooms = [page for path in pages for page in (sorted(path.glob("*.html")) if path.is_dir() else [path])]
    asked: set[str] = set()
    for path in [*folder.glob("*.html"), *rooms]:
        text = path.read_text("utf-8")
        asked |= {f"console.{key}" for key in re.findall(r"\bt\('([\w.-]+)'[,)]", text)}
        asked |= set(re.findall(r"\b(?:say|tell)\('([\w.-]+)'[,)]", text))
    assert len(asked) > 100
    for language in LANGUAGES:
        assert not sorted(asked - catalogue(language).keys())


def test_a_decision_says_what_happened_why_and_what_is_unusual(analyst: TestClient) -> None:
    text = " ".join(" ".join(Page(analyst.get(f"{BASE}/decisions/{BLOCKED.id}").text).text).split())
    assert "Blocked" in text
    assert f"{BLOCKED.evidence['amount']:,.2f}" in text
    assert all(reason.code in text for reason in BLOCKED.reasons)
    assert all(finding.detector in text for finding in BLOCKED.findings)
    assert all(version[:8] in text for version in BLOCKED.models.values())
    assert "customer_amount_ratio_30d" in text


def test_the_json_on_a_decisions_page_is_the_decision() -> None:
    world = World(until=10**15)
    with client(world) as browser:
        html = browser.get(f"{BASE}/decisions/{BLOCKED.id}").text
    page = Page(html)
    shown = next(t for t in page.text if t.lstrip().startswith("{"))
    assert msgspec.json.decode(shown) == msgspec.json.decode(msgspec.json.encode(world.decision(BLOCKED.id)))


def test_what_evidence_holds_cannot_become_markup() -> None:
    hostile = '<script>alert("x")</script>'
    world = World()
    entity = Entity("payee", hostile)
    evidence = BLOCKED.evidence | {"payee": hostile, "payee_name": hostile, "channel": hostile, "extra.<b>": hostile}
    made = msgspec.structs.replace(BLOCKED, id=hostile, evidence=evidence, entities=(entity,), rule=hostile, seq=10**6)
    world.made.append(made)
    with client(world) as browser:
        for address in (BASE, f"{BASE}/decisions/{quote(hostile, safe='')}", f"{BASE}/entities/payee/{quote(hostile, safe='')}",
                        f"{BASE}/entities?q={quote(hostile)}", f"{BASE}?q={quote(hostile)}", f"{BASE}/models/{quote(hostile, safe='')}"):  # fmt: skip
            html = browser.get(address).text
            assert "<script>alert" not in html
            Page(html)


def test_the_filters_are_handed_to_the_source_and_stay_in_the_form() -> None:
    asked: list[Query] = []

    class Listening(World):
        def decisions(self, query: Query):  # type: ignore[no-untyped-def]
            asked.append(query)
            return super().decisions(query)

    with client(Listening()) as browser:
        page = Page(
            browser.get(f"{BASE}?outcome=block&kind=payment&q=pay-0001&p=12.5&entity=customer:C-20417&before=9").text
        )
    assert asked == [
        Query(outcomes=frozenset({"block"}), kind="payment", text="pay-0001", at_least=0.125, before=9,
              entity=Entity("customer", "C-20417"))
    ]  # fmt: skip
    checked = [f["value"] for f in page.all("input") if "checked" in f]
    assert checked == ["block"]


def test_older_pages_follow_each_other_without_gap_or_repeat(analyst: TestClient) -> None:
    seen: list[str] = []
    address = BASE
    for _ in range(3):
        page = Page(analyst.get(address).text)
        seen += [a["data-row"] or "" for _, a in page.elements if "data-row" in a]
        address = BASE + next(a["href"] or "" for a in page.all("a") if a.get("rel") == "next")
    assert len(seen) == len(set(seen)) == 150


def test_a_fragment_is_the_feed_without_the_page_around_it(analyst: TestClient) -> None:
    part = analyst.get(f"{BASE}?fragment=1").text
    assert "<html" not in part
    assert part.count("data-row") == 50
    assert "fragment=" not in part


@pytest.mark.parametrize("query", ["outcome=maybe", "p=much", "before=x"])
def test_a_filter_that_makes_no_sense_is_an_error_page(analyst: TestClient, query: str) -> None:
    answer = analyst.get(f"{BASE}?{query}")
    assert answer.status_code == 422
    assert Page(answer.text).all("h1")


@pytest.mark.parametrize("address", [a for a in PAGES if a != "/login"])
def test_nobody_sees_a_page_without_signing_in_and_comes_back_to_it_after(address: str) -> None:
    with client(signed_in=False) as browser:
        turned = browser.get(address)
        assert (turned.status_code, turned.headers["location"]) == (303, f"/login?next={quote(address)}")
        form = Page(browser.get(turned.headers["location"]).text)
        back = next(f["value"] for f in form.all("input") if f.get("name") == "next")
        answer = browser.post("/login", data={"key": "secret", "next": back})
    assert (answer.status_code, answer.headers["location"]) == (303, address)


def test_a_wrong_key_is_refused_and_says_so() -> None:
    with client(signed_in=False) as browser:
        answer = browser.post("/login", data={"key": "guess"})
    assert answer.status_code == 401
    assert "assay_session" not in answer.cookies
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "away", ["https://evil.example", "//evil.example", "/\\evil.example", "/console\\..", "javascript:alert(1)", ""]
)
def test_signing_in_never_leads_to_another_site(away: str) -> None:
    with client(signed_in=False) as browser:
        assert browser.post("/login", data={"key": "secret", "next": away}).headers["location"] == BASE


def test_signing_out_needs_the_sessions_own_form(analyst: TestClient) -> None:
    assert "set-cookie" not in analyst.post("/logout", data={"csrf": "forged"}).headers
    assert "set-cookie" in analyst.post("/logout", data={"csrf": "token-of-this-session"}).headers
    analyst.cookies.set("assay_session", "good")


def label(browser: TestClient, **changes: str) -> int:
    form = {"evidence": BLOCKED.id, "truth": "fraud", "note": "called the customer", "csrf": "token-of-this-session"}
    return browser.post(f"{BASE}/labels", data=form | changes).status_code


def test_a_label_is_recorded_with_who_gave_it_and_shown() -> None:
    world = World()
    world.given.clear()
    with client(world) as browser:
        assert label(browser) == 303
        text = browser.get(f"{BASE}/decisions/{BLOCKED.id}?labelled=fraud").text
    (given,) = world.given[BLOCKED.id]
    assert (given.truth, given.source, given.note) == ("fraud", "Lin Wei", "called the customer")
    assert "called the customer" in text
    assert 'role="status"' in text


def test_a_label_needs_the_role_the_csrf_token_a_truth_and_evidence_that_exists() -> None:
    world = World()
    world.given.clear()
    with client(world) as browser:
        assert label(browser, csrf="forged") == 403
        assert label(browser, truth="maybe") == 422
        assert label(browser, evidence="nobody") == 404
    with client(world, role="auditor") as browser:
        assert label(browser) == 403
        assert 'name="truth"' not in browser.get(f"{BASE}/decisions/{BLOCKED.id}").text
    with client(world, signed_in=False) as browser:
        assert label(browser) == 303
    assert not world.given


@pytest.mark.parametrize(
    "address",
    [f"{BASE}/decisions/nothing", f"{BASE}/entities/card/nothing", f"{BASE}/models/nothing", f"{BASE}/nothing"],
)
def test_what_is_not_there_is_a_page_that_says_so(analyst: TestClient, address: str) -> None:
    answer = analyst.get(address)
    assert answer.status_code == 404
    assert "nothing" in answer.text
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


def test_language_and_theme_are_chosen_once_and_remembered(analyst: TestClient) -> None:
    chosen = analyst.get(f"{BASE}/policy?lang=zh&theme=dark")
    assert chosen.cookies["assay_lang"] == "zh"
    assert chosen.cookies["assay_theme"] == "dark"
    page = Page(analyst.get(f"{BASE}/policy", headers={"Accept-Language": "en"}).text)
    assert page.all("html")[0] == {"lang": "zh-Hans", "data-theme": "dark"}
    analyst.cookies.delete("assay_lang")
    analyst.cookies.delete("assay_theme")


def test_our_own_files_may_be_kept_for_ever_since_their_address_changes_with_them(analyst: TestClient) -> None:
    page = Page(analyst.get(BASE).text)
    for address in [page.all("script")[0]["src"], *(link["href"] for link in page.all("link"))]:
        assert address is not None
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
        answer = analyst.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert analyst.get("/static/..%2frouter.py").status_code == 404


def test_the_script_is_small_and_asks_nobody_else() -> None:
    script = (Path(assay.console.__file__).parent / "static" / "assay.js").read_text("utf-8")
    assert len(script.splitlines()) <= 300
    assert not re.search(r"https?:|import\s|eval\(|innerHTML", script)


def test_a_mistake_of_ours_is_a_page_too_and_tells_nothing_of_the_inside() -> None:
    class Broken(World):
        def search(self, text: str, limit: int):  # type: ignore[no-untyped-def]
            raise KeyError("inner-secret")

    with client(Broken()) as browser:
        answer = browser.get(f"{BASE}/entities")
    assert answer.status_code == 500
    assert Page(answer.text).all("h1")
    assert "inner-secret" not in answer.text


def test_a_card_number_is_searched_for_by_its_token_and_stays_in_no_address(analyst: TestClient) -> None:
    form = {"q": " 4111111111111111 ", "csrf": "token-of-this-session"}
    assert analyst.post(f"{BASE}/entities", data=form).headers["location"] == f"{BASE}/entities?q=tok_4f204179b1c"
    assert (
        analyst.get(f"{BASE}?q=4111111111111111&outcome=block")
        .headers["location"]
        .endswith("outcome=block&q=tok_4f204179b1c")
    )
    assert analyst.post(f"{BASE}/entities", data=form | {"csrf": "forged"}).status_code == 403


def test_a_decision_for_what_is_at_stake_says_so_and_not_that_nothing_was_found() -> None:
    world = World()
    world.made.append(
        msgspec.structs.replace(BLOCKED, id="stake", outcome="review", rule="", reasons=(), findings=(), seq=10**6)
    )
    with client(world) as browser:
        assert "expected to cost less than letting it through" in browser.get(f"{BASE}/decisions/stake").text
        assert "For what is at stake" in browser.get(BASE).text
