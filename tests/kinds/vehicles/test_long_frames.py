"""CAN FD: bytes beyond the eighth are read from every sort of log, decoded, judged like those before them, and cost the others nothing."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.dbc import parse_dbc
from assay.kinds.vehicles.decode import decode
from assay.kinds.vehicles.detector import CanIntrusion
from assay.kinds.vehicles.diagnostics.isotp import messages
from assay.kinds.vehicles.events import events
from assay.kinds.vehicles.evidence import CanTrace
from assay.kinds.vehicles.frames import (
    ERROR,
    EXTENDED,
    FD,
    FRAME,
    PART,
    heads,
    id_of,
    keyed,
    part_of,
    parted,
    payload_of,
    payloads_of,
)  # fmt: skip
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.reader import CanLog, read_frames, trace_of
from assay.kinds.vehicles.watch import watch
from tests.kinds.vehicles.bus import LIVELY, drive, insert
from tests.kinds.vehicles.test_can import judged

LONG = 0x1A0  # an id of 32 bytes, every 20 ms


def framed(told: list[tuple[int, int, bytes]]) -> np.ndarray:
    """FRAME[m] of (microseconds, id, payload)."""
    frames = np.zeros(len(told), FRAME)
    rest = np.zeros((len(told), 7), np.uint64)
    for row, (time, id_, payload) in enumerate(told):
        words = np.frombuffer(payload.ljust(64, b"\0"), "<u8")
        frames[row] = (time, id_, len(payload), FD if len(payload) > 8 else 0, 0, words[0])
        rest[row] = words[1:]
    return parted(frames, rest)


@cache
def long_drive(seconds: float = 60, seed: int = 1) -> np.ndarray:
    """The made-up bus, and on it one id of 32 bytes with a count in its first and a slow value in its 21st and 22nd."""
    rng = np.random.default_rng([seed, 3])
    start = 1_700_000_000_000_000
    at = np.arange(int(seconds * 50)) * 20_000
    slow = (1000 + 800 * np.sin(at / 4e6 + seed)).astype(int)
    told = [
        (start + int(t) + int(rng.integers(0, 900)), LONG, bytes([k % 16]) + bytes(19) + int(v).to_bytes(2, "big") + bytes(10))
        for k, (t, v) in enumerate(zip(at, slow, strict=True))
    ]  # fmt: skip
    whole = np.concatenate([drive(seconds, seed), framed(told)])
    return whole[np.argsort(whole["time"], kind="stable")]


NORMAL = Normal.learn(long_drive(90))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 0x7FF), st.binary(max_size=64)), min_size=1, max_size=12))
def test_rows_and_payloads_go_round(told: list[tuple[bool, int, bytes]]) -> None:
    plain = [(k, i | EXTENDED | 0x10000 if wide else i, p) for k, (wide, i, p) in enumerate(told)]
    frames = framed(plain)
    rows = np.flatnonzero(frames["flags"] >> PART == 0)
    assert [payload_of(frames, r) for r in rows.tolist()] == [p for _, _, p in plain]
    assert heads(frames)["id"].tolist() == [i for _, i, _ in plain]
    whole = payloads_of(frames)
    assert [w.tobytes()[: len(p)] for w, (_, _, p) in zip(whole, plain, strict=True)] == [p for _, _, p in plain]
    keys = keyed(frames)
    assert (id_of(keys["id"]) == frames["id"]).all()
    assert (part_of(keys["id"]) == frames["flags"] >> PART).all()


def test_keys_of_long_and_short_ids_are_never_the_same() -> None:
    """An extended id so low that its fifth part would look like a short one is left out."""
    frames = framed([(0, 0x123 | EXTENDED, bytes(64)), (1, 0x123, bytes(64))])
    keys = keyed(frames)
    kept = keys[keys["flags"] & ERROR == 0]["id"]
    assert len(np.unique(kept)) == len(kept) == 15


def logged(tmp_path: Path, form: str, payload: bytes) -> Path:
    text, path = payload.hex(), tmp_path / f"a.{form}"
    if form == "log":
        path.write_text(f"(1.000000) can0 1A0##1{text}\n(1.010000) can0 1A0#0102\n")
    elif form == "brackets":
        path.write_text(f"(1.000000) can0 1A0 [{len(payload):02d}] {payload.hex(' ')}\n(1.010000) can0 1A0 [2] 01 02\n")
    elif form == "asc":
        path.write_text(
            "date Tue Jan 2 03:04:05.000 am 2024\nbase hex  timestamps absolute\n"
            f"   1.000000 CANFD   1 Rx        1A0                 1 0 d {len(payload)} {payload.hex(' ')}   0 0\n"
            "   1.010000 1  1A0             Rx   d 2 01 02\n"
        )
    elif form == "csv":
        path.write_text(f"time,id,dlc,data\n1.0,0x1A0,{len(payload)},{text}\n1.01,0x1A0,2,0102\n")
    elif form == "parquet":
        import polars as pl

        pl.DataFrame({"time": [1.0, 1.01], "id": ["1A0", "1A0"], "data": [text, "0102"]}).write_parquet(path)
    else:
        head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 227)
        for at, p, fd in ((1_000_000, payload, 4), (1_010_000, b"\1\2", 0)):
            data = struct.pack(">IBB2x", 0x1A0, len(p), fd) + p
            head += struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(data), len(data)) + data
        path.write_bytes(head)
    return path


@pytest.mark.parametrize("size", [12, 32, 64])
@pytest.mark.parametrize("form", ["log", "brackets", "asc", "csv", "parquet", "pcap"])
def test_every_sort_of_log_keeps_all_bytes(tmp_path: Path, form: str, size: int) -> None:
    payload = bytes(range(1, size + 1))
    path = logged(tmp_path, form, payload)
    assert CanLog().sniff(path.read_bytes(), path) >= 0.95
    refused: list[object] = []
    (frames,) = read_frames(path, refused.append)
    assert not refused
    assert len(heads(frames)) == 2
    assert payload_of(frames, 0) == payload
    assert payload_of(frames, len(frames) - 1) == b"\1\2"
    (batch,) = CanLog().read(path, reject=refused.append)
    assert batch.columns["frames"][0] == 2


def test_signals_beyond_the_eighth_byte_are_decoded() -> None:
    dbc = parse_dbc(
        b'BO_ 416 M: 32 X\n SG_ Slow : 167|16@0+ (0.5,1) [0|0] "" X\n SG_ Count : 0|8@1+ (1,0) [0|0] "" X\n'
    )
    (told,) = decode(long_drive(5), dbc).values()
    slow = (1000 + 800 * np.sin(np.arange(250) * 20_000 / 4e6 + 1)).astype(int)
    assert told.signals["Slow"].tolist() == pytest.approx((slow * 0.5 + 1).tolist())
    assert told.signals["Count"].tolist() == (np.arange(250) % 16).tolist()
    assert (long_drive(5)["flags"][told.rows] >> PART == 0).all()


def test_other_clean_driving_is_silent_and_a_lie_beyond_the_eighth_byte_is_told() -> None:
    clean = long_drive(40, 2)
    assert events(watch(clean, NORMAL)) == []
    lie = clean.copy()
    at = lie["time"] - lie["time"][0]
    mine = (lie["id"] == LONG) & (lie["flags"] >> PART == 2) & (at > 10_000_000) & (at < 15_000_000)
    lie["data"][mine] ^= np.uint64(0x03FF << 32)
    told = events(watch(lie, NORMAL))
    assert {reasons.EVENTS[e.kind] for e in told} & {reasons.LEAP, reasons.PAYLOAD}
    assert {i for e in told for i in e.ids} == {LONG}
    detector = CanIntrusion()
    detector._normals = [NORMAL]
    finding = judged(detector, trace_of(lie, "a"))
    assert finding.verdict == "suspicious"
    assert any(str(r.values["said"]).startswith("+16 ") for r in finding.reasons)


def test_injected_long_frames_count_once() -> None:
    clean = long_drive(30, 2)
    rows = np.flatnonzero(clean["id"] == LONG)[: 4 * 40]
    extra = clean[rows].copy()
    extra["time"] += 7_000
    whole = np.concatenate([clean, extra])
    whole = whole[np.argsort(whole["time"], kind="stable")]
    told = events(watch(whole, NORMAL))
    assert {reasons.EVENTS[e.kind] for e in told} >= {reasons.INJECTION}
    assert reasons.FLOOD not in {reasons.EVENTS[e.kind] for e in told}


def test_short_frames_are_judged_as_if_there_were_no_others() -> None:
    bad = insert(drive(20, 2), LIVELY, np.array([5_003_000, 9_000_000]))
    frames, normal = bad, Normal.learn(drive(90, 1))
    assert (keyed(frames) == frames).all()
    assert (normal.owner == np.arange(len(normal.ids))).all()
    assert [e.kind for e in events(watch(frames, normal))][:1] == [0]


def test_a_normal_of_long_frames_goes_round() -> None:
    again = Normal.from_json(NORMAL.as_json())
    assert (again.timed == NORMAL.timed).all()
    assert int((~again.timed).sum()) == 3
    clean = long_drive(20, 2)
    assert watch(clean, again).kind.tolist() == watch(clean, NORMAL).kind.tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_any_rows_are_judged(seed: int, n: int) -> None:
    """Parts without heads, twice, in any order, of any number."""
    rng = np.random.default_rng(seed)
    frames = np.frombuffer(rng.bytes(n * FRAME.itemsize), FRAME).copy()
    frames["time"] = np.abs(frames["time"] % 10**10)
    frames["id"][::2] = LONG
    frames["flags"][::3] = rng.integers(0, 8, len(frames[::3])) << PART
    detector = CanIntrusion()
    detector._normals = [NORMAL]
    trace = CanTrace(id="x", time=datetime(2024, 1, 1, tzinfo=UTC), content=frames.tobytes())
    assert judged(detector, trace).verdict in ("none", "inconclusive", "suspicious")
    CanTrace.to_columns([trace])
    list(messages(frames))
    decode(frames, parse_dbc(b'BO_ 416 M: 64 X\n SG_ A : 500|8@1+ (1,0) [0|0] "" X\n'))
    payloads_of(frames)


def test_isotp_over_long_frames() -> None:
    """A single frame of more than seven bytes says its length in its second byte; a first frame holds up to 62."""
    one = bytes([0x22]) + bytes(range(20))
    two = bytes([0x62]) + bytes(range(99))
    frames = framed([
        (0, 0x7E0, bytes([0, len(one)]) + one + bytes(10)),
        (1000, 0x7E8, bytes([0x10 | len(two) >> 8, len(two) & 255]) + two[:62]),
        (2000, 0x7E8, bytes([0x21]) + two[62:]),
    ])  # fmt: skip
    assert [said.payload for said in messages(frames)] == [one, two]
