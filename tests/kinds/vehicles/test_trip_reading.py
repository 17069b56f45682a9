"""Outside formats of journeys: what one says, all say; damaged and hostile ones are refused within bounds, never by accident."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import iso
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError, sniff
from assay.core.profile import Profile
from assay.kinds.vehicles.frames import FRAME
from assay.kinds.vehicles.trips.detector import Trips
from assay.kinds.vehicles.trips.evidence import Trip
from assay.kinds.vehicles.trips.reader import TripLog, journeys
from assay.kinds.vehicles.trips.reading import form_of, read
from assay.kinds.vehicles.trips.reading.bus import layout_in, track_of_frames
from assay.kinds.vehicles.trips.track import IMU, Track, pack, unpack
from tests.kinds.vehicles.journeys import honest

T0 = 1_767_600_000
SHORT = honest(1, 90.0)


def nmea(track: Track = SHORT) -> bytes:
    lines = []
    g = track.gnss
    for i, t in enumerate(g["time"].tolist()):
        clock = int(T0 % 86_400 + t)
        lat, lon = abs(g["latitude"][i]), abs(g["longitude"][i])
        body = (
            f"GPRMC,{clock // 3600:02d}{clock // 60 % 60:02d}{clock % 60:02d}.00,A,{int(lat):02d}{lat % 1 * 60:010.7f},N,"
            f"{int(lon):03d}{lon % 1 * 60:010.7f},E,{g['speed'][i] / 0.514444:.3f},{g['course'][i]:.2f},050126,,,A"
        )
        check = 0
        for c in body.encode():
            check ^= c
        lines.append(f"${body}*{check:02X}")
    return "\r\n".join(lines).encode()


def gpx(track: Track = SHORT) -> bytes:
    g = track.gnss
    points = "".join(
        f'<trkpt lat="{g["latitude"][i]:.8f}" lon="{g["longitude"][i]:.8f}"><ele>5</ele><time>{iso(int((T0 + t) * 1e6))}</time>'
        f"<speed>{g['speed'][i]:.3f}</speed><course>{g['course'][i]:.2f}</course></trkpt>"
        for i, t in enumerate(g["time"].tolist())
    )
    return f'<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'.encode()


def table(track: Track = SHORT, speed: float = 3.6) -> bytes:
    """Rows as a recorder writes them: fixes and inertia in turn, speed in km/h, force in g, turning in radians."""
    rows = ["timestamp,latitude,longitude,gps_speed,bearing,accX,accY,accZ,gyroX,gyroY,gyroZ"]
    g, m = track.gnss, track.imu
    for i, t in enumerate(g["time"].tolist()):
        rows.append(
            f"{T0 + t:.3f},{g['latitude'][i]:.8f},{g['longitude'][i]:.8f},{g['speed'][i] * speed:.3f},{g['course'][i]:.2f},,,,,,"
        )
    for i, t in enumerate(m["time"].tolist()):
        force = ",".join(f"{m[k][i] / 9.80665:.5f}" for k in IMU[1:4])
        turn = ",".join(f"{np.radians(m[k][i]):.6f}" for k in IMU[4:])
        rows.append(f"{T0 + t:.3f},,,,,{force},{turn}")
    return "\n".join(rows).encode()


def objects(track: Track = SHORT) -> bytes:
    g, m = track.gnss, track.imu
    said = track.said
    return json.dumps({
        "gnss": [
            {"time": T0 + t, "lat": g["latitude"][i], "lon": g["longitude"][i], "speed": g["speed"][i], "heading": g["course"][i]}
            for i, t in enumerate(g["time"].tolist())
        ],
        "imu": {"time": (T0 + m["time"]).tolist(), **{k: m[k].tolist() for k in IMU[1:]}},
        "obd": [{"time": T0 + t, "speed": said["speed"][i] * 3.6} for i, t in enumerate(said["time"].tolist())],
    }).encode()  # fmt: skip


FORMS = {"nmea": nmea(), "gpx": gpx(), "table": table(), "json": objects(), "packed": pack(SHORT)}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same_journey(form: str) -> None:
    assert form_of(FORMS[form][:65_536]) == form
    refused: list[RowError] = []
    track, origin = read(FORMS[form], refused.append)
    assert not refused
    assert form == "packed" or origin == T0 * 1_000_000
    assert len(track.gnss["time"]) == len(SHORT.gnss["time"])
    for name, near in (("latitude", 1e-6), ("longitude", 1e-6), ("speed", 0.01), ("course", 0.02)):
        assert np.allclose(track.gnss[name], SHORT.gnss[name], atol=near), name
    if form in ("table", "json", "packed"):
        for name in IMU[1:]:
            assert np.allclose(track.imu[name], SHORT.imu[name], atol=0.01), name


def test_a_speed_in_another_unit_is_told_by_the_places_and_a_scaled_one_stays() -> None:
    knots, _ = read(table(speed=3600 / 1852))
    assert np.allclose(knots.gnss["speed"], SHORT.gnss["speed"], atol=0.01)
    scaled, _ = read(table(speed=0.7))
    assert np.allclose(scaled.gnss["speed"], SHORT.gnss["speed"] * 0.7, atol=0.01)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_known_by_its_content_and_becomes_trips(form: str, tmp_path: Path) -> None:
    suffix = {"nmea": "nmea", "gpx": "gpx", "table": "csv", "json": "json", "packed": "trip"}[form]
    path = tmp_path / f"drive.{suffix}"
    path.write_bytes(FORMS[form])
    kind, reader, _ = sniff(path)  # type: ignore[misc]
    assert (kind.name, reader.name) == ("vehicles", "vehicles.trip")
    (batch,) = TripLog().read(path, reject=pytest.fail)
    assert len(unpack(batch.item(0).content).gnss["time"]) == len(SHORT.gnss["time"])


def test_parquet_is_read_too(tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "drive.parquet"
    pl.read_csv(table()).write_parquet(path)
    (batch,) = TripLog().read(path, reject=pytest.fail)
    assert len(unpack(batch.item(0).content).imu["time"]) == len(SHORT.imu["time"])


def test_a_pause_of_five_minutes_ends_a_journey() -> None:
    g = {k: np.concatenate([v, v + (1000 if k == "time" else 0)]) for k, v in SHORT.gnss.items()}
    first, second = journeys(Track(g), T0 * 1_000_000)
    assert first[0].gnss["time"][0] == second[0].gnss["time"][0] == 0
    assert second[1] - first[1] == 1_000_000_000


def test_a_recorder_on_a_bus_is_known_by_what_it_says() -> None:
    g, m = SHORT.gnss, SHORT.imu
    rows = []
    for i, t in enumerate(g["time"].tolist()):
        place = 1 | round((g["latitude"][i] + 90) * 1e6) << 1 | round((g["longitude"][i] + 180) * 1e6) << 29 | 1 << 58
        rows += [
            (t, 3, place),
            (t + 1e-4, 7, 1 | round(g["speed"][i] * 1000) << 1),
            (t + 2e-4, 5, 1 | round(g["course"][i] * 10) << 43),
        ]
    for i, t in enumerate(m["time"].tolist()):
        word, at = 1, 1
        for k, (bits, step, low) in zip(IMU[1:], [(10, 0.125, -64)] * 3 + [(11, 0.25, -256)] * 3, strict=True):
            word |= round((m[k][i] - low) / step) << at
            at += bits
        rows.append((t, 9, word))
    frames = np.zeros(len(rows), FRAME)
    frames["time"] = [round(t * 1e6) + T0 * 1_000_000 for t, _, _ in rows]
    frames["id"], frames["data"], frames["length"] = [i for _, i, _ in rows], [d for _, _, d in rows], 8
    assert layout_in(frames) is not None
    track, origin = track_of_frames(frames)
    assert origin == T0 * 1_000_000
    assert np.allclose(track.gnss["speed"], SHORT.gnss["speed"], atol=0.01)
    assert np.allclose(track.imu["ax"], m["ax"], atol=0.07)
    frames["data"] = np.random.default_rng(1).integers(0, 1 << 62, len(frames))
    assert layout_in(frames) is None


def test_refused_rows_have_their_number_and_the_rest_goes_on() -> None:
    damaged = nmea().split(b"\r\n")
    damaged[4] = damaged[4].replace(b"A,", b"A,9", 1)
    refused: list[RowError] = []
    track, _ = read(b"\r\n".join(damaged), refused.append)
    assert [r.row for r in refused] == [5]
    assert len(track.gnss["time"]) == len(SHORT.gnss["time"]) - 1
    rows = table().split(b"\n")
    rows[7] += b",1,2"
    refused = []
    read(b"\n".join(rows), refused.append)
    assert len(refused) <= 1


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"[1,2,3]", b'{"gnss": []}', b'{"gnss": [{"time": 1}], "speed": 2}', b"<gpx></gpx>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>',
        b"time,latitude,longitude,speed\n", b"time,latitude,longitude,speed\nx,y,z,w\n", b"ATRK1\n\xff", b"ATRK1\n",
        b'{"gnss": ' + b"[" * 5000 + b"]" * 5000 + b', "lat": 1, "speed": 2}', b"PAR1xxxxPAR1",
        b"time,latitude,longitude,speed\n1,1e300,2,3\n1e300,1,2,3\n",
    ],
)  # fmt: skip
def test_what_is_no_journey_is_inconclusive_and_never_an_accident(content: bytes) -> None:
    detector = Trips()
    trip = Trip(id="x", time=__import__("datetime").datetime(2026, 1, 1), content=content)
    for finding in detector.examine(Batch.of([trip]), Profile.empty(1)).explain(np.arange(1)):
        assert finding.verdict in ("none", "inconclusive")


@settings(max_examples=60, deadline=None)
@given(form=st.sampled_from(sorted(FORMS)), data=st.data())
def test_damage_anywhere_gives_a_journey_or_a_refusal(form: str, data: st.DataObject) -> None:
    content = bytearray(FORMS[form][:30_000])
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    trip = Trip(id="x", time=__import__("datetime").datetime(2026, 1, 1), content=bytes(content))
    Trips().examine(Batch.of([trip]), Profile.empty(1)).explain(np.arange(1))
    try:
        track, _ = read(bytes(content))
    except UnreadableInput:
        return
    assert track.seconds <= 7 * 86_400


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_survived(content: bytes) -> None:
    for head in (b"", b"ATRK1\n", b"$GPRMC,", b"<gpx", b'{"gnss":', b"time,latitude,longitude,speed\n"):
        try:
            read(head + content)
        except UnreadableInput:
            continue


def test_a_mapping_reads_columns_that_nobody_knows(tmp_path: Path) -> None:
    from assay.check import check_path
    from assay.engine import Engine
    from assay.formats.mapping import parse_mapping

    path = tmp_path / "eigen.csv"
    path.write_bytes(table().replace(b"timestamp,latitude,longitude,gps_speed,bearing", b"zeit,breite,laenge,v,kurs"))
    mapping = parse_mapping(
        "kind: trip\nfields:\n  time: {column: zeit, unit: s}\n  latitude: breite\n  longitude: laenge\n"
        "  speed: {column: v, scale: 0.27777778}\n  course: kurs\n"
    )
    (batch,) = TripLog().read(path, mapping=mapping, reject=pytest.fail)
    assert np.allclose(unpack(batch.item(0).content).gnss["speed"], SHORT.gnss["speed"], atol=0.01)
    found = check_path(path, Engine(), mapping=mapping)
    assert (found.reader, found.evidence, found.problem) == ("vehicles.trip", 1, "")
