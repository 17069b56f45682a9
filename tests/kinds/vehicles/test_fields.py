"""Signals, counters and checksums found by themselves: what is there is found where it lies, what is not is not claimed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.vehicles.codes import checksum_of, counter_of
from assay.kinds.vehicles.content import as_json as told
from assay.kinds.vehicles.content import from_json, learn_content, limit_of
from assay.kinds.vehicles.fields import Field, fields_of, values_of, with_values

N = 1500
RNG = np.random.default_rng(1)


def payloads(fill: Callable[[np.ndarray], None]) -> np.ndarray:
    octets = np.zeros((N, 8), np.uint8)
    fill(octets)
    return octets.view("<u8").reshape(-1)


def wander(size: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(np.cumsum(rng.normal(0, size, N)) + rng.normal(0, 1, N))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_field_is_read_as_it_was_written(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 40))
    field = Field(data.draw(st.integers(0, 63 - length)), length, data.draw(st.booleans()), data.draw(st.booleans()))
    low = -(1 << length - 1) if field.signed else 0
    values = np.array(data.draw(st.lists(st.integers(low, low + (1 << length) - 1), min_size=1, max_size=6)), float)
    before = np.random.default_rng(2).integers(0, 1 << 64, len(values), dtype=np.uint64)
    changed = with_values(before, field, values)
    assert values_of(changed, field).tolist() == values.tolist()
    assert (with_values(changed, field, values_of(before, field)) == before).all()


@pytest.mark.parametrize("little", [True, False])
@pytest.mark.parametrize("size", [0.5, 5.0, 15.0])
def test_a_value_of_two_bytes_is_found_as_one(little: bool, size: float) -> None:
    value = np.clip(wander(size) * 3 + 20_000, 0, 65_535).astype(np.int64)

    def fill(out: np.ndarray) -> None:
        low, high = value & 255, value >> 8
        out[:, 2], out[:, 3] = (low, high) if little else (high, low)
        out[:, 6] = RNG.integers(0, 8, N)

    data = payloads(fill)
    read = [values_of(data, f) for f in fields_of(data)]
    assert any(np.abs(np.diff(v) - np.diff(value)).max() == 0 for v in read)


def test_a_value_that_grows_beyond_what_was_learnt_stays_whole_and_a_flag_above_it_does_not_count() -> None:
    field = Field(0, 12, True, False, 4)
    grown = np.arange(3900, 4400, 10).astype(np.uint64)
    assert values_of(grown, field).tolist() == grown.tolist()
    flagged = np.full(50, 1000, np.uint64)
    flagged[20:30] |= np.uint64(1 << 12)
    assert values_of(flagged, field).tolist() == [1000] * 50
    assert np.isnan(values_of(flagged, field, np.nan)[20:30]).all()


def crc(message: list[int], polynomial: int, start: int = 0xFF) -> int:
    value = start
    for octet in message:
        value ^= octet
        for _ in range(8):
            value = ((value << 1) ^ polynomial if value & 0x80 else value << 1) & 255
    return value


IDS = [int(v) for v in RNG.integers(0, 256, 16)]
CODES: dict[str, tuple[int, Callable[[list[int], int], int]]] = {
    "XOR of bytes": (0, lambda m, c: int(np.bitwise_xor.reduce(m)) ^ 0x55),
    "CRC-8 0x1D": (0, lambda m, c: crc(m, 0x1D) ^ 0xFF),
    "CRC-8 0x2F": (7, lambda m, c: crc([0x12, 0x34, *m], 0x2F, 0)),  # a data id before the payload
    "sum of bytes": (7, lambda m, c: sum(m) + 0x17 & 255),
    "": (6, lambda m, c: crc(m, 0x97)),  # a polynomial that nobody knows is solved for
}


def protected(place: int, code: Callable[[list[int], int], int]) -> np.ndarray:
    def fill(out: np.ndarray) -> None:
        out[:, 1] = np.arange(N) % 16
        out[:, 2:4] = (3000 + 1000 * np.sin(np.arange(N) / 80)).astype(">u2").view(np.uint8).reshape(-1, 2)
        out[:, 4] = RNG.integers(0, 4, N)
        out[:, 5] = 128 + 60 * np.sin(np.arange(N) / 33)
        for row in out:
            row[place] = code([int(v) for k, v in enumerate(row) if k != place], int(row[1]))

    return payloads(fill)


@pytest.mark.parametrize("name", CODES)
def test_a_checksum_is_found_and_named(name: str) -> None:
    place, code = CODES[name]
    data = protected(place, code)
    counter = counter_of(data, 8)
    assert counter is not None
    assert (counter.start, counter.length) == (8, 4)
    found = checksum_of(data, 8, counter)
    assert found is not None
    assert found.name == name
    if not name.endswith("bytes"):  # of a sum every part could be it
        assert found.start == 8 * place


def test_a_constant_for_each_count_is_found() -> None:
    found = checksum_of(data := protected(0, lambda m, c: crc([*m, IDS[c]], 0x2F)), 8, counter_of(data, 8))
    assert found is not None
    assert found.counter == (8, 4)
    assert all(y >= 0 for _, y in found.references)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_no_checksum_is_not_claimed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert checksum_of(rng.integers(0, 1 << 64, N, dtype=np.uint64), 8, None) is None
    noisy = protected(7, lambda m, c: int(rng.integers(0, 256)))
    assert checksum_of(noisy, 8, counter_of(noisy, 8)) is None
    pages = rng.choice(rng.integers(0, 1 << 64, 20, dtype=np.uint64), N)  # twenty payloads come again and again
    assert checksum_of(pages, 8, None) is None
    assert counter_of(pages, 8) is None


def test_a_content_goes_round() -> None:
    data = protected(*CODES[""])
    content = learn_content(data, np.full(N, 8, np.uint8), 60.0)
    assert content.checksum is not None
    assert from_json(told(content)) == content


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=8, max_size=8 * 400))
def test_any_payloads_have_a_content(raw: bytes) -> None:
    data = np.frombuffer(raw[: len(raw) // 8 * 8], np.uint64)
    content = learn_content(np.tile(data, 3), np.full(3 * len(data), 8, np.uint8), 30.0)
    assert from_json(told(content)) == content


def test_uneven_stretches_make_a_wider_limit() -> None:
    even, uneven = np.full(30, 1.0), np.append(np.full(29, 0.2), 1.0)
    assert limit_of(even, 300.0, 1.5) == 1.5
    assert limit_of(uneven, 300.0, 1.5) > 1.5
    assert limit_of(np.zeros(0), 300.0) == 0.0
