"""Benches: each hot path measured beside its peer or reference in the same run. `assay bench` lists and runs them.

A bench is a function `bench(data: Path | None, *, short: bool = False) -> dict` of plain figures. Rooms bring their own
through their `Kind`; those here span the whole flow.
"""

from __future__ import annotations

from assay.core.kind import Lazy, kinds

SPINE: dict[str, Lazy] = {
    "speed": "assay.bench.speed:bench",
    "profiles": "assay.bench.profiles:bench",
    "policy": "assay.bench.policy:bench",
    "ledger": "assay.bench.ledger:bench",
    "decision": "assay.bench.decision:bench",
    "http": "assay.bench.http:bench",
    "hunting": "assay.bench.hunting:bench",
    "responses": "assay.bench.responses:bench",
    "campaigns": "assay.bench.campaigns.bench:bench",
}


def benches() -> dict[str, Lazy]:
    """Every bench by name: the spine's and each room's."""
    return SPINE | {name: lazy for kind in kinds().values() for name, lazy in kind.benches.items()}
