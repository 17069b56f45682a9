"""A policy's folder: `vehicle-policy.yaml` names policy, vehicle and customer, says whether its journeys are all there were
(`complete`), and speaks for all that lies below it: records of journeys, and tables of readings, in any form that this room reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import HEAD, RowError
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.vehicles.mileage.evidence import MOST, MOST_JOURNEYS, Journey, MileageAccount, Reading
from assay.kinds.vehicles.mileage.reader import MileageTable
from assay.kinds.vehicles.trips.reader import TripLog

FILE = "vehicle-policy.yaml"
_MOST_FILES, _MOST_BYTES = 5000, 1 << 28  # of journeys together, as they are kept
_MOST_HEAD = 65_536
Reject = Callable[[RowError], None]


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    policy: str
    vehicle: str | None = None
    customer: str | None = None
    complete: bool = False


class PolicyFolder:
    """Known by the file's name and that it names a policy."""

    name = "vehicles.policy"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.99 if path.name == FILE and b"policy:" in head[:_MOST_HEAD] else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Reject) -> Iterator[Batch[Any]]:
        """One account. What is neither a journey nor a table of readings goes to `reject`, numbered as files are in order of
        their names. Raises `UnreadableInput` where the policy is not named, or nothing lies beside it."""
        named = _named(path)
        journeys: list[Journey] = []
        readings: list[Reading] = []
        kept = 0
        for number, file in enumerate(_beside(path), 1):

            def refuse(error: RowError, number: int = number, file: Path = file) -> None:
                reject(
                    RowError(
                        number, f"{plain_file_name(file, 'file')}, row {error.row}: {error.reason}"[:200], error.raw
                    )
                )

            try:
                for one in _inside(file, named.vehicle, refuse):
                    if isinstance(one, Journey):
                        kept += len(one.content)
                        if kept > _MOST_BYTES or len(journeys) >= MOST_JOURNEYS:
                            raise UnreadableInput(
                                "more journeys than one account holds", hint="make accounts of shorter terms"
                            )
                        journeys.append(one)
                    elif len(readings) < MOST:
                        readings.append(one)
            except UnreadableInput as error:
                reject(RowError(number, f"{plain_file_name(file, 'file')}: {error}"[:200]))
        if not journeys and not readings:
            raise UnreadableInput("no journey and no reading lies beside it", where=str(path))
        when = max([j.time for j in journeys] + [r.time for r in readings])
        yield Batch.of([
            MileageAccount(
                id=named.policy, time=when, readings=tuple(readings), journeys=tuple(journeys), policy=named.policy,
                vehicle=named.vehicle, customer=named.customer, complete=named.complete,
            )
        ])  # fmt: skip


def _named(path: Path) -> _Named:
    import yaml

    try:
        return msgspec.convert(yaml.safe_load(read_whole(path, _MOST_HEAD)), _Named)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableInput(
            f"names no policy: {error}"[:200], where=str(path), hint="policy, vehicle and customer, a line each"
        ) from None


def _beside(path: Path) -> Iterator[Path]:
    """Files below its folder in order of their names; links are not followed."""
    below = sorted(p for p in path.parent.rglob("*") if p.is_file() and not p.is_symlink() and p.name != FILE)
    if len(below) > _MOST_FILES:
        raise UnreadableInput(f"{len(below)} files lie beside it", where=str(path), hint=f"at most {_MOST_FILES}")
    yield from below


def _inside(file: Path, vehicle: str | None, reject: Reject) -> Iterator[Journey | Reading]:
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    trips, tables = TripLog(), MileageTable()
    if tables.sniff(head, file):
        for batch in tables.read(file, reject=reject):
            account = batch.item(0)
            if account.vehicle in (None, vehicle):
                yield from account.readings
    elif trips.sniff(head, file):
        for batch in trips.read(file, reject=reject):
            trip = batch.item(0)
            yield Journey(time=trip.time, name=str(trip.id), content=trip.content)
    else:
        raise UnreadableInput("neither a journey nor a table of readings")


__all__ = ["FILE", "PolicyFolder"]
