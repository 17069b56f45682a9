"""Who may do what: the one table of roles and routes. A route that is not in it answers nobody.

integrator  sends evidence and labels, reads its decisions back
analyst     reads records and the files kept with them, watches the live feed, gives labels, examines files
engineer    as the analyst, and sends evidence, reads policy, models and metrics
auditor     reads everything, changes nothing
admin       everything
subscriber  reads block lists over TAXII, and nothing else: for firewalls and the like
"""

from __future__ import annotations

ROLES = ("integrator", "analyst", "engineer", "auditor", "admin", "subscriber")

_READERS = frozenset({"analyst", "engineer", "auditor", "admin"})
_EVERYONE = frozenset(ROLES) - {"subscriber"}
_SENDERS = frozenset({"integrator", "engineer", "admin"})
_WORKERS = frozenset({"analyst", "engineer", "admin"})
_SUBSCRIBERS = _READERS | {"subscriber"}

ROUTES: dict[str, frozenset[str]] = {
    "POST /v1/assess": _SENDERS,
    "POST /v1/assess/batch": _SENDERS,
    "POST /v1/labels": _WORKERS | {"integrator"},
    "GET /v1/decisions": _READERS,
    "GET /v1/decisions/{id}": _EVERYONE,
    "GET /v1/decisions/{id}/exhibits/{number}": _READERS,
    "DELETE /v1/decisions/{id}/exhibits": frozenset({"admin"}),
    "DELETE /v1/customers/{id}/templates": frozenset({"admin"}),
    "GET /v1/findings": _READERS,
    "GET /v1/cases": _READERS,
    "GET /v1/cases/ocsf": _READERS,
    "GET /v1/cases/{id}": _READERS,
    "POST /v1/cases/{id}/work": _WORKERS,
    "GET /v1/entities/{kind}/{id}": _READERS,
    "GET /v1/entities/{kind}/{id}/links": _READERS,
    "GET /v1/live": _READERS,
    "GET /v1/policy": _READERS,
    "GET /v1/models": _READERS,
    "POST /v1/checks": _WORKERS,
    "GET /v1/checks/{job}": _READERS,
    "GET /v1/checks/{job}/events": _READERS,
    "POST /v1/verifications": _SENDERS,
    "GET /v1/verifications/{id}": _EVERYONE,
    "GET /v1/findings/ocsf": _READERS,
    "GET /v1/responses": _READERS,
    "GET /v1/responses/plan": _READERS,
    "POST /v1/responses/apply": frozenset({"engineer", "admin"}),
    "POST /v1/responses/undo": frozenset({"engineer", "admin"}),
    "GET /v1/lists": _READERS,
    "POST /v1/lists/add": frozenset({"engineer", "admin"}),
    "POST /v1/lists/remove": frozenset({"engineer", "admin"}),
    "POST /v1/hunt": _READERS,
    "GET /v1/hunts": _READERS,
    "POST /v1/hunts": _WORKERS,
    "DELETE /v1/hunts/{name}": _WORKERS,
    "GET /taxii2/": _SUBSCRIBERS,
    "GET /taxii2/assay/": _SUBSCRIBERS,
    "GET /taxii2/assay/collections/": _SUBSCRIBERS,
    "GET /taxii2/assay/collections/{id}/": _SUBSCRIBERS,
    "GET /taxii2/assay/collections/{id}/manifest/": _SUBSCRIBERS,
    "GET /taxii2/assay/collections/{id}/objects/": _SUBSCRIBERS,
    "GET /taxii2/assay/collections/{id}/objects/{object_id}/": _SUBSCRIBERS,
    "GET /taxii2/assay/collections/{id}/objects/{object_id}/versions/": _SUBSCRIBERS,
    "POST /taxii2/assay/collections/{id}/objects/": _SUBSCRIBERS,
    "DELETE /taxii2/assay/collections/{id}/objects/{object_id}/": _SUBSCRIBERS,
    "GET /taxii2/assay/status/{id}/": _SUBSCRIBERS,
    "GET /metrics": frozenset({"engineer", "auditor", "admin"}),
}
OPEN = frozenset(
    {
        "GET /verify/{token}",
        "GET /healthz",
        "GET /docs",
        "GET /docs.css",
        "GET /openapi.json",
        "GET /login",
        "POST /login",
        "POST /logout",
    }
)
CONSOLE = _READERS
"""Roles that may open the console. Its pages stand under `/console`; its pictures and scripts, under `/static`, are open."""


def allowed(role: str, route: str) -> bool:
    """May this role use this route, written as 'GET /v1/decisions/{id}'? Console pages are judged by their prefix."""
    roles = ROUTES.get(route)
    if roles is None and is_console(route):
        roles = CONSOLE
    return roles is not None and role in roles


def is_open(route: str) -> bool:
    """Routes that need no key."""
    return route in OPEN or route.startswith("GET /static/") or route == "GET /"


def is_console(route: str) -> bool:
    path = route.partition(" ")[2]
    return path == "/console" or path.startswith("/console/")
