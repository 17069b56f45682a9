"""nfdump's own files, written here in both layouts, both byte orders and every compression: the same flows come out; a broken
block takes no other with it, and nothing that is broken gets out."""

from __future__ import annotations

import bz2
import contextlib
import ipaddress
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.kinds.networks.reading import nfcapd
from assay.kinds.networks.reading.rows import FlowRow
from tests.formats.lz_packers import lz4, lzo

T = 1_700_000_000
Flow = tuple[
    float, float, str, int, str, int, int, int, int
]  # first, last, source, port, destination, port, protocol, flags, bytes
FLOWS: list[Flow] = [
    (T, T + 2.5, "10.0.0.5", 40_000, "198.51.100.7", 443, 6, 0b011010, 900),
    (T, T + 2.5, "198.51.100.7", 443, "10.0.0.5", 40_000, 6, 0b011010, 5_000_000_000),
    (T + 5, T + 5, "10.0.0.5", 40_001, "198.51.100.8", 22, 6, 0b000010, 60),
    (T + 5, T + 5, "198.51.100.8", 22, "10.0.0.5", 40_001, 6, 0b010100, 40),
    (T + 9, T + 10, "2001:db8::5", 5000, "2001:db8::9", 53, 17, 0, 80),
    (T + 11, T + 11, "10.0.0.5", 0, "10.0.0.9", 2048, 1, 0, 84),
]
ROWS = [
    FlowRow(T * 1_000_000, "10.0.0.5", "198.51.100.7", 443.0, "tcp", "", 2.5, 900.0, 5e9, "open"),
    FlowRow((T + 5) * 1_000_000, "10.0.0.5", "198.51.100.8", 22.0, "tcp", "", 0.0, 60.0, 40.0, "rejected"),
    FlowRow((T + 9) * 1_000_000, "2001:db8::5", "2001:db8::9", 53.0, "udp", "", 1.0, 80.0, float("nan"), ""),
    FlowRow((T + 11) * 1_000_000, "10.0.0.5", "10.0.0.9", 0.0, "icmp", "", 0.0, 84.0, float("nan"), ""),
]
PACKERS = [lambda data: data, lzo, bz2.compress, lz4]


def _ends(flow: Flow, order: str) -> bytes:
    a, b = ipaddress.ip_address(flow[2]), ipaddress.ip_address(flow[4])
    if a.version == 4:
        return struct.pack(order + "II", int(a), int(b))
    return struct.pack(order + "QQQQ", int(a) >> 64, int(a) & (1 << 64) - 1, int(b) >> 64, int(b) & (1 << 64) - 1)


def common(flow: Flow, order: str) -> bytes:
    """A record of layout 1, with an element after the amounts that nobody reads."""
    first, last, source, source_port, _, port, protocol, flags, amount = flow
    six, wide = ":" in source, amount >= 1 << 32
    body = (
        _ends(flow, order)
        + struct.pack(order + "I", 1)
        + struct.pack(order + ("Q" if wide else "I"), amount)
        + b"\7" * 8
    )
    head = struct.pack(
        order + "HHHHHHIIBBBBHHHH", 10, 32 + len(body), six | wide << 2, 0, int(first % 1 * 1000), int(last % 1 * 1000),
        int(first), int(last), 0, flags, protocol, 0, source_port, port, 0, 0,
    )  # fmt: skip
    return head + body


def elements(flow: Flow, order: str, back: int = 0) -> bytes:
    """A record of layout 2."""
    first, last, source, source_port, _, port, protocol, flags, amount = flow
    ends = _ends(flow, order)
    body = struct.pack(order + "HHII", 4, 12, 1, 2)
    body += struct.pack(
        order + "HHQQQQQHHBBBB",
        1,
        52,
        int(first * 1000),
        int(last * 1000),
        0,
        1,
        amount,
        source_port,
        port,
        protocol,
        flags,
        0,
        0,
    )
    body += struct.pack(order + "HH", 3 if ":" in source else 2, 4 + len(ends)) + ends
    if back:
        body += struct.pack(order + "HHQQQ", 5, 28, 1, 1, back)
    return struct.pack(order + "HHHBBHBB", 11, 12 + len(body), 3, 0, 0, 0, 0, 9) + body


