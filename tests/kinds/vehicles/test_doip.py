"""Diagnostics over IP: messages are put together from packets as they come, what is missing or none is passed over, and the same
things are told as on a bus."""

from __future__ import annotations

import io
import random
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.errors import UnreadableInput
from assay.core.finding import Finding
from assay.core.kind import sniff
from assay.core.profile import Profile
from assay.formats import pcap
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.diagnostics.detector import Diagnostics
from assay.kinds.vehicles.diagnostics.doip import KEPT, messages, packed, said
from assay.kinds.vehicles.diagnostics.reader import DoipCapture
from assay.kinds.vehicles.evidence import DiagnosticTrace

TESTER, ENGINE = 0x0E80, 0x1001
Segment = tuple[int, int, bytes]  # sequence, flags, bytes


def doip(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBHI", 2, 0xFD, kind, len(body)) + body


def diagnostic(source: int, target: int, payload: bytes) -> bytes:
    return doip(0x8001, struct.pack(">HH", source, target) + payload)


def tcp(sequence: int, flags: int, data: bytes, answers: bool = False, port: int = 13400) -> bytes:
    """An Ethernet frame of the tester, or of the car."""
    ends = [(bytes([10, 0, 0, 1]), 50_000), (bytes([10, 0, 0, 2]), port)]
    (a, p), (b, q) = ends[::-1] if answers else ends
    segment = struct.pack(">HHIIBBHHH", p, q, sequence & 0xFFFFFFFF, 0, 0x50, flags, 8192, 0, 0) + data
    packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, a, b) + segment
    return bytes(12) + b"\x08\x00" + packet


def frames(packets: list[tuple[float, bytes]]) -> list[pcap.Frame]:
    return [pcap.Frame(round(at * 1e6), 1, len(data), data) for at, data in packets]


def savefile(packets: list[tuple[float, bytes]]) -> bytes:
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for at, data in packets:
        out += struct.pack("<IIII", int(at), round(at % 1 * 1e6), len(data), len(data)) + data
    return out


def spoken(lines: list[tuple[float, int, int, bytes]]) -> list[tuple[float, bytes]]:
    """(seconds, source, target, payload) as packets of one connection."""
    sent = {False: 1000, True: 7000}
    out = [(lines[0][0], tcp(999, 2, b"")), (lines[0][0], tcp(6999, 0x12, b"", True))]
    for at, source, target, payload in lines:
        answers, data = source != TESTER, diagnostic(source, target, payload)
        out.append((at, tcp(sent[answers], 0x18, data, answers)))
        sent[answers] += len(data)
    return out


GUESSES = [
    line
    for k in range(4)
    for line in (
        (100.0 + 4 * k, TESTER, ENGINE, b"\x27\x01"),
        (100.1 + 4 * k, ENGINE, TESTER, b"\x67\x01\x12\x34"),
        (100.2 + 4 * k, TESTER, ENGINE, b"\x27\x02\x00\x00"),
        (100.3 + 4 * k, ENGINE, TESTER, b"\x7f\x27\x35"),
    )
]


def judged(content: bytes) -> Finding:
    trace = DiagnosticTrace(id="x", time=moment(0), content=content, vehicle="car-1")
    return Diagnostics().examine(Batch.of([trace]), Profile((), np.zeros((1, 0)))).explain(np.array([0]))[0]


def test_from_capture_to_finding(tmp_path: Path) -> None:
    path = tmp_path / "garage.pcap"
    path.write_bytes(savefile(spoken(GUESSES)))
    kind, reader, _ = sniff(path)  # type: ignore[misc]
    assert (kind.name, reader.name) == ("vehicles", "vehicles.doip")
    refused: list[Any] = []
    (batch,) = reader.read(path, reject=refused.append)
    assert not refused
    assert (batch.columns["messages"][0], batch.columns["seconds"][0]) == (16, pytest.approx(12.3))
    told = judged(batch.item(0).content)
    assert [r.code for r in told.reasons] == [reasons.SECURITY_ACCESS]
    assert told.reasons[0].values["ids"] == "0E80>1001"
    assert told.entities[0].id == "car-1"


