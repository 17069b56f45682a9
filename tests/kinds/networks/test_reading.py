"""Logs of several makes: what happened comes out the same, joined with the logs beside it; what is broken is refused by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.kind import RowError, sniff
from assay.core.profile import Profile
from assay.kinds.networks import KIND
from assay.kinds.networks.detectors.alerts import Alerts
from assay.kinds.networks.evidence import Alert
from assay.kinds.networks.reading import eve, tables, zeek
from assay.kinds.networks.reading.rows import (
    TYPES,
    FlowRow,
    HandshakeRow,
    LookupRow,
    TransferRow,
    WebRequestRow,
    batch_of,
)

T = 1_700_000_000


def zeek_text(path: Path, kind: str, fields: str, *lines: str) -> Path:
    head = f"#separator \\x09\n#unset_field\t-\n#path\t{kind}\n#fields\t" + "\t".join(fields.split()) + "\n"
    path.write_text(head + "".join("\t".join(line.split(" ")) + "\n" for line in lines))
    return path


def read(module: Any, path: Path) -> list[Any]:
    refused: list[RowError] = []
    found = list(module.rows(path, refused.append))
    assert not refused
    return found


def test_the_logs_of_zeek(tmp_path: Path) -> None:
    dns = zeek_text(
        tmp_path / "dns.log", "dns", "ts uid id.orig_h id.orig_p id.resp_h id.resp_p query qtype_name rcode_name answers",
        f"{T}.5 C1 10.0.0.5 5 10.0.0.1 53 WWW.Example.ORG A NXDOMAIN -",
        f"{T} C2 10.0.0.5 5 10.0.0.1 53 a.b A NOERROR 1.2.3.4,5.6.7.8",
    )  # fmt: skip
    assert read(zeek, dns) == [
        LookupRow(T * 1_000_000 + 500_000, "10.0.0.5", "10.0.0.1", "www.example.org", "A", "NXDOMAIN", ""),
        LookupRow(T * 1_000_000, "10.0.0.5", "10.0.0.1", "a.b", "A", "NOERROR", "1.2.3.4 5.6.7.8"),
    ]
    http = zeek_text(
        tmp_path / "http.log", "http", "ts uid id.orig_h id.resp_h id.resp_p method host uri user_agent status_code",
        f"{T} C3 10.0.0.5 1.2.3.4 80 POST Shop.example /x curl 200",
    )  # fmt: skip
    (web,) = read(zeek, http)
    assert isinstance(web, WebRequestRow)
    assert (web.method, web.host, web.path, web.status) == ("POST", "shop.example", "/x", 200.0)
    files = zeek_text(
        tmp_path / "files.log", "files", "ts fuid tx_hosts rx_hosts mime_type filename seen_bytes sha1",
        f"{T} F1 1.2.3.4 10.0.0.5 application/x-dosexec a.exe 77 {'ab' * 20}",
    )  # fmt: skip
    (file,) = read(zeek, files)
    assert isinstance(file, TransferRow)
    assert (file.source, file.destination, file.bytes, file.sha1) == ("10.0.0.5", "1.2.3.4", 77.0, "ab" * 20)


def test_another_separator_and_another_order_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "conn.log"
    path.write_text(
        "#separator \\x2c\n#set_separator,;\n#unset_field,-\n#path,conn\n#fields,ip_proto,id.resp_h,id.resp_p,ts,uid,id.orig_h,proto,conn_state\n"
        f"6,1.2.3.4,443,{T}.5,C1,10.0.0.5,tcp,SF\n#close,2024-05-01-11-00-00\n"
    )
    found = sniff(path, [KIND])
    assert found is not None
    assert found[1].name == "networks.zeek"
    (row,) = read(zeek, path)
    assert (row.time, row.source, row.destination, row.port, row.state) == (
        T * 1_000_000 + 500_000,
        "10.0.0.5",
        "1.2.3.4",
        443.0,
        "open",
    )


def test_a_connection_takes_its_name_and_a_handshake_its_certificate_from_the_logs_beside_it(tmp_path: Path) -> None:
    conn = zeek_text(
        tmp_path / "conn.log", "conn", "ts uid id.orig_h id.resp_h id.resp_p proto conn_state orig_ip_bytes",
        f"{T} C1 10.0.0.5 1.2.3.4 443 tcp SF 500", f"{T} C2 10.0.0.5 1.2.3.4 443 tcp S0 60",
    )  # fmt: skip
    ssl = zeek_text(
        tmp_path / "ssl.log", "ssl", "ts uid id.orig_h id.resp_h id.resp_p server_name version cert_chain_fuids",
        f"{T} C1 10.0.0.5 1.2.3.4 443 Shop.Example TLSv12 F7,F8",
    )  # fmt: skip
    zeek_text(tmp_path / "files.log", "files", "ts fuid sha1", f"{T} F7 {'cd' * 20}")
    zeek_text(tmp_path / "x509.log", "x509", "ts id certificate.subject certificate.issuer", f"{T} F7 CN=me CN=me")
    first, second = read(zeek, conn)
    assert isinstance(first, FlowRow)
    assert (first.name, first.state, first.sent) == ("shop.example", "open", 500.0)
    assert (second.name, second.state) == ("", "attempt")
    (hello,) = read(zeek, ssl)
    assert "contact" not in {b.type.tag() for b in zeek.ZeekLog().read(ssl, reject=print)}
    assert isinstance(hello, HandshakeRow)
    assert (hello.certificate, hello.subject, hello.issuer) == ("cd" * 20, "CN=me", "CN=me")


def test_a_log_of_open_connections_tells_each_once(tmp_path: Path) -> None:
    path = zeek_text(
        tmp_path / "open_conn.log", "open_conn", "ts uid id.orig_h id.resp_h duration",
        *(f"{T} C1 10.0.0.5 1.2.3.4 {n}" for n in (60, 120, 180)),
    )  # fmt: skip
    assert [row.duration for row in read(zeek, path)] == [180.0]


def test_zeek_s_json_flat_and_nested(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    flat = {
        "ts": T,
        "id.orig_h": "10.0.0.5",
        "id.resp_h": "1.2.3.4",
        "id.resp_p": 22,
        "conn_state": "REJ",
        "proto": "tcp",
    }
    nested = {"_path": "conn", "ts": "2023-11-14T22:13:20Z", "id": {"orig_h": "10.0.0.5", "resp_h": "1.2.3.4", "resp_p": 22},
              "conn_state": "REJ", "proto": "tcp"}  # fmt: skip
    path.write_text(json.dumps(flat) + "\n")
    (one,) = read(zeek, path)
    path.write_text(json.dumps(nested) + "\n")
    (other,) = read(zeek, path)
    assert [str(v) for v in one] == [str(v) for v in other]
    assert (one.state, one.port) == ("rejected", 22.0)


def test_suricata_s_events(tmp_path: Path) -> None:
    base = {
        "timestamp": "2023-11-14T23:13:20.5+0100",
        "src_ip": "10.0.0.5",
        "dest_ip": "1.2.3.4",
        "dest_port": 443,
        "flow_id": 1,
    }
    events: list[dict[str, Any]] = [
        {"event_type": "tls", "tls": {"sni": "Shop.example", "version": "TLS 1.2", "ja3": {"hash": "aa"}, "fingerprint": "ab:cd"}},
        {"event_type": "dns", "dest_port": 53, "dns": {"type": "query", "id": 3, "rrname": "gone.example", "rrtype": "A"}},
        {"event_type": "dns", "dest_port": 53, "dns": {"type": "answer", "id": 3, "rrname": "gone.example", "rcode": "NXDOMAIN"}},
        {"event_type": "dns", "dest_port": 53, "flow_id": 9, "dns": {"version": 3, "type": "request", "id": 4,
         "queries": [{"rrname": "a.b", "rrtype": "TXT"}]}},
        {"event_type": "flow", "proto": "TCP", "flow": {"start": "2023-11-14T22:13:20Z", "end": "2023-11-14T22:14:20Z",
         "pkts_toclient": 3, "bytes_toserver": 10, "bytes_toclient": 20}},
        {"event_type": "stats", "stats": {}},
    ]  # fmt: skip
    path = tmp_path / "eve.json"
    path.write_text("".join(json.dumps(base | e) + "\n" for e in events))
    hello, answered, flow, asked = read(eve, path)
    assert (hello.name, hello.version, hello.ja3, hello.certificate) == ("shop.example", "TLSv1.2", "aa", "abcd")
    assert (answered.name, answered.code) == ("gone.example", "NXDOMAIN")
    assert (asked.name, asked.type, asked.code) == ("a.b", "TXT", "")
    assert (flow.time, flow.duration, flow.sent, flow.received, flow.state) == (T * 1_000_000, 60.0, 10.0, 20.0, "open")
    assert flow.name == "shop.example"


def test_where_suricata_tells_directions_alone_they_are_put_together(tmp_path: Path) -> None:
    ends = {"src_ip": "10.0.0.5", "src_port": 4000, "dest_ip": "1.2.3.4", "dest_port": 443}
    back = {"src_ip": "1.2.3.4", "src_port": 443, "dest_ip": "10.0.0.5", "dest_port": 4000}
    told = {"start": "2023-11-14T22:13:20Z", "end": "2023-11-14T22:13:22Z"}
    there = [
        {"event_type": "netflow", "timestamp": told["end"], "proto": "TCP", **one, "netflow": told | {"bytes": size}, "tcp": {"tcp_flags": "1b"}}
        for one, size in ((ends, 100), (back, 900))
    ]  # fmt: skip
    whole = {
        "event_type": "flow",
        "timestamp": told["end"],
        "proto": "TCP",
        **ends,
        "flow": {"bytes_toserver": 100, "bytes_toclient": 900},
    }
    path = tmp_path / "eve.json"
    for events in (there, [whole, *there]):
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
        (row,) = read(eve, path)
        assert (row.source, row.port, row.sent, row.received) == ("10.0.0.5", 443.0, 100.0, 900.0)


TABLES = {
    "argus": "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n"
    "2023/11/14 22:13:20.000000,1.5,tcp,10.0.0.5,4000,   ->,1.2.3.4,443,FSPA_FSPA,0,0,9,300,100,\n",
    "nfdump csv": "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt,opkt,obyt\n"
    "2023-11-14 22:13:20,2023-11-14 22:13:21,1.5,10.0.0.5,1.2.3.4,4000,443,TCP,......,3,100,4,200\n",
    "nfdump line": "Date first seen          Duration Proto      Src IP Addr:Port          Dst IP Addr:Port   Packets    Bytes Flows\n"
    "2023-11-14 22:13:20.000     1.500 TCP          10.0.0.5:4000  ->          1.2.3.4:443          3      100     1\n"
    "2023-11-14 22:13:20.000     1.500 TCP           1.2.3.4:443   ->         10.0.0.5:4000         4      200     1\n"
    "Summary: total flows: 2\n",
    "nfdump long": "Date first seen          Duration Proto  Src IP Addr:Port      Dst IP Addr:Port   Flags Tos  Packets    Bytes Flows\n"
    "2023-11-14 22:13:20.000     1.500 TCP      10.0.0.5:4000  ->      1.2.3.4:443   .AP.SF   0        3      100     1\n"
    "2023-11-14 22:13:20.000     1.500 TCP       1.2.3.4:443   ->     10.0.0.5:4000  .AP.SF   0        4      200     1\n",
    "nfdump json": '{"type": "FLOW", "first": "2023-11-14T22:13:20.000", "last": "2023-11-14T22:13:21.500", "in_bytes": 100, "out_bytes": 200, '
    '"proto": 6, "src_port": 4000, "dst_port": 443, "src4_addr": "10.0.0.5", "dst4_addr": "1.2.3.4", "labels": []}\n',
    "collector": '{"type": "IPFIX", "time_flow_start_ns": 1700000000000000000, "time_flow_end_ns": 1700000001500000000, "bytes": 100, "proto": "TCP", '
    '"src_addr": "10.0.0.5", "dst_addr": "1.2.3.4", "src_port": 4000, "dst_port": 443, "tcp_flags": 27}\n'
    '{"type": "IPFIX", "time_flow_start_ns": 1700000000000000000, "time_flow_end_ns": 1700000001500000000, "bytes": 200, "proto": "TCP", '
    '"src_addr": "1.2.3.4", "dst_addr": "10.0.0.5", "src_port": 443, "dst_port": 4000, "tcp_flags": 27}\n',
    "cloud": "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"
    "2 1 eni-1 - - - - - - - 1700000000 1700000060 - NODATA\n"
    "2 1 eni-1 10.0.0.5 1.2.3.4 4000 443 6 3 100 1700000000 1700000001.5 ACCEPT OK\n"
    "2 1 eni-1 1.2.3.4 10.0.0.5 443 4000 6 4 200 1700000000 1700000001.5 ACCEPT OK\n",
    "flow meter": "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Tot Fwd Pkts,TotLen Fwd Pkts,TotLen Bwd Pkts\n"
    "x,10.0.0.5,4000,1.2.3.4,443,6,2023-11-14 22:13:20,1500000,3,100,200\n",
}  # fmt: skip


def test_an_alert_of_suricata_is_told_as_its_own(tmp_path: Path) -> None:
    base = {"event_type": "alert", "timestamp": "2023-11-14T22:13:20Z", "src_ip": "10.0.0.5", "dest_ip": "198.51.100.7",
            "dest_port": 443, "proto": "TCP"}  # fmt: skip
    rule = {"gid": 1, "signature_id": 2_024_364, "rev": 5, "signature": "ET MALWARE beacon", "category": "A Trojan",
            "metadata": {"mitre_technique_id": ["T1071", "T1573.001"]}}  # fmt: skip
    path = tmp_path / "eve.json"
    path.write_text("".join(json.dumps(base | {"alert": rule | {"severity": n}}) + "\n" for n in (1, 2, 3)))
    (batch,) = [b for b in eve.SuricataLog().read(path, reject=lambda e: None) if b.type is Alert]
    told = Alerts().examine(batch, Profile.empty(3))
    first, second, third = told.explain(np.arange(3))
    assert [f.severity for f in (first, second)] == ["medium", "low"]
    assert third.verdict == "none"
    assert first.techniques == ("T1071", "T1573.001")
    assert first.reasons[0].values == {
        "signature": "ET MALWARE beacon", "category": "A Trojan", "rule": "1:2024364:5", "level": 1,
    }  # fmt: skip


@pytest.mark.parametrize("make", TABLES)
def test_a_flow_is_the_same_whoever_wrote_it(tmp_path: Path, make: str) -> None:
    path = tmp_path / "flows.txt"
    path.write_text(TABLES[make])
    assert tables.FlowTable().sniff(TABLES[make].encode(), path) > 0.9
    (row,) = read(tables, path)
    assert row == FlowRow(T * 1_000_000, "10.0.0.5", "1.2.3.4", 443.0, "tcp", "", 1.5, 100.0, 200.0, "open")


def test_an_amount_with_a_unit(tmp_path: Path) -> None:
    path = tmp_path / "flows.txt"
    path.write_text("Date first seen\n2023-11-14 22:13:20.000 1.5 TCP 10.0.0.5:4000 -> 1.2.3.4:443 12 1.2 M 1\n")
    (row,) = read(tables, path)
    assert row.sent == 1_200_000


BROKEN = (
    b"{",
    b"[]",
    b'{"event_type":"flow","src_ip":7}',
    b"\xff\xfe\0\0",
    b"x\ty",
    b"1,2,3",
    b'{"ts":1e300,"id.orig_h":"a","id.resp_h":"b"}',
)


@pytest.mark.parametrize(("module", "head"), [
    (zeek, b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.resp_h\n"),
    (eve, b""), (tables, TABLES["argus"].split("\n")[0].encode() + b"\n"),
])  # fmt: skip
def test_broken_lines_are_refused_by_number_and_no_other(tmp_path: Path, module: Any, head: bytes) -> None:
    good = {
        zeek: f"{T}\tC\t10.0.0.5\t1.2.3.4".encode(),
        eve: b'{"event_type":"flow","timestamp":"2023-11-14T22:13:20Z","src_ip":"10.0.0.5","dest_ip":"1.2.3.4","flow":{}}',
        tables: TABLES["argus"].split("\n")[1].encode(),
    }[module]
    path = tmp_path / "log"
    path.write_bytes(head + b"\n".join([good, *BROKEN, good]) + b"\n")
    refused: list[RowError] = []
    assert len(list(module.rows(path, refused.append))) == 2
    before = head.count(b"\n")
    rows = {error.row for error in refused}
    assert before + 1 not in rows
    assert before + 2 + len(BROKEN) not in rows
    assert len(rows) == len(BROKEN)


def test_a_line_without_end_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "dns.log"
    zeek_text(path, "dns", "ts id.orig_h id.resp_h query", f"{T} 10.0.0.5 10.0.0.1 a.b")
    content = path.read_bytes()
    path.write_bytes(content + b"x" * 5_000_000 + b"\n" + content.splitlines()[-1] + b"\n")
    refused: list[RowError] = []
    assert len(list(zeek.rows(path, refused.append))) == 2
    assert len(refused) == 1


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300), which=st.sampled_from(range(len(KIND.readers))))
def test_any_bytes_are_told_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, which: int) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x"
    heads = [
        b"#separator \\x09\n#path\tdns\n#fields\tts\tid.orig_h\tid.resp_h\tquery\n",
        b"",
        TABLES["argus"].encode(),
        b"\x0c\xa5\1\0".ljust(276, b"\0"),
        b"",
    ]
    path.write_bytes(heads[which] + content)
    reader = KIND.open_readers()[which]
    assert 0 <= reader.sniff(path.read_bytes(), path) <= 1
    refuse: Callable[[RowError], None] = lambda _: None  # noqa: E731
    for batch in reader.read(path, reject=refuse):
        batch.item(len(batch) - 1)


def test_rows_hold_the_fields_of_their_evidence_in_its_order() -> None:
    for row, type_ in TYPES.items():
        own = [name for name in type_.__struct_fields__ if name not in ("id", "time", "counted")]
        assert list(row._fields) == ["time", *own]


def test_no_text_of_a_log_is_longer_than_its_field() -> None:
    for kind, type_ in TYPES.items():
        texts = {field: "x" * 5000 for field in kind._fields if isinstance(kind._field_defaults.get(field, ""), str)}
        row = kind(**texts | {"time": T * 1_000_000, "source": "s" * 64, "destination": "d" * 64})
        assert isinstance(batch_of(kind, [row], "x").item(0), type_)
