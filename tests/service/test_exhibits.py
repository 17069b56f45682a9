"""Kept files over HTTP and in the console: for those who may, each look on record, and nothing but pictures as pictures."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assay.ledger import exhibits
from assay.ledger.exhibits import ExhibitStore
from assay.ledger.reader import SqliteReader
from tests.engine.test_parts import CHANGED, holding
from tests.engine.world import TYPES, open_engine

from .running import Running, running
from .test_heavy import body, heavy_engine


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("exhibits")
    engine = heavy_engine(folder)
    with running(folder, engine=engine) as service:
        yield service
    engine.examiner.close()  # type: ignore[union-attr]


@pytest.fixture
def browser(service: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address, timeout=60) as browser:
        assert browser.post("/login", data={"key": service.tokens["analyst"]}).status_code == 303
        yield browser


def hand_in(service: Running, id_: str, content: bytes = CHANGED) -> None:
    assert service.client.post("/v1/assess", json=body(id_, content, name="way <b>.txt")).status_code == 200


def looks(service: Running, id_: str) -> list[str]:
    found = service.engine.ledger.audit(limit=500)
    return [a.audit.actor for a in found if a.audit.action == exhibits.SEEN and a.audit.about["evidence"] == id_]


def test_the_file_comes_back_and_the_look_is_on_record(service: Running) -> None:
    hand_in(service, "d/1")
    for _ in range(2):
        got = service.client.get("/v1/decisions/d/1/exhibits/1", headers=service.as_role("analyst"))
        assert got.content == CHANGED
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert len(looks(service, "d/1")) == 1
    for role, status in (("integrator", 403), ("auditor", 200)):
        found = service.client.get("/v1/decisions/d/1/exhibits/1", headers=service.as_role(role))
        assert found.status_code == status
    for number in ("2", "0", "x"):
        assert service.client.get(f"/v1/decisions/d/1/exhibits/{number}").status_code in (404, 422)


def test_the_decision_s_page_shows_the_picture_with_its_boxes(service: Running, browser: httpx.Client) -> None:
    hand_in(service, "page", CHANGED + b"holds inner.txt\nnothing that anybody reads")
    page = browser.get("/console/decisions/page")
    assert page.status_code == 200
    assert "A waybill of 3 lines." in page.text
    assert page.text.count('class="box"') == 1
    assert "The waybill says 3 kg and the scale said 9 kg." in page.text
    assert "way &lt;b&gt;.txt" in page.text
    src = re.search(r'<image href="([^"]+)"', page.text)
    assert src
    picture = browser.get(src[1])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["content-security-policy"] == "default-src 'none'"
    assert looks(service, "page"), "looking at the page is a look at the file"
    assert browser.get("/console/pictures/page-9/page").status_code == 404
    assert httpx.get(service.address + src[1]).status_code == 303, "pictures need a session"


def test_what_is_no_picture_is_not_served_as_one(service: Running, browser: httpx.Client) -> None:
    from assay_parcels import KIND

    from assay.core.kind import kinds

    hand_in(service, "trick")
    kind = kinds()["parcels"]
    assert kind is KIND
    object.__setattr__(kind, "pictures", "assay_parcels.waybill:said_twice")
    try:
        assert browser.get("/console/pictures/page-1/trick").status_code == 404
    finally:
        object.__setattr__(kind, "pictures", "assay_parcels.waybill:picture")


def test_erased_is_erased_and_the_page_still_stands(service: Running, browser: httpx.Client) -> None:
    hand_in(service, "gone")
    address = "/v1/decisions/gone/exhibits"
    assert service.client.delete(address, headers=service.as_role("engineer")).status_code == 403
    assert service.client.delete(address, params={"why": "asked for"}).json() == {"erased": 1}
    assert service.client.get(address + "/1").status_code == 404
    page = browser.get("/console/decisions/gone")
    assert "A waybill of 0 lines." in page.text
    assert "not kept any more" in page.text
    audit = next(a.audit for a in service.engine.ledger.audit(limit=50) if a.audit.action == exhibits.ERASED)
    assert (audit.about["evidence"], audit.about["why"]) == ("gone", "asked for")


def test_verify_tells_whole_missing_altered_and_erased(service: Running) -> None:
    store = service.engine.exhibits
    assert isinstance(store, ExhibitStore)
    ledger = service.engine.ledger
    for name in ("v1", "v2", "v3"):
        hand_in(service, name)
    before = exhibits.verify(ledger, store)
    assert (before.missing, before.altered, before.ok) == (0, 0, True)
    assert before.whole >= 3
    paths = [store._path(ledger.decision(name).exhibits[0].token) for name in ("v1", "v2")]
    paths[0].unlink()
    paths[1].write_bytes(b"something else")
    after = exhibits.verify(ledger, store)
    assert (after.missing, after.altered, after.ok) == (1, 1, False)
    assert ledger.verify().ok, "the chain does not depend on the files"
    with pytest.raises(exhibits.Altered):
        store.read(ledger.decision("v2").exhibits[0])
    assert service.client.get("/v1/decisions/v2/exhibits/1").status_code == 500


def test_the_command_line_verifies_and_erases(parcels_installed: None, tmp_path: Path) -> None:
    store = ExhibitStore.open(tmp_path / "exhibits", tmp_path / "secrets")
    engine = open_engine(tmp_path, exhibits=store)
    from tests.engine.test_parts import waybill

    engine.assess(waybill("w1", CHANGED))
    engine.assess(waybill("w2", holding(CHANGED)))
    engine.ledger.close()
    from assay.cli import main

    assert main(["ledger", "verify", "--data", str(tmp_path), "--json"]) == 0
    assert main(["ledger", "erase", "w1", "--why", "asked", "--data", str(tmp_path)]) == 0
    assert main(["ledger", "erase", "nobody", "--data", str(tmp_path)]) == 2
    reader = SqliteReader(tmp_path / "ledger", types=TYPES)
    held = exhibits.verify(reader, ExhibitStore.find(tmp_path / "exhibits", tmp_path / "secrets"))
    reader.close()
    assert (held.named, held.whole, held.erased, held.missing) == (2, 1, 1, 0)
    subprocess.run(["rm", "-r", str(tmp_path / "exhibits")], check=True)
    assert main(["ledger", "verify", "--data", str(tmp_path)]) == 1
