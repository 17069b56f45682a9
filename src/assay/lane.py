"""A lane: everything the flow needs for one type of evidence. Also which event of its profiles a ledger number is."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assay.core.evidence import Evidence
from assay.core.kind import Detector, Kind, load
from assay.policy import Policy
from assay.profiles import Profiles


class Numbering:
    """Profiles number events as they come; the ledger numbers records of every type. Between the two lies a shift that
    changes only where other records came in between, so what is kept is small: (ledger seq, event number) at each change.
    """

    def __init__(self, changes: Iterable[tuple[int, int]] = ()) -> None:
        self.changes = list(changes)

    def note(self, seq: int, number: int) -> None:
        """Event `number` of the profiles is record `seq` of the ledger, and so on from there."""
        if not self.changes or seq - self.changes[-1][0] != number - self.changes[-1][1]:
            self.changes.append((seq, number))

    def number(self, seq: int) -> int | None:
        """The event that a record is; None for one before the first noted."""
        at = bisect_right(self.changes, (seq, 1 << 62)) - 1
        return None if at < 0 else self.changes[at][1] + seq - self.changes[at][0]


@dataclass
class Lane:
    """`detectors` are those of the room that read this type; `policy` decides on it, where it has one."""

    type: type[Evidence]
    kind: Kind
    profiles: Profiles | None
    detectors: list[Detector]
    policy: Policy | None
    numbering: Numbering = field(default_factory=Numbering)

    @property
    def ahead(self) -> bool:
        """Is there something to work out of such evidence before its turn? It is heavy, may hold parts, or be known again."""
        worth = self.type.HEAVY or self.type.parts is not Evidence.parts or self.kind.traces is not None
        return worth and self.type.WEIGHT == "transaction"

    @property
    def feels(self) -> bool:
        """Does its policy ask for open campaigns?"""
        return self.policy is not None and self.policy.feels

    @property
    def models(self) -> dict[str, str]:
        """Detector -> version."""
        return {d.name: d.version for d in self.detectors}


def furnish(
    room: Kind, policies: dict[str, Policy], models: Path | None, *, shipped: bool = False, threads: int = 1
) -> list[Lane]:
    """A lane for each type of evidence a room brings, with its declared features and its trained detectors."""
    features = load(room.features)() if room.features else {}
    trained = trained_models(room, models) or (room.models if shipped else None)
    detectors: list[Detector] = list(load(room.detectors)(trained)) if room.detectors else []
    policy = policy_of(room, policies)
    lanes = []
    for type_ in room.evidence:
        declared = features.get(type_)
        profiles = Profiles(declared, threads=threads) if declared else None
        reading = [d for d in detectors if issubclass(type_, tuple(d.reads))]
        lanes.append(Lane(type_, room, profiles, reading, policy))
    return lanes


def policy_of(room: Kind, policies: Mapping[str, Policy]) -> Policy | None:
    """The policy that decides in a room: the operator's, else the one the room ships, where it ships one."""
    return policies.get(room.name) or (Policy.load(room.policy) if room.policy else None)


def trained_models(room: Kind, models: Path | None) -> Path | None:
    """The room's folder in a folder of trained models, or that folder itself where it is one model of this room."""
    if models is None:
        return None
    if (models / room.name).is_dir():
        return models / room.name
    card = models / "card.json"
    if card.exists() and json.loads(card.read_text("utf-8")).get("detector", "").split(".")[0] == room.name:
        return models
    return None