def test_what_is_for_the_workshop_is_grave_where_the_car_moves() -> None:
    flash = [(200.0, TESTER, ENGINE, b"\x34\x00\x44" + bytes(8)), (200.1, ENGINE, TESTER, b"\x74\x20\x0f\xff")]
    speed = [(198.0, ENGINE, TESTER, b"\x62\xf4\x0d\x32"), (202.0, ENGINE, TESTER, b"\x62\xf4\x0d\x32")]
    standing = [(at, s, t, p[:3] + b"\x00") for at, s, t, p in speed]

    def told(lines: list[tuple[float, int, int, bytes]]) -> Finding:
        return judged(packed([(round(at * 1e6), s, t, p) for at, s, t, p in sorted(lines)]))

    assert (told(flash + speed).severity, told(flash + speed).reasons[0].code) == ("high", reasons.FLASHING)
    assert told(flash).verdict == "inconclusive"
    assert told(flash + standing).verdict == "none"


def test_a_scan_over_addresses_is_told() -> None:
    scan = [(300_000_000 + 100_000 * k, TESTER, 0x1000 + k, b"\x10\x01") for k in range(40)]
    assert reasons.DIAGNOSTIC_SCAN in {r.code for r in judged(packed(scan)).reasons}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_segments_in_any_order_and_twice_give_the_same_messages(seed: int, first: int) -> None:
    rng = random.Random(seed)
    payloads = [bytes([0x22]) + rng.randbytes(rng.choice([2, 60, 300, 5000])) for _ in range(8)]
    stream = b"".join(diagnostic(TESTER, ENGINE, p) + doip(0x0007, b"") for p in payloads)
    cuts = sorted({0, len(stream), *(rng.randrange(len(stream)) for _ in range(20))})
    segments = [tcp(first + 1 + a, 0x18, stream[a:b]) for a, b in pairwise(cuts)]
    segments += rng.sample(segments, 5)
    rng.shuffle(segments)
    told = messages(frames([(1.0, tcp(first, 2, b"")), *((1.0, s) for s in segments)]))
    assert [(s, t, p) for _, s, t, p in told] == [(TESTER, ENGINE, p[:KEPT]) for p in payloads]


def test_a_capture_that_begins_in_midst_of_a_message_finds_the_next() -> None:
    stream = diagnostic(TESTER, ENGINE, bytes(40)) + diagnostic(TESTER, ENGINE, b"\x11\x01")
    told = list(messages(frames([(1.0, tcp(500, 0x18, stream[21:]))])))
    assert [p for *_, p in told] == [b"\x11\x01"]


def test_what_was_never_captured_is_given_up(tmp_path: Path) -> None:
    lost = [(1.0, tcp(1000, 0x18, diagnostic(TESTER, ENGINE, bytes(1000))[:100]))]
    at = 90_000
    for k in range(80):
        data = diagnostic(TESTER, ENGINE, bytes([0x3E, k]))
        lost.append((2.0 + k, tcp(at, 0x18, data)))
        at += len(data)
    assert len(list(messages(frames(lost)))) >= 60


def test_other_captures_are_left_to_others(tmp_path: Path) -> None:
    path = tmp_path / "web.pcap"
    path.write_bytes(savefile([(1.0 + k, tcp(k, 0x18, b"GET /", port=80)) for k in range(9)] + spoken(GUESSES[:2])))
    assert DoipCapture().sniff(path.read_bytes(), path) == 0
    path.write_bytes(savefile(spoken(GUESSES))[:900])
    assert DoipCapture().sniff(path.read_bytes(), path) > 0.9  # also where the head ends within a packet
    refused: list[Any] = []
    assert sum(len(b) for b in DoipCapture().read(path, reject=refused.append)) == 1
    assert len(refused) == 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_is_survived(data: st.DataObject) -> None:
    content = bytearray(savefile(spoken(GUESSES)))
    for _ in range(data.draw(st.integers(0, 12))):
        content[data.draw(st.integers(24, len(content) - 1))] = data.draw(st.integers(0, 255))
    read = []
    try:
        for frame in pcap.frames(io.BytesIO(bytes(content[: data.draw(st.integers(24, len(content)))]))):
            read.append(frame)
    except UnreadableInput:
        pass
    told = list(messages(read))
    assert len(told) <= 40
    assert judged(packed(told)).verdict in ("none", "inconclusive", "suspicious")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_content_is_judged_or_refused(content: bytes) -> None:
    told = judged(content)
    assert told.verdict in ("none", "inconclusive")
    try:
        said(content)
    except UnreadableInput:
        assert told.reasons[0].code == reasons.BROKEN