def file_of(layout: int, packed: int, order: str = "<", flows: list[Flow] = FLOWS, size: int = 4) -> bytes:
    """Blocks of `size` flows, the last of them unpacked, and one of statistics in between."""
    if layout == 1:
        flags = (0, 1, 8, 16)[packed]
        head = struct.pack(order + "HHII", 0xA50C, 1, flags, 2) + b"none".ljust(128, b"\0") + b"\0" * 136
    else:
        head = struct.pack(order + "HHIQBBHIQII", 0xA50C, 2, 0x01070401, T, packed, 0, 0, 1, 0, 0, 2)
    make = common if layout == 1 else elements
    kind = 2 if layout == 1 else 3
    other = struct.pack(order + "HH", 7, 12) + b"exporter"
    blocks = []
    for at in range(0, len(flows), size):
        plain = other + b"".join(make(flow, order) for flow in flows[at : at + size])
        last = at + size >= len(flows)
        data = plain if last else PACKERS[packed](plain)
        blocks.append(struct.pack(order + "IIHH", size, len(data), kind, 1 if last else 0 if layout == 2 else 2) + data)
    blocks.insert(1, struct.pack(order + "IIHH", 1, 6, 4, 1) + b"\xff" * 6)
    return head + b"".join(blocks)


def read(path: Path, data: bytes) -> tuple[list[FlowRow], list[RowError]]:
    path.write_bytes(data)
    refused: list[RowError] = []
    return list(nfcapd.rows(path, refused.append)), refused  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", [1, 2])
@pytest.mark.parametrize("packed", range(4))
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_layout_and_compression_tells_the_same_flows(
    tmp_path: Path, layout: int, packed: int, order: str
) -> None:
    data = file_of(layout, packed, order)
    assert nfcapd.NfcapdFile().sniff(data[:65_536], tmp_path / "nfcapd.202311") > 0.9
    rows, refused = read(tmp_path / "nfcapd.202311", data)
    assert not refused
    assert list(map(repr, rows)) == list(map(repr, ROWS))


def test_zstd_and_two_ways_in_one_record(tmp_path: Path) -> None:
    import zstandard

    plain = elements(FLOWS[0], "<", back=777)
    data = zstandard.ZstdCompressor().compress(plain)
    head = struct.pack("<HHIQBBHIQII", 0xA50C, 2, 0, T, 4, 0, 0, 1, 0, 0, 1)
    (row,), refused = read(tmp_path / "n", head + struct.pack("<IIHH", 1, len(data), 3, 0) + data)
    assert not refused
    assert (row.sent, row.received, row.state) == (900.0, 777.0, "open")


def test_a_broken_block_takes_no_other_with_it(tmp_path: Path) -> None:
    data = bytearray(file_of(2, 3, size=2))
    data[40 + 12 + 5] ^= 0xFF
    data[40 + 12] = 0xF0
    rows, refused = read(tmp_path / "n", bytes(data))
    assert len(refused) == 1
    assert refused[0].row == 1
    assert [row.destination for row in rows][-1] == "10.0.0.9"


def test_of_a_file_that_was_cut_what_is_whole_is_told(tmp_path: Path) -> None:
    rows, refused = read(tmp_path / "n", file_of(1, 0, size=6)[:-30])
    assert [row.destination for row in rows] == ["198.51.100.7", "198.51.100.8", "2001:db8::9"]
    assert "ends within" in refused[0].reason


def test_what_is_not_read_says_what_to_do(tmp_path: Path) -> None:
    for at, value, what in ((2, 3, "layout 3"), (16, 9, "compression 9"), (17, 1, "encrypted")):
        data = bytearray(file_of(2, 0))
        data[at] = value
        with pytest.raises(UnreadableInput, match=what) as told:
            read(tmp_path / "n", bytes(data))
        assert "nfdump -r FILE -o csv" in str(told.value.hint)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_cut_or_bent_it_is_told_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(file_of(data.draw(st.sampled_from([1, 2])), data.draw(st.integers(0, 3)), size=2))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(2, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("n") / "n"
    with contextlib.suppress(UnreadableInput):
        read(path, bytes(whole[: data.draw(st.integers(0, len(whole)))]))
