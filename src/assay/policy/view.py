"""What a policy sees of a batch: the evidence, its profile, its findings, its parts' findings, and findings still open
on its entities. Built by the engine, read by expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Findings
from assay.core.profile import Profile

NEVER = -(1 << 62)


@dataclass
class Standing:
    """Findings summed up per row, for parts and for findings still open on the row's entities.

    count int64[n]; severity int8[n], the highest (0 = none); probability float64[n], the highest (NaN = none);
    codes: reason code -> bool[n]; last: reason code -> int64[n], event time of the newest finding with it (`NEVER`: none),
    and under "" that of the newest of those that count.
    """

    count: np.ndarray
    severity: np.ndarray
    probability: np.ndarray
    codes: dict[str, np.ndarray] = field(default_factory=dict)
    last: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def none(cls, n: int) -> Standing:
        return cls(np.zeros(n, np.int64), np.zeros(n, np.int8), np.full(n, np.nan))

    def take(self, rows: np.ndarray) -> Standing:
        """What stands on these rows, in their order."""
        codes = {code: hit[rows] for code, hit in self.codes.items()}
        last = {code: time[rows] for code, time in self.last.items()}
        return Standing(self.count[rows], self.severity[rows], self.probability[rows], codes, last)


@dataclass
class Felt:
    """Open campaigns that a row's entities are part of, summed up per row.

    count int64[n]; strength float64[n], the probability that the likeliest of them is an attack, as of the event (0 = none);
    stages int64[n], how many tactics they reached; tactics and rooms: name -> bool[n], which ones, and who found it.
    """

    count: np.ndarray
    strength: np.ndarray
    stages: np.ndarray
    tactics: dict[str, np.ndarray] = field(default_factory=dict)
    rooms: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def none(cls, n: int) -> Felt:
        return cls(np.zeros(n, np.int64), np.zeros(n), np.zeros(n, np.int64))

    def take(self, rows: np.ndarray) -> Felt:
        """What is felt by these rows, in their order."""
        tactics = {name: hit[rows] for name, hit in self.tactics.items()}
        return Felt(
            self.count[rows],
            self.strength[rows],
            self.stages[rows],
            tactics,
            {name: hit[rows] for name, hit in self.rooms.items()},
        )


@dataclass
class View:
    """`findings`: detector name -> its findings over the batch. `campaign`: None where no open one is felt by any row."""

    batch: Batch[Any]
    profile: Profile
    findings: dict[str, Findings]
    parts: Standing
    open: Standing
    campaign: Felt | None = None

    @classmethod
    def of(cls, batch: Batch[Any], profile: Profile | None = None, findings: dict[str, Findings] | None = None) -> View:
        """A view without parts or open findings."""
        n = len(batch)
        return cls(batch, profile or Profile.empty(n), findings or {}, Standing.none(n), Standing.none(n))

    def take(self, rows: np.ndarray) -> View:
        """The view of these rows (indices), in their order. Its findings cannot explain themselves."""
        findings = {
            name: Findings(
                name,
                found.version,
                found.verdict[rows],
                probability=found.probability[rows],
                severity=found.severity[rows],
                codes={code: hit[rows] for code, hit in found.codes.items()},
            )
            for name, found in self.findings.items()
        }
        profile = Profile(self.profile.names, self.profile.values[rows])
        campaign = None if self.campaign is None else self.campaign.take(rows)
        return View(self.batch.take(rows), profile, findings, self.parts.take(rows), self.open.take(rows), campaign)
