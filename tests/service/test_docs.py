"""The OpenAPI document, its page, and docs/http.md: every route is there, with an example that holds."""

import json
import re
import shlex
from pathlib import Path

import msgspec
import pytest

from assay.core.kind import evidence_types
from assay.service.answers import Answer
from assay.service.examples import EXAMPLES
from assay.service.openapi import curl
from assay.service.roles import OPEN, ROUTES
from assay.settings import describe

from .running import Running

DOCS = Path(__file__).parent.parent.parent / "docs"
SHOWN = set(ROUTES) | {"GET /healthz"}


def test_every_route_is_in_the_document_with_an_example(service: Running) -> None:
    spec = service.client.get("/openapi.json").json()
    assert {f"{m.upper()} {p}" for p, methods in spec["paths"].items() for m in methods} == SHOWN == set(EXAMPLES)
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["description"], path
            good = next(code for code in operation["responses"] if code.startswith("2"))
            content = next(iter(operation["responses"][good]["content"].values()))
            assert content["example"], path
            if method == "post":
                body = next(iter(operation["requestBody"]["content"].values()))
                assert body["example"], path
            if f"{method.upper()} {path}" in ROUTES:
                assert operation["x-roles"]
                assert {"401", "403"} <= set(operation["responses"])
            assert {p["name"] for p in operation["parameters"]} >= set(re.findall(r"{(\w+)}", path))


def test_every_reference_in_the_document_leads_somewhere(service: Running) -> None:
    text = service.client.get("/openapi.json").text
    schemas = json.loads(text)["components"]["schemas"]
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in schemas
    assert {type_.__name__ for type_ in evidence_types().values()} <= set(schemas)


def test_the_examples_of_evidence_and_answer_are_what_the_types_say() -> None:
    example = EXAMPLES["POST /v1/assess"]
    evidence = msgspec.convert(example.request, evidence_types()["payment"], strict=True)
    assert evidence.id == example.request["id"]
    assert msgspec.convert(example.response, Answer).outcome == "review"


def test_the_page_needs_nothing_from_elsewhere(service: Running) -> None:
    response = service.client.get("/docs", headers={"authorization": ""})
    assert response.status_code == 200
    page = response.text
    assert "<script" not in page
    assert "style=" not in page
    addresses = re.findall(r"(?:src|href)=[\"']?([^\"' >]+)", page)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    for address in addresses:
        assert service.client.get(address).status_code == 200
    for route in SHOWN:
        assert route.partition(" ")[2].split("{")[0] in page


@pytest.mark.parametrize("route", sorted(EXAMPLES))
def test_every_example_reads_as_one_command(route: str) -> None:
    method, _, path = route.partition(" ")
    words = shlex.split(curl(method, path, EXAMPLES[route]).replace("\\\n", ""))
    assert words[0] == "curl"
    assert words.count("-H") == len([w for w in words if w == "-H"])


def test_every_route_and_setting_is_documented() -> None:
    http, settings = (DOCS / "http.md").read_text(), (DOCS / "settings.md").read_text()
    for route in set(ROUTES) | {r for r in OPEN if r.startswith("GET /") and r != "GET /docs.css"}:
        assert f"`{route}`" in http, route
    for name in describe():
        assert f"`{name}`" in settings, name
        assert f"ASSAY_{name.upper()}" in settings, name
