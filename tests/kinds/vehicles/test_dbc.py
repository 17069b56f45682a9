"""DBC: what is sound is taken and the rest is told; signals decode as a slow bit-by-bit reading says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.vehicles.dbc import Message, Signal, parse_dbc
from assay.kinds.vehicles.decode import columns, decode
from assay.kinds.vehicles.frames import EXTENDED, FRAME

TEXT = b"""VERSION ""
BO_ 291 ENGINE: 8 ECU
 SG_ Speed : 7|16@0+ (0.01,0) [0|655.35] "km/h" DASH
 SG_ Torque : 16|12@1- (0.5,-10) [0|0] "Nm" DASH
BO_ 65226 DM1: 8 ECU
 SG_ 2nd : 0|8@1+ (1,0) [0|1] "" X
BO_ 512 MUX: 8 ECU
 SG_ Page M : 0|8@1+ (1,0) [0|0] "" X
 SG_ A m0 : 8|8@1+ (1,0) [0|0] "" X
 SG_ B m1 : 8|8@1+ (2,0) [0|0] "" X
 SG_ Wide : 60|8@1+ (1,0) [0|0] "" X
 SG_ nonsense
BO_ 512 AGAIN: 8 ECU
VAL_ 999 Ghost 0 "none" ;
"""


def by_bits(data: int, signal: Signal) -> float:
    octets = data.to_bytes(64, "little")
    bits = []
    at = signal.start
    for _ in range(signal.length):
        bits.append((octets[at // 8] >> (at % 8)) & 1)
        if signal.little:
            at += 1
        else:
            at = at - 1 if at % 8 else at + 15
    value = sum(b << i for i, b in enumerate(bits if signal.little else bits[::-1]))
    if signal.signed and value >> (signal.length - 1):
        value -= 1 << signal.length
    return value * signal.scale + signal.offset


def test_what_is_sound_is_taken_and_the_rest_is_told() -> None:
    dbc = parse_dbc(TEXT)
    assert set(dbc.messages) == {291, 65226 | EXTENDED, 512}
    assert [s.name for s in dbc.messages[512].signals] == ["Page", "A", "B"]
    assert [r.line for r in dbc.repairs] == [5, 6, 11, 12, 13, 14]


def test_a_file_that_builds_on_another_says_so() -> None:
    assert [r.line for r in parse_dbc(b'CM_ "IMPORT _common.dbc";\n').repairs] == [1]


def test_frames_become_columns() -> None:
    frames = np.zeros(5, FRAME)
    frames["id"], frames["length"] = [512, 291, 512, 7, 291], [8, 8, 8, 8, 1]
    frames["data"] = [0x0500, 0x0000_0000_00FF_1027, 0x0501, 9, 0x27]
    told = decode(frames, parse_dbc(TEXT))
    assert told[291].rows.tolist() == [1, 4]
    assert told[291].signals["Speed"].tolist() == pytest.approx([100.0, np.nan], nan_ok=True)
    assert told[512].signals["A"].tolist() == pytest.approx([5, np.nan], nan_ok=True)
    assert told[512].signals["B"].tolist() == pytest.approx([np.nan, 10], nan_ok=True)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_signal_decodes_as_bit_by_bit(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from([1, 1, 2, 8]))  # up to 64 bytes
    little, first = data.draw(st.booleans()), data.draw(st.integers(0, 64 * words - 1))
    length = data.draw(st.integers(1, min(64 - first % 8, 64 * words - first)))
    start = first if little else 8 * (first // 8) + 7 - first % 8
    signal = Signal("x", start, length, little, data.draw(st.booleans()), 0.5, 3.0)
    payloads = data.draw(st.lists(st.binary(min_size=8 * words, max_size=8 * words), min_size=1, max_size=5))
    values = np.frombuffer(b"".join(payloads), "<u8").reshape(-1, words)
    told = columns(values, np.full(len(values), 8 * words, np.uint8), Message(1, "m", 8 * words, [signal]))["x"]
    assert told.tolist() == pytest.approx([by_bits(int.from_bytes(p, "little"), signal) for p in payloads])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damage_gives_a_dbc(data: st.DataObject) -> None:
    text = bytearray(TEXT)
    for _ in range(data.draw(st.integers(1, 20))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    dbc = parse_dbc(bytes(text[: data.draw(st.integers(0, len(text)))]))
    frames = np.zeros(len(dbc.messages), FRAME)
    frames["id"], frames["length"] = list(dbc.messages), 8
    assert set(decode(frames, dbc)) == set(dbc.messages)


DEEP = b"""BO_ 512 MUX: 8 ECU
 SG_ Root M : 0|4@1+ (1,0) [0|0] "" X
 SG_ Page m1M : 4|4@1+ (1,0) [0|0] "" X
 SG_ Plain m0 : 8|8@1+ (1,0) [0|0] "" X
 SG_ Far m2 : 8|16@1- (0.5,1) [0|0] "" X
 SG_ Wide m3 : 24|12@1+ (1,0) [0|0] "" X
