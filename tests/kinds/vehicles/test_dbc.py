"""DBC: what is sound is taken and the rest is told; signals decode as a slow bit-by-bit reading says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.vehicles.dbc import Message, Signal, columns, decode, parse_dbc
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
    octets = data.to_bytes(8, "little")
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
    little, first = data.draw(st.booleans()), data.draw(st.integers(0, 63))
    length = data.draw(st.integers(1, 64 - first))
    start = first if little else 8 * (first // 8) + 7 - first % 8
    signal = Signal("x", start, length, little, data.draw(st.booleans()), 0.5, 3.0)
    values = np.array(data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5)), np.uint64)
    told = columns(values, np.full(len(values), 8, np.uint8), Message(1, "m", 8, [signal]))["x"]
    assert told.tolist() == pytest.approx([by_bits(int(v), signal) for v in values])


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
