"""The OpenAPI document and its page. Ordinary routes are described by the framework; the plain-ASGI ones, the schemas of
evidence and the examples are added here. `/docs` is one HTML page of our own: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from assay.core.kind import evidence_types
from assay.core.label import Label
from assay.service.answers import Answer
from assay.service.checks import Job
from assay.service.examples import EXAMPLES, Example
from assay.service.guests import Verification
from assay.service.roles import ROUTES

_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("code", "message", "where", "hint")},
            "required": ["code", "message"],
        }
    },
}
_FAILURES = {
    "401": "no key, or one that is wrong or revoked",
    "403": "the key's role may not use this route",
    "422": "malformed; `where` names the field, row or byte",
    "429": "too much at once; `Retry-After` says when to come back",
    "503": "nothing can be recorded just now; nothing was acknowledged",
}


def document(app: FastAPI, raw: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    """The whole document. `raw`: route -> the plain ASGI application that answers it."""
    spec = get_openapi(title="Assay", version=app.version, description=app.description, routes=app.routes)
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    own = _schemas()
    schemas.update(own)
    schemas["Error"] = _ERROR
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    spec["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "bearerFormat": "assay_<id>_<secret>"}
    }
    paths = spec["paths"]
    for route, asgi in raw.items():
        method, _, path = route.partition(" ")
        paths.setdefault(path, {})[method.lower()] = {"description": (asgi.__doc__ or "").strip(), "parameters": []}
    for route, example in EXAMPLES.items():
        method, _, path = route.partition(" ")
        _describe(paths[path.replace(":path", "")][method.lower()], route, example)
    return spec


def _schemas() -> dict[str, Any]:
    types = [*evidence_types().values(), Label, Answer, Job, Verification]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    tags = {tag: f"#/components/schemas/{type_.__name__}" for tag, type_ in evidence_types().items()}
    schemas["Evidence"] = {
        "oneOf": [{"$ref": ref} for ref in tags.values()],
        "discriminator": {"propertyName": "kind", "mapping": tags},
    }
    return schemas


_BODIES = {
    "POST /v1/assess": ("Evidence", "Answer"),
    "POST /v1/assess/batch": ("Evidence", "Answer"),
    "POST /v1/labels": ("Label", ""),
    "POST /v1/checks": ("", "Job"),
    "GET /v1/checks/{job}": ("", "Job"),
    "POST /v1/verifications": ("", "Verification"),
    "GET /v1/verifications/{id}": ("", "Verification"),
}


def _describe(operation: dict[str, Any], route: str, example: Example) -> None:
    takes, gives = _BODIES.get(route, ("", ""))
    operation["summary"] = example.title
    operation["operationId"] = route.replace(" ", "-").replace("/", "-").replace("{", "").replace("}", "").lower()
    if roles := ROUTES.get(route):
        operation["security"] = [{"key": []}]
        operation["x-roles"] = sorted(roles)
    if example.request is not None:
        content: dict[str, Any] = {"example": _text(example.request, example.takes)}
        if takes:
            content["schema"] = {"$ref": f"#/components/schemas/{takes}"}
        operation["requestBody"] = {"required": True, "content": {example.takes: content}}
    known = {parameter["name"]: parameter for parameter in operation.setdefault("parameters", [])}
    for place, values in (("query", example.query), ("path", example.path)):
        for name, value in values.items():
            parameter = known.get(name) or {"name": name, "in": place, "required": True, "schema": {"type": "string"}}
            parameter["example"] = value
            if name not in known:
                operation["parameters"].append(parameter)
    given: dict[str, Any] = {"example": _text(example.response, example.type)}
    if gives:
        given["schema"] = {"$ref": f"#/components/schemas/{gives}"}
    operation["responses"] = {str(example.status): {"description": example.title, "content": {example.type: given}}}
    if roles:
        error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        operation["responses"] |= {code: {"description": text, "content": error} for code, text in _FAILURES.items()}


def _text(value: Any, type_: str) -> Any:
    if type_ == "application/x-ndjson":
        return "\n".join(msgspec.json.encode(line).decode() for line in value)
    return value


STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.05rem; font-family: ui-monospace, monospace; border-top: 1px solid var(--line); padding-top: 1rem; }
h2 { overflow-wrap: anywhere; } h2 b { display: inline-block; min-width: 3.5rem; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 6px; font-size: .85rem; }
table { border-collapse: collapse; font-size: .9rem; } td { padding: .15rem 1rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
small, .roles { opacity: .75; }
"""


def page(spec: dict[str, Any]) -> str:
    """The document as HTML: every route with its roles, parameters and a worked example."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        "<title>Assay: HTTP API</title><link rel=stylesheet href=/docs.css>",
        f"<main><h1>Assay <small>{escape(spec['info']['version'])}</small></h1><p>{escape(spec['info']['description'])}</p>",
        "<p>The same as <a href=/openapi.json>openapi.json</a>. Every request but <code>/healthz</code> carries "
        "<code>Authorization: Bearer assay_…</code>.</p>",
    ]
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(method.upper(), path, operation))
    return "".join([*parts, "</main>"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    example = EXAMPLES.get(f"{method} {path}")
    out = [f"<h2><b>{method}</b> {escape(path)}</h2><p>{escape(operation.get('summary', ''))}. "]
    out.append(f"{escape(operation.get('description', ''))}</p>")
    if roles := operation.get("x-roles"):
        out.append(f"<p class=roles>Roles: {', '.join(roles)}</p>")
    if parameters := operation.get("parameters"):
        rows = (
            f"<tr><td><code>{escape(p['name'])}</code><td>{p['in']}<td>{escape(p.get('description', ''))}"
            for p in parameters
        )
        out.append(f"<table>{''.join(rows)}</table>")
    if example is not None:
        out.append(f"<pre tabindex=0>{escape(curl(method, path, example))}</pre>")
        response = example.response
        shown = response if isinstance(response, str) else _pretty(response, example.type)
        out.append(f"<pre tabindex=0>{escape(shown)}</pre>")
    return "".join(out)


def curl(method: str, path: str, example: Example) -> str:
    """The example as a command to paste."""
    address = path.format(**example.path) + (f"?{urlencode(example.query)}" if example.query else "")
    lines = [f"curl http://127.0.0.1:8000{address}"]
    if method not in ("GET", "POST"):
        lines.insert(1, f"-X {method}")
    if path != "/healthz":
        lines.append('-H "Authorization: Bearer $ASSAY_KEY"')
    if example.request is not None:
        body = _text(example.request, example.takes)
        lines.append(f"-H 'Content-Type: {example.takes}'")
        lines.append(f"--data-binary '{body if isinstance(body, str) else msgspec.json.encode(body).decode()}'")
    elif example.type == "text/event-stream":
        lines.insert(1, "-N")
    return " \\\n  ".join(lines)


def _pretty(value: Any, type_: str) -> str:
    return (
        str(_text(value, type_))
        if type_ == "application/x-ndjson"
        else msgspec.json.format(msgspec.json.encode(value)).decode()
    )
