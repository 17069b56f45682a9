"""What an event names beside its host, user and address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.core.entity import Entity
from assay.kinds.hosts.links import linked

SHA = "a" * 64


def test_processes_log_ons_and_files_of_an_event() -> None:
    record = {
        "ProcessGuid": "{365ABB72-3D4A-5CEB-0000-0010FA93FD00}", "ParentProcessGuid": "{365ABB72-3D4A-5CEB-0000-0010FA93FD01}",
        "LogonId": "0x1AB", "Hashes": f"MD5={'b' * 32},SHA256={SHA.upper()}", "Image": "C:\\Users\\anna\\evil.exe",
    }  # fmt: skip
    assert list(linked(record, "WS-7")) == [
        Entity("logon", "ws-7:0x1ab"), Entity("process", "365abb72-3d4a-5ceb-0000-0010fa93fd00"),
        Entity("process", "365abb72-3d4a-5ceb-0000-0010fa93fd01"), Entity("file", SHA),
    ]  # fmt: skip


def test_what_every_machine_has_links_nothing() -> None:
    system = {
        "LogonId": "0x3e7",
        "SubjectLogonId": "0x0",
        "Hashes": f"SHA256={SHA}",
        "Image": "C:\\Windows\\System32\\cmd.exe",
    }
    assert not list(linked(system, "ws"))
    assert not list(linked({"LogonId": "0x1ab"}, None)), "a log-on's number says nothing without its host"
    assert not list(linked({"Hashes": f"SHA256={SHA}"}, "ws")), "nor a hash of who knows what"


@given(
    st.dictionaries(
        st.sampled_from(["ProcessGuid", "LogonId", "Hashes", "Image"]), st.text() | st.lists(st.text()) | st.none()
    )
)
def test_malformed_fields_are_passed_over(record: dict[str, object]) -> None:
    for entity in linked(record, "ws"):
        assert entity.id.isprintable()
        assert len(entity.id) <= 128
