"""`assay bench speed`: every hot path beside its reference, in one run and one object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.core.kind import load

PARTS = ("profiles", "policy", "ledger", "decision", "http")


def bench(data: Path | None, *, short: bool = False) -> dict[str, Any]:
    """`data`: a table of payments for the profiles and the whole decision (default: simulated)."""
    from assay.bench import SPINE

    return {name: load(SPINE[name])(data, short=short) for name in PARTS}
