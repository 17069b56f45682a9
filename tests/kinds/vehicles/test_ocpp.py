"""OCPP-J logs become events: charges with their tags, meters and limits, answers joined to their calls; any line is survived."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.kind import RowError, sniff
from assay.engine import Engine
from assay.kinds.vehicles.cloud import reasons as codes
from assay.kinds.vehicles.cloud.ocpp import Charges, frame_of
from assay.kinds.vehicles.cloud.reader import OcppLog


def line(minute: float, station: str, *frame: Any) -> str:
    return json.dumps(
        {
            "time": f"2026-01-05T{int(minute) // 60:02d}:{int(minute) % 60:02d}:00Z",
            "station": station,
            "message": list(frame),
        }
    )


def charge(station: str, minute: float, tag: str, number: int, wh: int = 20_000, minutes: float = 30) -> list[str]:
    meter = 100_000 + 50_000 * number
    return [
        line(minute, station, 2, f"{station}{number}a", "StartTransaction", {"connectorId": 1, "idTag": tag, "meterStart": meter, "timestamp": "2026-01-05T00:00:00Z"}),
        line(minute, station, 3, f"{station}{number}a", {"transactionId": number, "idTagInfo": {"status": "Accepted"}}),
        line(minute + minutes / 2, station, 2, f"{station}{number}m", "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [
            {"timestamp": "2026-01-05T00:00:00Z", "sampledValue": [{"value": str(meter + wh // 2)}, {"value": "55", "measurand": "SoC"}]}]}),
        line(minute + minutes, station, 2, f"{station}{number}b", "StopTransaction", {"transactionId": number, "meterStop": meter + wh, "timestamp": "2026-01-05T00:00:00Z"}),
    ]  # fmt: skip


def read(path: Path, lines: list[str]) -> tuple[list[Any], list[RowError]]:
    path.write_text("\n".join(lines))
    refused: list[RowError] = []
    return [batch.item(i) for batch in OcppLog().read(path, reject=refused.append) for i in range(len(batch))], refused


def test_a_charge_is_told_with_its_tag_number_and_energy(tmp_path: Path) -> None:
    path = tmp_path / "ocpp.ndjson"
    events, refused = read(path, charge("cp1", 0, "tag-1", 7))
    assert not refused
    kind, reader, _ = sniff(path)  # type: ignore[misc]
    assert (kind.name, reader.name) == ("vehicles", "vehicles.ocpp")
    start, meter, stop = events
    assert (start.action, start.token, start.session, start.refused) == ("charge-start", "tag-1", "cp1/7", False)
    assert (meter.action, meter.charge, meter.meter) == ("charge-meter", 55, 460_000)
    assert (stop.action, stop.token, stop.kwh) == ("charge-stop", "tag-1", 20.0)


def test_a_cloned_tag_a_raised_limit_and_a_fallen_meter_are_found(tmp_path: Path) -> None:
    def limit(minute: float, amps: float) -> str:
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amps}]}
        return line(
            minute,
            "cp1",
            2,
            f"l{minute}",
            "SetChargingProfile",
            {"connectorId": 1, "csChargingProfiles": {"chargingSchedule": schedule}},
        )

    lines = [*charge("cp1", 0, "tag-1", 7, minutes=60), *charge("cp2", 10, "tag-1", 9), limit(70, 7), limit(80, 90)]
    lines.append(line(90, "cp1", 2, "z", "StartTransaction", {"connectorId": 1, "idTag": "tag-5", "meterStart": 10}))
    path = tmp_path / "ocpp.ndjson"
    lines.sort(key=lambda text: json.loads(text)["time"])
    read(path, lines)
    engine = Engine()
    counts = {}
    for batch in OcppLog().read(path, reject=print):
        for code, hit in engine.examine(batch).findings["vehicles.cloud"].codes.items():
            counts[code] = counts.get(code, 0) + int(hit.sum())
    assert {code for code, n in counts.items() if n} == {codes.TWO_SESSIONS, codes.LIMIT, codes.METER}


def test_two_connectors_have_two_meters_and_limits_in_watts_are_not_taken_for_amperes(tmp_path: Path) -> None:
    def meter(minute: float, connector: int, wh: int) -> str:
        value = [{"timestamp": "2026-01-05T00:00:00Z", "sampledValue": [{"value": str(wh)}]}]
        return line(minute, "cp1", 2, f"m{minute}", "MeterValues", {"connectorId": connector, "meterValue": value})

    def limit(minute: float, value: float, unit: str) -> str:
        schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": [{"startPeriod": 0, "limit": value}]}
        return line(
            minute,
            "cp1",
            2,
            f"l{minute}",
            "SetChargingProfile",
            {"connectorId": 1, "csChargingProfiles": {"chargingSchedule": schedule}},
        )

    lines = [
        meter(0, 1, 900_000),
        meter(1, 2, 5_000),
        meter(2, 1, 900_100),
        meter(3, 2, 5_100),
        limit(4, 16, "A"),
        limit(5, 22_000, "W"),
    ]
    path = tmp_path / "ocpp.ndjson"
    read(path, lines)
    (batch,) = OcppLog().read(path, reject=print)
    assert not Engine().examine(batch).findings["vehicles.cloud"].verdict.any()


def test_a_bare_frame_needs_a_time_and_a_refused_tag_says_so(tmp_path: Path) -> None:
    bare = json.dumps([2, "1", "Authorize", {"idTag": "x"}])
    timed = json.dumps(
        [2, "2", "StopTransaction", {"transactionId": 3, "meterStop": 5, "timestamp": "2026-01-05T00:00:00Z"}]
    )
    events, _ = read(tmp_path / "bare.json", [bare, timed])
    assert [e.action for e in events] == ["charge-stop"]
    asked = [
        line(0, "cp", 2, "a", "Authorize", {"idTag": "x"}),
        line(0, "cp", 3, "a", {"idTagInfo": {"status": "Blocked"}}),
    ]
    (event,), _ = read(tmp_path / "refused.json", asked)
    assert (event.action, event.refused) == ("authorise", True)


def test_version_two_tells_its_transactions(tmp_path: Path) -> None:
    def told(minute: float, what: str, meter: float) -> str:
        value = [
            {"timestamp": "2026-01-05T00:00:00Z", "sampledValue": [{"value": meter, "unitOfMeasure": {"unit": "kWh"}}]}
        ]
        info = {"transactionId": "abc"}
        return line(
            minute,
            "cp",
            2,
            what,
            "TransactionEvent",
            {
                "eventType": what,
                "transactionInfo": info,
                "idToken": {"idToken": "T", "type": "ISO14443"},
                "meterValue": value,
            },
        )

    events, _ = read(
        tmp_path / "two.json", [told(0, "Started", 10.0), told(20, "Updated", 15.0), told(40, "Ended", 22.5)]
    )
    assert [e.action for e in events] == ["charge-start", "charge-meter", "charge-stop"]
    assert (events[-1].token, events[-1].kwh) == ("T", 12.5)


def test_lines_that_are_no_frames_are_refused_by_number(tmp_path: Path) -> None:
    lines = [
        *charge("cp", 0, "t", 1),
        "{",
        "[]",
        '{"message": [9, "a", "b", {}]}',
        '{"time": "x", "message": [2, "a", "Heartbeat", {}]}',
    ]
    events, refused = read(tmp_path / "broken.json", lines)
    assert len(events) == 3
    assert [r.row for r in refused] == [5, 6, 7, 8]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["idTag", "idToken", "transactionId", "meterStart", "meterStop", "meterValue", "sampledValue", "value", "measurand", "timestamp",
         "transactionInfo", "eventType", "csChargingProfiles", "chargingSchedule", "chargingSchedulePeriod", "limit", "unit", "idTagInfo", "status"]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([2, 3]), st.sampled_from(["a", "b"]), st.sampled_from(
    ["StartTransaction", "StopTransaction", "MeterValues", "Authorize", "SetChargingProfile", "TransactionEvent", "UpdateFirmware"]), _JSON), max_size=6))  # fmt: skip
def test_any_payload_gives_events_or_a_refusal(frames: list[tuple[int, str, str, Any]]) -> None:
    charges = Charges("x")
    for type_, id_, action, payload in frames:
        raw = [2, id_, action, payload] if type_ == 2 else [3, id_, payload]
        try:
            frame = frame_of({"time": "2026-01-05T00:00:00Z", "station": "cp", "message": raw})
            if frame is not None:
                list(charges.add(frame))
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
            continue  # what the reader refuses by number
    list(charges.rest())
