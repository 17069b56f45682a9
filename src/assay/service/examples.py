"""One worked example for every route: what the OpenAPI document, `/docs` and `docs/http.md` show. A test sends them."""

from __future__ import annotations

from typing import Any, NamedTuple

_PAYMENT = {
    "kind": "payment",
    "id": "p-2026-000817",
    "time": "2026-03-02T14:05:11Z",
    "amount": "249.90",
    "currency": "EUR",
    "customer": "c-1044",
    "card": "tok_7d1f0a",
    "merchant": "m-311",
    "channel": "online",
    "country": "DE",
}
_ANSWER = {
    "id": "p-2026-000817",
    "kind": "payment",
    "outcome": "review",
    "probability": 0.31,
    "expected_loss": 4.2,
    "rule": "large-to-new-merchant",
    "reasons": [
        {
            "code": "payments.unusual-amount",
            "text": "The amount is 6.1 times what this customer usually pays.",
            "weight": 1.7,
            "values": {"ratio": 6.1},
        }
    ],
    "policy": "payments@1+3f0c2a11",
    "models": {"payments.checks": "1"},
    "decided": "2026-03-02T14:05:11.204117Z",
    "took_us": 850,
    "seq": 817,
}
_FINDING = {
    "detector": "payments.checks",
    "version": "1",
    "verdict": "suspicious",
    "severity": "medium",
    "reasons": _ANSWER["reasons"],
}
_ENTITIES = [{"kind": "customer", "id": "c-1044"}, {"kind": "card", "id": "tok_7d1f0a"}]
_DECISION = {
    **_ANSWER,
    "time": "2026-03-02T14:05:11Z",
    "findings": [_FINDING],
    "entities": _ENTITIES,
    "evidence": {"minor": 24990, "amount": 249.9, "currency": "EUR", "customer": "c-1044", "card": "tok_7d1f0a"},
}
_ENTRY = {
    "room": "payments",
    "list": "blocked_merchants",
    "value": "m-1881",
    "why": "card testing, case-aiizeqzaxu",
    "by": "k3m7q2x9d4",
    "at": "2026-03-02T14:05:11Z",
    "until": "2026-04-01T14:05:11Z",
}
_LABEL = {"evidence": "p-2026-000817", "truth": "fraud", "source": "chargeback", "time": "2026-04-11T00:00:00Z"}
_JOB = {
    "id": "5f0d9a1c22b34e77",
    "name": "payments.csv",
    "bytes": 48113,
    "status": "queued",
    "created": "2026-03-02T14:06:00Z",
}


_LINK = {
    "id": "v-k3m7q2x9d4t8h5bw",
    "kind": "identity-check",
    "state": "open",
    "created": "2026-03-02T14:06:00Z",
    "expires": "2026-03-02T14:36:00Z",
    "tries": 3,
}


_CHANGE = {
    "number": 7,
    "list": "bad-addresses",
    "at": "2026-03-02T14:05:11Z",
    "actor": "k3m7q2x9d4",
    "files": [{"path": "/srv/assay/responses/out/bad.nft", "before": "", "after": "2f8c…"}],
    "added": ["45.33.32.156"],
    "counts": {"entries": 1, "refused": 0, "left out": 0},
    "state": "applied",
}
_COLLECTION = {
    "id": "0b0f6a3c-6d1e-5b4f-8f0a-5a1c2d3e4f50",
    "object_id": "indicator--3f0c2a11-0c5e-5a57-9a4e-0d7c1b2a3f44",
}
_TAXII = "application/taxii+json"
_INDICATOR = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": _COLLECTION["object_id"],
    "created": "2026-03-02T14:05:11.000Z",
    "modified": "2026-03-02T14:05:11.000Z",
    "pattern": "[ipv4-addr:value = '45.33.32.156']",
    "pattern_type": "stix",
    "valid_from": "2026-03-02T14:05:11.000Z",
    "valid_until": "2026-03-09T14:05:11.000Z",
}


_CASE = {
    "id": "case-aiizeqzaxu",
    "state": "open",
    "owner": "anna",
    "probability": 0.94,
    "now": 0.91,
    "severity": "high",
    "findings": 14,
    "rules": 6,
    "tactics": ["initial-access", "execution", "credential-access"],
    "rooms": ["hosts", "networks"],
    "about": [{"kind": "host", "id": "ws-7"}, {"kind": "user", "id": "BANK\\anna"}],
    "entities": 5,
    "first": "2026-03-02T13:41:00Z",
    "last": "2026-03-02T14:05:11Z",
    "opened": "2026-03-02T13:58:20Z",
}
_SAID = {
    "detector": "hosts.sigma",
    "code": "hosts.rule",
    "rule": "4f0e1c3a",
    "title": "Memory of the log-on process read",
    "severity": "high",
    "n": 2,
    "weight": 4.9,
    "elsewhere": 0,
    "common": False,
    "settled": False,
    "first": "2026-03-02T13:58:20Z",
    "last": "2026-03-02T14:05:11Z",
    "tactics": ["credential-access"],
    "pieces": [
        {"evidence": "security.evtx:8812", "ordinal": 0, "time": "2026-03-02T13:58:20Z", "entities": _CASE["about"]},
    ],
}


