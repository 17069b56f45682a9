"""Beacons: the score's parts mean what they say, and connection logs are read whatever shape they are in."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.core.profile import Profile
from assay.kinds.networks.beacons import beacon_scores
from assay.kinds.networks.bench import bench
from assay.kinds.networks.detectors.connections import Beacons, LongConnections
from assay.kinds.networks.evidence import Contact, Flow
from assay.kinds.networks.places import external, internal
from assay.kinds.networks.reading.zeek import ZeekLog

DAY = 86_400
FIELDS = [
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "duration",
    "orig_ip_bytes",
    "resp_ip_bytes",
    "conn_state",
]


def score(time: list[int], size: list[int] | None = None) -> list[float]:
    found = beacon_scores(np.zeros(len(time), np.int64), np.array(time), np.array(size or [100] * len(time)), 1, 0, DAY)
    return [float(part[0]) for part in found[:5]]


def test_clockwork_scores_one_and_noise_far_less() -> None:
    assert score(list(range(0, DAY, 300))) == [1.0, 1.0, 1.0, 1.0, 1.0]
    rng = np.random.default_rng(1)
    total, *_ = score(sorted(rng.integers(0, DAY, 40).tolist()), rng.lognormal(6, 1.5, 40).astype(int).tolist())
    assert total < 0.75


def test_too_few_distinct_times_have_no_score() -> None:
    assert np.isnan(score([1, 1, 2, 3, 3])).all()
    assert not np.isnan(score([1, 2, 3, 4])).any()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, DAY), min_size=4, max_size=60), st.data())
def test_every_part_is_a_share_and_order_does_not_matter(time: list[int], data: Any) -> None:
    size = data.draw(st.lists(st.integers(0, 10**9), min_size=len(time), max_size=len(time)))
    parts = score(time, size)
    assert all(np.isnan(p) or 0 <= p <= 1 for p in parts)
    turned = data.draw(st.permutations(range(len(time))))
    again = score([time[i] for i in turned], [size[i] for i in turned])
    assert parts[0] == again[0] or np.isnan(parts[0])


def line(ts: float, source: str, destination: str, duration: str = "1.5") -> list[str]:
    return [str(ts), "C1", source, "5000", destination, "443", "tcp", "ssl", duration, "500", "900", "SF"]


def written(path: Path, rows: list[list[str]], form: str) -> Path:
    if form == "json":
        text = "\n".join(
            json.dumps({k: float(v) if k in ("ts", "duration") else v for k, v in zip(FIELDS, row, strict=True)})
            for row in rows
        )
    else:
        text = (
            "#separator \\x09\n#path\tconn\n#fields\t"
            + "\t".join(FIELDS)
            + "\n"
            + "\n".join("\t".join(row) for row in rows)
        )
    path.write_bytes(gzip.compress(text.encode()) if form == "gzip" else text.encode())
    return path


@pytest.mark.parametrize("form", ["text", "json", "gzip"])
def test_a_beacon_and_a_long_connection_are_found_in_a_log(tmp_path: Path, form: str) -> None:
    rows = [line(1_700_000_000 + 600 * i, "10.0.0.5", "198.51.100.9") for i in range(144)]
    rows += [line(1_700_000_100, "10.0.0.6", "198.51.100.10", str(13 * 3600))]
    rows += [line(1_700_000_000 + 600 * i, "10.0.0.5", "10.0.0.1") for i in range(144)]  # stays inside
    path = written(tmp_path / "conn.log", rows, form)
    reader = ZeekLog()
    assert reader.sniff(path.read_bytes()[:65_536], path) > 0.9
    refused: list[RowError] = []
    flows, contacts, *_ = list(reader.read(path, reject=refused.append))
    assert not refused
    assert (flows.type, len(flows), contacts.type, len(contacts)) == (Flow, 289, Contact, 2)
    told = LongConnections().examine(flows, Profile.empty(289))
    assert [f.severity for f in told.explain(np.flatnonzero(told.verdict))] == ["medium"]
    told = Beacons().examine(contacts, Profile.empty(2))
    (finding,) = told.explain(np.flatnonzero(told.verdict))
    assert finding.reasons[0].code == "networks.beacon"
    assert finding.reasons[0].values["period"] == 600
    assert {e.id for e in finding.entities} == {"10.0.0.5", "198.51.100.9"}


def judged(rows: list[list[str]], folder: Path) -> list[tuple[str, str, str]]:
    (contacts,) = [
        b for b in ZeekLog().read(written(folder / "conn.log", rows, "text"), reject=print) if b.type is Contact
    ]
    told = Beacons().examine(contacts, Profile.empty(len(contacts)))
    return [(f.verdict, f.severity, f.reasons[0].code) for f in told.explain(np.flatnonzero(told.verdict))]


def test_an_even_quarter_of_an_hour_leaves_the_matter_open(tmp_path: Path) -> None:
    rows = [line(1_700_000_000 + 30 * i, "10.0.0.5", "198.51.100.9") for i in range(30)]
    assert judged(rows, tmp_path) == [("inconclusive", "informational", "networks.beacon-short")]


def test_what_every_machine_does_is_less_remarkable(tmp_path: Path) -> None:
    rows = [
        line(1_700_000_000 + 600 * i + (i * host * 7919) % 400, f"10.0.0.{host}", "198.51.100.9")
        for i in range(144)
        for host in range(5, 15)
    ]
    alone = judged([row for row in rows if row[2] == "10.0.0.5"], tmp_path)
    assert alone == [("suspicious", "medium", "networks.beacon")]
    assert judged(rows, tmp_path) == []


def test_bad_lines_are_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = line(1_700_000_000, "10.0.0.5", "198.51.100.9")
    rows = [good, ["x"], [*good[:2], "", *good[3:]], ["NaN", *good[1:]], ["1e300", *good[1:]], good]
    refused: list[RowError] = []
    flows, *_ = list(ZeekLog().read(written(tmp_path / "conn.log", rows, "text"), reject=refused.append))
    assert len(flows) == 2
    assert [error.row for error in refused] == [5, 6, 7, 8]
    assert "no time" in refused[2].reason


def test_a_log_cut_short_keeps_what_was_read(tmp_path: Path) -> None:
    path = written(
        tmp_path / "conn.log", [line(1_700_000_000 + i, "10.0.0.5", "198.51.100.9") for i in range(5000)], "gzip"
    )
    path.write_bytes(path.read_bytes()[:-200])
    refused: list[RowError] = []
    batches = list(ZeekLog().read(path, reject=refused.append))
    assert batches
    assert len(refused) >= 1
    (tmp_path / "none.log").write_text("#separator \\x09\n#path\tconn\n#fields\tuid\nC1\n")
    with pytest.raises(UnreadableInput, match="no field ts"):
        list(ZeekLog().read(tmp_path / "none.log", reject=refused.append))


def test_inside_and_outside() -> None:
    assert internal("10.1.2.3")
    assert internal("fd00::1")
    assert not internal("8.8.8.8")
    assert external("8.8.8.8")
    assert external("example.org")
    for address in ("10.1.2.3", "127.0.0.1", "224.0.0.251", "fe80::1", "255.255.255.255", "ff02::fb"):
        assert not external(address)


def test_the_bench_tells_speed_and_distance(tmp_path: Path) -> None:
    told = bench(tmp_path, connections=20_000)
    assert told["speed"]["connections"] == 20_000
    assert told["made up"]["jitter 0%"]["median"] > told["made up"]["noise"]["19 in 20"]
