"""The furniture of the parcels room."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import AssayError
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.kind import RowError
from assay.core.profile import Profile
from assay.formats.mapping import Field, Mapping
from assay.formats.tabular import read_table
from assay.learning import EvaluateRequest, TrainReport, TrainRequest
from assay.profiles import Feature
from assay_parcels import Parcel, Photo, Scan
from assay_parcels.waybill import Reused, Weighed

BELT = 100_000


def features() -> dict[type, list[Feature]]:
    return {
        Parcel: [
            Feature(entity="sender", stat="count", window="1d"),
            Feature(entity="sender", stat="mean", of="weight", window="7d"),
            Feature(entity="sender", stat="distinct", of="depot", window="7d"),
            Feature(entity="depot", stat="fraud_rate", window="7d", delay="1h"),
            Feature(entity="sender+depot", stat="time_since"),
        ],
        Scan: [Feature(entity="depot", stat="count", window="1h")],
    }


class Limit:
    """One number over (or under) a limit: the simplest detector there is."""

    version = "1"

    def __init__(
        self, name: str, type_: type, column: str, code: str, limit: float, sign: int, severity: Severity
    ) -> None:
        self.name, self.reads, self.column, self.code = name, (type_,), column, code
        self.limit, self.sign, self.severity = limit, sign, severity

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        values = batch.columns[self.column]
        hit = self.sign * values > self.sign * self.limit
        verdict = np.where(hit, Verdict.SUSPICIOUS, Verdict.NONE)

        def explain(rows: np.ndarray) -> list[Finding]:
            return [
                Finding(
                    detector=self.name,
                    version=self.version,
                    verdict="suspicious",
                    severity=self.severity.word,
                    reasons=(Reason(self.code, 1.0, {self.column: float(values[i])}),),
                )
                for i in rows
            ]

        return Findings(
            self.name,
            self.version,
            verdict,
            severity=np.full(len(batch), self.severity),
            codes={self.code: hit},
            explain=explain,
        )


def detectors(models: Path | None) -> list[Any]:
    limit = 30.0
    if models is not None and (models / "limit.json").exists():
        limit = json.loads((models / "limit.json").read_text())["limit"]
    return [
        Limit("parcels.weight", Parcel, "weight", "parcels.heavy", limit, 1, Severity.HIGH),
        Limit("parcels.photo", Photo, "brightness", "parcels.dark-photo", 0.1, -1, Severity.MEDIUM),
        Limit("parcels.belt", Scan, "speed", "parcels.fast-belt", 5.0, 1, Severity.HIGH),
        Weighed(),
        Reused(),
    ]


class ParcelTable:
    """csv with a `weight` column."""

    name = "parcels.table"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.9 if path.suffix == ".csv" and b"weight" in head.split(b"\n", 1)[0] else 0.0

    def guess(self, path: Path) -> Mapping:
        from assay.formats.mapping import LabelColumn

        names = path.read_text("utf-8").split("\n", 1)[0].split(",")
        known = ("id", "time", "weight", "sender", "depot")
        label = LabelColumn("label", time=Field(column="label_time")) if "label" in names else None
        return Mapping("parcel", {n: Field(column=n) for n in known if n in names}, label)

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from read_table(path, mapping or self.guess(path), Parcel, reject)


class ScanLog:
    """A belt's log: a line `BELT <depot>`, then one speed a line. Read in batches of 100,000."""

    name = "parcels.scans"

    def sniff(self, head: bytes, path: Path) -> float:
        return 1.0 if head.startswith(b"BELT ") else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        with path.open() as file:
            depot = file.readline().split()[1]
            speeds = np.array([float(line) for line in file])
        for start in range(0, len(speeds), BELT):
            part = speeds[start : start + BELT]
            rows = np.arange(start, start + len(part))
            columns = {"speed": part, "depot": np.full(len(part), depot, dtype=object)}
            yield Batch(Scan, [f"{depot}-{i}" for i in rows], rows * 1_000 + 1_767_225_600_000_000, columns)


def simulate(seed: int, *, days: int = 1, size: int = 50) -> Iterator[Batch[Parcel]]:
    rng = np.random.default_rng(seed)
    n = days * size
    weight = rng.gamma(2.0, 3.0, n)
    fake = rng.random(n) < 0.05
    weight[fake] += 40
    time = 1_767_225_600_000_000 + np.sort(rng.integers(0, days * 86_400_000_000, n))
    columns = {
        "weight": weight,
        "sender": np.array([f"s{i}" for i in rng.integers(0, 9, n)], dtype=object),
        "depot": np.array([f"d{i}" for i in rng.integers(0, 3, n)], dtype=object),
    }
    batch = Batch(Parcel, [f"p{i}" for i in range(n)], time, columns)
    batch.truth, batch.known = fake.astype(float), time + 3_600_000_000
    yield batch


def _labelled(data: Path) -> tuple[np.ndarray, np.ndarray]:
    def refuse(error: RowError) -> None:
        raise AssayError(error.reason, where=f"row {error.row}")

    batches = list(ParcelTable().read(data, reject=refuse))
    return np.concatenate([b.columns["weight"] for b in batches]), np.concatenate([b.truth for b in batches])


def train(request: TrainRequest) -> TrainReport:
    weight, truth = _labelled(request.data)
    limit = float((weight[truth == 0].max() + weight[truth == 1].min()) / 2)
    request.out.mkdir(parents=True, exist_ok=True)
    (request.out / "limit.json").write_text(json.dumps({"limit": limit}))
    return TrainReport(out=request.out, version="1", figures={"limit": limit})


def train_seals(request: TrainRequest) -> TrainReport:
    """The second thing this room learns: it has a name of its own."""
    return TrainReport(out=request.out, version="1", figures={"seals": 1.0})


def evaluate(request: EvaluateRequest) -> dict[str, Any]:
    weight, truth = _labelled(request.data)
    limit = json.loads((request.model / "limit.json").read_text())["limit"] if request.model else 30.0
    return {"right": float(((weight > limit) == (truth == 1)).mean())}


def bench(data: Path | None, *, short: bool = False) -> dict[str, Any]:
    (batch,) = simulate(1, days=1, size=1000)
    return {"parcels": len(batch)}
