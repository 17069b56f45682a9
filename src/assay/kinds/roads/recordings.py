"""Recordings with their truth, for training and benches: which lie each message is, and who really sent it. Neither is ever seen
by a detector; who sent it decides only which side of a split a message falls on.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import NotFound
from assay.core.kind import RowError
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.motion.watch import Seen, Watch
from assay.kinds.roads.rows import keys, rows_of

GENUINE = "genuine"
VEREMI = (
    GENUINE, "constant-position-offset", "random-position", "position-mirroring", "constant-speed-offset", "random-speed",
    "zero-speed", "sudden-stop", "sudden-constant-speed", "reversed-heading", "feigned-braking", "acceleration-multiplied",
    "time-delay", "data-replay", "denial-of-service", "congestion-sybil",
)  # fmt: skip
"""What whole-numbered labels 0..15 mean, after VeReMi NextGen's order."""
_TABLES = (".parquet", ".csv", ".jsonl", ".ndjson")
MOST = 20_000_000  # messages


class Recording(NamedTuple):
    """`name` of the file; `kind`, `sender` object[n] the truth of each row of `batch`, in order of time."""

    name: str
    batch: Batch[RoadMessage]
    kind: np.ndarray
    sender: np.ndarray

    @property
    def lie(self) -> np.ndarray:
        """float64[n]: 1 where a message is one."""
        return np.asarray(self.kind != GENUINE, np.float64)

    def take(self, rows: np.ndarray) -> Recording:
        """These rows, bool[n]."""
        return Recording(self.name, self.batch.take(rows), self.kind[rows], self.sender[rows])

    def seen(self) -> Seen:
        """What a watch makes of it that saw nothing before."""
        return Watch().observe(*keys(self.batch), rows_of(self.batch))

    def begun_late(self) -> Recording:
        """Without what liars said before they lied: as if nobody had heard them honest."""
        liars = np.isin(self.sender, np.unique(self.sender[self.kind != GENUINE]))
        return self.take(~(liars & (self.kind == GENUINE)))


def labelled(path: Path) -> bool:
    """Is it a table of road messages with a truth?"""
    from assay.kinds.roads.reading.tables import LABELS, _columns, is_road_table

    if path.suffix.lower() not in _TABLES or path.name.endswith(".mapping.yaml"):
        return False
    with path.open("rb") as file:
        columns = _columns(file.read(65_536), path)
    return is_road_table(columns) and _named(columns, LABELS) is not None


def recordings(data: Path) -> list[Recording]:
    """Every labelled table at or below a path, or the VeReMi traces there. Raises `NotFound` where there is none."""
    from assay.kinds.roads.veremi import is_veremi, load_veremi

    if is_veremi(data):
        return [load_veremi(data)]
    paths = [data] if data.is_file() else sorted(p for p in data.rglob("*") if p.is_file())
    found = [load(path) for path in paths if labelled(path)]
    if not found:
        raise NotFound("no table of road messages with a label is there", where=str(data))
    return found


def load(path: Path) -> Recording:
    """One labelled table, in order of time. Labels may be names or whole numbers (`VEREMI`)."""
    import polars as pl

    from assay.formats.tabular import frames
    from assay.kinds.roads.reading.place import Plane
    from assay.kinds.roads.reading.tables import LABELS, SENDERS, Clock, _texts, batch_of

    frame = pl.concat([part for _, part in frames(path, 1 << 20)]).head(MOST)
    refused: list[RowError] = []
    batch, rows = batch_of(frame, path.stem[:40], 1, Plane(), Clock(), refused.append)
    label = _named(frame.columns, LABELS)
    sender = _named(frame.columns, SENDERS)
    told = [str(v).strip() for v in frame[label or ""].to_list()]
    yes_or_no = {"1", "1.0"} >= set(told) - {"0", "0.0"}
    kind = np.array([_kind(v, yes_or_no) for v in told], object)[rows]
    who = batch.entity("pseudonym") if sender is None else _texts(frame[sender])[rows]
    order = np.argsort(batch.time, kind="stable")
    return Recording(path.name, batch.take(order), kind[order], who[order])


def _kind(text: str, yes_or_no: bool) -> str:
    """What a label means; where there are only noughts and ones, a one is a lie of any kind."""
    try:
        number = int(float(text))
    except ValueError:
        return GENUINE if text.lower() in ("genuine", "benign", "normal", "none", "") else text[:40]
    if yes_or_no:
        return "lie" if number else GENUINE
    return VEREMI[number] if 0 <= number < len(VEREMI) else f"kind-{number}"


def _named(columns: list[str], names: tuple[str, ...]) -> str | None:
    from assay.formats.guess import plain_name

    plain = {plain_name(c): c for c in columns}
    return next((plain[name] for name in names if name in plain), None)


def simulated(seed: int, **options: object) -> Recording:
    """A recording of the made-up town (`simulate.world`)."""
    from assay.kinds.roads.simulate.world import batch_of, world

    said = world(seed, **options)  # type: ignore[arg-type]
    kind = np.array([m.label for m in said], object)
    return Recording(f"town {seed}", batch_of(said), kind, np.array([str(m.vehicle) for m in said], object))


__all__ = ["GENUINE", "VEREMI", "Recording", "labelled", "load", "recordings", "simulated"]
