"""Binary logs and columns of every sort: what their makers' own tools wrote is read the same, and no damage is more than told."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.kinds.vehicles.frames import ERROR, EXTENDED, FD, FRAME, PART, REMOTE, payload_of
from assay.kinds.vehicles.reader import CanLog, read_frames
from assay.kinds.vehicles.reading.mf4 import frames_of_mdf


def read(path: Path) -> tuple[np.ndarray, list[str]]:
    refused: list[str] = []
    blocks = list(read_frames(path, lambda e: refused.append(e.reason)))
    return (np.concatenate(blocks) if blocks else np.zeros(0, FRAME)), refused


def sure(path: Path) -> float:
    return CanLog().sniff(path.read_bytes()[:65_536], path)


Told = tuple[float, int, int, bytes]  # seconds, id with EXTENDED, flags, payload


def some(n: int, seed: int = 1) -> list[Told]:
    rng = random.Random(seed)
    out: list[Told] = []
    for i in range(n):
        flags = rng.choice([0, 0, 0, FD, REMOTE, ERROR])
        size = rng.choice([0, 1, 8, 12, 64]) if flags == FD else rng.randint(0, 8)
        id_ = rng.randrange(1 << 29) | EXTENDED if rng.random() < 0.3 else rng.randrange(2048)
        payload = b"" if flags & (REMOTE | ERROR) else rng.randbytes(size)
        out.append((1_700_000_000 + i * 0.003171, 0 if flags & ERROR else id_, flags, payload))
    return out


def same(frames: np.ndarray, told: list[Told]) -> None:
    rows = np.flatnonzero(frames["flags"] >> PART == 0)
    assert len(rows) == len(told)
    for row, (seconds, id_, flags, payload) in zip(rows.tolist(), told, strict=True):
        frame = frames[row]
        assert abs(int(frame["time"]) - seconds * 1e6) <= 2
        assert int(frame["flags"]) == flags
        if not flags & ERROR:
            assert int(frame["id"]) == id_
        if not flags & (ERROR | REMOTE):
            assert int(frame["length"]) == len(payload)
            assert payload_of(frames, row) == payload


def with_python_can(path: Path, told: list[Told]) -> None:
    can = pytest.importorskip("can")
    with can.Logger(str(path)) as log:
        for seconds, id_, flags, payload in told:
            log.on_message_received(
                can.Message(
                    timestamp=seconds, arbitration_id=id_ & 0x1FFFFFFF, is_extended_id=bool(id_ & EXTENDED), data=payload,
                    is_fd=flags == FD, is_remote_frame=flags == REMOTE, is_error_frame=flags == ERROR, channel=0,
                )
            )  # fmt: skip


@pytest.mark.parametrize("form", ["blf", "asc", "mf4", "csv"])
def test_what_python_can_writes_is_read_the_same(tmp_path: Path, form: str) -> None:
    if form == "mf4":
        pytest.importorskip("asammdf")
    kinds = {"mf4": (0, FD), "csv": (0,)}.get(form, (0, FD, REMOTE, ERROR))  # its table does not tell these from others
    told = [t for t in some(300) if t[2] in kinds]
    path = tmp_path / f"log.{form}"
    with_python_can(path, told)
    frames, refused = read(path)
    assert not refused
    assert sure(path) >= 0.95
    if form == "asc":  # its times count from the first, and its date is of the clock on the wall
        frames["time"] += 1_700_000_000_000_000 - frames["time"][0]
    same(frames, told)


def lobj(kind: int, body: bytes, ticks: int = 0, version: int = 1) -> bytes:
    head = struct.pack("<LHHQ", 2, 0, 0, ticks) if version == 1 else struct.pack("<LBxHQ8x", 2, 0, 0, ticks)
    size = 16 + len(head) + len(body)
    return struct.pack("<4sHHLL", b"LOBJ", 16 + len(head), version, size, kind) + head + body + bytes(size % 4)


def blf(objects: bytes, cut: int = 100, packed: bool = True) -> bytes:
    """Objects in containers of `cut` bytes, so that they run on from one to the next."""
    head = struct.pack("<4sL", b"LOGG", 144) + bytes(32) + struct.pack("<8H", 2024, 1, 0, 2, 3, 4, 5, 0) + bytes(88)
    out = head
    for start in range(0, len(objects), cut):
        part = objects[start : start + cut]
        body = struct.pack("<H6xL4x", 2 if packed else 0, len(part)) + (zlib.compress(part) if packed else part)
        out += struct.pack("<4sHHLL", b"LOBJ", 16, 1, 16 + len(body), 10) + body + bytes(len(body) % 4)
    return out


def can_message(id_: int, data: bytes, ticks: int, kind: int = 1, version: int = 1) -> bytes:
    return lobj(kind, struct.pack("<HBBL8s", 1, 0, len(data), id_, data), ticks, version)


OBJECTS = b"".join(
    can_message(0x100 + i, bytes([i] * (i % 9)), i * 1_000_000, (1, 86)[i % 2], 1 + i % 3 % 2)
    + lobj(65, b"an event of the tool")
    for i in range(20)
)


@pytest.mark.parametrize("cut", [37, 100, 100_000])
def test_objects_run_on_over_the_ends_of_containers(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.blf"
    path.write_bytes(blf(OBJECTS, cut, packed=cut != 100))
    frames, refused = read(path)
    assert not refused
    assert frames["id"].tolist() == [0x100 + i for i in range(20)]
    assert (np.diff(frames["time"]) == 1000).all()
    assert int(frames["time"][0]) == 1_704_164_645_000_000  # 2024-01-02 03:04:05
    assert frames["length"].tolist() == [i % 9 for i in range(20)]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_blf_is_read_as_far_as_it_goes(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = bytearray(blf(OBJECTS, 300, packed=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.blf"
    path.write_bytes(content[: data.draw(st.integers(80, len(content)))])
    frames, _ = read(path)
    assert len(frames) <= 20 + 4
    assert (frames["length"] <= 64).all()


class Mdf:
    """A made-up MDF 4: blocks are laid down one after another, and links are addresses of blocks laid down before."""

    def __init__(self, unfinished: bool = False) -> None:
        self.content = bytearray((b"UnFinMF " if unfinished else b"MDF     ") + b"4.10    " + bytes(48))
        self.content += bytes(24 + 8 * 6 + 40)  # the header, filled in at the end

    def lay(self, name: str, links: list[int], data: bytes, length: int | None = None) -> int:
        at = len(self.content)
        size = 24 + 8 * len(links) + len(data) if length is None else length
        self.content += struct.pack("<4sIQQ", b"##" + name.encode(), 0, size, len(links))
        self.content += struct.pack(f"<{len(links)}Q", *links) + data
        self.content += bytes(-len(self.content) % 8)
        return at

    def channel(self, name: str, following: int, kind: int, number: int, byte: int, bits: int, **more: int) -> int:
        text = self.lay("TX", [], name.encode() + b"\0")
        data = struct.pack("<BBBBIII", kind, 0, number, more.get("bit", 0), byte, bits, 0) + bytes(56)
        return self.lay("CN", [following, 0, text, 0, 0, more.get("data", 0), 0, 0], data)

    def group(self, following: int, channels: int, record: int, width: int, cycles: int, flags: int = 6) -> int:
        data = struct.pack("<QQHH4xII", record, cycles, flags, 46, width, 0)
        return self.lay("CG", [following, channels, 0, 0, 0, 0], data)

    def done(self, group: int, data: int, id_size: int) -> bytes:
        dg = self.lay("DG", [0, group, data, 0], struct.pack("<B7x", id_size))
        head = struct.pack("<4sIQQ", b"##HD", 0, 24 + 48 + 40, 6) + struct.pack("<6Q", dg, 0, 0, 0, 0, 0)
        self.content[64 : 64 + len(head) + 40] = head + struct.pack("<Q", 1_700_000_000_000_000_000) + bytes(32)
        return bytes(self.content)


def bus_log(kind: str, unfinished: bool = False) -> bytes:
    """Twenty frames: payloads `fixed` in the record, in a group of their own (`vlsd`), or behind `signal` data; deflated
    plainly or `transposed`, and `listed` in two blocks."""
    made = Mdf(unfinished)
    payloads = [bytes([i] * (i % 9)) for i in range(20)]
    offsets = np.cumsum([0] + [4 + len(p) for p in payloads])
    signal = made.lay("SD", [], b"".join(struct.pack("<I", len(p)) + p for p in payloads)) if kind == "signal" else 0
    group = 0
    if kind == "vlsd":
        signal = group = made.group(0, 0, 7, 0, 0, 1)
    at = made.channel("CAN_DataFrame.DataBytes", 0, 0 if signal == 0 else 1, 10, 14, 64, data=signal)
    at = made.channel("CAN_DataFrame.DataLength", at, 0, 0, 13, 7)
    at = made.channel("CAN_DataFrame.IDE", at, 0, 0, 12, 1, bit=7)
    at = made.channel("CAN_DataFrame.ID", at, 0, 0, 8, 29)
    at = made.channel("CAN_DataFrame.BusChannel", at, 0, 0, 12, 3)
    at = made.channel("Timestamp", at, 2, 4, 0, 64)
    group = made.group(group, at, 1, 22, 0 if unfinished else 20)
    records = b""
    for i, payload in enumerate(payloads):
        last = payload.ljust(8, b"\0") if signal == 0 else struct.pack("<Q", int(offsets[i]))
        record = struct.pack("<dIBB", i / 1000, 0x100 + i, 2 | (0x80 if i % 2 else 0), len(payload)) + last
        records += b"\1" + record if kind == "vlsd" else record
        if kind == "vlsd":
            records += b"\7" + struct.pack("<I", len(payload)) + payload
    if kind in ("deflated", "transposed"):
        plain = records if kind == "deflated" else np.frombuffer(records, np.uint8).reshape(20, 22).T.tobytes()
        packed = zlib.compress(plain)
        head = b"DT" + struct.pack("<BxIQQ", kind == "transposed", 22, len(records), len(packed))
        data = made.lay("HL", [made.lay("DL", [0, made.lay("DZ", [], head + packed)], bytes(24))], bytes(8))
    elif kind == "listed":
        parts = [made.lay("DT", [], records[:100]), made.lay("DT", [], records[100:])]
        data = made.lay("DL", [0, *parts], bytes(24))
    else:
        last = len(made.content) + 24 + 32 + 8  # the data group is laid down before it: an unfinished block is the last
        done = made.done(group, last, kind == "vlsd")
        assert made.lay("DT", [], records, 24 if unfinished else None) == last
        return done[:last] + bytes(made.content[last:])
    return made.done(group, data, 0)


KINDS = ("fixed", "vlsd", "signal", "deflated", "transposed", "listed")


@pytest.mark.parametrize("kind", KINDS)
def test_every_layout_of_a_bus_log_gives_the_same_frames(tmp_path: Path, kind: str) -> None:
    for unfinished in (False, True) if kind in ("fixed", "vlsd", "signal") else (False,):
        path = tmp_path / "a.mf4"
        path.write_bytes(bus_log(kind, unfinished))
        frames, refused = read(path)
        assert sure(path) >= 0.95
        assert frames["id"].tolist() == [(0x100 + i) | (EXTENDED if i % 2 else 0) for i in range(20)]
        assert frames["length"].tolist() == [i % 9 for i in range(20)]
        assert frames["data"].tolist() == [int.from_bytes(bytes([i] * (i % 9)), "little") for i in range(20)]
        assert frames["time"].tolist() == [1_700_000_000_000_000 + 1000 * i for i in range(20)]
        assert frames["bus"].tolist() == [2] * 20
        assert all("damaged" in r for r in refused)
        assert unfinished or not refused


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_mf4_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(bus_log(data.draw(st.sampled_from(KINDS)), data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        frames = frames_of_mdf(bytes(content[: data.draw(st.integers(0, len(content)))]), lambda _: None)
    except UnreadableInput:
        return
    assert (frames["length"] <= 64).all()


def test_blocks_that_lead_back_to_themselves_end() -> None:
    content = bytearray(bus_log("fixed"))
    for at in range(64, len(content) - 40, 8):
        if content[at : at + 4] in (b"##CN", b"##CG", b"##DG"):
            content[at + 24 : at + 32] = struct.pack("<Q", at)
            content[at + 32 : at + 40] = (
                struct.pack("<Q", at) if content[at + 2 : at + 4] == b"CN" else content[at + 32 : at + 40]
            )
    frames_of_mdf(bytes(content), lambda _: None)


COLUMNS = {
    "without names": "1.5,0316,8,05,21,68,09,21,21,00,6f,R\n1.6,018f,2,fe,5b,R\n1.7,1260,1,19,T\n",
    "with words": "Timestamp: 1.5        ID: 0316    000    DLC: 8    05 21 68 09 21 21 00 6f\n"
    "Timestamp: 1.6        ID: 018f    000    DLC: 2    fe 5b\nTimestamp: 1.7        ID: 1260    000    DLC: 1    19\n",
    "with tabs": "1.5\t0316\t000\t8\t05 21 68 09 21 21 00 6f\n1.6\t018f\t000\t2\tfe 5b\n1.7\t1260\t000\t1\t19\n",
    "one payload": "timestamp,arbitration_id,data_field,attack\n1.5,316,052168092121006F,0\n1.6,18F,FE5B,0\n1.7,1260,19,1\n",
    "GVRET": "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8\n"
    "1500000,00000316,false,Rx,0,8,05,21,68,09,21,21,00,6F,\n1600000,0000018F,false,Rx,0,2,FE,5B,\n"
    "1700000,00001260,true,Rx,0,1,19,\n",
    "decimal bytes": "Timestamp;ID;DLC;Data0;Data1;Data2;Data3;Data4;Data5;Data6;Data7;Label\n"
    "1.5;0x316;8;5;33;104;9;33;33;0;111;0\n1.6;0x18f;2;254;91;0;0;0;0;0;0;0\n1.7;0x1260;1;25;0;0;0;0;0;0;0;1\n",
}


@pytest.mark.parametrize("form", COLUMNS)
def test_columns_of_every_sort(tmp_path: Path, form: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(COLUMNS[form])
    frames, refused = read(path)
    assert not refused
    assert sure(path) >= 0.9
    assert frames["time"].tolist() == [1_500_000, 1_600_000, 1_700_000]
    assert frames["id"].tolist() == [0x316, 0x18F, 0x1260 | EXTENDED]
    assert frames["length"].tolist() == [8, 2, 1]
    assert [int(d).to_bytes(8, "little").hex() for d in frames["data"]] == [
        "052168092121006f", "fe5b000000000000", "1900000000000000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["id,time,message\n1,2,hello\n", "t,id,data\n1.5,abc,12x\n", "a,b,c\n1,2,3\n", "1.5,x,y\n"]
)
def test_other_tables_are_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(text)
    assert sure(path) == 0


def test_relative_times_add_up_and_fd_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.asc"
    path.write_text(
        "date Tue Jan 2 03:04:05.000 am 2024\nbase dec  timestamps relative\ninternal events logged\n"
        "   0.500000 1  291             Rx   d 2 17 34\n".replace("17 34", "11 22")
        + "   0.250000 Start of measurement\n   0.250000 2  ErrorFrame\n"
        "   1.000000 CANFD   1 Rx        291  Name                 1 0 9 12 01 02 03 04 05 06 07 08 09 0a 0b 0c   0 0\n"
        "   1.000000 CANFD   1 Rx        18DAF110x                 0 0 2  2 01 02   0 0\n".replace(
            "18DAF110x", "417001744x"
        )
    )
    frames, refused = read(path)
    assert not refused
    assert (frames["time"] - 1_704_164_645_000_000).tolist() == [500_000, 1_000_000, 2_000_000, 2_000_000, 3_000_000]
    assert frames["id"].tolist() == [291, 0, 291, 291, 0x18DAF110 | EXTENDED]
    assert frames["flags"].tolist() == [0, ERROR, FD, FD | 1 << PART, FD]
    assert frames["length"].tolist() == [2, 0, 12, 4, 2]
    assert payload_of(frames, 2) == bytes(range(1, 13))
