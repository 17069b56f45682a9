"""What stays on record of a trace's frames, and what the console draws of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.decision import Decision
from assay.core.finding import Finding, Reason, Where
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.bus_view import view
from assay.kinds.vehicles.evidence import CanTrace
from assay.kinds.vehicles.frames import FRAME
from assay.kinds.vehicles.overview import MOST_IDS, STRETCHES, overview
from assay.kinds.vehicles.reader import trace_of
from tests.kinds.vehicles.bus import IDS, drive, insert


def digits(frames: np.ndarray) -> dict[str, str]:
    return dict(line.split(" ") for line in overview(frames)["raster"].splitlines())  # type: ignore[misc]


def test_an_even_bus_is_drawn_evenly() -> None:
    told = digits(drive(60, 1))
    assert len(told) == len(IDS)
    assert all(set(line) <= set("234") for line in told.values())


def test_silence_and_floods_show() -> None:
    frames = drive(60, 1)
    first = int(frames["time"][0])
    gone = (frames["id"] == 0x120) & (frames["time"] > first + 20_000_000) & (frames["time"] < first + 40_000_000)
    told = digits(insert(frames[~gone], 0x210, np.arange(30_000_000, 31_000_000, 1000)))
    assert told["120"].count("0") > STRETCHES // 4
    assert "9" in told["210"]


def test_no_more_than_so_many_ids_are_kept() -> None:
    frames = np.zeros(100_000, FRAME)
    frames["time"], frames["id"] = np.arange(100_000), np.arange(100_000)
    told = overview(frames)
    assert told["ids"] == 100_000
    assert len(told["raster"].splitlines()) == MOST_IDS


def test_it_is_on_record_and_comes_off_it() -> None:
    trace = trace_of(drive(10, 1), "a", "car-1")
    batch = Batch.of([trace])
    row = batch.row(0)
    assert "content" not in row
    assert row["frames"] == len(drive(10, 1))
    again = CanTrace.from_columns("a", trace.time, row)
    assert (again.vehicle, again.bus) == ("car-1", "0")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_any_content_has_an_overview(content: bytes) -> None:
    CanTrace.to_columns(
        [trace_of(drive(1, 1), "a"), CanTrace(id="b", time=trace_of(drive(1, 1), "a").time, content=content)]
    )


def decided(row: dict[str, object]) -> Decision:
    finding = Finding(
        detector="vehicles.can", version="1", verdict="suspicious", severity="high",
        reasons=(Reason(reasons.LEAP, 0.8, {"ids": "120 777", "alarms": 2, "said": "01 02 < 01 03", "false": 12}),),
        where=(Where(rule=f"{reasons.LEAP}#0", span=(2.0, 4.0), frame=7),),
    )  # fmt: skip
    return Decision(
        id="a", kind="can-trace", time=0, decided=0, outcome="allow", evidence=row, findings=(finding,)
    )  # fmt: skip


def test_the_view_puts_events_on_the_rows_of_their_ids() -> None:
    told = view(decided(Batch.of([trace_of(drive(10, 1), "a", "car-1")]).row(0)), ())
    assert [r["id"] for r in told["rows"]] == sorted(f"{i:03X}" for i in IDS)
    (event,) = told["events"]
    assert (event["code"], event["at"], event["said"], event["frame"]) == (reasons.LEAP, "0:02", "01 02 < 01 03", 7)
    (mark,) = told["marks"]  # of 777 there is no row
    assert mark["y"] == next(r["y"] for r in told["rows"] if r["id"] == "120")
    assert 200 < mark["width"] / told["long"] * 1000 < 215


def test_a_record_without_an_overview_shows_its_events() -> None:
    for raster in ("", "nonsense", "120 12x"):
        told = view(decided({"raster": raster, "busy": "1 2", "seconds": None}), ())
        assert (told["rows"], told["marks"], len(told["events"])) == ([], [], 1)
