"""Audit logs of clouds and of services for people's accounts: which one a record is of, and its fields under the names that
rules use. CloudTrail, Azure's activity, Entra's sign-ins and audit, Google Cloud and Workspace, Okta, Microsoft 365, GitHub and
Kubernetes, after their makers' published schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

Flat = dict[str, Any]
TOLD = 8192  # characters of a nested value that is also kept as text


def within(record: dict[str, Any], most: int) -> Iterator[dict[str, Any]]:
    """The events inside a record that holds several; else the record itself."""
    inner = record.get("CloudTrailEvent")
    if isinstance(inner, str):  # `aws cloudtrail lookup-events` keeps the event as text
        try:
            event = msgspec.json.decode(inner)
        except (msgspec.DecodeError, RecursionError):
            event = None
        if isinstance(event, dict):
            yield event
            return
    events = record.get("events")
    if isinstance(record.get("id"), dict) and isinstance(events, list) and "applicationName" in record["id"]:
        for event in events[:most]:
            if isinstance(event, dict):
                yield _workspace_event(record, event)
        return
    yield record


def _workspace_event(record: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """One event of an activity of Google Workspace's Reports API, its parameters as fields."""
    fields: dict[str, Any] = {key: value for key, value in record.items() if key != "events"}
    for parameter in (event.get("parameters") or [])[:200] if isinstance(event.get("parameters"), list) else ():
        if isinstance(parameter, dict) and isinstance(parameter.get("name"), str):
            keys = ("value", "intValue", "boolValue", "multiValue", "multiIntValue")
            value = next((parameter[key] for key in keys if key in parameter), None)
            fields.setdefault(parameter["name"].lower(), value)
    application = str(record["id"].get("applicationName"))
    fields |= {
        "eventName": event.get("name"),
        "eventType": event.get("type"),
        "eventService": f"{application}.googleapis.com",
    }
    return fields


def named(flat: Flat, record: dict[str, Any]) -> bool:
    """Is it of a cloud or service that is known? Then its source is noted and its fields have their other names too."""
    for known, name in _SOURCES:
        if known(flat):
            name(flat, record)
            return True
    return False


def _source(flat: Flat, product: str, service: str = "") -> None:
    flat["_product"] = product
    if service:
        flat["_service"] = service


def _alias(flat: Flat, name: str, *others: str) -> None:
    """`name` has the value of the first other name that has one, where it has none itself."""
    if name not in flat:
        value = next((flat[other] for other in others if flat.get(other) not in (None, "")), None)
        if value is not None:
            flat[name] = value


def _told(flat: Flat, record: dict[str, Any], name: str) -> None:
    """A nested value as text, for rules that look for a word anywhere in it."""
    value = record.get(name)
    if isinstance(value, dict | list) and name not in flat:
        flat[name] = msgspec.json.encode(value).decode()[:TOLD]


def _cloudtrail(flat: Flat, record: dict[str, Any]) -> None:
    _source(flat, "aws", "cloudtrail")
    for name in ("requestParameters", "responseElements"):
        _told(flat, record, name)


def _workspace(flat: Flat, record: dict[str, Any]) -> None:
    service = str(flat.get("eventService") or flat.get("protoPayload.serviceName"))
    application = service.partition(".")[0]
    _source(flat, "gcp", f"google_workspace.{application}")
    event = "protoPayload.metadata.event"
    _alias(flat, "eventName", f"{event}.eventName")
    _alias(flat, "eventService", "protoPayload.serviceName")
    _alias(flat, f"{event}.eventName", "eventName")
    _alias(flat, "protoPayload.serviceName", "eventService")
    names, values = flat.get(f"{event}.parameter.name"), flat.get(f"{event}.parameter.value")
    if isinstance(names, list) and isinstance(values, list) and len(names) == len(values):
        for name, value in zip(names, values, strict=True):
            flat.setdefault(str(name).lower(), value)
    _alias(flat, "user", "actor.email", "protoPayload.authenticationInfo.principalEmail")


def _google(flat: Flat, record: dict[str, Any]) -> None:
    _source(flat, "gcp", "gcp.audit")
    _alias(flat, "gcp.audit.method_name", "protoPayload.methodName")
    for name in [n for n in flat if n.startswith("protoPayload.")]:
        flat[f"data.{name}"] = flat[name]
    _alias(flat, "user", "protoPayload.authenticationInfo.principalEmail")


def _okta(flat: Flat, record: dict[str, Any]) -> None:
    _source(flat, "okta", "okta")
    for name in [n for n in flat if not n.startswith("_")]:  # older rules write names small
        flat.setdefault(name.lower(), flat[name])


def _m365(flat: Flat, record: dict[str, Any]) -> None:
    _source(flat, "m365")
    for name in ("Parameters", "OperationProperties"):
        _told(flat, record, name)


_AZURE = {
    "signinlogs": "signinlogs", "noninteractiveusersigninlogs": "signinlogs", "serviceprincipalsigninlogs": "signinlogs",
    "managedidentitysigninlogs": "signinlogs", "auditlogs": "auditlogs", "administrative": "activitylogs", "security": "activitylogs",
    "policy": "activitylogs", "servicehealth": "activitylogs", "azureactivity": "activitylogs", "aadnoninteractiveusersigninlogs": "signinlogs",
}  # fmt: skip