class Example(NamedTuple):
    """`title`: the route in a line. `request`: a body, an NDJSON text, or query parameters; None where there is none.
    `response`: what comes back. `type`: the response's media type; `takes`: the request's."""

    title: str
    response: Any
    request: Any = None
    query: dict[str, str] = {}
    path: dict[str, str] = {}
    status: int = 200
    type: str = "application/json"
    takes: str = "application/json"


_READ_ONLY = {"title": "the collection is read only", "error_code": "forbidden", "http_status": "403"}

EXAMPLES: dict[str, Example] = {
    "POST /v1/assess": Example("Assess one piece of evidence", _ANSWER, _PAYMENT),
    "POST /v1/assess/batch": Example(
        "Assess a stream of evidence, one JSON a line",
        [
            {**_ANSWER, "line": 1},
            {"line": 2, "error": {"code": "invalid-evidence", "message": "is required", "where": "amount"}},
        ],
        [_PAYMENT, {"kind": "payment", "id": "p-2026-000818", "time": "2026-03-02T14:05:12Z"}],
        type="application/x-ndjson",
        takes="application/x-ndjson",
    ),
    "POST /v1/labels": Example("Say what turned out to be true", {"labels": 1}, _LABEL),
    "GET /v1/decisions": Example(
        "List decisions", {"decisions": [_DECISION], "next": 817}, query={"outcome": "review", "limit": "1"}
    ),
    "GET /v1/decisions/{id}": Example("Read one decision", {**_DECISION, "labels": []}, path={"id": "p-2026-000817"}),
    "GET /v1/decisions/{id}/exhibits/{number}": Example(
        "Fetch a file of the evidence", "(the file)", path={"id": "d-2026-000031", "number": "1"},
        type="application/octet-stream",
    ),
    "DELETE /v1/decisions/{id}/exhibits": Example(
        "Erase the files of a piece of evidence", {"erased": 1}, path={"id": "d-2026-000031"},
        query={"why": "the customer asked for it"},
    ),
    "DELETE /v1/customers/{id}/templates": Example(
        "Forget a customer's face", {"erased": 1}, path={"id": "c-204"}, query={"why": "asked for by the customer"}
    ),
    "GET /v1/findings": Example(
        "List findings",
        {
            "findings": [
                {
                    "seq": 817, "ordinal": 0, "evidence": "p-2026-000817", "kind": "payment",
                    "time": "2026-03-02T14:05:11Z", "finding": _FINDING, "entities": _ENTITIES, "status": "open",
                }
            ]
        },
        query={"open": "true"},
    ),
    "GET /v1/cases": Example(
        "List cases: findings that belong together", {"cases": [_CASE]}, query={"state": "open", "limit": "20"}
    ),
    "GET /v1/cases/{id}": Example(
        "Read one case, stage by stage",
        {
            "case": _CASE,
            "stages": [{"tactic": "credential-access", "findings": 2, "first": _SAID["first"], "last": _SAID["last"],
                        "said": [_SAID]}],
            "entities": [{"entity": {"kind": "host", "id": "ws-7"}, "n": 14, "hub": False}],
            "ties": [{"a": {"kind": "host", "id": "ws-7"}, "b": {"kind": "user", "id": "BANK\\anna"}, "n": 9}],
            "history": [{"time": "2026-03-02T13:58:20Z", "what": "opened", "about": "posterior 0.62"}],
            "related": [],
            "absorbed": [],
        },
        path={"id": "case-aiizeqzaxu"},
    ),
    "POST /v1/cases/{id}/work": Example(
        "Work a case: assign, note, label, reopen", {"case": {**_CASE, "state": "closed", "truth": "fraud"}},
        {"action": "label", "truth": "fraud", "note": "host rebuilt, password changed", "key": "ticket-4711"},
        path={"id": "case-aiizeqzaxu"},
    ),
    "GET /v1/entities/{kind}/{id}": Example(
        "Read an entity's record",
        {"entity": _ENTITIES[1], "total": 1, "decisions": [_DECISION], "findings": [], "labels": []},
        path={"kind": "card", "id": "tok_7d1f0a"},
    ),
    "GET /v1/entities/{kind}/{id}/links": Example(
        "See what an entity is linked to",
        {
            "nodes": [{"entity": _ENTITIES[0], "hop": 1, "count": 1, "flagged": 1,
                       "first": "2026-03-02T14:05:11Z", "last": "2026-03-02T14:05:11Z"}],
            "edges": [{"a": _ENTITIES[1], "b": _ENTITIES[0], "count": 1, "flagged": 1,
                       "first": "2026-03-02T14:05:11Z", "last": "2026-03-02T14:05:11Z"}],
            "cut": False,
        },
        path={"kind": "card", "id": "tok_7d1f0a"},
    ),
    "GET /v1/live": Example(
        "Watch decisions as they happen", "id: 817\nevent: decision\ndata: {…}\n", query={"outcome": "review"},
        type="text/event-stream",
    ),
    "GET /v1/policy": Example(
        "Read the policy in force",
        {"policies": [{"room": "payments", "policy": "payments@1+3f0c2a11", "kinds": ["payment"], "text": "name: payments…"}]},
    ),
    "GET /v1/models": Example(
        "List the detectors in use",
        {"models": [{"detector": "payments.checks", "version": "1", "room": "payments", "reads": ["payment"]}]},
    ),
    "POST /v1/checks": Example(
        "Have a file examined", _JOB, "time,amount,customer\n2026-03-02T14:05:11Z,249.90,c-1044\n",
        query={"name": "payments.csv"}, status=202, takes="application/octet-stream",
    ),
    "GET /v1/checks/{job}": Example(
        "Ask after an examination", {**_JOB, "status": "done", "examined": 1, "result": {"path": "payments.csv", "evidence": 1}},
        path={"job": "5f0d9a1c22b34e77"},
    ),
    "GET /v1/checks/{job}/events": Example(
        "Watch an examination", 'event: progress\ndata: {"status":"running","examined":4096}\n',
        path={"job": "5f0d9a1c22b34e77"}, type="text/event-stream",
    ),
    "POST /v1/verifications": Example(
        "Make a link for a person without an account",
        {**_LINK, "path": "/verify/v-k3m7q2x9d4t8h5bw.8mVt0CzYw1nqk2dQ5xg7bR3uHj9LsPfEaKoWvNyTiM4"},
        {"kind": "identity-check", "customer": "c-1044", "expires_in": 1800}, status=201,
    ),
    "GET /v1/verifications/{id}": Example(
        "Ask what became of a link",
        {**_LINK, "state": "done", "tries": 2, "outcome": "allow", "answers": ["v-k3m7q2x9d4t8h5bw-1"]},
        path={"id": "v-k3m7q2x9d4t8h5bw"},
    ),
    "GET /v1/cases/ocsf": Example(
        "Read cases as OCSF incidents",
        [{"class_uid": 2005, "activity_id": 1, "type_uid": 200501, "severity_id": 4, "finding_info_list": [{"uid": "817.0", "title": "A rule holds"}]}],
        query={"state": "open"}, type="application/x-ndjson",
    ),
    "GET /v1/findings/ocsf": Example(
        "Read findings as OCSF events",
        [{"class_uid": 2004, "activity_id": 1, "type_uid": 200401, "severity_id": 3, "finding_info": {"uid": "817.0", "title": "Suspicious payment"}}],
        query={"after": "800"}, type="application/x-ndjson",
    ),
    "GET /v1/responses": Example(
        "See the lists as they stand",
        {"lists": [{"list": "bad-addresses", "holds": "ip", "entries": 1, "change": 7}], "changes": [_CHANGE], "targets": []},
    ),
    "GET /v1/responses/plan": Example(
        "See what the lists would change",
        {"plans": [{"list": "bad-addresses", "added": [{"value": "45.33.32.156", "why": {"finding": "817.0", "reason": "hosts.rule"}}], "files": {"bad.nft": 412}}]},
    ),
    "POST /v1/responses/apply": Example("Write lists", {"changes": [_CHANGE]}, {"lists": []}),
    "POST /v1/responses/undo": Example("Take a change back", {"change": {**_CHANGE, "state": "undone"}}, {"change": 7}),
    "GET /v1/lists": Example(
        "Read the policies' lists",
        {"lists": [{"room": "payments", "list": "blocked_merchants", "policy": "payments-default", "own": [], "entries": [_ENTRY], "rules": ["blocked merchant"]}]},
    ),
    "POST /v1/lists/add": Example(
        "Put a value on a list", _ENTRY,
        {"room": "payments", "list": "blocked_merchants", "value": "m-1881", "why": "card testing, case-aiizeqzaxu", "expires": "30d"},
    ),
    "POST /v1/lists/remove": Example(
        "Take a value off a list", _ENTRY, {"room": "payments", "list": "blocked_merchants", "value": "m-1881", "why": "settled"}
    ),
    "POST /v1/hunt": Example(
        "Ask the records by SQL",
        {"columns": [{"name": "severity", "type": "string"}, {"name": "findings", "type": "int64"}], "rows": [["high", 3]], "cut": False, "ms": 12, "upto": 817},
        {"query": "SELECT severity, count(*) AS findings FROM findings WHERE status = 'open' GROUP BY severity", "format": "json", "limit": 100},
    ),
    "GET /v1/hunts": Example(
        "List the questions that are kept", {"hunts": [{"name": "open findings", "query": "SELECT …", "by": "k3m7q2x9d4", "at": "2026-03-02T14:05:11Z"}]}
    ),
    "POST /v1/hunts": Example(
        "Keep a question", {"name": "open findings", "query": "SELECT …", "by": "k3m7q2x9d4", "at": "2026-03-02T14:05:11Z"},
        {"name": "open findings", "query": "SELECT * FROM findings WHERE status = 'open' LIMIT 100"},
    ),
    "DELETE /v1/hunts/{name}": Example("Forget a question", {"deleted": "open findings"}, path={"name": "open-findings"}),
    "GET /taxii2/": Example(
        "Find the TAXII server", {"title": "Assay", "default": "http://127.0.0.1:8000/taxii2/assay/", "api_roots": ["http://127.0.0.1:8000/taxii2/assay/"]}, type=_TAXII,
    ),
    "GET /taxii2/assay/": Example(
        "Read the TAXII API root", {"title": "Assay", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 1048576}, type=_TAXII,
    ),
    "GET /taxii2/assay/collections/": Example(
        "List the TAXII collections", {"collections": [{"id": _COLLECTION["id"], "title": "bad-addresses", "can_read": True, "can_write": False}]}, type=_TAXII,
    ),
    "GET /taxii2/assay/collections/{id}/": Example(
        "Read a TAXII collection", {"id": _COLLECTION["id"], "title": "bad-addresses", "can_read": True, "can_write": False},
        path={"id": _COLLECTION["id"]}, type=_TAXII,
    ),
    "GET /taxii2/assay/collections/{id}/manifest/": Example(
        "See what a collection holds", {"more": False, "objects": [{"id": _INDICATOR["id"], "date_added": "2026-03-02T14:05:12.000000Z", "version": _INDICATOR["modified"]}]},
        query={"added_after": "2026-03-01T00:00:00Z"}, path={"id": _COLLECTION["id"]}, type=_TAXII,
    ),
    "GET /taxii2/assay/collections/{id}/objects/": Example(
        "Fetch a collection's objects", {"more": False, "objects": [_INDICATOR]},
        query={"added_after": "2026-03-01T00:00:00Z", "limit": "500"}, path={"id": _COLLECTION["id"]}, type=_TAXII,
    ),
    "GET /taxii2/assay/collections/{id}/objects/{object_id}/": Example(
        "Fetch one object", {"more": False, "objects": [_INDICATOR]}, path=_COLLECTION, type=_TAXII
    ),
    "GET /taxii2/assay/collections/{id}/objects/{object_id}/versions/": Example(
        "See an object's versions", {"more": False, "versions": [_INDICATOR["modified"]]}, path=_COLLECTION, type=_TAXII
    ),
    "POST /taxii2/assay/collections/{id}/objects/": Example(
        "Add objects (refused: read only)", _READ_ONLY, {"objects": []}, path={"id": _COLLECTION["id"]}, type=_TAXII, takes=_TAXII
    ),
    "DELETE /taxii2/assay/collections/{id}/objects/{object_id}/": Example(
        "Delete an object (refused: read only)", _READ_ONLY, path=_COLLECTION, type=_TAXII
    ),
    "GET /taxii2/assay/status/{id}/": Example(
        "See what became of an addition (there are none)", {"title": "no such status", "error_code": "not-found", "http_status": "404"}, path={"id": "1"}, type=_TAXII,
    ),
    "GET /metrics": Example(
        "Figures for Prometheus", 'assay_decisions_total{kind="payment",outcome="review"} 1.0\n', type="text/plain"
    ),
    "GET /healthz": Example("Is the service ready?", {"status": "ready", "reasons": []}),
}  # fmt: skip