SG_MUL_VAL_ 512 Page Root 1-1;
SG_MUL_VAL_ 512 Plain Root 0-0, 4-5;
SG_MUL_VAL_ 512 Far Page 2-2;
SG_MUL_VAL_ 512 Wide Page 3-3, 7-9;
SG_MUL_VAL_ 512 Ghost Page 3-3;
"""


def test_multiplexers_of_multiplexers_choose_by_ranges() -> None:
    dbc = parse_dbc(DEEP)
    assert [r.line for r in dbc.repairs] == [11]
    data = np.array([0x00FF04, 0x00FF01 | 0x20, 0xABC000021 | 0x10, 0xABC000081, 0x00FF06], np.uint64)
    told = columns(data[:, None], np.full(len(data), 8, np.uint8), dbc.messages[512])
    assert told["Plain"].tolist() == pytest.approx([255, np.nan, np.nan, np.nan, np.nan], nan_ok=True)
    assert told["Far"].tolist() == pytest.approx([np.nan, 128.5, np.nan, np.nan, np.nan], nan_ok=True)
    assert np.isnan(told["Wide"]).tolist() == [True, True, False, False, True]


def test_a_loop_of_multiplexers_ends() -> None:
    text = DEEP + b"SG_MUL_VAL_ 512 Root Page 1-1;\n"
    columns(np.arange(9, dtype=np.uint64)[:, None], np.full(9, 8, np.uint8), parse_dbc(text).messages[512])


def test_a_parameter_group_is_decoded_whoever_sends_it() -> None:
    id_ = 0x18FEF1FE | EXTENDED
    dbc = parse_dbc(f'BO_ {id_} CCVS: 8 X\n SG_ Speed : 8|16@1+ (0.00390625,0) [0|250] "km/h" X\n'.encode())
    frames = np.zeros(3, FRAME)
    frames["id"], frames["length"], frames["data"] = (
        [0x18FEF100 | EXTENDED, 0x18FEF117 | EXTENDED, 0x18FEF200 | EXTENDED],
        8,
        0x3200FF,
    )
    told = decode(frames, dbc)
    assert {i & 0xFF: d.signals["Speed"].tolist() for i, d in told.items()} == {0x00: [50.0], 0x17: [50.0]}


def test_it_decodes_as_cantools_does() -> None:
    cantools = pytest.importorskip("cantools")
    rng = np.random.default_rng(1)
    lines = []
    for m in range(100):
        lines.append(f"BO_ {100 + m} M{m}: 8 ECU")
        length, little = int(rng.integers(1, 22)), bool(rng.integers(0, 2))
        start = int(rng.integers(0, 64 - length + 1)) if little else 7 + 8 * int(rng.integers(0, 4))
        sign, scale = "+-"[int(rng.integers(0, 2))], float(rng.choice([1, 0.5, 0.01]))
        lines.append(f' SG_ S : {start}|{length}@{int(little)}{sign} ({scale},{int(rng.integers(-9, 9))}) [0|0] "" X')
    text = "\n".join(lines)
    reference = cantools.database.load_string(text, "dbc", strict=False)
    dbc = parse_dbc(text.encode())
    frames = np.zeros(400, FRAME)
    frames["id"], frames["length"] = 100 + np.arange(400) % 100, 8
    frames["data"] = rng.integers(0, 1 << 64, 400, dtype=np.uint64)
    for id_, told in decode(frames, dbc).items():
        for row, k in enumerate(told.rows.tolist()):
            expected = reference.decode_message(id_, int(frames["data"][k]).to_bytes(8, "little"))
            assert {n: v[row] for n, v in told.signals.items()} == pytest.approx(expected)
