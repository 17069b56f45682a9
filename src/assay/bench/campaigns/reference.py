"""What others do with findings, as far as it is published, on the same findings: risk summed up by entity.

Splunk's risk-based alerting, its two shipped correlations: the scores of an entity sum to more than 100 within 24 hours, or
its findings tell of at least 3 tactics from at least 4 sources within 7 days. Scores by severity as its documentation has
them; an entity that has an incident is silent for 24 hours. Findings lie in an incident if they are of its entity and window.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import NamedTuple

from assay.bench.campaigns.world import Made
from assay.core.clock import DAY
from assay.core.tactics import stages, tactics_of

SCORES = {"informational": 10, "low": 20, "medium": 40, "high": 60, "critical": 80}
LIMIT, TACTICS, SOURCES = 100, 3, 4
RISKY = ("host", "user")  # entities that carry risk


class Incident(NamedTuple):
    time: int
    entity: str
    score: float
    findings: frozenset[str]


def incidents(findings: list[Made]) -> list[Incident]:
    """In order of time."""
    windows: dict[str, deque[Made]] = defaultdict(deque)
    silent: dict[str, int] = {}
    out = []
    for made in findings:
        for entity in made.finding.entities:
            if entity.kind not in RISKY:
                continue
            key = f"{entity.kind}:{entity.id.rpartition(chr(92))[2]}"
            window = windows[key]
            window.append(made)
            while window[0].time <= made.time - 7 * DAY:
                window.popleft()
            if silent.get(key, -1) > made.time:
                continue
            day = [one for one in window if one.time > made.time - DAY]
            score = sum(SCORES[one.finding.severity] for one in day)
            bits = 0
            for one in window:
                bits |= tactics_of(one.finding.techniques)
            sources = len({one.finding.reasons[0].values["rule"] for one in window})
            staged = stages(bits) >= TACTICS and sources >= SOURCES
            if score > LIMIT or staged:
                told = window if staged else day
                out.append(Incident(made.time, key, score, frozenset(one.id for one in told)))
                silent[key] = made.time + DAY
    return out


__all__ = ["Incident", "incidents"]
