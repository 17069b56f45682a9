"""Messages bit by bit: what is written is read; bytes of an independent encoder are read alike; rubbish is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.kinds.roads.reading.opened import message_of
from assay.kinds.roads.wire.bsm import read_bsm, write_bsm
from assay.kinds.roads.wire.etsi import read_etsi, write_cam, write_denm
from assay.kinds.roads.wire.heard import Heard, moment

ONE = Heard("bsm", "0a0b0c0d", 47.3, 8.6, 12.34, 123.4, -1.5, 1.0, 4.6, 1.8, 0.0, 17, None, 34_567)
# A CAM and a DENM with every optional field that is stepped over, encoded by pycrate from values of ours.
PEER_CAM = "02020a0b0c0d8707405a3aca280e0d427001ebfffc23b7743e484d2122690902d08a4733ffe1fffa202945000000"
PEER_DENM = "02010a0b0c0d8f8505860680008ed2baa72283b4aea9c8a28eb28a0383509c007affff08eddd0fa40258031828061000"
STATES = st.builds(
    Heard,
    st.just("bsm"),
    st.binary(min_size=4, max_size=4).map(bytes.hex),
    st.none() | st.floats(-90, 90),
    st.none() | st.floats(-179.9, 180),
    st.none() | st.floats(0, 163),
    st.none() | st.floats(0, 359.9),
    st.none() | st.floats(-15, 15),
    st.none() | st.floats(0, 12),
    st.none() | st.floats(0.2, 40),
    st.none() | st.floats(0.2, 6),
    st.sampled_from([0.0, 1.0]),
    st.integers(0, 127),
    st.none(),
    st.integers(0, 59_999),
)


def alike(a: Heard, b: Heard, steps: dict[str, float]) -> None:
    for field, step in steps.items():
        one, other = getattr(a, field), getattr(b, field)
        assert (one is None) == (other is None), field
        if one is not None:
            assert abs(one - other) <= step / 2 + 1e-9, field


@given(STATES)
def test_a_basic_safety_message_comes_back(state: Heard) -> None:
    read = read_bsm(write_bsm(state))
    assert (read.name, read.number, read.mark, read.reverse) == (state.name, state.number, state.mark, state.reverse)
    steps = {
        "latitude": 1e-7,
        "longitude": 1e-7,
        "speed": 0.02,
        "acceleration": 0.01,
        "accuracy": 0.05,
        "length": 0.01,
        "width": 0.01,
    }
    alike(read, state, steps)
    if state.heading is not None and read.heading is not None:
        assert abs((read.heading - state.heading + 180) % 360 - 180) <= 0.00626


@given(STATES)
def test_a_cam_comes_back(state: Heard) -> None:
    read = read_etsi(write_cam(state))
    assert (read.form, read.name, read.mark) == ("cam", state.name, state.mark)
    alike(read, state, {"latitude": 1e-7, "longitude": 1e-7, "speed": 0.01, "acceleration": 0.1})


def test_bytes_of_another_encoder_are_read_alike() -> None:
    cam, denm = read_etsi(bytes.fromhex(PEER_CAM)), read_etsi(bytes.fromhex(PEER_DENM))
    told = (cam.name, cam.latitude, cam.longitude, cam.speed, cam.heading, cam.acceleration, cam.width, cam.mark)
    assert told[0] == "0a0b0c0d"
    assert told[1:] == pytest.approx((47.3, 8.6, 12.34, 123.4, -1.5, 1.8, 34_567))
    assert (denm.name, denm.cause, denm.latitude) == ("0a0b0c0d", 97, 47.3)


def test_a_warning_comes_back_with_its_cause_and_time() -> None:
    read = read_etsi(write_denm(ONE._replace(cause=94), 1_767_600_000_123))
    assert (read.form, read.cause, read.mark) == ("denm", 94, 1_767_600_000_123)


def test_headers_before_an_etsi_message_are_stepped_over() -> None:
    cam = write_cam(ONE)
    for ahead in (0, 4, 40, 56):
        assert message_of(bytes(ahead) + cam).form == "cam"
    assert message_of(write_bsm(ONE)).form == "bsm"


def test_what_a_radio_writes_beyond_its_range_is_told_as_it_is() -> None:
    bits = int.from_bytes(write_bsm(ONE), "big")
    size = len(write_bsm(ONE))
    # The acceleration lies 208 bits into the value, which begins after four bytes of the frame's head (length below 128: three).
    at = 8 * size - 24 - 208 - 12
    raised = bits & ~(0xFFF << at) | 4002 << at
    assert read_bsm(raised.to_bytes(size, "big")).acceleration == pytest.approx(20.02)


@pytest.mark.parametrize("write", [write_bsm, write_cam, lambda s: write_denm(s._replace(cause=1), 1_767_600_000_000)])
def test_every_cut_is_refused(write: Callable[[Heard], bytes]) -> None:
    whole = write(ONE)
    for cut in range(len(whole) - 4):
        with contextlib.suppress(UnreadableInput):
            read = message_of(whole[:cut])
            assert read.form in ("cam", "denm"), "only fields behind those that are read may be missing"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for head in (b"", b"\x00\x14", b"\x02\x02", b"\x02\x01"):
        with contextlib.suppress(UnreadableInput):
            message_of(head + content)


def test_a_mark_of_time_is_the_moment_nearest() -> None:
    assert moment(500, 60_000, 1_767_599_999.9) == pytest.approx(1_767_600_000.5)
    assert moment(59_900, 60_000, 1_767_600_000.1) == pytest.approx(1_767_599_999.9)
