"""Captures: whatever the file's make, the same connections come out; fingerprints are those of the published methods; damage and
hostile bytes lose nothing but themselves."""

from __future__ import annotations

import contextlib
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.kind import RowError
from assay.formats import tls_hello
from assay.formats.dns_message import read_message
from assay.kinds.networks.reading.capture import Capture, rows
from assay.kinds.networks.reading.rows import FlowRow, HandshakeRow, LookupRow, WebRequestRow
from tests.kinds.networks import packets as p

CLIENT, SERVER = "10.0.0.5", "198.51.100.7"
CIPHERS = [
    0x1A1A,
    0x1301,
    0x1302,
    0x1303,
    0xC02B,
    0xC02F,
    0xC02C,
    0xC030,
    0xCCA9,
    0xCCA8,
    0xC013,
    0xC014,
    0x9C,
    0x9D,
    0x2F,
    0x35,
]
ORDER = [0x2A2A, 0x1B, 0x00, 0x33, 0x10, 0x4469, 0x17, 0x2D, 0x0D, 0x05, 0x23, 0x12, 0x2B, 0xFF01, 0x0B, 0x0A, 0x15]


def extensions(name: str = "example.org", alpn: bytes = b"h2") -> list[tuple[int, bytes]]:
    known = {
        0x00: p.vector(b"\0" + p.vector(name.encode(), 2), 2),
        0x10: p.vector(p.vector(alpn, 1), 2),
        0x0D: p.vector(bytes.fromhex("0403080404010503080505010806 0601".replace(" ", "")), 2),
        0x2B: p.vector(bytes.fromhex("3a3a03040303"), 1),
        0x0A: p.vector(bytes.fromhex("4a4a001d00170018"), 2),
        0x0B: p.vector(b"\0", 1),
    }
    return [(k, known.get(k, b"")) for k in ORDER]


def told(path: Path) -> list[Any]:
    refused: list[RowError] = []
    found = list(rows(path, refused.append))
    assert not refused
    return found


def of(found: list[Any], kind: type[Any]) -> list[Any]:
    return [row for row in found if type(row) is kind]


def test_the_published_example_of_ja4_comes_out() -> None:
    """The worked example in the method's own technical note: Chrome with sixteen extensions and fifteen ciphers."""
    kind, body = tls_hello.handshake(p.client_hello(CIPHERS, extensions()))
    hello = tls_hello.client_hello(body)
    assert kind == 1
    assert tls_hello.ja4(hello) == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_ja4_is_blind_to_order_and_grease_and_ja3_is_not_to_order() -> None:
    def of_hello(ciphers: list[int], shuffled: list[tuple[int, bytes]]) -> tuple[str, str]:
        hello = tls_hello.client_hello(tls_hello.handshake(p.client_hello(ciphers, shuffled))[1])
        return tls_hello.ja3(hello), tls_hello.ja4(hello)

    plain = of_hello(CIPHERS, extensions())
    greased = of_hello([0x5A5A, *CIPHERS[1:]], [(0x6A6A if k == 0x2A2A else k, v) for k, v in extensions()])
    assert plain == greased
    turned = extensions()
    random.Random(1).shuffle(turned)
    other = of_hello(CIPHERS, turned)
    assert other[1] == plain[1]
    assert other[0] != plain[0]


@pytest.mark.parametrize(
    ("alpn", "ends"), [(b"h2", "h2"), (b"http/1.1", "h1"), (b"\xab\xcd", "ad"), (b"\xabx", "a8"), (b"x", "xx")]
)
def test_the_protocol_s_ends_in_ja4(alpn: bytes, ends: str) -> None:
    hello = tls_hello.client_hello(tls_hello.handshake(p.client_hello(CIPHERS, extensions(alpn=alpn)))[1])
    assert tls_hello.ja4(hello)[8:10] == ends


def test_ja4_without_anything() -> None:
    hello = tls_hello.client_hello(tls_hello.handshake(p.client_hello([], [], 0x0301))[1])
    assert tls_hello.ja4(hello) == "t10i000000_000000000000_000000000000"


def test_ja3_is_the_digest_of_the_numbers() -> None:
    hello = tls_hello.client_hello(
        tls_hello.handshake(p.client_hello([0x2F, 0x35], [(10, p.vector(b"\0\x1d", 2)), (11, b"\1\0")]))[1]
    )
    assert tls_hello.ja3(hello) == hashlib.md5(b"771,47-53,10-11,29,0").hexdigest()


def whole_life() -> list[bytes]:
    hello = p.client_hello(CIPHERS, extensions())
    answer = p.server_hello(0xC02F, [(0xFF01, b"\0")], b"certificate")
    web = b"GET /a?b HTTP/1.1\r\nHost: Plain.Example\r\nUser-Agent: curl\r\nContent-Length: 3\r\n\r\n"
    return [
        *p.conversation(CLIENT, SERVER, 443, [hello[:200], hello[200:]], [answer], 40_001),
        *p.conversation(CLIENT, SERVER, 80, [web, web], [b"HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n"], 40_002),
        p.udp(CLIENT, 5555, "10.0.0.1", 53, p.dns("WWW.Example.org")),
        p.udp("10.0.0.1", 53, CLIENT, 5555, p.dns("www.example.org", code=0, answers=[b"\xc6\x33\x64\x07"])),
        p.udp(CLIENT, 5556, "10.0.0.1", 53, p.dns("gone.example", id_=8, kind=16)),
        p.udp("10.0.0.1", 53, CLIENT, 5556, p.dns("gone.example", id_=8, kind=16, code=3)),
        p.tcp(CLIENT, 40_003, SERVER, 81, p.SYN), p.tcp(CLIENT, 40_004, SERVER, 82, p.SYN),
        p.tcp(SERVER, 82, CLIENT, 40_004, p.RST | p.ACK),
    ]  # fmt: skip


