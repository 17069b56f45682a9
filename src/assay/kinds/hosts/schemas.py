"""Two schemas of the field for events of any make, read as Sigma's names: the Elastic Common Schema (ECS 8) and the Open
Cybersecurity Schema Framework (OCSF 1). What the schema says of the source is noted for routing."""

from __future__ import annotations

from typing import Any

Flat = dict[str, Any]

_ECS = {
    "process.executable": "Image", "process.command_line": "CommandLine", "process.parent.executable": "ParentImage",
    "process.parent.command_line": "ParentCommandLine", "process.working_directory": "CurrentDirectory",
    "process.pe.original_file_name": "OriginalFileName", "process.pid": "ProcessId", "process.parent.pid": "ParentProcessId",
    "process.pe.company": "Company", "process.pe.product": "Product", "process.pe.description": "Description",
    "user.name": "User", "host.name": "Computer", "file.path": "TargetFilename", "registry.path": "TargetObject",
    "registry.data.strings": "Details", "dll.path": "ImageLoaded", "dns.question.name": "QueryName",
    "destination.ip": "DestinationIp", "destination.port": "DestinationPort", "destination.domain": "DestinationHostname",
    "source.ip": "SourceIp", "source.port": "SourcePort", "event.code": "EventID", "url.full": "c-uri",
    "url.original": "c-uri", "url.path": "cs-uri-stem", "url.query": "cs-uri-query", "url.domain": "cs-host",
    "http.request.method": "cs-method", "http.request.referrer": "cs-referer", "http.response.status_code": "sc-status",
    "user_agent.original": "c-useragent",
}  # fmt: skip
_ECS_HASHES = ("md5", "sha1", "sha256", "imphash")
# (event.category, words of event.type of which one must be there) -> Sigma's category
_ECS_CATEGORIES = (
    ("process", ("start", "process_started"), "process_creation"),
    ("process", ("end",), "process_termination"),
    ("network", ("start", "connection", "protocol"), "network_connection"),
    ("file", ("creation",), "file_event"),
    ("file", ("deletion",), "file_delete"),
    ("registry", ("change", "creation"), "registry_set"),
    ("registry", ("deletion",), "registry_delete"),
    ("library", ("start",), "image_load"),
    ("driver", ("start",), "driver_load"),
)
_SYSTEMS = {"windows": "windows", "linux": "linux", "macos": "macos", "darwin": "macos"}


def ecs(flat: Flat) -> None:
    """Adds Sigma's names beside those of ECS."""
    for name, other in _ECS.items():
        if name in flat:
            flat.setdefault(other, flat[name])
    hashes = [f"{kind.upper()}={flat[name]}" for kind in _ECS_HASHES if (name := f"process.hash.{kind}") in flat]
    if hashes:
        flat.setdefault("Hashes", ",".join(hashes))
    system = str(flat.get("host.os.type") or flat.get("host.os.family") or flat.get("host.os.platform") or "").lower()
    if system in _SYSTEMS:
        flat["_product"] = _SYSTEMS[system]
    categories, types = _words(flat.get("event.category")), _words(flat.get("event.type"))
    if "dns.question.name" in flat and "network" in categories:
        flat["_category"] = "dns_query" if flat.get("_product") == "windows" else "dns"
        flat.setdefault("query", flat["dns.question.name"])
        return
    for category, wanted, name in _ECS_CATEGORIES:
        if category in categories and not types.isdisjoint(wanted):
            flat["_category"] = name
            return


_OCSF_PROCESS = {  # in class 1007 the actor is the parent of what it launches; elsewhere it is the process itself
    "process.file.path": "Image", "process.cmd_line": "CommandLine", "process.pid": "ProcessId",
    "process.file.name": "OriginalFileName", "process.working_directory": "CurrentDirectory",
    "actor.process.file.path": "ParentImage", "actor.process.cmd_line": "ParentCommandLine",
    "process.parent_process.file.path": "ParentImage", "process.parent_process.cmd_line": "ParentCommandLine",
}  # fmt: skip
_OCSF_ACTOR = {
    "actor.process.file.path": "Image",
    "actor.process.cmd_line": "CommandLine",
    "actor.process.pid": "ProcessId",
}
_OCSF = {
    "device.hostname": "Computer", "actor.user.name": "User", "file.path": "TargetFilename", "module.file.path": "ImageLoaded",
    "reg_key.path": "TargetObject", "reg_value.path": "TargetObject", "reg_value.data": "Details",
    "dst_endpoint.ip": "DestinationIp", "dst_endpoint.port": "DestinationPort", "dst_endpoint.hostname": "DestinationHostname",
    "src_endpoint.ip": "SourceIp", "src_endpoint.port": "SourcePort", "query.hostname": "QueryName",
    "http_request.url.url_string": "c-uri", "http_request.http_method": "cs-method", "http_request.user_agent": "c-useragent",
    "http_response.code": "sc-status",
}  # fmt: skip
_OCSF_CLASSES = {
    "1001": "file_event", "1005": "image_load", "1007": "process_creation", "4001": "network_connection", "4003": "dns",
    "201001": "registry_event", "201002": "registry_set",
}  # fmt: skip
_OCSF_CLOUD = {
    "api.operation": "eventName", "api.service.name": "eventSource", "actor.user.uid_alt": "userIdentity.arn",
    "actor.user.type": "userIdentity.type", "src_endpoint.ip": "sourceIPAddress", "api.response.error": "errorCode",
    "http_request.user_agent": "userAgent", "cloud.region": "awsRegion",
}  # fmt: skip


def ocsf(flat: Flat) -> None:
    """Adds Sigma's names beside those of OCSF: process, file, module, registry, network, DNS and cloud API activity,
    authentication."""
    number = str(flat.get("class_uid"))
    cloud = number == "6003" and str(flat.get("cloud.provider", "")).upper() == "AWS"
    names = _OCSF_CLOUD if cloud else _OCSF | (_OCSF_PROCESS if number == "1007" else _OCSF_ACTOR)
    for name, other in names.items():
        if name in flat:
            flat.setdefault(other, flat[name])
    if number == "3002":
        for name, other in (("user.name", "TargetUserName"), ("src_endpoint.ip", "IpAddress")):
            if name in flat:
                flat.setdefault(other, flat[name])
    if cloud:
        flat["_product"], flat["_service"] = "aws", "cloudtrail"
        return
    system = str(flat.get("device.os.type") or flat.get("device.os.name") or "").lower()
    product = next((found for word, found in _SYSTEMS.items() if word in system), "")
    if product:
        flat["_product"] = product
    category = _OCSF_CLASSES.get(number, "")
    if number == "1007" and flat.get("activity_id") not in (None, "1"):
        category = "process_termination" if flat["activity_id"] == "2" else "process_other"
    elif number == "1001" and flat.get("activity_id") == "4":
        category = "file_delete"
    elif number == "4003" and product == "windows":
        category = "dns_query"
    if category:
        flat["_category"] = category
    if "QueryName" in flat:
        flat.setdefault("query", flat["QueryName"])


def _words(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value) if isinstance(value, list) else set()


__all__ = ["ecs", "ocsf"]
