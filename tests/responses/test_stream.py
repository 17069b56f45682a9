"""OCSF streams against a real file and real sockets."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import threading
from pathlib import Path

import pytest

from assay.core.clock import now
from assay.ledger.sqlite import SqliteLedger
from assay.responses.courier import Undelivered
from assay.responses.document import Stream
from assay.responses.news import Cursor, News, Wanted, as_ocsf, news
from assay.responses.stream import DATAGRAM, FileSink, SyslogSink, fitting, open_stream

from .world import BAD, finding, label, record

# RFC 5424 section 6: PRI VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA SP MSG
MESSAGE = re.compile(
    rb"<(\d{1,3})>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z [!-~]{1,255} assay - finding - (\{.*\})", re.DOTALL
)


def told(ledger: SqliteLedger, count: int = 3) -> list[News]:
    for i in range(count):
        record(ledger, f"e{i}", finding("critical" if i else "low"), ip=BAD)
    return [one for one in news(ledger, Cursor(), Wanted(1, labels=True)) if isinstance(one, News)]


def test_a_file_grows_by_whole_lines_and_forgets_what_was_not_noted(tmp_path: Path, ledger: SqliteLedger) -> None:
    sink, found = FileSink(tmp_path / "a" / "out.jsonl"), told(ledger)
    mark = sink.deliver(found[:2], now())
    path = tmp_path / "a" / "out.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"half a li')
    again = FileSink(path)
    again.resume(mark)
    assert path.read_bytes() == whole
    again.deliver(found[2:], now())
    assert [json.loads(line)["metadata"]["uid"] for line in path.read_text().splitlines()] == ["1.0", "2.0", "3.0"]


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path, ledger: SqliteLedger) -> None:
    sink, found, path = FileSink(tmp_path / "out.jsonl"), told(ledger), tmp_path / "out.jsonl"
    mark = sink.deliver(found[:1], now())
    path.rename(tmp_path / "out.jsonl.1")
    sink.resume(mark)
    sink.deliver(found[1:], now())
    assert len(path.read_text().splitlines()) == 2
    assert len((tmp_path / "out.jsonl.1").read_text().splitlines()) == 1


def test_a_file_that_cannot_be_written_is_undelivered(tmp_path: Path, ledger: SqliteLedger) -> None:
    (tmp_path / "x").write_text("no folder")
    with pytest.raises(Undelivered):
        FileSink(tmp_path / "x" / "out").deliver(told(ledger), now())


def test_a_label_updates_or_closes_its_findings(ledger: SqliteLedger) -> None:
    told(ledger, 2)
    label(ledger, "e0", "genuine")
    label(ledger, "e1", "fraud")
    events = [
        e for one in news(ledger, Cursor(), Wanted(1, labels=True)) if isinstance(one, News) for e in as_ocsf(one)
    ]
    assert [(e["finding_info"]["uid"], e["activity_id"], e["status_id"]) for e in events] == [
        ("1.0", 1, 1), ("2.0", 1, 1), ("1.0", 3, 4), ("2.0", 2, 2),
    ]  # fmt: skip
    assert len({e["metadata"]["uid"] for e in events}) == 4


def test_udp_carries_one_event_a_datagram(ledger: SqliteLedger) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        sink = open_stream(Stream(to=f"udp://127.0.0.1:{server.getsockname()[1]}"), Path())
        sink.deliver(told(ledger), now())
        for severity in (5, 2, 2):
            match = MESSAGE.fullmatch(server.recv(65536))
            assert match
            assert divmod(int(match[1]), 8) == (13, severity)
            assert json.loads(match[3])["class_uid"] == 2004


class Lines(socketserver.BaseRequestHandler):
    """Reads octet-counted messages (RFC 6587 section 3.4.1)."""

    def handle(self) -> None:
        buffer = b""
        while data := self.request.recv(4096):
            buffer += data
            while match := re.match(rb"(\d+) ", buffer):
                size, at = int(match[1]), match.end()
                if len(buffer) < at + size:
                    break
                self.server.heard.append(buffer[at : at + size])  # type: ignore[attr-defined]
                buffer = buffer[at + size :]
                if self.server.closing:  # type: ignore[attr-defined]
                    return


def test_tcp_counts_octets_and_comes_back_after_the_other_side_has_gone(ledger: SqliteLedger) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Lines) as server:
        server.heard, server.closing = [], True  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        sink, found = SyslogSink("tcp", "127.0.0.1", server.server_address[1]), told(ledger)
        for one in found:
            sink.deliver([one], now())
            for _ in range(200):
                if len(server.heard) > found.index(one):  # type: ignore[attr-defined]
                    break
                threading.Event().wait(0.01)
            threading.Event().wait(0.02)
        server.shutdown()
    assert len(server.heard) == 3  # type: ignore[attr-defined]
    assert all(MESSAGE.fullmatch(line) for line in server.heard)  # type: ignore[attr-defined]


def test_nobody_there_is_undelivered(ledger: SqliteLedger) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(Undelivered):
        SyslogSink("tcp", "127.0.0.1", port).deliver(told(ledger), now())


def test_an_event_too_large_for_a_datagram_loses_what_can_be_read_elsewhere(ledger: SqliteLedger) -> None:
    event = as_ocsf(told(ledger, 1)[0])[0]
    event["evidences"] = [{"data": {"x": "y" * 20_000}}]
    small = fitting(event, DATAGRAM)
    assert len(small) <= DATAGRAM
    kept = json.loads(MESSAGE.fullmatch(small)[3])  # type: ignore[index]
    assert kept["finding_info"]["uid"] == "1.0"
    assert "evidences" not in kept
    assert "unmapped" in kept