@pytest.mark.parametrize("make", ["pcap", "pcap big", "pcapng", "pcapng big", "tagged", "raw", "cooked"])
def test_every_make_of_capture_tells_the_same(tmp_path: Path, make: str) -> None:
    order = ">" if "big" in make else "<"
    link = {"raw": 101, "cooked": 113}.get(make, 1)
    wrap = {
        "raw": lambda f: f,
        "cooked": lambda f: b"\0" * 14 + b"\x08\x00" + f,
        "tagged": lambda f: p.ethernet(f, 2),
    }.get(make, p.ethernet)
    frames = [(1_700_000_000 + i / 1000, wrap(f)) for i, f in enumerate(whole_life())]
    write = p.pcapng if "ng" in make else p.pcap
    found = told(write(tmp_path / "x", frames, link, order))
    (hello,) = of(found, HandshakeRow)
    assert (hello.name, hello.version, hello.ja4) == ("example.org", "TLSv12", "t13d1516h2_8daaf6152771_e5627efa2ab1")
    assert hello.certificate == hashlib.sha256(b"certificate").hexdigest()
    web = of(found, WebRequestRow)
    assert [(w.method, w.host, w.path, w.agent) for w in web] == [("GET", "plain.example", "/a?b", "curl")] * 2
    assert web[0].status == 404
    assert [(n.name, n.type, n.code, n.answers) for n in of(found, LookupRow)] == [
        ("www.example.org", "A", "NOERROR", "198.51.100.7"), ("gone.example", "TXT", "NXDOMAIN", ""),
    ]  # fmt: skip
    states = {(f.port, f.protocol): f.state for f in of(found, FlowRow)}
    assert states == {
        (443, "tcp"): "open",
        (80, "tcp"): "open",
        (53, "udp"): "open",
        (81, "tcp"): "attempt",
        (82, "tcp"): "rejected",
    }
    first = min(found, key=lambda r: r.time)
    assert first.time == 1_700_000_000_000_000
    assert all(f.source == CLIENT for f in of(found, FlowRow))


def test_segments_out_of_order_and_sent_twice_make_one_hello(tmp_path: Path) -> None:
    hello = p.client_hello(CIPHERS, extensions())
    life = p.conversation(CLIENT, SERVER, 443, [hello[i : i + 60] for i in range(0, len(hello), 60)], [])
    syn, answer, *rest = life
    rest[1], rest[2] = rest[2], rest[1]
    rest.insert(1, rest[0])
    found = told(p.pcap(tmp_path / "x", [(i, p.ethernet(f)) for i, f in enumerate([syn, answer, *rest])]))
    assert of(found, HandshakeRow)[0].ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_a_capture_cut_short_keeps_what_came_before(tmp_path: Path) -> None:
    path = p.pcap(tmp_path / "x", [(i, p.ethernet(f)) for i, f in enumerate(whole_life())])
    path.write_bytes(path.read_bytes()[:-10])
    refused: list[RowError] = []
    assert len(list(rows(path, refused.append))) >= 6
    assert "damaged" in refused[0].reason


def test_a_length_that_cannot_be_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = p.pcap(tmp_path / "x", [(1, p.ethernet(whole_life()[0]))])
    content = bytearray(path.read_bytes())
    content[32:36] = b"\xff\xff\xff\x7f"
    path.write_bytes(content)
    refused: list[RowError] = []
    assert list(rows(path, refused.append)) == []
    assert "2147483647" in refused[0].reason


def test_it_is_known_by_content(tmp_path: Path) -> None:
    path = p.pcapng(tmp_path / "x.bin", [(1, b"")])
    assert Capture().sniff(path.read_bytes(), path) > 0.9
    assert Capture().sniff(b"\x0a\x0d\x0d\x0a" + b"\0" * 20, path) == 0.0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_ends_in_rows_or_refusals(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    write = data.draw(st.sampled_from([p.pcap, p.pcapng]))
    path = write(folder / "x", [(i, p.ethernet(f)) for i, f in enumerate(whole_life())])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 30))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(4, len(content)))]))
    refused: list[RowError] = []
    for batch in Capture().read(path, reject=refused.append):
        batch.item(0)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        read_message(content)
    with contextlib.suppress(ValueError):
        read_message(b"\0\7\1\0\0\1\0\0\0\0\0\0" + content)
    with contextlib.suppress(ValueError):
        tls_hello.client_hello(content)
    with contextlib.suppress(ValueError):
        tls_hello.handshake(b"\x16\x03" + content)


def test_a_pointer_that_leads_to_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="pointer"):
        read_message(b"\0\7\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1")


def test_a_hello_over_quic_is_told_with_its_name(tmp_path: Path) -> None:
    from tests.formats.test_quic import initial, integer

    record = p.client_hello(CIPHERS, extensions())
    hello = record[5:]
    pieces = (b"\x06" + integer(90) + integer(len(hello) - 90) + hello[90:], b"\x06\x00" + integer(90) + hello[:90])
    frames = [p.udp(CLIENT, 50_000, SERVER, 443, initial(piece, i)) for i, piece in enumerate(pieces)]
    found = told(p.pcap(tmp_path / "x", [(i, p.ethernet(f)) for i, f in enumerate(frames)]))
    (shaken,) = of(found, HandshakeRow)
    assert (shaken.name, shaken.ja4) == ("example.org", "q13d1516h2_8daaf6152771_e5627efa2ab1")
    assert [f.service for f in of(found, FlowRow)] == ["quic"]
