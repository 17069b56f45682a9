"""Logs of every form give the same frames; what is no frame is refused by its number and stops nothing."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.kind import RowError
from assay.kinds.vehicles import reader
from assay.kinds.vehicles.frames import EXTENDED, FD, FRAME, PART, REMOTE, id_text
from assay.kinds.vehicles.reader import CanLog, read_frames
from assay.kinds.vehicles.reading.head import AscHead
from assay.kinds.vehicles.reading.lines import parse
from tests.kinds.vehicles.bus import candump, drive


def read(path: Path) -> tuple[np.ndarray, list[RowError]]:
    refused: list[RowError] = []
    blocks = list(read_frames(path, refused.append))
    return (np.concatenate(blocks) if blocks else np.zeros(0, FRAME)), refused


def sure(path: Path) -> float:
    with path.open("rb") as file:
        return CanLog().sniff(file.read(65_536), path)


@pytest.mark.parametrize("form", ["candump", "gzip", "brackets", "asc", "csv", "parquet"])
def test_every_form_gives_the_same_frames(tmp_path: Path, form: str) -> None:
    frames = drive(2)
    rows = list(zip(*(frames[k].tolist() for k in ("time", "id", "data")), strict=True))
    path = tmp_path / f"log.{form}"
    spaced = [" ".join(f"{b:02X}" for b in d.to_bytes(8, "little")) for _, _, d in rows]
    if form == "candump":
        path.write_text(candump(frames))
    elif form == "gzip":
        path.write_bytes(gzip.compress(candump(frames).encode()))
    elif form == "brackets":
        path.write_text(
            "".join(
                f"({t / 1e6:.6f})  can0  {id_text(i)}   [8]  {s}\n" for (t, i, _), s in zip(rows, spaced, strict=True)
            )
        )
    elif form == "asc":
        head = "date Mon Jan 1 10:00:00 2024\nbase hex  timestamps absolute\nBegin Triggerblock\n"
        body = (f"{t / 1e6:.6f} 0  {i:X}             Rx   d 8 {s}\n" for (t, i, _), s in zip(rows, spaced, strict=True))
        path.write_text(head + "".join(body))
    else:
        table = pl.DataFrame(
            {
                "timestamp": [t / 1e6 for t, _, _ in rows],
                "CAN_ID": [f"{i:X}" for _, i, _ in rows],
                "PAYLOAD_HEX": [d.to_bytes(8, "little").hex() for _, _, d in rows],
            }
        )
        table.write_csv(path) if form == "csv" else table.write_parquet(path)
    found, refused = read(path)
    assert sure(path) >= 0.95
    assert not refused
    for field in ("id", "length", "data"):
        assert (found[field] == frames[field]).all(), field
    assert np.abs(found["time"] - frames["time"]).max() <= 1  # seconds as floats
    (batch,) = CanLog().read(path, reject=refused.append)
    assert batch.columns["frames"][0] == len(frames)


def test_marks_of_a_frame() -> None:
    text = b"(1.5) can0 18FEF100#0102\n(1.6) vcan12 123#R\n(1.7) can0 123##1" + b"AB" * 12 + b"\n"
    frames, refused, lines = parse(text)
    assert not len(refused)
    assert lines == 3
    assert frames["id"].tolist() == [0x18FEF100 | EXTENDED, 0x123, 0x123, 0x123]
    assert frames["bus"].tolist() == [0, 12, 0, 0]
    assert frames["flags"].tolist() == [0, REMOTE, FD, FD | 1 << PART]
    assert frames["length"].tolist() == [2, 0, 12, 4]
    assert frames["data"].tolist() == [0x0201, 0, 0xABABABABABABABAB, 0xABABABAB]


def test_what_candump_writes_beside(tmp_path: Path) -> None:
    """Dates (-tA), directions and flags (-x), characters (-a)."""
    path = tmp_path / "a.log"
    path.write_text(
        " (2024-01-02 03:04:05.250000)  can1  RX - -  123   [3]  11 22 33            '.\"3'\n"
        " (2024-01-02 03:04:06.250000)  can1  TX B E  18DAF110   [2]  01 02\n"
        " (2024-13-02 03:04:06.250000)  can1  TX - -  123   [2]  01 02\n"
    )
    frames, refused = read(path)
    assert sure(path) == 1.0
    assert frames["time"].tolist() == [1_704_164_645_250_000, 1_704_164_646_250_000]
    assert frames["id"].tolist() == [0x123, 0x18DAF110 | EXTENDED]
    assert frames["data"].tolist() == [0x332211, 0x0201]
    assert [e.row for e in refused] == [3]


def test_a_line_that_is_no_frame_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("(1.0) can0 123#00\n\nnonsense\n(1.1) can0 923#00\n(1.2) can0 123#0\n(1.3) can0 124#11 extra\n")
    frames, refused = read(path)
    assert frames["id"].tolist() == [0x123, 0x124]
    assert [r.row for r in refused] == [3, 4, 5]


def test_blocks_and_long_traces_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = drive(3)
    path = tmp_path / "a.log"
    path.write_text(candump(frames))
    monkeypatch.setattr(reader, "BLOCK", 1000)
    monkeypatch.setattr(reader, "MOST_FRAMES", 300)
    batches = list(CanLog().read(path, reject=lambda e: pytest.fail(str(e))))
    content = b"".join(b.item(0).content for b in batches)
    assert (np.frombuffer(content, FRAME) == frames).all()
    assert len({b.ids[0] for b in batches}) == len(batches) > 1


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.booleans(), st.booleans())
def test_any_bytes_are_frames_or_refused(junk: bytes, asc: bool, decimal: bool) -> None:
    frames, refused, lines = parse(junk or b"\n", AscHead(decimal, decimal) if asc else None)
    assert len(frames) + len(refused) <= lines == (junk or b"\n").count(b"\n") + (not (junk or b"\n").endswith(b"\n"))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_log_is_still_read(data: st.DataObject) -> None:
    text = bytearray(candump(drive(0.2)).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(text[: data.draw(st.integers(1, len(text)))])
    frames, _refused, lines = parse(whole)
    assert len(frames) >= lines - 17
    assert (frames["time"] >= 0).all()


def test_a_gzip_that_breaks_off_keeps_what_came(tmp_path: Path) -> None:
    path = tmp_path / "a.log.gz"
    path.write_bytes(gzip.compress(candump(drive(5)).encode())[:-40])
    _, refused = read(path)
    assert any("damaged" in r.reason for r in refused)
