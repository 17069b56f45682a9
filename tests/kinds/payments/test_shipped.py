"""The model that ships: whole, small, from data we may ship, and rebuilt by commands that stand in the Makefile."""

import json
from pathlib import Path

from assay.core.kind import kinds, load

ROOM = kinds()["payments"]
MAKEFILE = (Path(__file__).parents[3] / "Makefile").read_text("utf-8")


def test_it_opens_with_the_version_its_content_has() -> None:
    detectors = {d.name: d for d in load(ROOM.detectors)(ROOM.models)}
    assert set(detectors) == {"payments.checks", "payments.model", "payments.novelty"}
    card = json.loads((ROOM.models / "card.json").read_text("utf-8"))
    assert detectors["payments.model"].version == card["version"] or card["version"].startswith(
        detectors["payments.model"].version
    )


def test_it_is_small_and_comes_from_a_simulated_world() -> None:
    assert sum(p.stat().st_size for p in ROOM.models.rglob("*") if p.is_file()) < 4_000_000
    told = (ROOM.models / "card.json").read_text("utf-8")
    assert "assay simulate bank --seed 2026" in told
    assert "assay simulate bank --out build/bank.parquet --seed 2026" in MAKEFILE


def test_the_room_says_every_reason_its_detectors_give() -> None:
    from assay.kinds.payments.checks import REASONS as CHECKS
    from assay.kinds.payments.novelty import REASONS as NOVELTY
    from assay.kinds.payments.reasons import CODES

    assert set(ROOM.reasons) == {*CHECKS, *NOVELTY, *CODES}
