"""Hunting on the real service: over HTTP and in the console, with who asked what on record; and from the command line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import polars as pl
import pytest

from assay.cli import main
from assay.console.hunt import HUNT
from assay.console.render import BASE
from assay.core.words import LANGUAGES, say
from assay.hunting.examples import EXAMPLES
from assay.hunting.schema import TABLES, columns
from tests.engine.conftest import parcels_installed  # noqa: F401

from .running import Running, running

COUNT = "SELECT kind, outcome, count(*) AS n FROM decisions GROUP BY ALL ORDER BY n"


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:  # noqa: F811
    folder = tmp_path_factory.mktemp("hunting")
    with running(folder) as service:
        for i in range(20):
            service.assess(i, weight=40.0 if i % 5 == 0 else 2.0)
        service.folder = folder  # type: ignore[attr-defined]
        yield service


def hunt(service: Running, query: str, role: str = "analyst", **more: object) -> httpx.Response:
    return service.client.post("/v1/hunt", json={"query": query, **more}, headers=service.as_role(role))


def test_a_question_is_answered_from_what_was_just_decided_and_is_on_record(service: Running) -> None:
    told = hunt(service, COUNT).json()
    assert [c["name"] for c in told["columns"]] == ["kind", "outcome", "n"]
    assert sum(row[2] for row in told["rows"]) == service.engine.ledger.counts().decisions
    service.assess("late")
    again = hunt(service, COUNT).json()
    assert sum(row[2] for row in again["rows"]) == service.engine.ledger.counts().decisions
    asked = [a.audit for a in service.engine.ledger.audit(limit=5) if a.audit.action == "hunted"]
    assert asked[0].about["query"] == COUNT
    assert asked[0].actor in service.tokens["analyst"]


def test_card_numbers_typed_into_a_question_do_not_go_on_record(service: Running) -> None:
    hunt(service, "SELECT * FROM entities WHERE id = '4111111111111111'")
    (asked,) = (a.audit for a in service.engine.ledger.audit(limit=1))
    assert "4111" not in json.dumps(asked.about)


def test_exports_hold_the_same(service: Running) -> None:
    rows = hunt(service, COUNT).json()["rows"]
    text = hunt(service, COUNT, format="csv")
    assert text.headers["content-disposition"].endswith('.csv"')
    assert len(text.text.splitlines()) == len(rows) + 1
    frame = pl.read_parquet(io.BytesIO(hunt(service, COUNT, format="parquet").content))
    assert frame["n"].to_list() == [row[2] for row in rows]


@pytest.mark.parametrize(
    ("query", "said"),
    [("DROP TABLE decisions", "SELECT"), ("SELECT nothing FROM decisions", "nothing"), ("SELECT * FROM read_text('/etc/passwd')", "file")],
)  # fmt: skip
def test_a_wrong_question_is_told_what_is_wrong(service: Running, query: str, said: str) -> None:
    answer = hunt(service, query)
    assert answer.status_code == 422
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["code"] == "bad-query"


def test_questions_are_kept_by_name(service: Running) -> None:
    keep = {"name": "by outcome", "query": COUNT}
    assert service.client.post("/v1/hunts", json=keep).status_code == 200
    assert [h["name"] for h in service.client.get("/v1/hunts").json()["hunts"]] == ["by outcome"]
    assert service.client.delete("/v1/hunts/by outcome").json() == {"deleted": "by outcome"}
    assert service.client.get("/v1/hunts").json()["hunts"] == []
    assert service.client.delete("/v1/hunts/by outcome").status_code == 404
    assert service.client.post("/v1/hunts", json={"name": "../x", "query": "SELECT 1"}).status_code == 400
    assert service.client.post("/v1/hunts", json=keep, headers=service.as_role("auditor")).status_code == 403


@contextmanager
def browser(service: Running, role: str = "analyst") -> Iterator[tuple[httpx.Client, str]]:
    with httpx.Client(base_url=service.address, timeout=60) as client:
        client.post("/login", data={"key": service.tokens[role], "next": BASE})
        csrf = re.search(r'name="csrf" value="([^"]+)"', client.get(HUNT).text)
        assert csrf
        yield client, csrf[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_tables_examples_and_an_answer(service: Running, language: str) -> None:
    with browser(service) as (client, csrf):
        page = client.get(HUNT, params={"lang": language, "example": "techniques"}).text
        assert "unnest(techniques)" in page
        assert all(say(f"hunt.{e.name}", language).replace("'", "&#39;") in page for e in EXAMPLES)
        answer = client.post(
            HUNT, data={"csrf": csrf, "query": "SELECT kind, id, outcome FROM decisions ORDER BY seq", "format": "json"}
        )
    assert answer.status_code == 200
    assert f'href="{BASE}/decisions/p0"' in answer.text
    assert not re.search(r"console\.hunt|hunt\.column", page + answer.text)


def test_the_page_is_safe_against_what_evidence_and_people_write(service: Running) -> None:
    with browser(service) as (client, csrf):
        script = "<script>alert(1)</script>"
        answer = client.post(HUNT, data={"csrf": csrf, "query": f"SELECT '{script}' AS \"{script}\"", "format": "json"})
        assert answer.status_code == 200
        assert script not in answer.text
        wrong = client.post(HUNT, data={"csrf": csrf, "query": f"SELECT {script}", "format": "json"})
        assert wrong.status_code == 422
        assert script not in wrong.text
        assert client.post(HUNT, data={"csrf": "no", "query": "SELECT 1"}).status_code == 403
        assert client.post(f"{HUNT}/saved", data={"csrf": "no", "name": "x", "query": "SELECT 1"}).status_code == 403
        table = client.post(HUNT, data={"csrf": csrf, "query": "SELECT 1 AS a", "format": "csv"})
        assert table.text.splitlines() == ["a", "1"]
        assert table.headers["content-disposition"] == 'attachment; filename="hunt.csv"'
        assert client.post(HUNT, data={"csrf": csrf, "query": "SELECT 1", "format": "exe"}).status_code == 404


def test_questions_are_kept_on_the_page_by_those_who_may(service: Running) -> None:
    with browser(service) as (client, csrf):
        kept = client.post(f"{HUNT}/saved", data={"csrf": csrf, "name": "mine", "query": "SELECT 42"})
        assert kept.status_code == 303
        assert "SELECT 42" in client.get(HUNT, params={"saved": "mine"}).text
        client.post(f"{HUNT}/saved", data={"csrf": csrf, "name": "mine", "what": "forget"})
        assert "mine" not in client.get(HUNT).text
    with browser(service, "auditor") as (client, csrf):
        assert client.post(f"{HUNT}/saved", data={"csrf": csrf, "name": "x", "query": "SELECT 1"}).status_code == 403


def test_nobody_hunts_without_signing_in(service: Running) -> None:
    answer = httpx.get(service.address + HUNT)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/console/hunt")


def test_every_column_has_a_meaning_in_every_language() -> None:
    for language in LANGUAGES:
        for table in TABLES:
            for column in columns(table):
                key = f"hunt.column.{table}.{column.name}"
                assert say(key, language) != key


def test_the_command_line_asks_beside_the_running_service(
    service: Running, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder = str(service.folder)  # type: ignore[attr-defined]
    assert main(["hunt", COUNT, "--ledger", folder, "--json", "--save", "by outcome"]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert sum(row[2] for row in told["rows"]) == service.engine.ledger.counts().decisions
    assert main(["hunt", "--saved", "by outcome", "--ledger", folder + "/ledger", "--format", "csv"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"kind,outcome,n\r\n")
    assert main(["hunt", "SELECT 1; SELECT 2", "--ledger", folder]) == 2
    assert main(["hunt", "SELECT 1", "--ledger", folder + "/nowhere"]) == 2
    assert main(["hunt", "--ledger", folder]) == 0
    assert b"findings" in capsysbinary.readouterr().out
