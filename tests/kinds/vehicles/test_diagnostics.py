"""Transport, answers and abuse of diagnostics: what is split is put together, what is endless is bounded, and only what nobody
does on the road is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.diagnostics.detector import Diagnostics
from assay.kinds.vehicles.diagnostics.isotp import MOST_OPEN, messages
from assay.kinds.vehicles.diagnostics.j1939 import address, groups, road_speed, transported
from assay.kinds.vehicles.diagnostics.obd import answers
from assay.kinds.vehicles.diagnostics.uds import requests
from assay.kinds.vehicles.frames import EXTENDED, FRAME
from assay.kinds.vehicles.reader import trace_of
from tests.kinds.vehicles.bus import drive

Line = tuple[float, int, bytes]  # seconds, id, up to eight bytes


def frames_of(lines: list[Line]) -> np.ndarray:
    frames = np.zeros(len(lines), FRAME)
    for frame, (seconds, id_, octets) in zip(frames, sorted(lines, key=lambda line: line[0]), strict=True):
        frame["time"], frame["id"], frame["length"] = 1_700_000_000_000_000 + round(seconds * 1e6), id_, len(octets)
        frame["data"] = int.from_bytes(octets, "little")
    return frames


def isotp(payload: bytes, at: float, id_: int) -> list[Line]:
    if len(payload) < 8:
        return [(at, id_, (bytes([len(payload)]) + payload).ljust(8, b"\xaa"))]
    lines = [(at, id_, bytes([0x10 | len(payload) >> 8, len(payload) & 255]) + payload[:6])]
    for n, start in enumerate(range(6, len(payload), 7), 1):
        lines.append((at + n * 0.001, id_, bytes([0x20 | n & 15]) + payload[start : start + 7]))
    return lines


def asked(payload: bytes, at: float, answer: bytes = b"", id_: int = 0x7E0) -> list[Line]:
    return isotp(payload, at, id_) + (isotp(answer, at + 0.01, id_ + 8) if answer else [])


def speed(kmh: int, at: float) -> list[Line]:
    return isotp(bytes([0x41, 0x0D, kmh]), at, 0x7E8)


def judged(lines: list[Line], clean: bool = True) -> Finding:
    frames = frames_of(lines)
    if clean:
        frames = np.concatenate([drive(5, 2), frames])
        frames = frames[np.argsort(frames["time"], kind="stable")]
    batch: Batch[Any] = Batch.of([trace_of(frames, "t", "car-1")])
    return Diagnostics().examine(batch, Profile((), np.zeros((1, 0)))).explain(np.array([0]))[0]


def codes(lines: list[Line]) -> set[str]:
    return {r.code for r in judged(lines).reasons}


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=1, max_size=600), st.sampled_from([0x7E0, 0x7BB, 0x18DA10F1 | EXTENDED]))
def test_a_message_of_any_length_comes_together(payload: bytes, id_: int) -> None:
    (said,) = messages(frames_of(isotp(payload, 0, id_)))
    assert (said.payload, said.id) == (payload, id_)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.integers(0x7D0, 0x7FF), st.binary(max_size=8)), max_size=80))
def test_any_frames_give_messages_and_doings(lines: list[Line]) -> None:
    frames = frames_of(lines)
    assert all(0 < len(m.payload) <= 4095 for m in messages(frames))
    judged(lines, clean=False) if lines else None


def test_unfinished_messages_are_bounded_and_forgotten() -> None:
    firsts = [(n / 1e4, (0x18DA0000 + n) | EXTENDED, b"\x1f\xff123456") for n in range(3 * MOST_OPEN)]
    assert list(messages(frames_of(firsts))) == []
    late = isotp(b"0123456789", 0, 0x7E0)
    assert list(messages(frames_of([late[0], (5.0, *late[1][1:])]))) == []


@pytest.mark.parametrize("announced", [b"\x20", b"\x10"])
def test_j1939_packets_come_together_in_any_order(announced: bytes) -> None:
    payload = bytes(range(23))
    head = announced + len(payload).to_bytes(2, "little") + bytes([4, 0xFF]) + (65226).to_bytes(3, "little")
    parts = [bytes([n + 1]) + payload[7 * n : 7 * n + 7].ljust(7, b"\xff") for n in range(4)]
    lines = [(0.0, 0x18ECFF00 | EXTENDED, head)]
    lines += [(0.05 * (k + 1), 0x18EBFF00 | EXTENDED, parts[n]) for k, n in enumerate((1, 0, 0, 3, 2))]
    (sent,) = transported(frames_of(lines))
    assert sent.payload == payload
    assert (sent.address.group, sent.address.source, sent.address.destination) == (65226, 0, 255)


def test_what_a_j1939_id_says() -> None:
    assert address(0x18FEF100) == (6, 65265, 0, 255)
    assert address(0x18EA2100 | EXTENDED) == (6, 0xEA00, 0, 0x21)
    assert groups(np.array([0x18FEF100 | EXTENDED, 0x18EA2100 | EXTENDED, 0x123], np.uint32)).tolist() == [
        65265,
        0xEA00,
        -1,
    ]
    frames = frames_of([(0, 0x18FEF103 | EXTENDED, b"\xff\x00\x32\xff\xff\xff\xff\xff")])
    assert road_speed(frames)[1].tolist() == [50.0]


def test_answers_have_values() -> None:
    lines = isotp(bytes([0x41, 0x0C, 0x1A, 0xF8, 0x0D, 50]), 0, 0x7E8) + isotp(b"\x41\xee\x01", 1, 0x7E8)
    found = answers(messages(frames_of(lines)))
    assert {pid: v.value.tolist() for pid, v in found.items()} == {0x0C: [1726.0], 0x0D: [50.0]}


def test_requests_know_their_answers() -> None:
    lines = asked(b"\x22\xf1\x90", 0, b"\x62\xf1\x90WVWZZZ1KZAW000001") + asked(b"\x27\x01", 1, b"\x7f\x27\x33")
    lines += asked(b"\x31\x01\xff\x00", 2, b"\x7f\x31\x78") + isotp(b"\x71\x01\xff\x00", 2.5, 0x7E8)
    told = requests(list(messages(frames_of(lines))))
    assert [(a.service, a.answer) for a in told] == [(0x22, 1), (0x27, -0x33), (0x31, 1)]


def test_ordinary_diagnostics_are_silent() -> None:
    poll = [line for n in range(40) for line in asked(b"\x01\x0d", n / 10, bytes([0x41, 0x0D, 60]))]
    reading = [line for n in range(30) for line in asked(b"\x22\xf1" + bytes([n]), n / 10, b"\x62\xf1" + bytes([n, 1]))]
    present = [line for n in range(3) for line in asked(b"\x3e\x80", 2.0 * n)]
    assert codes(poll + reading + present) == set()
    unlocked = asked(b"\x27\x01", 0, b"\x67\x01abcd") + asked(b"\x27\x02wxyz", 1, b"\x67\x02")
    assert codes(unlocked) == set()
    workshop = speed(0, 0) + asked(b"\x10\x02", 1, b"\x50\x02") + asked(b"\x34\x00\x44", 1.1, b"\x74\x20") + speed(0, 3)
    assert codes(workshop) == set()


def test_guessing_keys_is_told_and_worse_where_one_fitted() -> None:
    tries = [line for n in range(6) for line in asked(b"\x27\x02" + bytes([n]), n / 2, b"\x7f\x27\x35")]
    told = judged(tries)
    assert [(r.code, r.values["answered"]) for r in told.reasons] == [(reasons.SECURITY_ACCESS, "no")]
    assert (told.verdict, told.severity) == ("suspicious", "medium")
    fitted = judged(tries + asked(b"\x27\x02\x99", 4, b"\x67\x02"))
    assert (fitted.severity, fitted.reasons[0].values["answered"]) == ("high", "yes")
    assert codes(tries[:4]) == set()  # two wrong keys: somebody mistyped


@pytest.mark.parametrize(
    ("payload", "answer", "code"),
    [
        (b"\x11\x01", b"\x51\x01", reasons.RESET),
        (b"\x34\x00\x44", b"\x74\x20", reasons.FLASHING),
        (b"\x10\x02", b"\x50\x02", reasons.SESSION),
        (b"\x28\x03\x01", b"\x68\x03", reasons.CONTROL),
        (b"\x85\x02", b"\xc5\x02", reasons.CONTROL),
    ],
)
def test_what_is_for_the_workshop_is_grave_on_the_road(payload: bytes, answer: bytes, code: str) -> None:
    driving = speed(50, 0) + asked(payload, 1, answer) + speed(52, 2)
    told = judged(driving)
    assert [(r.code, r.values["moving"]) for r in told.reasons] == [(code, "yes")]
    assert (told.verdict, told.severity) == ("suspicious", "high")
    assert told.entities[0].id == "car-1"
    unknown = judged(asked(payload, 1, answer))
    assert (unknown.verdict, unknown.severity, unknown.reasons[0].values["moving"]) == (
        "inconclusive",
        "low",
        "unknown",
    )
    refused = judged(speed(50, 0) + asked(payload, 1, b"\x7f" + payload[:1] + b"\x22"))
    assert refused.verdict == "none"


def test_floods_and_scans() -> None:
    flood = [line for n in range(200) for line in asked(b"\x3e\x00", n / 150)]
    assert codes(flood) == {reasons.DIAGNOSTIC_FLOOD}
    scan = [line for n in range(30) for line in asked(b"\x22\xf1\x90", n / 10, b"", 0x700 + n)]
    assert codes(scan) == {reasons.DIAGNOSTIC_SCAN}
    truck = [(n / 50, 0x18FEF100 | EXTENDED, b"\xff\x00\x32\xff\xff\xff\xff\xff") for n in range(100)]
    reset = asked(b"\x11\x01", 1, b"\x51\x01")
    assert judged(truck + reset).severity == "high"
