"""Recordings in every form are told by their content and read to the same numbers; what is broken costs its own row."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch, concat
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError, sniff
from assay.kinds.roads import KIND
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.simulate.world import BEGIN, simulate, world
from assay.kinds.roads.wire.bsm import PSID, write_bsm
from assay.kinds.roads.wire.etsi import write_cam
from assay.kinds.roads.wire.heard import Heard
from tests.kinds.roads.test_envelope import ISSUER, ROOT, car

T0 = 1_767_600_000.0


def heard(i: int) -> Heard:
    made = T0 + i
    return Heard(
        "bsm",
        "0a0b0c0d",
        47.3 + i * 1e-4,
        8.6,
        11.12,
        0.0,
        0.0,
        1.0,
        4.6,
        1.8,
        0.0,
        i,
        None,
        round(made * 1000) % 60_000,
    )


def read(path: Path) -> tuple[Batch[RoadMessage], list[RowError], str]:
    refused: list[RowError] = []
    found = sniff(path, [KIND])
    assert found is not None, "nobody reads it"
    batches = list(found[1].read(path, reject=refused.append))
    return concat(batches), refused, found[1].name


def moves_north(batch: Batch[RoadMessage], n: int = 6) -> None:
    assert len(batch) == n
    np.testing.assert_allclose(np.diff(batch.columns["y"]), 11.12, atol=0.05)
    np.testing.assert_allclose(batch.columns["speed"], 11.12, atol=0.02)
    assert abs(batch.columns["x"]).max() < 1000, "metres from the first place, not degrees"


SIGNER = car()
FRAMES = [write_bsm(heard(i)) for i in range(6)]
ENVELOPES = [SIGNER.sign(PSID, frame, T0 + i, attach=i == 0) for i, frame in enumerate(FRAMES)]


def header(i: int, size: int) -> bytes:
    return struct.pack("<BiiiHHIHBH", 1, 473_000_000, 86_000_000, 4000, 0, 0, int(T0) + i, 250, 0, size)


BINARY: dict[str, bytes] = {
    "frames.per": b"".join(FRAMES),
    "envelopes.coer": b"".join(ENVELOPES),
    "recorded.bin": ENVELOPES[0] + b"".join(header(i, len(e)) + e for i, e in enumerate(ENVELOPES) if i),
    "padded.bin": b"".join(ENVELOPES) + bytes(5000),
    "lines.txt": "\n".join(f"{T0 + i} {e.hex()}" for i, e in enumerate(ENVELOPES)).encode(),
    "lines.hex": "\n".join(e.hex() for e in FRAMES).encode(),
    "radio.jsonl": "\n".join(
        json.dumps({"received": T0 + i + 0.05, "envelope": e.hex()}) for i, e in enumerate(ENVELOPES)
    ).encode(),
}


@pytest.mark.parametrize("name", BINARY)
def test_what_radios_record(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BINARY[name])
    batch, refused, _ = read(path)
    moves_north(batch)
    assert not refused
    np.testing.assert_allclose(np.diff(batch.time) / 1e6, 1.0, atol=0.3)
    if name == "recorded.bin":
        np.testing.assert_allclose(batch.columns["delay"][1:], 0.25, atol=1e-6)


def test_trust_beside_a_recording_makes_signatures_valid(tmp_path: Path) -> None:
    path = tmp_path / "envelopes.coer"
    path.write_bytes(BINARY["envelopes.coer"])
    assert set(read(path)[0].columns["signed"]) == {"unverified"}
    (tmp_path / "trust.oer").write_bytes(ROOT.certificate.raw + ISSUER.certificate.raw)
    assert set(read(path)[0].columns["signed"]) == {"valid"}
    (tmp_path / "trust.oer").write_bytes(b"nonsense")
    batch, refused, _ = read(path)
    assert set(batch.columns["signed"]) == {"unverified"}
    assert "trust.oer" in refused[0].reason


def test_rubbish_between_messages_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "radio.bin"
    path.write_bytes(ENVELOPES[0] + b"\x07rubbish" + ENVELOPES[1][:60] + b"".join(ENVELOPES[2:]))
    batch, refused, _ = read(path)
    assert len(batch) == 5
    assert refused
    lines = tmp_path / "lines.jsonl"
    good = BINARY["radio.jsonl"].decode().splitlines()
    lines.write_text("\n".join([*good[:2], "{not json", '{"received": 1, "envelope": "03"}', "[]", *good[2:]]))
    batch, refused, _ = read(lines)
    moves_north(batch)
    assert [error.row for error in refused] == [3, 4, 5]


def test_cams_are_read_with_their_delay(tmp_path: Path) -> None:
    from assay.formats.ieee1609_certificate import tai

    path = tmp_path / "cam.jsonl"
    lines = []
    for i in range(6):
        mark = round(tai(T0 + i) * 1000) % 65_536
        payload = write_cam(heard(i)._replace(form="cam", mark=mark))
        lines.append(json.dumps({"received": T0 + i + 0.1, "message": payload.hex(), "receiver": "rsu-1"}))
    path.write_text("\n".join(lines))
    batch, refused, _ = read(path)
    moves_north(batch)
    assert not refused
    assert set(batch.columns["form"]) == {"cam"}
    np.testing.assert_allclose(batch.columns["delay"], 0.1, atol=0.002)


def test_veremi_traces(tmp_path: Path) -> None:
    path = tmp_path / "traceJSON-3-1-A0.json"
    lines = [{"type": 2, "rcvTime": 1.0, "pos": [0, 0, 0], "spd": [0, 0, 0]}]
    for i in range(6):
        lines.append({  # type: ignore[arg-type]
            "type": 3, "rcvTime": 100.0 + i, "sendTime": 99.9 + i, "sender": 5, "senderPseudo": 1059, "messageID": i,
            "pos": [3.0, 50 + 11.12 * i, 1.9], "pos_noise": [3, 3, 0], "spd": [0.0, 11.12, 0], "acl": [0.1, 0.5, 0], "hed": [0, 1, 0],
        })  # fmt: skip
    path.write_text("\n".join(map(json.dumps, lines)))
    batch, refused, name = read(path)
    moves_north(batch)
    assert not refused
    assert name == "roads.lines"
    np.testing.assert_allclose(batch.columns["delay"], 0.1, atol=1e-6)
    np.testing.assert_allclose(batch.columns["acceleration"], 0.5)
    assert set(batch.columns["pseudonym"]) == {"1059"}


def test_the_data_environment_s_json_and_xml(tmp_path: Path) -> None:
    ode = tmp_path / "ode.json"
    core = {"msgCnt": 1, "id": "0A0B0C0D", "secMark": 0, "speed": 11.12, "heading": 0.0, "accelSet": {"accelLong": 0.0}}
    ode.write_text("\n".join(json.dumps({
        "metadata": {"odeReceivedAt": f"2026-01-05T08:00:{i:02}.100Z", "recordGeneratedAt": f"2026-01-05T08:00:{i:02}Z"},
        "payload": {"data": {"coreData": core | {"secMark": 1000 * i, "position": {"latitude": 47.3 + i * 1e-4, "longitude": 8.6}}}},
    }) for i in range(6)))  # fmt: skip
    moves_north(read(ode)[0])
    xml = tmp_path / "sample.xer"
    xml.write_text("".join(
        f"<MessageFrame><messageId>20</messageId><value><BasicSafetyMessage>\n <coreData><msgCnt>{i}</msgCnt><id>0A0B0C0D</id>"
        f"<secMark>{1000 * i}</secMark><lat>{473_000_000 + 1000 * i}</lat> <long>86000000</long><elev>1</elev><accuracy>"
        f"<semiMajor>20</semiMajor></accuracy><speed>556</speed><heading>0</heading><accelSet><long>2001</long></accelSet>"
        f"<size><width>180</width><length>460</length></size></coreData></BasicSafetyMessage></value></MessageFrame>"
        for i in range(6)
    ))  # fmt: skip
    batch, refused, _ = read(xml)
    moves_north(batch)
    assert not refused
    assert np.isnan(batch.columns["acceleration"]).all()


WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    "csv": lambda f, p: f.write_csv(p), "parquet": lambda f, p: f.write_parquet(p), "jsonl": lambda f, p: f.write_ndjson(p),
}  # fmt: skip


@pytest.mark.parametrize("form", WRITERS)
def test_tables_in_metres_and_degrees(form: str, tmp_path: Path) -> None:
    i = np.arange(6)
    metres = pl.DataFrame(
        {"t": i + 0.5, "pseudonym": [7] * 6, "x": i * 0.0, "y": 11.12 * i, "speed": [11.12] * 6, "heading": [0.0] * 6}
    )
    degrees = pl.DataFrame({"timestamp": [f"2026-01-05T08:00:{k:02}Z" for k in i], "station_id": ["a"] * 6, "Lat": 47.3 + i * 1e-4,
                            "Lon": [8.6] * 6, "speed_kmh": [40.032] * 6, "heading": [0.0] * 6})  # fmt: skip
    for frame in (metres, degrees):
        path = tmp_path / f"table.{form}"
        WRITERS[form](frame, path)
        batch, _refused, name = read(path)
        moves_north(batch)
        assert name == "roads.table"
        np.testing.assert_array_equal(np.diff(batch.time), 1_000_000)


def test_a_row_without_a_place_is_refused_by_number(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "time,pseudonym,x,y,speed,heading\n1,a,0,0,1,0\n2,a,,0,1,0\nsoon,a,1,1,1,0\n4,a,3e9,0,1,0\n5,a,4,0,zz,400\n"
    )
    batch, refused, _ = read(path)
    assert [error.row for error in refused] == [2, 3, 4]
    assert len(batch) == 2
    assert np.isnan(batch.columns["speed"][1])
    assert batch.columns["heading"][1] == 40.0


def test_a_made_up_town_is_read_back(tmp_path: Path) -> None:
    from assay.formats.folder_writer import write_folder
    from assay.formats.table_writer import write_table

    table = tmp_path / "town.csv"
    write_table(simulate(4, size=6, seconds=40.0), table)
    batch, refused, name = read(table)
    assert (name, refused) == ("roads.table", [])
    assert len(batch) == len(world(4, vehicles=6, seconds=40.0))
    assert batch.ids[:2] == ["m0", "m1"]
    write_folder(simulate(4, size=6, seconds=40.0, signed=1), tmp_path / "air")
    aired, refused, _ = read(tmp_path / "air" / "messages.jsonl")
    assert len(aired) == len(batch)
    assert not refused
    assert "valid" in set(aired.columns["signed"])
    assert abs(aired.time[0] / 1e6 - BEGIN) < 200
    with (tmp_path / "air" / "truth.csv").open() as file:
        truth = [line.strip().split(",")[2] for line in file][1:]
    for fault, told, signed in zip(truth, aired.columns["faults"], aired.columns["signed"], strict=True):
        if fault in FAULTS_MADE:
            assert fault in told
        elif fault == "genuine":
            assert signed == "valid"


FAULTS_MADE = ("signature", "certificate", "certificate-time", "psid", "certificate-place")


TABLE = "time,pseudonym,x,y,speed,heading\n" + "".join(f"{i},a,{i}.5,{2 * i},10.0,45\n" for i in range(40))
FUZZED = BINARY | {
    "table.csv": TABLE.encode(),
    "table.jsonl": "\n".join(json.dumps({"time": i, "pseudonym": "a", "x": i, "y": 0, "speed": 1, "heading": 90}) for i in range(20)).encode(),
    "trace.json": "\n".join(json.dumps({"type": 3, "rcvTime": i, "sendTime": i, "sender": 1, "pos": [i, 0], "spd": [1, 0]}) for i in range(20)).encode(),
    "core.xer": b"<BasicSafetyMessage>" + b"".join(b"<coreData><msgCnt>1</msgCnt><id>0A0B0C0D</id><secMark>%d</secMark><lat>1</lat><long>2</long><speed>5</speed><heading>9</heading></coreData>" % i for i in range(9)),
}  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FUZZED)), st.data())
def test_broken_files_are_read_as_far_as_they_go(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = bytearray(FUZZED[name])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    for reader in KIND.open_readers():
        if reader.sniff(path.read_bytes(), path):
            refused: list[RowError] = []
            try:
                n = sum(len(batch) for batch in reader.read(path, reject=refused.append))
            except UnreadableInput:
                continue
            assert n + len(refused) < 300