def _is_azure(flat: Flat) -> bool:
    if (
        "operationName" in flat
        or "operationName.value" in flat
        or "OperationName" in flat
        or "OperationNameValue" in flat
    ):
        return any(
            name in flat for name in ("tenantId", "resourceId", "ResourceId", "TenantId", "AADTenantId", "_ResourceId")
        )
    if "riskEventType" in flat and ("userPrincipalName" in flat or "riskLevel" in flat):
        return True
    signin = "createdDateTime" in flat and "status.errorCode" in flat and "appDisplayName" in flat
    return signin or ("activityDisplayName" in flat and "loggedByService" in flat)


_AZURE_USER = (
    "userPrincipalName",
    "UserPrincipalName",
    "initiatedBy.user.userPrincipalName",
    "identity",
    "caller",
    "Caller",
)
_AZURE_NAMES: dict[str, tuple[tuple[str, ...], ...]] = {  # service -> a field, and what it is also called, in this order
    "signinlogs": (
        ("ResultType", "resultType", "status.errorCode"), ("ResultDescription", "resultDescription", "status.failureReason"),
        ("Resultdescription", "ResultDescription"), ("IPAddress", "callerIpAddress", "ipAddress"), ("Username", "user"),
        ("ClientApp", "clientAppUsed", "ClientAppUsed"),
    ),
    "auditlogs": (
        ("properties.message", "activityDisplayName", "ActivityDisplayName", "operationName"), ("Status", "result", "Result", "resultType"),
        ("properties.result", "result"), ("ActivityType", "operationName"),
    ),
    "activitylogs": (
        ("OperationNameValue", "operationName"), ("CategoryValue", "category.value", "category", "Category"), ("ResourceId", "resourceId"),
        ("ResourceProviderValue", "resourceProviderName.value"),
    ),
}  # fmt: skip


def _azure(flat: Flat, record: dict[str, Any]) -> None:
    """Diagnostic settings (`properties`), Log Analytics' tables (`Type`) and Microsoft Graph."""
    for name in [n for n in flat if n.startswith("properties.")]:
        flat.setdefault(name.removeprefix("properties."), flat[name])
    service = _azure_service(flat)
    _source(flat, "azure", service)
    _alias(flat, "operationName", "operationName.value", "OperationNameValue", "OperationName", "activityDisplayName")
    _alias(flat, "user", *_AZURE_USER)
    for name, *others in _AZURE_NAMES.get(service, ()):
        _alias(flat, name, *others)
    if service == "signinlogs" and "ResultType" in flat:
        flat.setdefault("Status", "Success" if flat["ResultType"] == "0" else "Failure")
    elif service == "auditlogs":
        inner = record.get("properties")
        for name in ("targetResources", "TargetResources", "initiatedBy", "InitiatedBy"):
            _told(flat, inner if isinstance(inner, dict) else record, name)
    elif (
        service == "activitylogs" and "ResourceProviderValue" not in flat and isinstance(flat.get("operationName"), str)
    ):
        flat["ResourceProviderValue"] = flat["operationName"].partition("/")[0]
    for name in [n for n in flat if n[:1].islower()]:
        flat.setdefault(_capital(name), flat[name])
        if "." in name:
            flat.setdefault(".".join(map(_capital, name.split("."))), flat[name])


def _azure_service(flat: Flat) -> str:
    """Which of Azure's logs it is of; empty where nothing says."""
    if "loggedByService" in flat:
        return "auditlogs"
    told = (flat.get(name) for name in ("Type", "category", "Category", "category.value"))
    service = _AZURE.get(str(next(filter(None, told), "")).lower().replace(" ", ""), "")
    if service:
        return service
    if "status.errorCode" in flat:
        return "signinlogs"
    if "activityDisplayName" in flat:
        return "auditlogs"
    resource = "resourceId" in flat or "ResourceId" in flat
    return "activitylogs" if resource and "riskEventType" not in flat else ""


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


_SOURCES: tuple[tuple[Callable[[Flat], bool], Callable[[Flat, dict[str, Any]], None]], ...] = (
    (lambda f: "eventSource" in f and "eventName" in f and ("eventVersion" in f or "awsRegion" in f or "eventID" in f
               or str(f["eventSource"]).endswith(".amazonaws.com")), _cloudtrail),
    (lambda f: str(f.get("eventService") or f.get("protoPayload.serviceName")) in
     ("admin.googleapis.com", "login.googleapis.com") or "id.applicationName" in f, _workspace),
    (lambda f: "protoPayload.methodName" in f, _google),
    (lambda f: "legacyEventType" in f or "debugContext.debugData.requestUri" in f
     or ("eventType" in f and "outcome.result" in f and "published" in f), _okta),
    (lambda f: "Workload" in f and "Operation" in f, _m365),
    (lambda f: str(f.get("apiVersion", "")).startswith("audit.k8s.io"), lambda f, _: _source(f, "kubernetes", "audit")),
    (lambda f: "action" in f and "actor" in f and ("org" in f or "repo" in f) and ("@timestamp" in f or "created_at" in f),
     lambda f, _: _source(f, "github", "audit")),
    (_is_azure, _azure),
)  # fmt: skip

__all__ = ["named", "within"]
