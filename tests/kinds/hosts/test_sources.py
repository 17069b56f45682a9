"""Records of many makes: each is known by what stands in it, has the names that rules use, and any JSON at all is flat text.

The records are written by hand after the makers' published schemas.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.kinds.hosts.batches import moment_of
from assay.kinds.hosts.detector import OWN_RULES
from assay.kinds.hosts.reader import JsonLog
from assay.kinds.hosts.sigma.load import load_rules
from assay.kinds.hosts.sigma.ruleset import RuleSet
from assay.kinds.hosts.sources import normal, several

CLOUDTRAIL = {
    "eventVersion": "1.08", "eventTime": "2026-03-01T10:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
    "awsRegion": "eu-central-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli", "errorCode": "AccessDenied",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/eva"}, "requestParameters": {"userName": "mallory"},
}  # fmt: skip
SIGNIN = {
    "time": "2026-03-01T10:00:00Z", "resourceId": "/tenants/t/providers/Microsoft.aadiam", "operationName": "Sign-in activity",
    "category": "SignInLogs", "tenantId": "t", "resultType": "50126", "resultDescription": "Invalid", "callerIpAddress": "198.51.100.7",
    "properties": {"userPrincipalName": "eva@corp.example", "appDisplayName": "Portal", "conditionalAccessStatus": "notApplied",
                   "deviceDetail": {"isCompliant": False, "trustType": ""}, "authenticationRequirement": "singleFactorAuthentication"},
}  # fmt: skip
GRAPH_SIGNIN = {
    "createdDateTime": "2026-03-01T10:00:00Z", "userPrincipalName": "eva@corp.example", "appDisplayName": "Portal",
    "ipAddress": "198.51.100.7", "status": {"errorCode": 50126, "failureReason": "Invalid"}, "clientAppUsed": "IMAP4",
}  # fmt: skip
AUDIT = {
    "activityDateTime": "2026-03-01T10:00:00Z", "activityDisplayName": "Delete conditional access policy", "category": "Policy",
    "loggedByService": "Conditional Access", "result": "success", "initiatedBy": {"user": {"userPrincipalName": "eva@corp.example"}},
    "targetResources": [{"type": "Policy", "modifiedProperties": [{"displayName": "a", "newValue": "1"}, {"displayName": "b", "newValue": "2"}]}],
}  # fmt: skip
ACTIVITY = {
    "time": "2026-03-01T10:00:00Z", "resourceId": "/subscriptions/1/x", "operationName": "MICROSOFT.KEYVAULT/VAULTS/DELETE",
    "category": "Administrative", "callerIpAddress": "198.51.100.7", "identity": {"claims": {}},
}  # fmt: skip
WORKSPACE = {
    "kind": "admin#reports#activity", "id": {"time": "2026-03-01T10:00:00.000Z", "uniqueQualifier": "1", "applicationName": "admin"},
    "actor": {"email": "eva@corp.example"}, "ipAddress": "198.51.100.7",
    "events": [{"type": "USER_SETTINGS", "name": "GRANT_ADMIN_PRIVILEGE", "parameters": [{"name": "USER_EMAIL", "value": "m@corp.example"}]},
               {"type": "APPLICATION_SETTINGS", "name": "CHANGE_APPLICATION_SETTING", "parameters": [{"name": "SETTING_NAME", "value": "Allow"}, {"name": "NEW_VALUE", "boolValue": True}]}],
}  # fmt: skip
GOOGLE = {
    "protoPayload": {"methodName": "storage.setIamPermissions", "serviceName": "storage.googleapis.com",
                     "authenticationInfo": {"principalEmail": "eva@corp.example"}, "requestMetadata": {"callerIp": "198.51.100.7"}},
    "timestamp": "2026-03-01T10:00:00Z",
}  # fmt: skip
LOGIN = {
    "protoPayload": {"serviceName": "login.googleapis.com", "methodName": "google.login.LoginService.2svDisable",
                     "metadata": {"event": [{"eventName": "2sv_disable", "parameter": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}]}},
    "timestamp": "2026-03-01T10:00:00Z",
}  # fmt: skip
OKTA = {
    "eventType": "user.mfa.okta_verify.deny_push", "published": "2026-03-01T10:00:00.000Z", "outcome": {"result": "FAILURE"},
    "actor": {"alternateId": "eva@corp.example"}, "client": {"ipAddress": "198.51.100.7"},
    "target": [{"displayName": "A"}, {"displayName": "B"}],
}  # fmt: skip
ECS = {
    "@timestamp": "2026-03-01T10:00:00Z", "ecs": {"version": "8.11.0"}, "host": {"name": "pc7", "os": {"type": "linux"}},
    "event": {"category": ["process"], "type": ["start"]}, "user": {"name": "eva"},
    "process": {"executable": "/usr/bin/curl", "command_line": "curl x", "parent": {"executable": "/bin/sh"}, "hash": {"sha256": "ab"}},
}  # fmt: skip
OCSF = {
    "class_uid": 1007, "category_uid": 1, "activity_id": 1, "time": 1_772_359_200_000, "metadata": {"version": "1.1.0"},
    "device": {"hostname": "pc7", "os": {"name": "Windows 11", "type": "Windows"}},
    "process": {"cmd_line": "whoami /all", "file": {"path": "C:\\Windows\\System32\\whoami.exe"}},
    "actor": {"process": {"file": {"path": "C:\\x.exe"}}, "user": {"name": "eva"}},
}  # fmt: skip
OCSF_CLOUD = {
    "class_uid": 6003, "category_uid": 6, "time": 1_772_359_200_000, "metadata": {"version": "1.1.0"}, "cloud": {"provider": "AWS"},
    "api": {"operation": "StopLogging", "service": {"name": "cloudtrail.amazonaws.com"}}, "src_endpoint": {"ip": "198.51.100.7"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("record", "source", "fields"),
    [
        (CLOUDTRAIL, "aws//cloudtrail", {"userIdentity.arn": "arn:aws:iam::1:user/eva", "requestParameters": '{"userName":"mallory"}'}),
        (SIGNIN, "azure//signinlogs", {"ResultType": "50126", "Status": "Failure", "DeviceDetail.isCompliant": "false", "UserPrincipalName": "eva@corp.example",
                                       "AuthenticationRequirement": "singleFactorAuthentication", "IPAddress": "198.51.100.7"}),
        (GRAPH_SIGNIN, "azure//signinlogs", {"ResultType": "50126", "ClientApp": "IMAP4", "ResultDescription": "Invalid"}),
        (AUDIT, "azure//auditlogs", {"properties.message": "Delete conditional access policy", "Status": "success",
                                     "TargetResources.modifiedProperties.newValue": ["1", "2"], "TargetResources.ModifiedProperties.DisplayName": ["a", "b"]}),
        (ACTIVITY, "azure//activitylogs", {"OperationNameValue": "MICROSOFT.KEYVAULT/VAULTS/DELETE", "ResourceProviderValue": "MICROSOFT.KEYVAULT", "CategoryValue": "Administrative"}),
        (GOOGLE, "gcp//gcp.audit", {"gcp.audit.method_name": "storage.setIamPermissions", "data.protoPayload.serviceName": "storage.googleapis.com"}),
        (LOGIN, "gcp//google_workspace.login", {"protoPayload.metadata.event.eventName": "2sv_disable", "eventService": "login.googleapis.com", "b": "2"}),
        (OKTA, "okta//okta", {"eventType": "user.mfa.okta_verify.deny_push", "target.displayName": ["A", "B"], "outcome.result": "FAILURE"}),
        (ECS, "linux/process_creation/", {"Image": "/usr/bin/curl", "ParentImage": "/bin/sh", "Hashes": "SHA256=ab", "Computer": "pc7"}),
        (OCSF, "windows/process_creation/", {"Image": "C:\\Windows\\System32\\whoami.exe", "ParentImage": "C:\\x.exe", "CommandLine": "whoami /all"}),
        (OCSF_CLOUD, "aws//cloudtrail", {"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "sourceIPAddress": "198.51.100.7"}),
        ({"Workload": "Exchange", "Operation": "New-InboxRule", "Parameters": [{"Name": "x"}]}, "m365//", {"Parameters": '[{"Name":"x"}]'}),
        ({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "verb": "create", "objectRef": {"resource": "pods"}}, "kubernetes//audit", {"objectRef.resource": "pods"}),
        ({"eventSource": "x", "eventName": "y"}, "//", {}),
        ({"published": 1, "message": "x"}, "//", {}),
    ],
)  # fmt: skip
def test_a_record_is_known_and_named(record: dict[str, Any], source: str, fields: dict[str, Any]) -> None:
    flat = normal(record)
    assert "/".join(str(flat.get(name, "")) for name in ("_product", "_category", "_service")) == source
    assert {name: flat.get(name) for name in fields} == fields


@pytest.mark.parametrize(
    "record", [CLOUDTRAIL, SIGNIN, GRAPH_SIGNIN, AUDIT, ACTIVITY, GOOGLE, OKTA, ECS, OCSF, OCSF_CLOUD, WORKSPACE]
)
def test_time_and_person_are_found(record: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text(json.dumps(record), "utf-8")
    assert JsonLog().sniff(json.dumps(record).encode(), tmp_path / "log.json") > 0.5
    (batch,) = JsonLog().read(tmp_path / "log.json", reject=lambda error: pytest.fail(error.reason))
    assert set(batch.time.tolist()) == {1_772_359_200_000_000}
    known = batch.columns["user"][0], batch.columns["ip"][0], batch.columns["host"][0]
    assert any(value and ("eva" in value or value in ("198.51.100.7", "pc7")) for value in known)


def test_events_inside_one_record_are_records() -> None:
    first, second = several(WORKSPACE)
    assert (first["eventName"], first["user_email"], first["_service"]) == (
        "GRANT_ADMIN_PRIVILEGE",
        "m@corp.example",
        "google_workspace.admin",
    )
    assert (second["setting_name"], second["new_value"]) == ("Allow", "true")
    (looked_up,) = several({"EventId": "1", "CloudTrailEvent": json.dumps(CLOUDTRAIL)})
    assert looked_up["_service"] == "cloudtrail"
    assert len(list(several({"CloudTrailEvent": "{broken"}))) == 1


def test_lists_of_records_are_read_wherever_they_stand(tmp_path: Path) -> None:
    for i, whole in enumerate(
        (
            {"Records": [CLOUDTRAIL] * 3},
            {"value": [AUDIT] * 3},
            {"Events": [{"CloudTrailEvent": json.dumps(CLOUDTRAIL)}] * 3},
            {"kind": "admin#reports#activities", "items": [WORKSPACE | {"events": WORKSPACE["events"][:1]}] * 3},
        )
    ):  # type: ignore[index]
        for indent in (None, 1):
            path = tmp_path / f"{i}.json"
            path.write_text(json.dumps(whole, indent=indent), "utf-8")
            assert sum(map(len, JsonLog().read(path, reject=lambda error: pytest.fail(error.reason)))) == 3


@pytest.mark.parametrize(
    "clock", ["9999999999999999999", "0001-01-01T00:00:00+23:59", "2999-01-01T00:00:00Z", "never", "", "-1"]
)
def test_a_clock_out_of_this_world_is_none(clock: str) -> None:
    found = moment_of({"time": clock})
    assert found is None or 0 <= found < 4_102_444_800_000_000


NAMES = st.sampled_from(
    ["eventSource", "eventName", "operationName", "tenantId", "protoPayload", "methodName", "properties", "targetResources", "events", "id",
     "applicationName", "parameters", "name", "value", "winlog", "event_data", "class_uid", "metadata", "version", "ecs", "event", "category",
     "type", "Event", "System", "EventData", "UserData", "status", "errorCode", "legacyEventType", "Workload", "Operation", "CloudTrailEvent",
     "riskEventType", "userPrincipalName", "metadata", "serviceName", "parameter", "identity", "actor", "Channel", "EventID", "time"]
)  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 10**20), st.floats(), st.text(max_size=12), st.sampled_from(["admin.googleapis.com", "AWS", "{}"])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(NAMES, st.text(max_size=5)), inner, max_size=6)),
    max_leaves=25,
)  # fmt: skip


OWN = RuleSet(load_rules([OWN_RULES]).rules)
SYSTEM = st.dictionaries(
    st.sampled_from(["EventID", "Channel", "Computer", "Provider", "TimeCreated", "Security"]), JSON, max_size=6
)
DATA = st.one_of(
    JSON, st.dictionaries(st.sampled_from(["Image", "CommandLine", "Data", "TargetUserName", ""]), JSON, max_size=5)
)
WINDOWS = st.fixed_dictionaries(
    {"Event": st.fixed_dictionaries({"System": SYSTEM}, optional={"EventData": DATA, "UserData": DATA})}
)


@settings(max_examples=200, deadline=None)
@given(WINDOWS)
@example(
    {
        "Event": {
            "System": {"EventID": 1, "Channel": "Security"},
            "EventData": {"Data": [["a"], [[{"#text": [["b"]]}]]], "": "x"},
        }
    }
)
def test_no_windows_record_breaks_the_rules(record: dict[str, Any]) -> None:
    for flat in several(record):
        OWN.match(flat)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=8))
@example({"Event": {"System": True}})
def test_any_record_is_flat_text_or_refused(record: dict[str, Any]) -> None:
    for flat in several(record):
        for name, value in flat.items():
            if name == "_id":
                assert isinstance(value, int)
            else:
                assert isinstance(value, str) or all(isinstance(one, str) for one in value), (name, value)
        moment_of(flat)
