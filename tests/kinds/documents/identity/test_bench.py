"""The figures are counted from fields, not from hopes: a zone that was not read has none right."""

from __future__ import annotations

from random import Random

import pytest

from assay.kinds.documents.identity import bench
from assay.kinds.documents.identity.bench import right_fields
from assay.kinds.documents.identity.specimens import SHAPES, made_up
from assay.kinds.documents.identity.zone import Zone


def test_a_wrong_character_costs_one_field_and_a_zone_not_found_all() -> None:
    layout = SHAPES[0]
    lines = made_up(Random(1), layout)
    assert right_fields(Zone(layout, lines), lines, layout) == len(layout.fields)
    other = [lines[0][:6] + ("X" if lines[0][6] != "X" else "Y") + lines[0][7:], lines[1]]
    assert right_fields(Zone(layout, other), lines, layout) == len(layout.fields) - 1
    assert right_fields(None, lines, layout) == 0


def test_figures_without_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "DISTORTIONS", {"photograph": bench.DISTORTIONS["photograph"]})
    told = bench.figures(size=1, papers=1)
    assert told["specimens"]["field_accuracy"] >= 0.98
    assert told["simulated"]["papers"] == 1
    assert "folder" not in told
